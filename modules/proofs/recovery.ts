import { ENVIRONMENT_TAG } from "../config/settings";
import type { Account } from "../organization/types";
import type { KeySets, TextSet } from "../policy/decide";
import { KEYLESS_ROLE_PATH } from "../sections/credential-hygiene/names";
import { BreakGlassIdentity, userArn } from "../sections/break-glass/documents";
import { ANY_RESOURCE, arnSet, iamSet } from "./arns";
import type { ProofInput } from "./types";

/** Who break glass is: all that the list asks of an environment. */
export interface RecoveryInput {
  readonly breakGlass: {
    readonly identity: Pick<BreakGlassIdentity, "homeAccountId" | "roleName" | "userPath">;
  };
}

/** One thing that break glass must be able to do on the day it is needed. */
export interface RecoveryTask {
  readonly task: string;
  readonly actions: readonly string[];
  /** The resources in words. */
  readonly on: string;
  resources(
    at: { readonly accountId: string; readonly region: string; readonly memberRole: string },
    input: RecoveryInput,
  ): TextSet;
  /** What is known of the resource. */
  readonly keys?: KeySets;
  /** `global` services are called in us-east-1, whatever the home region is. */
  readonly scope: "global" | "regional";
  /** Where the task is done. @default - in every account */
  readonly where?: "member" | "management" | "identity-center";
}

const iam =
  (type: string) =>
  ({ accountId }: { readonly accountId: string }): TextSet =>
    iamSet(accountId, type);
const any = (): TextSet => ANY_RESOURCE;
const of =
  (service: string, type: string) =>
  ({ accountId, region }: { readonly accountId: string; readonly region: string }): TextSet =>
    arnSet(`arn:aws:${service}:${region}:${accountId}:${type}/*`, []);

/** Roles that are the baseline's, CloudFormation's, AWS's and an exception's: protected from everybody, break glass among them. */
function ordinaryRoles(
  { accountId, memberRole }: { readonly accountId: string; readonly memberRole: string },
  input: RecoveryInput,
): TextSet {
  const role = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
  return iamSet(accountId, "role", [
    role(input.breakGlass.identity.roleName),
    role(memberRole),
    role("stacksets-exec-*"),
    role(`${KEYLESS_ROLE_PATH.slice(1)}*`),
    role("keyless-*"),
    role("aws-service-role/*"),
    role("aws-reserved/*"),
  ]);
}

/** Users that are not break glass. */
function ordinaryUsers(
  { accountId }: { readonly accountId: string },
  { breakGlass: { identity } }: RecoveryInput,
): TextSet {
  return iamSet(accountId, "user", accountId === identity.homeAccountId ? [userArn(identity, "*")] : []);
}

/**
 * The recovery list. Each task is what a person does with the console or the CLI when people cannot sign in any more, or when
 * somebody else could.
 */
export const RECOVERY: readonly RecoveryTask[] = [
  {
    task: "fix the SAML provider",
    scope: "global",
    actions: ["iam:CreateSAMLProvider", "iam:DeleteSAMLProvider", "iam:GetSAMLProvider", "iam:UpdateSAMLProvider"],
    on: "any SAML provider",
    resources: iam("saml-provider"),
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
    on: "any OIDC provider",
    resources: iam("oidc-provider"),
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
    on: "any resource",
    resources: any,
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
    on: "any role but the baseline's and AWS's own",
    resources: ordinaryRoles,
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
    on: "the pipeline's role",
    resources: ({ accountId, memberRole }) => ({ like: [`arn:aws:iam::${accountId}:role/${memberRole}`] }),
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
    on: "any policy of the account",
    resources: iam("policy"),
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
    on: "any user but those of break glass",
    resources: ordinaryUsers,
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
    on: "any resource",
    resources: any,
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
    on: "any trail",
    resources: of("cloudtrail", "trail"),
  },
  {
    task: "read CloudTrail",
    scope: "regional",
    actions: ["cloudtrail:DescribeTrails", "cloudtrail:LookupEvents"],
    on: "any resource",
    resources: any,
  },
  {
    task: "fix a KMS key of the account's own",
    scope: "regional",
    // Keys of this baseline's carry the tag, and are the pipeline's to fix.
    keys: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: "absent" },
    actions: ["kms:CancelKeyDeletion", "kms:CreateGrant", "kms:DescribeKey", "kms:EnableKey", "kms:PutKeyPolicy"],
    on: "any key that is not the baseline's",
    resources: of("kms", "key"),
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
    on: "any instance",
    resources: of("ec2", "instance"),
  },
  {
    task: "close a network",
    scope: "regional",
    actions: ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
    on: "any security group",
    resources: of("ec2", "security-group"),
  },
  {
    task: "see instances",
    scope: "regional",
    actions: ["ec2:DescribeInstances", "ec2:DescribeSecurityGroups"],
    on: "any resource",
    resources: any,
  },
  {
    task: "detach an SCP",
    scope: "global",
    where: "management",
    actions: ["organizations:DetachPolicy", "organizations:ListPoliciesForTarget", "organizations:UpdatePolicy"],
    on: "any resource",
    resources: any,
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
