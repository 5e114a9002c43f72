import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { App } from "cdktf";
import { LOCAL_CREDENTIALS } from "../../../../local/client-settings";
import { brownfieldOrganization } from "../../../../local/organizations/brownfield";
import { applyStack, type LocalAws, planStack, stageStack, startLocalAws } from "../../../../local/runner";
import { seedBrownfield } from "../../../../local/seed-brownfield";
import type { Problem } from "../../../../modules/kernel/errors";
import { proposeAdoption, type Proposal } from "../../../../modules/live/adopt/propose";
import { collisionProblems } from "../../../../modules/live/existing/collisions";
import { syncExisting } from "../../../../modules/live/existing/run";
import { syncEnvironment } from "../../../../modules/live/sync/run";
import { failedClaims, verify } from "../../../../modules/live/verify/run";
import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { loadEnvironment } from "../../../../modules/sections/load";
import { resolveUnproven } from "../../../../modules/sections/target-state";
import { stacksOf, type SynthesizedStack } from "../../../../modules/terraform/environment-stacks";
import { parsePlanJson } from "../../../../modules/terraform/plan-json";
import { addEnvironment } from "../../../../stacks/environment";
import { describeReal } from "../../../support/real";

jest.setTimeout(1_800_000);

const BASELINE = `# What grown is to become.
version: 1
region: eu-central-1
backend:
  type: local
breakGlass:
  homeAccount: management # no other account is free
  users:
    - { name: break-glass-1, holder: safe one }
    - { name: break-glass-2, holder: safe two }
guardrails: {}
`;

/** What a plan would do, with the arguments that differ: for a message when it should do nothing. */
function changesOf(planJson: unknown): readonly string[] {
  const { resource_changes: changes = [] } = planJson as {
    readonly resource_changes?: readonly {
      readonly address: string;
      readonly change: {
        readonly actions: readonly string[];
        readonly before: Readonly<Record<string, unknown>> | null;
        readonly after: Readonly<Record<string, unknown>> | null;
      };
    }[];
  };
  return changes
    .filter(({ change: { actions } }) => actions.join() !== "no-op")
    .map(({ address, change: { actions, before, after } }) => {
      const differing = Object.keys({ ...before, ...after }).filter(
        (key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]),
      );
      const shown = differing.map(
        (key) => `${key} ${JSON.stringify(before?.[key])} -> ${JSON.stringify(after?.[key])}`,
      );
      return `${actions.join("+")} ${address}: ${shown.join("; ")}`;
    });
}

