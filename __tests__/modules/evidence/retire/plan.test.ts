import { assess } from "../../../../modules/evidence/inventory/assess";
import { histories, sightings } from "../../../../modules/evidence/retire/history";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { RetirePlan, retirePlan, undoPlan } from "../../../../modules/evidence/retire/plan";
import type { AccessKeyFacts, UserFacts } from "../../../../modules/evidence/inventory/types";
import { account, ago, CONTEXT, HOME, key, MEMBER, NOW, user } from "../inventory/fixture";

const entry = (event: JournalEntry["event"], days: number, keyId = "K"): JournalEntry => ({
  at: ago(days),
  event,
  accountId: MEMBER,
  user: "a",
  keyId,
});

function plan(
  users: readonly UserFacts[],
  journal: readonly JournalEntry[] = [],
  accountId = MEMBER,
  earlier: readonly JournalEntry[] = [],
): RetirePlan {
  const inventory = assess([account(users, accountId)], CONTEXT, new Map(), NOW);
  return retirePlan({
    inventory,
    histories: histories([...earlier, ...sightings(inventory), ...journal]),
    remembered: histories(journal),
    protection: CONTEXT.protection,
    days: CONTEXT.days,
    now: NOW,
  });
}
const of = (
  one: AccessKeyFacts,
  journal: readonly JournalEntry[] = [],
  earlier: readonly JournalEntry[] = [],
): string => {
  const { steps, left } = plan([user("a", [one])], journal, MEMBER, earlier);
  return steps[0]?.action ?? left[0]!.reason;
};
const OFF = { status: "Inactive" } as const;

describe("an active key", () => {
  test("is deactivated when nobody used it, or never and it is old enough", () => {
    expect(of(key("K", 500, 45))).toBe("deactivate");
    expect(of(key("K", 45))).toBe("deactivate");
  });
  test("is left when it was used or made a day too lately", () => {
    expect(of(key("K", 500, 44))).toBe("in-use");
    expect(of(key("K", 44))).toBe("in-use");
  });
  test("is left when its last use could not be read", () =>
    expect(of(key("K", 500, undefined, { useUnknown: true }))).toBe("unknown"));
  test("is left for as long again after undo", () => {
    expect(of(key("K", 500, 300), [entry("deactivated", 50), entry("reactivated", 44)])).toBe("in-use");
    expect(of(key("K", 500, 300), [entry("deactivated", 60), entry("reactivated", 45)])).toBe("deactivate");
  });
  test("one key of a user is judged without the other", () => {
    expect(plan([user("a", [key("K1", 500, 1), key("K2", 500, 300)])]).steps.map((s) => s.keyId)).toEqual(["K2"]);
  });
});

describe("an inactive key", () => {
  test("waits until it was seen inactive for the days: by the journal", () => {
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 29)])).toBe("waiting");
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 30)])).toBe("delete");
    expect(of(key("K", 500, 300, OFF), [entry("seen-inactive", 30)])).toBe("delete");
  });
  test("or by an earlier inventory", () =>
    expect(of(key("K", 500, 300, OFF), [], [entry("seen-inactive", 31)])).toBe("delete"));
  test("of which nothing is known waits, and this look is written down, once", () => {
    const first = plan([user("a", [key("K", 500, 300, OFF)])]);
    expect(first.steps).toEqual([]);
    expect(first.sightings).toEqual([{ at: ago(0), event: "seen-inactive", accountId: MEMBER, user: "a", keyId: "K" }]);
    expect(plan([user("a", [key("K", 500, 300, OFF)])], first.sightings).sightings).toEqual([]);
  });
  test("a look at it active in between begins the days anew", () => {
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 90), entry("seen-active", 20)])).toBe("waiting");
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 90)], [entry("seen-active", 20)])).toBe("waiting");
  });
  test("a use after it was seen inactive does, too", () =>
    expect(of(key("K", 500, 46, OFF), [entry("deactivated", 60)])).toBe("waiting"));
  test("is never deleted while it was used or made lately, however long it is inactive", () =>
    expect(of(key("K", 500, 44, OFF), [entry("deactivated", 60)])).toBe("in-use"));
  test("that was deleted is nothing to be done, though the inventory is older", () =>
    expect(
      of(key("K", 500, 300, OFF), [entry("deactivated", 60), { ...entry("deleted", 0), at: "2026-11-24T12:00:01Z" }]),
    ).toBe("deleted"));
});

test("a key that was deactivated after the inventory was made is not deactivated again", () => {
  expect(of(key("K", 500, 300), [{ ...entry("deactivated", 0), at: "2026-11-24T12:00:01Z" }])).toBe("waiting");
});

test("a key that somebody activated again is deactivated again", () =>
  expect(of(key("K", 500, 300), [entry("deactivated", 10)])).toBe("deactivate"));

test("break glass and exceptions are left alone, active or inactive, though the inventory does not know", () => {
  const breakGlass = plan(
    [user("break-glass-1", [key("K", 500)]), user("x", [key("L", 500, 400, OFF)], { path: "/break-glass/" }, HOME)],
    [{ ...entry("deactivated", 90, "L"), accountId: HOME }],
    HOME,
  );
  expect(breakGlass.steps).toEqual([]);
  expect(breakGlass.left.map((l) => l.reason)).toEqual(["break-glass", "break-glass"]);
  expect(plan([user("legacy", [key("K", 500)])]).left.map((l) => l.reason)).toEqual(["excepted"]);
});

describe("undo", () => {
  const undo = (journal: readonly JournalEntry[]): readonly string[] =>
    undoPlan(journal, histories(journal), () => "shop").steps.map((s) => s.keyId);
  test("activates what was deactivated, and what was begun", () => {
    expect(undo([entry("deactivating", 3), entry("deactivated", 3), entry("deactivating", 2, "L")])).toEqual([
      "K",
      "L",
    ]);
  });
  test("and not what was activated, deleted, or only seen inactive", () => {
    expect(
      undo([
        entry("deactivated", 9),
        entry("reactivated", 8),
        entry("deactivated", 9, "L"),
        entry("deleted", 1, "L"),
        entry("seen-inactive", 9, "M"),
        entry("deactivated", 9, "N"),
        entry("seen-active", 8, "N"),
      ]),
    ).toEqual([]);
  });
  test("a deactivation whose end a later look has shown counts", () =>
    expect(undo([entry("deactivating", 3), entry("seen-inactive", 2)])).toEqual(["K"]));
});
