import fc from "fast-check";
import { assess } from "../../../../modules/evidence/inventory/assess";
import { execute, Outcome } from "../../../../modules/evidence/retire/execute";
import { histories, keyOf, lastActivated, NO_HISTORY, sightings } from "../../../../modules/evidence/retire/history";
import { JournalEntry, JournalNotWritten } from "../../../../modules/evidence/retire/journal";
import { RetirePlan, retirePlan, RetireStep } from "../../../../modules/evidence/retire/plan";
import { DAY_MS } from "../../../../modules/evidence/inventory/time";
import type { HygieneDays, Inventory } from "../../../../modules/evidence/inventory/types";
import { CONTEXT, HOME, MEMBER, NOW } from "../inventory/fixture";
import { FakeAws, FakeKey, undoOf } from "./fake-aws";

const day = (n: number): number => NOW.getTime() - n * DAY_MS;

/** The whole of `keyless retire` over one account, with its journal. */
class Bench {
  readonly journal: JournalEntry[] = [];
  inventory: Inventory | undefined;
  constructor(
    readonly aws: FakeAws,
    readonly days: HygieneDays = CONTEXT.days,
  ) {}

  now = (): Date => new Date(this.aws.now);

  takeInventory(): void {
    this.inventory = assess([this.aws.facts()], CONTEXT, new Map(), this.now());
  }

  plan(): RetirePlan {
    const inventory = this.inventory!;
    return retirePlan({
      inventory,
      histories: histories([...sightings(inventory), ...this.journal]),
      remembered: histories(this.journal),
      protection: CONTEXT.protection,
      days: this.days,
      now: this.now(),
    });
  }

  apply(steps: readonly RetireStep[], stopAfter = Infinity): Promise<readonly Outcome[]> {
    const past = histories(this.journal);
    let taken = 0;
    return execute({
      steps,
      api: this.aws,
      days: this.days,
      reactivatedAt: (step) => lastActivated(past.get(keyOf(step)) ?? NO_HISTORY),
      write: (entry) => this.journal.push(entry),
      now: this.now,
      isStopped: () => taken++ >= stopAfter,
    });
  }

  async retire(stopAfter?: number): Promise<readonly Outcome[]> {
    const plan = this.plan();
    this.journal.push(...plan.sightings);
    return this.apply(plan.steps, stopAfter);
  }

  undo(named: readonly string[] = []): Promise<readonly Outcome[]> {
    return this.apply(undoOf(this.journal, this.now(), named, sightings(this.inventory!)).steps);
  }
}

function bench(keys: readonly Partial<FakeKey>[], accountId = MEMBER, days?: HygieneDays): Bench {
  const aws = new FakeAws(NOW, accountId);
  keys.forEach((key, n) => {
    const id = key.id ?? `K${n}`;
    aws.keys.set(id, { user: "a", createdAt: day(500), status: "Active", lastUsedAt: undefined, ...key, id });
  });
  const made = new Bench(aws, days);
  made.takeInventory();
  return made;
}

const results = (outcomes: readonly Outcome[]): unknown => outcomes.map((one) => [one.step.action, one.result]);

