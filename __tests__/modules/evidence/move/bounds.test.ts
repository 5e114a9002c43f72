import { identities, LogEvent, logEvent } from "../../../../local/cloudtrail-logs";
import { CloudTrailScanner } from "../../../../modules/evidence/cloudtrail/scanner";
import { SkipCounter } from "../../../../modules/evidence/cloudtrail/skipped";
import { moveStatus } from "../../../../modules/evidence/move/state";
import { createReducer, emptyMoveUse, mergeMoveUse, MOST, MoveUse } from "../../../../modules/evidence/move/use";
import { Consumer, coverage, day, environment, evidenceOf, keyEvents, TEN } from "./world";

/** Logs with made-up names cost no memory without end, however many portions they come in, and what is left out is said. */

const one = TEN[0] as Consumer;
const [keyId = ""] = one.keys;
const account = one.move.accountId;
const role = `arn:aws:iam::${account}:role/keyless/workloads/workload-shop-deploy`;

function useOfPortions(portions: readonly (readonly LogEvent[])[]): MoveUse {
  const use = emptyMoveUse();
  for (const events of portions) {
    const reducer = createReducer({
      roles: [role],
      keys: [keyId],
      accounts: environment.tree.accounts.map(({ id }) => id),
      at: day(35),
    });
    const scanner = new CloudTrailScanner((event) => reducer.visit(event), new SkipCounter());
    scanner.push(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join("")));
    scanner.finish();
    mergeMoveUse(use, reducer.take());
  }
  return use;
}

/** Three portions, each with as many made-up names as are kept in one. */
const portions = (event: (n: number) => LogEvent, each = MOST): readonly (readonly LogEvent[])[] =>
  [0, 1, 2].map((portion) => Array.from({ length: each }, (_, n) => event(portion * each + n)));
const byKey = (call: string, more: object = {}): LogEvent =>
  logEvent({ call, time: day(1), account, identity: identities.user(account, one.move.user, keyId), ...more });
const byRole = (call: string, session: string, more: object = {}): LogEvent =>
  logEvent({
    call,
    time: day(1),
    account,
    identity: identities.role(account, "workload-shop-deploy", session, "/keyless/workloads/"),
    ...more,
  });

test("actions of a key, and roles that it became", () => {
  const actions = useOfPortions(portions((n) => byKey(`ec2:Made${n}`)));
  expect([actions.keyActions.get(keyId)!.size, actions.bounds.leftOut]).toEqual([MOST, 2 * MOST]);
  const roles = useOfPortions(
    portions((n) => byKey("sts:AssumeRole", { request: { roleArn: `arn:aws:iam::${account}:role/r${n}` } })),
  );
  expect([roles.assumed.get(keyId)!.size, roles.bounds.leftOut]).toEqual([MOST, 2 * MOST]);
});

const identified = (sourceIdentity: string): object => {
  const identity = identities.role(account, "workload-shop-deploy", "s", "/keyless/workloads/");
  return { identity: { ...identity, sessionContext: { ...identity.sessionContext, sourceIdentity } } };
};

test("a service that starts thousands of tasks, and a job with a session for each run, are no flood", () => {
  for (const name of [
    (n: number) => `run-${n}`,
    (n: number) => n.toString(16).padStart(32, "0"),
    (n: number) => `i-${n.toString(16).padStart(17, "0")}`,
  ]) {
    const use = useOfPortions(portions((n) => byRole("ec2:DescribeInstances", name(n))));
    const [[, actions] = []] = use.roleActions.get(role)!;
    expect([use.roleActions.get(role)!.size, use.bounds.leftOut, actions!.get("ec2:DescribeInstances")!.ok]).toEqual([
      1,
      0,
      3 * MOST,
    ]);
  }
});

test("sessions of a role, their programs, and their actions", () => {
  for (const event of [
    (n: number) => byRole("ec2:DescribeInstances", "s", identified(`made-up-${n}`)),
    (n: number) => byRole("ec2:DescribeInstances", "s", { userAgent: `made-up-${n}/1` }),
  ]) {
    const use = useOfPortions(portions(event));
    expect([use.roleActions.get(role)!.size, use.bounds.leftOut]).toEqual([MOST, 2 * MOST]);
  }
  const use = useOfPortions(portions((n) => byRole(`ec2:Made${n}`, "s")));
  expect([[...use.roleActions.get(role)!.values()][0]!.size, use.bounds.leftOut]).toEqual([MOST, 2 * MOST]);
});

test("who became a role, and what was done to a key: of that the latest counts", () => {
  const token = (n: number): LogEvent =>
    logEvent({
      call: "sts:AssumeRoleWithWebIdentity",
      time: day(1),
      account,
      identity: identities.webIdentity("token.example.com", `subject-${n}`),
      request: { roleArn: role },
    });
  const who = useOfPortions(portions(token));
  expect([who.identities.get(role)!.size, who.bounds.leftOut]).toEqual([MOST, 2 * MOST]);
  const switched = useOfPortions(
    portions((n) =>
      logEvent({
        call: "iam:UpdateAccessKey",
        time: new Date(Date.parse(day(1)) + n * 1000).toISOString().replace(".000Z", "Z"),
        account,
        region: "us-east-1",
        identity: identities.role(account, "Admin"),
        request: { accessKeyId: keyId, status: n === 3 * MOST - 1 ? "Active" : "Inactive" },
      }),
    ),
  );
  const changes = switched.changes.get(keyId)!;
  expect(changes.length).toBeLessThanOrEqual(2 * MOST);
  expect([...changes].sort((a, b) => b.at - a.at)[0]?.what).toBe("activated");
  expect(switched.bounds.leftOut).toBeGreaterThan(0);
});

test("long texts are cut, and a call with a made-up name of that length is left out", () => {
  const long = "x".repeat(50_000);
  const use = useOfPortions([[byKey(`ec2:${long}`), byRole("ec2:DescribeInstances", long)]]);
  expect(
    JSON.stringify([[...use.keyActions], [...use.roleActions].map(([, holders]) => [...holders.keys()])]).length,
  ).toBeLessThan(2_000);
  expect(use.bounds.leftOut).toBe(1);
});

test("where something was left out, nobody says that the key is quiet", () => {
  const days = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const events = [
    ...coverage(account, 0, 34),
    ...days(0, 20).flatMap((n) => keyEvents(one, keyId, day(n))),
    ...days(19, 34).flatMap((n) => one.role(day(n, 13))),
  ];
  const evidence = evidenceOf(one, { at: day(35), events, iam: { keys: { [keyId]: { usedOn: 20 } } } });
  expect(moveStatus(one.move, evidence, "example").state).toBe("key-silent");
  evidence.logs!.use.bounds.leftOut = 7;
  const found = moveStatus(one.move, evidence, "example");
  expect([found.mayDeactivate, found.waitsFor]).toEqual([
    false,
    expect.stringContaining("7 calls beyond the sessions, programs, actions and callers that are kept"),
  ]);
});

test("a made-up day far from the others hides none of them in silence", () => {
  const events = [byKey("ec2:DescribeInstances", { time: "1971-01-01T00:00:00Z" }), byKey("ec2:DescribeInstances")];
  expect(useOfPortions([events]).bounds.leftOut).toBe(1);
  expect(useOfPortions(events.map((event) => [event])).bounds.leftOut).toBe(1);
});
