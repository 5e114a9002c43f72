import { renderMoves, renderNext } from "../../../../cli/move/render";
import { identities, type LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { defined } from "../../../../modules/kernel/optional";
import { trailManagers } from "../../../../modules/evidence/impact/coverage";
import { moveStatus } from "../../../../modules/evidence/move/state";
import type { MoveStatus } from "../../../../modules/evidence/move/types";
import type { MoveEvidence } from "../../../../modules/evidence/move/seen";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { CALLS, Consumer, coverage, day, environment, evidenceOf, keyEvents, Seen, TEN } from "./world";

/** Ways in which "the key is silent, and the role has taken over" would be said and not be so. Days: the key works until 20, the role from 19 on. */

const days = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const covered = (one: Consumer, to = 34): readonly LogEvent[] => coverage(one.move.accountId, 0, to);
const keysUsed = (one: Consumer, on: readonly number[]): readonly LogEvent[] =>
  on.flatMap((n) => one.keys.flatMap((key) => keyEvents(one, key, day(n))));
const roleUsed = (one: Consumer, on: readonly number[], calls?: readonly string[]): readonly LogEvent[] =>
  on.flatMap((n) => one.role(day(n, 13), calls));
const iam = (one: Consumer, usedOn: number, off?: true) => ({
  keys: Object.fromEntries(one.keys.map((id) => [id, { usedOn, ...(off ? { off } : {}) }])),
});
const status = (one: Consumer, seen: Seen): MoveStatus => moveStatus(one.move, evidenceOf(one, seen), "example");
const entry = (one: Consumer, event: JournalEntry["event"], n: number): readonly JournalEntry[] =>
  one.keys.map((keyId) => ({ at: day(n), event, accountId: one.move.accountId, user: one.move.user, keyId }));
const step = ({ steps }: MoveStatus, name: string) => steps.find((one) => one.step === name)!;
const [github] = TEN as readonly [Consumer, ...Consumer[]];

describe("what the role did before the key's last use shows nothing", () => {
  const one = github;

  test("each action counts: one of them was tried once, long before", () => {
    const events = [
      ...covered(one),
      ...keysUsed(one, days(0, 20)),
      ...roleUsed(one, [5]),
      ...roleUsed(one, days(19, 34), ["s3:ListBuckets"]),
    ];
    const found = status(one, { at: day(35), events, iam: iam(one, 20) });
    expect([found.state, found.mayDeactivate, found.done]).toEqual(["role-in-use", false, false]);
    expect(step(found, "key-silent")).toMatchObject({
      verdict: "no",
      how: "the role was not seen doing this since the key's last use (2026-10-21): ec2:DescribeInstances",
    });
  });

  test("a key that is off is not moved by a role that worked only while the key did", () => {
    const events = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(5, 10))];
    const found = status(one, {
      at: day(35),
      events,
      iam: iam(one, 20, true),
      journal: entry(one, "deactivated", 25),
    });
    expect([found.state, found.done, step(found, "key-inactive").verdict]).toEqual(["role-in-use", false, "seen"]);
    expect(step(found, "key-silent").how).toContain("it is off, and the role was not seen");
    // At work since: it is moved.
    const later = status(one, {
      at: day(35),
      events: [...events, ...roleUsed(one, [30])],
      iam: iam(one, 20, true),
      journal: entry(one, "deactivated", 25),
    });
    expect([later.state, later.done]).toEqual(["key-inactive", true]);
  });

  test("where the file names no actions, any work since counts, and none does not", () => {
    const bare = { ...one, move: { ...one.move, actions: [] } };
    const before = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(5, 10))];
    for (const off of [undefined, true as const])
      expect(status(bare, { at: day(35), events: before, iam: iam(one, 20, off) })).toMatchObject({
        state: "role-in-use",
        done: false,
      });
    expect(status(bare, { at: day(35), events: [...before, ...roleUsed(one, [30])], iam: iam(one, 20) }).state).toBe(
      "key-silent",
    );
  });
});

