import { AccessAnalyzerClient, GetAnalyzerCommand } from "@aws-sdk/client-accessanalyzer";
import { CloudFormationClient, DescribeStackSetCommand } from "@aws-sdk/client-cloudformation";
import {
  ConfigServiceClient,
  DescribeOrganizationConfigRulesCommand,
  DescribeOrganizationConformancePacksCommand,
} from "@aws-sdk/client-config-service";
import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTagsForResourceCommand as ListEventTags,
} from "@aws-sdk/client-eventbridge";
import {
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  paginateListPolicies,
  paginateListRoles,
  paginateListUsers,
  type Role,
} from "@aws-sdk/client-iam";
import { KMSClient, ListResourceTagsCommand, paginateListAliases } from "@aws-sdk/client-kms";
import { GetTopicAttributesCommand, ListTagsForResourceCommand as ListTopicTags, SNSClient } from "@aws-sdk/client-sns";
import { AwsFailure, unless } from "../../aws/failure";
import type { ExistingThing, Tags } from "../../organization/existing";
import { partitionOf } from "../../organization/partition";
import type { Reader } from "../verify/live";
import { comparable } from "./wanted";

/** Looks for things of one type by their names, in one account and region. */
type Look = (reader: Reader, names: readonly string[], region: string) => Promise<readonly Named[]>;
type Named = Pick<ExistingThing, "name" | "tags">;

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
  readonly TagKey?: string | undefined;
  readonly TagValue?: string | undefined;
}

/** What AWS answers when there is no such thing. */
const ABSENT = /^(NoSuch|ResourceNotFound|NotFound|StackSetNotFound)/;

const isAbsent = ({ code, cause }: AwsFailure): boolean => ABSENT.test(code) || ABSENT.test(cause.name);

export function tagsOf(tags: readonly Tag[] | Readonly<Record<string, string>> | undefined): Tags {
  const entries = Array.isArray(tags)
    ? (tags as readonly Tag[]).map(({ Key, Value, TagKey, TagValue }) => [Key ?? TagKey ?? "", Value ?? TagValue ?? ""])
    : Object.entries(tags ?? {});
  return Object.fromEntries(entries.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))) as Tags;
}

/** One call for each name: undefined where there is nothing. */
const each =
  (find: (reader: Reader, name: string, region: string) => Promise<Tags | undefined>): Look =>
  async (reader, names, region) => {
    const found: Named[] = [];
    for (const name of names) {
      const tags = await unless(
        isAbsent,
        () => find(reader, name, region),
        () => undefined,
      );
      if (tags) found.push({ name, tags });
    }
    return found;
  };

/** All roles of an account with their trust, in one call for each hundred of them. */
export function rolesOf(reader: Reader): Promise<readonly Role[]> {
  return reader.once("roles", async () => {
    const found: Role[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client: reader.client(IAMClient) }, {}))
      found.push(...Roles);
    return found;
  });
}

/** IAM tells no case, so that names are compared here and not by AWS. */
const listedInIam =
  (
    type: string,
    list: (reader: Reader) => Promise<readonly string[]>,
    tags: (reader: Reader, name: string) => Promise<Tags>,
  ): Look =>
  async (reader, names) => {
    const wanted = new Set(names.map((name) => comparable(type, name)));
    const found: Named[] = [];
    for (const name of await list(reader))
      if (wanted.has(comparable(type, name))) found.push({ name, tags: await tags(reader, name) });
    return found;
  };

const eventTags = async (client: EventBridgeClient, arn: string | undefined): Promise<Tags> =>
  arn === undefined ? {} : tagsOf((await client.send(new ListEventTags({ ResourceARN: arn }))).Tags);

