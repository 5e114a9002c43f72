import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { isAlarm, moveStatus } from "../../../../modules/evidence/move/state";
import type { MoveStatus } from "../../../../modules/evidence/move/types";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import {
  consumer,
  Consumer,
  coverage,
  DATA_PROD,
  day,
  evidenceOf,
  keyEvents,
  moveOf,
  PAYMENTS_PROD,
  roleSession,
  Seen,
  SHOP_PROD,
  TEN,
  token,
  WORKLOADS,
} from "./world";

/** Keys on their way, by the events of their workloads. Days: the key works until 20, the role from 19 on. */

const days = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const covered = (one: Consumer, to: number): readonly LogEvent[] => coverage(one.move.accountId, 0, to);
const keysUsed = (one: Consumer, from: number, to: number): readonly LogEvent[] =>
  days(from, to).flatMap((n) => one.keys.flatMap((key) => keyEvents(one, key, day(n))));
const roleUsed = (one: Consumer, from: number, to: number): readonly LogEvent[] =>
  days(from, to).flatMap((n) => one.role(day(n, 11)));
const iam = (one: Consumer, usedOn: number, off?: true) => ({
  keys: Object.fromEntries(one.keys.map((id) => [id, { usedOn, ...(off ? { off } : {}) }])),
});
const status = (one: Consumer, seen: Seen): MoveStatus => moveStatus(one.move, evidenceOf(one, seen), "example");
const entry = (one: Consumer, event: JournalEntry["event"], n: number): readonly JournalEntry[] =>
  one.keys.map((keyId) => ({ at: day(n), event, accountId: one.move.accountId, user: one.move.user, keyId }));

test.each(TEN.map((one) => [one.move.name, one] as const))("%s is moved to its end by what is seen", (_, one) => {
  const events = (to: number): readonly LogEvent[] => [
    ...covered(one, to - 1),
    ...keysUsed(one, 0, Math.min(20, to)),
    ...roleUsed(one, 19, to),
  ];
  const before = status(one, { at: day(10), events: events(10), iam: iam(one, 10) });
  expect([before.state, before.actor, before.mayDeactivate]).toEqual(["planned", before.actor, false]);
  const inUse = status(one, { at: day(22), events: events(22), iam: iam(one, 20) });
  expect([inUse.state, inUse.back, inUse.waitsFor]).toEqual([
    "role-in-use",
    undefined,
    expect.stringContaining("used 2 days ago"),
  ]);
  expect(inUse.actions.map(({ made }) => made)).toEqual(["yes", "yes"]);
  const silent = status(one, { at: day(35), events: events(35), iam: iam(one, 20) });
  expect([silent.state, silent.mayDeactivate, silent.done]).toEqual(["key-silent", true, true]);
  expect(silent.command).toContain("retire example --moves");
  const off = status(one, {
    at: day(36),
    events: events(36),
    iam: iam(one, 20, true),
    journal: entry(one, "deactivated", 35),
  });
  expect([off.state, off.mayDeactivate]).toEqual(["key-inactive", false]);
  const gone = status(one, {
    at: day(60),
    events: events(60),
    iam: { keys: {} },
    journal: [...entry(one, "deactivated", 35), ...entry(one, "deleted", 59)],
  });
  expect([gone.state, gone.waitsFor]).toEqual(["key-deleted", "the user is there, with nothing left on it"]);
  const end = status(one, {
    at: day(61),
    events: events(61),
    iam: { keys: {}, userGone: true },
    journal: [...entry(one, "deactivated", 35), ...entry(one, "deleted", 59)],
  });
  expect([end.state, end.actor, end.steps.every(({ verdict }) => verdict === "seen")]).toEqual([
    "user-deleted",
    "nobody",
    true,
  ]);
});

const [github, , , mainframe, ec2, , , , jane] = TEN as readonly [
  Consumer,
  ...Consumer[],
] as unknown as readonly Consumer[];
const moved = (one: Consumer, to = 35): readonly LogEvent[] => [
  ...covered(one, to - 1),
  ...keysUsed(one, 0, 20),
  ...roleUsed(one, 19, to),
];

