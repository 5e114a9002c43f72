import type { PolicyStatement } from "../../policy/types";

/** Role by which AWS Control Tower manages an account: https://docs.aws.amazon.com/controltower/latest/userguide/awscontroltowerexecution.html */
export const CONTROL_TOWER_ROLE = "AWSControlTowerExecution";

/** What AWS documents was read on this day. */
export const SHAPES_READ = "2026-11-27";

const EXECUTION = `arn:aws:iam::*:role/${CONTROL_TOWER_ROLE}`;
const STACK_SETS = "arn:aws:iam::*:role/stacksets-exec-*";
const BUCKETS = "arn:aws:s3:::aws-controltower*";
const TAGGED = "managed-by-control-tower";

type Block = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
type Body = Pick<PolicyStatement, "Action" | "NotAction" | "Resource">;

/** A statement of a mandatory control: all but Control Tower's role are denied. */
const butExecution = (Sid: string, body: Body, more: Block = {}): PolicyStatement => ({
  Sid,
  Effect: "Deny",
  ...body,
  Condition: { ArnNotLike: { "aws:PrincipalArn": EXECUTION }, ...more },
});

const ROLE_ACTIONS = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
] as const;
const OWN_ROLES = ["arn:aws:iam::*:role/aws-controltower-*", "arn:aws:iam::*:role/*AWSControlTower*"] as const;

const TOPIC_ACTIONS = [
  "sns:AddPermission",
  "sns:CreateTopic",
  "sns:DeleteTopic",
  "sns:RemovePermission",
  "sns:SetTopicAttributes",
] as const;

const OBJECT_ACTIONS = [
  "s3:DeleteObject",
  "s3:DeleteObjectTagging",
  "s3:DeleteObjectVersion",
  "s3:DeleteObjectVersionTagging",
  "s3:Get*",
  "s3:List*",
  "s3:PutBucketTagging",
  "s3:PutObject",
  "s3:PutObjectAcl",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
  "s3:PutObjectTagging",
  "s3:PutObjectVersionAcl",
  "s3:PutObjectVersionTagging",
  "s3:RestoreObject",
] as const;

const logGroups = (operator: "ArnNotLike" | "StringNotLike"): PolicyStatement => ({
  Sid: "GRLOGGROUPPOLICY",
  Effect: "Deny",
  Action: ["logs:DeleteLogGroup", "logs:PutRetentionPolicy"],
  Resource: "arn:aws:logs:*:*:log-group:*aws-controltower*",
  Condition: { [operator]: { "aws:PrincipalArn": EXECUTION } },
});

const tags = (qualifier: "ForAnyValue" | "ForAllValues"): PolicyStatement =>
  butExecution(
    "GRCONFIGRULETAGSPOLICY",
    { Action: ["config:TagResource", "config:UntagResource"], Resource: "*" },
    { [`${qualifier}:StringEquals`]: { "aws:TagKeys": "aws-control-tower" } },
  );

/**
 * The statements of AWS Control Tower's mandatory controls, in every version that AWS documents or has documented:
 * https://docs.aws.amazon.com/controltower/latest/controlreference/mandatory-controls.html
 * Optional controls are not among them: many take parameters, and what they deny is one's own choice.
 */
