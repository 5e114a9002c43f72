import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEMBER_PLAN_VARIABLE } from "../../modules/sections/pipeline/names";
import { exampleState, ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { parseWorkflow, Workflow } from "./checks";
import { marked } from "../support/mark";

/** What apply.yml and apply-environment.yml do, held against what the roles trust; their scripts, run as they stand there. */

jest.setTimeout(60_000);

const workflow = (name: string): Workflow => parseWorkflow(readFileSync(join(ROOT, ".github/workflows", name), "utf8"));
const apply = workflow("apply.yml");
const one = workflow("apply-environment.yml");
const script = (of: Workflow, job: string, name: string): string =>
  of.jobs[job]!.steps!.find((step) => step["name"] === name)!.run!;
const steps = (job: string): readonly string[] =>
  one.jobs[job]!.steps!.map((step) => step.uses?.split("@")[0] ?? step.run!.trim().split("\n")[0]!);

const project = temporaryProject();
afterAll(() => project.remove());
const path = (...parts: string[]): string => join(project.root, ...parts);
symlinkSync(join(ROOT, "dist"), path("dist"));

function bash(
  text: string,
  env: NodeJS.ProcessEnv,
): { status: number | null; stdout: string; stderr: string; output: string } {
  const file = path("github-output");
  writeFileSync(file, "");
  const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text], {
    cwd: project.root,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: project.root,
      NO_COLOR: "1",
      RUNNER_TEMP: project.root,
      GITHUB_OUTPUT: file,
      ...env,
    },
  });
  return { status, stdout, stderr, output: readFileSync(file, "utf8") };
}

describe("the list of environments", () => {
  const list = (): ReturnType<typeof bash> =>
    bash(script(apply, "environments", "Which environments are this repository's"), {
      GITHUB_REPOSITORY: "example/keyless-org-baseline",
    });
  const baseline = path("environments/example/baseline.yaml");
  const text = readFileSync(baseline, "utf8");
  afterEach(() => writeFileSync(baseline, text));

  test("the embedded example alone is none, and the run says why", () => {
    expect(list()).toEqual({
      status: 0,
      stderr: "",
      output: "environments=[]\n",
      stdout: "example is left out: its state is in backend local, and has to be in s3 to outlive a run.\n",
    });
    expect(apply.jobs["environment"]!.if).toBe("${{ needs.environments.outputs.environments != '[]' }}");
  });

  test("what it gives is what each environment's workflow takes", () => {
    writeFileSync(
      baseline,
      text.replace("  type: local\n", "  type: s3\n  bucket: example-state\n  region: eu-central-1\n"),
    );
    const { status, output, stdout } = list();
    expect(status).toBe(0);
    expect(stdout).toContain("arn:aws:iam::111111111111:role/KeylessBaselineApply");
    const [given] = JSON.parse(/^environments=(.*)\n$/.exec(output)![1]!) as Record<string, string>[];
    const asked = Object.entries(apply.jobs["environment"]!.with as Record<string, string>).map(
      ([input, value]) => [input, /^\$\{\{ matrix\.environment\.(\w+) \}\}$/.exec(value)![1]!] as const,
    );
    for (const [input, key] of asked) expect([input, typeof given![key]]).toEqual([input, "string"]);
    const inputs = (one.on["workflow_call"] as { inputs: Record<string, { required: boolean }> }).inputs;
    expect(asked.map(([input]) => input).sort()).toEqual(Object.keys(inputs).sort());
  });

  test("an environment that is wrong stops all of it", () => {
    writeFileSync(baseline, text.replace("version: 1\n", "version: 9\n"));
    const { status, output, stderr } = list();
    expect(stderr).toContain("error CONFIG-VALUE environments/example/baseline.yaml");
    expect({ status, output }).toEqual({ status: 2, output: "" });
  });
});

