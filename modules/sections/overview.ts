import type { Environment } from "./environment";
import { credentialHygieneSummary, CredentialHygieneSummary } from "./credential-hygiene/summary";
import { guardrailsSummary, GuardrailsSummary } from "./guardrails/summary";
import { HcpSummary, hcpSummary } from "./hcp/summary";
import { byKey } from "../kernel/lists";
import { memberPlanRole } from "./pipeline/documents";
import type { PipelineState } from "./pipeline/types";
import type { TargetState } from "./target-state";
import { kindLabel } from "./workload-identity/oidc";
import { workloadIdentitySummary, WorkloadIdentitySummary } from "./workload-identity/summary";

/** What an organization would become, for people: counts and names, no policies. Plain data. */
export interface Overview {
  readonly environment: string;
  readonly organizationId: string;
  readonly activeAccounts: number;
  readonly inactiveAccounts: number;
  readonly organizationalUnits: number;
  /** By guardrail: where it is enforced or observed. */
  readonly guardrails: GuardrailsSummary["guardrails"];
  readonly policies: GuardrailsSummary["policies"];
  /** How much of the quotas is used; the fullest place first. */
  readonly quotas: GuardrailsSummary["quotas"];
  readonly exceptions: GuardrailsSummary["exceptions"];
  /** Member accounts: those that an SCP can bind. */
  readonly memberAccounts: number;
  /** Who gets which permission set in how many accounts; empty where Identity Center is not managed here. */
  readonly people: readonly {
    readonly permissionSet: string;
    readonly group: string;
    readonly accounts: number;
    readonly organizationalUnits: readonly string[];
  }[];
  readonly breakGlass: {
    readonly homeAccount: string;
    readonly users: readonly { readonly name: string; readonly holder: string }[];
    readonly role: string;
    readonly mfaMaxAgeMinutes: number;
    readonly sourceNetworks: readonly string[];
    readonly rollout: "stackset" | "terraform";
    readonly accountsCovered: number;
    readonly alarmRegions: number;
    readonly subscribers: number;
  };
  /** Absent: not managed here. */
  readonly workloadIdentity?: WorkloadIdentitySummary;
  /** Absent: whoever runs Terraform brings credentials of their own. */
  readonly pipeline?: {
    readonly runsIn: string;
    readonly plan: { readonly role: string; readonly subjects: readonly string[] };
    readonly apply: { readonly role: string; readonly subjects: readonly string[] };
    readonly memberPlanRole: string;
  };
  /** Absent: not managed here. */
  readonly hcp?: HcpSummary;
  /** Absent: not managed here. */
  readonly credentialHygiene?: CredentialHygieneSummary;
}

export function overview(environment: Environment, state: TargetState): Overview {
  const { organization, tree } = environment;
  const members = new Set(tree.accounts.map((a) => a.id).filter((id) => id !== organization.managementAccountId));
  const { breakGlass } = state;
  const home = tree.accountById.get(breakGlass.identity.homeAccountId)!;
  return {
    environment: environment.name,
    organizationId: organization.id,
    activeAccounts: tree.accounts.length,
    inactiveAccounts: organization.accounts.length - tree.accounts.length,
    organizationalUnits: organization.organizationalUnits.length,
    memberAccounts: members.size,
    ...guardrailsSummary(environment, state.guardrails),
    people: (state.identityCenter?.shards ?? [])
      .flatMap((shard) => shard.permissionSets)
      .flatMap((set) =>
        set.assignments.map((assignment) => ({
          permissionSet: set.name,
          group: assignment.group,
          accounts: assignment.accounts.length,
          organizationalUnits: assignment.organizationalUnits.map((ou) => ou.path),
        })),
      )
      .sort(byKey((p) => `${p.permissionSet} ${p.group}`)),
    breakGlass: {
      homeAccount: home.name,
      users: breakGlass.users,
      role: breakGlass.role.name,
      mfaMaxAgeMinutes: breakGlass.identity.mfaMaxAgeMinutes,
      sourceNetworks: breakGlass.identity.sourceNetworks,
      rollout: breakGlass.rollout,
      accountsCovered: members.size + 1,
      alarmRegions: breakGlass.alarms.regions.length,
      subscribers:
        breakGlass.alarms.hub.subscribers.emails.length + breakGlass.alarms.hub.subscribers.httpsEndpoints.length,
    },
    ...(state.workloadIdentity ? { workloadIdentity: workloadIdentitySummary(state.workloadIdentity) } : {}),
    ...(state.pipeline ? { pipeline: pipelineSummary(state.pipeline) } : {}),
    ...(state.hcp ? { hcp: hcpSummary(state.hcp) } : {}),
    ...(state.credentialHygiene ? { credentialHygiene: credentialHygieneSummary(state.credentialHygiene) } : {}),
  };
}

function pipelineSummary({ provider, plan, apply, memberPlan }: PipelineState): NonNullable<Overview["pipeline"]> {
  return {
    runsIn: kindLabel(provider.kind),
    plan: { role: plan.role.name, subjects: plan.subjects },
    apply: { role: apply.role.name, subjects: apply.subjects },
    memberPlanRole: memberPlanRole(memberPlan.name),
  };
}
