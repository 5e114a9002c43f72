import { kindLabel } from "../workload-identity/oidc";
import { memberPlanRole } from "./documents";
import type { PipelineState } from "./types";

/** The pipeline, for people. */
export interface PipelineSummary {
  readonly runsIn: string;
  readonly plan: { readonly role: string; readonly subjects: readonly string[] };
  readonly apply: { readonly role: string; readonly subjects: readonly string[] };
  readonly memberPlanRole: string;
}

export function pipelineSummary({ provider, plan, apply, memberPlan }: PipelineState): PipelineSummary {
  return {
    runsIn: kindLabel(provider.kind),
    plan: { role: plan.role.name, subjects: plan.subjects },
    apply: { role: apply.role.name, subjects: apply.subjects },
    memberPlanRole: memberPlanRole(memberPlan.name),
  };
}
