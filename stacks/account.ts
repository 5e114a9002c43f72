import type { Construct } from "constructs";
import type { BreakGlassState } from "../modules/sections/break-glass/resolve";
import { addBreakGlassRole } from "../modules/sections/break-glass/role";
import type { StackSettings } from "../modules/config/settings";
import { addMemberPlanRole } from "../modules/sections/pipeline/resources";
import type { PipelineState } from "../modules/sections/pipeline/types";
import { BaselineStack } from "./baseline-stack";

/** The break-glass role of one member account, and the role that the pipeline's plans read it with, where the organization does not allow StackSets (`rollout: terraform`). */
export class AccountStack extends BaselineStack {
  constructor(
    scope: Construct,
    settings: StackSettings,
    state: BreakGlassState,
    accountId: string,
    pipeline?: PipelineState,
  ) {
    super(scope, { settings, name: `account-${accountId}`, kind: "account", accountId });
    addBreakGlassRole(this, "break_glass", this.provider(accountId), state.role);
    if (pipeline) addMemberPlanRole(this, this.provider(accountId), pipeline.memberPlan, accountId);
  }
}
