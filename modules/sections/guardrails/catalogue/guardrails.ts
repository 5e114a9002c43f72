import { denyAccessKeyCreation } from "../rules/deny-access-key-creation";
import { denyConsolePasswordCreation } from "../rules/deny-console-password-creation";
import { denyCredentialReactivation } from "../rules/deny-credential-reactivation";
import { denyLeavingOrganization } from "../rules/deny-leaving-organization";
import { denyLongTermBearerTokens } from "../rules/deny-long-term-bearer-tokens";
import { denyLongTermKeyUse } from "../rules/deny-long-term-key-use";
import { denyRootUser } from "../rules/deny-root-user";
import { denyServiceCredentialCreation } from "../rules/deny-service-credential-creation";
import { denyUnmanagedFederation } from "../rules/deny-unmanaged-federation";
import { denyUserCreation } from "../rules/deny-user-creation";
import { protectBaseline } from "../rules/protect-baseline";
import { protectBreakGlass } from "../rules/protect-break-glass";
import { restrictOutsideAccounts } from "../rules/restrict-outside-accounts";
import { restrictWebIdentity } from "../rules/restrict-web-identity";
import type { Guardrail } from "../types";

/** Every guardrail, in the order of the journey: protect the way in, then close the doors. */
export const GUARDRAILS: readonly Guardrail[] = [
  protectBreakGlass,
  protectBaseline,
  denyLeavingOrganization,
  denyRootUser,
  denyAccessKeyCreation,
  denyServiceCredentialCreation,
  denyConsolePasswordCreation,
  denyUserCreation,
  denyCredentialReactivation,
  denyLongTermBearerTokens,
  denyUnmanagedFederation,
  restrictWebIdentity,
  restrictOutsideAccounts,
  denyLongTermKeyUse,
];

export function findGuardrail(id: string): Guardrail | undefined {
  return GUARDRAILS.find((guardrail) => guardrail.id === id);
}
