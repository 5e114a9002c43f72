import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { terraformPolicy } from "../../policy/document";
import type { RoleDefinition } from "./documents";

/** The role as Terraform resources: `role_<id>` and one attachment per managed policy. */
export function addBreakGlassRole(
  stack: Construct,
  id: string,
  provider: AwsProvider,
  role: RoleDefinition,
  dependsOn: readonly ITerraformDependable[] = [],
): IamRole {
  const resource = new IamRole(stack, `role_${id}`, {
    provider,
    name: role.name,
    path: role.path,
    description: role.description,
    maxSessionDuration: role.maxSessionSeconds,
    assumeRolePolicy: terraformPolicy(role.trust),
    lifecycle: { preventDestroy: true },
    ...(dependsOn.length > 0 ? { dependsOn: [...dependsOn] } : {}),
  });
  for (const arn of role.managedPolicyArns) {
    new IamRolePolicyAttachment(stack, `role_${id}_${arn.split("/").at(-1)}`, {
      provider,
      role: resource.name,
      policyArn: arn,
    });
  }
  return resource;
}
