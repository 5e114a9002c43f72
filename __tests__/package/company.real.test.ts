import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/environments";

/**
 * What a company does with the package, in a folder outside of the clone: install, init, synth, validate, prove, review, and an upgrade.
 * The package is packed from `dist` as the build before the tests left it.
 */

let work: string;
let company: string;
let tarball: string;

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (folder: string, command: string, ...args: readonly string[]): Run => {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NO_COLOR: "1",
      CI: "true",
      CHECKPOINT_DISABLE: "1",
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => /^npm_config_(registry|cafile|cache)$/i.test(name)),
      ),
    },
  });
  return { status, stdout, stderr };
};
const keyless = (...args: readonly string[]): Run => run(company, "npx", "keyless", ...args);
const install = (...args: readonly string[]): void => {
  const { status, stderr } = run(company, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...args);
  if (status !== 0) throw new Error(stderr);
};
const pack = (root: string): string => {
  const { stdout, stderr } = run(root, "npm", "pack", "--ignore-scripts", "--pack-destination", work);
  const name = stdout.trim().split("\n").at(-1);
  if (!name?.endsWith(".tgz")) throw new Error(stderr);
  return join(work, name);
};
const change = (file: string, from: string | RegExp, to: string): void => {
  const before = readFileSync(file, "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  writeFileSync(file, after);
};
const stacksOf = (root: string): Record<string, string> => {
  const folder = join(root, "cdktf.out", "stacks");
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name, "cdk.tf.json"), "utf8")]),
  );
};

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "keyless-company-"));
  company = join(work, "company");
  mkdirSync(company);
  tarball = pack(ROOT);
  run(company, "git", "init", "--quiet");
  install(tarball);
}, 300_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("installed in an empty folder: init makes a repository whose synth has the bytes of the clone", () => {
  expect(keyless("init", "--repository")).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(join(company, ".github/workflows/access-review.yml"))).toBe(true);
  install();
  cpSync(join(ROOT, "environments/example"), join(company, "environments/example"), { recursive: true });
  expect(run(company, "npm", "run", "synth")).toMatchObject({ status: 0 });
  const clone = mkdtempSync(join(work, "clone-"));
  cpSync(join(ROOT, "environments/example"), join(clone, "environments/example"), { recursive: true });
  expect(run(clone, process.execPath, join(ROOT, "dist/main.js"))).toMatchObject({ status: 0 });
  const stacks = stacksOf(company);
  expect(Object.keys(stacks).length).toBeGreaterThan(10);
  expect(stacks).toEqual(stacksOf(clone));
}, 300_000);

test("validate, prove and review answer there", () => {
  expect(keyless("validate")).toMatchObject({ status: 0, stdout: "example: valid\n" });
  expect(keyless("prove", "example")).toMatchObject({ status: 0, stderr: "" });
  const before = join(work, "before");
  cpSync(join(company, "cdktf.out"), before, { recursive: true });
  const review = keyless("review", "--base", before, "--head", "cdktf.out");
  expect(review).toMatchObject({ status: 0, stderr: "" });
  expect(review.stdout).toContain("Nothing changes.");
}, 120_000);

test("upgrade reviews what the installed version no longer denies, and writes nothing", () => {
  // The version of the last commit: it denied one action more.
  const old = join(work, "old");
  mkdirSync(old);
  expect(run(old, "tar", "-xzf", tarball, "--strip-components=1")).toMatchObject({ status: 0 });
  change(
    join(old, "dist/modules/sections/guardrails/rules/deny-access-key-creation.js"),
    'Action: "iam:CreateAccessKey"',
    'Action: ["iam:CreateAccessKey", "iam:CreateAccountAlias"]',
  );
  change(join(old, "package.json"), /"version": "[^"]*"/, '"version": "0.0.9"');
  const lock = join(company, "package-lock.json");
  const installed = readFileSync(lock, "utf8");
  change(lock, /"resolved": "file:[^"]*keyless-org-baseline-[^"]*"/, `"resolved": "file:${pack(old)}"`);
  const commit = ["-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "-m", "company"];
  expect(run(company, "git", "add", "--all")).toMatchObject({ status: 0 });
  expect(run(company, "git", ...commit)).toMatchObject({ status: 0 });
  writeFileSync(lock, installed);

  const upgrade = keyless("upgrade");
  expect([upgrade.status, upgrade.stderr]).toEqual([3, ""]);
  expect(upgrade.stdout).toMatch(/^0\.0\.9 → \d/);
  expect(upgrade.stdout).toContain("iam:CreateAccountAlias");
  expect(upgrade.stdout).toMatch(/weaken/);
  expect(run(company, "git", "status", "--porcelain")).toMatchObject({ stdout: " M package-lock.json\n" });
}, 300_000);
