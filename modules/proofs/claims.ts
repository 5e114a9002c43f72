import type { PolicyRequest } from "../policy/evaluate";
import type { PrincipalKind } from "./types";

/** What makes a long-term credential, or an entry point that is as good as one, and which guardrail promises that nobody does. */
export interface Claim {
  readonly guardrail: string;
  readonly effect: "mints" | "revives" | "federates" | "uses";
  readonly actions: readonly string[];
  /** Resources in an account; with several each is asked about. */
  resources(at: ClaimPlace): readonly string[];
  readonly context?: NonNullable<PolicyRequest["context"]>;
  /** Kinds that the guardrail spares by design: nobody else can become one of them, which is a proof of its own. */
  spares(at: ClaimPlace): readonly PrincipalKind[];
}

export interface ClaimPlace {
  readonly accountId: string;
  /** Home region. */
  readonly region: string;
  /** Name of an IAM path, with slashes. */
  readonly breakGlassPath: string;
}

const nobody = (): readonly PrincipalKind[] => [];
/** An ordinary user, and one that only looks like a break-glass user: the path alone opens nothing. */
const users = ({ accountId, breakGlassPath }: ClaimPlace): readonly string[] => [
  `arn:aws:iam::${accountId}:user/ci`,
  `arn:aws:iam::${accountId}:user/other${breakGlassPath}ci`,
];

/**
 * The claims, written down apart from the guardrails' statements: what a statement forgets, a proof still asks. A test holds the list
 * of actions against the list of credential events and the catalogue's.
 */
export const CLAIMS: readonly Claim[] = [
  {
    guardrail: "deny-access-key-creation",
    effect: "mints",
    actions: ["iam:CreateAccessKey"],
    resources: users,
    spares: nobody,
  },
  { guardrail: "deny-user-creation", effect: "mints", actions: ["iam:CreateUser"], resources: users, spares: nobody },
  {
    guardrail: "deny-console-password-creation",
    effect: "mints",
    actions: ["iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
    resources: users,
    spares: nobody,
  },
  {
    guardrail: "deny-service-credential-creation",
    effect: "mints",
    actions: [
      "iam:CreateServiceSpecificCredential",
      "iam:ResetServiceSpecificCredential",
      "iam:UploadSSHPublicKey",
      "iam:UploadSigningCertificate",
    ],
    resources: users,
    spares: nobody,
  },
  {
    guardrail: "deny-credential-reactivation",
    effect: "revives",
    actions: [
      "iam:UpdateAccessKey",
      "iam:UpdateSSHPublicKey",
      "iam:UpdateServiceSpecificCredential",
      "iam:UpdateSigningCertificate",
    ],
    resources: users,
    // The same actions deactivate, and know no condition key for the status: whoever cleans up could revive.
    spares: () => ["remediation", "retirement", "break-glass"],
  },
  {
    guardrail: "deny-long-term-bearer-tokens",
    effect: "uses",
    actions: ["bedrock:CallWithBearerToken"],
    resources: () => ["*"],
    context: { "bedrock:BearerTokenType": "LONG_TERM" },
    spares: nobody,
  },
  {
    guardrail: "deny-unmanaged-federation",
    effect: "federates",
    actions: [
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:CreateOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    resources: ({ accountId }) => [`arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`],
    spares: () => ["pipeline-member", "break-glass"],
  },
  {
    guardrail: "deny-unmanaged-federation",
    effect: "federates",
    actions: ["iam:CreateSAMLProvider", "iam:UpdateSAMLProvider"],
    resources: ({ accountId }) => [`arn:aws:iam::${accountId}:saml-provider/idp`],
    spares: () => ["pipeline-member", "break-glass"],
  },
  {
    guardrail: "deny-unmanaged-federation",
    effect: "federates",
    actions: ["rolesanywhere:CreateTrustAnchor", "rolesanywhere:EnableTrustAnchor", "rolesanywhere:UpdateTrustAnchor"],
    resources: ({ accountId, region }) => [
      `arn:aws:rolesanywhere:${region}:${accountId}:trust-anchor/11112222-3333-4444-5555-666677778888`,
    ],
    spares: () => ["pipeline-member", "break-glass"],
  },
  {
    guardrail: "deny-unmanaged-federation",
    effect: "federates",
    actions: ["rolesanywhere:CreateProfile", "rolesanywhere:EnableProfile", "rolesanywhere:UpdateProfile"],
    resources: ({ accountId, region }) => [
      `arn:aws:rolesanywhere:${region}:${accountId}:profile/11112222-3333-4444-5555-666677778888`,
    ],
    spares: () => ["pipeline-member", "break-glass"],
  },
  {
    // A revocation list that is gone or thinned out makes revoked certificates good again.
    guardrail: "deny-unmanaged-federation",
    effect: "revives",
    actions: ["rolesanywhere:DeleteCrl", "rolesanywhere:DisableCrl", "rolesanywhere:UpdateCrl"],
    resources: ({ accountId, region }) => [
      `arn:aws:rolesanywhere:${region}:${accountId}:crl/11112222-3333-4444-5555-666677778888`,
    ],
    spares: () => ["pipeline-member", "break-glass"],
  },
];
