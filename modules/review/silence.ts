import { differing, isObject, Json } from "../kernel/json";
import { bindingOf, ReviewContext } from "./context";
import { listOf, say } from "./sentence";
import { changedAttributes, isChanged, ResourceChange, SideName } from "../terraform/stack-plan";
import { DEPLOYMENT_ATTRIBUTES } from "./rules/stack-sets";

/**
 * Everything that is not recognised is reported. Each area reads the attributes that it knows; whatever else changes in a resource is said here, so that an argument
 * that nobody thought of, or that a later release of the provider brings, is never taken for harmless.
 */

/** By type: attributes that an area reads, and those that decide nothing about access. Other types are looked at as a whole where they are read. */
const LOOKED_AT: Readonly<Record<string, readonly string[]>> = {
  aws_organizations_policy: ["name", "content"],
  aws_organizations_policy_attachment: ["policy_id", "target_id"],
  aws_iam_role: [
    "name",
    "name_prefix",
    "path",
    "assume_role_policy",
    "permissions_boundary",
    "max_session_duration",
    "managed_policy_arns",
    "inline_policy",
  ],
  aws_iam_role_policy: ["name", "name_prefix", "role", "policy"],
  aws_iam_role_policy_attachment: ["role", "policy_arn"],
  aws_iam_user: ["name", "path", "permissions_boundary"],
  aws_iam_user_policy: ["name", "name_prefix", "user", "policy"],
  aws_iam_user_policy_attachment: ["user", "policy_arn"],
  // Read as a whole: any change of them is a change of credentials.
  aws_iam_user_login_profile: [
    "user",
    "pgp_key",
    "password_length",
    "password_reset_required",
    "encrypted_password",
    "key_fingerprint",
    "password",
  ],
  aws_iam_access_key: [
    "user",
    "status",
    "pgp_key",
    "encrypted_secret",
    "encrypted_ses_smtp_password_v4",
    "key_fingerprint",
    "secret",
    "ses_smtp_password_v4",
  ],
  aws_iam_user_group_membership: ["user", "groups"],
  aws_ssoadmin_account_assignment: ["permission_set_arn", "principal_id", "target_id"],
  aws_ssoadmin_managed_policy_attachment: ["permission_set_arn", "managed_policy_arn", "managed_policy_name"],
  aws_ssoadmin_customer_managed_policy_attachment: ["permission_set_arn", "customer_managed_policy_reference"],
  aws_ssoadmin_customer_managed_policy_attachments_exclusive: [
    "permission_set_arn",
    "customer_managed_policy_reference",
  ],
  aws_ssoadmin_permission_set_inline_policy: ["permission_set_arn", "inline_policy"],
  aws_ssoadmin_permissions_boundary_attachment: ["permission_set_arn", "permissions_boundary"],
  aws_identitystore_group: ["display_name", "group_id"],
  aws_cloudformation_stack_set: [
    "template_body",
    "auto_deployment",
    "stack_set_id",
    ...DEPLOYMENT_ATTRIBUTES,
    "operation_preferences",
    "managed_execution",
    "capabilities",
  ],
  aws_cloudformation_stack_instances: [
    "stack_set_name",
    "accounts",
    "regions",
    "deployment_targets",
    "stack_instance_summaries",
    "stack_set_id",
    "operation_preferences",
  ],
  aws_cloudformation_stack_set_instance: [
    "stack_set_name",
    "account_id",
    "stack_set_instance_region",
    "deployment_targets",
    "stack_instance_summaries",
    "stack_id",
    "organizational_unit_id",
    "operation_preferences",
  ],
  aws_cloudwatch_event_rule: ["name", "event_pattern", "state", "is_enabled"],
  aws_cloudwatch_event_target: ["arn", "rule", "target_id", "input_transformer"],
  aws_sns_topic_subscription: ["endpoint", "protocol"],
  terraform_data: ["input", "output", "triggers_replace"],
};

/** Documents: what means the same is not worth a line. */
const COMPARED = new Set([
  "content",
  "policy",
  "assume_role_policy",
  "inline_policy",
  "template_body",
  "event_pattern",
]);

export function reviewSilence(context: ReviewContext): void {
  let asked: ReadonlySet<string> | undefined;
  const mentioned = context.mentioned();
  for (const resource of context.resources) {
    if (!isChanged(resource) || !resource.before || !resource.after) continue;
    const looked = Object.hasOwn(LOOKED_AT, resource.type) ? LOOKED_AT[resource.type] : undefined;
    const changed = changedAttributes(resource);
    const rest = looked ? changed.filter((attribute) => !looked.includes(attribute)) : [];
    const others = changed.filter((attribute) => !COMPARED.has(attribute));
    if (
      rest.length === 0 &&
      others.length > 0 &&
      resource.type !== "terraform_data" &&
      !mentioned.has(`${resource.stack} ${resource.address}`)
    ) {
      // What an area would have read had it been known, and the provider does not compute by itself.
      const open = others.filter(
        (one) => resource.unknown.has(one) && looked?.includes(one) && (resource.written?.has(one) ?? true),
      );
      context.add(
        open.length > 0
          ? {
              class: "unknown",
              area: "other",
              sentence: say`${resource.address}: ${listOf(open)} is not known before it is applied.`,
              resources: [resource],
              binding: bindingOf(resource, open),
            }
          : {
              class: "neutral",
              area: "other",
              sentence: say`${resource.address}: ${listOf(others)} changes, which decides nothing about access.`,
              resources: [resource],
            },
      );
    }
    if (rest.length > 0)
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address}: ${listOf(rest)} changes.`,
        resources: [resource],
        binding: bindingOf(resource, rest),
      });
    const keys = changedTags(resource);
    // Every text of the plan is looked through for it: only where a tag changes.
    if (keys.length > 0) asked ??= tagsAskedFor(context);
    const tags = keys.filter((key) => asked?.has(key.toLowerCase()));
    if (tags.length > 0)
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address}: tag ${listOf(tags)} changes, and policies ask for it.`,
        resources: [resource],
        binding: bindingOf(resource, ["tags", "tags_all"]),
      });
  }
}

/** Keys of tags, in lower case, that conditions of policies here or in the facts compare. */
export function tagsAskedFor(context: ReviewContext): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (content: string): void => {
    for (const match of content.matchAll(/(?:Principal|Resource)Tag\/([^"\\{}]{1,128})/gi))
      found.add(match[1]!.toLowerCase());
  };
  for (const resource of context.resources)
    for (const side of [resource.before, resource.after])
      for (const value of Object.values(side ?? {})) if (typeof value === "string" && /Tag\//i.test(value)) look(value);
  for (const policy of context.names.organization?.policies ?? []) look(policy.content);
  return found;
}

function changedTags(resource: ResourceChange): readonly string[] {
  const tags = (side: SideName): Json => {
    const all = resource[side]?.["tags_all"] ?? resource[side]?.["tags"];
    return isObject(all) ? all : {};
  };
  return differing(tags("before"), tags("after"));
}
