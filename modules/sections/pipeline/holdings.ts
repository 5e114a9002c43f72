import type { BreakGlassState } from "../break-glass/resolve";
import type { StackSettings } from "../../config/settings";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { GuardrailsState } from "../guardrails/resolve";
import type { IdentityCenterState } from "../identity-center/types";
import { byKey } from "../../kernel/lists";
import type { WorkloadIdentityState } from "../workload-identity/types";

/** Types of resources that a stack holds in one account and region. */
export interface Holding {
  /** Without the environment. */
  readonly stack: string;
  readonly accountId: string;
  readonly region: string;
  /** Sorted. */
  readonly types: readonly string[];
}

/** The parts of a target state that become stacks. */
export interface HeldState {
  readonly settings: StackSettings;
  readonly breakGlass: BreakGlassState;
  readonly guardrails: GuardrailsState;
  readonly identityCenter?: IdentityCenterState;
  readonly credentialHygiene?: CredentialHygieneState;
  readonly workloadIdentity?: WorkloadIdentityState;
}

const ROLE = ["aws_iam_role", "aws_iam_role_policy"];
const ATTACHED_ROLE = ["aws_iam_role", "aws_iam_role_policy_attachment"];
const STACK_SET = ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set"];
const ALARM_HUB = [
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
const FORWARDER = ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", ...ROLE];

/**
 * What the stacks may hold, where: by kind rather than by what is in them today, so that the pipeline's roles do not change with each
 * permission set. A test holds this against the synthesized stacks.
 */
export function holdings(state: HeldState): readonly Holding[] {
  const found = new Map<string, { stack: string; accountId: string; region: string; types: Set<string> }>();
  const hold = (stack: string, accountId: string, region: string, ...types: readonly string[]): void => {
    const key = `${stack} ${accountId} ${region}`;
    const holding = found.get(key) ?? { stack, accountId, region, types: new Set() };
    types.forEach((type) => holding.types.add(type));
    found.set(key, holding);
  };
  breakGlass(state, hold);
  const { managementAccountId: management, region } = state.settings;
  hold(
    "guardrails",
    management,
    region,
    "aws_iam_organizations_features",
    "aws_organizations_policy",
    "aws_organizations_policy_attachment",
  );
  if (state.guardrails.observation)
    hold("guardrail-observation", management, state.guardrails.observation.hub.region, ...ALARM_HUB, ...STACK_SET);
  if (state.identityCenter) identityCenter(state.identityCenter, hold);
  if (state.credentialHygiene) credentialHygiene(state.credentialHygiene, hold);
  state.workloadIdentity?.stacks.forEach((stack) => {
    hold(
      stack.name,
      stack.accountId,
      stack.region,
      "aws_iam_openid_connect_provider",
      ...ROLE,
      ...ATTACHED_ROLE,
      "aws_rolesanywhere_profile",
      "aws_rolesanywhere_trust_anchor",
    );
  });
  return [...found.values()]
    .map((holding) => ({ ...holding, types: [...holding.types].sort() }))
    .sort(byKey(({ stack, accountId, region: r }) => `${stack} ${accountId} ${r}`));
}

type Hold = (stack: string, accountId: string, region: string, ...types: readonly string[]) => void;

function breakGlass({ breakGlass: state, settings: { region } }: HeldState, hold: Hold): void {
  const { homeAccountId } = state.identity;
  hold(
    "break-glass",
    state.managementAccountId,
    region,
    ...ATTACHED_ROLE,
    ...(state.rollout === "stackset" ? STACK_SET : []),
  );
  hold(
    "break-glass",
    homeAccountId,
    region,
    "aws_iam_user",
    "aws_iam_user_policy",
    ...(state.pgpKey === undefined ? [] : ["aws_iam_user_login_profile"]),
    ...ATTACHED_ROLE,
    ...ROLE,
    ...STACK_SET,
    ...ALARM_HUB,
  );
  if (state.rollout === "terraform")
    state.memberAccountIds.forEach((id) => hold(`account-${id}`, id, region, ...ATTACHED_ROLE, ...ROLE));
}

function identityCenter(state: IdentityCenterState, hold: Hold): void {
  hold(
    "identity-center",
    state.managingAccountId,
    state.region,
    "aws_identitystore_group",
    "aws_ssoadmin_instance_access_control_attributes",
  );
  for (const shard of state.shards) {
    hold(
      shard.name,
      shard.accountId,
      state.region,
      // The data source of a group that the facts do not show yet.
      "aws_identitystore_group",
      "aws_ssoadmin_account_assignment",
      "aws_ssoadmin_customer_managed_policy_attachment",
      "aws_ssoadmin_managed_policy_attachment",
      "aws_ssoadmin_permission_set",
      "aws_ssoadmin_permission_set_inline_policy",
      "aws_ssoadmin_permissions_boundary_attachment",
    );
  }
}

function credentialHygiene(state: CredentialHygieneState, hold: Hold): void {
  const stack = "credential-hygiene";
  hold(
    stack,
    state.managingAccountId,
    state.region,
    "aws_config_organization_managed_rule",
    ...ALARM_HUB,
    ...(state.analyzer ? ["aws_accessanalyzer_analyzer"] : []),
    ...(state.remediation ? ["aws_config_organization_conformance_pack"] : []),
  );
  hold(stack, state.managementAccountId, state.region, ...STACK_SET, ...ROLE);
  for (const region of state.alarms.regions) hold(stack, state.managementAccountId, region, ...FORWARDER);
}
