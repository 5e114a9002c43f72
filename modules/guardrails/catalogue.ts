import { denyAccessKeyCreation } from "./deny-access-key-creation";
import { denyUserCreation } from "./deny-user-creation";
import { protectBreakGlass } from "./protect-break-glass";
import type { Guardrail } from "./types";

/** Every guardrail, in the order of the journey: protect the way in, then close the doors. */
export const GUARDRAILS: readonly Guardrail[] = [protectBreakGlass, denyAccessKeyCreation, denyUserCreation];

export function findGuardrail(id: string): Guardrail | undefined {
  return GUARDRAILS.find((guardrail) => guardrail.id === id);
}
