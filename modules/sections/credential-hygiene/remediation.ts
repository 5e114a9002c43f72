import { stringify } from "yaml";
import type { CloudFormationTemplate } from "../alarms/template";
import { policyDocument } from "../../policy/document";
import { canonicalJson } from "../../kernel/json";
import { AccountRole, accountRolesTemplate, THIS_ACCOUNT } from "./account-role";
import { EVALUATION_FREQUENCY, ManagedRule } from "./config-rules";
import { KEYLESS_ROLE_PATH } from "./names";

/** The runbook of AWS, its role in every account, and the conformance pack that ties it to the rule. No cdktf. */

/** https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/automation-aws-revoke-iam-user.html */
export const RUNBOOK = "AWSConfigRemediation-RevokeUnusedIAMUserCredentials";
export const REMEDIATION_ROLE = "KeylessCredentialRemediation";
export const REMEDIATION_ROLE_PATH = KEYLESS_ROLE_PATH;
export const REMEDIATION_NAME = "keyless-credential-remediation";

/** What the remediation is made of. */
export interface RemediationScope {
  /** Region where AWS Config starts the runbook. */
  readonly region: string;
  readonly maxUnusedDays: number;
  /** Every break-glass user, present and future: `arn:aws:iam::<home account>:user/break-glass/*`. */
  readonly breakGlassUsers: string;
}

/**
 * The role that the runbook works with, in one account: what AWS's page on the runbook asks for, and nothing on break-glass
 * users. Their passwords are unused by design, the rule reports them for it, and the runbook would delete them: the Deny holds
 * whatever is ever allowed to the role, for automatic and for manual runs.
 */
export function remediationRole(scope: RemediationScope, accountId: string): AccountRole {
  return {
    name: REMEDIATION_ROLE,
    path: REMEDIATION_ROLE_PATH,
    description: "The AWS runbook that revokes unused credentials of IAM users",
    // https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html, against the confused deputy.
    trust: policyDocument([
      {
        Sid: "AutomationsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:ssm:${scope.region}:${accountId}:automation-execution/*` },
        },
      },
    ]),
    policyName: "revoke-unused-credentials",
    permissions: policyDocument([
      // Finds the user by the id that AWS Config reports. The action knows no resources.
      { Sid: "FindUser", Effect: "Allow", Action: "config:ListDiscoveredResources", Resource: "*" },
      {
        Sid: "RevokeCredentials",
        Effect: "Allow",
        Action: [
          "iam:DeleteAccessKey",
          "iam:DeleteLoginProfile",
          "iam:GetAccessKeyLastUsed",
          "iam:GetLoginProfile",
          "iam:GetUser",
          "iam:ListAccessKeys",
          "iam:UpdateAccessKey",
        ],
        Resource: `arn:aws:iam::${accountId}:user/*`,
      },
      // Any account, because AWS's pages show both none and the caller's there; names that begin with AWS are AWS's own.
      {
        Sid: "StartRunbook",
        Effect: "Allow",
        Action: "ssm:StartAutomationExecution",
        Resource: `arn:aws:ssm:${scope.region}:*:automation-definition/${RUNBOOK}:*`,
      },
      {
        Sid: "FollowRunbook",
        Effect: "Allow",
        Action: "ssm:GetAutomationExecution",
        Resource: `arn:aws:ssm:${scope.region}:${accountId}:automation-execution/*`,
      },
      { Sid: "NeverBreakGlass", Effect: "Deny", Action: "iam:*", Resource: scope.breakGlassUsers },
    ]),
  };
}

/** The role as CloudFormation, for the StackSet: the same documents, with the account left to CloudFormation. */
export function remediationRoleTemplate(scope: RemediationScope, environment: string): CloudFormationTemplate {
  return accountRolesTemplate(
    "The role of the keyless org baseline that revokes unused credentials",
    { RemediationRole: remediationRole(scope, THIS_ACCOUNT) },
    environment,
  );
}

/** How automatic runs are paced. */
const PACE = {
  // The runbook's failures are permissions and throttling: three tries tell the two apart.
  MaximumAutomaticAttempts: 3,
  RetryAttemptSeconds: 300,
  // Users are independent of each other, and break-glass users always fail (they are denied): failures must not stop the rest.
  ExecutionControls: { SsmControls: { ConcurrentExecutionRatePercentage: 10, ErrorPercentage: 100 } },
} as const;

/**
 * The conformance pack: the rule with its remediation. An organization rule cannot have one, because its name in each account is
 * made up by AWS; inside a pack the rule is named by its name in the template. AWS Config deploys a pack as a CloudFormation
 * stack in each account, which is how the role's ARN becomes that account's.
 *
 * YAML, because that is what AWS documents for packs: https://docs.aws.amazon.com/config/latest/developerguide/custom-conformance-pack.html
 */
export function remediationPack(rule: ManagedRule, scope: RemediationScope, automatic: boolean): string {
  const fixed = (value: unknown): unknown => ({ StaticValue: { Values: [value] } });
  const pack = {
    Resources: {
      UnusedCredentials: {
        Type: "AWS::Config::ConfigRule",
        Properties: {
          ConfigRuleName: rule.name,
          Description: rule.description,
          InputParameters: rule.parameters,
          MaximumExecutionFrequency: EVALUATION_FREQUENCY,
          Source: { Owner: "AWS", SourceIdentifier: rule.identifier },
        },
      },
      UnusedCredentialsRemediation: {
        Type: "AWS::Config::RemediationConfiguration",
        DependsOn: "UnusedCredentials",
        Properties: {
          ConfigRuleName: rule.name,
          ResourceType: "AWS::IAM::User",
          TargetType: "SSM_DOCUMENT",
          TargetId: RUNBOOK,
          Parameters: {
            AutomationAssumeRole: fixed({
              "Fn::Sub": `arn:aws:iam::${THIS_ACCOUNT}:role${REMEDIATION_ROLE_PATH}${REMEDIATION_ROLE}`,
            }),
            IAMResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
            MaxCredentialUsageAge: fixed(String(scope.maxUnusedDays)),
          },
          Automatic: automatic,
          ...(automatic ? PACE : {}),
        },
      },
    },
  };
  // Through canonical JSON: sorted keys, the same bytes every time.
  return stringify(JSON.parse(canonicalJson(pack)), { lineWidth: 0 });
}
