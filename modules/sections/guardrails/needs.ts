import type { BreakGlassState } from "../break-glass/resolve";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { IdentityCenterState } from "../identity-center/types";
import type { WorkloadIdentityState } from "../workload-identity/types";

/** What other sections resolve to and the guardrails depend on. */
export interface GuardrailsNeeds {
  /** Exempt from all of them. */
  readonly breakGlass: BreakGlassState;
  /** Its roles clean up. */
  readonly credentialHygiene?: CredentialHygieneState;
  /** Whom restrict-web-identity lets in. */
  readonly workloadIdentity?: WorkloadIdentityState;
  /** Exceptions name its permission sets. */
  readonly identityCenter?: IdentityCenterState;
}
