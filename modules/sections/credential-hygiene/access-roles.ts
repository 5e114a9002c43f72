import type { CloudFormationTemplate } from "../alarms/template";
import { policyDocument } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { AccountRole, accountRolesTemplate, THIS_ACCOUNT } from "./account-role";
import { KEYLESS_ROLE_PATH, RETIREMENT_ROLE } from "./names";
import { uniqueSorted } from "../../kernel/lists";

/** The roles of `keyless inventory` and `keyless retire` in every account. No cdktf. */

export const ACCESS_ROLES_NAME = "keyless-credential-access";

/** Who may do what, the same in every account. */
export interface AccessRolesScope {
  readonly organizationId: string;
  readonly inventoryRoleName: string;
  /** ARNs of roles and users, `*` allowed in names; sorted. */
  readonly inventoryPrincipals: readonly string[];
  readonly retirementPrincipals: readonly string[];
  /** Every break-glass user, present and future: `arn:aws:iam::<home account>:user/break-glass/*`. */
  readonly breakGlassUsers: string;
}

/**
 * Trust in principals by condition: the accounts are the principals, so that a role can be trusted before it exists, and one that is made
 * again under its name still is. The organization is asked for too: an account that leaves it takes no trust along.
 */
function trustIn(scope: AccessRolesScope, principals: readonly string[]): PolicyDocument {
  const accounts = uniqueSorted(principals.map((arn) => arn.split(":")[4] ?? ""));
  return policyDocument([
    {
      Sid: "NamedPrincipals",
      Effect: "Allow",
      Principal: { AWS: accounts.map((id) => `arn:aws:iam::${id}:root`) },
      Action: "sts:AssumeRole",
      Condition: {
        ArnLike: { "aws:PrincipalArn": [...principals] },
        StringEquals: { "aws:PrincipalOrgID": scope.organizationId },
      },
    },
  ]);
}

/**
 * Reads every long-term credential of one account, and changes none. Nothing here gives a secret out: IAM shows none after it was made.
 *
 * The actions of the first statement know no resources: "Actions, resources, and condition keys for AWS Identity and Access Management"
 * and "… for AWS CloudTrail", https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
export function inventoryRole(scope: AccessRolesScope, accountId: string): AccountRole {
  return {
    name: scope.inventoryRoleName,
    path: KEYLESS_ROLE_PATH,
    description: "keyless inventory reads who has long-term credentials, and when they were last used",
    trust: trustIn(scope, scope.inventoryPrincipals),
    policyName: "read-credentials",
    permissions: policyDocument([
      {
        Sid: "ReadAccount",
        Effect: "Allow",
        Action: [
          "cloudtrail:LookupEvents",
          "iam:GenerateCredentialReport",
          "iam:GetAccountSummary",
          "iam:GetCredentialReport",
          "iam:ListUsers",
        ],
        Resource: "*",
      },
      {
        Sid: "ReadUsers",
        Effect: "Allow",
        Action: [
          "iam:GetAccessKeyLastUsed",
          "iam:GetLoginProfile",
          "iam:ListAccessKeys",
          "iam:ListMFADevices",
          "iam:ListSSHPublicKeys",
          "iam:ListServiceSpecificCredentials",
          "iam:ListSigningCertificates",
          "iam:ListUserTags",
        ],
        Resource: `arn:aws:iam::${accountId}:user/*`,
      },
    ]),
  };
}

/** Deactivates, deletes and reactivates access keys of one account's users; never those of break glass, whatever is ever allowed to it. */
export function retirementRole(scope: AccessRolesScope, accountId: string): AccountRole {
  return {
    name: RETIREMENT_ROLE,
    path: KEYLESS_ROLE_PATH,
    description: "keyless retire deactivates and deletes access keys that nobody uses",
    trust: trustIn(scope, scope.retirementPrincipals),
    policyName: "retire-access-keys",
    permissions: policyDocument([
      {
        Sid: "RetireAccessKeys",
        Effect: "Allow",
        Action: [
          "iam:DeleteAccessKey",
          "iam:GetAccessKeyLastUsed",
          "iam:ListAccessKeys",
          "iam:ListAttachedUserPolicies",
          "iam:UpdateAccessKey",
        ],
        Resource: `arn:aws:iam::${accountId}:user/*`,
      },
      { Sid: "NeverBreakGlass", Effect: "Deny", Action: "iam:*", Resource: scope.breakGlassUsers },
    ]),
  };
}

/** Both roles as CloudFormation, for the StackSet. */
export function accessRolesTemplate(scope: AccessRolesScope, environment: string): CloudFormationTemplate {
  return accountRolesTemplate(
    "The roles of keyless inventory and keyless retire",
    { InventoryRole: inventoryRole(scope, THIS_ACCOUNT), RetirementRole: retirementRole(scope, THIS_ACCOUNT) },
    environment,
  );
}
