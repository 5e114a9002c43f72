import { spawn } from "node:child_process";
import { join } from "node:path";
import {
  AccessAnalyzerClient,
  CreateAnalyzerCommand,
  DeleteAnalyzerCommand,
  GetAnalyzerCommand,
  ListAnalyzersCommand,
  ListTagsForResourceCommand as AnalyzerTags,
  TagResourceCommand as TagAnalyzer,
  UntagResourceCommand as UntagAnalyzer,
  UpdateAnalyzerCommand,
} from "@aws-sdk/client-accessanalyzer";
import { AccountClient, ListRegionsCommand } from "@aws-sdk/client-account";
import {
  ConfigServiceClient,
  DeleteOrganizationConfigRuleCommand,
  DescribeOrganizationConfigRulesCommand,
  DescribeOrganizationConformancePacksCommand,
  GetOrganizationConfigRuleDetailedStatusCommand,
  PutOrganizationConfigRuleCommand,
  PutOrganizationConformancePackCommand,
} from "@aws-sdk/client-config-service";
import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  EnableOrganizationsRootSessionsCommand,
  GetRoleCommand,
  IAMClient,
  ListOrganizationsFeaturesCommand,
  ListUsersCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import {
  CreateGroupCommand,
  DescribeGroupCommand,
  GetGroupIdCommand,
  IdentitystoreClient,
  UpdateGroupCommand,
} from "@aws-sdk/client-identitystore";
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  DisableAWSServiceAccessCommand,
  ListAccountsCommand,
  ListRootsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import {
  CreateProfileCommand,
  CreateTrustAnchorCommand,
  DeleteTrustAnchorCommand,
  DisableTrustAnchorCommand,
  GetTrustAnchorCommand,
  ListProfilesCommand,
  ListTagsForResourceCommand as AnchorTags,
  ListTrustAnchorsCommand,
  RolesAnywhereClient,
  TagResourceCommand as TagAnchor,
  UpdateProfileCommand,
} from "@aws-sdk/client-rolesanywhere";
import {
  CreateAccountAssignmentCommand,
  CreateInstanceAccessControlAttributeConfigurationCommand,
  CreatePermissionSetCommand,
  DeleteAccountAssignmentCommand,
  DeletePermissionsBoundaryFromPermissionSetCommand,
  DescribeInstanceAccessControlAttributeConfigurationCommand,
  DescribePermissionSetProvisioningStatusCommand,
  GetPermissionsBoundaryForPermissionSetCommand,
  ListAccountsForProvisionedPermissionSetCommand,
  ListInstancesCommand,
  ListTagsForResourceCommand as SsoTags,
  ProvisionPermissionSetCommand,
  PutPermissionsBoundaryToPermissionSetCommand,
  SSOAdminClient,
  TagResourceCommand as TagSso,
  UntagResourceCommand as UntagSso,
} from "@aws-sdk/client-sso-admin";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { type LocalAws, startLocalAws } from "../../local/runner";
import { describeReal } from "../support/real";
import { CA_CERTIFICATE } from "./everything-stack";

const facts = exampleOrganization(join(__dirname, "..", ".."));
const REGION = facts.identityCenter!.region;
const INSTANCE = facts.identityCenter!.instanceArn;
const STORE = facts.identityCenter!.identityStoreId;
const [LEGACY] = facts.identityCenter!.permissionSets.map((set) => set.arn);
const MEMBER = "444444444401";
const IDENTITY_ADMINISTRATOR = "333333333301";