describe("a step", () => {
  test("deactivates, is written down before and after, and is nothing to be done again", async () => {
    const b = bench([{}]);
    expect(results(await b.retire())).toEqual([["deactivate", "done"]]);
    expect(b.aws.calls).toEqual(["Inactive K0"]);
    expect(b.journal.map((e) => e.event)).toEqual(["deactivating", "deactivated"]);
    expect(await b.retire()).toEqual([]);
    b.takeInventory();
    expect(await b.retire()).toEqual([]);
  });

  test("is not taken when the key was used between the plan and the step", async () => {
    const b = bench([{ lastUsedAt: day(100) }]);
    b.aws.meanwhile = () => (b.aws.keys.get("K0")!.lastUsedAt = day(0));
    expect(results(await b.retire())).toEqual([["deactivate", "left"]]);
    expect(b.aws.calls).toEqual([]);
  });

  test("on a key that is gone, or inactive already, changes nothing", async () => {
    const gone = bench([{}]);
    gone.aws.meanwhile = () => gone.aws.keys.clear();
    expect(results(await gone.retire())).toEqual([["deactivate", "nothing"]]);
    const off = bench([{}]);
    off.aws.meanwhile = () => (off.aws.keys.get("K0")!.status = "Inactive");
    expect(results(await off.retire())).toEqual([["deactivate", "nothing"]]);
    expect([...gone.aws.calls, ...off.aws.calls]).toEqual([]);
  });

  test("deletes after the days, and not when the key was activated or used in between", async () => {
    const deleted = async (meanwhile?: (key: FakeKey) => void): Promise<unknown> => {
      const b = bench([{}]);
      await b.retire();
      b.aws.now += 30 * DAY_MS;
      b.takeInventory();
      const key = b.aws.keys.get("K0")!;
      if (meanwhile) b.aws.meanwhile = () => meanwhile(key);
      return results(await b.retire());
    };
    expect(await deleted()).toEqual([["delete", "done"]]);
    expect(await deleted((key) => (key.status = "Active"))).toEqual([["delete", "left"]]);
    expect(await deleted((key) => (key.lastUsedAt = day(-10)))).toEqual([["delete", "left"]]);
  });

  test("does not delete a key that was used while an old inventory says that it was inactive", async () => {
    const b = bench([{ status: "Inactive" }], MEMBER, { maxUnusedDays: 10, inactiveDaysBeforeDelete: 30 });
    await b.retire();
    b.aws.now += 31 * DAY_MS;
    b.aws.keys.get("K0")!.lastUsedAt = b.aws.now - 15 * DAY_MS;
    expect(results(await b.retire())).toEqual([["delete", "left"]]);
    b.takeInventory();
    expect(await b.retire()).toEqual([]);
  });

  test("that fails is told, and the next one is taken", async () => {
    const b = bench([{}, {}]);
    const setStatus = b.aws.setStatus.bind(b.aws);
    b.aws.setStatus = (step, status, user) =>
      step.keyId === "K0"
        ? Promise.reject(Object.assign(new Error("explicit deny"), { name: "AccessDenied" }))
        : setStatus(step, status, user);
    const outcomes = await b.retire();
    expect(results(outcomes)).toEqual([
      ["deactivate", "failed"],
      ["deactivate", "done"],
    ]);
    expect(outcomes[0]!.why).toBe("AccessDenied: explicit deny");
  });
});

test("a run that was killed after the change and before its line: the next one finds out, and undo can take it back", async () => {
  const b = bench([{}]);
  await b.retire();
  b.journal.pop();
  b.aws.now += 1000;
  b.takeInventory();
  expect(await b.retire()).toEqual([]);
  // Somebody else may have switched it off in between: only who names it takes it back.
  expect(await b.undo()).toEqual([]);
  expect(results(await b.undo(["K0"]))).toEqual([["reactivate", "done"]]);
  expect(b.aws.keys.get("K0")!.status).toBe("Active");
});

test("an interrupted run goes on where it stopped", async () => {
  const b = bench([{}, {}, {}]);
  expect(await b.retire(2)).toHaveLength(2);
  expect(results(await b.retire())).toEqual([["deactivate", "done"]]);
  expect(b.aws.calls).toEqual(["Inactive K0", "Inactive K1", "Inactive K2"]);
});

