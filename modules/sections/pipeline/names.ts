/** Names that stacks, documents and people agree on. No cdktf. */

/** The member accounts' role lies below the path that the guardrails protect. */
export const MEMBER_PLAN_ROLE_PATH = "/keyless/";

/** Terraform variable of the stacks in member accounts: the role that reads them, with its path and without the first slash. */
export const MEMBER_PLAN_VARIABLE = "member_plan_role";

export const PIPELINE = "pipeline";
export const MEMBER_PLAN_STACK_SET = "keyless-pipeline-plan";

/** HCP Terraform's name for the project of workspaces that name none. */
export const DEFAULT_PROJECT = "Default Project";

/** Name of the role that applies one section: `KeylessBaselineApply-guardrails`. */
export function sectionRoleName(applyRoleName: string, key: string): string {
  return `${applyRoleName}-${key}`;
}