export const MANDATORY_STATEMENTS: readonly PolicyStatement[] = [
  butExecution("GRCTAUDITBUCKETENCRYPTIONCHANGESPROHIBITED", {
    Action: "s3:PutEncryptionConfiguration",
    Resource: BUCKETS,
  }),
  butExecution("GRCTAUDITBUCKETLOGGINGCONFIGURATIONCHANGESPROHIBITED", {
    Action: "s3:PutBucketLogging",
    Resource: BUCKETS,
  }),
  butExecution("GRCTAUDITBUCKETPOLICYCHANGESPROHIBITED", {
    Action: ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"],
    Resource: BUCKETS,
  }),
  butExecution("GRCTAUDITBUCKETLIFECYCLECONFIGURATIONCHANGESPROHIBITED", {
    Action: "s3:PutLifecycleConfiguration",
    Resource: BUCKETS,
  }),
  butExecution("GRAUDITBUCKETDELETIONPROHIBITED", { Action: "s3:DeleteBucket", Resource: BUCKETS }),
  logGroups("ArnNotLike"),
  logGroups("StringNotLike"),
  butExecution(
    "GRCONFIGAGGREGATIONAUTHORIZATIONPOLICY",
    { Action: "config:DeleteAggregationAuthorization", Resource: "arn:aws:config:*:*:aggregation-authorization*" },
    { StringLike: { "aws:ResourceTag/aws-control-tower": TAGGED } },
  ),
  butExecution("GRCLOUDTRAILENABLED", {
    Action: [
      "cloudtrail:DeleteTrail",
      "cloudtrail:PutEventSelectors",
      "cloudtrail:StopLogging",
      "cloudtrail:UpdateTrail",
    ],
    Resource: "arn:aws:cloudtrail:*:*:trail/aws-controltower-*",
  }),
  butExecution("GRCLOUDWATCHEVENTPOLICY", {
    Action: ["events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
    Resource: "arn:aws:events:*:*:rule/aws-controltower-*",
  }),
  tags("ForAnyValue"),
  tags("ForAllValues"),
  butExecution("GRCONFIGENABLED", {
    Action: [
      "config:DeleteConfigurationRecorder",
      "config:DeleteDeliveryChannel",
      "config:DeleteRetentionConfiguration",
      "config:PutConfigurationRecorder",
      "config:PutDeliveryChannel",
      "config:PutRetentionConfiguration",
      "config:StopConfigurationRecorder",
    ],
    Resource: "*",
  }),
  butExecution(
    "GRCONFIGRULEPOLICY",
    {
      Action: [
        "config:DeleteConfigRule",
        "config:DeleteConfigurationAggregator",
        "config:DeleteEvaluationResults",
        "config:PutConfigRule",
        "config:PutConfigurationAggregator",
      ],
      Resource: "*",
    },
    { StringEquals: { "aws:ResourceTag/aws-control-tower": TAGGED } },
  ),
  butExecution("GRIAMROLEPOLICY", { Action: ROLE_ACTIONS, Resource: OWN_ROLES }),
  {
    Sid: "GRIAMROLEPOLICY",
    Effect: "Deny",
    Action: ROLE_ACTIONS,
    Resource: [...OWN_ROLES, STACK_SETS],
    Condition: { ArnNotLike: { "aws:PrincipalArn": [EXECUTION, STACK_SETS] } },
  },
  butExecution("GRLAMBDAFUNCTIONPOLICY", {
    Action: [
      "lambda:AddPermission",
      "lambda:CreateEventSourceMapping",
      "lambda:CreateFunction",
      "lambda:DeleteEventSourceMapping",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:PutFunctionConcurrency",
      "lambda:RemovePermission",
      "lambda:UpdateEventSourceMapping",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ],
    Resource: "arn:aws:lambda:*:*:function:aws-controltower-*",
  }),
  butExecution("GRSNSTOPICPOLICY", { Action: TOPIC_ACTIONS, Resource: "arn:aws:sns:*:*:aws-controltower-*" }),
  butExecution("GRSNSTOPICPOLICY", {
    Action: TOPIC_ACTIONS,
    Resource: ["AggregateSecurity", "AllConfig", "Security"].map(
      (name) => `arn:aws:sns:*:*:aws-controltower-${name}Notifications*`,
    ),
  }),
  butExecution("GRSNSSUBSCRIPTIONPOLICY", {
    Action: ["sns:Subscribe", "sns:Unsubscribe"],
    Resource: "arn:aws:sns:*:*:aws-controltower-SecurityNotifications",
  }),
  // Landing zone 4.0.
  butExecution("CTSNSPV1", {
    NotAction: [
      "sns:ConfirmSubscription",
      "sns:Get*",
      "sns:List*",
      "sns:Publish",
      "sns:PutDataProtectionPolicy",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:Unsubscribe",
      "sns:UntagResource",
    ],
    Resource: "arn:aws:sns:*:*:aws-controltower-CentralizedLoggingNotifications*",
  }),
  butExecution("CTS3PV7", { NotAction: OBJECT_ACTIONS, Resource: "arn:aws:s3:::aws-controltower-config-*" }),
  butExecution("CTS3PV8", {
    NotAction: OBJECT_ACTIONS,
    Resource: ["access-logs", "cloudtrail", "logs"].map((name) => `arn:aws:s3:::aws-controltower-${name}-*`),
  }),
];
