import type { Construct } from "constructs";
import type { StackSettings } from "../modules/config/settings";
import { IDENTITY_CENTER } from "../modules/sections/identity-center/names";
import { addAccessControlAttributes, addGroups, addPermissionSet } from "../modules/sections/identity-center/resources";
import type { IdentityCenterState, PermissionSetShard } from "../modules/sections/identity-center/types";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";

/** Groups of ours and access control attributes. Always there, so that what is taken out of the baseline is removed. */
export class IdentityCenterStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: IdentityCenterState) {
    super(scope, {
      settings,
      name: IDENTITY_CENTER,
      kind: "identity-center",
      accountId: state.managingAccountId,
      region: state.region,
    });
    addGroups(this, state);
    addAccessControlAttributes(this, state);
  }
}

/** Permission sets with their policies and assignments: one shard, or those managed from the management account. */
export class PermissionSetsStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: IdentityCenterState, shard: PermissionSetShard) {
    super(scope, {
      settings,
      name: shard.name,
      kind: "permission-sets",
      accountId: shard.accountId,
      region: state.region,
    });
    for (const set of shard.permissionSets) addPermissionSet(this, state, set);
  }
}

export const addStacks: AddStacks<"identityCenter"> = (app, { settings, identityCenter: state }) => {
  const base = new IdentityCenterStack(app, settings, state);
  const shards = state.shards.map((shard) => {
    const stack = new PermissionSetsStack(app, settings, state, shard);
    // Only while a group has to be looked up: with a dependency cdktf would ask for the other stack at each apply of this one.
    if (shard.permissionSets.some((set) => set.assignments.some((assignment) => assignment.groupId === undefined)))
      stack.addDependency(base);
    return stack;
  });
  return [base, ...shards];
};
