import type { BreakGlassState } from "../break-glass/resolve";
import type { Environment } from "../config/environment";
import { RETIREMENT_ROLE } from "../credential-hygiene/names";
import { REMEDIATION_ROLE } from "../credential-hygiene/remediation";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { GuardrailContext } from "./types";

/** What the guardrails of an environment depend on. */
export function guardrailContext({ baseline, organization }: Environment, breakGlass: BreakGlassState, credentialHygiene: CredentialHygieneState | undefined): GuardrailContext {
  return {
    organizationId: organization.id,
    managementAccountId: organization.managementAccountId,
    breakGlass: breakGlass.identity,
    breakGlassRollout: breakGlass.rollout,
    memberRole: baseline.access.memberRole,
    ...(credentialHygiene
      ? {
          credentialHygiene: {
            managingAccountId: credentialHygiene.managingAccountId,
            // Only roles that are there: an exempt name that nobody has taken is a name to take.
            cleanUpRoles: [...(credentialHygiene.remediation ? [REMEDIATION_ROLE] : []), RETIREMENT_ROLE].sort(),
          },
        }
      : {}),
  };
}