describeReal("the front of the local AWS", () => {
  let local: LocalAws;
  const settings = (region = REGION): ReturnType<typeof clientSettings> => clientSettings(local.endpoint, { region });
  const member = (account: string, region = REGION): ReturnType<typeof memberClientSettings> =>
    memberClientSettings(local.endpoint, account, region);

  beforeAll(async () => {
    local = await startLocalAws({ facts, keepLog: true });
  }, 60_000);
  afterAll(() => local?.stop());

  describe("accounts", () => {
    test("a session works in the account of its role, and only there", async () => {
      expect((await new STSClient(await member(MEMBER)).send(new GetCallerIdentityCommand({}))).Account).toBe(MEMBER);
      await new IAMClient(await member(MEMBER)).send(new CreateUserCommand({ UserName: "only-here" }));
      expect((await new IAMClient(settings()).send(new ListUsersCommand({}))).Users).toEqual([]);
      expect((await new IAMClient(await member(MEMBER)).send(new ListUsersCommand({}))).Users).toHaveLength(1);
    });

    test("a member account may not touch the organization; a delegated administrator may read it", async () => {
      await expect(new OrganizationsClient(await member(MEMBER)).send(new ListAccountsCommand({}))).rejects.toThrow(
        "permissions",
      );
      const administrator = new OrganizationsClient(await member(IDENTITY_ADMINISTRATOR));
      expect((await administrator.send(new ListAccountsCommand({}))).Accounts).toHaveLength(facts.accounts.length);
      await expect(
        administrator.send(
          new CreatePolicyCommand({ Name: "x", Description: "", Type: "SERVICE_CONTROL_POLICY", Content: "{}" }),
        ),
      ).rejects.toThrow("permissions");
    });
  });

  describe("calls", () => {
    test("are counted by operation, and kept in order", async () => {
      local.resetCalls();
      const client = new OrganizationsClient(settings());
      await client.send(new ListRootsCommand({}));
      await client.send(new ListRootsCommand({}));
      await new AccountClient(settings()).send(new ListRegionsCommand({}));
      expect(local.calls()).toEqual({ "account:ListRegions": 1, "organizations:ListRoots": 2 });
      expect(local.log.ordered().map((call) => call.operation)).toEqual([
        "organizations:ListRoots",
        "organizations:ListRoots",
        "account:ListRegions",
      ]);
    });

    test("an operation that nobody knows fails at once, not after retries, and is named", async () => {
      local.resetCalls();
      const body = "Action=NoSuchOperation&Version=2010-05-08";
      const authorization =
        "AWS4-HMAC-SHA256 Credential=local/20240101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
      const response = await fetch(local.endpoint, {
        method: "POST",
        body,
        headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
      });
      expect(response.status).toBe(501);
      expect(await response.text()).toContain("LocalAwsNotImplemented");
      expect(local.missing()).toEqual(["iam:NoSuchOperation"]);
    });
  });

  describe("faults", () => {
    afterEach(() => local.faults.clear());
    const roots = async (attempts: number): Promise<unknown> =>
      new OrganizationsClient(clientSettings(local.endpoint, { region: REGION, maxAttempts: attempts })).send(
        new ListRootsCommand({}),
      );

    test("a throttle ends after its calls: who retries gets through, who does not, not", async () => {
      local.faults.add({ operation: "organizations:List*", kind: "throttle", times: 1 });
      await expect(roots(1)).rejects.toThrow("Rate exceeded");
      local.faults.add({ operation: "organizations:List*", kind: "throttle", times: 1 });
      await expect(roots(3)).resolves.toBeDefined();
    });

    test("a failure ends after its time", async () => {
      local.faults.add({ operation: "organizations:ListRoots", kind: "error", forSeconds: 0.2 });
      await expect(roots(1)).rejects.toMatchObject({ name: "InternalFailure" });
      await new Promise((resolve) => setTimeout(resolve, 250));
      await expect(roots(1)).resolves.toBeDefined();
    });

    test("a fault of one account leaves the others alone, and other operations too", async () => {
      local.faults.add({ operation: "iam:ListUsers", kind: "throttle", accountId: MEMBER });
      await expect(
        new IAMClient({ ...(await member(MEMBER)), maxAttempts: 1 }).send(new ListUsersCommand({})),
      ).rejects.toThrow("Rate exceeded");
      await expect(new IAMClient(settings()).send(new ListUsersCommand({}))).resolves.toBeDefined();
      await expect(
        new IAMClient(await member(MEMBER)).send(new GetRoleCommand({ RoleName: "OrganizationAccountAccessRole" })),
      ).resolves.toBeDefined();
    });
  });

  test("UpdateRole leaves alone what it is not given", async () => {
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html: both arguments are optional.
    const client = new IAMClient(settings());
    const role = { RoleName: "described" };
    const statement = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
    const trust = { Version: "2012-10-17", Statement: [statement] };
    await client.send(
      new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: JSON.stringify(trust), Description: "kept" }),
    );
    await client.send(new UpdateRoleCommand({ ...role, MaxSessionDuration: 7200 }));
    const { Role: longer } = await client.send(new GetRoleCommand(role));
    expect(longer).toMatchObject({ Description: "kept", MaxSessionDuration: 7200 });
    await client.send(new UpdateRoleCommand({ ...role, Description: "other" }));
    const { Role: renamed } = await client.send(new GetRoleCommand(role));
    expect(renamed).toMatchObject({ Description: "other", MaxSessionDuration: 7200 });
    await client.send(new DeleteRoleCommand(role));
  });

  describe("organizations", () => {
    const client = (): OrganizationsClient => new OrganizationsClient(settings());
    const deny = (bytes = 0): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Sid: "A".repeat(bytes), Effect: "Deny", Action: "iam:CreateUser", Resource: "*" }],
      });
    const create = async (name: string, content = deny()): Promise<string> =>
      (
        await client().send(
          new CreatePolicyCommand({ Name: name, Description: "", Type: "SERVICE_CONTROL_POLICY", Content: content }),
        )
      ).Policy?.PolicySummary?.Id ?? "";

    test("a policy may have 10,240 characters, and not one more", async () => {
      const room = 10_240 - deny().length;
      await expect(create("fits", deny(room))).resolves.toMatch(/^p-/);
      await expect(create("too-long", deny(room + 1))).rejects.toThrow("10241 of 10240");
    });

    test("a policy must be JSON", async () => {
      await expect(create("broken", "{")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    });

    test("ten policies to a target, not eleven, and no policy twice", async () => {
      const TargetId = "ou-exmp-sandbox1";
      const ids: string[] = [];
      for (let index = 0; index < 9; index++) ids.push(await create(`many-${index}`));
      for (const PolicyId of ids.slice(0, 8)) await client().send(new AttachPolicyCommand({ PolicyId, TargetId }));
      await expect(client().send(new AttachPolicyCommand({ PolicyId: ids[0], TargetId }))).rejects.toMatchObject({
        name: "DuplicatePolicyAttachmentException",
      });
      await expect(client().send(new AttachPolicyCommand({ PolicyId: ids[8], TargetId }))).rejects.toMatchObject({
        name: "ConstraintViolationException",
      });
    });

    test("the last policy of a target stays", async () => {
      await expect(
        client().send(new DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: "ou-exmp-security" })),
      ).rejects.toThrow("last policy");
    });
  });

  describe("Identity Center", () => {
    const admin = (): SSOAdminClient => new SSOAdminClient(settings());
    const PermissionSetArn = LEGACY ?? "";

    test("has its instance in one region only", async () => {
      expect((await admin().send(new ListInstancesCommand({}))).Instances).toMatchObject([
        { InstanceArn: INSTANCE, IdentityStoreId: STORE, OwnerAccountId: facts.managementAccountId },
      ]);
      expect((await new SSOAdminClient(settings("us-east-1")).send(new ListInstancesCommand({}))).Instances).toEqual(
        [],
      );
    });

    test("tags", async () => {
      const target = { InstanceArn: INSTANCE, ResourceArn: PermissionSetArn };
      await admin().send(
        new TagSso({
          ...target,
          Tags: [
            { Key: "a", Value: "1" },
            { Key: "b", Value: "2" },
          ],
        }),
      );
      await admin().send(new UntagSso({ ...target, TagKeys: ["a"] }));
      expect((await admin().send(new SsoTags(target))).Tags).toEqual([{ Key: "b", Value: "2" }]);
      await expect(admin().send(new SsoTags({ ...target, ResourceArn: `${PermissionSetArn}x` }))).rejects.toMatchObject(
        { name: "ResourceNotFoundException" },
      );
    });

    test("permissions boundaries", async () => {
      const target = { InstanceArn: INSTANCE, PermissionSetArn };
      await expect(admin().send(new GetPermissionsBoundaryForPermissionSetCommand(target))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
      const PermissionsBoundary = { CustomerManagedPolicyReference: { Name: "boundary", Path: "/" } };
      await admin().send(new PutPermissionsBoundaryToPermissionSetCommand({ ...target, PermissionsBoundary }));
      expect(
        (await admin().send(new GetPermissionsBoundaryForPermissionSetCommand(target))).PermissionsBoundary,
      ).toEqual(PermissionsBoundary);
      await admin().send(new DeletePermissionsBoundaryFromPermissionSetCommand(target));
      await expect(admin().send(new GetPermissionsBoundaryForPermissionSetCommand(target))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    });

    test("attributes for access control exist once", async () => {
      const input = {
        InstanceArn: INSTANCE,
        InstanceAccessControlAttributeConfiguration: {
          AccessControlAttributes: [{ Key: "team", Value: { Source: ["${path:enterprise.department}"] } }],
        },
      };
      await admin().send(new CreateInstanceAccessControlAttributeConfigurationCommand(input));
      await expect(
        admin().send(new CreateInstanceAccessControlAttributeConfigurationCommand(input)),
      ).rejects.toMatchObject({ name: "ConflictException" });
      expect(
        await admin().send(new DescribeInstanceAccessControlAttributeConfigurationCommand({ InstanceArn: INSTANCE })),
      ).toMatchObject({ Status: "ENABLED", ...pick(input) });
    });

    test("a permission set is provisioned where it is assigned, until the last assignment goes", async () => {
      const [group, other] = facts.identityCenter!.groups.map((one) => one.id);
      const assignment = {
        InstanceArn: INSTANCE,
        PermissionSetArn,
        TargetId: MEMBER,
        TargetType: "AWS_ACCOUNT" as const,
        PrincipalType: "GROUP" as const,
      };
      const accounts = async (): Promise<unknown> =>
        (
          await admin().send(
            new ListAccountsForProvisionedPermissionSetCommand({ InstanceArn: INSTANCE, PermissionSetArn }),
          )
        ).AccountIds;
      await admin().send(new CreateAccountAssignmentCommand({ ...assignment, PrincipalId: group }));
      await admin().send(new CreateAccountAssignmentCommand({ ...assignment, PrincipalId: other }));
      expect(await accounts()).toEqual([MEMBER]);
      await admin().send(new DeleteAccountAssignmentCommand({ ...assignment, PrincipalId: group }));
      expect(await accounts()).toEqual([MEMBER]);
      await admin().send(new DeleteAccountAssignmentCommand({ ...assignment, PrincipalId: other }));
      expect(await accounts()).toEqual([]);
    });

    test("provisioning can be followed to its end", async () => {
      const started = await admin().send(
        new ProvisionPermissionSetCommand({
          InstanceArn: INSTANCE,
          PermissionSetArn,
          TargetType: "ALL_PROVISIONED_ACCOUNTS",
        }),
      );
      const ProvisionPermissionSetRequestId = started.PermissionSetProvisioningStatus?.RequestId;
      const status = await admin().send(
        new DescribePermissionSetProvisioningStatusCommand({ InstanceArn: INSTANCE, ProvisionPermissionSetRequestId }),
      );
      expect(status.PermissionSetProvisioningStatus).toMatchObject({ Status: "SUCCEEDED", PermissionSetArn });
    });

    test("a delegated administrator manages it, but nothing in the management account; other members nothing at all", async () => {
      const delegated = new SSOAdminClient(await member(IDENTITY_ADMINISTRATOR));
      const made = await delegated.send(new CreatePermissionSetCommand({ InstanceArn: INSTANCE, Name: "Delegated" }));
      const assignment = {
        InstanceArn: INSTANCE,
        PermissionSetArn: made.PermissionSet?.PermissionSetArn,
        TargetType: "AWS_ACCOUNT" as const,
        PrincipalType: "GROUP" as const,
        PrincipalId: facts.identityCenter!.groups[0]!.id,
      };
      await expect(
        delegated.send(new CreateAccountAssignmentCommand({ ...assignment, TargetId: MEMBER })),
      ).resolves.toBeDefined();
      await expect(
        delegated.send(new CreateAccountAssignmentCommand({ ...assignment, TargetId: facts.managementAccountId })),
      ).rejects.toMatchObject({ name: "AccessDeniedException" });
      await expect(new SSOAdminClient(await member(MEMBER)).send(new ListInstancesCommand({}))).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    });

    test("a group keeps its id when it is renamed, and is found by name and by external id", async () => {
      const store = new IdentitystoreClient(settings());
      const { GroupId } = await store.send(new CreateGroupCommand({ IdentityStoreId: STORE, DisplayName: "Before" }));
      await store.send(
        new UpdateGroupCommand({
          IdentityStoreId: STORE,
          GroupId,
          Operations: [{ AttributePath: "displayName", AttributeValue: "After" }],
        }),
      );
      expect(await store.send(new DescribeGroupCommand({ IdentityStoreId: STORE, GroupId }))).toMatchObject({
        DisplayName: "After",
      });
      expect(
        (
          await store.send(
            new GetGroupIdCommand({
              IdentityStoreId: STORE,
              AlternateIdentifier: { UniqueAttribute: { AttributePath: "displayName", AttributeValue: "After" } },
            }),
          )
        ).GroupId,
      ).toBe(GroupId);
      const [synced] = facts.identityCenter!.groups;
      const [external] =
        (await store.send(new DescribeGroupCommand({ IdentityStoreId: STORE, GroupId: synced!.id }))).ExternalIds ?? [];
      const ExternalId = { Issuer: external?.Issuer, Id: external?.Id };
      expect(
        (await store.send(new GetGroupIdCommand({ IdentityStoreId: STORE, AlternateIdentifier: { ExternalId } })))
          .GroupId,
      ).toBe(synced!.id);
    });
  });

  describe("Roles Anywhere", () => {
    const anywhere = async (account = MEMBER): Promise<RolesAnywhereClient> =>
      new RolesAnywhereClient(await member(account));
    const source = { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: CA_CERTIFICATE } } as const;

    test("a trust anchor lives in one account and region, with tags, and can be switched off", async () => {
      const client = await anywhere();
      const { trustAnchor } = await client.send(
        new CreateTrustAnchorCommand({ name: "anchor", source, enabled: true, tags: [{ key: "a", value: "1" }] }),
      );
      const trustAnchorId = trustAnchor?.trustAnchorId;
      expect(trustAnchor?.trustAnchorArn).toMatch(
        new RegExp(`^arn:aws:rolesanywhere:${REGION}:${MEMBER}:trust-anchor/`),
      );
      await client.send(new TagAnchor({ resourceArn: trustAnchor?.trustAnchorArn, tags: [{ key: "b", value: "2" }] }));
      expect((await client.send(new AnchorTags({ resourceArn: trustAnchor?.trustAnchorArn }))).tags).toHaveLength(2);
      await client.send(new DisableTrustAnchorCommand({ trustAnchorId }));
      expect((await client.send(new GetTrustAnchorCommand({ trustAnchorId }))).trustAnchor?.enabled).toBe(false);
      expect((await (await anywhere("444444444402")).send(new ListTrustAnchorsCommand({}))).trustAnchors).toEqual([]);
      await client.send(new DeleteTrustAnchorCommand({ trustAnchorId }));
      await expect(client.send(new GetTrustAnchorCommand({ trustAnchorId }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    });

    test("a source that is no certificate is refused", async () => {
      const broken = { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: "no PEM" } } as const;
      await expect(
        (await anywhere()).send(new CreateTrustAnchorCommand({ name: "broken", source: broken })),
      ).rejects.toMatchObject({ name: "ValidationException" });
    });

    test("a profile is created and changed", async () => {
      const client = await anywhere();
      const { profile } = await client.send(
        new CreateProfileCommand({ name: "profile", roleArns: [`arn:aws:iam::${MEMBER}:role/a`] }),
      );
      await client.send(
        new UpdateProfileCommand({
          profileId: profile?.profileId,
          roleArns: [`arn:aws:iam::${MEMBER}:role/b`],
          durationSeconds: 900,
        }),
      );
      expect((await client.send(new ListProfilesCommand({}))).profiles).toMatchObject([
        { name: "profile", durationSeconds: 900, roleArns: [`arn:aws:iam::${MEMBER}:role/b`] },
      ]);
    });
  });

  describe("detection", () => {
    test("an analyzer of unused access", async () => {
      const client = new AccessAnalyzerClient(settings());
      const configuration = (age: number): { unusedAccess: { unusedAccessAge: number } } => ({
        unusedAccess: { unusedAccessAge: age },
      });
      const { arn: resourceArn } = await client.send(
        new CreateAnalyzerCommand({
          analyzerName: "unused",
          type: "ORGANIZATION_UNUSED_ACCESS",
          configuration: configuration(90),
          tags: { a: "1" },
        }),
      );
      await expect(
        client.send(new CreateAnalyzerCommand({ analyzerName: "unused", type: "ORGANIZATION_UNUSED_ACCESS" })),
      ).rejects.toMatchObject({ name: "ConflictException" });
      await client.send(new UpdateAnalyzerCommand({ analyzerName: "unused", configuration: configuration(45) }));
      expect((await client.send(new GetAnalyzerCommand({ analyzerName: "unused" }))).analyzer).toMatchObject({
        status: "ACTIVE",
        configuration: configuration(45),
      });
      await client.send(new TagAnalyzer({ resourceArn, tags: { b: "2" } }));
      await client.send(new UntagAnalyzer({ resourceArn, tagKeys: ["a"] }));
      expect((await client.send(new AnalyzerTags({ resourceArn }))).tags).toEqual({ b: "2" });
      await client.send(new DeleteAnalyzerCommand({ analyzerName: "unused" }));
      expect((await client.send(new ListAnalyzersCommand({}))).analyzers).toEqual([]);
    });

    test("organization rules reach every active account that is not excluded; their delegated administrator has its own", async () => {
      const rule = {
        OrganizationConfigRuleName: "unused",
        OrganizationManagedRuleMetadata: { RuleIdentifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK" },
        ExcludedAccounts: [MEMBER],
      };
      const client = new ConfigServiceClient(await member("222222222202"));
      await client.send(new PutOrganizationConfigRuleCommand(rule));
      expect(
        (await client.send(new DescribeOrganizationConfigRulesCommand({ OrganizationConfigRuleNames: ["unused"] })))
          .OrganizationConfigRules,
      ).toMatchObject([rule]);
      const { OrganizationConfigRuleDetailedStatus: accounts } = await client.send(
        new GetOrganizationConfigRuleDetailedStatusCommand({ OrganizationConfigRuleName: "unused" }),
      );
      const active = facts.accounts.filter((account) => account.status === "ACTIVE" && account.id !== MEMBER);
      expect(accounts?.map((account) => account.AccountId)).toEqual(active.map((account) => account.id));
      expect(
        (await new ConfigServiceClient(settings()).send(new DescribeOrganizationConfigRulesCommand({})))
          .OrganizationConfigRules,
      ).toEqual([]);
      await client.send(new DeleteOrganizationConfigRuleCommand({ OrganizationConfigRuleName: "unused" }));
      await expect(
        client.send(new DescribeOrganizationConfigRulesCommand({ OrganizationConfigRuleNames: ["unused"] })),
      ).rejects.toMatchObject({ name: "NoSuchOrganizationConfigRuleException" });
      await expect(
        new ConfigServiceClient(await member(MEMBER)).send(new PutOrganizationConfigRuleCommand(rule)),
      ).rejects.toMatchObject({ name: "OrganizationAccessDeniedException" });
    });

    test("organization conformance packs take a template, and a broken one not", async () => {
      const client = new ConfigServiceClient(settings());
      const pack = {
        OrganizationConformancePackName: "pack",
        TemplateBody: "Resources: {Rule: {Type: AWS::Config::ConfigRule}}",
      };
      await client.send(new PutOrganizationConformancePackCommand(pack));
      expect(
        (await client.send(new DescribeOrganizationConformancePacksCommand({}))).OrganizationConformancePacks,
      ).toMatchObject([{ OrganizationConformancePackName: "pack" }]);
      await expect(
        client.send(new PutOrganizationConformancePackCommand({ ...pack, TemplateBody: "no template" })),
      ).rejects.toMatchObject({ name: "OrganizationConformancePackTemplateValidationException" });
    });
  });

  // Last: it takes a trusted service away.
  test("centralized root access needs trusted access for IAM", async () => {
    const iam = new IAMClient(settings());
    await iam.send(new EnableOrganizationsRootSessionsCommand({}));
    expect(await iam.send(new ListOrganizationsFeaturesCommand({}))).toMatchObject({
      OrganizationId: facts.id,
      EnabledFeatures: ["RootSessions"],
    });
    await new OrganizationsClient(settings()).send(
      new DisableAWSServiceAccessCommand({ ServicePrincipal: "iam.amazonaws.com" }),
    );
    await expect(iam.send(new EnableOrganizationsRootSessionsCommand({}))).rejects.toThrow(
      "Trusted access for IAM is not enabled",
    );
  });
});

function pick<T extends { readonly InstanceArn: string }>(input: T): Omit<T, "InstanceArn"> {
  const { InstanceArn: _, ...rest } = input;
  return rest;
}

describeReal("moto", () => {
  test("ends by itself when its parent is killed", async () => {
    // A parent in Python needs no compiled JavaScript: it starts the server and dies without a word.
    const bootstrap = join(__dirname, "..", "..", "local", "moto_bootstrap.py");
    const parent = spawn(
      "python3",
      [
        "-c",
        `import subprocess,sys,os\np=subprocess.Popen([sys.executable,${JSON.stringify(bootstrap)}],stdin=subprocess.PIPE,stdout=subprocess.PIPE)\np.stdout.readline()\nprint(p.pid,flush=True)\nos.kill(os.getpid(),9)`,
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (data: Buffer) => resolve(Number(data.toString()))),
    );
    const isAlive = (): boolean => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    for (let waited = 0; isAlive() && waited < 50; waited++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isAlive()).toBe(false);
  }, 30_000);
});
