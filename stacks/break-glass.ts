import { IamUser } from "@cdktf/provider-aws/lib/iam-user";
import { IamUserLoginProfile } from "@cdktf/provider-aws/lib/iam-user-login-profile";
import { IamUserPolicy } from "@cdktf/provider-aws/lib/iam-user-policy";
import type { Construct } from "constructs";
import { addAlarmHub } from "../modules/sections/alarms/hub";
import { addRegionalForwarders } from "../modules/sections/break-glass/forwarders";
import type { BreakGlassState } from "../modules/sections/break-glass/resolve";
import { addBreakGlassRole } from "../modules/sections/break-glass/role";
import { breakGlassStackSet } from "../modules/sections/break-glass/stack-set";
import type { StackSettings } from "../modules/config/settings";
import { terraformPolicy } from "../modules/policy/document";
import { addMemberPlanRole } from "../modules/sections/pipeline/resources";
import type { PipelineState } from "../modules/sections/pipeline/types";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { AccountStack } from "./account";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";

/**
 * The way back in: users and alarms in the home account, the role in the management and home accounts as resources and in all
 * others through a StackSet. Lives in the management account; a home account elsewhere is the second provider.
 */
export class BreakGlassStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: BreakGlassState, pipeline?: PipelineState) {
    super(scope, { settings, name: "break-glass", kind: "break-glass", accountId: state.managementAccountId });
    const { homeAccountId, userPath } = state.identity;
    const home = this.provider(homeAccountId);

    const users = state.users.flatMap((user) => {
      const resource = new IamUser(this, `user_${user.name}`, {
        provider: home,
        name: user.name,
        path: userPath,
        tags: { holder: user.holder },
        // A user who has enrolled has a password and devices, and IAM deletes no such user. This says that they go with the user; that a user goes at all
        // prevent_destroy and the review's guards see to.
        forceDestroy: true,
        lifecycle: { preventDestroy: true },
      });
      const policy = new IamUserPolicy(this, `user_${user.name}_policy`, {
        provider: home,
        user: resource.name,
        name: "break-glass",
        policy: terraformPolicy(state.userPolicy),
      });
      if (state.pgpKey !== undefined) {
        new IamUserLoginProfile(this, `user_${user.name}_password`, {
          provider: home,
          user: resource.name,
          pgpKey: state.pgpKey,
          passwordLength: 32,
          passwordResetRequired: true,
          // The user changes the password at enrolment; a new key or length must not take it back.
          lifecycle: { ignoreChanges: ["pgp_key", "password_length", "password_reset_required"] },
        });
      }
      return [resource, policy];
    });

    // The role trusts the home account and names the users in a condition, so the order is for people, not for IAM: nobody
    // should find a role without users.
    addBreakGlassRole(this, "management", this.provider(state.managementAccountId), state.role, users);
    if (homeAccountId !== state.managementAccountId) {
      addBreakGlassRole(this, "home", home, state.role, users);
      // The home account has no stack of its own.
      if (pipeline?.rollout === "terraform") addMemberPlanRole(this, home, pipeline.memberPlan, homeAccountId);
    }
    if (state.rollout === "stackset") {
      addServiceManagedStackSet(this, "break_glass_role", {
        ...breakGlassStackSet(state, settings),
        provider: this.provider(state.managementAccountId),
        preventDestroy: true,
        dependsOn: users,
      });
    }
    addAlarmHub(this, home, state.alarms.hub, "Break glass");
    addRegionalForwarders(this, home, state.alarms.hub, state.alarms.rules, state.alarms.regions);
  }
}

export const addStacks: AddStacks<"breakGlass"> = (app, { settings, breakGlass, pipeline }) => [
  new BreakGlassStack(app, settings, breakGlass, pipeline),
  ...(breakGlass.rollout === "terraform" ? breakGlass.memberAccountIds : []).map(
    (id) => new AccountStack(app, settings, breakGlass, id, pipeline),
  ),
];
