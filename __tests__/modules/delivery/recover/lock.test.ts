import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { ageText, doubtAboutLock, lockIn, lockTime, StateLock } from "../../../../modules/delivery/recover/lock";
import type { Run } from "../../../../modules/terraform/runs";

const WORDS = `Error: Error acquiring the state lock

Error message: operation error S3: PutObject, StatusCode: 412, api error PreconditionFailed
Lock Info:
  ID:        0b5f2e5c-1111-2222-3333-444455556666
  Path:      states/example-guardrails
  Operation: OperationTypeApply
  Who:       ada@desk
  Version:   1.11.4
  Created:   2026-11-26 05:30:00.123456789 +0000 UTC
  Info:
`;

test("a lock in Terraform's words: id, age and owner; other errors are none", () => {
  const lock = lockIn(WORDS)!;
  expect(lock).toEqual({
    id: "0b5f2e5c-1111-2222-3333-444455556666",
    path: "states/example-guardrails",
    operation: "OperationTypeApply",
    who: "ada@desk",
    created: "2026-11-26 05:30:00.123456789 +0000 UTC",
  });
  expect(lockTime(lock)).toBe(Date.parse("2026-11-26T05:30:00Z"));
  expect([
    lockTime({ ...lock, created: "yesterday" }),
    lockIn("Error: something else"),
    lockIn(WORDS.replace(/ID:.*/, "")),
  ]).toEqual([undefined, undefined, undefined]);
  expect([ageText(999), ageText(61_000), ageText(7_200_000), ageText(-5)]).toEqual([
    "0 seconds",
    "1 minute",
    "2 hours",
    "0 seconds",
  ]);
});

describe("a lock is broken only when its run is certainly dead", () => {
  let deadPid: number;
  beforeAll(async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    deadPid = child.pid!;
  });
  const lock = (over: Partial<StateLock> = {}): StateLock => ({
    id: "1",
    path: "p",
    operation: "OperationTypeApply",
    who: `ada@${hostname()}`,
    created: "2026-11-26 05:30:10 +0000 UTC",
    ...over,
  });
  const run = (over: Partial<Run> = {}): Run => ({
    stack: "example-a",
    operation: "apply",
    host: hostname(),
    user: "ada",
    started: "2026-11-26T05:30:00.000Z",
    process: { pid: deadPid },
    ...over,
  });

  test.each<readonly [string, () => string | undefined, RegExp]>([
    ["nothing is known of a run", () => doubtAboutLock(lock(), undefined), /no run of this project on this machine/],
    ["another machine's", () => doubtAboutLock(lock({ who: "ada@ci-7" }), run()), /made by ada@ci-7, not by a run/],
    ["another person's", () => doubtAboutLock(lock({ who: `bob@${hostname()}` }), run()), /made by bob@/],
    ["nobody's", () => doubtAboutLock(lock({ who: "" }), run()), /somebody unknown/],
    [
      "a run of another machine in this folder",
      () => doubtAboutLock(lock(), run({ host: "ci-7" })),
      /not by a run of this project/,
    ],
    [
      "older than the run",
      () => doubtAboutLock(lock({ created: "2026-11-26 05:29:00 +0000 UTC" }), run()),
      /last run of this project/,
    ],
    [
      "much later than the run",
      () => doubtAboutLock(lock({ created: "2026-11-26 05:40:00 +0000 UTC" }), run()),
      /last run of this project/,
    ],
    ["of an unknown time", () => doubtAboutLock(lock({ created: "?" }), run()), /last run of this project/],
    ["its Terraform lives", () => doubtAboutLock(lock(), run({ process: { pid: process.pid } })), /still runs/],
  ])("%s: it stays", (_, doubt, why) => expect(doubt()).toMatch(why));

  test("a dead run's own lock: nothing speaks against it but another Terraform on this machine", () => {
    const doubt = doubtAboutLock(lock(), run());
    if (doubt !== undefined) expect(doubt).toMatch(/other Terraforms run on this machine|cannot be seen/);
  });
});
