import { AccessAnalyzerClient, CreateAnalyzerCommand, DeleteAnalyzerCommand } from "@aws-sdk/client-accessanalyzer";
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  DeleteStackInstancesCommand,
  DescribeStackSetCommand,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudTrailClient,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  ConfigServiceClient,
  DeleteOrganizationConfigRuleCommand,
  DescribeOrganizationConfigRulesCommand,
  PutOrganizationConfigRuleCommand,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import {
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import {
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import * as org from "@aws-sdk/client-organizations";
import {
  DisableProfileCommand,
  DisableTrustAnchorCommand,
  EnableProfileCommand,
  EnableTrustAnchorCommand,
  ListProfilesCommand,
  ListTrustAnchorsCommand,
  RolesAnywhereClient,
  UpdateProfileCommand,
} from "@aws-sdk/client-rolesanywhere";
import {
  ConfirmSubscriptionCommand,
  GetTopicAttributesCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import * as sso from "@aws-sdk/client-sso-admin";
import { clientSettings, memberClientSettings } from "../../local/client-settings";
import type { LocalAws } from "../../local/runner";
import type { SectionName } from "../../modules/live/verify/claim";
import { topicArn } from "../../modules/sections/alarms/documents";
import type { Environment } from "../../modules/sections/environment";
import type { TargetState } from "../../modules/sections/target-state";

/** One thing that is not as planned, planted by API behind the baseline's back, and the claims that must fail of it: these and no others. */
export interface Lie {
  readonly name: string;
  readonly section: SectionName;
  /** Kinds of the claims that fail, sorted; none for a change that means nothing. */
  readonly kinds: readonly string[];
  /** In what is said of it. */
  readonly says: RegExp;
  /** Plants it; what is returned takes it away again. */
  readonly plant: () => Promise<() => Promise<unknown>>;
}

const MANAGEMENT = "111111111111";
const DEV = "555555555503";
const TOOLING = "222222222202";
const PAYMENTS = "444444444402";
const SHOP = "444444444403";
const ROLE = "SecurityBreakGlass";
const USER = "break-glass-1";
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const REGION = "eu-central-1";

const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const everything = policy({ Effect: "Allow", Action: "*", Resource: "*" });
const document = (text: string | undefined): { Statement: Record<string, unknown>[] } =>
  JSON.parse(text?.startsWith("%7B") ? decodeURIComponent(text) : (text ?? "{}")) as {
    Statement: Record<string, unknown>[];
  };

type ClientType<T> = new (settings: never) => T;

/** Every lie about an applied example, in the local AWS. */
export function liesAbout(local: LocalAws, environment: Environment, state: TargetState): readonly Lie[] {
  const clients = new Map<string, unknown>();
  const client = async <T>(Type: ClientType<T>, accountId = MANAGEMENT, region = REGION): Promise<T> => {
    const key = `${Type.name} ${accountId} ${region}`;
    const settings =
      accountId === MANAGEMENT
        ? clientSettings(local.endpoint, { region })
        : await memberClientSettings(local.endpoint, accountId, region);
    if (!clients.has(key)) clients.set(key, new Type(settings as never));
    return clients.get(key) as T;
  };
  const lies: Lie[] = [];
  const add =
    (section: SectionName) =>
    (name: string, kinds: readonly string[], says: RegExp, plant: Lie["plant"]): void =>
      void lies.push({ section, name, kinds, says, plant });
  const world = { local, environment, state, client };
  organizationLies(world, add("organization"));
  roleLies(world, add("break-glass"));
  userLies(world, add("break-glass"));
  stackSetLies(world, add("break-glass"));
  alarmLies(world, add("break-glass"));
  guardrailLies(world, add("guardrails"));
  identityCenterLies(world, add("identity-center"));
  workloadLies(world, add("workload-identity"));
  hygieneLies(world, add("credential-hygiene"));
  pipelineLies(world, add("pipeline"));
  return lies;
}

interface World {
  readonly local: LocalAws;
  readonly environment: Environment;
  readonly state: TargetState;
  readonly client: <T>(Type: ClientType<T>, accountId?: string, region?: string) => Promise<T>;
}
type Add = (name: string, kinds: readonly string[], says: RegExp, plant: Lie["plant"]) => void;

function organizationLies({ client, local }: World, lie: Add): void {
  const organizations = (): Promise<org.OrganizationsClient> => client(org.OrganizationsClient);
  const move = async (from: string, to: string): Promise<void> => {
    await (
      await organizations()
    ).send(new org.MoveAccountCommand({ AccountId: DEV, SourceParentId: from, DestinationParentId: to }));
    await local.idle();
  };
  lie("an account moved out of the OU whose SCPs bind it", ["places"], /shop-dev.*is in Infrastructure/, async () => {
    await move("ou-exmp-wrknprod", "ou-exmp-infrastr");
    return () => move("ou-exmp-infrastr", "ou-exmp-wrknprod");
  });
  lie("trusted access taken from a service", ["trusted-service"], /is off/, async () => {
    const aws = await organizations();
    const service = { ServicePrincipal: "access-analyzer.amazonaws.com" };
    await aws.send(new org.DisableAWSServiceAccessCommand(service));
    return () => aws.send(new org.EnableAWSServiceAccessCommand(service));
  });
  lie("a delegated administrator more", ["delegated-administrators"], /for guardduty.*not planned/, async () => {
    const aws = await organizations();
    const who = { AccountId: DEV, ServicePrincipal: "guardduty.amazonaws.com" };
    await aws.send(new org.EnableAWSServiceAccessCommand({ ServicePrincipal: who.ServicePrincipal }));
    await aws.send(new org.RegisterDelegatedAdministratorCommand(who));
    return async () => {
      await aws.send(new org.DeregisterDelegatedAdministratorCommand(who));
      await aws.send(new org.DisableAWSServiceAccessCommand({ ServicePrincipal: who.ServicePrincipal }));
    };
  });
  lie("a delegation policy that lets a member detach policies", ["delegation-policy"], /detachpolicy/, async () => {
    const aws = await organizations();
    const Content = policy({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${DEV}:root` },
      Action: "organizations:DetachPolicy",
      Resource: "*",
    });
    await aws.send(new org.PutResourcePolicyCommand({ Content }));
    return () => aws.send(new org.DeleteResourcePolicyCommand({}));
  });
  lie("an SCP of others detached", ["foreign-policies"], /approved-regions.*not attached/, async () => {
    const aws = await organizations();
    const what = { PolicyId: "p-exmpregion", TargetId: "ou-exmp-workload" };
    await aws.send(new org.DetachPolicyCommand(what));
    return () => aws.send(new org.AttachPolicyCommand(what));
  });
  lie(
    "an SCP of others that the proofs know nothing of",
    ["foreign-policies"],
    /by-hand.*facts do not show/,
    async () => {
      const aws = await organizations();
      const { Policy } = await aws.send(
        new org.CreatePolicyCommand({
          Name: "by-hand",
          Description: "",
          Type: "SERVICE_CONTROL_POLICY",
          Content: policy({ Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" }),
        }),
      );
      const what = { PolicyId: Policy?.PolicySummary?.Id, TargetId: "ou-exmp-sandbox1" };
      await aws.send(new org.AttachPolicyCommand(what));
      return async () => {
        await aws.send(new org.DetachPolicyCommand(what));
        await aws.send(new org.DeletePolicyCommand({ PolicyId: what.PolicyId }));
      };
    },
  );
  lie("an SCP of others with another content", ["foreign-policies"], /approved-regions/, async () => {
    const aws = await organizations();
    const PolicyId = "p-exmpregion";
    const { Policy } = await aws.send(new org.DescribePolicyCommand({ PolicyId }));
    await aws.send(
      new org.UpdatePolicyCommand({
        PolicyId,
        Content: policy({ Effect: "Deny", Action: "iam:PassRole", Resource: "*" }),
      }),
    );
    return () => aws.send(new org.UpdatePolicyCommand({ PolicyId, Content: Policy?.Content }));
  });
}

function roleLies({ client, state }: World, lie: Add): void {
  const trust = JSON.stringify(state.breakGlass.role.trust);
  const retrusted = (accountId: string, change: (statement: Record<string, unknown>) => unknown) => async () => {
    const aws = await client(iam.IAMClient, accountId);
    const planned = document(trust);
    const update = (text: string): Promise<unknown> =>
      aws.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: text }));
    const statements = planned.Statement.flatMap((one) => change(one) as object[]);
    await update(policy(...statements));
    return () => update(trust);
  };
  const conditions = (statement: Record<string, unknown>): Record<string, Record<string, unknown>> =>
    structuredClone(statement["Condition"]) as Record<string, Record<string, unknown>>;
  lie(
    "a foreign account in the trust of one account's role",
    ["role"],
    /trust policy allows what is not planned/,
    retrusted(DEV, (one) => [
      one,
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "sts:AssumeRole" },
    ]),
  );
  lie(
    "MFA of the trust made optional",
    ["role"],
    /trust policy/,
    retrusted(SHOP, (one) => {
      const { Bool, ...rest } = conditions(one);
      return [{ ...one, Condition: { ...rest, BoolIfExists: Bool } }];
    }),
  );
  lie(
    "a third user in the trust",
    ["role"],
    /trust policy allows/,
    retrusted(MANAGEMENT, (one) => {
      const all = conditions(one);
      const { "aws:PrincipalArn": arns } = all["ArnEquals"] as { "aws:PrincipalArn": string[] };
      return [{ ...one, Condition: { ...all, ArnEquals: { "aws:PrincipalArn": [...arns, `${arns[0]}-too`] } } }];
    }),
  );
  lie(
    "an old sign-in allowed by the trust",
    ["role"],
    /trust policy/,
    retrusted(DEV, (one) => [
      { ...one, Condition: { ...conditions(one), NumericLessThan: { "aws:MultiFactorAuthAge": "86400" } } },
    ]),
  );
  lie(
    "the trust written in another way: no lie",
    [],
    /^$/,
    retrusted(DEV, (one) => [
      {
        Principal: { AWS: [state.breakGlass.identity.homeAccountId] },
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Condition: one["Condition"],
      },
    ]),
  );
  lie("a policy more on the role", ["role"], /ReadOnlyAccess, which is not planned/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    const what = { RoleName: ROLE, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    await aws.send(new iam.AttachRolePolicyCommand(what));
    return () => aws.send(new iam.DetachRolePolicyCommand(what));
  });
  lie("an inline policy that denies on the role", ["role"], /inline policy brake/, async () => {
    const aws = await client(iam.IAMClient, PAYMENTS);
    const what = { RoleName: ROLE, PolicyName: "brake" };
    await aws.send(
      new iam.PutRolePolicyCommand({ ...what, PolicyDocument: policy({ Effect: "Deny", Action: "*", Resource: "*" }) }),
    );
    return () => aws.send(new iam.DeleteRolePolicyCommand(what));
  });
  lie("administrator access taken from the role", ["role"], /lacks .*AdministratorAccess/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    const what = { RoleName: ROLE, PolicyArn: ADMINISTRATOR };
    await aws.send(new iam.DetachRolePolicyCommand(what));
    return () => aws.send(new iam.AttachRolePolicyCommand(what));
  });
  lie("a permissions boundary on the role", ["role"], /permissions boundary is/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    await aws.send(
      new iam.PutRolePermissionsBoundaryCommand({
        RoleName: ROLE,
        PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
      }),
    );
    return () => aws.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: ROLE }));
  });
  lie("a longer session of the role", ["role"], /longest session/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    await aws.send(new iam.UpdateRoleCommand({ RoleName: ROLE, MaxSessionDuration: 43_200 }));
    return () => aws.send(new iam.UpdateRoleCommand({ RoleName: ROLE, MaxSessionDuration: 3_600 }));
  });
  lie("the role missing in one account", ["role"], /does not exist/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    const { Role } = await aws.send(new iam.GetRoleCommand({ RoleName: ROLE }));
    await aws.send(new iam.DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: ADMINISTRATOR }));
    await aws.send(new iam.DeleteRoleCommand({ RoleName: ROLE }));
    return async () => {
      await aws.send(
        new iam.CreateRoleCommand({
          RoleName: ROLE,
          AssumeRolePolicyDocument: trust,
          MaxSessionDuration: 3_600,
          Tags: Role?.Tags ?? [],
        }),
      );
      await aws.send(new iam.AttachRolePolicyCommand({ RoleName: ROLE, PolicyArn: ADMINISTRATOR }));
    };
  });
}

function userLies({ client }: World, lie: Add): void {
  const users = (): Promise<iam.IAMClient> => client(iam.IAMClient);
  const UserName = USER;
  lie("an access key of a break-glass user", ["user-keys"], /access key/, async () => {
    const aws = await users();
    const { AccessKey } = await aws.send(new iam.CreateAccessKeyCommand({ UserName }));
    return () => aws.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }));
  });
  lie("a user without MFA", ["user-mfa"], /no MFA device/, async () => {
    const aws = await users();
    const { MFADevices = [] } = await aws.send(new iam.ListMFADevicesCommand({ UserName }));
    const device = { UserName, SerialNumber: MFADevices[0]?.SerialNumber };
    await aws.send(new iam.DeactivateMFADeviceCommand(device));
    return () =>
      aws.send(
        new iam.EnableMFADeviceCommand({ ...device, AuthenticationCode1: "000000", AuthenticationCode2: "111111" }),
      );
  });
  lie("a user without a password", ["user-mfa"], /no password/, async () => {
    const aws = await users();
    await aws.send(new iam.DeleteLoginProfileCommand({ UserName }));
    return () => aws.send(new iam.CreateLoginProfileCommand({ UserName, Password: "A-password-0f-the-local-AWS" }));
  });
  lie("a policy more on a user", ["user"], /AdministratorAccess, which is not planned/, async () => {
    const aws = await users();
    const what = { UserName, PolicyArn: ADMINISTRATOR };
    await aws.send(new iam.AttachUserPolicyCommand(what));
    return () => aws.send(new iam.DetachUserPolicyCommand(what));
  });
  lie("a user's own policy changed", ["user"], /its policy break-glass/, async () => {
    const aws = await users();
    const what = { UserName, PolicyName: "break-glass" };
    const { PolicyDocument } = await aws.send(new iam.GetUserPolicyCommand(what));
    const planned = document(PolicyDocument);
    const changed = policy(...planned.Statement.filter((one) => one["Sid"] !== "NothingElseWithoutMfa"));
    await aws.send(new iam.PutUserPolicyCommand({ ...what, PolicyDocument: changed }));
    return () => aws.send(new iam.PutUserPolicyCommand({ ...what, PolicyDocument: JSON.stringify(planned) }));
  });
  lie("a user in a group", ["user"], /is in group/, async () => {
    const aws = await users();
    const what = { UserName, GroupName: "admins" };
    await aws.send(new iam.CreateGroupCommand({ GroupName: what.GroupName }));
    await aws.send(new iam.AddUserToGroupCommand(what));
    return async () => {
      await aws.send(new iam.RemoveUserFromGroupCommand(what));
      await aws.send(new iam.DeleteGroupCommand({ GroupName: what.GroupName }));
    };
  });
  lie("a user more below the path", ["users"], /break-glass-9/, async () => {
    const aws = await users();
    await aws.send(new iam.CreateUserCommand({ UserName: "break-glass-9", Path: "/break-glass/" }));
    return () => aws.send(new iam.DeleteUserCommand({ UserName: "break-glass-9" }));
  });
}

function stackSetLies({ client, local }: World, lie: Add): void {
  const StackSetName = "keyless-break-glass-role";
  const of = {
    StackSetName,
    DeploymentTargets: {
      OrganizationalUnitIds: ["r-exmp"],
      Accounts: [DEV],
      AccountFilterType: "INTERSECTION" as const,
    },
    Regions: [REGION],
  };
  lie(
    "an instance of the StackSet gone, its role left behind",
    ["stack-instances"],
    new RegExp(`no instance in ${DEV}`),
    async () => {
      const aws = await client(CloudFormationClient);
      await aws.send(new DeleteStackInstancesCommand({ ...of, RetainStacks: true }));
      await local.idle();
      const role = await client(iam.IAMClient, DEV);
      return async () => {
        await role.send(new iam.DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: ADMINISTRATOR }));
        await role.send(new iam.DeleteRoleCommand({ RoleName: ROLE }));
        await aws.send(new CreateStackInstancesCommand(of));
        await local.idle();
      };
    },
  );
  lie("an instance that failed", ["stack-instances"], new RegExp(`${DEV} ${REGION} is FAILED`), async () => {
    const aws = await client(CloudFormationClient);
    await aws.send(new DeleteStackInstancesCommand({ ...of, RetainStacks: true }));
    await local.idle();
    await aws.send(
      new CreateStackInstancesCommand({ ...of, OperationPreferences: { FailureTolerancePercentage: 100 } }),
    );
    await local.idle();
    const role = await client(iam.IAMClient, DEV);
    return async () => {
      await role.send(new iam.DetachRolePolicyCommand({ RoleName: ROLE, PolicyArn: ADMINISTRATOR }));
      await role.send(new iam.DeleteRoleCommand({ RoleName: ROLE }));
      await aws.send(new CreateStackInstancesCommand(of));
      await local.idle();
    };
  });
  lie("no deployment to accounts that join", ["stack-set"], /automatic deployment/, async () => {
    const aws = await client(CloudFormationClient);
    const { StackSet } = await aws.send(new DescribeStackSetCommand({ StackSetName }));
    const update = async (Enabled: boolean): Promise<void> => {
      await aws.send(
        new UpdateStackSetCommand({
          StackSetName,
          TemplateBody: StackSet?.TemplateBody,
          Capabilities: ["CAPABILITY_NAMED_IAM"],
          PermissionModel: "SERVICE_MANAGED",
          AutoDeployment: Enabled
            ? { Enabled, RetainStacksOnAccountRemoval: StackSet?.AutoDeployment?.RetainStacksOnAccountRemoval ?? false }
            : { Enabled },
        }),
      );
      await local.idle();
    };
    await update(false);
    return () => update(true);
  });
}

function alarmLies({ client, state }: World, lie: Add): void {
  const { hub } = state.breakGlass.alarms;
  const TopicArn = topicArn(hub);
  const name = `${hub.name}-assumerole`;
  const [email = ""] = hub.subscribers.emails;
  const WEST = "us-west-2";
  const events = (region: string): Promise<EventBridgeClient> => client(EventBridgeClient, MANAGEMENT, region);
  const subscribe = async (confirmed: boolean, Endpoint = email): Promise<string> => {
    const aws = await client(SNSClient);
    const { SubscriptionArn } = await aws.send(
      new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint, ReturnSubscriptionArn: true }),
    );
    if (confirmed) await aws.send(new ConfirmSubscriptionCommand({ TopicArn, Token: SubscriptionArn }));
    return SubscriptionArn ?? "";
  };
  const unsubscribe = async (SubscriptionArn: string): Promise<unknown> =>
    (await client(SNSClient)).send(new UnsubscribeCommand({ SubscriptionArn }));
  lie("a rule deleted in one region", ["forwarder-rule"], /does not exist/, async () => {
    const aws = await events(WEST);
    const { EventPattern } = await aws.send(new DescribeRuleCommand({ Name: name }));
    const { Targets = [] } = await aws.send(new ListTargetsByRuleCommand({ Rule: name }));
    await aws.send(new RemoveTargetsCommand({ Rule: name, Ids: Targets.map((one) => one.Id ?? "") }));
    await aws.send(new DeleteRuleCommand({ Name: name }));
    return async () => {
      await aws.send(new PutRuleCommand({ Name: name, EventPattern, State: "ENABLED" }));
      await aws.send(new PutTargetsCommand({ Rule: name, Targets }));
    };
  });
  lie("a rule disabled in one region", ["forwarder-rule"], /DISABLED/, async () => {
    const aws = await events(WEST);
    await aws.send(new DisableRuleCommand({ Name: name }));
    return () => aws.send(new EnableRuleCommand({ Name: name }));
  });
  lie("a rule that looks out for something else", ["forwarder-rule"], /event pattern/, async () => {
    const aws = await events(WEST);
    const { EventPattern } = await aws.send(new DescribeRuleCommand({ Name: name }));
    const put = (text: string | undefined): Promise<unknown> =>
      aws.send(new PutRuleCommand({ Name: name, EventPattern: text, State: "ENABLED" }));
    await put(EventPattern?.replace(ROLE, "AnotherRole"));
    return () => put(EventPattern);
  });
  lie("a rule that forwards to nobody", ["forwarder-rule"], /lacks/, async () => {
    const aws = await events(REGION);
    const { Targets = [] } = await aws.send(new ListTargetsByRuleCommand({ Rule: name }));
    await aws.send(new RemoveTargetsCommand({ Rule: name, Ids: Targets.map((one) => one.Id ?? "") }));
    return () => aws.send(new PutTargetsCommand({ Rule: name, Targets }));
  });
  lie("the hub's rule disabled", ["alarm-rule"], /DISABLED/, async () => {
    const aws = await events(hub.region);
    const what = { Name: hub.name, EventBusName: hub.name };
    await aws.send(new DisableRuleCommand(what));
    return () => aws.send(new EnableRuleCommand(what));
  });
  lie("a bus that others may put events on", ["alarm-bus"], /policy of the bus/, async () => {
    const aws = await events(hub.region);
    const { Policy } = await aws.send(new DescribeEventBusCommand({ Name: hub.name }));
    const put = (text: string | undefined): Promise<unknown> =>
      aws.send(new PutPermissionCommand({ EventBusName: hub.name, Policy: text }));
    const { Statement } = document(Policy);
    await put(policy(...Statement.map(({ Condition: _, ...open }) => open)));
    return () => put(Policy);
  });
  lie("a subscription gone", ["subscription"], /no such subscription/, async () => {
    await unsubscribe(await subscribe(true));
    return () => subscribe(true);
  });
  lie("a subscription that nobody has confirmed", ["subscription"], /not confirmed/, async () => {
    await unsubscribe(await subscribe(true));
    const arn = await subscribe(false);
    return async () => (await client(SNSClient)).send(new ConfirmSubscriptionCommand({ TopicArn, Token: arn }));
  });
  lie("a subscription that filters every alarm out", ["subscription"], /filter policy/, async () => {
    const arn = await subscribe(true);
    const aws = await client(SNSClient);
    const set = (AttributeValue: string): Promise<unknown> =>
      aws.send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName: "FilterPolicy", AttributeValue }),
      );
    await set('{"no":["such"]}');
    return async () => {
      await unsubscribe(arn);
      await subscribe(true);
    };
  });
  lie("a stranger who hears the alarms", ["subscriptions"], /stranger@example.com/, async () => {
    const arn = await subscribe(true, "stranger@example.com");
    return () => unsubscribe(arn);
  });
  lie("a topic that EventBridge may not publish to", ["alarm-topic"], /policy of the topic/, async () => {
    const aws = await client(SNSClient);
    const { Attributes } = await aws.send(new GetTopicAttributesCommand({ TopicArn }));
    const set = (AttributeValue: string | undefined): Promise<unknown> =>
      aws.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
    await set(policy(...document(Attributes?.["Policy"]).Statement.filter((one) => one["Effect"] === "Deny")));
    return () => set(Attributes?.["Policy"]);
  });
  lie("the topic's key disabled", ["alarm-topic"], /state of the key/, async () => {
    const aws = await client(KMSClient);
    const { Attributes } = await (await client(SNSClient)).send(new GetTopicAttributesCommand({ TopicArn }));
    const KeyId = Attributes?.["KmsMasterKeyId"]?.split("/").pop();
    await aws.send(new DisableKeyCommand({ KeyId }));
    return () => aws.send(new EnableKeyCommand({ KeyId }));
  });
  lie("a key that does not let EventBridge encrypt", ["alarm-topic"], /policy of the key/, async () => {
    const aws = await client(KMSClient);
    const { Attributes } = await (await client(SNSClient)).send(new GetTopicAttributesCommand({ TopicArn }));
    const what = { KeyId: Attributes?.["KmsMasterKeyId"], PolicyName: "default" };
    const { Policy } = await aws.send(new GetKeyPolicyCommand(what));
    const { Statement } = document(Policy);
    await aws.send(
      new PutKeyPolicyCommand({
        ...what,
        Policy: policy(...Statement.filter((one) => one["Sid"] !== "EventBridgeEncryptsForTopic")),
      }),
    );
    return () => aws.send(new PutKeyPolicyCommand({ ...what, Policy }));
  });
  lie("a forwarder's role that may not forward", ["forwarder-role"], /lacks inline policy put-on-bus/, async () => {
    const aws = await client(iam.IAMClient);
    const what = { RoleName: hub.forwarderRoleName, PolicyName: "put-on-bus" };
    const { PolicyDocument } = await aws.send(new iam.GetRolePolicyCommand(what));
    await aws.send(new iam.DeleteRolePolicyCommand(what));
    return () =>
      aws.send(new iam.PutRolePolicyCommand({ ...what, PolicyDocument: JSON.stringify(document(PolicyDocument)) }));
  });
  lie("a trail that is stopped", ["trail"], /multi-region and logs/, async () => {
    const aws = await client(CloudTrailClient);
    await aws.send(new StopLoggingCommand({ Name: "organization-trail" }));
    return () => aws.send(new StartLoggingCommand({ Name: "organization-trail" }));
  });
  lie("a trail of write events alone", ["trail"], /read-only ones/, async () => {
    const aws = await client(CloudTrailClient);
    const put = (ReadWriteType: "All" | "WriteOnly"): Promise<unknown> =>
      aws.send(
        new PutEventSelectorsCommand({
          TrailName: "organization-trail",
          EventSelectors: [{ ReadWriteType, IncludeManagementEvents: true }],
        }),
      );
    await put("WriteOnly");
    return () => put("All");
  });
}

function guardrailLies({ client, state }: World, lie: Add): void {
  const planned = state.guardrails.policies.find((one) => one.guardrails.includes("protect-break-glass"))!;
  const [first] = planned.attachments;
  const organizations = (): Promise<org.OrganizationsClient> => client(org.OrganizationsClient);
  const idOf = async (): Promise<string> => {
    const { Policies = [] } = await (
      await organizations()
    ).send(new org.ListPoliciesCommand({ Filter: "SERVICE_CONTROL_POLICY" }));
    return Policies.find((one) => one.Name === planned.name)?.Id ?? "";
  };
  const rewritten = (change: (statements: readonly Record<string, unknown>[]) => string) => async () => {
    const aws = await organizations();
    const PolicyId = await idOf();
    const { Policy } = await aws.send(new org.DescribePolicyCommand({ PolicyId }));
    await aws.send(new org.UpdatePolicyCommand({ PolicyId, Content: change(document(Policy?.Content).Statement) }));
    return () => aws.send(new org.UpdatePolicyCommand({ PolicyId, Content: Policy?.Content }));
  };
  lie("an SCP detached", ["attachment"], /not attached there/, async () => {
    const aws = await organizations();
    const what = { PolicyId: await idOf(), TargetId: first?.id };
    await aws.send(new org.DetachPolicyCommand(what));
    return () => aws.send(new org.AttachPolicyCommand(what));
  });
  lie("an SCP attached somewhere else as well", ["attachments"], /ou-exmp-sandbox1.*not planned/, async () => {
    const aws = await organizations();
    const what = { PolicyId: await idOf(), TargetId: "ou-exmp-sandbox1" };
    await aws.send(new org.AttachPolicyCommand(what));
    return () => aws.send(new org.DetachPolicyCommand(what));
  });
  lie(
    "an SCP without one of its statements",
    ["policy"],
    /allows what is not planned/,
    rewritten((all) => policy(...all.slice(1))),
  );
  lie(
    "an SCP that spares one more principal",
    ["policy"],
    /the document/,
    rewritten((all) =>
      policy(
        ...all.map((one, index) =>
          index > 0
            ? one
            : {
                ...one,
                Condition: {
                  ...(one["Condition"] as object | undefined),
                  StringNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/backdoor" },
                },
              },
        ),
      ),
    ),
  );
  lie(
    "an SCP in another order: no lie",
    [],
    /^$/,
    rewritten((all) => policy(...[...all].reverse())),
  );
  lie("the tag of an SCP gone", ["policy"], /tag/, async () => {
    const aws = await organizations();
    const ResourceId = await idOf();
    const { Tags = [] } = await aws.send(new org.ListTagsForResourceCommand({ ResourceId }));
    await aws.send(new org.UntagResourceCommand({ ResourceId, TagKeys: Tags.map((tag) => tag.Key ?? "") }));
    return () => aws.send(new org.TagResourceCommand({ ResourceId, Tags }));
  });
  lie("an SCP more with our tag", ["other-policies"], /keyless-more/, async () => {
    const aws = await organizations();
    const { Tags = [] } = await aws.send(new org.ListTagsForResourceCommand({ ResourceId: await idOf() }));
    const { Policy } = await aws.send(
      new org.CreatePolicyCommand({
        Name: "keyless-more",
        Description: "",
        Type: "SERVICE_CONTROL_POLICY",
        Content: everything,
        Tags,
      }),
    );
    return () => aws.send(new org.DeletePolicyCommand({ PolicyId: Policy?.PolicySummary?.Id }));
  });
  lie("centralized root access off", ["root-access"], /off/, async () => {
    const aws = await client(iam.IAMClient);
    await aws.send(new iam.DisableOrganizationsRootSessionsCommand({}));
    return () => aws.send(new iam.EnableOrganizationsRootSessionsCommand({}));
  });
}

function identityCenterLies({ client, state }: World, lie: Add): void {
  const { instanceArn: InstanceArn } = state.identityCenter!;
  const admin = (): Promise<sso.SSOAdminClient> => client(sso.SSOAdminClient);
  const arnOf = async (name: string): Promise<string> => {
    const aws = await admin();
    const { PermissionSets = [] } = await aws.send(new sso.ListPermissionSetsCommand({ InstanceArn }));
    for (const PermissionSetArn of PermissionSets) {
      const { PermissionSet } = await aws.send(new sso.DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }));
      if (PermissionSet?.Name === name) return PermissionSetArn;
    }
    throw new Error(`there is no permission set ${name}`);
  };
  const provision = async (PermissionSetArn: string): Promise<unknown> =>
    (await admin()).send(
      new sso.ProvisionPermissionSetCommand({ InstanceArn, PermissionSetArn, TargetType: "ALL_PROVISIONED_ACCOUNTS" }),
    );
  /** A change of a set by hand, provisioned, and undone. */
  const changed =
    (
      name: string,
      change: (
        on: { InstanceArn: string; PermissionSetArn: string },
        aws: sso.SSOAdminClient,
      ) => Promise<() => Promise<unknown>>,
    ) =>
    async () => {
      const on = { InstanceArn, PermissionSetArn: await arnOf(name) };
      const undo = await change(on, await admin());
      await provision(on.PermissionSetArn);
      return async () => {
        await undo();
        await provision(on.PermissionSetArn);
      };
    };
  const assignment = async (name: string, PrincipalId: string, TargetId: string) =>
    ({
      InstanceArn,
      PermissionSetArn: await arnOf(name),
      PrincipalId,
      TargetId,
      PrincipalType: "GROUP",
      TargetType: "AWS_ACCOUNT",
    }) as const;
  const SHOP_GROUP = state
    .identityCenter!.shards.flatMap((shard) => shard.permissionSets)
    .find((set) => set.name === "Developer")!
    .assignments.find((one) => one.group === "Shop")!.groupId!;
  lie("an assignment of our set, made by hand", ["assignments"], /assigned to group Shop in sandbox-1/, async () => {
    const aws = await admin();
    const what = await assignment("AdministratorAccess", SHOP_GROUP, "666666666601");
    await aws.send(new sso.CreateAccountAssignmentCommand(what));
    return () => aws.send(new sso.DeleteAccountAssignmentCommand(what));
  });
  lie("an assignment gone", ["assignments"], /no assignment to Shop/, async () => {
    const aws = await admin();
    const what = await assignment("Developer", SHOP_GROUP, SHOP);
    await aws.send(new sso.DeleteAccountAssignmentCommand(what));
    return () => aws.send(new sso.CreateAccountAssignmentCommand(what));
  });
  lie("an administrator by a set that is not ours", ["other-administrators"], /Shadow in 1 account/, async () => {
    const aws = await admin();
    const { PermissionSet } = await aws.send(new sso.CreatePermissionSetCommand({ InstanceArn, Name: "Shadow" }));
    const on = { InstanceArn, PermissionSetArn: PermissionSet?.PermissionSetArn ?? "" };
    await aws.send(new sso.AttachManagedPolicyToPermissionSetCommand({ ...on, ManagedPolicyArn: ADMINISTRATOR }));
    const what = await assignment("Shadow", SHOP_GROUP, DEV);
    await aws.send(new sso.CreateAccountAssignmentCommand(what));
    return async () => {
      await aws.send(new sso.DeleteAccountAssignmentCommand(what));
      await aws.send(new sso.DetachManagedPolicyFromPermissionSetCommand({ ...on, ManagedPolicyArn: ADMINISTRATOR }));
      await aws.send(new sso.DeletePermissionSetCommand(on));
    };
  });
  lie(
    "a policy more in a set",
    ["permission-set"],
    /IAMFullAccess, which is not planned/,
    changed("ReadOnly", async (on, aws) => {
      const what = { ...on, ManagedPolicyArn: "arn:aws:iam::aws:policy/IAMFullAccess" };
      await aws.send(new sso.AttachManagedPolicyToPermissionSetCommand(what));
      return () => aws.send(new sso.DetachManagedPolicyFromPermissionSetCommand(what));
    }),
  );
  lie(
    "a longer session of a set",
    ["permission-set"],
    /session is PT12H/,
    changed("ReadOnly", async (on, aws) => {
      await aws.send(new sso.UpdatePermissionSetCommand({ ...on, SessionDuration: "PT12H" }));
      return () => aws.send(new sso.UpdatePermissionSetCommand({ ...on, SessionDuration: "PT8H" }));
    }),
  );
  lie(
    "an inline policy of a set without its denial",
    ["permission-set"],
    /inline policy/,
    changed("Developer", async (on, aws) => {
      const { InlinePolicy } = await aws.send(new sso.GetInlinePolicyForPermissionSetCommand(on));
      await aws.send(new sso.PutInlinePolicyToPermissionSetCommand({ ...on, InlinePolicy: everything }));
      return () => aws.send(new sso.PutInlinePolicyToPermissionSetCommand({ ...on, InlinePolicy }));
    }),
  );
  lie(
    "the boundary of a set gone",
    ["permission-set"],
    /permissions boundary is not set/,
    changed("SecurityAudit", async (on, aws) => {
      await aws.send(new sso.DeletePermissionsBoundaryFromPermissionSetCommand(on));
      return () =>
        aws.send(
          new sso.PutPermissionsBoundaryToPermissionSetCommand({
            ...on,
            PermissionsBoundary: { ManagedPolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
          }),
        );
    }),
  );
  lie("a set that accounts have an older version of", ["permission-set"], /older version/, async () => {
    const aws = await admin();
    const PermissionSetArn = await arnOf("ReadOnly");
    await aws.send(new sso.UpdatePermissionSetCommand({ InstanceArn, PermissionSetArn, SessionDuration: "PT8H" }));
    return () => provision(PermissionSetArn);
  });
}

function workloadLies({ client, state }: World, lie: Add): void {
  const anchor = async (): Promise<{ aws: RolesAnywhereClient; id: { trustAnchorId: string } }> => {
    const aws = await client(RolesAnywhereClient, PAYMENTS);
    const { trustAnchors = [] } = await aws.send(new ListTrustAnchorsCommand({}));
    return { aws, id: { trustAnchorId: trustAnchors[0]?.trustAnchorId ?? "" } };
  };
  const profile = async () => {
    const aws = await client(RolesAnywhereClient, PAYMENTS);
    const { profiles = [] } = await aws.send(new ListProfilesCommand({}));
    return { aws, profileId: profiles[0]?.profileId ?? "", roleArns: profiles[0]?.roleArns ?? [] };
  };
  lie("a trust anchor disabled", ["trust-anchor"], /enabled is false/, async () => {
    const { aws, id } = await anchor();
    await aws.send(new DisableTrustAnchorCommand(id));
    return () => aws.send(new EnableTrustAnchorCommand(id));
  });
  lie("a profile disabled", ["profile"], /enabled is false/, async () => {
    const { aws, profileId } = await profile();
    await aws.send(new DisableProfileCommand({ profileId }));
    return () => aws.send(new EnableProfileCommand({ profileId }));
  });
  lie("a profile that gives another role out as well", ["profile"], new RegExp(ROLE), async () => {
    const { aws, profileId, roleArns } = await profile();
    await aws.send(
      new UpdateProfileCommand({ profileId, roleArns: [...roleArns, `arn:aws:iam::${PAYMENTS}:role/${ROLE}`] }),
    );
    return () => aws.send(new UpdateProfileCommand({ profileId, roleArns }));
  });
  lie("a profile of longer sessions", ["profile"], /session in seconds/, async () => {
    const { aws, profileId } = await profile();
    await aws.send(new UpdateProfileCommand({ profileId, durationSeconds: 43_200 }));
    return () => aws.send(new UpdateProfileCommand({ profileId, durationSeconds: 1_800 }));
  });
  const OpenIDConnectProviderArn = `arn:aws:iam::${SHOP}:oidc-provider/token.actions.githubusercontent.com`;
  lie("an audience more of an OIDC provider", ["oidc-provider"], /another-audience/, async () => {
    const aws = await client(iam.IAMClient, SHOP);
    const { ClientIDList = [] } = await aws.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    const make = async (audiences: string[]): Promise<void> => {
      await aws.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
      await aws.send(
        new iam.CreateOpenIDConnectProviderCommand({
          Url: "https://token.actions.githubusercontent.com",
          ClientIDList: audiences,
          ThumbprintList: ["c".repeat(40)],
        }),
      );
    };
    await make([...ClientIDList, "another-audience"]);
    return () => make(ClientIDList);
  });
  lie("certificates of an OIDC provider pinned by hand", ["oidc-provider"], /pinned by hand/, async () => {
    const aws = await client(iam.IAMClient, SHOP);
    const set = (ThumbprintList: string[]): Promise<unknown> =>
      aws.send(new iam.UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }));
    const { ThumbprintList = [] } = await aws.send(
      new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
    );
    await set(["a".repeat(40), "b".repeat(40)]);
    return () => set(ThumbprintList.length > 0 ? ThumbprintList : ["c".repeat(40)]);
  });
  lie("a workload's role that any branch may assume", ["role"], /trust policy allows what is not planned/, async () => {
    const aws = await client(iam.IAMClient, SHOP);
    const RoleName = state
      .workloadIdentity!.stacks.flatMap((stack) => stack.oidcRoles)
      .find(({ role }) => role.workload === "shop-deploy")!.role.name;
    const { Role } = await aws.send(new iam.GetRoleCommand({ RoleName }));
    const planned = document(Role?.AssumeRolePolicyDocument);
    const put = (text: string): Promise<unknown> =>
      aws.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: text }));
    await put(JSON.stringify(planned).replace("environment:production", "*").replaceAll("StringEquals", "StringLike"));
    return () => put(JSON.stringify(planned));
  });
}

function hygieneLies({ client }: World, lie: Add): void {
  const config = (): Promise<ConfigServiceClient> => client(ConfigServiceClient, TOOLING);
  const first = async () => {
    const aws = await config();
    const { OrganizationConfigRules = [] } = await aws.send(new DescribeOrganizationConfigRulesCommand({}));
    const rule = OrganizationConfigRules[0]!;
    const put = (InputParameters: string | undefined): Promise<unknown> =>
      aws.send(
        new PutOrganizationConfigRuleCommand({
          OrganizationConfigRuleName: rule.OrganizationConfigRuleName,
          OrganizationManagedRuleMetadata: {
            ...rule.OrganizationManagedRuleMetadata,
            RuleIdentifier: rule.OrganizationManagedRuleMetadata?.RuleIdentifier,
            InputParameters,
          },
          ExcludedAccounts: rule.ExcludedAccounts,
        }),
      );
    return { aws, rule, put };
  };
  lie("a Config rule deleted", ["config-rule", "config-rule-accounts"], /no organization rule/, async () => {
    const { aws, rule, put } = await first();
    const { OrganizationConfigRuleName } = rule;
    await aws.send(new DeleteOrganizationConfigRuleCommand({ OrganizationConfigRuleName }));
    return () => put(rule.OrganizationManagedRuleMetadata?.InputParameters);
  });
  lie("a Config rule with other parameters", ["config-rule"], /parameters are others/, async () => {
    const { rule, put } = await first();
    await put('{"maxCredentialUsageAge":"3650"}');
    return () => put(rule.OrganizationManagedRuleMetadata?.InputParameters);
  });
  lie("a recorder stopped in one account", ["recorder"], /is stopped/, async () => {
    const aws = await client(ConfigServiceClient, DEV);
    await aws.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }));
    return () => aws.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }));
  });
  lie("the analyzer gone", ["analyzer"], /no analyzer/, async () => {
    const aws = await client(AccessAnalyzerClient, TOOLING);
    const [analyzerName, maxUnusedDays] = ["keyless-unused-access", 45];
    await aws.send(new DeleteAnalyzerCommand({ analyzerName }));
    return () =>
      aws.send(
        new CreateAnalyzerCommand({
          analyzerName,
          type: "ORGANIZATION_UNUSED_ACCESS",
          configuration: { unusedAccess: { unusedAccessAge: maxUnusedDays } },
        }),
      );
  });
}

function pipelineLies({ client, state }: World, lie: Add): void {
  const pipeline = state.pipeline!;
  lie(
    "a pipeline's role that another repository may assume",
    ["role"],
    /trust policy allows what is not planned/,
    async () => {
      const aws = await client(iam.IAMClient);
      const RoleName = pipeline.plan.role.name;
      const { Role } = await aws.send(new iam.GetRoleCommand({ RoleName }));
      const planned = document(Role?.AssumeRolePolicyDocument);
      const put = (text: string): Promise<unknown> =>
        aws.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: text }));
      const { Sid: _, ...more } = planned.Statement[0]!;
      await put(
        policy(
          ...planned.Statement,
          JSON.parse(JSON.stringify(more).replaceAll("repo:example/", "repo:stranger/")) as object,
        ),
      );
      return () => put(JSON.stringify(planned));
    },
  );
  lie(
    "administrator access for the pipeline's role",
    ["role"],
    /AdministratorAccess, which is not planned/,
    async () => {
      const aws = await client(iam.IAMClient);
      const what = { RoleName: pipeline.plan.role.name, PolicyArn: ADMINISTRATOR };
      await aws.send(new iam.AttachRolePolicyCommand(what));
      return () => aws.send(new iam.DetachRolePolicyCommand(what));
    },
  );
  lie("another version of a pipeline's policy", ["policy"], /the document/, async () => {
    const aws = await client(iam.IAMClient);
    const PolicyArn = `arn:aws:iam::${MANAGEMENT}:policy/${pipeline.plan.policies[0]!.name}`;
    const { Policy } = await aws.send(new iam.GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await aws.send(
      new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: everything, SetAsDefault: true }),
    );
    return async () => {
      await aws.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
      await aws.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: PolicyVersion?.VersionId }));
    };
  });
  lie("the role that plans a member with, allowed to write in one account", ["role"], /inline policy/, async () => {
    const aws = await client(iam.IAMClient, DEV);
    const what = { RoleName: pipeline.memberPlan.name, PolicyName: pipeline.memberPlan.policyName };
    const { PolicyDocument } = await aws.send(new iam.GetRolePolicyCommand(what));
    await aws.send(new iam.PutRolePolicyCommand({ ...what, PolicyDocument: everything }));
    return () =>
      aws.send(new iam.PutRolePolicyCommand({ ...what, PolicyDocument: JSON.stringify(document(PolicyDocument)) }));
  });
}
