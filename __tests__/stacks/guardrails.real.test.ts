import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribePolicyCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  paginateListPolicies,
} from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import type { Around } from "../../local/front";
import { applyStack, LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import { findGuardrail } from "../../modules/sections/guardrails/catalogue/guardrails";
import { GuardrailsState, modeOf } from "../../modules/sections/guardrails/resolve";
import { chainOf, OrganizationTree } from "../../modules/organization/tree";
import { compile, evaluate, FULL_AWS_ACCESS } from "../../modules/policy/evaluate";
import type { PolicyDocument } from "../../modules/policy/types";
import type { TargetState } from "../../modules/sections/target-state";
import { GuardrailsStack } from "../../stacks/guardrails";
import { outcome, ROLLOUT, Section } from "../modules/sections/guardrails/fixture";
import { caseRequest } from "../support/guardrail-cases";
import { describeReal } from "../support/real";

jest.setTimeout(600_000);

/** SCPs by id of the place they are attached to, as AWS answers at one moment. */
type Attached = ReadonlyMap<string, readonly { readonly name: string; readonly content: string }[]>;

const WRITES = new Set(["AttachPolicy", "DetachPolicy", "CreatePolicy", "UpdatePolicy", "DeletePolicy"]);

describeReal("guardrails on the way from one state to the next", () => {
  const work = mkdtempSync(join(tmpdir(), "keyless-guardrails-"));
  let local: LocalAws;
  let client: OrganizationsClient;
  let moments: { readonly after: string; readonly attached: Attached }[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  /** One write at a time, and a look at everything that is attached after each. New attachments are slow to come, so that nothing is in order by chance. */
  const watch: Around = (request, answer) => {
    if (request.service !== "organizations" || !WRITES.has(request.operation)) return answer();
    const slow =
      request.operation === "AttachPolicy" || request.operation === "CreatePolicy"
        ? new Promise((resolve) => setTimeout(resolve, 150))
        : Promise.resolve();
    return slow.then(() => {
      const turn = queue.then(async () => {
        const response = await answer();
        moments.push({
          after:
            `${request.operation} ${String(request.input["Name"] ?? request.input["PolicyId"])} ${String(request.input["TargetId"] ?? "")}`.trim(),
          attached: await readAttached(client),
        });
        return response;
      });
      queue = turn.catch(() => undefined);
      return turn;
    });
  };

  beforeAll(async () => {
    local = await startLocalAws({
      facts: outcome({}).environment!.organization,
      region: "eu-central-1",
      around: watch,
    });
    client = new OrganizationsClient({
      endpoint: local.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  });
  afterAll(async () => {
    client.destroy();
    await local.stop();
    rmSync(work, { recursive: true, force: true });
  });

  let round = 0;
  let stack = "";
  let before: { readonly state: TargetState; readonly tree: OrganizationTree } | undefined;
  /** Applies a section to what is there, and says what went wrong in between: nothing, if all is well. */
  const goTo = async (section: Section): Promise<readonly string[]> => {
    const { environment, state, problems } = outcome(section);
    if (!environment || !state) throw new Error(JSON.stringify(problems));
    const output = join(work, String(++round));
    const app = new App({ outdir: output });
    new GuardrailsStack(app, state.settings, state.guardrails);
    app.synth();
    moments = [];
    const folder = stageStack(join(output, "stacks/example-guardrails"), local);
    await applyStack(folder, local.env);
    stack = folder;
    const { tree } = environment;
    const absent = before
      ? moments.flatMap(({ after, attached }) =>
          unbound(tree, [before!.state.guardrails, state.guardrails], attached).map(
            (what) => `after ${after}: ${what}`,
          ),
        )
      : [];
    expect(unbound(tree, [state.guardrails], await readAttached(client))).toEqual([]);
    before = { state, tree };
    return [...new Set(absent)];
  };

  const everywhere = ROLLOUT.replace(
    "    - ou: Workloads\n    - ou: Security",
    "    - account: management\n    - ou: Workloads\n    - ou: Security\n    - ou: Infrastructure\n    - ou: Sandbox\n    - ou: Suspended\n    - all",
  );

  test("the first apply: everything is attached at the end", async () => {
    await goTo({});
    expect(moments.length).toBeGreaterThan(8);
  });

  test("from OUs to the root: attached there before it leaves the OUs", async () => {
    expect(await goTo({ rollout: everywhere })).toEqual([]);
    expect(moments.some(({ after }) => after.startsWith("DetachPolicy"))).toBe(true);
  });

  test("from the root back to OUs", async () => {
    expect(await goTo({})).toEqual([]);
    expect(moments.some(({ after }) => after.startsWith("DetachPolicy"))).toBe(true);
  });

  const same =
    "- guardrails: [protect-break-glass, deny-access-key-creation, deny-leaving-organization]\n  targets: [all]";

  test("guardrails that come to share a policy, from policies of their own", async () => {
    expect(await goTo({ rollout: same })).toEqual([]);
    expect(before!.state.guardrails.policies.map((policy) => policy.key)).toEqual(["dakc-dlo-pbg"]);
  });

  test("one more comes to it, and an exception: the statements of the others are there all the time", async () => {
    const exceptions =
      "- name: legacy\n  principal: arn:aws:iam::444444444401:role/backup/Legacy\n  guardrails: [deny-access-key-creation]\n  owner: Data\n  reason: moves to roles\n  expires: 2027-06-30";
    expect(
      await goTo({ rollout: same.replace("deny-leaving", "deny-user-creation, deny-leaving"), exceptions }),
    ).toEqual([]);
    expect(before!.state.guardrails.policies.map((policy) => policy.key)).toEqual(["dakc-dlo-duc-pbg"]);
  });

  test("only the exception ends: one policy is updated, nothing is attached or detached", async () => {
    expect(await goTo({ rollout: same.replace("deny-leaving", "deny-user-creation, deny-leaving") })).toEqual([]);
    expect(moments.map(({ after }) => after.split(" ")[0])).toEqual(["UpdatePolicy"]);
  });

  test("policies become too small and are divided", async () => {
    const rollout = same.replace("deny-leaving", "deny-user-creation, deny-leaving");
    expect(await goTo({ rollout, quotas: "policyCharacters: 1100" })).toEqual([]);
    expect(before!.state.guardrails.policies.length).toBeGreaterThan(1);
    expect(await goTo({ rollout })).toEqual([]);
    expect(before!.state.guardrails.policies).toHaveLength(1);
  });

  test("the plan that follows is empty, and with nothing any more nothing stays behind", async () => {
    expect((await planStack(stack, local.env)).changes).toEqual([]);
    await goTo({ rollout: "[]" });
    expect([...(await readAttached(client)).values()].flat().filter(({ name }) => name.startsWith("keyless-"))).toEqual(
      [],
    );
  });
});

async function readAttached(client: OrganizationsClient): Promise<Attached> {
  const found = new Map<string, { name: string; content: string }[]>();
  for await (const { Policies } of paginateListPolicies({ client }, { Filter: "SERVICE_CONTROL_POLICY" })) {
    for (const { Id, Name, AwsManaged } of Policies ?? []) {
      if (AwsManaged) continue;
      const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: Id! }));
      const { Targets } = await client.send(new ListTargetsForPolicyCommand({ PolicyId: Id! }));
      for (const { TargetId } of Targets ?? [])
        found.set(TargetId!, [...(found.get(TargetId!) ?? []), { name: Name!, content: Policy!.Content! }]);
    }
  }
  return found;
}

/** Guardrails that are enforced in all of the states and of which a case is not denied at this moment, by account. */
function unbound(tree: OrganizationTree, states: readonly GuardrailsState[], attached: Attached): readonly string[] {
  const known = new Map<string, readonly string[]>();
  return tree.accounts.flatMap((account) => {
    const levels = chainOf(tree, account).map((id) => attached.get(id) ?? []);
    const enforced = states[0]!.rollouts
      .map((rollout) => rollout.guardrail)
      .filter((id) => states.every((state) => modeOf(state, id, account.id) === "enforce"));
    const key = JSON.stringify([
      levels.map((level) => level.map(({ name }) => name)),
      levels.flat().map(({ content }) => content),
      enforced,
    ]);
    const found =
      known.get(key) ??
      enforced.filter((id) => {
        const policies = compile({
          scps: levels.map((level) => [
            FULL_AWS_ACCESS,
            ...level.map(({ name, content }) => ({ name, document: JSON.parse(content) as PolicyDocument })),
          ]),
        });
        const denied = findGuardrail(id)!
          .cases(states[0]!.context)
          .filter((one) => one.expected === "denied");
        expect(denied.length).toBeGreaterThan(0);
        return denied.some((one) => evaluate(caseRequest(one), policies).decision !== "denied");
      });
    known.set(key, found);
    return found.map((id) => `${id} does not bind ${account.name}`);
  });
}
