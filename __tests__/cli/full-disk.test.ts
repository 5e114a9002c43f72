import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOf } from "../support/cli";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";

/**
 * A disk that takes no more: one error, the exit code 1, and what was there before is there. Files may grow to a kilobyte, or not at all
 * (RLIMIT_FSIZE, which the system answers with EFBIG); who is root has a disk of its own as well, which is really full (ENOSPC).
 */

jest.setTimeout(120_000);

const DISKS = ["takes nothing", "takes a kilobyte", ...(process.getuid?.() === 0 ? ["is full"] : [])] as const;
const DIST = JSON.stringify(join(ROOT, "dist"));
const MAIN = [join(ROOT, "dist/main.js")];
const CLI = join(ROOT, "dist/cli/index.js");

let project: ReturnType<typeof temporaryProject>;
const unmount = (): void => void spawnSync("bash", ["-c", `umount -l "${project.root}"`]);
const mounts = (): boolean =>
  spawnSync("bash", ["-c", `mount -t tmpfs -o size=2m tmpfs "${project.root}"`]).status === 0;
beforeEach(() => (project = temporaryProject()));
afterEach(() => {
  unmount();
  project.remove();
});
const at = (...names: readonly string[]): string => join(project.root, ...names);

/** Every file below the project, with what is in it. */
function files(folder = project.root): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name !== "filler" && statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

