import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { App } from "cdktf";
import { memberClientSettings } from "../../local/client-settings";
import { applyStack, LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import { GuardrailObservationStack } from "../../stacks/guardrail-observation";
import { outcome } from "../modules/sections/guardrails/fixture";
import { describeReal } from "../support/real";

jest.setTimeout(600_000);

describeReal("guardrails that are observed, against the local AWS", () => {
  const work = mkdtempSync(join(tmpdir(), "keyless-observation-"));
  const { environment, state } = outcome({
    observation: "subscribers:\n  emails: [security@example.com]",
    more: "- guardrails: [deny-leaving-organization]\n  mode: observe\n  targets: [{ ou: Workloads/Prod }, { account: shop-dev }]",
  });
  let local: LocalAws;
  let folder: string;

  beforeAll(async () => {
    local = await startLocalAws({ facts: environment!.organization, region: "eu-central-1" });
    const app = new App({ outdir: work });
    new GuardrailObservationStack(app, state!.settings, state!.guardrails.observation!);
    app.synth();
    folder = stageStack(join(work, "stacks/example-guardrail-observation"), local);
    await applyStack(folder, local.env);
    await local.idle();
  });
  afterAll(async () => {
    await local.stop();
    rmSync(work, { recursive: true, force: true });
  });

  test("forwarders stand in the observed accounts and in no other", async () => {
    const found: string[] = [];
    for (const account of environment!.tree.accounts.filter(
      ({ id }) => id !== environment!.organization.managementAccountId,
    )) {
      const iam = new IAMClient(await memberClientSettings(local.endpoint, account.id, "us-east-1"));
      const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: "/keyless/" }));
      iam.destroy();
      found.push(
        ...(Roles ?? [])
          .filter((role) => role.RoleName!.startsWith("keyless-observe"))
          .map((role) => `${account.name}: ${role.RoleName!}`),
      );
    }
    expect(found.sort()).toEqual(
      ["data-prod", "payments-prod", "shop-dev", "shop-prod"].map(
        (name) => `${name}: keyless-observe-deny-leaving-organization-us-east-1`,
      ),
    );
  });

  test("the second plan is empty", async () => expect((await planStack(folder, local.env)).changes).toEqual([]));
});