describe("days on which the key did not work are no silence", () => {
  const one = github;
  const events = [...covered(one), ...roleUsed(one, days(19, 34))];
  const made = (createdAt: string | undefined): MoveStatus => {
    const evidence = evidenceOf(one, { at: day(35), events, iam: { keys: { [one.keys[0]!]: {} } } });
    const inventory = {
      ...evidence.inventory!,
      credentials: evidence.inventory!.credentials.map(({ createdAt: _, ...each }) => ({
        ...each,
        ...defined({ createdAt }),
      })),
    } as NonNullable<MoveEvidence["inventory"]>;
    return moveStatus(one.move, { ...evidence, inventory }, "example");
  };

  test("a key that was never used is quiet since it was made", () => {
    expect([made(day(33)).state, step(made(day(33)), "key-silent")]).toEqual([
      "role-in-use",
      expect.objectContaining({ verdict: "no", how: "made 2 days ago (2026-11-03): 14 quiet days are wanted" }),
    ]);
    expect(step(made(undefined), "key-silent")).toMatchObject({
      verdict: "unknown",
      how: expect.stringContaining("nobody knows since when"),
    });
    expect(made(day(20)).state).toBe("key-silent");
  });

  test("a key that somebody has activated is quiet since then", () => {
    const used = [...events, ...keysUsed(one, days(0, 10))];
    const activated = (n: number): MoveStatus =>
      status(one, {
        at: day(35),
        events: used,
        iam: iam(one, 10),
        journal: [...entry(one, "seen-inactive", 12), ...entry(one, "seen-active", n)],
      });
    expect([activated(33).state, step(activated(33), "key-silent").how]).toEqual([
      "role-in-use",
      "activated 2 days ago (2026-11-03): 14 quiet days are wanted",
    ]);
    expect(activated(20).state).toBe("key-silent");
  });
});

describe("quiet days are no more than the key's own rhythm", () => {
  const one = github;
  const rhythm = (on: readonly number[], at: number, lost: readonly number[] = []): MoveStatus =>
    status(one, {
      at: day(at),
      events: [...covered(one, at - 1), ...keysUsed(one, on), ...roleUsed(one, days(1, at - 1))].filter(
        (event) => !lost.some((n) => String(event.eventTime).startsWith(day(n).slice(0, 10))),
      ),
      iam: iam(one, on.at(-1)!),
    });

  test("a monthly job is not over after two weeks", () => {
    const found = rhythm([0, 30], 46);
    expect([found.state, found.mayDeactivate, step(found, "key-silent")]).toEqual([
      "role-in-use",
      false,
      expect.objectContaining({
        verdict: "no",
        how: "quiet for 16 days (since 2026-10-31), and it was used before after 30 days without a use (2026-10-01 to 2026-10-31): more than these are wanted",
      }),
    ]);
    expect(rhythm([0, 30], 60).state).toBe("role-in-use");
    expect(rhythm([0, 30], 61).state).toBe("key-silent");
    // A weekly one is.
    expect(rhythm([0, 7, 14, 21], 36).state).toBe("key-silent");
  });

  test("the days before the first use that the logs show count, as far as there are logs and the key", () => {
    expect(step(rhythm([25], 45), "key-silent").how).toContain("after 25 days without a use (from 2026-10-01 at least");
    expect(rhythm([25], 51).state).toBe("key-silent");
  });

  test("days without any logs of the account are no quiet days", () => {
    expect(rhythm([0, 30], 46, days(8, 20)).state).toBe("key-silent");
  });

  test("two looks at IAM show a rhythm without logs", () => {
    const at = day(46);
    const evidence = evidenceOf(one, {
      at,
      events: [...covered(one, 45), ...roleUsed(one, days(31, 45))],
      iam: iam(one, 30),
    });
    const before = evidenceOf(one, { at: day(29), iam: iam(one, 0) }).inventory!;
    expect(moveStatus(one.move, { ...evidence, history: [before] }, "example")).toMatchObject({
      state: "role-in-use",
      waitsFor: expect.stringContaining("after 29 days without a use (from 2026-10-01 at least"),
    });
  });
});

