import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { RolesanywhereProfile } from "@cdktf/provider-aws/lib/rolesanywhere-profile";
import { RolesanywhereTrustAnchor } from "@cdktf/provider-aws/lib/rolesanywhere-trust-anchor";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { terraformPolicy } from "../../policy/document";
import type { AnywhereWorkload, OidcProviderState, TrustAnchorState, WorkloadRole } from "./types";
import { defined } from "../../kernel/optional";

/** A trust anchor: `trust_anchor_<name>`. A new one has another ARN, and every role that trusts it would be cut off: never destroyed by accident. */
export function addTrustAnchor(
  stack: Construct,
  provider: AwsProvider,
  anchor: TrustAnchorState,
): RolesanywhereTrustAnchor {
  const source =
    "privateCaArn" in anchor.source
      ? { sourceType: "AWS_ACM_PCA", sourceData: { acmPcaArn: anchor.source.privateCaArn } }
      : { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: anchor.source.certificateBundle } };
  return new RolesanywhereTrustAnchor(stack, `trust_anchor_${anchor.name}`, {
    provider,
    name: anchor.name,
    enabled: true,
    source,
    lifecycle: { preventDestroy: true },
  });
}

/** The role of a workload that holds a certificate, and the profile that hands it out: `role_<workload>…`, `profile_<workload>`. */
export function addAnywhereWorkload(
  stack: Construct,
  provider: AwsProvider,
  workload: AnywhereWorkload,
  anchor: { readonly arn: string; readonly resource: RolesanywhereTrustAnchor },
): void {
  const { role, permissions } = addWorkloadRole(stack, provider, workload.role, { [anchor.arn]: anchor.resource.arn });
  new RolesanywhereProfile(stack, `profile_${workload.role.workload}`, {
    provider,
    name: workload.role.workload,
    enabled: true,
    roleArns: [role.arn],
    durationSeconds: workload.sessionSeconds,
    dependsOn: [...permissions],
  });
}

/** `oidc_provider_<name>`. No thumbprints: IAM verifies issuers by its library of root CAs, and gets a thumbprint itself where it needs one. */
export function addOidcProvider(
  stack: Construct,
  id: string,
  provider: AwsProvider,
  { url, audiences }: OidcProviderState,
): IamOpenidConnectProvider {
  return new IamOpenidConnectProvider(stack, id, { provider, url, clientIdList: [...audiences] });
}

/**
 * The role of a workload with its permissions: `role_<workload>`, `role_<workload>_<policy>`, `role_<workload>_inline`.
 *
 * @param references ARNs in the trust policy that stand for those of resources of this stack
 */
export function addWorkloadRole(
  stack: Construct,
  provider: AwsProvider,
  role: WorkloadRole,
  references: Readonly<Record<string, string>> = {},
  dependsOn: readonly ITerraformDependable[] = [],
): { readonly role: IamRole; readonly permissions: readonly ITerraformDependable[] } {
  const id = `role_${role.workload}`;
  const resource = new IamRole(stack, id, {
    provider,
    name: role.name,
    path: role.path,
    description: role.description,
    maxSessionDuration: role.maxSessionSeconds,
    assumeRolePolicy: terraformPolicy(role.trust, references),
    ...defined({ permissionsBoundary: role.permissionsBoundary }),
    ...(dependsOn.length > 0 ? { dependsOn: [...dependsOn] } : {}),
  });
  const permissions: ITerraformDependable[] = role.managedPolicies.map(
    ({ key, arn }) =>
      new IamRolePolicyAttachment(stack, `${id}_${key}`, { provider, role: resource.name, policyArn: arn }),
  );
  if (role.inlinePolicy)
    permissions.push(
      new IamRolePolicy(stack, `${id}_inline`, {
        provider,
        role: resource.name,
        name: "permissions",
        policy: terraformPolicy(role.inlinePolicy),
      }),
    );
  return { role: resource, permissions };
}