/** An organization that has grown by hand is read, proposed, taken over by imports alone, and verified. */
describeReal("adoption of a brownfield organization", () => {
  const root = mkdtempSync(join(tmpdir(), "keyless-adopt-test-"));
  const folder = join(root, "environments/grown");
  const facts = brownfieldOrganization();
  let local: LocalAws;
  let assignments = 0;
  let proposal: Proposal;
  const access = (): { endpoint: string; credentials: typeof LOCAL_CREDENTIALS } => ({
    endpoint: local.endpoint,
    credentials: LOCAL_CREDENTIALS,
  });
  const sync = async (): Promise<void> => {
    const { facts: read } = await syncEnvironment(root, "grown", { access: access() });
    await syncExisting(root, "grown", {
      facts: read,
      access: access(),
      now: () => new Date("2026-11-27T03:00:00Z"),
      onProgress: () => undefined,
    });
  };
  const resolved = () => {
    const environment = loadEnvironment(root, "grown");
    const { state, problems } = resolveUnproven(environment);
    expect(problems.filter(({ severity }) => severity !== "warning")).toEqual([]);
    return { environment, state: state! };
  };
  const collisions = (): readonly Problem[] => {
    const { environment, state } = resolved();
    return collisionProblems(environment, state);
  };
  /** The stacks that hold what is adopted. */
  const stacks = (): readonly SynthesizedStack[] => {
    const outdir = join(root, "cdktf.out");
    const app = new App({ outdir, skipValidation: true });
    addEnvironment(app, resolved().state);
    app.synth();
    return stacksOf(outdir, "grown").filter(({ name }) => proposal.stacks.includes(name));
  };

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "baseline.yaml"), BASELINE);
    local = await startLocalAws({ facts });
    ({ assignments } = await seedBrownfield(local.endpoint, facts));
    await sync();
    // What the baseline would make by name is known once it resolves; it does from the first sync on.
    await sync();
  });
  afterAll(async () => {
    await local?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test("what is in the way of the first apply is named, each with its owner and the choice", () => {
    expect(assignments).toBeGreaterThanOrEqual(300);
    const told = collisions();
    expect(told.map(({ code, message }) => `${code} ${message.split(" already", 1)[0]!}`)).toEqual([
      "COLLISION role SecurityBreakGlass is in account-00002 (200000000001)",
      "COLLISION role SecurityBreakGlass is in account-00004 (200000000003)",
      "COLLISION user break-glass-1 is in management (100000000000)",
    ]);
    expect(told[0]!.fix).toContain("a StackSet cannot adopt a resource");
    expect(told[2]!.fix).toContain("moves.yaml");
  });

  test("the proposal says what becomes ours and what is left alone, and writes nothing", () => {
    proposal = proposeAdoption(root, "grown");
    expect(readFileSync(join(folder, "baseline.yaml"), "utf8")).toBe(BASELINE);
    expect(proposal.adopted.map(({ what }) => what)).toEqual([
      "OIDC provider https://gitlab.example.com in account-00008",
      "OIDC provider https://token.actions.githubusercontent.com in account-00005",
      "permission set AWSAdministratorAccess",
      "permission set AWSPowerUserAccess",
      "permission set AWSReadOnlyAccess",
      "permission set Billing",
      "permission set Database",
      "permission set Developer",
      "permission set Network",
      "permission set Operator",
      "permission set Security",
      "permission set Support",
      "policy Keep the audit trail",
      "policy No public buckets",
    ]);
    expect(proposal.referred).toHaveLength(1);
    expect(proposal.referred[0]).toContain("app.terraform.io");
    expect(proposal.left.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      expect.stringMatching(/^permission set LegacyOperations: its session of PT90M/),
      expect.stringMatching(/^permission set StackDeploy: it belongs to CloudFormation stack deploy-access/),
      expect.stringMatching(/^policy Twice along a chain .*: it is attached to more places than it needs/),
      expect.stringMatching(/^policy aws-guardrails-AbCd01 .*AWS Control Tower's/),
      expect.stringMatching(/^policy aws-guardrails-AbCd02 .*AWS Control Tower's/),
      expect.stringMatching(/^2 roles in account-00005 \(github-deploy-1, github-deploy-2\): they trust/),
      expect.stringMatching(/^2 roles in account-00008 /),
      expect.stringMatching(/^2 roles in account-00010 /),
    ]);
    // A line for each group of a set, however many accounts it reaches.
    expect(proposal.assignments.lines).toBe(16);
    expect(proposal.assignments.inAws).toBeGreaterThan(250);
    expect(proposal.files.get("baseline.yaml")).toContain("# no other account is free");
  });

  test("the first plan imports and does nothing else; after the apply everything is seen, and the second plan is empty", async () => {
    for (const [name, text] of proposal.files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const staged = stacks().map((stack) => stageStack(stack.folder, local));
    expect(staged.length).toBeGreaterThanOrEqual(5);
    const plans = [];
    for (const one of staged) plans.push(await planStack(one, local.env));
    expect(plans.flatMap(({ planJson }) => changesOf(planJson))).toEqual([]);
    const imported = plans.flatMap(({ planJson }) =>
      (planJson as { resource_changes: { change: { importing?: unknown } }[] }).resource_changes.filter(
        ({ change }) => change.importing !== undefined,
      ),
    );
    expect(imported).toHaveLength(proposal.imports);
    const review = reviewPlans(
      plans.map(({ planJson }, i) => parsePlanJson(`${i}`, stacks()[i]!.name, JSON.stringify(planJson))),
    );
    expect(review.changes).toEqual([]);
    const told = review.notes.filter(({ kind }) => kind === "import").map(({ sentence }) => plainText(sentence));
    // A sentence for each stack that has many.
    expect(told.length).toBeLessThan(20);
    expect(told).toContainEqual(
      expect.stringMatching(/resources of grown-identity-center-\d\d are imported, and nothing about them changes \(/),
    );
    for (const one of staged) expect(await applyStack(one, local.env)).toEqual({ added: 0, changed: 0, destroyed: 0 });
    const { environment, state } = resolved();
    const { claims, ...rest } = await verify(environment, state, {
      sections: ["guardrails", "identity-center", "workload-identity"],
      access: access(),
      now: () => new Date(),
    });
    expect(claims.length).toBeGreaterThan(25);
    expect(failedClaims({ ...rest, claims })).toEqual([]);
    for (const one of staged) expect(changesOf((await planStack(one, local.env)).planJson)).toEqual([]);
    // Read again, nothing of it is in the way, and nothing of it is proposed once more.
    await sync();
    expect(collisions().map(({ message }) => message.split(" is in", 1)[0]!)).toEqual([
      "role SecurityBreakGlass",
      "role SecurityBreakGlass",
      "user break-glass-1",
    ]);
    expect(proposeAdoption(root, "grown").adopted).toEqual([]);
  });

  test("without the list of what is adopted the same things are in the way", () => {
    writeFileSync(join(folder, "moves.yaml"), "version: 1\n");
    const { problems } = resolveUnproven(loadEnvironment(root, "grown"));
    expect(problems.filter(({ code }) => code === "IDENTITY-CENTER-NAME-TAKEN")).toHaveLength(10);
    // The permission sets apart, which have stopped it: providers and policies.
    const text = readFileSync(join(folder, "baseline.yaml"), "utf8");
    writeFileSync(
      join(folder, "baseline.yaml"),
      text.slice(0, text.indexOf("identityCenter:")) + text.slice(text.indexOf("workloadIdentity:")),
    );
    expect(collisions().map(({ message }) => message.split(" is in", 1)[0]!)).toEqual(
      expect.arrayContaining([
        "OIDC provider https://token.actions.githubusercontent.com",
        "policy of the organization Keep the audit trail",
        "policy of the organization No public buckets",
      ]),
    );
  });
});
