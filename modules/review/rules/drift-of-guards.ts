import { bindingOf, ReviewContext } from "../context";
import { driftOf, undoingDrift } from "../drift";
import { listOf, say } from "../sentence";
import { changedAttributes, ResourceChange } from "../../terraform/stack-plan";
import { areaOfStack, isOfGuards } from "./area";
import { isNamedAsGuard } from "./roles";

/** They only ever take away: guards wherever they are. */
const LIMITS = new Set(["aws_organizations_policy", "aws_organizations_policy_attachment"]);

const isGuard = (resource: ResourceChange): boolean =>
  LIMITS.has(resource.type) || isOfGuards(resource) || isNamedAsGuard(resource);

/**
 * Of SCPs, roles and users everything, of others what somebody has written: arguments that AWS fills in change by themselves, a status or a count.
 */
function byHand({ type, written }: ResourceChange, attributes: readonly string[]): readonly string[] {
  const all = LIMITS.has(type) || type === "aws_iam_role" || type === "aws_iam_user";
  return all ? attributes : attributes.filter((name) => written?.has(name) ?? true);
}

/**
 * A guard that somebody has changed by hand, and that the plan leaves as it is now: what is weaker because of it nobody has looked at. What
 * the plan puts back is a change of its own.
 */
export function reviewDriftOfGuards(context: ReviewContext): void {
  for (const plan of context.plans) {
    /** What the plan puts back; all of it where it makes the resource again. */
    const back = new Map(
      [...undoingDrift(plan)].map(
        (one) => [one.address, one.before ? new Set(changedAttributes(one)) : "all"] as const,
      ),
    );
    for (const { resource, attributes: all } of driftOf(plan)) {
      const undone = back.get(resource.address);
      if (!isGuard(resource) || undone === "all") continue;
      const deleted = !resource.after;
      const left = byHand(resource, all);
      const attributes = undone ? left.filter((name) => !undone.has(name)) : left;
      // What is made elsewhere in the stack's own name is no guard that was lost.
      if (!deleted && attributes.length === 0) continue;
      context.add({
        class: deleted ? "destroys-guard" : "unknown",
        area: areaOfStack(resource, "other"),
        sentence: deleted
          ? say`${resource.address} was deleted by hand, and this does not make it again.`
          : say`${resource.address} was changed by hand (${listOf(attributes)}), and this does not put it back.`,
        resources: [resource],
        binding: bindingOf(resource, deleted ? Object.keys(resource.before ?? {}).sort() : attributes),
      });
    }
  }
}
