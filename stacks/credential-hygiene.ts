import type { Construct } from "constructs";
import { addAlarmHub } from "../modules/sections/alarms/hub";
import type { StackSettings } from "../modules/config/settings";
import { inventoryRole, retirementRole } from "../modules/sections/credential-hygiene/access-roles";
import type { AccountRole } from "../modules/sections/credential-hygiene/account-role";
import { remediationRole } from "../modules/sections/credential-hygiene/remediation";
import {
  addAccountRole,
  addForwarder,
  addOrganizationRule,
  addRemediationPack,
  addUnusedAccessAnalyzer,
} from "../modules/sections/credential-hygiene/resources";
import type { CredentialHygieneState } from "../modules/sections/credential-hygiene/types";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { credentialHygieneStackSets } from "../modules/sections/credential-hygiene/stack-sets";
import { BaselineStack } from "./baseline-stack";
import type { AddStacks } from "./add-stacks";

/**
 * Finds unused and old credentials, and tells of new ones. Lives in the managing account; the management account, which makes the
 * StackSets and which no StackSet reaches, is a second provider where it is another one.
 */
export class CredentialHygieneStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: CredentialHygieneState) {
    super(scope, {
      settings,
      name: "credential-hygiene",
      kind: "credential-hygiene",
      accountId: state.managingAccountId,
      region: state.region,
    });
    const managing = this.provider(state.managingAccountId);
    const management = this.provider(state.managementAccountId);

    for (const rule of state.rules) addOrganizationRule(this, managing, rule, state.excludedAccountIds);
    if (state.analyzer) addUnusedAccessAnalyzer(this, managing, state.analyzer);

    const { hub, rules, regions } = state.alarms;
    addAlarmHub(this, managing, hub, "Long-term credential");
    for (const region of regions)
      addForwarder(
        this,
        this.provider(state.managementAccountId, region),
        hub,
        rules,
        state.managementAccountId,
        region,
        state.boundary,
      );
    const sets = credentialHygieneStackSets(state, settings);
    addServiceManagedStackSet(this, "credential_alarms", { ...sets.alarms, provider: management });
    addServiceManagedStackSet(this, "credential_access", { ...sets.access, provider: management });
    const bounded = (role: AccountRole): AccountRole =>
      state.boundary === undefined ? role : { ...role, permissionsBoundary: state.boundary };
    addAccountRole(this, management, "inventory_role", bounded(inventoryRole(state.access, state.managementAccountId)));
    addAccountRole(
      this,
      management,
      "retirement_role",
      bounded(retirementRole(state.access, state.managementAccountId)),
    );

    if (state.remediation && sets.remediation) {
      const { scope: remediation } = state.remediation;
      const members = addServiceManagedStackSet(this, "credential_remediation", {
        ...sets.remediation,
        provider: management,
      });
      const own = addAccountRole(
        this,
        management,
        "remediation_role",
        bounded(remediationRole(remediation, state.managementAccountId)),
      );
      addRemediationPack(this, managing, state.remediation, state.excludedAccountIds, [members, own]);
    }
  }
}

export const addStacks: AddStacks<"credentialHygiene"> = (app, { settings, credentialHygiene }) => [
  new CredentialHygieneStack(app, settings, credentialHygiene),
];
