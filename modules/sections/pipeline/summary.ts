import { kindLabel } from "../workload-identity/oidc";
import { memberPlanRole } from "./documents";
import type { PipelineState } from "./types";

/** The pipeline, for people. */
export interface PipelineSummary {
  readonly runsIn: string;
  readonly plan: { readonly role: string; readonly subjects: readonly string[] };
  /** Absent in HCP Terraform: the sections' roles trust the runs themselves. */
  readonly apply?: { readonly role: string; readonly subjects: readonly string[] };
  readonly sections: readonly {
    readonly section: string;
    readonly role: string;
    readonly subjects: readonly string[];
  }[];
  readonly memberPlanRole: string;
}

export function pipelineSummary({ provider, plan, apply, sections, memberPlan }: PipelineState): PipelineSummary {
  return {
    runsIn: kindLabel(provider.kind),
    plan: { role: plan.role.name, subjects: plan.subjects },
    ...(apply ? { apply: { role: apply.role.name, subjects: apply.subjects } } : {}),
    sections: sections.map(({ key, role, subjects }) => ({ section: key, role: role.name, subjects })),
    memberPlanRole: memberPlanRole(memberPlan.name),
  };
}
