import type { App } from "cdktf";
import type { TargetState } from "../modules/sections/target-state";
import { AccountStack } from "./account";
import type { BaselineStack } from "./baseline-stack";
import { BreakGlassStack } from "./break-glass";
import { addCredentialHygieneStack } from "./credential-hygiene";
import { GuardrailObservationStack } from "./guardrail-observation";
import type { EnvironmentStack } from "./environment-stack";
import { GuardrailsStack } from "./guardrails";
import { refuseMarkers } from "./escape";
import { addHcpWorkspacesStack } from "./hcp-workspaces";
import { addIdentityCenterStacks } from "./identity-center";
import { addPipelineStack } from "./pipeline";
import { addWorkloadIdentityStacks } from "./workload-identity";

/** Adds every stack of one environment to the app, named `<environment>-<stack>`. Returns them in the order of the journey. */
export function addEnvironment(app: App, state: TargetState): readonly EnvironmentStack[] {
  refuseMarkers(state);
  const { settings } = state;
  const breakGlass: BaselineStack[] = [new BreakGlassStack(app, settings, state.breakGlass, state.pipeline)];
  if (state.breakGlass.rollout === "terraform") {
    breakGlass.push(
      ...state.breakGlass.memberAccountIds.map(
        (id) => new AccountStack(app, settings, state.breakGlass, id, state.pipeline),
      ),
    );
  }
  const guardrails = new GuardrailsStack(app, settings, state.guardrails);
  // The way back in exists before the doors close. Once the facts show our SCPs this has happened, and each stack can be
  // applied by itself: with a dependency cdktf would ask for the others each time.
  if (state.guardrails.firstApply) breakGlass.forEach((stack) => guardrails.addDependency(stack));
  return [
    ...(state.hcp ? [addHcpWorkspacesStack(app, settings, state.hcp)] : []),
    ...(state.pipeline ? [addPipelineStack(app, settings, state.pipeline)] : []),
    ...breakGlass,
    guardrails,
    ...(state.guardrails.observation
      ? [new GuardrailObservationStack(app, settings, state.guardrails.observation)]
      : []),
    ...(state.identityCenter ? addIdentityCenterStacks(app, settings, state.identityCenter) : []),
    ...(state.workloadIdentity ? addWorkloadIdentityStacks(app, settings, state.workloadIdentity) : []),
    ...(state.credentialHygiene ? [addCredentialHygieneStack(app, settings, state.credentialHygiene)] : []),
  ];
}