/** Runs Node on such a disk. */
function onDisk(disk: string, args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const limit = disk === "takes nothing" ? "ulimit -f 0; " : disk === "takes a kilobyte" ? "ulimit -f 1; " : "";
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${limit}exec "$@"`, "bash", process.execPath, ...args], {
    cwd: project.root,
    encoding: "utf8",
    env: environmentOf(project.root),
  });
  return { status, said: stdout + stderr };
}

/** Fills the disk, where it is one of its own. */
function prepare(disk: string, make: () => void): void {
  if (disk === "is full") {
    const own = project;
    if (!mounts()) throw new Error("No tmpfs can be mounted here.");
    spawnSync("cp", ["-r", join(ROOT, "environments"), own.root]);
  }
  make();
  if (disk === "is full") spawnSync("bash", ["-c", `cat /dev/zero > '${at("filler")}'`]);
}

const PLAN = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
const LARGE = "x".repeat(9000);
const call = (code: string): readonly string[] => ["-e", `const D = ${DIST}; ${code}`];
const put = (name: string, text: string): void => {
  mkdirSync(join(at(name), ".."), { recursive: true });
  writeFileSync(at(name), text);
};
const HEADING = {
  format: "keyless-inventory-results/1",
  environment: "example",
  organizationId: "o-x",
  startedAt: "2026-11-26T08:00:00Z",
};
const ACCOUNT = { accountId: "444444444401", users: [], problems: [LARGE] };
/** What writes by itself, not at the command line's end: run as the program runs it, errors printed as it prints them. */
const inProgram = (code: string): readonly string[] =>
  call(`require(D + "/modules/kernel/run.js").runToExitCode(() => { ${code} });`);
const RESULTS = ".keyless/inventory/example.jsonl";
const DRILL = {
  version: 1,
  environment: "example",
  organizationId: "o-x",
  from: "2026-11-26T08:00:00Z",
  to: "2026-11-26T08:10:00Z",
  user: { name: "break-glass-1", arn: "arn:aws:iam::111111111111:user/x" },
  session: {},
  accounts: [],
  refusals: [],
  alarms: [],
  outcome: "unknown",
  calls: {},
  note: LARGE,
};

test.each(DISKS)("a disk that %s: nothing is half-written, and nothing is lost", (disk) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["the review", [CLI, "review", "plan.json", "--no-approvals", "--format", "html", "--output", "review.html"]],
    ["the report", [CLI, "report", "example", "--output", "report.html"]],
    ["a new environment", [CLI, "init", "fresh", "--region", "eu-central-1"]],
    ["the answer of ready", [CLI, "ready", "example", "--cloudtrail", "logs", "--evidence", "ready.yaml"]],
    [
      "the first results of an inventory",
      inProgram(
        `require(D + "/modules/evidence/inventory/results.js").startResults("${RESULTS}", ${JSON.stringify({ ...HEADING, startedAt: "later" })}, [${JSON.stringify(ACCOUNT)}])`,
      ),
    ],
    [
      "one more account of an inventory",
      inProgram(
        `require(D + "/modules/evidence/inventory/results.js").addResult("${RESULTS}", ${JSON.stringify(ACCOUNT)})`,
      ),
    ],
    [
      "a drill",
      inProgram(
        `require(D + "/modules/kernel/write-file.js").writeAtomically("environments/example/drills/x.json", ${JSON.stringify(JSON.stringify(DRILL))})`,
      ),
    ],
    [
      "facts",
      inProgram(
        `require(D + "/modules/kernel/write-file.js").writeAtomically("environments/example/organization.yaml", "x".repeat(3000))`,
      ),
    ],
    [
      "a step of retirement",
      inProgram(
        `new (require(D + "/modules/evidence/retire/journal.js").JournalWriter)("journal.jsonl").write({ at: "2026-11-26T08:00:00Z", event: "deactivating", accountId: "444444444401", user: ${JSON.stringify(LARGE)}, keyId: "K" })`,
      ),
    ],
    [
      "the lock of retirement",
      inProgram(
        `require(D + "/modules/evidence/retire/lock.js").takeLock("${"retire"}.lock", new Date()); process.exitCode = 1; console.log("locked")`,
      ),
    ],
  ];
  prepare(disk, () => {
    put("plan.json", JSON.stringify({ ...PLAN, resource_changes: [] }));
    put("review.html", "before");
    put("report.html", "before");
    put("logs/empty.json", JSON.stringify({ Records: [] }));
    put(RESULTS, `${JSON.stringify(HEADING)}\n`);
    put("journal.jsonl", "");
  });
  const before = files();
  for (const [what, args] of cases) {
    const { status, said } = onDisk(disk, args);
    // A lock is small enough for a kilobyte; and is taken away again.
    if (what === "the lock of retirement" && disk === "takes a kilobyte") continue;
    expect([what, status, said]).toEqual([what, 1, expect.stringMatching(/\((EFBIG|ENOSPC)\)/)]);
    expect([what, said]).toEqual([what, expect.not.stringMatching(/Internal error|\n\s+at /)]);
    const left = files();
    // A journal that nothing was written into yet may be there, empty.
    expect([what, left]).toEqual([what, before]);
  }
});

test.each(DISKS)("a synth on a disk that %s: an error, and what it has left is not taken for a synth", (disk) => {
  prepare(disk, () => undefined);
  const { status, said } = onDisk(disk, MAIN);
  expect([status, said]).toEqual([1, expect.stringMatching(/\((EFBIG|ENOSPC)\)/)]);
  expect(said).not.toMatch(/Internal error|\n\s+at /);
  const plan = spawnSync(process.execPath, [CLI, "plan", "example"], {
    cwd: project.root,
    encoding: "utf8",
    env: environmentOf(project.root),
  });
  expect([plan.status, plan.stderr]).toEqual([2, expect.stringMatching(/^error [A-Z-]+/)]);
  expect(plan.stderr).not.toMatch(/Internal error|\n\s+at /);
});

test.each(DISKS)("an apply on a disk that %s: Terraform is not begun", (disk) => {
  prepare(disk, () => {
    put("bin/terraform", '#!/bin/sh\ntouch "$STARTED"\nexit 0\n');
    spawnSync("chmod", ["+x", at("bin/terraform")]);
  });
  const { status, said } = onDisk(
    disk === "takes a kilobyte" ? "takes nothing" : disk,
    inProgram(`const { changeState } = require(D + "/modules/terraform/saved-plans.js");
      process.env.STARTED = "${at("started")}";
      return changeState("${at("bin/terraform")}", { folder: ".", runs: "runs", seen: "seen", stopped: () => false }, { name: "x", folder: "." }, ["apply"]);`),
  );
  expect([status, said]).toEqual([1, expect.stringMatching(/\((EFBIG|ENOSPC)\)/)]);
  expect(Object.keys(files()).filter((name) => name === "started")).toEqual([]);
});
