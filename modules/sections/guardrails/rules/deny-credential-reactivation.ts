import {
  anyRole,
  CASE_ADMIN,
  CASE_ROOT,
  CASE_SSO_ADMIN,
  CASE_STACKSET,
  CASE_USER,
  caseRole,
  keylessRole,
} from "../context/principals";
import type { Guardrail, GuardrailContext } from "../types";

/** Actions that switch a long-term credential on or off. IAM has no condition key for which of the two. */
export const STATUS_CHANGES = [
  "iam:UpdateAccessKey",
  "iam:UpdateSSHPublicKey",
  "iam:UpdateServiceSpecificCredential",
  "iam:UpdateSigningCertificate",
] as const;

/** Who may still change the status: whoever deactivates for everybody. */
function cleaners(context: GuardrailContext): readonly string[] {
  return [anyRole(context.breakGlass.roleName), ...(context.credentialHygiene?.cleanUpRoles ?? []).map(keylessRole)];
}

export const denyCredentialReactivation: Guardrail = {
  id: "deny-credential-reactivation",
  denies:
    "Nobody switches a deactivated access key, SSH key, signing certificate or service-specific credential on again.",
  why: "A key that was deactivated because it leaked or lay unused comes back with one call that makes nothing new, so that no ban on creation sees it.",
  exemptions: [
    {
      who: "KeylessCredentialRemediation and KeylessRetirement, where credential hygiene makes them",
      why: "Deactivating is the same action as activating, and IAM has no condition key that tells them apart. KeylessRetirement also undoes a deactivation that hit a live workload.",
      cannotBeAbusedBecause:
        "protect-baseline denies everybody else to make, change or pass a role below /keyless/; the first trusts Systems Manager alone, for runs that AWS Config starts, the second the pipeline.",
    },
    {
      who: "SecurityBreakGlass",
      why: "In an incident keys must be stopped without being deleted: a deleted key cannot be brought back when it was the wrong one, and it is evidence.",
      cannotBeAbusedBecause:
        "protect-break-glass lets nobody change the role; only break-glass users with MFA assume it, each assumption raises an alarm, and credential hygiene raises another for every reactivation.",
    },
  ],
  hazards: [
    "Teams can no longer deactivate their own keys, because it is the same action: they delete them, or ask for `keyless retire`. A rotation that deactivates the old key first fails with AccessDenied.",
    "Products that rotate keys by deactivating them (Secrets Manager rotation functions, some CI plug-ins) need an exception with an end.",
  ],
  mapping: { cis: ["1.12", "1.14"], cis7: ["2.1.2", "2.11", "2.12"], nist80053: ["AC-2(3)", "AC-3", "IA-5"] },
  requires: (context) => ["protect-break-glass", ...(context.credentialHygiene ? ["protect-baseline"] : [])],
  statements: (context) => [
    {
      Sid: "DenyReactivation",
      Effect: "Deny",
      Action: [...STATUS_CHANGES],
      Resource: "*",
      Condition: { ArnNotLike: { "aws:PrincipalArn": cleaners(context) } },
    },
  ],
  observes: () => [
    {
      eventSource: "iam.amazonaws.com",
      eventNames: STATUS_CHANGES.map((action) => action.slice("iam:".length)),
      detail: { requestParameters: { status: ["Active"] } },
    },
  ],
  cases: (context) => [
    ...STATUS_CHANGES.flatMap((action) => [
      {
        name: `an administrator cannot ${action}`,
        action,
        resource: CASE_USER,
        principal: CASE_ADMIN,
        expected: "denied" as const,
      },
      {
        name: `nor a user for itself: ${action}`,
        action,
        resource: CASE_USER,
        principal: CASE_USER,
        expected: "denied" as const,
      },
      {
        name: `break glass can ${action}, to deactivate`,
        action,
        resource: CASE_USER,
        principal: caseRole(context.breakGlass.roleName),
        expected: "untouched" as const,
      },
    ]),
    {
      name: "an Identity Center administrator cannot",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: CASE_SSO_ADMIN,
      expected: "denied",
    },
    {
      name: "the root user cannot",
      action: "iam:UpdateAccessKey",
      resource: CASE_ROOT,
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "the pipeline is no exception",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: caseRole(context.memberRole),
      expected: "denied",
    },
    {
      name: "nor a StackSet",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: CASE_STACKSET,
      expected: "denied",
    },
    {
      name: "nor a role of this baseline's that only reads",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: caseRole("keyless/KeylessInventory"),
      expected: "denied",
    },
    {
      name: "nor a role of the remediation's name without its path",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: caseRole("KeylessCredentialRemediation"),
      expected: "denied",
    },
    {
      name: "nor one below another path that ends alike",
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: caseRole("x/keyless/KeylessRetirement"),
      expected: "denied",
    },
    ...["KeylessCredentialRemediation", "KeylessRetirement"].map((name) => ({
      name: `${name} can clean up where it exists, and nobody takes its name where it does not`,
      action: "iam:UpdateAccessKey",
      resource: CASE_USER,
      principal: caseRole(`keyless/${name}`),
      expected: context.credentialHygiene?.cleanUpRoles.includes(name) ? ("untouched" as const) : ("denied" as const),
    })),
    {
      name: "everybody can still delete a key",
      action: "iam:DeleteAccessKey",
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "and delete a service-specific credential",
      action: "iam:DeleteServiceSpecificCredential",
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "and see keys",
      action: "iam:ListAccessKeys",
      resource: CASE_USER,
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
