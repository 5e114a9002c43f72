/**
 * Roles in the management account that plan and apply, unless `baseline.yaml` names them otherwise. Here, not in the pipeline's folder: other
 * sections name them too, and the pipeline reads those sections.
 */
export const DEFAULT_ROLES = { plan: "KeylessBaselinePlan", apply: "KeylessBaselineApply" } as const;

/** ARN of the boundary of the roles that a section makes in the management account. */
export function boundaryArn(managementAccountId: string, applyRoleName: string, key: string): string {
  return `arn:aws:iam::${managementAccountId}:policy/${boundaryName(applyRoleName, key)}`;
}

export function boundaryName(applyRoleName: string, key: string): string {
  return `${applyRoleName}-boundary-${key}`;
}
