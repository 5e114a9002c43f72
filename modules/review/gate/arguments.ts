import { isObject } from "../../kernel/json";
import { block, ResourceChange } from "../../terraform/stack-plan";

/**
 * What of a resource is written by people. A plan also shows what AWS or the provider fills in; two synths do not know it, and it is no
 * decision of anybody's, so an approval is not bound to it. Of types that are not here everything counts: then a plan and two synths of
 * one edit may have different ids, but never two edits the same one.
 *
 * Read off plans of provider 5.100 (2026-11).
 */

/** Attributes that AWS or the provider computes, whatever the type: they say which object it is, not what it may do. */
const COMPUTED = new Set(["id", "unique_id", "create_date", "created_date", "last_updated_date"]);

/**
 * @param defaultTags the provider's default tags are what changes @default - tags in all only repeat the tags
 * @param ownArn the ARN is the resource's own: else somebody has written another's there
 */
export function isComputed(resource: ResourceChange, name: string, defaultTags: boolean, ownArn: boolean): boolean {
  const { type } = resource;
  if (name === "tags_all") return !defaultTags;
  if (name === "arn") return ownArn;
  // Only where the accounts come from OUs; else they are an argument.
  if (name === "accounts" && type === "aws_cloudformation_stack_instances")
    return block(resource.after ?? resource.before, "deployment_targets") !== undefined;
  if (name === "notification_settings" && type === "aws_rolesanywhere_trust_anchor")
    return [resource.before, resource.after].every((side) => {
      const list: unknown = side?.[name] ?? [];
      return Array.isArray(list) && list.every((one) => isObject(one) && one["configured_by"] === AWS_ITSELF);
    });
  return COMPUTED.has(name) || (Object.hasOwn(COMPUTED_OF, type) && COMPUTED_OF[type]!.includes(name));
}

export function isDefault(type: string, name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  const known = Object.hasOwn(DEFAULTS_OF, type) ? DEFAULTS_OF[type]! : {};
  return Object.hasOwn(known, name) && known[name] === value;
}

const AWS_ITSELF = "rolesanywhere.amazonaws.com";

/** A value in one form: the provider writes some in another way than people do. */
export function asWritten(type: string, name: string, value: unknown): unknown {
  if (type === "aws_iam_openid_connect_provider" && name === "url" && typeof value === "string")
    return value.replace(/^https:\/\//, "");
  if (name !== "operation_preferences") return value;
  const preferences: unknown = Array.isArray(value) ? value[0] : value;
  return isObject(preferences)
    ? Object.fromEntries(Object.entries(preferences).filter(([, count]) => count !== 0))
    : value;
}

const COMPUTED_OF: Readonly<Record<string, readonly string[]>> = {
  aws_cloudformation_stack_instances: ["stack_instance_summaries", "stack_set_id"],
  aws_cloudformation_stack_set: ["stack_set_id", "managed_execution"],
  aws_iam_policy: ["attachment_count", "policy_id"],
  aws_identitystore_group: ["group_id"],
  aws_kms_alias: ["target_key_arn"],
  aws_kms_key: ["key_id"],
  aws_sns_topic: ["owner"],
  aws_sns_topic_policy: ["owner"],
  aws_sns_topic_subscription: ["owner_id", "pending_confirmation", "confirmation_was_authenticated"],
  aws_ssoadmin_instance_access_control_attributes: ["status"],
  aws_ssoadmin_managed_policy_attachment: ["managed_policy_name"],
  terraform_data: ["output"],
};

const DEFAULTS_OF: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  aws_cloudformation_stack_instances: { call_as: "SELF", retain_stacks: false },
  aws_cloudformation_stack_set: { call_as: "SELF" },
  aws_cloudwatch_event_rule: { event_bus_name: "default", force_destroy: false, is_enabled: true, state: "ENABLED" },
  aws_cloudwatch_event_target: { event_bus_name: "default", force_destroy: false },
  aws_iam_policy: { path: "/" },
  aws_iam_role: { path: "/", force_detach_policies: false, max_session_duration: 3600 },
  aws_iam_user: { path: "/", force_destroy: false },
  aws_kms_key: {
    bypass_policy_lockout_safety_check: false,
    customer_master_key_spec: "SYMMETRIC_DEFAULT",
    is_enabled: true,
    key_usage: "ENCRYPT_DECRYPT",
    multi_region: false,
    rotation_period_in_days: 0,
  },
  aws_organizations_policy: { skip_destroy: false },
  aws_rolesanywhere_profile: { require_instance_properties: false },
  aws_sns_topic: {
    application_success_feedback_sample_rate: 0,
    content_based_deduplication: false,
    fifo_topic: false,
    firehose_success_feedback_sample_rate: 0,
    http_success_feedback_sample_rate: 0,
    lambda_success_feedback_sample_rate: 0,
    signature_version: 0,
    sqs_success_feedback_sample_rate: 0,
  },
  aws_sns_topic_subscription: {
    confirmation_timeout_in_minutes: 1,
    endpoint_auto_confirms: false,
    raw_message_delivery: false,
  },
};
