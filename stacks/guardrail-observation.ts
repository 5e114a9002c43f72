import type { Construct } from "constructs";
import { addAlarmHub } from "../modules/sections/alarms/hub";
import { accountForwarderTemplate } from "../modules/sections/alarms/template";
import type { StackSettings } from "../modules/config/settings";
import type { ObservationState } from "../modules/sections/guardrails/observation";
import { addServiceManagedStackSet } from "../modules/sections/stack-set/service-managed";
import { BaselineStack } from "./baseline-stack";

/**
 * Guardrails in mode `observe`: an alarm on each call that would be denied. A stack of its own, because it needs other rights than
 * policies do, and because subscriptions outlive the observing. Lives in the management account; one StackSet for each
 * observed guardrail, whatever the number of accounts.
 */
export class GuardrailObservationStack extends BaselineStack {
  constructor(scope: Construct, settings: StackSettings, state: ObservationState) {
    super(scope, {
      settings,
      name: "guardrail-observation",
      kind: "guardrail-observation",
      accountId: settings.managementAccountId,
      region: state.hub.region,
    });
    const provider = this.provider(settings.managementAccountId);
    addAlarmHub(this, provider, state.hub, "A guardrail that is observed would deny this");
    for (const {
      guardrail,
      hub,
      rules,
      regions,
      organizationalUnitIds,
      accountIds,
      accountParentIds,
    } of state.observed) {
      const template = accountForwarderTemplate(
        hub,
        rules,
        `Forwards what ${guardrail} would deny to the bus of observed guardrails`,
      );
      const common = { provider, template, regions };
      if (organizationalUnitIds.length > 0) {
        addServiceManagedStackSet(this, `observe_${guardrail}`, {
          ...common,
          name: hub.forwarderRoleName,
          description: `Observes ${guardrail} in OUs, future accounts included`,
          targetIds: organizationalUnitIds,
        });
      }
      if (accountIds.length > 0) {
        addServiceManagedStackSet(this, `observe_${guardrail}_accounts`, {
          ...common,
          name: `${hub.forwarderRoleName}-accounts`,
          description: `Observes ${guardrail} in single accounts`,
          targetIds: accountParentIds,
          onlyAccountIds: accountIds,
        });
      }
    }
  }
}
