import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import { applyStack, LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import type { OrganizationTree } from "../../modules/organization/tree";
import type { TargetState } from "../../modules/sections/target-state";
import { CoverageWatch, readAttached, unbound } from "../../soak/coverage";
import { GuardrailsStack } from "../../stacks/guardrails";
import { outcome, ROLLOUT, Section } from "../modules/sections/guardrails/fixture";
import { describeReal } from "../support/real";

jest.setTimeout(600_000);

describeReal("guardrails on the way from one state to the next", () => {
  const work = mkdtempSync(join(tmpdir(), "keyless-guardrails-"));
  let local: LocalAws;
  let client: OrganizationsClient;
  const watch = new CoverageWatch();

  beforeAll(async () => {
    local = await startLocalAws({
      facts: outcome({}).environment!.organization,
      region: "eu-central-1",
      around: watch.around,
    });
    client = new OrganizationsClient({
      endpoint: local.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    watch.client = client;
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
    watch.moments = [];
    const folder = stageStack(join(output, "stacks/example-guardrails"), local);
    await applyStack(folder, local.env);
    stack = folder;
    const { tree } = environment;
    const absent = before
      ? watch.moments.flatMap(({ after, attached }) =>
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
    expect(watch.moments.length).toBeGreaterThan(8);
  });

  test("from OUs to the root: attached there before it leaves the OUs", async () => {
    expect(await goTo({ rollout: everywhere })).toEqual([]);
    expect(watch.moments.some(({ after }) => after.startsWith("DetachPolicy"))).toBe(true);
  });

  test("from the root back to OUs", async () => {
    expect(await goTo({})).toEqual([]);
    expect(watch.moments.some(({ after }) => after.startsWith("DetachPolicy"))).toBe(true);
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
    expect(watch.moments.map(({ after }) => after.split(" ")[0])).toEqual(["UpdatePolicy"]);
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
