import { policyDocument } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { unique } from "../../kernel/lists";

/** The pure parts of the way of an alarm: forwarder rule (any region, any account) → bus → rule → encrypted topic → people. */

/** Where an alarm hub lives. Every ARN of it is computed, so that forwarders in other stacks need no reference. */
export interface AlarmHub {
  /** Name of the bus, the topic, the key alias and the rule: `keyless-<what>`. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly organizationId: string;
  readonly subscribers: { readonly emails: readonly string[]; readonly httpsEndpoints: readonly string[] };
  /** Name of the role that forwarders use to put events on the bus; only roles of this name in the organization may. */
  readonly forwarderRoleName: string;
  /**
   * Regions whose forwarder has a role of its own, named `<forwarderRoleName>-<region>`: then each region's forwarder can be
   * deployed without waiting for another's.
   * @default - one role, named `forwarderRoleName`, serves every region of an account
   */
  readonly forwarderRegions?: readonly string[];
  /** Names of all roles that may put events on the bus. @default - those that follow from `forwarderRoleName` and `forwarderRegions` */
  readonly forwarderRoleNames?: readonly string[];
}

/** Name of the role that the forwarder of a region uses. */
export function forwarderRoleNameIn(hub: AlarmHub, region: string): string {
  return hub.forwarderRegions ? `${hub.forwarderRoleName}-${region}` : hub.forwarderRoleName;
}

function forwarderRoleNames(hub: AlarmHub): readonly string[] {
  return (
    hub.forwarderRoleNames ??
    unique((hub.forwarderRegions ?? [hub.region]).map((region) => forwarderRoleNameIn(hub, region)))
  );
}

export const busArn = (hub: AlarmHub): string => `arn:aws:events:${hub.region}:${hub.accountId}:event-bus/${hub.name}`;
export const topicArn = (hub: AlarmHub): string => `arn:aws:sns:${hub.region}:${hub.accountId}:${hub.name}`;

/**
 * Lets EventBridge publish to the topic. No condition on purpose: AWS documents that condition blocks in topic policies are not
 * supported for EventBridge, so a guard such as `aws:SourceArn` would drop every message in silence (decision 0007).
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 */
export function topicPolicy(hub: AlarmHub): PolicyDocument {
  return policyDocument([
    {
      Sid: "EventBridgePublishes",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn(hub),
    },
    {
      Sid: "OnlyOverTls",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn(hub),
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}

/**
 * Lets EventBridge encrypt for the topic: it cannot publish to a topic under the AWS managed key `aws/sns`. `aws:SourceAccount` and
 * `aws:SourceArn` are "not supported for EventBridge-to-encrypted topics". The account's own administrators manage the key through IAM.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export function keyPolicy(hub: AlarmHub): PolicyDocument {
  return policyDocument([
    {
      Sid: "AccountAdministersKey",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${hub.accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "EventBridgeEncryptsForTopic",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
    },
  ]);
}

/** Lets the forwarders of this organization, and nobody else, put events on the bus. */
export function busPolicy(hub: AlarmHub): PolicyDocument {
  return policyDocument([
    {
      Sid: "ForwardersOfTheOrganization",
      Effect: "Allow",
      Principal: "*",
      Action: "events:PutEvents",
      Resource: busArn(hub),
      Condition: {
        StringEquals: { "aws:PrincipalOrgID": hub.organizationId },
        ArnLike: {
          "aws:PrincipalArn": forwarderRoleNames(hub).map((name) => `arn:aws:iam::*:role/keyless/${name}`),
        },
      },
    },
  ]);
}

/** The forwarder's own rules, in whatever region of an account: nobody else's rule may use its role. */
export const forwarderRuleArns = (hub: Pick<AlarmHub, "name">, accountId: string): string =>
  `arn:aws:events:*:${accountId}:rule/${hub.name}-*`;

/** Name of a forwarder's rule. Its role trusts rules whose names begin so. */
export const forwarderRuleName = (hub: Pick<AlarmHub, "name">, { id }: Pick<ForwarderRule, "id">): string =>
  `${hub.name}-${id.toLowerCase()}`;

/**
 * Trust policy of a forwarder's role: EventBridge, for our own rules of the role's own account. For targets of rules "the value of
 * aws:SourceArn must be the rule ARN".
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
 */
export function forwarderTrust(hub: Pick<AlarmHub, "name">, accountId: string): PolicyDocument {
  return policyDocument([
    {
      Sid: "EventBridgeRules",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": forwarderRuleArns(hub, accountId) },
      },
    },
  ]);
}

/** Permissions of a forwarder's role: put events on this one bus. */
export function forwarderPermissions(hub: AlarmHub): PolicyDocument {
  return policyDocument([{ Sid: "PutOnBus", Effect: "Allow", Action: "events:PutEvents", Resource: busArn(hub) }]);
}

/** An EventBridge event pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
export type EventPattern = { readonly [key: string]: unknown };

/** One rule of a forwarder. */
export interface ForwarderRule {
  /** Logical id in the template and last part of the rule's name: letters and digits. */
  readonly id: string;
  readonly description: string;
  readonly pattern: EventPattern;
}

/** The message that people read, built by EventBridge from the event; only fields that every CloudTrail event has. */
export const MESSAGE_PATHS: Readonly<Record<string, string>> = {
  account: "$.account",
  event: "$.detail.eventName",
  principal: "$.detail.userIdentity.arn",
  region: "$.region",
  source: "$.detail.sourceIPAddress",
  time: "$.time",
};