test("undo gives back exactly what was deactivated, once, and retire leaves it for as long again", async () => {
  const b = bench([{}, { lastUsedAt: day(1) }, { status: "Inactive" }]);
  await b.retire();
  expect(results(await b.undo())).toEqual([["reactivate", "done"]]);
  expect([...b.aws.keys.values()].map((key) => key.status)).toEqual(["Active", "Active", "Inactive"]);
  expect(await b.undo()).toEqual([]);
  b.takeInventory();
  expect(await b.retire()).toEqual([]);
  b.aws.now += 44 * DAY_MS;
  expect((await b.retire()).filter((o) => o.step.keyId === "K0")).toEqual([]);
  b.aws.now += DAY_MS;
  expect(results((await b.retire()).filter((o) => o.step.keyId === "K0"))).toEqual([["deactivate", "done"]]);
});

describe("undo, when things changed meanwhile", () => {
  test("leaves a key whose user AWS has quarantined, and gives back the others", async () => {
    const b = bench([{ user: "a" }, { user: "b" }]);
    await b.retire();
    b.aws.quarantined.add("a");
    const outcomes = await b.undo();
    expect(results(outcomes)).toEqual([
      ["reactivate", "left"],
      ["reactivate", "done"],
    ]);
    expect(outcomes[0]!.why).toContain("incident");
    expect([...b.aws.keys.values()].map((key) => key.status)).toEqual(["Inactive", "Active"]);
  });

  test("finds the key of a user who was renamed, and looks for the quarantine under the new name", async () => {
    const b = bench([{ user: "a" }, { user: "b" }]);
    await b.retire();
    b.aws.keys.get("K0")!.user = "renamed-a";
    b.aws.keys.get("K1")!.user = "renamed-b";
    b.aws.quarantined.add("renamed-b");
    expect(results(await b.undo())).toEqual([
      ["reactivate", "done"],
      ["reactivate", "left"],
    ]);
    expect(b.journal.map(({ event }) => event)).not.toContain("deleted");
  });

  test("a renamed user's key is not deactivated or deleted by the old name: whose it is decides, and a new inventory knows", async () => {
    const b = bench([{ user: "a" }]);
    const { steps } = b.plan();
    b.aws.keys.get("K0")!.user = "renamed-a";
    const [outcome] = await b.apply(steps);
    expect(outcome).toMatchObject({ result: "left", why: "its user is called renamed-a now: take a new inventory" });
    b.takeInventory();
    expect(results(await b.retire())).toEqual([["deactivate", "done"]]);
  });
});

test("two runs from one inventory on two machines, each with its own journal, do not hurt each other", async () => {
  const one = bench([{}, {}]);
  const two = new Bench(one.aws);
  two.inventory = one.inventory;
  const plan = two.plan();
  await one.retire();
  expect(results(await two.apply(plan.steps))).toEqual([
    ["deactivate", "nothing"],
    ["deactivate", "nothing"],
  ]);
  expect(one.aws.calls).toEqual(["Inactive K0", "Inactive K1"]);
});

/**
 * What may happen to keys, in any order. Whoever activates a key uses it, or an inventory is made while it is active: an activation without a use
 * that ends before anybody looks cannot be seen from IAM.
 */
type Happening =
  | {
      readonly kind: "use" | "activate" | "activate unused" | "deactivate" | "rename" | "quarantine";
      readonly key: number;
    }
  | { readonly kind: "pass"; readonly days: number }
  | { readonly kind: "inventory" | "retire" | "undo" }
  | { readonly kind: "interrupted"; readonly after: number; readonly cut: boolean };

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constantFrom("use" as const, "activate" as const, "deactivate" as const), key: fc.nat(5) }),
  fc.record({
    kind: fc.constantFrom("rename" as const, "quarantine" as const, "activate unused" as const),
    key: fc.nat(5),
  }),
  fc.record({ kind: fc.constant("pass" as const), days: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constantFrom("inventory" as const, "retire" as const, "undo" as const) }),
  fc.record({ kind: fc.constant("interrupted" as const), after: fc.nat(3), cut: fc.boolean() }),
);
const anyKey = fc.record({
  user: fc.constantFrom("a", "b", "c", "break-glass-1", "legacy"),
  createdAt: fc.integer({ min: 0, max: 900 }).map(day),
  status: fc.constantFrom("Active" as const, "Inactive" as const),
  used: fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
});

