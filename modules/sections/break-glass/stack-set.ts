import type { StackSettings } from "../../config/settings";
import type { ServiceManagedStackSet } from "../stack-set/types";
import type { BreakGlassState } from "./resolve";
import { roleTemplate } from "./role-template";

export const breakGlassStackSetName = "keyless-break-glass-role";

/** The StackSet that makes the role in member accounts. Only with `rollout: stackset`. No cdktf. */
export function breakGlassStackSet(state: BreakGlassState, settings: StackSettings): ServiceManagedStackSet {
  const { homeAccountId } = state.identity;
  return {
    name: breakGlassStackSetName,
    description: "SecurityBreakGlass in every member account, future ones included",
    template: roleTemplate(state.role, settings.environment),
    targetIds: [state.rootId],
    // Already there as a resource. Auto-deployment looks at accounts that join or move only, so it stays excluded.
    excludedAccountIds: homeAccountId === state.managementAccountId ? [] : [homeAccountId],
    // A role is global: one region is enough, and which one does not matter to it.
    regions: [settings.region],
  };
}
