import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { defined } from "../../../../modules/kernel/optional";
import {
  ageText,
  doubtAboutLock,
  lockIn,
  lockTime,
  mayBeTerraform,
  type ProcessNames,
  StateLock,
} from "../../../../modules/delivery/recover/lock";
import { isBlindToHost, pidNamespace } from "../../../../modules/kernel/process";
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
    ...defined({ namespace: pidNamespace() }),
    ...over,
  });

  test.each<readonly [string, () => string | undefined, RegExp]>([
    [
      "nothing is known of a run",
      () => doubtAboutLock(lock(), undefined, "terraform"),
      /no run of this project on this machine/,
    ],
    [
      "another machine's",
      () => doubtAboutLock(lock({ who: "ada@ci-7" }), run(), "terraform"),
      /made by ada@ci-7, not by a run/,
    ],
    ["another person's", () => doubtAboutLock(lock({ who: `bob@${hostname()}` }), run(), "terraform"), /made by bob@/],
    ["nobody's", () => doubtAboutLock(lock({ who: "" }), run(), "terraform"), /somebody unknown/],
    [
      "a run of another machine in this folder",
      () => doubtAboutLock(lock(), run({ host: "ci-7" }), "terraform"),
      /not by a run of this project/,
    ],
    [
      "older than the run",
      () => doubtAboutLock(lock({ created: "2026-11-26 05:29:00 +0000 UTC" }), run(), "terraform"),
      /last run of this project/,
    ],
    [
      "much later than the run",
      () => doubtAboutLock(lock({ created: "2026-11-26 05:40:00 +0000 UTC" }), run(), "terraform"),
      /last run of this project/,
    ],
    [
      "of an unknown time",
      () => doubtAboutLock(lock({ created: "?" }), run(), "terraform"),
      /last run of this project/,
    ],
    [
      "of a container",
      () => doubtAboutLock(lock(), run({ namespace: "pid:[1]" }), "terraform"),
      /another container, or outside of this one/,
    ],
    [
      "of a note that says nothing of containers",
      () => {
        const { namespace: _, ...older } = run();
        return doubtAboutLock(lock(), older, "terraform");
      },
      /in a place that is not known/,
    ],
    [
      "its Terraform lives",
      () => doubtAboutLock(lock(), run({ process: { pid: process.pid } }), "terraform"),
      /still runs/,
    ],
  ])("%s: it stays", (_, doubt, why) => expect(doubt()).toMatch(why));

  test("a dead run's own lock: nothing speaks against it but another Terraform on this machine", () => {
    const doubt = doubtAboutLock(lock(), run(), "terraform");
    if (doubt !== undefined) expect(doubt).toMatch(/other Terraforms run on this machine|cannot be seen/);
  });

  test("a wrapper that this project calls stops it, whatever its name", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { argv0: "my-wrapper" });
    await new Promise((resolve) => child.once("spawn", resolve));
    const doubt = doubtAboutLock(lock(), run(), "/opt/bin/my-wrapper");
    child.kill();
    expect(doubt).toMatch(/other Terraforms run on this machine|cannot be seen/);
  });
});

describe("which processes may be Terraforms", () => {
  const of = (comm: string, argv: readonly string[] = [comm], exe?: string): ProcessNames => ({
    comm,
    argv,
    ...defined({ exe }),
  });
  test.each<[string, ProcessNames, boolean]>([
    ["terraform", of("terraform"), true],
    ["OpenTofu", of("tofu"), true],
    ["a version", of("terraform_1.11."), true],
    ["Windows' own in WSL", of("terraform.exe", ["/mnt/c/bin/terraform.exe", "apply"]), true],
    ["its file only", of("x", ["x"], "/usr/bin/tofu"), true],
    ["a file that was replaced meanwhile", of("x", ["x"], "/usr/bin/terraform (deleted)"), true],
    ["another name by a link", of("tf", ["tf", "apply"], "/opt/terraform/1.11.4/terraform"), true],
    ["this project's wrapper", of("my-wrapper"), true],
    [
      "this project's wrapper in a shell",
      of("bash", ["/bin/bash", "/opt/bin/my-wrapper", "apply"], "/usr/bin/bash"),
      true,
    ],
    ["terragrunt", of("terragrunt"), true],
    ["a provider", of("terraform-provi", ["/x/terraform-provider-aws_v5"], "/x/terraform-provider-aws_v5"), false],
    ["an editor's language server", of("terraform-ls", ["terraform-ls", "serve"]), false],
    ["a shell", of("bash", ["bash", "-l"], "/usr/bin/bash"), false],
    ["an editor", of("vim", ["vim", "main.ts"], "/usr/bin/vim"), false],
  ])("%s", (_, names, expected) => expect(mayBeTerraform(names, "/opt/bin/my-wrapper")).toBe(expected));

  test.each<[string, string | undefined, string | undefined, boolean]>([
    ["the machine itself", "pid:[4026531836]", "uts:[4026531838]", false],
    ["a container with a name of its own", "pid:[7]", "uts:[8]", false],
    ["a container with the machine's name", "pid:[7]", "uts:[4026531838]", true],
    ["a container of which little can be seen", "pid:[7]", undefined, true],
  ])("%s", (_, pid, uts, blind) => expect(isBlindToHost((kind) => (kind === "pid" ? pid : uts))).toBe(blind));
});
