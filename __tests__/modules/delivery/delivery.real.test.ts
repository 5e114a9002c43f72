import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../modules/kernel/process";
import { notedRun, runsFolder } from "../../../modules/terraform/runs";
import { CliRun, keyless } from "../../support/cli";
import { ROOT } from "../../support/environments";
import { marked } from "../../support/mark";
import { temporaryProject } from "../../support/project";
import { describeReal } from "../../support/real";
import { Warm } from "../../support/warm";

jest.setTimeout(120_000);

/** The real Terraform with the resource that it brings along: plans, states and their order are the real ones, and no provider is needed. */
describeReal("plan, review, apply exactly that", () => {
  const warm = new Warm();
  afterAll(() => warm.stop());
  /** In the process that is warm; the signals below go to processes of their own. */
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliRun> =>
    warm.keyless(project.root, args, { TMPDIR: project.root, ...env });
  let project: ReturnType<typeof temporaryProject>;
  beforeEach(() => {
    project = temporaryProject();
  });
  afterEach(() => project.remove());

  const path = (...parts: string[]): string => join(project.root, ...parts);
  const state = (stack: string): string => path(`terraform.example-${stack}.tfstate`);

  interface Stack {
    readonly dependencies?: readonly string[];
    readonly body: Readonly<Record<string, unknown>>;
  }

  const data = (input: unknown, more: Readonly<Record<string, unknown>> = {}): Stack["body"] => ({
    resource: { terraform_data: { thing: { input, ...more } } },
  });

  /** As cdktf writes them. */
  function synthesize(stacks: Readonly<Record<string, Stack>>): void {
    for (const [name, { body }] of Object.entries(stacks)) {
      mkdirSync(path("cdktf.out/stacks", `example-${name}`), { recursive: true });
      writeFileSync(
        path("cdktf.out/stacks", `example-${name}`, "cdk.tf.json"),
        JSON.stringify({
          terraform: { backend: { local: { path: `../../../terraform.example-${name}.tfstate` } } },
          ...body,
          variable: {
            ...marked(name === "pipeline" ? "pipeline" : "guardrails", "example"),
            ...(body["variable"] as Readonly<Record<string, unknown>> | undefined),
          },
        }),
      );
    }
    const manifest = Object.entries(stacks).map(([name, { dependencies = [] }]) => [
      name,
      {
        name: `example-${name}`,
        workingDirectory: `stacks/example-${name}`,
        dependencies: dependencies.map((other) => `example-${other}`),
      },
    ]);
    writeFileSync(path("cdktf.out/manifest.json"), JSON.stringify({ stacks: Object.fromEntries(manifest) }));
  }

  /** What the gate stops: a check that fails. */
  const failing: Stack = {
    body: {
      ...data("one"),
      check: { c: { assert: [{ condition: '${terraform_data.thing.input == "x"}', error_message: "It is not." }] } },
    },
  };
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    expect(spawnSync("git", [...identity, ...args], { cwd: project.root }).status).toBe(0);
  };
  /** A gate that the environment's review.yaml makes less strict, as somebody has agreed to: `--fail-on` cannot. */
  const laxGate = (classes: string, waivers = ""): void => {
    writeFileSync(path("environments/example/review.yaml"), `version: 1\nfailOn: [${classes}]\n${waivers}`);
    git("init", "--quiet");
    git("add", "environments");
    git("commit", "--quiet", "-m", "gate");
    git("commit", "--quiet", "--allow-empty", "-m", "next");
  };
  /** The programs that tests wait for are code from elsewhere: somebody has let them in. */
  const PROGRAM_WAIVED = `waivers:
  - name: wait
    type: provisioner
    address: terraform_data.thing
    reason: The test waits for it
    owner: Ada
    expires: 2099-12-31
`;
  const PLAN = ["plan", "example", "--output", "reviewed"];
  const APPLY = ["apply", "example", "--reviewed", "reviewed/reviewed.json"];
  const plan = (env: NodeJS.ProcessEnv = {}, ...args: string[]): Promise<CliRun> => run([...PLAN, ...args], env);
  const apply = (env: NodeJS.ProcessEnv = {}): Promise<CliRun> => run(APPLY, env);
  const record = (): { stacks: { name: string }[]; deferred: string[]; byHand: string[] } =>
    JSON.parse(readFileSync(path("reviewed/reviewed.json"), "utf8")) as {
      stacks: { name: string }[];
      deferred: string[];
      byHand: string[];
    };
  /** Plan files, anywhere: the command's temporary folder is the project's own. */
  const leftovers = (): readonly string[] => [
    ...(readdirSync(project.root, { recursive: true }) as string[]).filter((file) =>
      /tfplan|keyless-delivery/.test(file),
    ),
  ];

  test("what was reviewed is applied, the pipeline's own stack is not, and nothing secret is left in between", async () => {
    synthesize({
      a: { body: data("one") },
      b: { dependencies: ["a"], body: data("two") },
      // A stack of the pipeline holds nothing but what the pipeline is made of: here nothing at all.
      pipeline: { body: { output: { roles: { value: "roles" } } } },
      c: { body: data('${sensitive("hunter2-hunter2")}') },
    });
    laxGate("weakens, destroys-guard");
    const planned = await keyless(project.root, PLAN, { TMPDIR: project.root });
    expect(planned.stderr).toBe("");
    expect(planned.status).toBe(0);
    expect(planned.stdout).toContain("To apply: example-a, example-b, example-c\n");
    expect(planned.stdout).toContain("example-pipeline is the pipeline's own, or break glass: a person applies it");
    expect(record()).toMatchObject({
      stacks: [{ name: "example-a" }, { name: "example-b" }, { name: "example-c" }],
      deferred: [],
      byHand: ["example-pipeline"],
    });
    expect(readFileSync(path("reviewed/review.md"), "utf8")).toContain("a person applies it");
    expect(leftovers()).toEqual([]);
    for (const file of readdirSync(path("reviewed")))
      expect(readFileSync(path("reviewed", file), "utf8")).not.toContain("hunter2");

    // Another machine: the apply brings the synth and the record only.
    for (const stack of readdirSync(path("cdktf.out/stacks")))
      rmSync(path("cdktf.out/stacks", stack, ".terraform"), { recursive: true, force: true });
    const applied = await keyless(project.root, APPLY, { TMPDIR: project.root });
    expect(applied).toEqual({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(
        /example-a: applied\n[^]*3 stacks applied\nexample-pipeline: not applied, a person does that\nNot verified: /,
      ) as string,
    });
    expect(["a", "b", "c", "pipeline"].filter((stack) => existsSync(state(stack)))).toEqual(["a", "b", "c"]);
    expect(applied.stdout.indexOf("example-a: applied")).toBeLessThan(applied.stdout.indexOf("example-b: applied"));
    expect(leftovers()).toEqual([]);

    // The next run has nothing to do, and asks nobody.
    await plan();
    expect(record()).toMatchObject({ stacks: [] });
    expect((await apply()).stdout).toContain("0 stacks applied\n");
  });

  test("anything else than what was reviewed stops everything, and nothing is applied", async () => {
    synthesize({ a: { body: data("one") }, b: { body: data("two") } });
    await plan();
    synthesize({ a: { body: data("one") }, b: { body: data("three") } });
    const { status, stderr } = await apply();
    expect(stderr).toContain(
      "error DELIVERY-CHANGED\n  example-b would now do something else than was reviewed: terraform_data.thing.",
    );
    expect(status).toBe(3);
    expect(existsSync(state("a"))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test("what has moved on in between stops it: somebody else has applied", async () => {
    synthesize({ a: { body: data("one") } });
    await plan();
    const folder = path("cdktf.out/stacks/example-a");
    writeFileSync(
      join(folder, "cdk.tf.json"),
      readFileSync(join(folder, "cdk.tf.json"), "utf8").replace('"one"', '"zero"'),
    );
    for (const args of [["init"], ["apply", "-auto-approve"]])
      expect(spawnSync("terraform", args, { cwd: folder, stdio: "ignore" }).status).toBe(0);
    synthesize({ a: { body: data("one") } });
    expect(await apply()).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("error DELIVERY-CHANGED") as string,
    });
    expect(readFileSync(state("a"), "utf8")).toContain("zero");
    // And a record is good for one apply.
    await plan();
    expect((await apply()).status).toBe(0);
    expect((await apply()).status).toBe(3);
  });

  test("other variables stop it, although every change is the same", async () => {
    synthesize({
      a: { body: { ...data("one"), variable: { member_plan_role: { type: "string", default: "Administrator" } } } },
    });
    await plan({ TF_VAR_member_plan_role: "keyless/Reader" });
    expect(await apply()).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(
        "example-a would now be applied with another configuration, other variables or other providers than were reviewed.",
      ) as string,
    });
    expect((await apply({ TF_VAR_member_plan_role: "keyless/Reader" })).status).toBe(0);
  });

  test("a stack that was reviewed and is not there stops it", async () => {
    synthesize({ a: { body: data("one") }, b: { body: data("two") } });
    await plan();
    synthesize({ a: { body: data("one") } });
    expect(await apply()).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("example-b was reviewed and is not synthesized here") as string,
    });
    expect(existsSync(state("a"))).toBe(false);
  });

  test("where the gate says no there is no record to apply", async () => {
    synthesize({ a: failing });
    const { status, stdout } = await plan();
    expect(status).toBe(3);
    expect(stdout).toContain("The gate refuses 1.");
    expect(readdirSync(path("reviewed"))).toEqual(["review.md"]);
    expect(await apply()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        "error DELIVERY-RECORD reviewed/reviewed.json\n  There is no such file.",
      ) as string,
    });
    const id = /(other-[0-9a-f]{32})/.exec(stdout)![1]!;
    const approvals = path("environments/example/approvals.yaml");
    writeFileSync(
      approvals,
      `version: 1\napprovals:\n  - { id: ${id}, reason: It does nothing at all, approver: Ada, expires: 9999-12-31 }\n`,
    );
    git("init", "--quiet");
    git("add", "environments");
    git("commit", "--quiet", "-m", "approve");
    // Still there: it would serve again.
    expect((await plan()).status).toBe(3);
    writeFileSync(approvals, "version: 1\n");
    expect((await plan()).status).toBe(0);
    expect((await apply()).status).toBe(0);
  });

  test("an older record does not outlive a no", async () => {
    synthesize({ a: { body: data("one") } });
    expect((await plan()).status).toBe(0);
    synthesize({ a: failing });
    expect((await plan()).status).toBe(3);
    expect(existsSync(path("reviewed/reviewed.json"))).toBe(false);
    // Nor a no that comes before anything is planned.
    synthesize({ a: { body: data("one") } });
    expect((await plan()).status).toBe(0);
    synthesize({ a: { body: data("one", { provisioner: [{ "local-exec": { command: "true" } }] }) } });
    expect(await plan()).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("error DELIVERY-FOREIGN-CODE") as string,
    });
    expect(existsSync(path("reviewed/reviewed.json"))).toBe(false);
  });

  test("a stack that needs what is not applied yet is left to the next run", async () => {
    const reader: Stack = {
      dependencies: ["a"],
      body: {
        data: { terraform_remote_state: { a: { backend: "local", config: { path: state("a") } } } },
        ...data("${data.terraform_remote_state.a.outputs.o}"),
      },
    };
    synthesize({ a: { body: { ...data("one"), output: { o: { value: "one" } } } }, b: reader });
    const first = await plan();
    expect(first.status).toBe(0);
    expect(first.stdout).toContain("Not planned, because they depend on what is applied here: example-b.");
    expect(record()).toMatchObject({ stacks: [{ name: "example-a" }], deferred: ["example-b"] });
    expect((await apply()).stdout).toContain("Run the workflow again for: example-b\n");
    await plan();
    expect(record()).toMatchObject({ stacks: [{ name: "example-b" }], deferred: [] });
    expect((await apply()).status).toBe(0);
  });

  test("one that cannot be planned for a reason of its own is an error with Terraform's words", async () => {
    synthesize({ a: { body: data("one") }, b: { body: data("${nothing.here}") } });
    const { status, stderr } = await plan();
    expect(status).toBe(1);
    expect(stderr).toContain("error DELIVERY-PLAN-FAILED\n  example-b cannot be planned: ");
    expect(stderr).toContain("Reference to undeclared resource");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(path("reviewed"))).toBe(false);
  });

  test("what comes after a failure is not applied; what came before is said", async () => {
    const failing: Stack = {
      dependencies: ["a"],
      body: data("two", {
        lifecycle: { postcondition: [{ condition: '${self.output == "other"}', error_message: "It is not." }] },
      }),
    };
    synthesize({ a: { body: data("one") }, b: failing, c: { dependencies: ["b"], body: data("three") } });
    await plan();
    const { status, stderr, stdout } = await apply();
    expect(status).toBe(1);
    expect(stderr).toContain("error DELIVERY-APPLY-FAILED\n  example-b cannot be applied: ");
    expect(stderr).toContain("It is not.");
    expect(stderr).toContain("Applied: example-a. Not begun: example-c.");
    expect(stdout).toContain("example-a: applied\n");
    expect(existsSync(state("c"))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test("a signal lets Terraform end in order, starts nothing more, and leaves no plan behind", async () => {
    const waiting: Stack = {
      body: data("one", { provisioner: [{ "local-exec": { command: `touch ${path("started")}; exec sleep 100` } }] }),
    };
    synthesize({ a: waiting, b: { dependencies: ["a"], body: data("two") } });
    laxGate("destroys-guard", PROGRAM_WAIVED);
    await plan();
    const child = spawn(
      process.execPath,
      [join(ROOT, "dist/cli/index.js"), "apply", "example", "--reviewed", "reviewed/reviewed.json"],
      { cwd: project.root, env: { PATH: process.env["PATH"], HOME: project.root, TMPDIR: project.root } },
    );
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    while (!existsSync(path("started")) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(leftovers()).not.toEqual([]);
    child.kill("SIGTERM");
    expect(await ended).toBe(1);
    expect(stderr).toContain(
      "error DELIVERY-STOPPED\n  Stopped by a signal. Applied: nothing. Not begun: example-b. Interrupted: example-a.",
    );
    expect(leftovers()).toEqual([]);
    // Terraform has written down what it had made; b was never begun.
    expect(readFileSync(state("a"), "utf8")).toContain("terraform_data");
    expect(existsSync(state("b"))).toBe(false);
  });

  const byHand = (...args: string[]): Promise<CliRun> => run(["apply", "example", "--yes", "--no-verify", ...args]);
  /** Works until the file `go` is there, and says that it does. */
  const gated: Stack = {
    body: data("one", {
      provisioner: [
        {
          "local-exec": {
            command: "touch ../../../started; while [ ! -e ../../../go ]; do sleep 0.1; done",
          },
        },
      ],
    }),
  };
  const begin = async (): Promise<{ child: ChildProcess; ended: Promise<CliRun> }> => {
    const child = spawn(
      process.execPath,
      [join(ROOT, "dist/cli/index.js"), "apply", "example", "--yes", "--no-verify"],
      {
        cwd: project.root,
        env: { PATH: process.env["PATH"], HOME: project.root, TMPDIR: project.root },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<CliRun>((resolve) => child.on("close", (status) => resolve({ status, stdout, stderr })));
    while (!existsSync(path("started")) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return { child, ended };
  };

  test("Ctrl-C once: the stack at work is finished, the next is not begun, and the second run ends", async () => {
    const after: Stack = { dependencies: ["a"], body: data("two") };
    synthesize({ a: gated, b: after });
    laxGate("destroys-guard", PROGRAM_WAIVED);
    const { child, ended } = await begin();
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 300));
    writeFileSync(path("go"), "");
    const { status, stderr } = await ended;
    expect(stderr).toContain("Stopping: nothing more is begun, and Terraform ends what it is at.");
    expect(stderr).toContain("Stopped by a signal. Applied: example-a. Not begun: example-b.");
    expect(status).toBe(1);
    const again = await byHand();
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("1 stack applied, 1 without changes")]);
    expect(leftovers()).toEqual([]);
  });

  test("keyless killed: Terraform finishes by itself, and the second run ends", async () => {
    synthesize({ a: gated });
    laxGate("destroys-guard", PROGRAM_WAIVED);
    const { child, ended } = await begin();
    child.kill("SIGKILL");
    await ended;
    const run = notedRun(runsFolder(project.root), "example-a")!;
    expect(isAlive(run.process)).toBe(true);
    writeFileSync(path("go"), "");
    while (isAlive(run.process)) await new Promise((resolve) => setTimeout(resolve, 50));
    const again = await byHand();
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("0 stacks applied, 1 without changes")]);
    expect(leftovers()).toEqual([]);
  });

  test("the first failure stops cleanly and says what was done; when its cause is fixed the second run ends", async () => {
    const b = (good: boolean): Stack => ({
      dependencies: ["a"],
      body: data("two", {
        lifecycle: {
          postcondition: [{ condition: `\${${good} || self.output == "x"}`, error_message: "AWS refuses it." }],
        },
      }),
    });
    const others = { a: { body: data("one") }, c: { dependencies: ["b"], body: data("three") } };
    synthesize({ ...others, b: b(false) });
    const first = await byHand();
    expect(first.status).toBe(1);
    expect(first.stderr).toContain("error DELIVERY-APPLY-FAILED\n  example-b cannot be applied: ");
    expect(first.stderr).toContain("AWS refuses it.");
    expect(first.stderr).toContain(
      "fix: Applied: example-a. Not begun: example-c. When the cause is fixed, run it again: it plans what is left.",
    );
    synthesize({ ...others, b: b(true) });
    expect(await byHand()).toMatchObject({ status: 0, stdout: expect.stringContaining("without changes") as string });
    expect(await byHand()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("0 stacks applied, 3 without changes") as string,
    });
  });

  test("a failure names what was applied in the round before, and what was to come in the next", async () => {
    const reader = (label: string, more: Readonly<Record<string, unknown>> = {}): Stack => ({
      dependencies: ["a"],
      body: {
        data: { terraform_remote_state: { a: { backend: "local", config: { path: state("a") } } } },
        ...data(`${label}-\${data.terraform_remote_state.a.outputs.o}`, more),
      },
    });
    const refusing = {
      lifecycle: { postcondition: [{ condition: '${self.output == "x"}', error_message: "AWS refuses it." }] },
    };
    const a = { body: { ...data("one"), output: { o: { value: "one" } } } };
    synthesize({ a: { body: { ...a.body, ...data("one", refusing) } }, b: reader("b") });
    expect((await byHand()).stderr).toContain("Applied: nothing. Not begun: example-b.");
    rmSync(state("a"), { force: true });
    synthesize({ a, b: reader("b", refusing) });
    const { status, stderr } = await byHand();
    expect([status, stderr]).toEqual([1, expect.stringContaining("fix: Applied: example-a. When the cause is fixed")]);
    synthesize({ a, b: reader("b") });
    expect((await byHand()).status).toBe(0);
  });

  test("what is there already points to recover", async () => {
    for (const words of [
      "DuplicatePolicyException: A policy exists.",
      "EntityAlreadyExists: Role",
      "it already exists",
    ]) {
      synthesize({
        a: {
          body: data("two", {
            lifecycle: { postcondition: [{ condition: '${self.output == "x"}', error_message: `${words}.` }] },
          }),
        },
      });
      rmSync(state("a"), { force: true });
      const { status, stderr } = await byHand();
      expect(stderr).toContain("npx keyless recover example finds what it left behind");
      expect(status).toBe(1);
    }
  });

  test("a protected resource that is marked as damaged: apply points to recover, which takes the mark off", async () => {
    const stack: Stack = { body: data("one", { lifecycle: { prevent_destroy: true } }) };
    synthesize({ a: stack });
    expect((await byHand()).status).toBe(0);
    const folder = path("cdktf.out/stacks/example-a");
    expect(spawnSync("terraform", ["taint", "terraform_data.thing"], { cwd: folder, stdio: "ignore" }).status).toBe(0);
    const stuck = await byHand();
    expect([stuck.status, stuck.stderr]).toEqual([1, expect.stringContaining("npx keyless recover <env>")]);
    const recovered = await run(["recover", "example"]);
    expect(recovered.stdout).toContain(
      "example-a terraform_data.thing: made by the interrupted apply, no longer marked",
    );
    expect(recovered.status).toBe(0);
    expect((await byHand()).stdout).toContain("0 stacks applied, 1 without changes");
    // What the baseline itself would replace is not recovery's business.
    synthesize({ a: { body: data("one", { lifecycle: { prevent_destroy: true }, triggers_replace: "now" }) } });
    const refused = await run(["recover", "example"]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("Instance cannot be destroyed")]);
  });

  test("a state file of 0 bytes, as the death of cdktf leaves it, is one of nothing: the next apply ends", async () => {
    synthesize({ a: { body: data("one") } });
    writeFileSync(state("a"), "");
    expect((await byHand()).stdout).toContain("1 stack applied");
    expect((await byHand()).stdout).toContain("0 stacks applied, 1 without changes");
  });

  test("a record of another commit, another environment, or none at all, is refused", async () => {
    synthesize({ a: { body: data("one") } });
    await plan({ GITHUB_SHA: "a".repeat(40) });
    expect(await apply({ GITHUB_SHA: "b".repeat(40) })).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("This is the review of commit aaaa") as string,
    });
    const file = path("reviewed/reviewed.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"environment": "example"', '"environment": "other"'));
    expect(await apply({ GITHUB_SHA: "a".repeat(40) })).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("This is the review of other, not of example.") as string,
    });
    writeFileSync(file, text.slice(0, -20));
    expect(await apply({ GITHUB_SHA: "a".repeat(40) })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("This is not what npx keyless plan of this version writes.") as string,
    });
    expect(existsSync(state("a"))).toBe(false);
  });

  test("nothing synthesized, or no such environment, is said", async () => {
    expect(await plan()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("error DELIVERY-NO-STACK") as string,
    });
    expect(await run(["plan", "exmple", "--output", "reviewed"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("error ENV-UNKNOWN") as string,
    });
  });
});
