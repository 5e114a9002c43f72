import { CloudformationStackInstances } from "@cdktf/provider-aws/lib/cloudformation-stack-instances";
import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { Construct } from "constructs";
import { AlarmHub, forwarderPermissions, ForwarderRule, forwarderRuleArns, forwarderTrust } from "../alarms/documents";
import { regionalForwarderTemplate } from "../alarms/template";
import { policyDocument, terraformPolicy } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";

const ADMINISTRATION_ROLE = "keyless-stackset-administration";
const EXECUTION_ROLE = "keyless-stackset-execution";

/**
 * Forwarders in many regions of one account, through a self-managed StackSet of that account: one provider and one resource to
 * plan, where an alias per region would cost 115 MB each. Self-managed, because service-managed StackSets never reach the
 * management account, which is where break glass usually lives.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
 */
export function addRegionalForwarders(
  stack: Construct,
  provider: AwsProvider,
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  regions: readonly string[],
): void {
  const account = hub.accountId;
  const forwarder = new IamRole(stack, "forwarder_role", {
    provider,
    name: hub.forwarderRoleName,
    path: "/keyless/",
    description: "EventBridge puts break-glass events on the alarm bus",
    assumeRolePolicy: terraformPolicy(forwarderTrust(hub, account)),
  });
  new IamRolePolicy(stack, "forwarder_role_policy", {
    provider,
    role: forwarder.name,
    name: "put-on-bus",
    policy: terraformPolicy(forwarderPermissions(hub)),
  });

  const administration = new IamRole(stack, "stackset_administration_role", {
    provider,
    name: ADMINISTRATION_ROLE,
    path: "/keyless/",
    description: "CloudFormation administers the regional forwarders",
    assumeRolePolicy: terraformPolicy(
      policyDocument([
        {
          Sid: "StackSetsOfThisAccount",
          Effect: "Allow",
          Principal: { Service: "cloudformation.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            StringEquals: { "aws:SourceAccount": account },
            StringLike: { "aws:SourceArn": `arn:aws:cloudformation:*:${account}:stackset/${hub.name}:*` },
          },
        },
      ]),
    ),
  });
  const administrationPolicy = new IamRolePolicy(stack, "stackset_administration_role_policy", {
    provider,
    role: administration.name,
    name: "assume-execution-role",
    policy: terraformPolicy(
      policyDocument([
        {
          Sid: "Execution",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: `arn:aws:iam::${account}:role/${EXECUTION_ROLE}`,
        },
      ]),
    ),
  });
  const execution = new IamRole(stack, "stackset_execution_role", {
    provider,
    name: EXECUTION_ROLE,
    // No path: CloudFormation takes a bare name (pattern [a-zA-Z_0-9+=,.@-]+) and looks for it below role/.
    path: "/",
    description: "CloudFormation creates the regional forwarders",
    assumeRolePolicy: terraformPolicy(
      policyDocument([
        {
          Sid: "Administration",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:role/keyless/${ADMINISTRATION_ROLE}` },
          Action: "sts:AssumeRole",
        },
      ]),
    ),
    dependsOn: [administration],
  });
  const executionPolicy = new IamRolePolicy(stack, "stackset_execution_role_policy", {
    provider,
    role: execution.name,
    name: "forwarder-rules",
    policy: terraformPolicy(
      policyDocument([
        {
          Sid: "OwnStacks",
          Effect: "Allow",
          Action: [
            "cloudformation:CreateStack",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResources",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            "cloudformation:UpdateStack",
          ],
          Resource: `arn:aws:cloudformation:*:${account}:stack/StackSet-${hub.name}-*/*`,
        },
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html: minimum for StackSets to read templates.
        { Sid: "Templates", Effect: "Allow", Action: "cloudformation:GetTemplateSummary", Resource: "*" },
        {
          Sid: "ForwarderRules",
          Effect: "Allow",
          Action: [
            "events:DeleteRule",
            "events:DescribeRule",
            "events:DisableRule",
            "events:EnableRule",
            "events:ListTargetsByRule",
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:ListTagsForResource",
            "events:TagResource",
            "events:UntagResource",
          ],
          Resource: forwarderRuleArns(hub, account),
        },
        {
          Sid: "PassForwarder",
          Effect: "Allow",
          Action: "iam:PassRole",
          Resource: `arn:aws:iam::${account}:role/keyless/${hub.forwarderRoleName}`,
          Condition: { StringEquals: { "iam:PassedToService": "events.amazonaws.com" } },
        },
      ]),
    ),
  });
  const stackSet = new CloudformationStackSet(stack, "stackset_forwarders", {
    provider,
    name: hub.name,
    description: "Forwards break-glass events of every watched region to the alarm bus",
    permissionModel: "SELF_MANAGED",
    administrationRoleArn: administration.arn,
    executionRoleName: execution.name,
    templateBody: canonicalJson(regionalForwarderTemplate(hub, rules, "Forwards break-glass events of one region")),
    operationPreferences: {
      regionConcurrencyType: "PARALLEL",
      maxConcurrentPercentage: 100,
      failureTolerancePercentage: 0,
    },
    dependsOn: [administrationPolicy, executionPolicy],
  });
  new CloudformationStackInstances(stack, "stackset_forwarders_instances", {
    provider,
    stackSetName: stackSet.name,
    accounts: [account],
    regions: [...regions],
    operationPreferences: {
      regionConcurrencyType: "PARALLEL",
      maxConcurrentPercentage: 100,
      failureTolerancePercentage: 0,
    },
  });
}
