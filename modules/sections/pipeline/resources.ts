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
import { MemberPlanRole, PipelineState, PolicyPart, rolesOf } from "./types";

/**
 * The provider, the roles, their policies and the boundaries in the management account: `oidc_provider`, `role_plan…`, `policy_plan_<kind>`,
 * `role_apply…`, `role_apply_<section>…`, `policy_boundary_<section>`.
 */
export function addPipeline(
  stack: Construct,
  provider: AwsProvider,
  pipeline: PipelineState,
): IamOpenidConnectProvider {
  const oidc = addOidcProvider(stack, "oidc_provider", provider, pipeline.provider);
  const made = new Map<string, IamPolicy>();
  const policy = (id: string, { name, document }: PolicyPart, description: string): IamPolicy => {
    const known = made.get(name);
    if (known) return known;
    const resource = new IamPolicy(stack, id, { provider, name, description, policy: terraformPolicy(document) });
    made.set(name, resource);
    return resource;
  };
  for (const part of pipeline.boundaries)
    policy(`policy_boundary_${part.key}`, part, `The most that roles of ${part.key} may do in this account`);
  for (const { role, policies, shared = [] } of rolesOf(pipeline)) {
    const { role: resource } = addWorkloadRole(stack, provider, role, {}, [oidc]);
    const base = role.workload.split("_")[0]!;
    for (const part of policies) {
      const { arn } = policy(`policy_${base}_${part.key}`, part, `What ${role.name} may do for ${part.key}`);
      new IamRolePolicyAttachment(stack, `role_${role.workload}_${part.key}`, {
        provider,
        role: resource.name,
        policyArn: arn,
      });
    }
    for (const part of shared)
      new IamRolePolicyAttachment(stack, `role_${role.workload}_reads_${part.key}`, {
        provider,
        role: resource.name,
        policyArn: made.get(part.name)!.arn,
      });
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
