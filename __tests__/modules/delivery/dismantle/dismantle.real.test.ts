import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireTools } from "../../../../local/runner";
import { dismantle, type DismantleOptions, type Preview } from "../../../../modules/delivery/dismantle/dismantle";
import { readJournal, journalFile } from "../../../../modules/delivery/dismantle/journal";
import { previewLines } from "../../../../modules/delivery/dismantle/words";
import { BaselineError } from "../../../../modules/kernel/errors";
import type { Leaving } from "../../../../modules/live/leave/leave";
import { type StackKind, stackMark } from "../../../../modules/sections/stack-kinds";
import { stacksOf } from "../../../../modules/terraform/environment-stacks";
import { applyStack } from "../../../../local/runner";
import { marked } from "../../../support/mark";
import { describeReal } from "../../../support/real";

jest.setTimeout(120_000);

/** The real Terraform with the resource that it brings along: states, plans and their order are the real ones, and no provider is needed. */
describeReal("dismantling, with the real Terraform", () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "keyless-dismantle-test-"));
    env = { ...process.env, TERRAFORM_BINARY_NAME: requireTools().terraform, CHECKPOINT_DISABLE: "1" };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const path = (...parts: readonly string[]): string => join(root, ...parts);
  const KINDS: Readonly<Record<string, StackKind>> = {
    guardrails: "guardrails",
    "break-glass": "break-glass",
    pipeline: "pipeline",
    workloads: "workload-identity",
  };
  type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  function synthesize(stacks: Readonly<Record<string, Resources>>): void {
    const names = Object.keys(stacks).map((name) => `prod-${name}`);
    for (const [name, resources] of Object.entries(stacks)) {
      mkdirSync(path("cdktf.out/stacks", `prod-${name}`), { recursive: true });
      writeFileSync(
        path("cdktf.out/stacks", `prod-${name}`, "cdk.tf.json"),
        JSON.stringify({
          terraform: { backend: { local: { path: `../../../terraform.prod-${name}.tfstate` } } },
          resource: { terraform_data: resources },
          // The one kind that may contain what Terraform brings along; below each stack is of its own.
          variable: marked("guardrails", "prod"),
        }),
      );
    }
    writeFileSync(
      path("cdktf.out/manifest.json"),
      JSON.stringify({
        stacks: Object.fromEntries(
          names.map((name) => [name, { name, workingDirectory: `stacks/${name}`, dependencies: [] }]),
        ),
      }),
    );
  }

  async function apply(): Promise<void> {
    for (const { folder } of stacksOf(path("cdktf.out"), "prod")) await applyStack(folder, env);
  }

  const inState = (stack: string): readonly string[] => {
    const { resources } = JSON.parse(readFileSync(path(`terraform.prod-${stack}.tfstate`), "utf8")) as {
      readonly resources: readonly { readonly type: string; readonly name: string }[];
    };
    return resources.map(({ name }) => name).sort();
  };

  const NOBODY: Leaving = {
    caller: { arn: "arn:aws:iam::111111111111:user/ada", accountId: "111111111111" },
    at: "2026-11-27T00:00:00Z",
    reached: ["222222222222"],
    lockedOut: [],
  };
  const said: string[] = [];
  let shown: Preview | undefined;

  function run(more: Partial<DismantleOptions> = {}): ReturnType<typeof dismantle> {
    said.length = 0;
    shown = undefined;
    return dismantle({
      projectRoot: root,
      environment: "prod",
      stacks: stacksOf(path("cdktf.out"), "prod").map((stack) => ({
        ...stack,
        mark: stackMark(KINDS[stack.name.slice("prod-".length)]!, "prod"),
      })),
      adopted: [],
      binary: requireTools().terraform,
      say: (line) => void said.push(line),
      leave: () => Promise.resolve(NOBODY),
      verify: (sections) =>
        Promise.resolve({
          environment: "prod",
          organizationId: "o-x",
          sections,
          from: NOBODY.at,
          to: NOBODY.at,
          claims: [],
          calls: {},
        }),
      left: () => Promise.resolve({ at: NOBODY.at, names: 3, types: [], found: [] }),
      leftStates: () => Promise.resolve([]),
      now: () => new Date("2026-11-27T08:00:00Z"),
      show: (preview) => void (shown = preview),
      confirm: () => Promise.resolve(true),
      ...more,
    });
  }

  const refused = async (work: Promise<unknown>): Promise<BaselineError> => {
    const error: unknown = await work.then(
      () => undefined,
      (found: unknown) => found,
    );
    if (!(error instanceof BaselineError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  };

  const PROTECTED = { lifecycle: { prevent_destroy: true } };
  const THREE = {
    "break-glass": {
      user: { input: "u", ...PROTECTED },
      role: { input: "${terraform_data.user.output}", ...PROTECTED },
    },
    guardrails: { scp: { input: "deny" } },
    pipeline: { deploy: { input: "deploy" } },
  };

  test("guardrails go first, emergency access last, and what is protected goes although the synth still protects it", async () => {
    synthesize(THREE);
    await apply();
    const before = readFileSync(path("cdktf.out/stacks/prod-break-glass/cdk.tf.json"), "utf8");
    expect(await run()).toEqual({
      outcome: "gone",
      gone: ["prod-guardrails", "prod-pipeline", "prod-break-glass"],
      deleted: 4,
      letGo: 0,
    });
    expect(shown?.steps.map(({ stack, lifted }) => [stack.name, lifted])).toEqual([
      ["prod-guardrails", []],
      ["prod-pipeline", []],
      ["prod-break-glass", ["terraform_data.role", "terraform_data.user"]],
    ]);
    for (const stack of ["guardrails", "pipeline", "break-glass"]) expect(inState(stack)).toEqual([]);
    expect(readFileSync(path("cdktf.out/stacks/prod-break-glass/cdk.tf.json"), "utf8")).toBe(before);
    expect(readJournal(journalFile(root, "prod")).map(({ event, stack }) => [event, stack])).toEqual([
      ["begun", undefined],
      ["gone", "prod-guardrails"],
      ["gone", "prod-pipeline"],
      ["gone", "prod-break-glass"],
      ["ended", undefined],
    ]);
    expect(await run()).toEqual({ outcome: "nothing", gone: [] });
    expect(previewLines(shown!)).toEqual(["prod: the states of 3 stacks are empty: no plan takes anything away"]);
  });

  test("nobody confirms: nothing is changed, and no journal is begun", async () => {
    synthesize(THREE);
    await apply();
    expect((await run({ confirm: () => Promise.resolve(false) })).outcome).toBe("declined");
    expect(inState("guardrails")).toEqual(["scp"]);
    expect(inState("break-glass")).toEqual(["role", "user"]);
    expect(readJournal(journalFile(root, "prod"))).toEqual([]);
    expect(previewLines(shown!).join("\n")).toContain(
      " 3. prod-break-glass: 2 deletions\n    the last: users, the role in every other account, and the alarms on their use\n    2 terraform_data\n    protected by prevent_destroy, which a private copy lifts and the synth keeps: terraform_data.role, terraform_data.user\n",
    );
  });

  test("somebody would be locked out: nothing is asked and nothing is changed", async () => {
    synthesize(THREE);
    await apply();
    const confirm = jest.fn(() => Promise.resolve(true));
    const error = await refused(
      run({
        confirm,
        leave: (_, emergencyAccess) =>
          Promise.resolve({ ...NOBODY, lockedOut: [`nobody gets in ${String(emergencyAccess)}`] }),
      }),
    );
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("DISMANTLE-LOCKS-OUT\n  Read at 2026-11-27T00:00:00Z: nobody gets in true.");
    expect(confirm).not.toHaveBeenCalled();
    expect(inState("guardrails")).toEqual(["scp"]);
  });

  test("the way in is looked for again just before emergency access goes: lost meanwhile, emergency access stays", async () => {
    synthesize(THREE);
    await apply();
    let looks = 0;
    const error = await refused(
      run({ leave: () => Promise.resolve(++looks === 1 ? NOBODY : { ...NOBODY, lockedOut: ["lost"] }) }),
    );
    expect(error.exitCode).toBe(3);
    expect(inState("guardrails")).toEqual([]);
    expect(inState("pipeline")).toEqual([]);
    expect(inState("break-glass")).toEqual(["role", "user"]);
    expect(said.at(-1)).toBe("Gone: prod-guardrails, prod-pipeline.");
    // With a way in, the same command goes on.
    expect(await run()).toMatchObject({ outcome: "gone", gone: ["prod-break-glass"] });
  });

  test("a part whose absence would lock somebody out is refused while the rest is there, and goes when that is gone", async () => {
    synthesize(THREE);
    await apply();
    const error = await refused(run({ chosen: ["prod-break-glass"] }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain("prod-break-glass cannot go while prod-guardrails is there");
    expect(await run({ chosen: ["prod-guardrails"] })).toMatchObject({ outcome: "gone" });
    expect(inState("break-glass")).toEqual(["role", "user"]);
    expect(await run({ chosen: ["prod-break-glass"] })).toMatchObject({ outcome: "gone" });
  });

  test("what was adopted stays in AWS, with all that is made of it; the rest of the stack goes", async () => {
    synthesize({
      workloads: {
        theirs: { input: "before us" },
        attached: { input: "${terraform_data.theirs.id}" },
        ours: { input: "ours", ...PROTECTED },
      },
    });
    await apply();
    expect(await run({ adopted: [{ stack: "prod-workloads", address: "terraform_data.theirs" }] })).toMatchObject({
      outcome: "gone",
      deleted: 1,
      letGo: 2,
    });
    expect(shown?.steps[0]).toMatchObject({
      deletes: ["terraform_data.ours"],
      letGo: ["terraform_data.attached", "terraform_data.theirs"],
    });
    expect(inState("workloads")).toEqual([]);
  });

  test("what is in the state and in no synth goes too", async () => {
    synthesize({ guardrails: { scp: { input: "deny" }, older: { input: "x", ...PROTECTED } } });
    await apply();
    synthesize({ guardrails: { scp: { input: "deny" } } });
    expect(await run()).toMatchObject({ outcome: "gone", deleted: 2 });
    expect(inState("guardrails")).toEqual([]);
  });

  test("a section that AWS shows otherwise than planned stops everything; one that has lost a part is not compared", async () => {
    synthesize(THREE);
    await apply();
    const verify: DismantleOptions["verify"] = (sections) =>
      Promise.resolve({
        environment: "prod",
        organizationId: "o-x",
        sections,
        from: NOBODY.at,
        to: NOBODY.at,
        calls: {},
        claims: [
          {
            section: "guardrails",
            kind: "attachment",
            name: "scp on Workloads",
            promise: "",
            place: { accountId: "111111111111" },
            verdict: "different",
            details: ["it is attached to Sandbox besides"],
            at: NOBODY.at,
          },
        ],
      });
    const error = await refused(run({ verify }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(
      "attachment scp on Workloads in 111111111111 is different: it is attached to Sandbox",
    );
    expect(inState("guardrails")).toEqual(["scp"]);
    expect(shown).toMatchObject({ verified: ["break-glass", "guardrails", "pipeline"], notVerified: [] });
    await run({ chosen: ["prod-guardrails"] });
    await run({ confirm: () => Promise.resolve(false) });
    expect(shown).toMatchObject({ verified: ["break-glass", "pipeline"], notVerified: ["guardrails"] });
  });

  test("a stack fails: what is after it is not begun, it says so, and the second run goes on", async () => {
    synthesize({ ...THREE, workloads: { role: { input: "r" } } });
    await apply();
    // Terraform writes no state where it cannot write its backup.
    mkdirSync(path("terraform.prod-pipeline.tfstate.backup", "in-the-way"), { recursive: true });
    const error = await refused(run());
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain("prod-pipeline");
    expect(inState("break-glass")).toEqual(["role", "user"]);
    rmSync(path("terraform.prod-pipeline.tfstate.backup"), { recursive: true });
    expect(await run()).toMatchObject({ outcome: "gone" });
    for (const stack of ["guardrails", "workloads", "pipeline", "break-glass"]) expect(inState(stack)).toEqual([]);
  });

  test("AWS still shows something when every state is empty: it is named, and of a part nobody looks", async () => {
    synthesize(THREE);
    await apply();
    const left = jest.fn(() =>
      Promise.resolve({ at: NOBODY.at, names: 3, types: [], found: ["aws_iam_role x is in 222222222222"] }),
    );
    await run({ left, chosen: ["prod-guardrails"] });
    expect(left).not.toHaveBeenCalled();
    const error = await refused(run({ left }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(`AWS was read at ${NOBODY.at}: aws_iam_role x is in 222222222222.`);
  });

  test("a state that no stack is synthesized for: all of it is not gone, and a part may go", async () => {
    synthesize(THREE);
    await apply();
    const leftStates = () => Promise.resolve([{ name: "prod-old", where: "terraform.prod-old.tfstate", resources: 2 }]);
    const error = await refused(run({ leftStates }));
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(
      "terraform.prod-old.tfstate has 2 resources, and stack prod-old is not synthesized",
    );
    expect(await run({ leftStates, chosen: ["prod-guardrails"] })).toMatchObject({ outcome: "gone" });
  });

  test("states at HCP Terraform are refused, with the reason", async () => {
    synthesize(THREE);
    const file = path("cdktf.out/stacks/prod-pipeline/cdk.tf.json");
    const whole = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...whole, terraform: { cloud: { organization: "o" } } }));
    const error = await refused(run());
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain("DISMANTLE-HCP");
  });
});