describe("one environment", () => {
  const { plan, apply: applyRole } = exampleState().pipeline!;

  test("plans outside of an environment, on main: that is what the plan role trusts", () => {
    expect(plan.subjects).toContain("repo:example/keyless-org-baseline:ref:refs/heads/main");
    expect(apply.on["push"]).toEqual({ branches: ["main"] });
    expect(apply.jobs["environments"]!.if).toBe("${{ github.ref == 'refs/heads/main' }}");
    expect(one.jobs["plan"]!["environment"]).toBeUndefined();
    expect(one.jobs["plan"]!.steps!.find((step) => step.uses?.startsWith("aws-actions/"))!.with).toMatchObject({
      "role-to-assume": "${{ inputs.plan-role }}",
      "aws-region": "${{ inputs.region }}",
    });
  });

  test("applies in the environment, with the role that trusts no other job, for no longer than its session", () => {
    expect(applyRole!.subjects).toEqual(["repo:example/keyless-org-baseline:environment:production"]);
    expect(one.jobs["apply"]!["environment"]).toBe("${{ inputs.github-environment }}");
    const signIn = one.jobs["apply"]!.steps!.find((step) => step.uses?.startsWith("aws-actions/"))!;
    expect(signIn.with).toMatchObject({
      "role-to-assume": "${{ inputs.apply-role }}",
      "role-duration-seconds": applyRole!.role.maxSessionSeconds,
    });
    expect(one.jobs["apply"]!["timeout-minutes"]! * 60).toBeLessThanOrEqual(applyRole!.role.maxSessionSeconds);
    expect(one.jobs["plan"]!["timeout-minutes"]! * 60).toBeLessThanOrEqual(plan.role.maxSessionSeconds);
  });

  test("two applies of one environment never run at once, and none is broken off", () => {
    expect(one.jobs["apply"]!["concurrency"]).toEqual({
      group: "keyless-apply-${{ inputs.environment }}",
      "cancel-in-progress": false,
    });
  });

  test("the repository's program runs in a job without a token, and leaves what the others read", () => {
    expect(one.jobs["synth"]!.permissions).toEqual({ contents: "read" });
    expect(steps("synth").filter((step) => step.startsWith("npm"))).toEqual([
      "npm ci --ignore-scripts",
      "npm run --silent synth",
    ]);
    const left = one.jobs["synth"]!.steps!.find((step) => step.uses?.startsWith("actions/upload-artifact"))!.with;
    expect(left).toMatchObject({ path: "cdktf.out", name: "synth-${{ inputs.environment }}" });
    for (const job of ["plan", "apply"]) {
      const order = steps(job);
      const taken = one.jobs[job]!.steps!.find((step) => step.uses?.startsWith("actions/download-artifact"))!;
      expect(taken.with).toEqual({ path: "cdktf.out", name: "synth-${{ inputs.environment }}" });
      expect(order.filter((step) => step.startsWith("npm"))).toEqual([
        "npm ci --ignore-scripts",
        "npm run --silent build",
      ]);
      expect(order.indexOf("npm run --silent build")).toBeLessThan(
        order.indexOf("aws-actions/configure-aws-credentials"),
      );
    }
  });

  test.each(["plan", "apply"])("%s looks at what Terraform would run before anybody signs in", (job) => {
    const look = (data: object): ReturnType<typeof bash> => {
      mkdirSync(path("cdktf.out/stacks/example-a"), { recursive: true });
      writeFileSync(
        path("cdktf.out/stacks/example-a/cdk.tf.json"),
        JSON.stringify({ variable: marked("guardrails", "example"), ...data }),
      );
      writeFileSync(
        path("cdktf.out/manifest.json"),
        JSON.stringify({
          stacks: { "example-a": { name: "example-a", workingDirectory: "stacks/example-a", dependencies: [] } },
        }),
      );
      return bash(script(one, job, "Refuse what Terraform would run"), { KEYLESS_ENVIRONMENT: "example" });
    };
    expect(look({}).status).toBe(0);
    const { status, stderr } = look({ data: { external: { a: { program: ["sh", "-c", "env"] } } } });
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining("data.external.a") as string });
  });

  test.each([
    ["plan", "Plan and review"],
    ["apply", "Apply what was reviewed"],
  ])("%s reads member accounts as the role that only reads", (job, name) => {
    const env = one.jobs[job]!.steps!.find((step) => step["name"] === name)!["env"];
    expect(env).toMatchObject({ [`TF_VAR_${MEMBER_PLAN_VARIABLE}`]: "${{ inputs.member-plan-role }}" });
  });

  test("both use the same Terraform, and that of the tests", () => {
    const versions = [one, workflow("ci.yml")].flatMap((of) =>
      Object.values(of.jobs).flatMap((job) =>
        (job.steps ?? []).filter((step) => step.uses?.startsWith("hashicorp/")).map((step) => step.with),
      ),
    );
    expect(versions.length).toBe(3);
    expect(new Set(versions.map((value) => JSON.stringify(value))).size).toBe(1);
  });

  test("what goes from the plan to the apply is the record and the review, no plan", () => {
    const upload = one.jobs["plan"]!.steps!.find((step) => step.uses?.startsWith("actions/upload-artifact"))!.with;
    const download = one.jobs["apply"]!.steps!.filter((step) => step.uses?.startsWith("actions/download-artifact"))[1]!
      .with;
    expect(upload).toMatchObject({ path: "${{ runner.temp }}/reviewed", name: "reviewed-${{ inputs.environment }}" });
    expect(download).toEqual({ path: "${{ runner.temp }}/reviewed", name: "reviewed-${{ inputs.environment }}" });
  });

  describe("emergency access is looked for by the role that reads, before anybody is asked to approve", () => {
    const look = one.jobs["look"]!;

    test("outside of an environment, on main: that is what the nightly run's role trusts", () => {
      expect(look["environment"]).toBeUndefined();
      expect(look.permissions).toEqual({ contents: "read", "id-token": "write" });
      const role = (of: Workflow, job: string): string =>
        (of.jobs[job]!.steps!.find((step) => step.uses?.startsWith("aws-actions/"))!.with as Record<string, string>)[
          "role-to-assume"
        ]!;
      expect(role(one, "look")).toContain("vars.KEYLESS_VERIFY_ROLES");
      expect(role(workflow("verify.yml"), "verify")).toContain("vars.KEYLESS_VERIFY_ROLES");
    });

    /** The tool in the place of the program: it says what it was called with, and ends as it is told. */
    const tool = (text: string, env: NodeJS.ProcessEnv, status = 0): ReturnType<typeof bash> => {
      const bin = path("bin");
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, "node"), `#!/bin/sh\necho "$@"\nexit ${status}\n`, { mode: 0o755 });
      return bash(text, {
        KEYLESS_ENVIRONMENT: "example",
        KEYLESS_SEAL: "seal",
        PATH: `${bin}:${process.env["PATH"]}`,
        ...env,
      });
    };
    const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

    test.each([
      [0, 0],
      [3, 0],
      [1, 1],
      [2, 2],
    ])("the tool ends with %i: the job with %i", (status, expected) => {
      const done = tool(script(one, "look", "Look"), { MEMBER_ROLE: "security/Audit" }, status);
      const said =
        "dist/cli/index.js verify example --only organization --only break-glass --json --role security/Audit\n";
      expect({ status: done.status === 0 ? 0 : expected, output: done.output }).toEqual({
        status: expected,
        output: expected === 0 ? `digest=${digest(said)}\n` : "",
      });
    });

    test("the apply takes what that job has written, and nothing else", () => {
      const text = script(one, "apply", "Apply what was reviewed");
      mkdirSync(path("seen"), { recursive: true });
      writeFileSync(path("seen/seen.json"), "{}");
      expect(tool(text, { KEYLESS_SEEN: digest("{}") }).stdout).toContain(`--verified ${path("seen/seen.json")}`);
      const other = tool(text, { KEYLESS_SEEN: digest("other") });
      expect(other.status).not.toBe(0);
      expect(other.stdout).not.toContain("apply example");
      const none = tool(text, { KEYLESS_SEEN: "" });
      expect(none.status).toBe(0);
      expect(none.stdout).not.toContain("--verified");
    });

    test("no job applies unseen", () => {
      for (const job of Object.values(one.jobs))
        for (const step of job.steps ?? []) expect(step.run ?? "").not.toContain("--no-verify");
    });
  });

  describe("the script that plans", () => {
    const run = (stacks: Record<string, unknown>): ReturnType<typeof bash> => {
      for (const [name, body] of Object.entries(stacks)) {
        mkdirSync(path("cdktf.out/stacks", name), { recursive: true });
        writeFileSync(
          path("cdktf.out/stacks", name, "cdk.tf.json"),
          JSON.stringify({ variable: marked("guardrails", "example"), ...(body as object) }),
        );
      }
      writeFileSync(
        path("cdktf.out/manifest.json"),
        JSON.stringify({
          stacks: Object.fromEntries(
            Object.keys(stacks).map((name) => [name, { name, workingDirectory: `stacks/${name}`, dependencies: [] }]),
          ),
        }),
      );
      // A Terraform that has a plan: what is asked here is the script.
      writeFileSync(path("terraform"), `#!/bin/sh\n[ "$1" = show ] && cat "$HOME/plan.json"; exit 0\n`, {
        mode: 0o755,
      });
      return bash(script(one, "plan", "Plan and review"), {
        KEYLESS_ENVIRONMENT: "example",
        TERRAFORM_BINARY_NAME: path("terraform"),
        GITHUB_ACTIONS: "true",
      });
    };
    const planJson = (changes: readonly unknown[]): string =>
      JSON.stringify({
        format_version: "1.2",
        terraform_version: "1.11.4",
        resource_changes: changes,
        configuration: { root_module: {} },
      });
    const user = {
      address: "aws_iam_access_key.a",
      mode: "managed",
      type: "aws_iam_access_key",
      name: "a",
      provider_name: "registry.terraform.io/hashicorp/aws",
      change: {
        actions: ["create"],
        before: null,
        after: { user: "a" },
        after_unknown: {},
        before_sensitive: false,
        after_sensitive: {},
      },
    };

    test("nothing to apply: nobody is asked to approve it", () => {
      writeFileSync(path("plan.json"), planJson([]));
      const { status, output } = run({ "example-a": {} });
      expect({ status, output }).toEqual({
        status: 0,
        output: expect.stringMatching(/^left=0\nseal=[0-9a-f]{64}\nstacks=0\n$/) as string,
      });
      expect(one.jobs["apply"]!.if).toBe(
        "${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.stacks != '0' }}",
      );
    });

    test("a no of the gate fails the job, so that the apply never starts", () => {
      writeFileSync(path("plan.json"), planJson([user]));
      const { status, output } = run({ "example-a": {} });
      expect({ status, output }).toEqual({ status: 3, output: "" });
      expect(existsSync(path("reviewed/review.md"))).toBe(true);
      expect(one.jobs["apply"]!.needs).toEqual(["plan", "look"]);
      expect(one.jobs["look"]!.needs).toBe("plan");
    });

    test("what it prints are other people's names: the runner takes nothing in between for a command", () => {
      writeFileSync(path("plan.json"), planJson([user]));
      const { stdout } = run({ "example-a": {} });
      const token = /^::stop-commands::([0-9a-f-]{36})\n/.exec(stdout)![1]!;
      expect(stdout.endsWith(`\n::${token}::\n`)).toBe(true);
    });
  });
});
