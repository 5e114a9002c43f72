import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandNames } from "../../cli";
import { ROOT } from "../support/environments";

/** `keyless.cjs` alone, in a folder without anything: what Atlantis, Spacelift and GitLab have. */

let folder: string;
const run = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ["keyless.cjs", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], NO_COLOR: "1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(ROOT, "bundle/build.js")], { encoding: "utf8" });
  expect(built.stderr).toBe("");
  folder = mkdtempSync(join(tmpdir(), "keyless-bundle-"));
  cpSync(join(ROOT, "build/keyless.cjs"), join(folder, "keyless.cjs"));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const role = (principal: unknown): object => ({
  name: "deployer",
  assume_role_policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: principal }],
  }),
});

/** A plan that opens a role to everybody. */
const PLAN = {
  format_version: "1.2",
  terraform_version: "1.11.4",
  resource_changes: [
    {
      address: "aws_iam_role.deployer",
      mode: "managed",
      type: "aws_iam_role",
      name: "deployer",
      provider_name: "registry.terraform.io/hashicorp/aws",
      change: {
        actions: ["update"],
        before: role({ AWS: "arn:aws:iam::111111111111:root" }),
        after: role({ AWS: "*" }),
        after_unknown: {},
        before_sensitive: {},
        after_sensitive: {},
      },
    },
  ],
  configuration: { provider_config: {}, root_module: {} },
};

test("reviews a plan, and its gate says no", () => {
  writeFileSync(join(folder, "plan.json"), JSON.stringify(PLAN));
  const review = run("review", "plan.json", "--fail-on", "weakens");
  expect([review.status, review.stderr]).toEqual([3, ""]);
  expect(review.stdout).toContain("deployer");
  const markdown = run("review", "plan.json", "--fail-on", "weakens", "--format", "markdown", "--output", "review.md");
  expect(markdown.status).toBe(3);
  expect(readdirSync(folder)).toContain("review.md");
});

test("a file that is no plan is refused in words", () => {
  writeFileSync(join(folder, "wrong.json"), "{");
  const review = run("review", "wrong.json");
  expect(review.status).toBe(2);
  expect(review.stderr).toMatch(/^error \S+.*wrong\.json/);
  expect(review.stderr).not.toMatch(/\n\s+at /);
});

test("validate, show, prove, explain and who-can answer over an environment; impact reads logs in threads", () => {
  cpSync(join(ROOT, "environments"), join(folder, "environments"), { recursive: true });
  expect(run("validate")).toMatchObject({ status: 0, stdout: "example: valid\n" });
  expect(run("show", "example")).toMatchObject({ status: 0, stderr: "" });
  expect(run("prove", "example")).toMatchObject({ status: 0, stderr: "" });
  const question = ["--account", "shop-dev", "--principal", "administrator", "--action", "iam:CreateUser"];
  expect(run("explain", "example", ...question)).toMatchObject({ status: 0, stderr: "" });
  const who = run("who-can", "example", "--account", "shop-dev", "--action", "iam:CreateUser");
  expect([who.status, who.stderr]).toEqual([0, ""]);
  expect(who.stdout).toContain("any other role");
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, "logs", "one.json"), JSON.stringify({ Records: [] }));
  const impact = run("impact", "example", "--cloudtrail", "logs", "--threads", "1");
  expect([impact.status, impact.stderr.split("\n").filter((line) => /^\s+at |not yours/.test(line))]).toEqual([0, []]);
}, 120_000);

test("its help names what it has, spelled as it is run here; what needs the synth is not there", () => {
  const { stdout } = run("--help");
  expect(stdout).toContain("Usage: node keyless.cjs <command>");
  const named = [...stdout.matchAll(/^ {2}([a-z-]+) \S*/gm)].map(([, name]) => name).filter((name) => name !== "help");
  const without = ["init", "approve", "pull-request", "plan", "apply", "recover", "upgrade"];
  expect(named).toEqual(commandNames().filter((name) => !without.includes(name)));
  expect(run("plan", "example")).toMatchObject({ status: 2 });
});
