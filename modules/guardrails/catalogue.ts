import { denyAccessKeyCreation } from "./deny-access-key-creation";
import { denyConsolePasswordCreation } from "./deny-console-password-creation";
import { denyCredentialReactivation } from "./deny-credential-reactivation";
import { denyLeavingOrganization } from "./deny-leaving-organization";
import { denyLongTermBearerTokens } from "./deny-long-term-bearer-tokens";
import { denyLongTermKeyUse } from "./deny-long-term-key-use";
import { denyRootUser } from "./deny-root-user";
import { denyServiceCredentialCreation } from "./deny-service-credential-creation";
import { denyUnmanagedFederation } from "./deny-unmanaged-federation";
import { denyUserCreation } from "./deny-user-creation";
import { protectBaseline } from "./protect-baseline";
import { protectBreakGlass } from "./protect-break-glass";
import { restrictWebIdentity } from "./restrict-web-identity";
import type { Guardrail } from "./types";

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
  denyLongTermKeyUse,
];

export function findGuardrail(id: string): Guardrail | undefined {
  return GUARDRAILS.find((guardrail) => guardrail.id === id);
}
