import { ENVIRONMENT_TAG } from "../config/settings";
import type { Account } from "../organization/types";
import { ABSENT, PolicyRequest } from "../policy/evaluate";
import type { ProofInput } from "./types";

/** One thing that break glass must be able to do on the day it is needed. */
export interface RecoveryTask {
  readonly task: string;
  readonly actions: readonly string[];
  /** ARN in an account, `*` where the actions know no resource. */
  resource(at: { readonly accountId: string; readonly region: string; readonly memberRole: string }): string;
  /** What is known of the resource. */
  readonly context?: NonNullable<PolicyRequest["context"]>;
  /** `global` services are called in us-east-1, whatever the home region is. */
  readonly scope: "global" | "regional";
  /** Where the task is done. @default - in every account */
  readonly where?: "member" | "management" | "identity-center";
}

const iam =
  (type: string, name: string) =>
  ({ accountId }: { readonly accountId: string }): string =>
    `arn:aws:iam::${accountId}:${type}/${name}`;
const any = (): string => "*";

/**
 * The recovery list. Each task is what a person does with the console or the CLI when people cannot sign in any more, or when
 * somebody else could.
 */
export const RECOVERY: readonly RecoveryTask[] = [
  {
    task: "fix the SAML provider",
    scope: "global",
    actions: ["iam:CreateSAMLProvider", "iam:DeleteSAMLProvider", "iam:GetSAMLProvider", "iam:UpdateSAMLProvider"],
    resource: iam("saml-provider", "idp"),
  },
  {
    task: "fix an OIDC provider",
    scope: "global",
    actions: [
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:CreateOpenIDConnectProvider",
      "iam:DeleteOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    resource: iam("oidc-provider", "token.actions.githubusercontent.com"),
  },
  {
    task: "fix Identity Center",
    scope: "regional",
    where: "identity-center",
    actions: [
      "sso:AttachManagedPolicyToPermissionSet",
      "sso:CreateAccountAssignment",
      "sso:CreatePermissionSet",
      "sso:DeleteAccountAssignment",
      "sso:DeletePermissionSet",
      "sso:ProvisionPermissionSet",
      "sso:PutInlinePolicyToPermissionSet",
      "sso:UpdatePermissionSet",
      "identitystore:CreateGroupMembership",
      "identitystore:CreateUser",
      "sso-directory:UpdatePassword",
    ],
    resource: any,
  },
  {
    task: "fix roles",
    scope: "global",
    actions: [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePermissionsBoundary",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PassRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ],
    resource: iam("role", "app"),
  },
  {
    task: "fix the pipeline's role",
    scope: "global",
    where: "member",
    actions: [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRolePermissionsBoundary",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
    ],
    resource: ({ accountId, memberRole }) => `arn:aws:iam::${accountId}:role/${memberRole}`,
  },
  {
    task: "fix policies",
    scope: "global",
    actions: [
      "iam:CreatePolicy",
      "iam:CreatePolicyVersion",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:SetDefaultPolicyVersion",
    ],
    resource: iam("policy", "app"),
  },
  {
    task: "take away a user's credentials",
    scope: "global",
    actions: [
      "iam:DeactivateMFADevice",
      "iam:DeleteAccessKey",
      "iam:DeleteLoginProfile",
      "iam:DeleteSSHPublicKey",
      "iam:DeleteServiceSpecificCredential",
      "iam:DeleteSigningCertificate",
      "iam:DeleteUser",
      "iam:DeleteUserPolicy",
      "iam:DetachUserPolicy",
      "iam:ListAccessKeys",
      "iam:PutUserPolicy",
      "iam:UpdateAccessKey",
      "iam:UpdateSSHPublicKey",
      "iam:UpdateServiceSpecificCredential",
      "iam:UpdateSigningCertificate",
    ],
    resource: iam("user", "ci"),
  },
  {
    task: "see who has what",
    scope: "global",
    actions: [
      "iam:GenerateCredentialReport",
      "iam:GetAccountAuthorizationDetails",
      "iam:GetCredentialReport",
      "iam:ListRoles",
      "iam:ListUsers",
    ],
    resource: any,
  },
  {
    task: "fix CloudTrail",
    scope: "regional",
    actions: [
      "cloudtrail:CreateTrail",
      "cloudtrail:PutEventSelectors",
      "cloudtrail:StartLogging",
      "cloudtrail:UpdateTrail",
    ],
    resource: ({ accountId, region }) => `arn:aws:cloudtrail:${region}:${accountId}:trail/trail`,
  },
  {
    task: "read CloudTrail",
    scope: "regional",
    actions: ["cloudtrail:DescribeTrails", "cloudtrail:LookupEvents"],
    resource: any,
  },
  {
    task: "fix a KMS key of the account's own",
    scope: "regional",
    // Keys of this baseline's carry the tag, and are the pipeline's to fix.
    context: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: ABSENT },
    actions: ["kms:CancelKeyDeletion", "kms:CreateGrant", "kms:DescribeKey", "kms:EnableKey", "kms:PutKeyPolicy"],
    resource: ({ accountId, region }) => `arn:aws:kms:${region}:${accountId}:key/11112222-3333-4444-5555-666677778888`,
  },
  {
    task: "stop and start instances",
    scope: "regional",
    actions: [
      "ec2:ModifyInstanceAttribute",
      "ec2:RebootInstances",
      "ec2:StartInstances",
      "ec2:StopInstances",
      "ec2:TerminateInstances",
    ],
    resource: ({ accountId, region }) => `arn:aws:ec2:${region}:${accountId}:instance/i-0123456789abcdef0`,
  },
  {
    task: "close a network",
    scope: "regional",
    actions: ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
    resource: ({ accountId, region }) => `arn:aws:ec2:${region}:${accountId}:security-group/sg-0123456789abcdef0`,
  },
  {
    task: "see instances",
    scope: "regional",
    actions: ["ec2:DescribeInstances", "ec2:DescribeSecurityGroups"],
    resource: any,
  },
  {
    task: "detach an SCP",
    scope: "global",
    where: "management",
    actions: ["organizations:DetachPolicy", "organizations:ListPoliciesForTarget", "organizations:UpdatePolicy"],
    resource: any,
  },
];

/** The tasks that are done in an account. */
export function recoveryIn(input: ProofInput, account: Account): readonly RecoveryTask[] {
  const { organization } = input.environment;
  const isManagement = account.id === organization.managementAccountId;
  const centers = new Set([
    organization.managementAccountId,
    ...organization.delegatedAdministrators
      .filter((admin) => admin.services.includes("sso.amazonaws.com"))
      .map((admin) => admin.accountId),
  ]);
  return RECOVERY.filter(({ where }) => {
    switch (where) {
      case "member":
        return !isManagement;
      case "management":
        return isManagement;
      case "identity-center":
        return organization.identityCenter !== undefined && centers.has(account.id);
      default:
        return true;
    }
  });
}
