import { join } from "node:path";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteUserPolicyCommand,
  EnableMFADeviceCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import {
  type ClientSettings,
  clientSettings,
  consoleSettings,
  memberClientSettings,
  settingsWith,
} from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { unsignedToken } from "../../local/pipeline";
import { type LocalAws, startLocalAws } from "../../local/runner";
import { breakGlassTrust, breakGlassUserPolicy } from "../../modules/sections/break-glass/documents";
import type { PolicyDocument, PolicyStatement } from "../../modules/policy/types";
import { describeReal } from "../support/real";

/**
 * Who may assume a role in the local AWS is decided by the evaluator from what is there: trust policy, the caller's own policies, SCPs and
 * RCPs. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: "To assume a role from a different account, your AWS
 * account must be trusted by the role. … A user who wants to access a role in a different account must also have permissions that are
 * delegated from the account administrator."
 */

const facts = exampleOrganization(join(__dirname, "..", ".."));
const HOME = facts.managementAccountId;
const MEMBER = "444444444401";
const OTHER = "444444444402";
const REGION = "eu-central-1";
const OIDC = "https://token.actions.githubusercontent.com";

const policy = (...Statement: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const trusts = (principal: PolicyStatement["Principal"], more: Partial<PolicyStatement> = {}): string =>
  policy({ Effect: "Allow", Principal: principal!, Action: "sts:AssumeRole", ...more });
const ASSUME_ANY: PolicyStatement = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };

describeReal("who may assume a role in the local AWS", () => {
  let local: LocalAws;
  const admin = (): ClientSettings => clientSettings(local.endpoint, { region: REGION });
  const iamOf = async (account: string): Promise<IAMClient> =>
    new IAMClient(account === HOME ? admin() : await memberClientSettings(local.endpoint, account, REGION));
  const role = async (account: string, RoleName: string, trust: string, allows?: string): Promise<string> => {
    const iam = await iamOf(account);
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    if (allows) await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "allows", PolicyDocument: allows }));
    return Role?.Arn ?? "";
  };
  const assume = async (
    settings: ClientSettings,
    RoleArn: string,
    more: Partial<AssumeRoleCommandInput> = {},
  ): Promise<ClientSettings> => {
    const given = await new STSClient(settings).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "somebody", ...more }),
    );
    return settingsWith(local.endpoint, REGION, given.Credentials);
  };
  /** A user of the management account with its access key. */
  const user = async (UserName: string, allows?: string): Promise<ClientSettings> => {
    const iam = await iamOf(HOME);
    await iam.send(new CreateUserCommand({ UserName }));
    if (allows) await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "allows", PolicyDocument: allows }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return clientSettings(local.endpoint, {
      region: REGION,
      credentials: { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" },
    });
  };

  beforeAll(async () => {
    local = await startLocalAws({ facts, region: REGION });
  }, 60_000);
  afterAll(() => local?.stop());

  test("a role that is not there, and one that does not trust the caller, are refused in one and the same way", async () => {
    const arn = await role(MEMBER, "trusts-another", trusts({ AWS: `arn:aws:iam::${OTHER}:root` }));
    const shown = `User: arn:aws:sts::${HOME}:assumed-role/AWSReservedSSO_AdministratorAccess_0000000000000000/local`;
    await expect(assume(admin(), arn)).rejects.toMatchObject({
      name: "AccessDenied",
      message: `${shown} is not authorized to perform: sts:AssumeRole on resource: ${arn} because no role trust policy allows the sts:AssumeRole action`,
    });
    await expect(assume(admin(), `${arn}-not`)).rejects.toMatchObject({
      name: "AccessDenied",
      message: `${shown} is not authorized to perform: sts:AssumeRole on resource: ${arn}-not`,
    });
  });

  test("trust in another account is not enough: the caller's own policies must allow it, too", async () => {
    const arn = await role(MEMBER, "trusts-home", trusts({ AWS: `arn:aws:iam::${HOME}:root` }));
    const nobody = await user("without-policies");
    await expect(assume(nobody, arn)).rejects.toThrow(
      "because no identity-based policy allows the sts:AssumeRole action",
    );
    await (
      await iamOf(HOME)
    ).send(
      new AttachUserPolicyCommand({
        UserName: "without-policies",
        PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    );
    const session = await assume(nobody, arn);
    expect(await new STSClient(session).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: MEMBER,
      Arn: `arn:aws:sts::${MEMBER}:assumed-role/trusts-home/somebody`,
    });
  });

  test("inside an account a trust that names the user is enough; an explicit deny of the user's own is not passed", async () => {
    const caller = await user("named");
    const arn = await role(HOME, "trusts-named", trusts({ AWS: `arn:aws:iam::${HOME}:user/named` }));
    await expect(assume(caller, arn)).resolves.toBeDefined();
    const iam = await iamOf(HOME);
    const deny = { UserName: "named", PolicyName: "deny" };
    await iam.send(new PutUserPolicyCommand({ ...deny, PolicyDocument: policy({ ...ASSUME_ANY, Effect: "Deny" }) }));
    await expect(assume(caller, arn)).rejects.toThrow("with an explicit deny in an identity-based policy");
    await iam.send(new DeleteUserPolicyCommand(deny));
    await expect(assume(caller, arn)).resolves.toBeDefined();
  });

  test("break glass: only a user of the list, with recent MFA, under its own name, and only after sign-in", async () => {
    const identity = {
      organizationId: facts.id,
      homeAccountId: HOME,
      roleName: "SecurityBreakGlass",
      userPath: "/break-glass/",
      userNames: ["break-glass-1"],
      mfaMaxAgeMinutes: 60,
      sourceNetworks: [],
    };
    const document = (one: PolicyDocument): string => JSON.stringify(one);
    const arn = await role(MEMBER, "SecurityBreakGlass", document(breakGlassTrust(identity)));
    const iam = await iamOf(HOME);
    for (const UserName of ["break-glass-1", "break-glass-3"]) {
      await iam.send(new CreateUserCommand({ UserName, Path: "/break-glass/" }));
      await iam.send(
        new PutUserPolicyCommand({
          UserName,
          PolicyName: "break-glass",
          PolicyDocument: document(breakGlassUserPolicy(identity)),
        }),
      );
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: "Local-only-0" }));
    }
    const enrol = async (UserName: string): Promise<void> => {
      const { VirtualMFADevice } = await iam.send(
        new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }),
      );
      const codes = { AuthenticationCode1: "000000", AuthenticationCode2: "111111" };
      await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber: VirtualMFADevice?.SerialNumber, ...codes }));
    };
    const signIn = (name: string, mfaAgeSeconds?: number): Promise<ClientSettings> =>
      consoleSettings(local.endpoint, `arn:aws:iam::${HOME}:user/break-glass/${name}`, REGION, mfaAgeSeconds);
    const own = { RoleSessionName: "break-glass-1" };

    await expect(signIn("break-glass-1", 0)).rejects.toThrow("has no MFA device");
    await expect(assume(await signIn("break-glass-1"), arn, own)).rejects.toThrow(
      "with an explicit deny in an identity-based policy",
    );
    await enrol("break-glass-1");
    await enrol("break-glass-3");
    await expect(signIn("break-glass-1")).rejects.toThrow("asks");
    await expect(assume(await signIn("break-glass-1", 10), arn, own)).resolves.toBeDefined();
    await expect(assume(await signIn("break-glass-1", 3_601), arn, own)).rejects.toThrow("role trust policy");
    await expect(assume(await signIn("break-glass-1", 10), arn)).rejects.toThrow("role trust policy");
    await expect(assume(await signIn("break-glass-3", 10), arn, { RoleSessionName: "break-glass-3" })).rejects.toThrow(
      "role trust policy",
    );
    await expect(assume(admin(), arn, own)).rejects.toThrow("role trust policy");
  });

  test("MFA of an access key: with the call, or in a session of GetSessionToken; never of the key alone", async () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html: "The key is only present when the user
    // authenticates with short term credentials. Long term credentials, such as access keys, do not include this key."
    const caller = await user("with-device", policy(ASSUME_ANY));
    const iam = await iamOf(HOME);
    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "with-device" }),
    );
    const SerialNumber = VirtualMFADevice?.SerialNumber ?? "";
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: "with-device",
        SerialNumber,
        AuthenticationCode1: "000000",
        AuthenticationCode2: "111111",
      }),
    );
    const present = (operator: string, value: string): Partial<PolicyStatement> => ({
      Condition: { [operator]: { "aws:MultiFactorAuthPresent": value } },
    });
    const root = { AWS: `arn:aws:iam::${HOME}:root` };
    const needed = await role(MEMBER, "mfa-needed", trusts(root, present("Bool", "true")));
    const ifExists = await role(MEMBER, "mfa-if-exists", trusts(root, present("BoolIfExists", "true")));
    await expect(assume(caller, needed)).rejects.toThrow("role trust policy");
    // The well-known trap: IfExists lets the access key in.
    await expect(assume(caller, ifExists)).resolves.toBeDefined();
    await expect(assume(caller, needed, { SerialNumber, TokenCode: "123456" })).resolves.toBeDefined();
    await expect(assume(caller, needed, { SerialNumber: `${SerialNumber}x`, TokenCode: "123456" })).rejects.toThrow(
      "MultiFactorAuthentication failed",
    );
    const sessionOf = async (mfa: object): Promise<ClientSettings> =>
      settingsWith(
        local.endpoint,
        REGION,
        (await new STSClient(caller).send(new GetSessionTokenCommand(mfa))).Credentials,
      );
    await expect(assume(await sessionOf({}), needed)).rejects.toThrow("role trust policy");
    await expect(assume(await sessionOf({}), ifExists)).rejects.toThrow("role trust policy");
    await expect(assume(await sessionOf({ SerialNumber, TokenCode: "123456" }), needed)).resolves.toBeDefined();
  });

  test("SCPs bind a member's caller, RCPs a member's role, at every level, and neither the management account", async () => {
    const organizations = new OrganizationsClient(admin());
    const first = await role(MEMBER, "first", trusts({ AWS: `arn:aws:iam::${HOME}:root` }), policy(ASSUME_ANY));
    const second = await role(OTHER, "second", trusts({ AWS: `arn:aws:iam::${MEMBER}:root` }));
    const chained = async (): Promise<ClientSettings> => assume(await assume(admin(), first), second);
    await expect(chained()).resolves.toBeDefined();
    let made = 0;
    const under = async (Type: "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY", work: () => Promise<void>) => {
      const principal = Type === "RESOURCE_CONTROL_POLICY" ? { Principal: "*" as const } : {};
      const Content = policy({
        Effect: "Deny",
        ...principal,
        Action: "sts:AssumeRole",
        Resource: "arn:aws:iam::*:role/second",
      });
      const { Policy } = await organizations.send(
        new CreatePolicyCommand({ Name: `deny ${++made}`, Description: "", Type, Content }),
      );
      const attachment = { PolicyId: Policy?.PolicySummary?.Id, TargetId: facts.rootId };
      await organizations.send(new AttachPolicyCommand(attachment));
      await work();
      await organizations.send(new DetachPolicyCommand(attachment));
    };
    await under("SERVICE_CONTROL_POLICY", async () => {
      await expect(chained()).rejects.toThrow("with an explicit deny in a service control policy");
    });
    await under("RESOURCE_CONTROL_POLICY", async () => {
      await expect(chained()).rejects.toThrow("with an explicit deny in a resource control policy");
    });
    await expect(chained()).resolves.toBeDefined();
    const home = await role(HOME, "second", trusts({ AWS: `arn:aws:iam::${HOME}:root` }));
    await under("RESOURCE_CONTROL_POLICY", async () => {
      await expect(assume(admin(), home)).resolves.toBeDefined();
    });
  });

  test("a session is bound by its session policy, lasts an hour when chained, and no longer than its role says", async () => {
    const first = await role(MEMBER, "chained-1", trusts({ AWS: `arn:aws:iam::${HOME}:root` }), policy(ASSUME_ANY));
    const second = await role(OTHER, "chained-2", trusts({ AWS: `arn:aws:iam::${MEMBER}:root` }));
    const narrow = await assume(admin(), first, { Policy: policy({ ...ASSUME_ANY, Action: "s3:GetObject" }) });
    await expect(assume(narrow, second)).rejects.toThrow("because no session policy allows");
    const wide = await assume(admin(), first);
    await expect(assume(wide, second, { DurationSeconds: 3_601 })).rejects.toThrow("1 hour session limit");
    const caller = await user("for-hours", policy(ASSUME_ANY));
    await expect(assume(caller, first, { DurationSeconds: 7_200 })).rejects.toThrow(
      "MaxSessionDuration set for this role",
    );
    await expect(assume(caller, first, { RoleSessionName: "two words" })).rejects.toMatchObject({
      name: "ValidationError",
    });
  });

  test("an external id and an organization in a trust are compared", async () => {
    const condition = { StringEquals: { "sts:ExternalId": "one", "aws:PrincipalOrgID": facts.id } };
    const arn = await role(MEMBER, "external", trusts({ AWS: "*" }, { Condition: condition }));
    await expect(assume(admin(), arn)).rejects.toThrow("role trust policy");
    await expect(assume(admin(), arn, { ExternalId: "two" })).rejects.toThrow("role trust policy");
    await expect(assume(admin(), arn, { ExternalId: "one" })).resolves.toBeDefined();
  });

  test("a key that nobody has, an inactive one and one of another user are what they are", async () => {
    const stranger = clientSettings(local.endpoint, {
      region: REGION,
      credentials: { accessKeyId: `AKIA${"X".repeat(16)}`, secretAccessKey: "none" },
    });
    await expect(new IAMClient(stranger).send(new ListUsersCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
    const caller = await user("soon-inactive");
    expect((await new STSClient(caller).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:iam::${HOME}:user/soon-inactive`,
    );
    await (
      await iamOf(HOME)
    ).send(
      new UpdateAccessKeyCommand({
        UserName: "soon-inactive",
        AccessKeyId: caller.credentials.accessKeyId,
        Status: "Inactive",
      }),
    );
    await expect(new STSClient(caller).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
  });

  describe("identity providers", () => {
    const token = (claims: object): string =>
      unsignedToken({ iss: OIDC, aud: "sts.amazonaws.com", exp: Date.now() / 1000 + 300, ...claims });
    const withToken = (RoleArn: string, WebIdentityToken: string): Promise<unknown> =>
      new STSClient(admin()).send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "ci", WebIdentityToken }),
      );

    test("a token of the provider, the audience and the subject becomes a role; any other does not", async () => {
      const iam = await iamOf(MEMBER);
      const made = await iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: OIDC, ClientIDList: ["sts.amazonaws.com"], ThumbprintList: [] }),
      );
      const arn = await role(
        MEMBER,
        "ci",
        policy({
          Effect: "Allow",
          Principal: { Federated: made.OpenIDConnectProviderArn ?? "" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: { "token.actions.githubusercontent.com:sub": "repo:example/one:ref:refs/heads/main" },
          },
        }),
      );
      const sub = "repo:example/one:ref:refs/heads/main";
      await expect(withToken(arn, token({ sub }))).resolves.toMatchObject({
        AssumedRoleUser: { Arn: expect.anything() as string },
      });
      await expect(withToken(arn, token({ sub: "repo:example/fork:ref:refs/heads/main" }))).rejects.toMatchObject({
        name: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      });
      const refused = { name: "InvalidIdentityTokenException" };
      await expect(withToken(arn, token({ sub, aud: "other" }))).rejects.toMatchObject(refused);
      await expect(withToken(arn, token({ sub, iss: "https://example.com" }))).rejects.toMatchObject(refused);
      await expect(withToken(arn, "no token")).rejects.toMatchObject(refused);
      await expect(withToken(arn, token({ sub, exp: 1 }))).rejects.toMatchObject({ name: "ExpiredTokenException" });
      // A role that trusts people is not for tokens.
      const people = await role(MEMBER, "people", trusts({ AWS: "*" }));
      await expect(withToken(people, token({ sub }))).rejects.toMatchObject({ name: "AccessDenied" });
    });

    test("an assertion must come from the provider that the trust names, for this role", async () => {
      const iam = await iamOf(MEMBER);
      const made = await iam.send(
        new CreateSAMLProviderCommand({
          Name: "directory",
          SAMLMetadataDocument: `<EntityDescriptor>${"x".repeat(1_000)}</EntityDescriptor>`,
        }),
      );
      const provider = made.SAMLProviderArn ?? "";
      const trust = (audience: string): string =>
        policy({
          Effect: "Allow",
          Principal: { Federated: provider },
          Action: "sts:AssumeRoleWithSAML",
          Condition: { StringEquals: { "SAML:aud": audience } },
        });
      const arn = await role(MEMBER, "saml", trust("https://signin.aws.amazon.com/saml"));
      const elsewhere = await role(MEMBER, "saml-elsewhere", trust("https://other.example.com"));
      const assertion = (role_: string, seconds = 300): string => {
        const attribute = (name: string, value: string): string =>
          `<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
        const end = new Date(Date.now() + seconds * 1_000).toISOString();
        const xml =
          `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://idp.example.com</saml:Issuer>` +
          `<saml:Subject><saml:NameID>ada</saml:NameID><saml:SubjectConfirmation><saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>` +
          `<saml:AttributeStatement>${attribute("Role", `${role_},${provider}`)}${attribute("RoleSessionName", "ada")}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
        return Buffer.from(xml).toString("base64");
      };
      const withAssertion = (RoleArn: string, SAMLAssertion: string, PrincipalArn = provider): Promise<unknown> =>
        new STSClient(admin()).send(new AssumeRoleWithSAMLCommand({ RoleArn, PrincipalArn, SAMLAssertion }));
      await expect(withAssertion(arn, assertion(arn))).resolves.toBeDefined();
      await expect(withAssertion(elsewhere, assertion(elsewhere))).rejects.toMatchObject({ name: "AccessDenied" });
      await expect(withAssertion(arn, assertion(elsewhere))).rejects.toMatchObject({ name: "AccessDenied" });
      await expect(withAssertion(arn, assertion(arn, -1))).rejects.toMatchObject({ name: "ExpiredTokenException" });
      await expect(withAssertion(arn, assertion(arn), `${provider}x`)).rejects.toMatchObject({
        name: "InvalidIdentityTokenException",
      });
    });
  });
});
