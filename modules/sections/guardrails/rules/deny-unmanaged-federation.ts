import {
  anyRole,
  CASE_ACCOUNT,
  CASE_ADMIN,
  CASE_ROOT,
  CASE_SSO_ADMIN,
  CASE_STACKSET,
  caseRole,
  memberRoleNames,
  pipelineRoles,
} from "../context/principals";
import type { Guardrail, GuardrailContext } from "../types";

/** Everything that makes or changes an identity provider of IAM. */
export const PROVIDER_CHANGES = [
  "iam:AddClientIDToOpenIDConnectProvider",
  "iam:CreateOpenIDConnectProvider",
  "iam:CreateSAMLProvider",
  "iam:DeleteOpenIDConnectProvider",
  "iam:DeleteSAMLProvider",
  "iam:RemoveClientIDFromOpenIDConnectProvider",
  "iam:UpdateOpenIDConnectProviderThumbprint",
  "iam:UpdateSAMLProvider",
] as const;

/**
 * The same for Roles Anywhere. Attribute mappings make the session tags that trust policies ask for; a revocation list that is gone
 * or thinned out makes revoked certificates good again. Importing one does not only close: a trust anchor takes two, and that quota cannot be
 * raised (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/quotas.html), so that two old ones keep the CA's present one out. What only
 * closes (disabling an anchor or a profile, enabling a revocation list) is left to everybody.
 */
export const ROLES_ANYWHERE_CHANGES = [
  "rolesanywhere:CreateProfile",
  "rolesanywhere:CreateTrustAnchor",
  "rolesanywhere:DeleteAttributeMapping",
  "rolesanywhere:DeleteCrl",
  "rolesanywhere:DeleteProfile",
  "rolesanywhere:DeleteTrustAnchor",
  "rolesanywhere:DisableCrl",
  "rolesanywhere:EnableProfile",
  "rolesanywhere:EnableTrustAnchor",
  "rolesanywhere:ImportCrl",
  "rolesanywhere:PutAttributeMapping",
  "rolesanywhere:UpdateCrl",
  "rolesanywhere:UpdateProfile",
  "rolesanywhere:UpdateTrustAnchor",
] as const;

const CLOSING = [
  "rolesanywhere:DisableProfile",
  "rolesanywhere:DisableTrustAnchor",
  "rolesanywhere:EnableCrl",
] as const;

