import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  paginateListSubscriptionsByTopic,
  SNSClient,
} from "@aws-sdk/client-sns";
import { AwsFailure, unless } from "../../aws/failure";
import { canonicalJson } from "../../kernel/json";
import {
  AlarmHub,
  busArn,
  busPolicy,
  EventPattern,
  forwarderPermissions,
  ForwarderRule,
  forwarderRoleNameIn,
  forwarderRuleName,
  forwarderTrust,
  keyPolicy,
  topicArn,
  topicPolicy,
} from "../../sections/alarms/documents";
import { differing, Finding, listDifferences, missing, SectionName, valueDifference } from "./claim";
import type { Documents } from "./documents";
import type { Check, Reader } from "./live";
import { roleFinding } from "./roles";
import { defined } from "../../kernel/optional";

type Place = Check["place"];

/** Every step of the way of an alarm from the bus to people. Regional: the hub's region. */
export function hubChecks(
  section: SectionName,
  hub: AlarmHub,
  place: (accountId: string, region: string) => Place,
  documents: Documents,
): readonly Check[] {
  const at = place(hub.accountId, hub.region);
  const check = (kind: string, name: string, promise: string, look: Check["look"]): Check => ({
    section,
    place: at,
    kind,
    name,
    promise,
    look,
  });
  const subscribers = [
    ...hub.subscribers.emails.map((endpoint) => ({ protocol: "email", endpoint })),
    ...hub.subscribers.httpsEndpoints.map((endpoint) => ({ protocol: "https", endpoint })),
  ];
  return [
    check(
      "alarm-bus",
      hub.name,
      "event bus that takes events from the forwarders of this organization only",
      (reader) => busFinding(reader, hub, documents),
    ),
    check("alarm-rule", hub.name, "rule on the bus, enabled, that sends every event to the topic", (reader) =>
      ruleFinding(reader, {
        region: hub.region,
        name: hub.name,
        bus: hub.name,
        pattern: { source: [{ prefix: "aws." }] },
        target: { arn: topicArn(hub) },
      }),
    ),
    check(
      "alarm-topic",
      hub.name,
      "topic that EventBridge may publish to, encrypted with a key that is enabled",
      (reader) => topicFinding(reader, hub, documents),
    ),
    ...subscribers.map(({ protocol, endpoint }) =>
      check("subscription", endpoint, `subscribed by ${protocol}, and confirmed`, (reader) =>
        subscriptionFinding(reader, hub, protocol, endpoint),
      ),
    ),
    check("subscriptions", hub.name, "nobody else is subscribed", async (reader) => {
      const found = await subscriptions(reader, hub);
      if (found === undefined) return missing("the topic does not exist");
      return differing(
        found
          .filter(
            ([protocol, endpoint]) =>
              !subscribers.some((one) => one.protocol === protocol && one.endpoint === endpoint),
          )
          .map(([protocol, endpoint]) => `${protocol} ${endpoint} is subscribed, which is not planned`),
      );
    }),
  ];
}

/** Rules that forward to the hub from the default bus of one account and region. */
export function forwarderChecks(
  section: SectionName,
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  place: Place & { readonly region: string },
): readonly Check[] {
  return rules.map((rule) => {
    const name = forwarderRuleName(hub, rule);
    return {
      section,
      place,
      kind: "forwarder-rule",
      name,
      promise: `rule, enabled, that forwards to the bus: ${rule.description}`,
      look: (reader) =>
        ruleFinding(reader, {
          region: place.region,
          name,
          pattern: rule.pattern,
          target: {
            arn: busArn(hub),
            roleArn: `arn:aws:iam::${place.accountId}:role/keyless/${forwarderRoleNameIn(hub, place.region)}`,
          },
        }),
    };
  });
}

/** The role that EventBridge puts events on the bus with: without it every rule forwards into nothing. */
export function forwarderRoleCheck(
  section: SectionName,
  hub: AlarmHub,
  place: Place,
  documents: Documents,
  options: { readonly region: string; readonly boundary?: string | undefined },
): Check {
  const name = forwarderRoleNameIn(hub, options.region);
  return {
    section,
    place,
    kind: "forwarder-role",
    name,
    promise: "role that EventBridge forwards with, which puts events on the bus and may do nothing more",
    look: (reader) =>
      roleFinding(
        reader,
        {
          name,
          path: "/keyless/",
          trust: forwarderTrust(hub, place.accountId),
          attached: [],
          inline: { "put-on-bus": forwarderPermissions(hub) },
          ...defined({ boundary: options.boundary }),
        },
        documents,
      ),
  };
}

const isNotFound = ({ code }: AwsFailure): boolean => /^(ResourceNotFound|NotFound)/.test(code);

async function busFinding(reader: Reader, hub: AlarmHub, documents: Documents): Promise<Finding> {
  const client = reader.client(EventBridgeClient, hub.region);
  const bus = await unless(
    isNotFound,
    () => client.send(new DescribeEventBusCommand({ Name: hub.name })),
    () => undefined,
  );
  if (!bus) return missing("the event bus does not exist");
  return differing(
    documents.differences("policy of the bus", "resource", busPolicy(hub), bus.Policy, hub.accountId, busArn(hub)),
  );
}

