import { AccessAnalyzerClient, GetAnalyzerCommand } from "@aws-sdk/client-accessanalyzer";
import { CloudFormationClient, DescribeStackSetCommand } from "@aws-sdk/client-cloudformation";
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListTagsForResourceCommand as ListBusTags,
} from "@aws-sdk/client-eventbridge";
import {
  GetLoginProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListAliases,
  paginateListKeys,
} from "@aws-sdk/client-kms";
import {
  OrganizationsClient,
  paginateListPolicies,
  paginateListTagsForResource,
  paginateListTargetsForPolicy,
  PolicyType,
} from "@aws-sdk/client-organizations";
import {
  ListTagsForResourceCommand as ListAnchorTags,
  paginateListProfiles,
  paginateListTrustAnchors,
  RolesAnywhereClient,
} from "@aws-sdk/client-rolesanywhere";
import { GetGroupIdCommand, IdentitystoreClient } from "@aws-sdk/client-identitystore";
import { GetTopicAttributesCommand, ListTagsForResourceCommand as ListTopicTags, SNSClient } from "@aws-sdk/client-sns";
import {
  DescribeInstanceAccessControlAttributeConfigurationCommand,
  DescribePermissionSetCommand,
  paginateListAccountAssignments,
  paginateListCustomerManagedPolicyReferencesInPermissionSet,
  paginateListManagedPoliciesInPermissionSet,
  paginateListPermissionSets,
  paginateListTagsForResource as paginateSetTags,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { AwsFailure, isDenied, unless } from "../../aws/failure";
import { awsClient, AwsSession } from "../../aws/session";
import { BaselineError } from "../../kernel/errors";
import { listed } from "../../kernel/words";
import { ENVIRONMENT_TAG, STACK_TAG } from "../../config/settings";
import { Attributes, block, text } from "../../terraform/stack-plan";

/** Where a resource of a plan is looked for, and whose it has to be. */
export interface Surroundings {
  readonly session: AwsSession;
  readonly accountId: string;
  readonly region: string;
  /** Value of our tag. */
  readonly environment: string;
  /** Name of the stack that plans it. */
  readonly stack: string;
}

export type Found =
  /** It is there and it is ours. */
  | { readonly importId: string }
  /** It is there, and nothing shows that it is ours; with the id by which a person may import it, where it may well be. */
  | { readonly stranger: string; readonly maybe?: string };

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}
type Tags = Readonly<Record<string, string | undefined>> | readonly Tag[];
type Finder = (after: Attributes, at: Surroundings) => Promise<Found | undefined>;

/** What AWS answers when there is no such thing. */
const ABSENT = /^(NoSuchEntity|ResourceNotFound|NotFound|StackSetNotFound|PolicyNotFound)/;

async function present<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsFailure && (ABSENT.test(error.code) || ABSENT.test(error.cause.name))) return undefined;
    throw error;
  }
}

function tagValue(tags: Tags | undefined, key: string): string | undefined {
  if (tags === undefined) return undefined;
  if (isTagList(tags)) return tags.find((tag) => tag.Key === key)?.Value;
  return tags[key];
}

function isTagList(tags: Tags): tags is readonly Tag[] {
  return Array.isArray(tags);
}

/**
 * Ours is what has both tags that every stack sets. What another stack of the environment holds would be in two states, and the next apply of
 * either could delete it.
 */
function judged(tags: Tags | undefined, at: Surroundings, importId: string, name: string): Found {
  for (const [key, wanted] of [
    [ENVIRONMENT_TAG, at.environment],
    [STACK_TAG, at.stack],
  ] as const) {
    const value = tagValue(tags, key);
    if (value === undefined) return { stranger: `${name} has no tag ${key}` };
    if (value !== wanted)
      return {
        stranger: `${name} has the tag ${key}=${value}, not ${wanted}${key === STACK_TAG ? ": it is of another stack, and moves with moves.yaml" : ""}`,
      };
  }
  return { importId };
}

async function policyTags(client: OrganizationsClient, id: string): Promise<Tags> {
  const tags: Tag[] = [];
  for await (const page of paginateListTagsForResource({ client }, { ResourceId: id })) tags.push(...(page.Tags ?? []));
  return tags;
}

async function permissionSetTags(client: SSOAdminClient, instance: string, arn: string): Promise<Tags> {
  const tags: Tag[] = [];
  for await (const page of paginateSetTags({ client }, { InstanceArn: instance, ResourceArn: arn }))
    tags.push(...(page.Tags ?? []));
  return tags;
}

