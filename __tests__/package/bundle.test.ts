import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { commandNames } from "../../cli";
import { busyEvent } from "../../local/cloudtrail-logs";
import { LocalAws, startLocalAws } from "../../local/runner";
import { loadEnvironment } from "../../modules/sections/load";
import { duckDbCopy, ocsf } from "../support/cloudtrail-shapes";
import { ROOT } from "../support/environments";
import { describeReal } from "../support/real";

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

/** What the snippets of docs/integrations.md run, by name of the section: every line of shell, as printed. */
function snippets(): readonly (readonly [string, readonly string[]])[] {
  const sections = readFileSync(join(ROOT, "docs/integrations.md"), "utf8").split(/^## /m).slice(1);
  const linesOf = (value: unknown): string[] =>
    typeof value === "string"
      ? /^(terraform|node|cat) /.test(value)
        ? [value]
        : []
      : value !== null && typeof value === "object"
        ? Object.values(value).flatMap(linesOf)
        : [];
  return sections.flatMap((section) => {
    const yaml = /```yaml\n([^]*?)```/.exec(section)?.[1];
    return yaml === undefined ? [] : [[section.split("\n")[0]!, linesOf(parse(yaml))] as const];
  });
}

describe("the snippets of docs/integrations.md, in a folder with the bundle and a plan only", () => {
  const all = snippets();
  test("there is one for each", () => {
    expect(all.map(([name]) => name)).toEqual(["Atlantis", "Spacelift", "GitHub Actions"]);
    expect(all.map(([, lines]) => lines.filter((line) => / review /.test(line)).length)).toEqual([1, 1, 1]);
    // GitLab's pipelines are files of their own: __tests__/bundle/gitlab.test.ts.
    expect(readFileSync(join(ROOT, "docs/integrations.md"), "utf8")).toContain("## GitLab CI");
  });

  test.each(
    all.flatMap(([name, lines]) => [
      [name, "opens a role to everybody", PLAN, 3, lines] as const,
      [name, "changes nothing", { ...PLAN, resource_changes: [] }, 0, lines] as const,
    ]),
  )("%s: a plan that %s", (_, __, plan, expected, lines) => {
    const runner = mkdtempSync(join(tmpdir(), "keyless-runner-"));
    cpSync(join(folder, "keyless.cjs"), join(runner, "keyless.cjs"));
    writeFileSync(join(runner, "plan.json"), JSON.stringify(plan));
    writeFileSync(join(runner, "the.plan.json"), JSON.stringify(plan));
    // Terraform shows the plan that is there.
    mkdirSync(join(runner, "bin"));
    writeFileSync(join(runner, "bin", "terraform"), `#!/bin/sh\ncat "${join(runner, "the.plan.json")}"\n`, {
      mode: 0o755,
    });
    const statuses = lines.map((line) => {
      const { status, stderr } = spawnSync("sh", ["-c", line.replace("/opt/keyless/", "")], {
        cwd: runner,
        encoding: "utf8",
        env: {
          PATH: `${join(runner, "bin")}:${process.env["PATH"]!}`,
          NO_COLOR: "1",
          PLANFILE: join(runner, "default.tfplan"),
          RUNNER_TEMP: runner,
          GITHUB_STEP_SUMMARY: join(runner, "summary.md"),
        },
      });
      expect([line, stderr]).toEqual([line, ""]);
      return status;
    });
    expect(statuses).toEqual(lines.map((line) => (/ review /.test(line) ? expected : 0)));
    for (const file of ["review.md", "summary.md"].filter((name) =>
      lines.join().includes(name.replace("summary.md", "SUMMARY")),
    ))
      expect(readFileSync(join(runner, file), "utf8")).toContain(expected === 3 ? "deployer" : "Nothing changes");
    rmSync(runner, { recursive: true });
  });
});

test("validate, show, prove, explain, who-can and report answer over an environment; impact reads logs in threads", () => {
  cpSync(join(ROOT, "environments"), join(folder, "environments"), { recursive: true });
  expect(run("report", "example", "--output", "page.html")).toMatchObject({ status: 0, stderr: "" });
  expect(readFileSync(join(folder, "page.html"), "utf8")).toContain("SecurityBreakGlass");
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

test("Parquet and zstd are read from the one file, in a folder without anything", async () => {
  cpSync(join(ROOT, "environments"), join(folder, "environments"), { recursive: true });
  const events = Array.from({ length: 200 }, (_, n) => busyEvent(n));
  mkdirSync(join(folder, "packed"));
  const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join("\n");
  writeFileSync(join(folder, "packed", "lake.parquet"), await duckDbCopy(lines(events.map(ocsf)), "parquet"));
  writeFileSync(join(folder, "packed", "trail.json.zst"), await duckDbCopy(lines(events), "zst"));
  const impact = run("impact", "example", "--cloudtrail", "packed", "--json");
  expect(impact.stderr).not.toMatch(/^\s+at |not yours/m);
  expect(JSON.parse(impact.stdout)).toMatchObject({ read: { files: 2, events: 400, skipped: {}, problems: [] } });
}, 120_000);

test("its help names what it has, spelled as it is run here; what needs the synth is not there", () => {
  const { stdout } = run("--help");
  expect(stdout).toContain("Usage: node keyless.cjs <command>");
  const named = [...stdout.matchAll(/^ {2}([a-z-]+) \S*/gm)].map(([, name]) => name).filter((name) => name !== "help");
  const without = [
    "init",
    "adopt",
    "approve",
    "pull-request",
    "plan",
    "apply",
    "recover",
    "reshard",
    "move",
    "dismantle",
    "upgrade",
  ];
  expect(named).toEqual(commandNames().filter((name) => !without.includes(name)));
  expect(run("plan", "example")).toMatchObject({ status: 2 });
});

/** Those that ask AWS. */
describeReal("against the local AWS", () => {
  let local: LocalAws;
  const withAws = async (
    ...args: readonly string[]
  ): Promise<{ status: number | null; stdout: string; stderr: string }> => {
    // Not `spawnSync`: the local AWS answers in this process.
    const child = spawn(process.execPath, ["keyless.cjs", ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...local.env, NO_COLOR: "1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    const status = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { status: await status, stdout, stderr };
  };
  beforeAll(async () => {
    cpSync(join(ROOT, "environments"), join(folder, "environments"), { recursive: true });
    local = await startLocalAws({ facts: loadEnvironment(ROOT, "example").organization, region: "eu-central-1" });
  }, 120_000);
  afterAll(async () => {
    await local?.stop();
  });

  test("verify, inventory and sync read it", async () => {
    // Nothing is applied there.
    const verified = await withAws("verify", "example", "--only", "break-glass");
    expect([verified.status, verified.stdout]).toEqual([3, expect.stringMatching(/not as planned: \d+ claims/)]);
    const inventory = await withAws("inventory", "example", "--role", "OrganizationAccountAccessRole", "--json");
    expect(inventory.status).toBe(0);
    expect(JSON.parse(inventory.stdout)).toHaveProperty("credentials");
    expect([0, 3]).toContain((await withAws("sync", "example", "--check")).status);
    expect(existsSync(join(folder, "node_modules"))).toBe(false);
  }, 300_000);
});
