/**
 * Roles in the management account that plan and apply, unless `baseline.yaml` names them otherwise. Here, not in the pipeline's folder: other
 * sections name them too, and the pipeline reads those sections.
 */
export const DEFAULT_ROLES = { plan: "KeylessBaselinePlan", apply: "KeylessBaselineApply" } as const;