/** What hangs on a permission set is ours when the set is. */
async function onPermissionSet(
  after: Attributes,
  at: Surroundings,
  find: (client: SSOAdminClient, instance: string, set: string) => Promise<string | undefined>,
): Promise<Found | undefined> {
  const [instance, set] = [text(after, "instance_arn"), text(after, "permission_set_arn")];
  if (instance === undefined || set === undefined) return undefined;
  const client = awsClient(SSOAdminClient, at.session);
  const importId = await present(find(client, instance, set));
  return importId === undefined ? undefined : judged(await permissionSetTags(client, instance, set), at, importId, set);
}

/**
 * How each type is found by the identity that the plan gives it. Only types whose creation fails, or doubles, when the thing is there
 * already: what AWS puts (inline policies, rules, targets, bus and topic policies, organization Config rules) is made again as it is.
 */
const FINDERS: Readonly<Record<string, Finder>> = {
  aws_organizations_policy: async (after, at) => {
    const client = awsClient(OrganizationsClient, at.session);
    for await (const { Policies = [] } of paginateListPolicies(
      { client },
      { Filter: text(after, "type") as PolicyType },
    ))
      for (const { Id, Name } of Policies)
        if (Id !== undefined && Name === text(after, "name"))
          return judged(await policyTags(client, Id), at, Id, `policy ${Id} (${Name})`);
    return undefined;
  },
  aws_organizations_policy_attachment: async (after, at) => {
    const [policy, target] = [text(after, "policy_id"), text(after, "target_id")];
    if (policy === undefined || target === undefined) return undefined;
    const client = awsClient(OrganizationsClient, at.session);
    for await (const { Targets = [] } of paginateListTargetsForPolicy({ client }, { PolicyId: policy }))
      if (Targets.some(({ TargetId }) => TargetId === target))
        return judged(await policyTags(client, policy), at, `${target}:${policy}`, `policy ${policy}`);
    return undefined;
  },
  aws_iam_role: async (after, at) => {
    const name = text(after, "name") ?? "";
    const found = await present(awsClient(IAMClient, at.session).send(new GetRoleCommand({ RoleName: name })));
    return found && judged(found.Role?.Tags, at, name, `role ${name}`);
  },
  aws_iam_user: async (after, at) => {
    const name = text(after, "name") ?? "";
    const found = await present(awsClient(IAMClient, at.session).send(new GetUserCommand({ UserName: name })));
    return found && judged(found.User?.Tags, at, name, `user ${name}`);
  },
  aws_iam_user_login_profile: async (after, at) => {
    const user = text(after, "user") ?? "";
    const found = await present(awsClient(IAMClient, at.session).send(new GetLoginProfileCommand({ UserName: user })));
    // Marked as damaged it is in the state, and the next apply makes it again.
    if (found === undefined || text(after, "id") !== undefined) return undefined;
    // An import would not bring the first password back, which only the state of the apply that made it has.
    return {
      stranger: `user ${user} has a password that no state knows. If nobody has signed in with it: aws iam delete-login-profile --user-name ${user}, then apply again`,
    };
  },
  aws_iam_policy: async (after, at) => {
    const arn = `arn:aws:iam::${at.accountId}:policy${text(after, "path") ?? "/"}${text(after, "name") ?? ""}`;
    const found = await present(awsClient(IAMClient, at.session).send(new GetPolicyCommand({ PolicyArn: arn })));
    return found && judged(found.Policy?.Tags, at, arn, arn);
  },
  aws_iam_openid_connect_provider: async (after, at) => {
    const host = (text(after, "url") ?? "").replace(/^https:\/\//, "");
    const arn = `arn:aws:iam::${at.accountId}:oidc-provider/${host}`;
    const found = await present(
      awsClient(IAMClient, at.session).send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    );
    return found && judged(found.Tags, at, arn, arn);
  },
  aws_cloudformation_stack_set: async (after, at) => {
    const name = text(after, "name") ?? "";
    const found = await present(
      awsClient(CloudFormationClient, at.session).send(new DescribeStackSetCommand({ StackSetName: name })),
    );
    // A deleted one is described for a while.
    return found?.StackSet?.Status === "ACTIVE" ? judged(found.StackSet.Tags, at, name, `StackSet ${name}`) : undefined;
  },
  aws_kms_key: async (after, at) => {
    // A key has no name of its own: it is the one with this stack's tags, and the description that the plan gives.
    const client = awsClient(KMSClient, at.session);
    const description = text(after, "description");
    const unread: string[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client }, {}))
      for (const { KeyId } of Keys) {
        if (KeyId === undefined) continue;
        const tags = await keyTags(client, KeyId);
        if (tags === undefined) {
          if (await mayBeKey(client, KeyId, description)) unread.push(KeyId);
          continue;
        }
        if (tags.get(ENVIRONMENT_TAG) !== at.environment || tags.get(STACK_TAG) !== at.stack) continue;
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
        if (KeyMetadata?.KeyState === "Enabled" && KeyMetadata.Description === description) return { importId: KeyId };
      }
    if (unread.length > 0)
      throw notReadable(
        unread.map((id) => `key ${id}`),
        "a second key",
      );
    return undefined;
  },
  aws_kms_alias: async (after, at) => {
    const client = awsClient(KMSClient, at.session);
    const name = text(after, "name") ?? "";
    for await (const { Aliases = [] } of paginateListAliases({ client }, {}))
      for (const { AliasName, TargetKeyId } of Aliases)
        if (AliasName === name && TargetKeyId !== undefined) {
          const tags = await keyTags(client, TargetKeyId);
          if (tags === undefined) throw notReadable([`key ${TargetKeyId} of ${name}`], "a second key");
          return judged(Object.fromEntries(tags), at, name, `the key of ${name}`);
        }
    return undefined;
  },
  aws_sns_topic: async (after, at) => {
    const client = awsClient(SNSClient, at.session);
    const arn = `arn:aws:sns:${at.region}:${at.accountId}:${text(after, "name") ?? ""}`;
    if (!(await present(client.send(new GetTopicAttributesCommand({ TopicArn: arn }))))) return undefined;
    const { Tags } = await client.send(new ListTopicTags({ ResourceArn: arn }));
    return judged(Tags, at, arn, arn);
  },
  aws_cloudwatch_event_bus: async (after, at) => {
    const client = awsClient(EventBridgeClient, at.session);
    const name = text(after, "name") ?? "";
    const found = await present(client.send(new DescribeEventBusCommand({ Name: name })));
    if (found?.Arn === undefined) return undefined;
    const { Tags } = await client.send(new ListBusTags({ ResourceARN: found.Arn }));
    return judged(Tags, at, name, found.Arn);
  },
  aws_accessanalyzer_analyzer: async (after, at) => {
    const name = text(after, "analyzer_name") ?? "";
    const found = await present(
      awsClient(AccessAnalyzerClient, at.session).send(new GetAnalyzerCommand({ analyzerName: name })),
    );
    return found && judged(found.analyzer?.tags, at, name, `analyzer ${name}`);
  },
  aws_rolesanywhere_trust_anchor: async (after, at) => {
    const client = rolesAnywhere(at);
    for await (const { trustAnchors = [] } of paginateListTrustAnchors({ client }, {}))
      for (const { name, trustAnchorArn = "", trustAnchorId = "" } of trustAnchors)
        if (name === text(after, "name")) return judgedAnchor(client, at, trustAnchorArn, trustAnchorId);
    return undefined;
  },
  aws_rolesanywhere_profile: async (after, at) => {
    const client = rolesAnywhere(at);
    for await (const { profiles = [] } of paginateListProfiles({ client }, {}))
      for (const { name, profileArn = "", profileId = "" } of profiles)
        if (name === text(after, "name")) return judgedAnchor(client, at, profileArn, profileId);
    return undefined;
  },
  aws_identitystore_group: async (after, at) => {
    const client = awsClient(IdentitystoreClient, at.session);
    const [store, name] = [text(after, "identity_store_id") ?? "", text(after, "display_name") ?? ""];
    const found = await present(
      client.send(
        new GetGroupIdCommand({
          IdentityStoreId: store,
          AlternateIdentifier: { UniqueAttribute: { AttributePath: "displayName", AttributeValue: name } },
        }),
      ),
    );
    if (found?.GroupId === undefined) return undefined;
    const importId = `${store}/${found.GroupId}`;
    // Marked as damaged it is in the state: this stack's apply made it, and to make it again would take its members away.
    if (text(after, "id") === importId) return { importId };
    return { stranger: `group ${name} has no tag ${ENVIRONMENT_TAG}: groups carry no tags`, maybe: importId };
  },
  aws_ssoadmin_instance_access_control_attributes: async (after, at) => {
    // The provider asks again without end where it is there: the next apply would never end.
    const instance = text(after, "instance_arn") ?? "";
    const found = await present(
      awsClient(SSOAdminClient, at.session).send(
        new DescribeInstanceAccessControlAttributeConfigurationCommand({ InstanceArn: instance }),
      ),
    );
    if (found === undefined) return undefined;
    if (text(after, "id") === instance) return { importId: instance };
    return { stranger: `access control attributes of ${instance} carry no tags`, maybe: instance };
  },
  aws_ssoadmin_permission_set: async (after, at) => {
    const client = awsClient(SSOAdminClient, at.session);
    const instance = text(after, "instance_arn") ?? "";
    for await (const { PermissionSets = [] } of paginateListPermissionSets({ client }, { InstanceArn: instance }))
      for (const arn of PermissionSets) {
        const { PermissionSet } = await client.send(
          new DescribePermissionSetCommand({ InstanceArn: instance, PermissionSetArn: arn }),
        );
        if (PermissionSet?.Name === text(after, "name"))
          return judged(await permissionSetTags(client, instance, arn), at, `${arn},${instance}`, arn);
      }
    return undefined;
  },
  aws_ssoadmin_managed_policy_attachment: (after, at) =>
    onPermissionSet(after, at, async (client, instance, set) => {
      const policy = text(after, "managed_policy_arn");
      for await (const { AttachedManagedPolicies = [] } of paginateListManagedPoliciesInPermissionSet(
        { client },
        { InstanceArn: instance, PermissionSetArn: set },
      ))
        if (AttachedManagedPolicies.some(({ Arn }) => Arn === policy)) return `${policy},${set},${instance}`;
      return undefined;
    }),
  aws_ssoadmin_customer_managed_policy_attachment: (after, at) =>
    onPermissionSet(after, at, async (client, instance, set) => {
      const reference = block(after, "customer_managed_policy_reference");
      const [name, path] = [text(reference, "name"), text(reference, "path") ?? "/"];
      for await (const {
        CustomerManagedPolicyReferences = [],
      } of paginateListCustomerManagedPolicyReferencesInPermissionSet(
        { client },
        { InstanceArn: instance, PermissionSetArn: set },
      ))
        if (CustomerManagedPolicyReferences.some((one) => one.Name === name && (one.Path ?? "/") === path))
          return `${name},${path},${set},${instance}`;
      return undefined;
    }),
  aws_ssoadmin_account_assignment: (after, at) =>
    onPermissionSet(after, at, async (client, instance, set) => {
      const [principal, kind] = [text(after, "principal_id"), text(after, "principal_type")];
      const [target, targetType] = [text(after, "target_id"), text(after, "target_type")];
      if (principal === undefined || target === undefined) return undefined;
      for await (const { AccountAssignments = [] } of paginateListAccountAssignments(
        { client },
        { InstanceArn: instance, PermissionSetArn: set, AccountId: target },
      ))
        if (AccountAssignments.some((one) => one.PrincipalId === principal && one.PrincipalType === kind))
          return `${principal},${kind},${target},${targetType},${set},${instance}`;
      return undefined;
    }),
};

