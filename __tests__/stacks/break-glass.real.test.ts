import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, CreateStackInstancesCommand } from "@aws-sdk/client-cloudformation";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { EnableAWSServiceAccessCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { applyStack, type LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import { BreakGlassStack } from "../../stacks/break-glass";
import { exampleState, ROOT } from "../support/environments";
import { describeReal } from "../support/real";

jest.setTimeout(600_000);

const SANDBOX = "666666666601";

describeReal("a foreign role of the break-glass role's name in one account of twelve", () => {
  const work = mkdtempSync(join(tmpdir(), "keyless-break-glass-"));
  const state = exampleState();
  const { role } = state.breakGlass;
  const facts = exampleOrganization(ROOT);
  let local: LocalAws;
  let folder: string;
  let member: IAMClient;

  beforeAll(async () => {
    local = await startLocalAws({ facts, region: "eu-central-1" });
    await new OrganizationsClient(clientSettings(local.endpoint, { region: "us-east-1" })).send(
      new EnableAWSServiceAccessCommand({ ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com" }),
    );
    member = new IAMClient(await memberClientSettings(local.endpoint, SANDBOX, "us-east-1"));
    await member.send(
      new CreateRoleCommand({
        RoleName: role.name,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: SANDBOX }, Action: "sts:AssumeRole" }],
        }),
      }),
    );
    const app = new App({ outdir: work });
    const stack = new BreakGlassStack(app, state.settings, state.breakGlass);
    app.synth();
    folder = stageStack(join(work, "stacks", stack.node.id), local);
  });
  afterAll(async () => {
    member.destroy();
    await local.stop();
    rmSync(work, { recursive: true, force: true });
  });

  test("the apply is red and names the account, the next plan too; once it is fixed and tried again, nothing is left to do", async () => {
    const red = new RegExp(`keyless-break-glass-role has not reached every account[^]*${SANDBOX}[^]*FAILED`);
    await expect(applyStack(folder, local.env)).rejects.toThrow(red);
    await expect(planStack(folder, local.env)).rejects.toThrow(red);

    await member.send(new DeleteRoleCommand({ RoleName: role.name }));
    await new CloudFormationClient(clientSettings(local.endpoint, { region: "eu-central-1" })).send(
      new CreateStackInstancesCommand({
        StackSetName: "keyless-break-glass-role",
        DeploymentTargets: {
          OrganizationalUnitIds: [facts.rootId],
          Accounts: [SANDBOX],
          AccountFilterType: "INTERSECTION",
        },
        Regions: ["eu-central-1"],
      }),
    );
    await local.idle();
    // Nothing was tainted: what had been made is left alone, what the failure had held back is made.
    const plan = await planStack(folder, local.env);
    expect(plan.changes).toEqual([]);
  });
});
