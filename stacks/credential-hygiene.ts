import type { App } from "cdktf";
import type { Construct } from "constructs";
import { addAlarmHub } from "../modules/sections/alarms/hub";
import { accountForwarderTemplate } from "../modules/sections/alarms/template";
import type { StackSettings } from "../modules/config/settings";
import {
  ACCESS_ROLES_NAME,
  accessRolesTemplate,
  inventoryRole,
  retirementRole,
} from "../modules/sections/credential-hygiene/access-roles";
import {
  REMEDIATION_NAME,
  remediationRole,
  remediationRoleTemplate,
} from "../modules/sections/credential-hygiene/remediation";
import {
  addAccountRole,
  addForwarder,
  addOrganizationRule,
  addRemediationPack,
  addUnusedAccessAnalyzer,
} from "../modules/sections/credential-hygiene/resources";
import type { CredentialHygieneState } from "../modules/sections/credential-hygiene/types";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { BaselineStack } from "./baseline-stack";

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
      );
    addServiceManagedStackSet(this, "credential_alarms", {
      provider: management,
      name: hub.name,
      description: "Tells of new long-term credentials in every member account, future ones included",
      template: accountForwarderTemplate(
        hub,
        rules,
        "Forwards API calls that make or revive a long-term credential to the alarm bus",
      ),
      targetIds: [state.rootId],
      regions,
    });

    addServiceManagedStackSet(this, "credential_access", {
      provider: management,
      name: ACCESS_ROLES_NAME,
      description: "The roles of keyless inventory and keyless retire in every member account, future ones included",
      template: accessRolesTemplate(state.access, settings.environment),
      targetIds: [state.rootId],
      // A role is global: one region is enough.
      regions: [state.region],
    });
    addAccountRole(this, management, "inventory_role", inventoryRole(state.access, state.managementAccountId));
    addAccountRole(this, management, "retirement_role", retirementRole(state.access, state.managementAccountId));

    if (state.remediation) {
      const { scope: remediation } = state.remediation;
      const members = addServiceManagedStackSet(this, "credential_remediation", {
        provider: management,
        name: REMEDIATION_NAME,
        description: "The role that revokes unused credentials, in every member account, future ones included",
        template: remediationRoleTemplate(remediation, settings.environment),
        targetIds: [state.rootId],
        // A role is global: one region is enough.
        regions: [state.region],
      });
      const own = addAccountRole(
        this,
        management,
        "remediation_role",
        remediationRole(remediation, state.managementAccountId),
      );
      addRemediationPack(this, managing, state.remediation, state.excludedAccountIds, [members, own]);
    }
  }
}

/** Adds the stack to the app. */
export function addCredentialHygieneStack(
  app: App,
  settings: StackSettings,
  state: CredentialHygieneState,
): CredentialHygieneStack {
  return new CredentialHygieneStack(app, settings, state);
}
