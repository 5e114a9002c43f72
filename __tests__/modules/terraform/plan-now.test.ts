import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { BaselineError } from "../../../modules/kernel/errors";
import { planNow } from "../../../modules/terraform/plan-now";
import { readSynthPair } from "../../../modules/terraform/synth-pair";
import type { StackKind } from "../../../modules/sections/stack-kinds";
import { ROOT } from "../../support/environments";
import { marked } from "../../support/mark";
import { defined } from "../../../modules/kernel/optional";

/** A stand-in for Terraform and OpenTofu that writes down how it is called; what it plans is in `plan.json`. */
const FAKE = `#!/bin/sh
echo "$(basename "$0") $* in $(basename "$PWD") TF_VAR_member_plan_role=$TF_VAR_member_plan_role" >> "$FAKE_LOG"
case "$1" in
  init) if [ -n "$FAKE_INIT" ]; then echo "$FAKE_INIT" >&2; exit 1; fi ;;
  plan) for argument in "$@"; do case "$argument" in -out=*) file="\${argument#-out=}"; echo secret > "$file"; ls -ld "$(dirname "$file")" | cut -c1-10 >> "$FAKE_LOG"; echo "$file" > "$FAKE_LOG.file" ;; esac; done
        if [ -n "$FAKE_SLOW" ]; then sleep 20; fi ;;
  show) cat "$FAKE_PLAN" ;;
esac
`;

const PLAN = JSON.stringify({
  format_version: "1.2",
  terraform_version: "1.11.0",
  planned_values: {},
  resource_changes: [],
});

let root: string;
const env = { ...process.env };

/** A synthesized stack as cdktf writes it. */
function stack(name: string, environment?: string, kind: StackKind = "guardrails"): void {
  const folder = join(root, "cdktf.out/stacks", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "cdk.tf.json"),
    JSON.stringify(
      environment
        ? {
            variable: marked(kind, environment),
            provider: {
              aws: [{ region: "eu-central-1", default_tags: [{ tags: { "keyless:environment": environment } }] }],
            },
          }
        : {},
    ),
  );
}

function manifest(...names: readonly string[]): void {
  writeFileSync(
    join(root, "cdktf.out/manifest.json"),
    JSON.stringify({
      version: "0.21.0",
      stacks: Object.fromEntries(
        names.map((name) => [name, { name, workingDirectory: `stacks/${name}`, dependencies: [] }]),
      ),
    }),
  );
}

function binary(name: string): string {
  const file = join(root, "bin", name);
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(file, FAKE);
  chmodSync(file, 0o755);
  return file;
}

const log = (): readonly string[] =>
  existsSync(join(root, "log")) ? readFileSync(join(root, "log"), "utf8").trim().split("\n") : [];
const plan = (environment: string, stacks?: readonly string[]) =>
  planNow({ projectRoot: root, environment, concurrency: 1, ...defined({ stacks }) });

async function problems(work: Promise<unknown>): Promise<BaselineError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaselineError)) throw new Error(`not a BaselineError: ${String(error)}`);
  return error;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyless-plan-now-"));
  for (const name of ["prod", "prod-eu"]) {
    mkdirSync(join(root, "environments", name), { recursive: true });
    writeFileSync(join(root, "environments", name, "baseline.yaml"), "version: 1\n");
  }
  stack("prod-guardrails", "prod");
  // It says that it is prod's, although its name begins with the other environment's.
  stack("prod-eu-watch", "prod");
  stack("prod-eu-guardrails", "prod-eu");
  stack("prod-eu-hcp-workspaces", "prod-eu", "hcp-workspaces");
  // Somebody else's, whatever it is called.
  stack("prod-unmarked");
  stack("prod-removed", "prod");
  manifest("prod-guardrails", "prod-eu-watch", "prod-eu-guardrails", "prod-eu-hcp-workspaces", "prod-unmarked");
  writeFileSync(join(root, "plan.json"), PLAN);
  Object.assign(process.env, {
    PATH: `${join(root, "bin")}${delimiter}/usr/bin${delimiter}/bin`,
    FAKE_LOG: join(root, "log"),
    FAKE_PLAN: join(root, "plan.json"),
  });
  delete process.env["TERRAFORM_BINARY_NAME"];
});
afterEach(() => {
  process.env = { ...env };
  rmSync(root, { recursive: true, force: true });
});

describe("the stacks of an environment", () => {
  test("by what they say of themselves, never by their names; what is no longer synthesized is not planned", async () => {
    binary("terraform");
    expect((await plan("prod")).map(({ name }) => name)).toEqual(["prod-eu-watch", "prod-guardrails"]);
    expect((await plan("prod-eu")).map(({ name }) => name)).toEqual(["prod-eu-guardrails", "prod-eu-hcp-workspaces"]);
  });

  test("by name, with or without the environment in front", async () => {
    binary("terraform");
    expect((await plan("prod", ["guardrails"])).map(({ name }) => name)).toEqual(["prod-guardrails"]);
    expect((await plan("prod", ["prod-guardrails", "eu-watch"])).map(({ name }) => name)).toEqual([
      "prod-eu-watch",
      "prod-guardrails",
    ]);
    expect((await problems(plan("prod", ["eu-guardrails", "removed"]))).problems).toMatchObject([
      {
        code: "REVIEW-NO-STACK",
        message: 'There is no stack "eu-guardrails" in environment prod.',
        fix: "Did you mean guardrails? Known: eu-watch, guardrails.",
      },
      {
        code: "REVIEW-NO-STACK",
        message: 'There is no stack "removed" in environment prod.',
        fix: "Known: eu-watch, guardrails.",
      },
    ]);
  });

  test("two synths are compared without what is no longer synthesized", () => {
    expect(readSynthPair(join(root, "cdktf.out"), join(root, "cdktf.out")).map(({ name }) => name)).toEqual([
      "prod-eu-guardrails",
      "prod-eu-hcp-workspaces",
      "prod-eu-watch",
      "prod-guardrails",
      "prod-unmarked",
    ]);
  });
});