describe("calls of a compute's role are this workload's only as far as they tell", () => {
  const one = TEN.find(({ move }) => move.name === "ec2")!;
  const by = (agent: string, on: readonly number[]): readonly LogEvent[] =>
    roleUsed(one, on).map((event) => ({ ...event, userAgent: agent }));
  const seen = (...events: readonly (readonly LogEvent[])[]): MoveStatus =>
    status(one, { at: day(35), events: [...covered(one), ...events.flat()], iam: iam(one, 20) });
  const key = keysUsed(one, days(0, 20));

  test("another program on the instance is not the key's", () => {
    const found = seen(key, by("backup-agent/7 os/linux", days(19, 34)));
    expect([found.state, found.mayDeactivate, found.done, step(found, "role-in-use")]).toEqual([
      "planned",
      false,
      false,
      expect.objectContaining({
        verdict: "unknown",
        how: "the role's calls are by other programs (backup-agent) than the key's (old-job): whether they are this workload's nobody can say",
      }),
    ]);
    expect(found.actions.map(({ made }) => made)).toEqual(["not-yet", "not-yet"]);
    // Another version is the same program, and what others do beside it does not matter.
    const same = seen(key, by("old-job/3.1 exec-env/EC2", days(19, 34)), by("backup-agent/7", days(0, 34)));
    expect([same.state, step(same, "role-in-use").how]).toEqual([
      "key-silent",
      expect.stringContaining("by old-job, as the key's calls were"),
    ]);
  });

  test("a role that always did the same has taken over nothing that one can see", () => {
    const found = seen(key, by("old-job/1.0", days(0, 34)));
    expect([found.state, found.mayDeactivate, step(found, "role-in-use")]).toEqual([
      "planned",
      false,
      expect.objectContaining({
        verdict: "unknown",
        how: expect.stringMatching(/^the role did the same already when .* older logs may show/),
      }),
    ]);
  });

  test("without a call of the key nobody knows what to compare", () => {
    const found = seen(by("old-job/1.0", days(19, 34)));
    expect([found.state, step(found, "role-in-use")]).toEqual([
      "planned",
      expect.objectContaining({ verdict: "unknown", how: expect.stringContaining("no log shows by what program") }),
    ]);
  });

  test("a person who becomes the role of a function by hand is not the function", () => {
    const lambda = TEN.find(({ move }) => move.name === "lambda")!;
    const found = status(lambda, {
      at: day(35),
      events: [
        ...covered(lambda),
        ...keysUsed(lambda, days(0, 20)),
        ...roleUsed(lambda, days(19, 34)).map((event) => ({ ...event, userAgent: "aws-cli/2.22.1 os/macos" })),
      ],
      iam: iam(lambda, 20),
    });
    expect([found.state, found.done]).toEqual(["planned", false]);
  });
});

describe("a clock that is wrong is seen where the evidence shows it", () => {
  const one = github;
  const events = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(19, 34))];
  const seenWith = (more: Partial<MoveEvidence>, seen: Partial<Seen> = {}): MoveStatus => {
    const evidence = evidenceOf(one, { at: day(35), events, iam: iam(one, 20), ...seen });
    return moveStatus(one.move, { ...evidence, ...more }, "example");
  };
  const later = (n: number) => evidenceOf(one, { at: day(n), iam: iam(one, 20) }).inventory!;

  test("an inventory of a later time has no age", () => {
    const found = seenWith({ inventory: later(40) });
    expect([found.state, found.mayDeactivate, step(found, "key-silent")]).toEqual([
      "role-in-use",
      false,
      expect.objectContaining({
        verdict: "unknown",
        how: "the inventory is of 2026-11-10, which is later than now: a clock is wrong",
      }),
    ]);
    // An hour is a difference of clocks; a time that somebody has named lies before what was seen since.
    expect(seenWith({ inventory: later(35) }).state).toBe("key-silent");
    expect(seenWith({ inventory: later(40), asOf: true }).state).toBe("key-silent");
  });

  test("events of a later time are no evidence of silence", () => {
    const found = seenWith({}, { events: [...events, ...keysUsed(one, [38])] });
    expect([found.state, step(found, "key-silent")]).toEqual([
      "role-in-use",
      expect.objectContaining({
        verdict: "unknown",
        how: expect.stringMatching(/^2 events .* later than now: a clock/),
      }),
    ]);
    expect(seenWith({ asOf: true }, { events: [...events, ...keysUsed(one, [38])] }).state).toBe("key-silent");
  });

  test("times are compared as times, whatever their zone", () => {
    const journal = one.keys.map((keyId): JournalEntry => ({
      at: "2026-11-05T13:30:00+02:00",
      event: "deactivated",
      accountId: one.move.accountId,
      user: one.move.user,
      keyId,
    }));
    expect(step(seenWith({}, { journal, iam: { keys: {} } }), "key-inactive").verdict).toBe("seen");
    const found = evidenceOf(one, { at: "2026-11-05T12:00:00Z", events, iam: iam(one, 20), journal });
    const { inventory: _, ...without } = found;
    expect(step(moveStatus(one.move, without as MoveEvidence, "example"), "key-inactive").verdict).toBe("seen");
  });
});

