import { canonicalJson } from "../../kernel/json";
import { changedAttributes, isReplacement, type ResourceChange } from "../../terraform/stack-plan";

/**
 * Changes of resources that no other rule knows, and on which no access hangs: amounts of time, memory and capacity. Only changes: what a new one
 * may do, and for whom, is not known.
 */
const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  aws_autoscaling_group: ["desired_capacity", "max_size", "min_size"],
  aws_dynamodb_table: ["billing_mode", "read_capacity", "write_capacity"],
  aws_ecs_service: ["deployment_maximum_percent", "deployment_minimum_healthy_percent", "desired_count"],
  aws_kinesis_stream: ["retention_period", "shard_count"],
  aws_lambda_function: ["ephemeral_storage", "memory_size", "reserved_concurrent_executions", "timeout"],
};

/** Why a change has nothing to do with access, for the end of a sentence; nothing where that is not certain. */
export function withoutAccess(resource: ResourceChange): string | undefined {
  const { type, before, after, unknown, sensitive } = resource;
  if (!before || !after || isReplacement(resource) || !type.startsWith("aws_")) return undefined;
  const changed = changedAttributes(resource);
  if (changed.length === 0 && unknown.size === 0 && onlyTags(before, after)) return "tags change";
  const amounts = Object.hasOwn(AMOUNTS, type) ? AMOUNTS[type]! : [];
  return changed.length > 0 &&
    changed.every((name) => amounts.includes(name) && !unknown.has(name) && !sensitive.has(name))
    ? `${changed.join(", ")} ${changed.length === 1 ? "changes" : "change"}: no access hangs on it`
    : undefined;
}

/** Nothing but tags differs, what is silent elsewhere included: of a type that nobody knows a description may be more than that. */
function onlyTags(before: ResourceChange["before"], after: ResourceChange["after"]): boolean {
  const rest = (side: ResourceChange["before"]): string =>
    canonicalJson(Object.fromEntries(Object.entries(side ?? {}).filter(([name]) => !/^tags(_all)?$/.test(name))));
  return rest(before) === rest(after);
}