/** The resource that a case is about. */
function resourceOf(action: string): string {
  if (action.includes("OpenIDConnect"))
    return `arn:aws:iam::${CASE_ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
  if (action.includes("SAML")) return `arn:aws:iam::${CASE_ACCOUNT}:saml-provider/corporate`;
  const kind = action.endsWith("TrustAnchor") ? "trust-anchor" : action.endsWith("Crl") ? "crl" : "profile";
  return `arn:aws:rolesanywhere:eu-central-1:${CASE_ACCOUNT}:${kind}/11112222-3333-4444-5555-666677778888`;
}

const names = (actions: readonly string[]): readonly string[] =>
  actions.map((action) => action.slice(action.indexOf(":") + 1));

const writers = (context: GuardrailContext): readonly string[] => [
  ...pipelineRoles(context),
  anyRole(context.breakGlass.roleName),
];

export const denyUnmanagedFederation: Guardrail = {
  id: "deny-unmanaged-federation",
  denies:
    "Nobody but the pipeline makes or changes an entry point for outsiders: OIDC and SAML providers, trust anchors, profiles and revocation lists of Roles Anywhere.",
  why: "Whoever has the signing key of a provider or a certificate authority gets roles without any AWS credential: a federation entry point is as good as a key, and lasts longer.",
  exemptions: [
    {
      who: "The pipeline's role in member accounts",
      why: "It makes the providers and trust anchors that workloadIdentity describes, which are reviewed.",
      cannotBeAbusedBecause:
        "protect-break-glass denies everybody but break glass to change that role; it trusts the management account, where the pipeline runs.",
    },
    {
      who: "SecurityBreakGlass",
      why: "A broken SAML or OIDC provider is one of the emergencies that break glass is for.",
      cannotBeAbusedBecause: "Only break-glass users with MFA can assume it, and every assumption raises an alarm.",
    },
  ],
  hazards: [
    "EKS with IAM roles for service accounts needs an OIDC provider for each cluster: use EKS Pod Identity, or let the pipeline make the provider.",
    "Products that federate by themselves during installation (some CI and security products) fail with AccessDenied: describe them in workloadIdentity, or grant an exception.",
    "Existing providers and trust anchors keep working, and the teams that made them can no longer change or delete them. Trust anchors and profiles can still be disabled by everybody.",
    "A team's own job that imports revocation lists (CRLs) into Roles Anywhere fails: name the lists in workloadIdentity, and keyless crl imports them.",
    "Identity Center makes its SAML provider with a service-linked role, which no SCP binds.",
    "Not covered, because no IAM provider is made: trust in the built-in providers (Google, Facebook, Amazon, Cognito), which restrict-web-identity stops; hybrid activations of Systems Manager and role aliases of IoT, whose roles trust a service of AWS.",
  ],
  mapping: { cis: ["1.21"], cis7: ["2.1.2", "2.19"], nist80053: ["AC-2", "AC-3", "IA-2", "IA-8", "IA-9"] },
  requires: () => ["protect-break-glass"],
  statements: (context) => [
    {
      Sid: "DenyUnmanagedFederation",
      Effect: "Deny",
      Action: [...PROVIDER_CHANGES, ...ROLES_ANYWHERE_CHANGES],
      Resource: "*",
      Condition: { ArnNotLike: { "aws:PrincipalArn": writers(context) } },
    },
  ],
  observes: (context) =>
    [
      { eventSource: "iam.amazonaws.com", eventNames: names(PROVIDER_CHANGES) },
      { eventSource: "rolesanywhere.amazonaws.com", eventNames: names(ROLES_ANYWHERE_CHANGES) },
    ].map((observation) => ({
      ...observation,
      detail: {
        userIdentity: {
          arn: [
            {
              "anything-but": {
                wildcard: [...memberRoleNames(context), context.breakGlass.roleName].map(
                  (role) => `*:assumed-role/${role}/*`,
                ),
              },
            },
          ],
        },
      },
    })),
  cases: (context) => [
    ...[...PROVIDER_CHANGES, ...ROLES_ANYWHERE_CHANGES].flatMap((action) => [
      {
        name: `an administrator cannot ${action}`,
        action,
        resource: resourceOf(action),
        principal: CASE_ADMIN,
        expected: "denied" as const,
      },
      {
        name: `the pipeline can ${action}`,
        action,
        resource: resourceOf(action),
        principal: caseRole(context.memberRole),
        expected: "untouched" as const,
      },
      {
        name: `break glass can ${action}`,
        action,
        resource: resourceOf(action),
        principal: caseRole(context.breakGlass.roleName),
        expected: "untouched" as const,
      },
    ]),
    {
      name: "an Identity Center administrator cannot",
      action: "iam:UpdateSAMLProvider",
      resource: resourceOf("SAML"),
      principal: CASE_SSO_ADMIN,
      expected: "denied",
    },
    {
      name: "nor the root user",
      action: "iam:CreateOpenIDConnectProvider",
      resource: resourceOf("OpenIDConnect"),
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "nor a StackSet",
      action: "rolesanywhere:CreateTrustAnchor",
      resource: resourceOf("TrustAnchor"),
      principal: CASE_STACKSET,
      expected: "denied",
    },
    {
      name: "nor a role of the pipeline's name below a path",
      action: "iam:CreateSAMLProvider",
      resource: resourceOf("SAML"),
      principal: caseRole(`team/${context.memberRole}`),
      expected: "denied",
    },
    ...CLOSING.map((action) => ({
      name: `everybody can close an entry: ${action}`,
      action,
      resource: resourceOf(action),
      principal: CASE_ADMIN,
      expected: "untouched" as const,
    })),
    {
      name: "and look at one",
      action: "iam:GetOpenIDConnectProvider",
      resource: resourceOf("OpenIDConnect"),
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "workloads still come in",
      action: "sts:AssumeRoleWithWebIdentity",
      resource: caseRole("app"),
      principal: CASE_ADMIN,
      expected: "untouched",
    },
  ],
};
