import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { Construct } from "constructs";
import type { CloudFormationTemplate } from "../alarms/template";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { normalizeStatement, terraformPolicy } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { addOidcProvider, addWorkloadRole } from "../workload-identity/resources";
import type { MemberPlanRole, PipelineState } from "./types";

/** CloudFormation's name for the account that a template is deployed to. */
const THIS_ACCOUNT = "${AWS::AccountId}";

/** The provider, both roles and their policies in the management account: `oidc_provider`, `role_plan…`, `policy_plan_<kind>`, and for apply. */
export function addPipeline(
  stack: Construct,
  provider: AwsProvider,
  pipeline: PipelineState,
): IamOpenidConnectProvider {
  const oidc = addOidcProvider(stack, "oidc_provider", provider, pipeline.provider);
  for (const { role, policies } of [pipeline.plan, pipeline.apply]) {
    const { role: resource } = addWorkloadRole(stack, provider, role, {}, [oidc]);
    for (const { key, name, document } of policies) {
      const id = `role_${role.workload}_${key}`;
      const policy = new IamPolicy(stack, `policy_${role.workload}_${key}`, {
        provider,
        name,
        description: `What ${role.name} may do for ${key}`,
        policy: terraformPolicy(document),
      });
      new IamRolePolicyAttachment(stack, id, { provider, role: resource.name, policyArn: policy.arn });
    }
  }
  return oidc;
}

/** The role that plans of one member account read it with, as resources: `plan_role`, `plan_role_policy`. */
export function addMemberPlanRole(
  stack: Construct,
  provider: AwsProvider,
  role: MemberPlanRole,
  accountId: string,
): void {
  const resource = new IamRole(stack, "plan_role", {
    provider,
    name: role.name,
    path: role.path,
    description: role.description,
    assumeRolePolicy: terraformPolicy(role.trust),
  });
  new IamRolePolicy(stack, "plan_role_policy", {
    provider,
    role: resource.name,
    name: role.policyName,
    policy: terraformPolicy(inAccount(role.permissions, accountId)),
  });
}

/** The same role as CloudFormation, for the StackSet. */
export function memberPlanTemplate(role: MemberPlanRole, environment: string): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The role that plans of the keyless org baseline read a member account with",
    Resources: {
      PlanRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: role.name,
          Path: role.path,
          Description: role.description,
          AssumeRolePolicyDocument: normalized(role.trust),
          Policies: [{ PolicyName: role.policyName, PolicyDocument: substituted(normalized(role.permissions)) }],
          Tags: [{ Key: ENVIRONMENT_TAG, Value: environment }],
        },
      },
    },
  };
}

/** The permissions as they are in one account. */
export function inAccount(document: PolicyDocument, accountId: string): PolicyDocument {
  return JSON.parse(JSON.stringify(document).replaceAll(THIS_ACCOUNT, () => accountId)) as PolicyDocument;
}

function normalized(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(normalizeStatement) };
}

/** Wraps every text that names the account into `Fn::Sub`. */
function substituted(value: unknown): unknown {
  if (typeof value === "string") return value.includes(THIS_ACCOUNT) ? { "Fn::Sub": value } : value;
  if (Array.isArray(value)) return value.map(substituted);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, substituted(member)]));
  return value;
}
