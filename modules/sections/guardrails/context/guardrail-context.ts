import type { GuardrailsEnvironment } from "../types";
import { RETIREMENT_ROLE } from "../../credential-hygiene/names";
import { REMEDIATION_ROLE } from "../../credential-hygiene/remediation";
import { CONTROL_TOWER_ROLE } from "../../landing-zone/control-tower-shapes";
import { memberRoles } from "../../member-roles";
import type { GuardrailsNeeds } from "../needs";
import type { GuardrailContext } from "../types";
import { outsideAccounts } from "./outside-accounts";
import { webIdentityContext } from "./web-identity";

/** What the guardrails of an environment depend on. */
export function guardrailContext(
  environment: GuardrailsEnvironment,
  { breakGlass, credentialHygiene, workloadIdentity }: GuardrailsNeeds,
): GuardrailContext {
  const { baseline, organization } = environment;
  const roles = memberRoles(environment);
  const others = roles.names.filter((name) => name !== baseline.access.memberRole);
  return {
    organizationId: organization.id,
    managementAccountId: organization.managementAccountId,
    breakGlass: breakGlass.identity,
    breakGlassRollout: breakGlass.rollout,
    memberRole: baseline.access.memberRole,
    ...(others.length > 0
      ? { otherMemberRoles: others, homeMemberRole: roles.of(breakGlass.identity.homeAccountId) }
      : {}),
    ...(baseline.landingZone === "control-tower" ? { landingZoneRole: CONTROL_TOWER_ROLE } : {}),
    webIdentity: webIdentityContext(environment, workloadIdentity),
    outsideAccounts: outsideAccounts(environment),
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
