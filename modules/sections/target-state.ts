import { BreakGlassState, resolveBreakGlass } from "./break-glass/resolve";
import type { Environment } from "./environment";
import { problemList } from "./load";
import { StackSettings } from "../config/settings";
import { stackSettings } from "./stack-settings";
import { CredentialHygieneState, resolveCredentialHygiene } from "./credential-hygiene/resolve";
import { suggestion } from "../kernel/nearest";
import { Problem, sortProblems } from "../kernel/errors";
import { GuardrailsState, resolveGuardrails } from "./guardrails/resolve";
import { HcpState, resolveHcp } from "./hcp/resolve";
import { IdentityCenterState, resolveIdentityCenter } from "./identity-center/resolve";
import type { HeldState } from "./pipeline/holdings";
import { PipelineState, readPipeline, resolvePipeline } from "./pipeline/resolve";
import { resolveWorkloadIdentity, WorkloadIdentityState } from "./workload-identity/resolve";
import { baselineRoleNames } from "./workload-identity/role-names";

/** One environment as it is to be: plain data, no cdktf, no tokens. Everything that the stacks, the proofs and people look at. */
export interface TargetState {
  readonly settings: StackSettings;
  readonly guardrails: GuardrailsState;
  readonly breakGlass: BreakGlassState;
  /** Absent: not managed here. */
  readonly identityCenter?: IdentityCenterState;
  /** Absent: not managed here. */
  readonly workloadIdentity?: WorkloadIdentityState;
  /** Absent: not managed here. */
  readonly credentialHygiene?: CredentialHygieneState;
  /** Absent: whoever runs Terraform brings credentials of their own. */
  readonly pipeline?: PipelineState;
  /** Absent: workspaces of HCP Terraform are not managed here. */
  readonly hcp?: HcpState;
}

export interface ResolvedEnvironment {
  /** Absent when a problem is an error. */
  readonly state?: TargetState;
  /** Sorted; warnings included. */
  readonly problems: readonly Problem[];
}

/** Resolves all sections and says everything that is wrong. Nothing is proven yet: `modules/proofs/environment.ts` does both. */
export function resolveUnproven(environment: Environment): ResolvedEnvironment {
  const problems = problemList(environment);
  const { region } = environment.baseline;
  const { enabledRegions } = environment.organization;
  if (!enabledRegions.includes(region)) {
    // Everything else that is wrong would follow from it, and be told of sections that nobody has written.
    problems.error(
      "FACTS-REGION",
      ["region"],
      `${region} is not enabled in the management account.`,
      suggestion(region, enabledRegions, "region"),
    );
    return { problems: problems.all() };
  }
  const breakGlass = resolveBreakGlass(environment, problems);
  const credentialHygiene = resolveCredentialHygiene(environment, problems);
  const guardrails = breakGlass && resolveGuardrails(environment, problems, breakGlass, credentialHygiene);
  const identityCenter = resolveIdentityCenter(environment, problems);
  const roleNames = baselineRoleNames(environment, problems);
  const pipelineIntent = readPipeline(environment, problems, roleNames);
  const workloadIdentity = resolveWorkloadIdentity(environment, problems, roleNames, pipelineIntent?.provider.arn);
  if (!breakGlass || !guardrails) return { problems: sortProblems(problems.all()) };
  const held: HeldState = {
    settings: stackSettings(environment),
    guardrails,
    breakGlass,
    ...(identityCenter ? { identityCenter } : {}),
    ...(workloadIdentity ? { workloadIdentity } : {}),
    ...(credentialHygiene ? { credentialHygiene } : {}),
  };
  const pipeline = pipelineIntent && resolvePipeline(environment, problems, pipelineIntent, held);
  const hcp = resolveHcp(environment, problems, held, pipeline);
  const sorted = sortProblems(problems.all());
  return problems.hasErrors
    ? { problems: sorted }
    : { problems: sorted, state: { ...held, ...(pipeline ? { pipeline } : {}), ...(hcp ? { hcp } : {}) } };
}
