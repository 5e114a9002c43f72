import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Cli from "../../cli/index";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

/**
 * What a person names on the command line may be anything: a folder, a pipe that nobody writes to, a device that never ends. Every argument and
 * option that is a path is put through that; one that is new has to be named here.
 */

jest.setTimeout(60_000);

const project = temporaryProject();
const warm = new Warm();
afterAll(async () => {
  await warm.stop();
  project.remove();
});

/** Options and arguments with a value that is no path. */
const NO_PATH = new Set(
  `[env] <env> [stacks] --account --action --applied --approver --at --author --backend --branch --concurrency --context --days --end --env
  --fail-on --format --from --guardrail --hcp-host --hcp-run --id --key --kit --limit --mail-received --no-approvals --now --only --parallelism --principal
  --pull-request --quiet-region --reason --region --repository --resource --role --seal --shards --since --stack --target --threads --timeout --user
  --verify-role --wait-minutes --workflow`.split(/\s+/),
);

/** What a path is for. */
type Kind = "read" | "read folder" | "read either" | "write" | "write folder";

const EXPLAIN = ["explain", "example", "--requests"];
const NOBODY = ["--role", "nobody"];
/** Each path, by the command and the option or argument: what it is for, and the arguments in front of it. */
const PATHS: Readonly<Record<string, readonly [Kind, ...string[]]>> = {
  "review [plans]": ["read either", "review"],
  "review --base": ["read folder", "review", "--head", "synth", "--base"],
  "review --head": ["read folder", "review", "--base", "synth", "--head"],
  "review --facts": ["read", "review", "plan.json", "--facts"],
  "review --approvals": ["read", "review", "plan.json", "--env", "example", "--approvals"],
  "review --output": ["write", "review", "plan.json", "--no-approvals", "--fail-on", "none", "--output"],
  "approve <review>": ["read", "approve"],
  "pull-request --head": ["read folder", "pull-request", "--head"],
  "pull-request --head-synth": ["read folder", "pull-request", "--head", "code", "--head-synth"],
  "pull-request --output": ["write", "pull-request", "--head", ".", "--output"],
  "comment --file": ["read", "comment", "--repository", "a/b", "--pull-request", "1", "--file"],
  "comment --workflow-run": ["read", "comment", "--repository", "a/b", "--file", "comment.md", "--workflow-run"],
  "plan --output": ["write folder", "plan", "example", "--output"],
  "apply --reviewed": ["read", "apply", "example", "--reviewed"],
  "explain --requests": ["read", ...EXPLAIN],
  "report --output": ["write", "report", "example", "--output"],
  "report --inventory": ["read", "report", "example", "--output", "x.html", "--inventory"],
  "report --history": ["read", "report", "example", "--output", "x.html", "--inventory", "inventory.json", "--history"],
  "report --verify": ["read", "report", "example", "--output", "x.html", "--verify"],
  "inventory --html": ["write", "inventory", "example", ...NOBODY, "--html"],
  "inventory --history": ["read", "inventory", "example", ...NOBODY, "--history"],
  "inventory --credential-report": ["read", "inventory", "example", "--credential-report"],
  "inventory --cloudtrail": ["read either", "inventory", "example", ...NOBODY, "--cloudtrail"],
  "retire --inventory": ["read", "retire", "example", "--inventory"],
  "retire --history": ["read", "retire", "example", "--inventory", "inventory.json", "--history"],
  "retire --journal": ["read", "retire", "example", "--inventory", "inventory.json", "--journal"],
  "impact --cloudtrail": ["read either", "impact", "example", "--cloudtrail"],
  "ready --cloudtrail": ["read either", "ready", "example", "--cloudtrail"],
  "ready --inventory": ["read", "ready", "example", "--cloudtrail", "logs", "--inventory"],
  "retire --moves": ["read", "retire", "example", "--inventory", "inventory.json", "--moves"],
  "ready --moves": ["read", "ready", "example", "--cloudtrail", "logs", "--inventory", "inventory.json", "--moves"],
  "move --messages": ["write folder", "move", "example", "--messages"],
  "move --cloudtrail": ["read either", "move", "example", "--propose", "--inventory", "inventory.json", "--cloudtrail"],
  "move --inventory": ["read", "move", "example", "--inventory"],
  "move --history": ["read", "move", "example", "--inventory", "inventory.json", "--history"],
  "move --journal": ["read", "move", "example", "--journal"],
  "move --verify": ["read", "move", "example", "--verify"],
  "ready --evidence": ["write", "ready", "example", "--cloudtrail", "logs", "--evidence"],
};

/** `command --option` and `command <argument>` of everything that takes a value. */
function values(): readonly string[] {
  // The compiled one: to load every command as TypeScript takes half a minute.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { createProgram } = require(join(ROOT, "dist/cli/index.js")) as typeof Cli;
  return createProgram(ROOT).commands.flatMap((command) => [
    ...command.registeredArguments.map(
      (one) => `${command.name()} ${one.required ? `<${one.name()}>` : `[${one.name()}]`}`,
    ),
    ...command.options
      .filter((one) => !one.isBoolean() || one.negate)
      .map((one) => `${command.name()} ${one.long ?? one.flags}`),
  ]);
}

