import type { GuardrailCase } from "../../modules/sections/guardrails/types";
import type { PolicyRequest } from "../../modules/policy/evaluate";

/** A case of a guardrail as a request. Keys that a case does not name are not in it. */
export function caseRequest(of: GuardrailCase): PolicyRequest {
  const type =
    of.context?.["aws:AssumedRoot"] === "true"
      ? "assumedRoot"
      : of.principal.endsWith(":root")
        ? "root"
        : of.principal.includes(":user/")
          ? "user"
          : "role";
  return {
    principal: { type, arn: of.principal },
    action: of.action,
    resource: of.resource,
    context: { ...of.context },
    unlistedKeys: "absent",
  };
}
