import type { OidcProviderState } from "../workload-identity/types";
import type { Holding } from "../card";
import { breakGlassStackSetName } from "../break-glass/stack-set";
import type { BreakGlassState } from "../break-glass/resolve";
import { MEMBER_PLAN_STACK_SET } from "./names";
import { roleArn } from "./documents";
import type { PipelineEnvironment, PipelineSection } from "./types";

/** What no role of a pipeline may change, in the management account: itself, break glass, and policies that are others'. */

/** The pipeline itself: its provider, roles, policies and StackSet. A person changes them, as a person made them. */
export function ownArns(
  {
    organization: { managementAccountId: management },
    baseline: { region },
  }: Pick<PipelineEnvironment, "organization" | "baseline">,
  { applyRoleName, planRoleName }: Pick<PipelineSection, "applyRoleName" | "planRoleName">,
  provider: Pick<OidcProviderState, "arn">,
): readonly string[] {
  return [
    provider.arn,
    roleArn(management, applyRoleName),
    roleArn(management, `${applyRoleName}-*`),
    roleArn(management, planRoleName),
    `arn:aws:iam::${management}:policy/${applyRoleName}-*`,
    `arn:aws:iam::${management}:policy/${planRoleName}-*`,
    `arn:aws:cloudformation:${region}:${management}:stackset/${MEMBER_PLAN_STACK_SET}:*`,
  ];
}

/** Break glass in the management account: users, role, the StackSet of the role, and what tells of its use. */
export function breakGlassArns({ breakGlass }: { readonly breakGlass: BreakGlassState }): readonly string[] {
  const { managementAccountId: management, role, identity, alarms } = breakGlass;
  const { name, region } = alarms.hub;
  return [
    roleArn(management, `${role.path.slice(1)}${role.name}`),
    roleArn(management, `keyless/${alarms.hub.forwarderRoleName}`),
    roleArn(management, "keyless/keyless-stackset-administration"),
    roleArn(management, "keyless-stackset-execution"),
    `arn:aws:iam::${management}:user${identity.userPath}*`,
    `arn:aws:cloudformation:${region}:${management}:stackset/${breakGlassStackSetName}:*`,
    `arn:aws:cloudformation:${region}:${management}:stackset/${name}:*`,
    `arn:aws:events:*:${management}:event-bus/${name}`,
    `arn:aws:events:*:${management}:rule/${name}-*`,
    `arn:aws:events:*:${management}:rule/${name}/*`,
    `arn:aws:kms:*:${management}:alias/${name}`,
    `arn:aws:sns:*:${management}:${name}`,
  ];
}

/** ARNs of a policy of 6,144 characters with room for the rest, and policies that a role takes beside its own. */
const IN_ONE = 40;
const MOST = 7;

/**
 * SCPs and RCPs of others, by id, as the facts have them: the tag alone would not do, because whoever may put it on a policy that is being made may
 * put it on one that is there. In as many policies as a role takes; what comes after that is not covered, and `foreignPoliciesLeft` counts it.
 */
export function othersPolicies(
  { organization }: PipelineEnvironment,
  held: readonly Holding[],
): readonly (readonly string[])[] {
  if (!held.some(({ types }) => types.includes("aws_organizations_policy"))) return [];
  const arns = foreign(organization).slice(0, IN_ONE * MOST);
  return Array.from({ length: Math.ceil(arns.length / IN_ONE) }, (_, i) => arns.slice(i * IN_ONE, (i + 1) * IN_ONE));
}

/** How many policies of others only the tag keeps out of reach. */
export function foreignPoliciesLeft({ organization }: Pick<PipelineEnvironment, "organization">): number {
  return Math.max(0, foreign(organization).length - IN_ONE * MOST);
}

function foreign({ id, managementAccountId, policies }: PipelineEnvironment["organization"]): readonly string[] {
  return policies
    .filter(({ ours, awsManaged }) => !ours && !awsManaged)
    .map(
      (policy) =>
        `arn:aws:organizations::${managementAccountId}:policy/${id}/${policy.type.toLowerCase()}/${policy.id}`,
    )
    .sort();
}
