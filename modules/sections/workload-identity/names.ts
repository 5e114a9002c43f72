/** Names that the stacks, the pipeline and people agree on. No cdktf. */

/** Roles of workloads lie below the baseline's own path, so that one statement of a guardrail covers them. */
export const WORKLOAD_ROLE_PATH = "/keyless/workloads/";

/** Name of a workload's role. The prefix keeps it apart from roles that an account has already: paths do not make names unique. */
export function workloadRoleName(workload: string): string {
  return `workload-${workload}`;
}

/** Name of a stack without the environment. */
export function workloadIdentityStackName(accountId: string, region: string): string {
  return `workload-identity-${accountId}-${region}`;
}

/** Pattern of the names of all of them. */
export const workloadIdentityStackNamesLike = `workload-identity-${"?".repeat(12)}-*`;

/**
 * Stands for a trust anchor's ARN in plain data: AWS makes the id up, so it is known only to the stack that makes the trust anchor.
 * Shaped like the real one, so that a policy with it can be read and evaluated.
 */
export function trustAnchorArn(accountId: string, region: string, name: string): string {
  return `arn:aws:rolesanywhere:${region}:${accountId}:trust-anchor/${name}`;
}
