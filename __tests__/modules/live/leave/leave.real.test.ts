import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CloudFormationClient, CreateStackSetCommand, DeleteStackSetCommand } from "@aws-sdk/client-cloudformation";
import { clientSettings, LOCAL_CREDENTIALS, memberClientSettings } from "../../../../local/client-settings";
import { type LocalAws, startLocalAws } from "../../../../local/runner";
import { CreateGroupCommand, IdentitystoreClient } from "@aws-sdk/client-identitystore";
import { CreatePolicyCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { CreatePermissionSetCommand, SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { lookForLeft } from "../../../../modules/live/leave/left";
import { wantedThings } from "../../../../modules/live/existing/wanted";
import { ENVIRONMENT_TAG } from "../../../../modules/config/settings";
import type { Going } from "../../../../modules/live/leave/going";
import { type LeaveOptions, lookBeforeLeaving } from "../../../../modules/live/leave/leave";
import {
  deleteRetained,
  findRetained,
  hasStackSet,
  type RetainedOptions,
} from "../../../../modules/live/leave/retained";
import { exampleState, exampleWith } from "../../../support/environments";
import { describeReal } from "../../../support/real";

jest.setTimeout(180_000);

const { organization: EXAMPLE, tree } = exampleWith().environment!;
const M = EXAMPLE.managementAccountId;
const ACCOUNTS = tree.accounts.map(({ id }) => id);
const [HOME, ONE, OTHERS, NOBODYS] = ACCOUNTS.filter((id) => id !== M) as [string, string, string, string];
const REGION = "eu-central-1";
const ADMINISTRATOR = `arn:aws:iam::${M}:role/another-administrator`;
const USER = `arn:aws:iam::${M}:user/break-glass/one`;

const trust = (AWS: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }],
  });

