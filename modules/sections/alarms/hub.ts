import { CloudwatchEventBus } from "@cdktf/provider-aws/lib/cloudwatch-event-bus";
import { CloudwatchEventBusPolicy } from "@cdktf/provider-aws/lib/cloudwatch-event-bus-policy";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import type { Construct } from "constructs";
import { terraformPolicy } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";
import { AlarmHub, busPolicy, keyPolicy, MESSAGE_PATHS, topicPolicy } from "./documents";

/**
 * Creates the hub: a bus that forwarders put events on, a rule that matches all of them, and an encrypted topic with its
 * subscribers. Ids in the stack begin with `alarm_`.
 *
 * @param subject first words of every message, for example `Break glass was used`
 */
export function addAlarmHub(stack: Construct, provider: AwsProvider, hub: AlarmHub, subject: string): void {
  const key = new KmsKey(stack, "alarm_key", {
    provider,
    description: `Encrypts the alarms of ${hub.name}`,
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: terraformPolicy(keyPolicy(hub)),
  });
  new KmsAlias(stack, "alarm_key_alias", { provider, name: `alias/${hub.name}`, targetKeyId: key.keyId });
  const topic = new SnsTopic(stack, "alarm_topic", {
    provider,
    name: hub.name,
    displayName: hub.name.slice(0, 100),
    kmsMasterKeyId: key.arn,
  });
  const policy = new SnsTopicPolicy(stack, "alarm_topic_policy", {
    provider,
    arn: topic.arn,
    policy: terraformPolicy(topicPolicy(hub)),
  });
  for (const email of [...hub.subscribers.emails].sort()) {
    new SnsTopicSubscription(stack, `alarm_email_${slug(email)}`, {
      provider,
      topicArn: topic.arn,
      protocol: "email",
      endpoint: email,
    });
  }
  for (const endpoint of [...hub.subscribers.httpsEndpoints].sort()) {
    new SnsTopicSubscription(stack, `alarm_https_${slug(endpoint)}`, {
      provider,
      topicArn: topic.arn,
      protocol: "https",
      endpoint: endpoint,
    });
  }
  const bus = new CloudwatchEventBus(stack, "alarm_bus", { provider, name: hub.name });
  new CloudwatchEventBusPolicy(stack, "alarm_bus_policy", {
    provider,
    eventBusName: bus.name,
    policy: terraformPolicy(busPolicy(hub)),
  });
  const rule = new CloudwatchEventRule(stack, "alarm_rule", {
    provider,
    name: hub.name,
    description: "Everything that the forwarders put on this bus",
    eventBusName: bus.name,
    // Every event has a source; events that AWS services write begin with aws.
    eventPattern: canonicalJson({ source: [{ prefix: "aws." }] }),
  });
  new CloudwatchEventTarget(stack, "alarm_target", {
    provider,
    rule: rule.name,
    eventBusName: bus.name,
    targetId: "topic",
    arn: topic.arn,
    inputTransformer: {
      inputPaths: { ...MESSAGE_PATHS },
      inputTemplate: `"${subject}: <event> by <principal> from <source> in account <account>, ${"<region>"}, at <time>."`,
    },
    // The topic's policy must be there first, or the first events are dropped.
    dependsOn: [policy],
  });
}

/** Turns an address into an id; injective enough, because the characters it folds do not tell real addresses apart. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}