/** The truth about keys, kept beside what the program knows. */
interface Truth {
  /** Since when each really is inactive. */
  readonly inactiveSince: Map<string, number>;
  /** Keys that others have switched off. */
  readonly offByOthers: Set<string>;
  /** Until when a key rests that an inventory saw active again. */
  readonly restsUntil: Map<string, number>;
}

/** What others do to one key. */
function toKey(kind: Happening["kind"], key: FakeKey, aws: FakeAws, { inactiveSince, offByOthers }: Truth): void {
  switch (kind) {
    case "use":
      if (key.status === "Active") key.lastUsedAt = aws.now;
      break;
    case "activate":
      key.status = "Active";
      inactiveSince.delete(key.id);
      // IAM's last use is no more exact than this.
      aws.now += 2 * 3_600_000;
      key.lastUsedAt = aws.now;
      break;
    case "activate unused":
      key.status = "Active";
      inactiveSince.delete(key.id);
      aws.now += 1000;
      break;
    case "deactivate":
      if (key.status === "Active") offByOthers.add(key.id);
      key.status = "Inactive";
      if (!inactiveSince.has(key.id)) inactiveSince.set(key.id, aws.now);
      break;
    case "rename":
      // Neither to nor from a name that is left alone.
      if (!["break-glass-1", "legacy"].includes(key.user)) key.user = `${key.user}x`;
      break;
    case "quarantine":
      aws.quarantined.add(key.user);
  }
}

