import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, CreateStackInstancesCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateVirtualMFADeviceCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  IAMClient,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { EnableAWSServiceAccessCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { App } from "cdktf";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { applyStack, type LocalAws, planStack, stageStack, startLocalAws } from "../../local/runner";
import type { TargetState } from "../../modules/sections/target-state";
import { BreakGlassStack } from "../../stacks/break-glass";
import { exampleState, exampleWith, ROOT } from "../support/environments";
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

  /** The stack of a state, brought to the Terraform state that is there. */
  function staged({ settings, breakGlass }: TargetState): string {
    const app = new App({ outdir: work });
    const stack = new BreakGlassStack(app, settings, breakGlass);
    app.synth();
    return stageStack(join(work, "stacks", stack.node.id), local);
  }

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
    folder = staged(state);
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

  test("a user who has enrolled and is removed from the baseline is deleted, though IAM refuses that of anybody else", async () => {
    const UserName = "break-glass-3";
    const third = exampleWith({
      baseline: [
        ["  mfaMaxAgeMinutes: 60\n", `    - name: ${UserName}\n      holder: A third safe\n  mfaMaxAgeMinutes: 60\n`],
      ],
    }).state!;
    await applyStack(staged(third), local.env);
    const iam = new IAMClient(clientSettings(local.endpoint, { region: "us-east-1" }));
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: "A-password-0f-the-local-AWS" }));
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
    await iam.send(
      new EnableMFADeviceCommand({
        UserName,
        SerialNumber: VirtualMFADevice?.SerialNumber ?? "",
        AuthenticationCode1: "000000",
        AuthenticationCode2: "111111",
      }),
    );
    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toThrow(/must delete|DeleteConflict/);
    const users = async (): Promise<readonly string[]> =>
      ((await iam.send(new ListUsersCommand({ PathPrefix: "/break-glass/" }))).Users ?? [])
        .map((user) => user.UserName ?? "")
        .sort();
    expect(await users()).toEqual(["break-glass-1", "break-glass-2", UserName]);
    await applyStack(staged(state), local.env);
    expect(await users()).toEqual(["break-glass-1", "break-glass-2"]);
    iam.destroy();
  });
});