/** Comes after what AWS or Terraform has answered: `adopt.test.ts` puts other things in its place, and both write by the same function. */
const TESTED_APART = new Set(["adopt --output", "reshard --output"]);
const isNoPath = (value: string): boolean =>
  TESTED_APART.has(value) || NO_PATH.has(value.slice(value.indexOf(" ") + 1));

test("every argument and option with a value is a path of the table, or is named as none", () => {
  const known = values().filter((value) => !Object.hasOwn(PATHS, value) && !/ --no-/.test(value));
  expect(known.filter((value) => !isNoPath(value))).toEqual([]);
  expect(Object.keys(PATHS).filter((path) => !values().includes(path))).toEqual([]);
});

/** Nobody answers there, and nothing of this machine's is asked. */
const NO_AWS = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_MAX_ATTEMPTS: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  GITHUB_TOKEN: "none",
  GITHUB_API_URL: "http://127.0.0.1:9",
};

/** What is there in place of what was meant. */
const STRANGE: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => mkdirSync(path),
  "a pipe": (path) => void spawnSync("mkfifo", [path]),
  "an endless device": (path) => symlinkSync("/dev/zero", path),
  "a plain file": (path) => writeFileSync(path, "x"),
  "a folder with pipes and devices": (path) => {
    mkdirSync(path);
    for (const name of ["a.json", "cdk.tf.json", "manifest.json", "log.json.gz"])
      spawnSync("mkfifo", [join(path, name)]);
    for (const name of ["b.json", "c.json.gz"]) symlinkSync("/dev/zero", join(path, name));
    mkdirSync(join(path, "stacks/example-x"), { recursive: true });
    spawnSync("mkfifo", [join(path, "stacks/example-x/cdk.tf.json")]);
    mkdirSync(join(path, "environments/example"), { recursive: true });
    spawnSync("mkfifo", [join(path, "environments/example/baseline.yaml")]);
  },
  "a full disk": (path) => symlinkSync("/dev/full", path),
};
const FITS: Readonly<Record<Kind, readonly (keyof typeof STRANGE)[]>> = {
  read: ["a folder", "a pipe", "an endless device"],
  "read folder": ["a pipe", "an endless device", "a plain file", "a folder with pipes and devices"],
  "read either": ["a pipe", "an endless device", "a folder with pipes and devices"],
  write: ["a folder", "a pipe", "a full disk"],
  "write folder": ["a pipe", "an endless device", "a plain file"],
};

beforeAll(async () => {
  const at = (name: string): string => join(project.root, name);
  const plan = { format_version: "1.2", terraform_version: "1.11.4", configuration: { root_module: {} } };
  writeFileSync(at("plan.json"), JSON.stringify({ ...plan, resource_changes: [] }));
  writeFileSync(at("comment.md"), "nothing");
  const days = { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 };
  writeFileSync(
    at("inventory.json"),
    JSON.stringify({
      format: "keyless-inventory/1",
      environment: "example",
      organizationId: "o-exampleorg1",
      generatedAt: "2026-11-26T08:00:00Z",
      days,
      masked: false,
      accounts: [],
      credentials: [],
    }),
  );
  mkdirSync(at("logs"));
  writeFileSync(at("logs/empty.json"), JSON.stringify({ Records: [] }));
  mkdirSync(at("code/cli"), { recursive: true });
  writeFileSync(at("code/cli/x.ts"), "");
  mkdirSync(at("code/environments"));
  expect((await warm.synth(project.root)).status).toBe(0);
  symlinkSync("cdktf.out", at("synth"));
});

describe.each(Object.entries(PATHS))("%s", (_, [kind, ...args]) => {
  // What AWS answers would have to be there first.
  const fits = FITS[kind].filter((what) => what !== "a full disk" || args[0] !== "inventory");
  test.each(fits)("%s", async (what) => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "keyless-strange-"));
    try {
      const path = join(folder, "given");
      STRANGE[what]!(path);
      const { status, stdout, stderr } = await warm.keyless(project.root, [...args, path], NO_AWS);
      const said = stdout + stderr;
      expect(said).not.toMatch(/fault of the program|\n\s+at |Invalid string length|heap/);
      // Logs in a folder that cannot be read are named and counted: what they would have shown is not known.
      const isCounted = /^not read: 8 links and special files$/m.test(said);
      if (isCounted) return;
      expect(said).toMatch(
        what === "a folder with pipes and devices" ? /given|PULL-REQUEST-CODE|AWS-UNREACHABLE/ : /given/,
      );
      expect([said, [1, 2].includes(status ?? 0)]).toEqual([said, true]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
