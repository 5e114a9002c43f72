import type { Baseline } from "./schema";

/**
 * What each synthesized stack says of itself. The mark is the constant default of a variable: a synth and a plan both contain it
 * (`configuration.root_module.variables`), no resource and no tag changes by it, and no run can set it to something else there.
 */
export const STACK_MARK = "keyless_stack";

/** Kinds of Terraform states. */
export const STACK_KINDS = [
  "hcp-workspaces",
  "pipeline",
  "break-glass",
  "account",
  "guardrails",
  "guardrail-observation",
  "identity-center",
  "permission-sets",
  "workload-identity",
  "credential-hygiene",
] as const;

export type StackKind = (typeof STACK_KINDS)[number];

/** What a stack is. Plain data. */
export interface StackMark {
  readonly kind: StackKind;
  /** Key of the section of `baseline.yaml` that the stack comes from. */
  readonly section: keyof Baseline;
  readonly environment: string;
}

interface KindFacts {
  readonly section: keyof Baseline;
  /** Types of resources that a stack of this kind may hold. A type that is listed for other kinds only contradicts the mark. */
  readonly types: readonly string[];
  /** A pipeline may not change itself, nor the workspaces that say who may start it. */
  readonly appliedBy: "person" | "pipeline";
}

const STACK_SET = ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set"];
const ROLE = ["aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment"];
const ALARMS = [
  "aws_cloudwatch_event_bus",
  "aws_cloudwatch_event_bus_policy",
  "aws_cloudwatch_event_rule",
  "aws_cloudwatch_event_target",
  "aws_kms_alias",
  "aws_kms_key",
  "aws_sns_topic",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
];

const FACTS: Readonly<Record<StackKind, KindFacts>> = {
  "hcp-workspaces": {
    section: "hcp",
    appliedBy: "person",
    types: [
      "tfe_notification_configuration",
      "tfe_team_access",
      "tfe_variable",
      "tfe_variable_set",
      "tfe_workspace",
      "tfe_workspace_run_task",
      "tfe_workspace_settings",
      "tfe_workspace_variable_set",
    ],
  },
  pipeline: {
    section: "pipeline",
    appliedBy: "person",
    types: ["aws_iam_openid_connect_provider", "aws_iam_policy", ...ROLE, ...STACK_SET],
  },
  "break-glass": {
    section: "breakGlass",
    appliedBy: "pipeline",
    types: ["aws_iam_user", "aws_iam_user_login_profile", "aws_iam_user_policy", ...ROLE, ...STACK_SET, ...ALARMS],
  },
  account: { section: "breakGlass", appliedBy: "pipeline", types: ROLE },
  guardrails: {
    section: "guardrails",
    appliedBy: "pipeline",
    types: [
      "aws_iam_organizations_features",
      "aws_organizations_policy",
      "aws_organizations_policy_attachment",
      "terraform_data",
    ],
  },
  "guardrail-observation": { section: "guardrails", appliedBy: "pipeline", types: [...ALARMS, ...STACK_SET] },
  "identity-center": {
    section: "identityCenter",
    appliedBy: "pipeline",
    types: ["aws_identitystore_group", "aws_ssoadmin_instance_access_control_attributes"],
  },
  "permission-sets": {
    section: "identityCenter",
    appliedBy: "pipeline",
    types: [
      "aws_ssoadmin_account_assignment",
      "aws_ssoadmin_customer_managed_policy_attachment",
      "aws_ssoadmin_managed_policy_attachment",
      "aws_ssoadmin_permission_set",
      "aws_ssoadmin_permission_set_inline_policy",
      "aws_ssoadmin_permissions_boundary_attachment",
    ],
  },
  "workload-identity": {
    section: "workloadIdentity",
    appliedBy: "pipeline",
    types: ["aws_iam_openid_connect_provider", ...ROLE, "aws_rolesanywhere_profile", "aws_rolesanywhere_trust_anchor"],
  },
  "credential-hygiene": {
    section: "credentialHygiene",
    appliedBy: "pipeline",
    types: [
      "aws_accessanalyzer_analyzer",
      "aws_config_organization_conformance_pack",
      "aws_config_organization_managed_rule",
      ...ROLE,
      ...STACK_SET,
      ...ALARMS,
    ],
  },
};

const ALL_TYPES = new Set(Object.values(FACTS).flatMap(({ types }) => types));

/** The mark of a stack of a kind. */
export function stackMark(kind: StackKind, environment: string): StackMark {
  return { environment, kind, section: FACTS[kind].section };
}

export function isStackKind(text: unknown): text is StackKind {
  return STACK_KINDS.some((kind) => kind === text);
}

/** Key of the section that stacks of a kind come from. */
export function sectionOf(kind: StackKind): keyof Baseline {
  return FACTS[kind].section;
}

/** Whether a person applies stacks of a kind, whoever applies the others. */
export function isAppliedByHand(kind: StackKind): boolean {
  return FACTS[kind].appliedBy === "person";
}

/** Whether a stack of a kind cannot hold such a resource: only stacks of other kinds do. A type that no kind knows contradicts nothing. */
export function contradicts(kind: StackKind, type: string): boolean {
  return ALL_TYPES.has(type) && !FACTS[kind].types.includes(type);
}