test("whatever happens, in any order: no key is touched that was used lately, none of break glass or an exception, and none is deleted that was not inactive for the days", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(HOME, MEMBER),
      fc.record({ maxUnusedDays: fc.constantFrom(1, 10, 45), inactiveDaysBeforeDelete: fc.constantFrom(1, 30) }),
      fc.array(anyKey, { minLength: 1, maxLength: 6 }),
      fc.array(anyHappening, { maxLength: 25 }),
      async (accountId, days, keys, happenings) => {
        const b = bench(
          keys.map(({ used, createdAt, ...key }) => ({
            ...key,
            createdAt,
            lastUsedAt: used === undefined ? undefined : Math.max(createdAt, day(used)),
          })),
          accountId,
          days,
        );
        const off = [...b.aws.keys.values()].filter((key) => key.status === "Inactive");
        const inactiveSince = new Map(off.map((key) => [key.id, b.aws.now]));
        const offByOthers = new Set(off.map((key) => key.id));
        const restsUntil = new Map<string, number>();
        const guard = (name: "setStatus" | "delete"): void => {
          const original = b.aws[name].bind(b.aws) as (step: RetireStep, status: never, user: string) => Promise<void>;
          b.aws[name] = ((step: RetireStep, status: never, user: string) => {
            const key = b.aws.keys.get(step.keyId)!;
            const isLeftAlone =
              accountId === HOME
                ? key.user === "break-glass-1"
                : key.user === "legacy" && b.aws.now < Date.parse("2027-01-01T00:00:00Z");
            if (isLeftAlone) throw new Error(`touched a key of ${key.user}`);
            if (step.action === "reactivate" && b.aws.quarantined.has(key.user))
              throw new Error("activated a key in quarantine");
            if (step.action === "reactivate" && offByOthers.has(key.id))
              throw new Error("activated a key that somebody else has switched off");
            if (step.action === "deactivate" && b.aws.now < (restsUntil.get(key.id) ?? 0))
              throw new Error("switched a key off that somebody has just activated again");
            const ageMs = b.aws.now - Math.max(key.lastUsedAt ?? 0, key.createdAt);
            if (step.action !== "reactivate" && ageMs < days.maxUnusedDays * DAY_MS)
              throw new Error("touched a key that was used lately");
            if (
              name === "delete" &&
              (key.status !== "Inactive" ||
                b.aws.now - inactiveSince.get(key.id)! < days.inactiveDaysBeforeDelete * DAY_MS)
            )
              throw new Error("deleted a key that was not inactive for the days");
            if (name === "setStatus") {
              if ((status as string) === "Inactive") {
                inactiveSince.set(key.id, b.aws.now);
                offByOthers.delete(key.id);
              } else inactiveSince.delete(key.id);
            }
            return original(step, status, user);
          }) as never;
        };
        guard("setStatus");
        guard("delete");
        const noneFailed = (outcomes: readonly Outcome[]): void => {
          const failed = outcomes.find((one) => one.result === "failed");
          if (failed) throw new Error(failed.why);
        };
        for (const happening of happenings) {
          const key =
            "key" in happening ? [...b.aws.keys.values()][happening.key % Math.max(1, b.aws.keys.size)] : undefined;
          if (key) toKey(happening.kind, key, b.aws, { inactiveSince, offByOthers, restsUntil });
          switch (happening.kind) {
            case "activate unused":
              if (!key) break;
              b.takeInventory();
              if (histories(b.journal).get(keyOf({ accountId, keyId: key.id }))?.status === "Inactive")
                restsUntil.set(key.id, Math.floor(b.aws.now / 1000) * 1000 + days.maxUnusedDays * DAY_MS);
              // The next inventory forgets what this one saw, and the journal does not.
              noneFailed(await b.retire(0));
              break;
            case "pass":
              b.aws.now += happening.days * DAY_MS;
              break;
            case "inventory":
              b.takeInventory();
              break;
            case "retire":
              noneFailed(await b.retire());
              break;
            case "interrupted":
              noneFailed(await b.retire(happening.after));
              // Killed before the last line was on the disk.
              if (happening.cut) b.journal.pop();
              break;
            case "undo":
              noneFailed(await b.undo());
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("the order of credentials in an inventory does not matter", () => {
  fc.assert(
    fc.property(fc.array(anyKey, { minLength: 2, maxLength: 8 }), fc.infiniteStream(fc.nat()), (keys, random) => {
      const b = bench(
        keys.map(({ used, ...key }) => ({ ...key, lastUsedAt: used === undefined ? undefined : day(used) })),
      );
      const before = b.plan();
      const shuffled = [...b.inventory!.credentials]
        .map((one) => [random.next().value as number, one] as const)
        .sort(([x], [y]) => x - y)
        .map(([, one]) => one);
      b.inventory = { ...b.inventory!, credentials: shuffled };
      expect(b.plan()).toEqual(before);
    }),
  );
});

test("a journal that cannot be written stops before the key is touched, and everything after it", async () => {
  const aws = new FakeAws(NOW, MEMBER);
  const touched: string[] = [];
  const step = (keyId: string): RetireStep =>
    ({ action: "deactivate", accountId: MEMBER, accountName: "m", user: "a", keyId, why: "unused" }) as RetireStep;
  const outcomes = await execute({
    steps: [step("K1"), step("K2")],
    api: {
      look: () => Promise.resolve({ status: "Active", createdAt: "2020-01-01T00:00:00Z", lastUse: null }),
      isQuarantined: () => Promise.resolve(false),
      setStatus: ({ keyId }) => Promise.resolve(void touched.push(keyId)),
      delete: ({ keyId }) => Promise.resolve(void touched.push(keyId)),
    },
    days: CONTEXT.days,
    reactivatedAt: () => undefined,
    write: () => {
      throw new JournalNotWritten("j.jsonl", Object.assign(new Error(), { code: "ENOSPC" }));
    },
    now: () => new Date(aws.now),
  });
  expect(outcomes.map(({ result, why }) => [result, why])).toEqual([
    ["failed", "The journal cannot be written: the disk is full (ENOSPC). No further key is touched."],
  ]);
  expect(touched).toEqual([]);
});