test("a key that is used again is a step back: by what, from where, and first", () => {
  const one = github!;
  const again = keyEvents(one, one.keys[0]!, day(33), "forgotten-cron/2");
  const back = status(one, { at: day(35), events: [...moved(one), ...again], iam: iam(one, 33) });
  expect(back).toMatchObject({
    state: "role-in-use",
    mayDeactivate: false,
    back: { at: day(33), userAgent: "forgotten-cron/2", sourceAddress: "203.0.113.9" },
  });
  expect([isAlarm(back, day(35)), back.waitsFor]).toEqual([true, expect.stringContaining("forgotten-cron/2")]);
  // Quiet for long enough again: the step back is over.
  const later = status(one, { at: day(49), events: [...moved(one, 49), ...again], iam: iam(one, 33) });
  expect([later.state, later.back]).toEqual(["key-silent", undefined]);
  // A use after it was off, by IAM alone, is one as well.
  const revived = status(one, {
    at: day(35),
    events: moved(one),
    iam: iam(one, 34),
    journal: entry(one, "deactivated", 30),
  });
  expect(revived).toMatchObject({ mayDeactivate: false, back: { message: expect.stringContaining("inactive") } });
});

test("days after IAM was asked are not known to be quiet", () => {
  const one = github!;
  const facts = (looked: number) => {
    const at = day(35);
    const evidence = evidenceOf(one, { at: day(looked), iam: iam(one, 20) });
    const { logs } = evidenceOf(one, { at, events: moved(one) });
    return moveStatus(one.move, { ...evidence, at, logs: logs! }, "example");
  };
  const early = facts(28);
  expect([early.state, early.mayDeactivate]).toEqual(["role-in-use", false]);
  expect(early.waitsFor).toMatch(/used 15 days ago .*IAM was asked on 2026-10-29: 8 quiet days by then: 14 are wanted/);
  const late = facts(34);
  expect([late.state, late.mayDeactivate]).toEqual(["key-silent", true]);
  expect(late.steps.find(({ step }) => step === "key-silent")?.how).toContain(", IAM was asked on 2026-11-04,");
  expect(facts(33).state).toBe("role-in-use");
  expect(facts(36).steps.find(({ step }) => step === "key-silent")?.how).not.toContain("asked on");
});

test("a stolen key is an incident and no move, whatever else was seen", () => {
  const one = github!;
  const bad = ["s3:ListBuckets", "iam:ListUsers"].flatMap((call) =>
    [1, 2].map((n) =>
      logEvent({
        call,
        time: day(10, n),
        account: one.move.accountId,
        identity: identities.user(one.move.accountId, one.move.user, one.keys[0]),
        userAgent: "TruffleHog",
      }),
    ),
  );
  const stolen = status(one, { at: day(35), events: [...moved(one), ...bad], iam: iam(one, 20) });
  expect(stolen).toMatchObject({ state: "stolen", actor: "security", mayDeactivate: false, done: false });
  expect([stolen.command, isAlarm(stolen, day(35))]).toEqual([undefined, true]);
});

test("what cannot move has an exception, and its end is an alarm", () => {
  const text = (name: string): string => `version: 1
key: AKIAIOSFODNN7EXAMPLE
account: data-prod
user: scanner
owner: Office team
usedBy: Scanners
destination: { exception: ${name} }
`;
  const one = { ...github!, move: moveOf("scanner", text("old-scanner")), keys: ["AKIAIOSFODNN7EXAMPLE"] };
  const now = status(one, { at: day(35), events: covered(one, 34), iam: iam(one, 34) });
  expect([now.state, now.done, now.mayDeactivate, isAlarm(now, day(35))]).toEqual(["excepted", true, false, false]);
  const late = "2027-04-01T00:00:00Z";
  const ended = status(one, { at: late, iam: iam(one, 34) });
  expect([ended.state, ended.done, isAlarm(ended, late), ended.waitsFor]).toEqual([
    "planned",
    false,
    true,
    expect.stringContaining("has ended"),
  ]);
  const unknown = { ...one, move: moveOf("scanner", text("nobody-knows")) };
  expect(status(unknown, { at: day(35) })).toMatchObject({ done: false, actor: "platform" });
});