interface PlannedRule {
  readonly region: string;
  readonly name: string;
  /** @default - the default bus */
  readonly bus?: string;
  readonly pattern: EventPattern;
  readonly target: { readonly arn: string; readonly roleArn?: string };
}

async function ruleFinding(reader: Reader, planned: PlannedRule): Promise<Finding> {
  const client = reader.client(EventBridgeClient, planned.region);
  const on = planned.bus === undefined ? {} : { EventBusName: planned.bus };
  const rule = await unless(
    isNotFound,
    () => client.send(new DescribeRuleCommand({ Name: planned.name, ...on })),
    () => undefined,
  );
  if (!rule) return missing("the rule does not exist");
  const targets: Target[] = await unless(
    isNotFound,
    async () => (await client.send(new ListTargetsByRuleCommand({ Rule: planned.name, ...on }))).Targets ?? [],
    () => [],
  );
  const target = targets.find((one) => one.Arn === planned.target.arn);
  return differing([
    ...valueDifference("state", "ENABLED", rule.State),
    ...(samePattern(planned.pattern, rule.EventPattern) ? [] : ["the event pattern is another one"]),
    ...listDifferences(
      "the rule",
      [planned.target.arn],
      targets.map((one) => one.Arn ?? ""),
    ),
    ...(target && planned.target.roleArn !== undefined
      ? valueDifference("role of the target", planned.target.roleArn, target.RoleArn)
      : []),
  ]);
}

function samePattern(planned: EventPattern, found: string | undefined): boolean {
  try {
    return found !== undefined && canonicalJson(planned) === canonicalJson(JSON.parse(found));
  } catch {
    return false;
  }
}

async function topicFinding(reader: Reader, hub: AlarmHub, documents: Documents): Promise<Finding> {
  const sns = reader.client(SNSClient, hub.region);
  const attributes = await unless(
    isNotFound,
    async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn(hub) }))).Attributes ?? {},
    () => undefined,
  );
  if (!attributes) return missing("the topic does not exist");
  const kms = reader.client(KMSClient, hub.region);
  const key = await unless(
    isNotFound,
    async () => (await kms.send(new DescribeKeyCommand({ KeyId: `alias/${hub.name}` }))).KeyMetadata,
    () => undefined,
  );
  // EventBridge cannot publish where the key does not let it encrypt, and nobody hears of that.
  const policy =
    key === undefined
      ? undefined
      : (await kms.send(new GetKeyPolicyCommand({ KeyId: key.KeyId, PolicyName: "default" }))).Policy;
  const encrypted = attributes["KmsMasterKeyId"];
  return differing([
    ...documents.differences(
      "policy of the topic",
      "resource",
      topicPolicy(hub),
      attributes["Policy"],
      hub.accountId,
      topicArn(hub),
    ),
    ...(key === undefined
      ? [`the key alias/${hub.name} does not exist`]
      : [
          ...valueDifference("state of the key", "Enabled", key.KeyState),
          ...documents.differences("policy of the key", "resource", keyPolicy(hub), policy, hub.accountId, key.Arn),
          ...([key.Arn, key.KeyId, `alias/${hub.name}`].includes(encrypted)
            ? []
            : [`the topic is encrypted with ${encrypted ?? "no key"}, planned is alias/${hub.name}`]),
        ]),
  ]);
}

/** Protocol, endpoint and ARN of every subscription; nothing where the topic does not exist. */
function subscriptions(
  reader: Reader,
  hub: AlarmHub,
): Promise<readonly (readonly [protocol: string, endpoint: string, arn: string])[] | undefined> {
  return reader.once(`subscriptions ${topicArn(hub)}`, () =>
    unless<readonly (readonly [string, string, string])[] | undefined>(
      isNotFound,
      async () => {
        const found: (readonly [string, string, string])[] = [];
        const client = reader.client(SNSClient, hub.region);
        for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn(hub) }))
          for (const one of page.Subscriptions ?? [])
            found.push([one.Protocol ?? "", one.Endpoint ?? "", one.SubscriptionArn ?? ""]);
        return found;
      },
      () => undefined,
    ),
  );
}

const UNCONFIRMED =
  "the subscription is not confirmed: no alarm reaches this address before its owner follows the link in AWS's mail";

async function subscriptionFinding(
  reader: Reader,
  hub: AlarmHub,
  protocol: string,
  endpoint: string,
): Promise<Finding> {
  const found = await subscriptions(reader, hub);
  if (found === undefined) return missing("the topic does not exist");
  const own = found.filter((one) => one[0] === protocol && one[1] === endpoint);
  if (own.length === 0) return missing("there is no such subscription");
  // https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html: until the owner confirms, there is no ARN.
  const [confirmed] = own.filter(([, , arn]) => arn.startsWith("arn:"));
  if (!confirmed) return { ...differing([UNCONFIRMED]), waitsForPerson: true };
  const { Attributes = {} } = await reader
    .client(SNSClient, hub.region)
    .send(new GetSubscriptionAttributesCommand({ SubscriptionArn: confirmed[2] }));
  if (Attributes["PendingConfirmation"] === "true") return { ...differing([UNCONFIRMED]), waitsForPerson: true };
  return differing([
    // A filter on attributes that our messages do not have keeps every alarm back, in silence.
    ...(Attributes["FilterPolicy"] ? [`a filter policy keeps messages back: ${Attributes["FilterPolicy"]}`] : []),
  ]);
}