/** The types of this client's release do not know plain request handlers; awsClient gives it none. */
const rolesAnywhere = ({ session }: Surroundings): RolesAnywhereClient =>
  awsClient(RolesAnywhereClient as never, session) as unknown as RolesAnywhereClient;

/** Whether a key whose tags nobody may read can be the one that is looked for: what is AWS's, not in use or described otherwise is not. */
function mayBeKey(client: KMSClient, KeyId: string, description: string | undefined): Promise<boolean> {
  return unless(
    (failure) => isDenied(failure) || /^(NotFoundException|KMSInvalidStateException)$/.test(failure.code),
    async () => {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      return (
        KeyMetadata?.KeyManager !== "AWS" &&
        KeyMetadata?.KeyState === "Enabled" &&
        KeyMetadata.Description === description
      );
    },
    // Gone meanwhile is not there; of what nobody may read nothing is known.
    ({ code }) => !/^NotFoundException$/.test(code),
  );
}

/** Stops: whether it is ours is not known, and an apply would make another one next to it. */
function notReadable(what: readonly string[], twin: string): BaselineError {
  return new BaselineError(
    [
      {
        code: "RECOVER-NOT-READABLE",
        message: `The tags of ${listed(what, 5)} cannot be read: whether the interrupted apply made it is not known, and an apply would make ${twin}.`,
        fix: "Use credentials that may call kms:ListResourceTags and kms:DescribeKey on it (its key policy decides), and run it again before you apply.",
      },
    ],
    1,
  );
}

/** Absent where nobody may look: AWS's own keys, and those whose policy or state keeps everybody out. Any other error is one. */
function keyTags(client: KMSClient, keyId: string): Promise<ReadonlyMap<string, string> | undefined> {
  return unless<ReadonlyMap<string, string> | undefined>(
    (failure) => isDenied(failure) || /^(NotFoundException|KMSInvalidStateException)$/.test(failure.code),
    async () => {
      const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId: keyId }));
      return new Map(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
    },
    () => undefined,
  );
}

async function judgedAnchor(client: RolesAnywhereClient, at: Surroundings, arn: string, id: string): Promise<Found> {
  const { tags = [] } = await client.send(new ListAnchorTags({ resourceArn: arn }));
  return judged(
    tags.map(({ key, value }) => ({ Key: key, Value: value })),
    at,
    id,
    arn,
  );
}

/** Whether a type can be left behind in a way that a second creation fails at, or doubles. */
export const canBeFound = (type: string): boolean => Object.hasOwn(FINDERS, type);

/** Looks for what a plan would make; nothing where it is not there. */
export function find(type: string, after: Attributes, at: Surroundings): Promise<Found | undefined> {
  return FINDERS[type]?.(after, at) ?? Promise.resolve(undefined);
}
