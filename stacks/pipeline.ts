import type { App } from "cdktf";
import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import { MEMBER_PLAN_STACK_SET, PIPELINE } from "../modules/sections/pipeline/names";
import { addPipeline, memberPlanTemplate } from "../modules/sections/pipeline/resources";
import type { PipelineState } from "../modules/sections/pipeline/types";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { BaselineStack } from "./baseline-stack";

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
      addServiceManagedStackSet(this, "pipeline_plan", {
        provider,
        name: MEMBER_PLAN_STACK_SET,
        description: "The role that plans read member accounts with, future ones included",
        template: memberPlanTemplate(state.memberPlan, settings.environment),
        targetIds: [state.rootId],
        // A role is global: one region is enough.
        regions: [settings.region],
      });
    }
  }
}

/** Adds the stack to the app. */
export function addPipelineStack(app: App, settings: StackSettings, state: PipelineState): PipelineStack {
  return new PipelineStack(app, settings, state);
}