describe("nothing is taken for evidence that is none", () => {
  const why = (one: Consumer, seen: Partial<Seen>): readonly [boolean, string, string] => {
    const found = status(one, { at: day(35), events: moved(one), iam: iam(one, 20), ...seen });
    return [found.mayDeactivate, found.state, found.waitsFor];
  };
  const no = (state: string, text: string) => [false, state, expect.stringContaining(text)];
  const one = github!;

  test("all of it there is enough, and each part is needed", () => {
    expect(why(one, {})[0]).toBe(true);
    const { events: _, ...without } = { events: undefined };
    expect(
      moveStatus(one.move, evidenceOf(one, { at: day(35), iam: iam(one, 20), ...without }), "example"),
    ).toMatchObject({
      mayDeactivate: false,
      waitsFor: expect.stringContaining("--verify"),
    });
    expect(moveStatus(one.move, evidenceOf(one, { at: day(35), events: moved(one) }), "example")).toMatchObject({
      mayDeactivate: false,
      waitsFor: expect.stringContaining("IAM was not asked"),
    });
  });

  test("a day without logs, a region without logs, a stopped trail", () => {
    const lost = moved(one).filter((event) => !String(event.eventTime).startsWith(day(30).slice(0, 10)));
    expect(why(one, { events: lost })).toEqual(no("role-in-use", "no logs of us-east-1 on 1 of the last 14 days"));
    const region = moved(one).filter((event) => event.awsRegion !== "us-east-1");
    expect(why(one, { events: region })).toEqual(no("role-in-use", "no logs of us-east-1 on 14 of"));
    const stop = logEvent({
      call: "cloudtrail:StopLogging",
      time: day(33),
      account: one.move.accountId,
      region: "us-east-1",
      identity: identities.role(one.move.accountId, "admin"),
      request: { name: "org" },
    });
    expect(why(one, { events: [...moved(one), stop] })).toEqual(no("role-in-use", "stopped"));
  });

  test("IAM saw a use that the logs do not show", () => {
    expect(why(one, { iam: iam(one, 34) })).toEqual(no("role-in-use", "used again after 13 quiet days"));
  });

  test("logs of another account say nothing", () => {
    const other = moved(one).map((event) =>
      String(event.eventName) === "CreateLogStream" ? { ...event, recipientAccountId: DATA_PROD } : event,
    );
    // The role's own events cover their region; that of global services is not covered.
    expect(why(one, { events: other })).toEqual(no("role-in-use", "us-east-1"));
  });

  test("a role that nobody uses any more, or that does not do all", () => {
    const stopped = [...covered(one, 34), ...keysUsed(one, 0, 20), ...roleUsed(one, 15, 19)];
    expect(why(one, { events: stopped })).toEqual(no("role-in-use", "not seen at work since"));
    const half = [
      ...covered(one, 34),
      ...keysUsed(one, 0, 20),
      ...days(19, 35).flatMap((n) => one.role(day(n), ["s3:ListBuckets"])),
    ];
    expect(why(one, { events: half })).toEqual(no("role-in-use", "ec2:DescribeInstances"));
    const refused = [
      ...half,
      ...one.role(day(34)).map((event) => ({ ...event, errorCode: "Client.UnauthorizedOperation" })),
    ];
    expect(why(one, { events: refused })).toEqual(no("role-in-use", "refused ec2:DescribeInstances"));
  });

  test("calls that AWS refused, and asking who one is, are no use", () => {
    const failed = [
      ...covered(one, 34),
      ...keysUsed(one, 0, 20),
      ...roleUsed(one, 19, 35).map((event) => ({ ...event, errorCode: "AccessDenied" })),
    ];
    expect(why(one, { events: failed })[0]).toBe(false);
    const who = [
      ...covered(one, 34),
      ...keysUsed(one, 0, 20),
      ...days(19, 35).flatMap((n) => one.role(day(n), ["sts:GetCallerIdentity"])),
    ];
    expect(why(one, { events: who })[0]).toBe(false);
  });

  test("another subject, another certificate, another instance, another person", () => {
    const as = (
      session: (account: string) => Readonly<Record<string, unknown>>,
      account: string,
      before: readonly LogEvent[] = [],
    ) =>
      days(19, 35).flatMap((n) => [
        ...before,
        ...["s3:ListBuckets", "ec2:DescribeInstances"].map((call) =>
          logEvent({ call, time: day(n), account, identity: session(account) }),
        ),
      ]);
    const base = (of: Consumer): readonly LogEvent[] => [...covered(of, 34), ...keysUsed(of, 0, 20)];
    const fork = token(SHOP_PROD, "workload-shop-deploy", "repo:mallory/shop:environment:production")(day(20));
    const shop = roleSession("workload-shop-deploy", "job", WORKLOADS);
    expect(why(one, { events: [...base(one), ...as(shop, SHOP_PROD, fork)] })[0]).toBe(false);
    const shared = status(one, { at: day(35), events: [...moved(one), ...fork], iam: iam(one, 20) });
    expect([shared.mayDeactivate, shared.steps[2]]).toEqual([
      false,
      expect.objectContaining({
        verdict: "unknown",
        how: expect.stringContaining("whose calls these are nobody can say"),
      }),
    ]);
    // Calls whose tokens nobody logged.
    expect(why(one, { events: [...base(one), ...as(shop, SHOP_PROD)] })[0]).toBe(false);
    const batch = (cn: string) => roleSession("workload-billing-batch", "5a", WORKLOADS, { sourceIdentity: cn });
    const session = mainframe!.role(day(20)).slice(0, 1);
    expect(
      why(mainframe!, {
        iam: iam(mainframe!, 20),
        events: [...base(mainframe!), ...as(batch("CN=other"), PAYMENTS_PROD, session)],
      })[0],
    ).toBe(false);
    expect(
      why(mainframe!, {
        iam: iam(mainframe!, 20),
        events: [...base(mainframe!), ...as(batch("CN=billing-batch"), PAYMENTS_PROD)],
      })[0],
    ).toBe(false);
    expect(
      why(ec2!, {
        iam: iam(ec2!, 20),
        events: [...base(ec2!), ...as(roleSession("on-ec2", "ada", "/app/"), DATA_PROD)],
      })[0],
    ).toBe(false);
    const { move } = jane!;
    const john = moved(jane!).map(
      (event) => JSON.parse(JSON.stringify(event).replaceAll("Jane.Doe", "john")) as LogEvent,
    );
    expect(why(jane!, { iam: iam(jane!, 20), events: john })[0]).toBe(false);
    const nameless = {
      ...jane!,
      move: { ...move, destination: { ...move.destination, userName: undefined } } as unknown as Consumer["move"],
    };
    expect(why(nameless, { iam: iam(jane!, 20), events: moved(jane!) })[0]).toBe(false);
  });

  test("a mistyped key, mail over SMTP, a key that is off while its role did nothing", () => {
    const mistyped = { ...one, move: { ...one.move, keyId: "AKIAZZZZZZZZZZZZZZZZ" } };
    expect(why(mistyped, {})).toEqual(no("role-in-use", "mistyped"));
    expect(why({ ...one, move: { ...one.move, smtp: true } }, {})).toEqual(no("role-in-use", "SMTP"));
    const off = status(one, {
      at: day(35),
      events: [...covered(one, 34), ...keysUsed(one, 0, 20)],
      iam: iam(one, 20, true),
      journal: entry(one, "deactivated", 25),
    });
    expect([off.state, off.done, off.steps.find(({ step }) => step === "key-inactive")?.verdict]).toEqual([
      "planned",
      false,
      "seen",
    ]);
  });

  test("a role is there by verify, not by the plan", () => {
    const claim = {
      section: "workload-identity",
      kind: "role",
      name: "workload-shop-deploy",
      details: [],
      at: day(34),
      place: { accountId: SHOP_PROD },
    };
    const verification = (verdict: string) => ({ from: day(34), to: day(34), claims: [{ ...claim, verdict }] });
    const only = { events: covered(one, 34), iam: iam(one, 34) };
    expect(why(one, only)[1]).toBe("planned");
    expect(why(one, { ...only, verification: verification("seen") })).toEqual(no("role-exists", "Team of github"));
    expect(why(one, { ...only, verification: verification("missing") })).toEqual(no("planned", "missing"));
    expect(why(one, { ...only, verification: verification("not-readable") })[1]).toBe("planned");
  });
});

test("of a compute whose file names no actions nobody knows what uses the role", () => {
  const one = consumer({
    name: "nothing-known",
    account: DATA_PROD,
    accountName: "data-prod",
    keys: ["AKIAIOSFODNN7EXAMPLE"],
    destination: `{ role: { arn: "arn:aws:iam::${DATA_PROD}:role/agent", compute: ec2 } }`,
    session: roleSession("agent", "i-0123456789abcdef0"),
  });
  const bare = { ...one, move: { ...one.move, actions: [] } };
  expect(status(bare, { at: day(35), events: moved(bare), iam: iam(bare, 20) })).toMatchObject({
    mayDeactivate: false,
    done: false,
  });
});
