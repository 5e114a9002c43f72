import type { ActionPlan, Candidate, GroupPlan } from "./compiled";
import type { PreparedRequest } from "./request";
import { speaksOf } from "./statements";
import type { PolicySet } from "./types";
import { and, FALSE, or, TRUE, Truth, truth, UNKNOWN } from "./truth";

/**
 * Who grants: identity policies, boundary, session policies and the resource policy taken together.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

/** Of a statement whose action already matches. */
export function applies(candidate: Candidate, request: PreparedRequest): Truth {
  const spoken = speaksOf(candidate.statement, request);
  return candidate.action < spoken ? candidate.action : spoken;
}

/** Some statement allows. */
export function allowed(plan: GroupPlan, request: PreparedRequest): Truth {
  if (plan.certain) return TRUE;
  let result: Truth = FALSE;
  for (const candidate of plan.allows) {
    result = or(result, applies(candidate, request));
    if (result === TRUE) return TRUE;
  }
  return result;
}

/** What each layer says of granting, so that the verdict can name those that do not. */
export interface Grant {
  readonly result: Truth;
  readonly identity: Truth;
  readonly boundary: Truth;
  readonly session: Truth;
  /** Absent: it was not needed, or there is none to look at. */
  readonly resource: Truth | undefined;
}

const GRANTED: Grant = { result: TRUE, identity: TRUE, boundary: TRUE, session: TRUE, resource: undefined };

/** Calls for which a token or an assertion stands in the place of a principal's own policies. */
export const BY_TRUST_ALONE = new Set(["sts:assumerolewithsaml", "sts:assumerolewithwebidentity"]);

/**
 * Trust policies of roles and key policies must allow by themselves, inside an account too: "exceptions to this logic".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
function resourcePolicyRules({ action, resource }: PreparedRequest): boolean {
  if (action.startsWith("sts:")) return /^arn:[^:]+:iam::[^:]*:role\//.test(resource);
  return action.startsWith("kms:") && /^arn:[^:]+:kms:[^:]*:[^:]*:key\//.test(resource);
}

export function grant(plan: ActionPlan, set: PolicySet, request: PreparedRequest): Grant {
  const { type } = request.principal;
  const anIamPrincipal = type === "user" || type === "role" || type === "root" || type === "assumedRoot";
  if (!anIamPrincipal || BY_TRUST_ALONE.has(request.action)) {
    // Nobody with policies of their own: what the resource says is all there is.
    if (!plan.resource)
      return set.identity === undefined ? GRANTED : { ...GRANTED, result: UNKNOWN, resource: UNKNOWN };
    const resource = allowed(plan.resource, request);
    return { ...GRANTED, result: resource, resource };
  }
  const isRoot = type === "root" || type === "assumedRoot";
  const identity = isRoot || !plan.identity ? TRUE : allowed(plan.identity, request);
  const boundary = isRoot || !plan.boundary ? TRUE : allowed(plan.boundary, request);
  const session = plan.session ? allowed(plan.session, request) : TRUE;
  const own = and(identity, and(boundary, session));
  const same: Truth =
    request.principalAccount === undefined || request.resourceAccount === undefined
      ? UNKNOWN
      : truth(request.principalAccount === request.resourceAccount);
  const rules = resourcePolicyRules(request);
  if (!plan.resource) {
    const needed = set.identity !== undefined && (rules || same !== TRUE);
    return {
      result: needed ? and(own, UNKNOWN) : own,
      identity,
      boundary,
      session,
      resource: needed ? UNKNOWN : undefined,
    };
  }
  if (same === TRUE && own === TRUE && !rules)
    return { result: TRUE, identity, boundary, session, resource: undefined };
  const by = grades(plan.resource, request);
  const any = or(or(by.direct, by.user), or(by.role, by.account));
  const across = and(own, any);
  if (same === FALSE) return { result: across, identity, boundary, session, resource: any };
  const bounded = and(boundary, session);
  const user = plan.session ? and(by.user, bounded) : by.user;
  const alone = or(by.direct, or(user, and(by.role, bounded)));
  const inside = or(alone, rules ? and(own, by.account) : own);
  return { result: same === TRUE || inside === across ? inside : UNKNOWN, identity, boundary, session, resource: any };
}

interface Grades {
  direct: Truth;
  user: Truth;
  role: Truth;
  account: Truth;
}

function grades(plan: GroupPlan, request: PreparedRequest): Grades {
  const found: Grades = { direct: FALSE, user: FALSE, role: FALSE, account: FALSE };
  for (const candidate of plan.allows) {
    const spoken = applies(candidate, request);
    const { principal } = candidate.statement;
    if (spoken === FALSE || !principal) continue;
    found.direct = or(found.direct, and(spoken, principal.direct(request)));
    found.user = or(found.user, and(spoken, principal.user(request)));
    found.role = or(found.role, and(spoken, principal.role(request)));
    found.account = or(found.account, and(spoken, principal.account(request)));
  }
  return found;
}