describeReal("what is read before something goes, against the local AWS", () => {
  let local: LocalAws;
  let outsider: Awaited<ReturnType<typeof memberClientSettings>>["credentials"];
  beforeAll(async () => {
    local = await startLocalAws({ facts: EXAMPLE });
    const iam = new IAMClient(clientSettings(local.endpoint, { region: REGION }));
    await iam.send(new CreateUserCommand({ UserName: "one", Path: "/break-glass/" }));
    await iam.send(new CreateUserCommand({ UserName: "ada" }));
    const AssumeRolePolicyDocument = trust(`arn:aws:iam::${M}:root`);
    const RoleName = "another-administrator";
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    iam.destroy();
    // The person of the local AWS has a session of a role that is not there.
    outsider = (await memberClientSettings(local.endpoint, M, REGION, "another-administrator")).credentials;
  });
  afterAll(() => local?.stop());

  const access = () => ({ endpoint: local.endpoint, credentials: outsider });
  const now = (): Date => new Date("2026-11-27T08:00:00Z");
  const NONE: Going = { roles: [], users: [], stackSetRoles: [], permissionSets: [], oidcProviders: [], groups: [] };
  const look = (going: Partial<Going>, more: Partial<LeaveOptions> = {}) =>
    lookBeforeLeaving(
      { ...NONE, ...going },
      {
        region: REGION,
        organizationId: EXAMPLE.id,
        knownAccounts: ACCOUNTS,
        memberRole: "OrganizationAccountAccessRole",
        emergencyAccess: false,
        access: access(),
        now,
        ...more,
      },
    );
  test("users go, and the roles by which somebody comes in trust somebody who stays", async () => {
    expect((await look({ users: [USER] }, { emergencyAccess: true })).lockedOut).toEqual([]);
  });

  test("the member role of one account trusts only a role that goes: named with its account; where others go it is not", async () => {
    const member = new IAMClient(await memberClientSettings(local.endpoint, ONE, REGION));
    const RoleName = "OrganizationAccountAccessRole";
    const { Role } = await member.send(new GetRoleCommand({ RoleName }));
    await member.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(ADMINISTRATOR) }));
    const line = `in ${ONE}: the role by which Terraform comes into a member account is ${RoleName}, and all whom it trusts go: ${ADMINISTRATOR}`;
    expect((await look({ roles: [ADMINISTRATOR] })).lockedOut).toEqual([
      line,
      expect.stringMatching(/^you are .* come in by/),
    ]);
    expect((await look({ roles: [`${ADMINISTRATOR}-else`] })).lockedOut).toEqual([]);
    const PolicyDocument = decodeURIComponent(Role!.AssumeRolePolicyDocument!);
    await member.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    member.destroy();
  });

  test("a role that cannot be read counts as none, and an account that AWS does not list is named", async () => {
    const { lockedOut } = await look(
      { users: [USER] },
      { memberRole: "no-such-role", knownAccounts: [...ACCOUNTS, "999999999999"] },
    );
    expect(lockedOut).toContainEqual(
      expect.stringMatching(/^in \d{12}.*: whom the role by which .* could not be read/),
    );
    expect(lockedOut).toContainEqual(expect.stringContaining("whether account 999999999999 is active is not known"));
  });

  test("the caller's own role: one that only a user trusts who goes, and one that cannot be read", async () => {
    const iam = new IAMClient(clientSettings(local.endpoint, { region: REGION }));
    const RoleName = "another-administrator";
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(USER) }));
    expect((await look({ users: [USER] })).lockedOut).toEqual([
      `in ${M}: the role that you come in by is ${RoleName}, and all whom it trusts go: ${USER}`,
    ]);
    const PolicyDocument = trust(`arn:aws:iam::${M}:user/ada`);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    expect((await look({ users: [USER] })).lockedOut).toEqual([]);
    iam.destroy();
    const person = { access: { endpoint: local.endpoint, credentials: LOCAL_CREDENTIALS } };
    expect((await look({ users: [USER] }, person)).lockedOut).toEqual([
      expect.stringContaining(`in ${M}: whom the role that you come in by trusts could not be read`),
    ]);
  });

  test("groups go and nobody can say who is assigned to them", async () => {
    const { lockedOut } = await look({ groups: [{ id: "g", name: "G" }] });
    expect(lockedOut).toEqual([expect.stringContaining("the facts have no Identity Center")]);
  });

  test("what is left by name: policies, permission sets, groups and OIDC providers too; another environment's is not ours", async () => {
    const { environment } = exampleWith();
    const state = exampleState();
    const left = (letGo: readonly string[] = []) =>
      lookForLeft(environment!, state, { letGo: new Set(letGo), access: access(), now });
    expect((await left()).found).toEqual([]);
    const [policy, other] = state.guardrails.policies.filter(({ type }) => type === "SERVICE_CONTROL_POLICY");
    const organizations = new OrganizationsClient(clientSettings(local.endpoint, { region: REGION }));
    for (const [one, value] of [
      [policy!, "example"],
      [other!, "another"],
    ] as const)
      await organizations.send(
        new CreatePolicyCommand({
          Name: one.name,
          Type: one.type,
          Description: "x",
          Content: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Action: "iam:CreateUser", Resource: "*" }],
          }),
          Tags: [{ Key: ENVIRONMENT_TAG, Value: value }],
        }),
      );
    organizations.destroy();
    const center = EXAMPLE.identityCenter!;
    const set = state.identityCenter!.shards[0]!.permissionSets[0]!;
    const sso = new SSOAdminClient(clientSettings(local.endpoint, { region: center.region }));
    await sso.send(new CreatePermissionSetCommand({ InstanceArn: center.instanceArn, Name: set.name }));
    sso.destroy();
    const wanted = wantedThings(state, tree);
    const provider = wanted.find(
      ({ type, accountId }) => type === "aws_iam_openid_connect_provider" && accountId !== M,
    )!;
    const member = new IAMClient(await memberClientSettings(local.endpoint, provider.accountId, REGION));
    await member.send(new CreateOpenIDConnectProviderCommand({ Url: provider.name, ClientIDList: ["a"] }));
    member.destroy();
    const group = wanted.find(({ type }) => type === "aws_identitystore_group");
    if (group) {
      const store = new IdentitystoreClient(clientSettings(local.endpoint, { region: center.region }));
      await store.send(new CreateGroupCommand({ IdentityStoreId: center.identityStoreId, DisplayName: group.name }));
      store.destroy();
    }
    const { found, types } = await left();
    expect(found.map((line) => line.split(" ").slice(0, 2).join(" ")).sort()).toEqual(
      [
        `aws_iam_openid_connect_provider ${provider.name}`,
        ...(group ? [`aws_identitystore_group ${group.name}`] : []),
        `aws_organizations_policy ${policy!.name}`,
        `aws_ssoadmin_permission_set ${set.name}`,
      ].sort(),
    );
    expect(types).toContain("aws_organizations_policy");
    // What was adopted stays.
    expect((await left([`example-${provider.stack} ${provider.address}`])).found).toHaveLength(found.length - 1);
  });

  const retained = (): RetainedOptions => ({
    region: REGION,
    memberRole: "OrganizationAccountAccessRole",
    environment: "example",
    roleName: "SecurityBreakGlass",
    stackSetName: "keyless-break-glass-role",
    homeAccountId: HOME,
    knownAccounts: ACCOUNTS,
    access: access(),
    now,
  });

  test("a StackSet is there, and is there no more", async () => {
    expect(await hasStackSet(retained())).toBe(false);
    const client = new CloudFormationClient(clientSettings(local.endpoint, { region: REGION }));
    const TEMPLATE = JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic" } } });
    const StackSetName = "keyless-break-glass-role";
    await client.send(new CreateStackSetCommand({ StackSetName, TemplateBody: TEMPLATE }));
    expect(await hasStackSet(retained())).toBe(true);
    await client.send(new DeleteStackSetCommand({ StackSetName }));
    expect(await hasStackSet(retained())).toBe(false);
    client.destroy();
  });

  test("the role of the environment's tag is found and deleted; not the home account's, nor another environment's", async () => {
    for (const [account, environment] of [
      [HOME, "example"],
      [ONE, "example"],
      [OTHERS, "other"],
      [NOBODYS, undefined],
    ] as const) {
      const iam = new IAMClient(await memberClientSettings(local.endpoint, account, REGION));
      const Tags = environment === undefined ? [] : [{ Key: ENVIRONMENT_TAG, Value: environment }];
      const AssumeRolePolicyDocument = trust(USER);
      await iam.send(new CreateRoleCommand({ RoleName: "SecurityBreakGlass", AssumeRolePolicyDocument, Tags }));
      iam.destroy();
    }
    expect(await findRetained(retained())).toEqual({ accountIds: [ONE], notRead: [] });
    expect((await findRetained({ ...retained(), knownAccounts: ["999999999999"] })).notRead).toHaveLength(1);
    expect(await deleteRetained(retained(), ACCOUNTS)).toEqual({ accountIds: [ONE], notRead: [] });
    expect(await findRetained(retained())).toEqual({ accountIds: [], notRead: [] });
  });
});