describe("the fresher look counts", () => {
  const one = github;
  const events = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(19, 34))];

  test("a key that is used after it was off is on again", () => {
    const again = keysUsed(one, [33]);
    const evidence = evidenceOf(one, { at: day(30), iam: iam(one, 20, true) });
    const { logs } = evidenceOf(one, { at: day(35), events: [...events, ...again] });
    const found = moveStatus(one.move, { ...evidence, at: day(35), logs: logs! }, "example");
    expect([found.state, found.done, found.back?.message]).toEqual([
      "role-in-use",
      false,
      expect.stringMatching(/used again after it was inactive on 2026-10-31/),
    ]);
    expect(step(found, "key-inactive")).toMatchObject({ verdict: "no", at: day(33) });
    // Deleted, and used all the same: it is not deleted.
    const deleted = moveStatus(
      one.move,
      { ...evidence, at: day(35), logs: logs!, journal: entry(one, "deleted", 31) },
      "example",
    );
    expect([step(deleted, "key-deleted").verdict, deleted.done]).toEqual(["no", false]);
    // Within the hour, uses and looks cannot be told apart.
    const near = moveStatus(
      one.move,
      { ...evidence, at: day(35), logs: logs!, journal: entry(one, "deactivated", 33) },
      "example",
    );
    expect(step(near, "key-inactive").verdict).toBe("seen");
  });

  test("each step says of when its look is", () => {
    const look = (off?: true) => evidenceOf(one, { at: day(31), iam: iam(one, 20, off) });
    const { logs } = evidenceOf(one, { at: day(35), events });
    const active = moveStatus(one.move, { ...look(), at: day(35), logs: logs! }, "example");
    expect([step(active, "key-inactive").at, step(active, "key-deleted").at]).toEqual([day(31), day(31)]);
    expect(active.keys).toEqual([{ id: one.keys[0], status: "Active", seenAt: day(31) }]);
    const off = moveStatus(one.move, { ...look(true), at: day(35), logs: logs! }, "example");
    expect(step(off, "key-inactive").how).toBe("inactive when it was last looked at, on 2026-11-01");
    expect(off.keys).toEqual([{ id: one.keys[0], status: "Inactive", seenAt: day(31) }]);
  });
});

describe("a move of all keys of a user", () => {
  const one = TEN.find(({ move }) => move.name === "both-keys")!;
  const third = "AKIATHIRDAAAAAAAAAAA";
  const usedByThird = (n: number): readonly LogEvent[] => keyEvents(one, third, day(n));
  const base = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(19, 34))];

  test("a key that only the logs show is one of them", () => {
    const evidence = evidenceOf(one, { at: day(32), iam: iam(one, 20) });
    const { logs } = evidenceOf(one, { at: day(35), events: [...base, ...usedByThird(34)] });
    const found = moveStatus(one.move, { ...evidence, at: day(35), logs: logs! }, "example");
    expect([found.state, found.mayDeactivate, found.keyIds]).toEqual([
      "role-in-use",
      false,
      [...one.keys, third].sort(),
    ]);
  });

  test("one that was gone before the account was first read is gone", () => {
    const evidence = evidenceOf(one, { at: day(35), events: [...base, ...usedByThird(2)], iam: iam(one, 20) });
    expect(moveStatus(one.move, evidence, "example").state).toBe("key-silent");
    const { inventory: _, facts: __, ...unread } = evidence;
    expect(moveStatus(one.move, unread as MoveEvidence, "example").mayDeactivate).toBe(false);
  });
});