export const LOOKS: Readonly<Record<string, Look>> = {
  aws_accessanalyzer_analyzer: each(async (reader, analyzerName, region) =>
    tagsOf(
      (await reader.client(AccessAnalyzerClient, region).send(new GetAnalyzerCommand({ analyzerName }))).analyzer?.tags,
    ),
  ),
  aws_cloudformation_stack_set: each(async (reader, StackSetName, region) => {
    const { StackSet } = await reader
      .client(CloudFormationClient, region)
      .send(new DescribeStackSetCommand({ StackSetName }));
    // A deleted one is described for a while.
    return StackSet?.Status === "ACTIVE" ? tagsOf(StackSet.Tags) : undefined;
  }),
  aws_cloudwatch_event_bus: each(async (reader, Name, region) => {
    const client = reader.client(EventBridgeClient, region);
    return eventTags(client, (await client.send(new DescribeEventBusCommand({ Name }))).Arn);
  }),
  aws_cloudwatch_event_rule: each(async (reader, full, region) => {
    const client = reader.client(EventBridgeClient, region);
    const [EventBusName = "default", ...name] = full.split("/");
    return eventTags(client, (await client.send(new DescribeRuleCommand({ Name: name.join("/"), EventBusName }))).Arn);
  }),
  // Neither of the two carries tags.
  aws_config_organization_conformance_pack: each(async (reader, name, region) => {
    const client = reader.client(ConfigServiceClient, region);
    await client.send(new DescribeOrganizationConformancePacksCommand({ OrganizationConformancePackNames: [name] }));
    return {};
  }),
  aws_config_organization_managed_rule: each(async (reader, name, region) => {
    const client = reader.client(ConfigServiceClient, region);
    await client.send(new DescribeOrganizationConfigRulesCommand({ OrganizationConfigRuleNames: [name] }));
    return {};
  }),
  aws_iam_policy: async (reader, names) => {
    const client = reader.client(IAMClient);
    const wanted = new Set(names.map((name) => name.toLowerCase()));
    const found: Named[] = [];
    for await (const { Policies = [] } of paginateListPolicies({ client }, { Scope: "Local" }))
      for (const { PolicyName = "", Arn } of Policies)
        if (wanted.has(PolicyName.toLowerCase()))
          found.push({
            name: PolicyName,
            tags: tagsOf((await client.send(new GetPolicyCommand({ PolicyArn: Arn }))).Policy?.Tags),
          });
    return found;
  },
  aws_iam_role: listedInIam(
    "aws_iam_role",
    async (reader) => (await rolesOf(reader)).map(({ RoleName = "" }) => RoleName),
    async (reader, RoleName) =>
      tagsOf((await reader.client(IAMClient).send(new GetRoleCommand({ RoleName }))).Role?.Tags),
  ),
  aws_iam_user: listedInIam(
    "aws_iam_user",
    async (reader) => {
      const found: string[] = [];
      for await (const { Users = [] } of paginateListUsers({ client: reader.client(IAMClient) }, {}))
        found.push(...Users.map(({ UserName = "" }) => UserName));
      return found;
    },
    async (reader, UserName) =>
      tagsOf((await reader.client(IAMClient).send(new GetUserCommand({ UserName }))).User?.Tags),
  ),
  aws_kms_alias: async (reader, names, region) => {
    const client = reader.client(KMSClient, region);
    const found: Named[] = [];
    for await (const { Aliases = [] } of paginateListAliases({ client }, {}))
      for (const { AliasName = "", TargetKeyId } of Aliases)
        if (names.includes(AliasName))
          found.push({
            name: AliasName,
            tags:
              TargetKeyId === undefined
                ? {}
                : tagsOf((await client.send(new ListResourceTagsCommand({ KeyId: TargetKeyId }))).Tags),
          });
    return found;
  },
  aws_sns_topic: each(async (reader, name, region) => {
    const client = reader.client(SNSClient, region);
    const arn = `arn:${partitionOf(region)}:sns:${region}:${reader.accountId}:${name}`;
    await client.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    return tagsOf((await client.send(new ListTopicTags({ ResourceArn: arn }))).Tags);
  }),
};
