import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import { memberPlanStackSet } from "../modules/sections/pipeline/member-plan";
import { PIPELINE } from "../modules/sections/pipeline/names";
import { addPipeline } from "../modules/sections/pipeline/resources";
import type { PipelineState } from "../modules/sections/pipeline/types";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";

/**
 * The roles that everything else is planned and applied with. A state of its own, because a person applies it: the pipeline may not
 * change itself. Lives in the management account.
 */
export class PipelineStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: PipelineState) {
    super(scope, { settings, name: PIPELINE, kind: "pipeline", accountId: state.managementAccountId });
    const provider = this.provider(state.managementAccountId);
    addPipeline(this, provider, state);
    if (state.rollout === "stackset") {
      addServiceManagedStackSet(this, "pipeline_plan", { ...memberPlanStackSet(state, settings), provider });
    }
  }
}

export const addStacks: AddStacks<"pipeline"> = (app, { settings, pipeline, guardrails }, before) => {
  const stack = new PipelineStack(app, settings, pipeline);
  // The boundaries of their roles are there before the roles. Later each stack can be applied by itself, as with break glass.
  if (guardrails?.firstApply) {
    const bounded = new Set(
      pipeline.sections
        .filter(({ boundaries }) => boundaries.length > 0)
        .flatMap(({ stacks }) => stacks.map((name) => `${settings.environment}-${name}`)),
    );
    before.filter(({ stackName }) => bounded.has(stackName)).forEach((one) => one.addDependency(stack));
  }
  return [stack];
};