describe("logs that something was taken out of", () => {
  const one = github;
  const events = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(19, 34))];
  const home = environment.organization.managementAccountId;

  test("a trail of the organization is stopped, or told to record less, where it is managed", () => {
    const change = (call: string, account: string) =>
      logEvent({
        call,
        time: day(33),
        account,
        region: "us-east-1",
        identity: identities.role(account, "admin"),
        request: { name: "org", trailName: "org", eventSelectors: [{ readWriteType: "WriteOnly" }] },
      });
    const seen = (call: string, account: string): MoveStatus => {
      const evidence = evidenceOf(one, { at: day(35), events: [...events, change(call, account)], iam: iam(one, 20) });
      return moveStatus(one.move, { ...evidence, trailAccounts: trailManagers(environment.organization) }, "example");
    };
    for (const call of ["cloudtrail:StopLogging", "cloudtrail:PutEventSelectors"])
      expect([seen(call, home).mayDeactivate, seen(call, home).waitsFor]).toEqual([
        false,
        expect.stringContaining(`logging of a trail was stopped, or records less: ${home} us-east-1 org`),
      ]);
    // That of another member is its own.
    expect(seen("cloudtrail:StopLogging", TEN[1]!.move.accountId).mayDeactivate).toBe(true);
  });

  test("keys beyond those that are followed", () => {
    const evidence = evidenceOf(one, { at: day(35), events, iam: iam(one, 20) });
    evidence.logs!.use.usage.leftOut.add("AKIALEFTOUTAAAAAAAAA");
    expect(step(moveStatus(one.move, evidence, "example"), "key-silent")).toMatchObject({
      verdict: "unknown",
      how: expect.stringContaining("1 key beyond those that are followed"),
    });
  });
});

describe("what the evidence does not show is said beside what it does", () => {
  const one = github;
  const extra = (call: string): LogEvent =>
    logEvent({
      call,
      time: day(3),
      account: one.move.accountId,
      identity: identities.user(one.move.accountId, one.move.user, one.keys[0]),
      userAgent: "old-job/1.0",
    });
  const seen = (move: Partial<Consumer["move"]>): MoveStatus => {
    const events = [
      ...covered(one),
      ...keysUsed(one, days(0, 20)),
      ...["ecs:RunTask", "sts:GetCallerIdentity"].map(extra),
      ...roleUsed(one, days(19, 34), [...CALLS, "ecs:RunTask"]),
    ];
    const changed = { ...one, move: { ...one.move, ...move } };
    return status(changed, { at: day(35), events, iam: iam(one, 20) });
  };

  test("actions of the key that the file leaves out, and those that no log shows", () => {
    const found = seen({ actionsNotLogged: ["s3:GetObject"] });
    const limits =
      "; the key did this too, which the file leaves out: ecs:RunTask; no log shows whether the role does this: s3:GetObject";
    expect([found.mayDeactivate, found.waitsFor]).toEqual([
      true,
      `the key can be deactivated: its role does the actions of the file, and it is quiet${limits}`,
    ]);
    expect(step(found, "key-silent").how).toContain(limits);
  });

  test("it is not cut off where it is printed", () => {
    const long = (n: number): string => `kinesisanalytics:SomethingWithALongName${n}WhichNoLogOfManagementShows`;
    const found = seen({ actionsNotLogged: [1, 2, 3, 4].map(long) });
    for (const text of [renderMoves([found], "example", day(35)), renderNext([found])]) expect(text).toContain(long(4));
  });

  test("a file without actions asks for none", () => {
    expect(seen({ actions: [] }).waitsFor).toBe(
      "the key can be deactivated: its role is at work, and it is quiet; the file names no actions: whether the role does all of the key's work was not asked",
    );
  });

  test("nothing is added where nothing is missing", () => {
    const all = seen({ actions: [...one.move.actions, "ecs:RunTask"] });
    expect([all.mayDeactivate, all.waitsFor]).toEqual([
      true,
      "the key can be deactivated: its role does the actions of the file, and it is quiet",
    ]);
  });
});

test("certificates are named only where they are compared", () => {
  const one = TEN.find(({ move }) => move.name === "mainframe")!;
  const { destination } = one.move;
  if (destination.kind !== "rolesAnywhere" || !destination.planned) throw new Error("another destination");
  const { commonName: _, ...planned } = destination.planned;
  const bare: Consumer = { ...one, move: { ...one.move, destination: { ...destination, planned } } };
  const events = [...covered(one), ...keysUsed(one, days(0, 20)), ...roleUsed(one, days(19, 34))];
  const how = (of: Consumer): string => step(status(of, { at: day(35), events, iam: iam(one, 20) }), "role-in-use").how;
  expect(how(one)).toContain("calls by the role, with certificates of CN=billing-batch, OU=Payments, first");
  expect(how(bare)).toContain(
    "calls by the role, which its trust gives to CN=billing-batch, OU=Payments; what certificates had them is not compared, first",
  );
});