describe("Terraform or OpenTofu", () => {
  const called = (): readonly string[] => [
    ...new Set(
      log()
        .filter((line) => line.includes(" init "))
        .map((line) => line.split(" ")[0]!),
    ),
  ];

  test("terraform, where both are installed", async () => {
    ["terraform", "tofu"].forEach(binary);
    await plan("prod");
    expect(called()).toEqual(["terraform"]);
  });

  test("tofu, where it alone is installed: with the same arguments, and the environment's variables", async () => {
    binary("tofu");
    process.env["TF_VAR_member_plan_role"] = "keyless/KeylessBaselinePlan";
    await plan("prod", ["guardrails"]);
    const file = readFileSync(join(root, "log.file"), "utf8").trim();
    expect(log().filter((line) => line.startsWith("tofu") && !line.includes("version"))).toEqual(
      ["init -input=false -no-color", `plan -input=false -no-color -lock=false -out=${file}`, `show -json ${file}`].map(
        (call) => `tofu ${call} in prod-guardrails TF_VAR_member_plan_role=keyless/KeylessBaselinePlan`,
      ),
    );
  });

  test("whatever TERRAFORM_BINARY_NAME names; empty is not named", async () => {
    ["terraform", "tofu"].forEach(binary);
    process.env["TERRAFORM_BINARY_NAME"] = "tofu";
    await plan("prod");
    expect(called()).toEqual(["tofu"]);
    process.env["TERRAFORM_BINARY_NAME"] = "";
    await plan("prod");
    expect(called()).toEqual(["tofu", "terraform"]);
  });

  test("neither: one clear error", async () => {
    const { exitCode, problems: list } = await problems(plan("prod"));
    expect(exitCode).toBe(1);
    expect(list).toMatchObject([
      { code: "REVIEW-NO-TERRAFORM", message: "Neither terraform nor tofu is on the PATH." },
    ]);
    process.env["TERRAFORM_BINARY_NAME"] = "no-such-program";
    expect((await problems(plan("prod"))).problems).toMatchObject([
      {
        code: "REVIEW-PLAN-FAILED",
        message: expect.stringMatching(
          /^prod-eu-watch, prod-guardrails cannot be planned: no-such-program cannot be started/,
        ) as string,
      },
    ]);
  });

  test("what fails everywhere is said once", async () => {
    binary("terraform");
    process.env["FAKE_INIT"] = "Error: Failed to query available provider packages";
    expect((await problems(plan("prod"))).problems).toEqual([
      {
        code: "REVIEW-PLAN-FAILED",
        message: "prod-eu-watch, prod-guardrails cannot be planned: Error: Failed to query available provider packages",
        fix: "Look at it with: npx cdktf plan prod-eu-watch",
      },
    ]);
  });

  test("an OpenTofu that does not know terraform.applying: the release that does is named", async () => {
    binary("tofu");
    process.env["FAKE_INIT"] = 'The "terraform" object does not have an attribute named "applying".';
    expect((await problems(plan("prod", ["guardrails"]))).problems[0]!.fix).toContain("OpenTofu from 1.11 on");
  });
});

describe("plan files hold secrets", () => {
  const left = (): readonly string[] =>
    readdirSync(tmpdir()).filter(
      (name) => name.startsWith("keyless-review-") && statSync(join(tmpdir(), name)).isDirectory(),
    );

  test("nobody else may read the folder, and nothing of it stays", async () => {
    const before = left();
    binary("terraform");
    await plan("prod");
    expect(log().filter((line) => line.startsWith("d"))).toEqual(["drwx------", "drwx------"]);
    expect(left()).toEqual(before);
    expect(readdirSync(join(root, "cdktf.out/stacks/prod-guardrails"))).toEqual(["cdk.tf.json"]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("after %s either", async (signal, status) => {
    binary("terraform");
    const program = `require(${JSON.stringify(join(ROOT, "dist/modules/terraform/plan-now.js"))}).planNow({ projectRoot: ${JSON.stringify(root)}, environment: "prod", concurrency: 1 })`;
    const child = spawn(process.execPath, ["-e", program], {
      env: { ...process.env, FAKE_SLOW: "1" },
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    for (let i = 0; i < 400 && !existsSync(join(root, "log.file")); i++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    const file = readFileSync(join(root, "log.file"), "utf8").trim();
    expect(existsSync(file)).toBe(true);
    child.kill(signal);
    expect(await ended).toBe(status);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(join(file, ".."))).toBe(false);
  });
});
