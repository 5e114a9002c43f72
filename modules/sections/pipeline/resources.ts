import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { Construct } from "constructs";
import { terraformPolicy } from "../../policy/document";
import { addOidcProvider, addWorkloadRole } from "../workload-identity/resources";
import { inAccount } from "./member-plan";
import type { MemberPlanRole, PipelineState } from "./types";

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
