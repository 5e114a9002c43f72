import { canonicalJson } from "../kernel/json";
import { changedAttributes, isChanged, ResourceChange, StackPlan, text, texts } from "../terraform/stack-plan";

/**
 * What was changed outside of Terraform. The provider also reports as drift what other resources of the same stack did to a resource
 * (a policy attached to a role shows in the role): that is nobody's drift.
 */
export function driftOf(
  plan: StackPlan,
): readonly { readonly resource: ResourceChange; readonly attributes: readonly string[] }[] {
  return plan.drift.filter(isChanged).flatMap((resource) => {
    if (!resource.before || !resource.after) return [{ resource, attributes: [] }];
    const attributes = changedAttributes(resource).filter((attribute) => !mirrors(plan, resource, attribute));
    return attributes.length > 0 ? [{ resource, attributes }] : [];
  });
}

/**
 * Resources whose change only puts back what somebody has changed outside of Terraform: what they will be is what they were.
 */
export function undoingDrift(plan: StackPlan): ReadonlySet<ResourceChange> {
  const drifted = new Map(plan.drift.filter(isChanged).map((drift) => [drift.address, drift]));
  return new Set(
    plan.resources.filter((resource) => {
      const was = drifted.get(resource.address)?.before;
      const { after } = resource;
      if (!isChanged(resource) || !was || !after) return false;
      const attributes = resource.before
        ? changedAttributes(resource)
        : Object.keys(after).filter((name) => !resource.unknown.has(name));
      return attributes.every((name) => !resource.unknown.has(name) && normal(after[name]) === normal(was[name]));
    }),
  );
}

/** Whether the attribute only shows what other resources of the plan hold. */
function mirrors(plan: StackPlan, resource: ResourceChange, attribute: string): boolean {
  const name = text(resource.after, "name");
  const held = (type: string, link: string, value: string | undefined): readonly ResourceChange[] =>
    plan.resources.filter((r) => r.type === type && r.before !== undefined && text(r.before, link) === value);
  switch (`${resource.type} ${attribute}`) {
    case "aws_iam_role managed_policy_arns":
      return sameSet(
        texts(resource.after, attribute),
        held("aws_iam_role_policy_attachment", "role", name).flatMap((r) => text(r.before, "policy_arn") ?? []),
      );
    case "aws_iam_role inline_policy": {
      const list: unknown = resource.after?.[attribute];
      const shown = (Array.isArray(list) ? (list as unknown[]) : []).map((one) => {
        const policy = one as Record<string, unknown>;
        return `${String(policy["name"])} ${normal(policy["policy"])}`;
      });
      return sameSet(
        shown,
        held("aws_iam_role_policy", "role", name).map(
          (r) => `${text(r.before, "name") ?? ""} ${normal(text(r.before, "policy"))}`,
        ),
      );
    }
    case "aws_iam_policy attachment_count": {
      const arn = text(resource.after, "arn");
      const count = [
        ...held("aws_iam_role_policy_attachment", "policy_arn", arn),
        ...held("aws_iam_user_policy_attachment", "policy_arn", arn),
        ...held("aws_iam_group_policy_attachment", "policy_arn", arn),
      ].length;
      return text(resource.after, attribute) === String(count);
    }
    case "aws_sns_topic policy":
      return sameSet(
        [normal(text(resource.after, attribute))],
        held("aws_sns_topic_policy", "arn", text(resource.after, "arn")).map((r) => normal(text(r.before, "policy"))),
      );
    default:
      return false;
  }
}

/** Policies are texts: the same whatever their format. */
function normal(value: unknown): string {
  if (typeof value !== "string") return canonicalJson(value ?? null);
  try {
    return canonicalJson(JSON.parse(value) as unknown);
  } catch {
    return value;
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().every((value, i) => value === [...b].sort()[i]);
}
