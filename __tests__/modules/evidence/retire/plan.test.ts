import { assess } from "../../../../modules/evidence/inventory/assess";
import { histories, sightings } from "../../../../modules/evidence/retire/history";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { RetirePlan, retirePlan } from "../../../../modules/evidence/retire/plan";
import type { AccessKeyFacts, UserFacts } from "../../../../modules/evidence/inventory/types";
import { undoOf } from "./fake-aws";
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
  test("is left for as long after an undo that was interrupted: it may be active by that, and the inventory may be older", () => {
    const killed = [entry("deactivating", 60), entry("deactivated", 60), entry("reactivating", 10)];
    expect(of(key("K", 500, 300), killed)).toBe("in-use");
    expect(of(key("K", 500, 300, OFF), killed)).toBe("in-use");
    expect(plan([user("a", [key("K", 500, 300)])], killed).left[0]!.why).toBe(
      "undo activated it, or began to, 10 days ago",
    );
    expect(of(key("K", 500, 300), [entry("deactivated", 90), entry("reactivating", 45)])).toBe("deactivate");
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
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 90), entry("seen-active", 46)])).toBe("waiting");
    expect(of(key("K", 500, 300, OFF), [entry("deactivated", 90)], [entry("seen-active", 46)])).toBe("waiting");
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

describe("a key that somebody activated again", () => {
  test("is left for as long as a new key, from when it was seen active again, and says so", () => {
    expect(of(key("K", 500, 300), [entry("deactivated", 10)])).toBe("activated-again");
    expect(of(key("K", 500, 300), [entry("deactivated", 90), entry("seen-active", 44)])).toBe("activated-again");
    expect(of(key("K", 500, 300), [entry("deactivated", 90), entry("seen-active", 45)])).toBe("deactivate");
    expect(plan([user("a", [key("K", 500, 300)])], [entry("deactivated", 10)]).left[0]!.why).toBe(
      "inactive on 2026-11-14 and seen active again on 2026-11-24: somebody has activated it, so it is left until 2027-01-08. Ask its owner",
    );
  });
  test("also where nobody of this program had deactivated it, and where an earlier inventory saw it inactive", () => {
    expect(of(key("K", 500, 300), [entry("seen-inactive", 10)])).toBe("activated-again");
    expect(of(key("K", 500, 300), [], [entry("seen-inactive", 10)])).toBe("activated-again");
  });
  test("also when its role does its work: silence does not outweigh a person", () => {
    const inventory = assess([account([user("a", [key("K", 500, 40)])])], CONTEXT, new Map(), NOW);
    const journal = [entry("deactivated", 30), entry("seen-active", 20)];
    const { left } = retirePlan({
      inventory,
      histories: histories([...sightings(inventory), ...journal]),
      remembered: histories(journal),
      protection: CONTEXT.protection,
      days: CONTEXT.days,
      moves: new Map([[`${MEMBER}/K`, { name: "m", state: "key-silent", isQuiet: true, silentDays: 14 }]]),
      now: NOW,
    });
    expect(left.map(({ reason }) => reason)).toEqual(["activated-again"]);
  });
  test("is not deleted in that time either, when it was switched off once more", () => {
    const journal = [entry("deactivated", 90), entry("seen-active", 40), entry("seen-inactive", 35)];
    expect(of(key("K", 500, 300, OFF), journal)).toBe("activated-again");
    expect(
      of(key("K", 500, 300, OFF), [entry("deactivated", 90), entry("seen-active", 60), entry("seen-inactive", 35)]),
    ).toBe("delete");
  });
  test("rests by the journal alone, once one run has seen it", () => {
    const off = [entry("seen-inactive", 10)];
    const first = plan([user("a", [key("K", 500, 300)])], [], MEMBER, off);
    expect(first.sightings.map(({ event, at }) => [event, at])).toEqual([
      ["seen-inactive", ago(10)],
      ["seen-active", ago(0)],
    ]);
    expect(of(key("K", 500, 300), first.sightings)).toBe("activated-again");
    expect(plan([user("a", [key("K", 500, 300)])], first.sightings).sightings).toEqual([]);
  });
  test("undo of our own is no activation by others, and a deactivation after the rest begins anew", () => {
    expect(of(key("K", 500, 300), [entry("deactivated", 100), entry("reactivated", 60)])).toBe("deactivate");
    const again = [entry("deactivated", 200), entry("seen-active", 100), entry("deactivated", 31)];
    expect(of(key("K", 500, 300, OFF), again)).toBe("delete");
  });
});

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
  const undo = (
    journal: readonly JournalEntry[],
    named: readonly string[] = [],
    seen: readonly JournalEntry[] = [],
  ): readonly string[] => undoOf(journal, NOW, named, seen).steps.map((s) => s.keyId);
  const left = (journal: readonly JournalEntry[], seen: readonly JournalEntry[] = []): readonly string[] =>
    undoOf(journal, NOW, [], seen).left.map((one) => one.reason);
  test("activates what was deactivated", () =>
    expect(undo([entry("deactivating", 3), entry("deactivated", 3)])).toEqual(["K"]));
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
  test.each([
    ["was begun and not ended", [entry("deactivating", 3)]],
    ["was begun, and a later look saw it inactive", [entry("deactivating", 3), entry("seen-inactive", 2)]],
    ["was being taken back by a run that was interrupted", [entry("deactivated", 3), entry("reactivating", 2)]],
  ])("a deactivation that %s may be somebody else's: only with the key's name", (_, journal) => {
    expect([undo(journal), left(journal)]).toEqual([[], ["unknown"]]);
    expect(undo(journal, ["K"])).toEqual(["K"]);
    expect([ago(3), ago(2)]).toContain(undoOf(journal, NOW, ["K"]).steps[0]!.idleSince);
  });
  test("what inventories saw counts: activated by others, and switched off again", () => {
    const journal = [entry("deactivating", 9), entry("deactivated", 9)];
    expect(undo(journal, [], [entry("seen-inactive", 8)])).toEqual(["K"]);
    expect(undo(journal, ["K"], [entry("seen-active", 5), entry("seen-inactive", 2)])).toEqual([]);
    expect(undo(journal, ["K"], [entry("seen-active", 5)])).toEqual([]);
  });
  test("what was deactivated long ago, or is excepted or break glass by now, is left", () => {
    expect(undo([entry("deactivated", 89)])).toEqual(["K"]);
    expect(left([entry("deactivated", 90)])).toEqual(["old"]);
    expect(left([{ ...entry("deactivated", 3), user: "legacy" }])).toEqual(["excepted"]);
    expect(left([{ ...entry("deactivated", 3), user: "break-glass-1", accountId: HOME }])).toEqual(["break-glass"]);
  });
});
