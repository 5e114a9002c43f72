import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { stringify } from "yaml";
import { LOCAL_CREDENTIALS } from "../../../../local/client-settings";
import { syntheticOrganization } from "../../../../local/organizations/synthetic";
import { applyStack, type LocalAws, planStack, stageStack, startLocalAws } from "../../../../local/runner";
import { finishAdoption } from "../../../../modules/delivery/adopt-done";
import { proposeReshard, type Reshard } from "../../../../modules/delivery/reshard/propose";
import { syncEnvironment } from "../../../../modules/live/sync/run";
import { failedClaims, verify } from "../../../../modules/live/verify/run";
import { reviewPlans } from "../../../../modules/review/review";
import { loadEnvironment, movesHere } from "../../../../modules/sections/load";
import { resolveUnproven } from "../../../../modules/sections/target-state";
import { plainText } from "../../../../modules/review/sentence";
import { stacksOf, type SynthesizedStack } from "../../../../modules/terraform/environment-stacks";
import type { StackPlan } from "../../../../modules/terraform/stack-plan";
import { parsePlanJson } from "../../../../modules/terraform/plan-json";
import { readSynthPair } from "../../../../modules/terraform/synth-pair";
import { terraformBinary } from "../../../../modules/terraform/terraform";
import { addEnvironment } from "../../../../stacks/environment";
import { describeReal } from "../../../support/real";

jest.setTimeout(1_200_000);

const SETS = ["Audit", "Deploy", "Read", "Support"];

const updated = (plans: readonly StackPlan[]): readonly StackPlan["resources"][number][] =>
  plans.flatMap(({ resources }) => resources.filter(({ actions }) => actions.includes("update")));

