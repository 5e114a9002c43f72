import { denyAccessKeyCreation } from "./deny-access-key-creation";
import { denyConsolePasswordCreation } from "./deny-console-password-creation";
import { denyCredentialReactivation } from "./deny-credential-reactivation";
import { denyLeavingOrganization } from "./deny-leaving-organization";
import { denyServiceCredentialCreation } from "./deny-service-credential-creation";
import { denyUserCreation } from "./deny-user-creation";
import { protectBaseline } from "./protect-baseline";
import { protectBreakGlass } from "./protect-break-glass";
import type { Guardrail } from "./types";

/** Every guardrail, in the order of the journey: protect the way in, then close the doors. */
export const GUARDRAILS: readonly Guardrail[] = [
  protectBreakGlass,
  protectBaseline,
  denyLeavingOrganization,
  denyAccessKeyCreation,
  denyServiceCredentialCreation,
  denyConsolePasswordCreation,
  denyUserCreation,
  denyCredentialReactivation,
];

export function findGuardrail(id: string): Guardrail | undefined {
  return GUARDRAILS.find((guardrail) => guardrail.id === id);
}