/** Permission sets go from four stacks to one and to three: nothing is made or deleted in AWS, and every assignment stays. */
describeReal("another number of shards, by Terraform", () => {
  const root = mkdtempSync(join(tmpdir(), "keyless-reshard-test-"));
  const folder = join(root, "environments/grown");
  const saved = { ...process.env };
  let local: LocalAws;
  const access = () => ({ endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS });
  const resolved = () => {
    const environment = loadEnvironment(root, "grown");
    const { state, problems } = resolveUnproven(environment);
    expect(problems.filter(({ severity }) => severity !== "warning")).toEqual([]);
    return { environment, state: state! };
  };
  /** The stacks of Identity Center, synthesized and ready for the local AWS. */
  const staged = (outdir: string): readonly SynthesizedStack[] => {
    const app = new App({ outdir: join(root, outdir), skipValidation: true });
    addEnvironment(app, resolved().state);
    app.synth();
    return stacksOf(join(root, outdir), "grown")
      .filter(({ mark }) => mark?.kind === "permission-sets" || mark?.kind === "identity-center")
      .map((stack) => ({ ...stack, folder: stageStack(stack.folder, local) }));
  };
  const reshard = async (stacks: readonly SynthesizedStack[], shards?: number): Promise<Reshard> =>
    proposeReshard({
      projectRoot: root,
      environment: resolved().environment,
      shards,
      stacks,
      binary: await terraformBinary(),
      say: () => undefined,
    });
  const assigned = async (): Promise<readonly string[]> => {
    const { environment, state } = resolved();
    const result = await verify(environment, state, {
      sections: ["identity-center"],
      access: access(),
      now: () => new Date(),
    });
    expect(failedClaims(result)).toEqual([]);
    return result.claims
      .map(({ kind, name, place, verdict }) => [kind, name, place?.accountId, verdict].join(" "))
      .sort();
  };

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    const facts = syntheticOrganization(5);
    const group = facts.identityCenter!.groups.find(({ synced }) => synced)!.displayName;
    writeFileSync(
      join(folder, "baseline.yaml"),
      `# What grown is to become.
${stringify({
  version: 1,
  region: "eu-central-1",
  backend: { type: "local" },
  breakGlass: {
    homeAccount: "management",
    users: [
      { name: "break-glass-1", holder: "safe one" },
      { name: "break-glass-2", holder: "safe two" },
    ],
  },
  guardrails: {},
  identityCenter: {
    managedFrom: "management",
    groups: [{ name: "Own" }],
    permissionSets: SETS.map((name) => ({
      name,
      description: `To ${name.toLowerCase()}`,
      sessionHours: 4,
      awsManagedPolicies: ["ReadOnlyAccess", ...(name === "Audit" ? ["SecurityAudit"] : [])],
      ...(name === "Deploy"
        ? {
            inlinePolicy: {
              Version: "2012-10-17",
              Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
            },
          }
        : {}),
    })),
    assignments: SETS.flatMap((permissionSet) => [
      { group, permissionSet, targets: ["all"] },
      ...(permissionSet === "Read" ? [{ group: "Own", permissionSet, targets: ["all"] }] : []),
    ]),
  },
})}`,
    );
    local = await startLocalAws({ facts });
    Object.assign(process.env, local.env);
    await syncEnvironment(root, "grown", { access: access() });
  });
  afterAll(async () => {
    process.env = saved;
    await local?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test.each<[number, number | undefined, number]>([
    [4, undefined, 1],
    [1, 3, 3],
  ])("from %i shards, asked for %p", async (before, asked, after) => {
    let stacks = staged(`before-${before}`);
    if (before === 4) {
      for (const { folder: one } of stacks.filter(({ mark }) => mark?.kind === "identity-center"))
        await applyStack(one, local.env);
      // What is not applied is not divided.
      await expect(reshard(stacks, asked)).rejects.toMatchObject({
        exitCode: 3,
        problems: [{ code: "RESHARD-NOT-APPLIED" }],
      });
      for (const { folder: one } of stacks) await applyStack(one, local.env);
      // The group of ours has an id from now on.
      await syncEnvironment(root, "grown", { access: access() });
      stacks = staged(`before-${before}`);
      for (const { folder: one } of stacks) await applyStack(one, local.env);
    }
    const seen = await assigned();
    const proposal = await reshard(stacks, asked);
    expect(proposal).toMatchObject({ before, after, accounts: 5, permissionSets: SETS.length });
    expect(proposal.moving).toBeGreaterThan(0);
    expect(proposal.files.get("baseline.yaml")).toContain("# What grown is to become.");
    for (const [name, text] of proposal.files) writeFileSync(join(folder, name), text);
    // While they move they do not move elsewhere.
    const moving = staged(`moving-${before}`);
    await expect(reshard(moving, 7)).rejects.toMatchObject({ problems: [{ code: "RESHARD-MOVES" }] });

    const plans = [];
    for (const { name, folder: one } of moving)
      plans.push(parsePlanJson(name, name, JSON.stringify((await planStack(one, local.env)).planJson)));
    const actions = plans.flatMap(({ resources }) => resources.map((resource) => resource.actions.join()));
    expect([...new Set(actions)].sort()).toEqual(["forget", "no-op", "update"]);
    // Each permission set says in a tag which stack it is in, and nothing else about it changes.
    const bare = (values: object | undefined): object => ({ ...values, tags: 0, tags_all: 0 });
    for (const { before: was, after: is, importing } of updated(plans)) {
      expect(importing).toBe(true);
      expect(bare(is)).toEqual(bare(was));
    }
    expect(updated(plans)).toHaveLength(proposal.moving);
    const told = (of: Parameters<typeof reviewPlans>[0]): readonly string[] =>
      reviewPlans(of, undefined, undefined, undefined, undefined, movesHere(root, "grown")).changes.map(
        (change) => `${change.class} ${plainText(change.sentence)}`,
      );
    // The tag of each is told, and nothing else: no access changes.
    const tags = /^neutral Permission set \w+: description, tags or relay state change\.$/;
    expect(told(plans).filter((line) => !tags.test(line))).toEqual([]);
    expect(
      told(readSynthPair(join(root, `before-${before}`), join(root, `moving-${before}`))).filter(
        (line) => !tags.test(line),
      ),
    ).toEqual([]);

    const finish = async (): ReturnType<typeof finishAdoption> =>
      finishAdoption({
        projectRoot: root,
        environment: "grown",
        stacks: moving,
        binary: await terraformBinary(),
        say: () => undefined,
        wanted: () => true,
      });
    expect((await finish()).waiting.length).toBeGreaterThan(0);
    for (const { folder: one } of moving)
      expect(await applyStack(one, local.env)).toMatchObject({ added: 0, destroyed: 0 });
    expect(await assigned()).toEqual(seen);
    expect(await finish()).toMatchObject({ waiting: [] });
    expect(readFileSync(join(folder, "moves.yaml"), "utf8")).not.toContain("address");
    const last = staged(`after-${before}`);
    expect(last.filter(({ mark }) => mark?.kind === "permission-sets").length).toBeLessThanOrEqual(after);
    for (const { folder: one } of last) expect((await planStack(one, local.env)).empty).toBe(true);
  });
});
