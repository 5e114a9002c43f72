import type { Construct } from "constructs";
import { addAlarmHub } from "../modules/sections/alarms/hub";
import type { StackSettings } from "../modules/config/settings";
import type { ObservationState } from "../modules/sections/guardrails/rollout/observation";
import { observationStackSets } from "../modules/sections/guardrails/stack-sets";
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
    for (const observed of state.observed) {
      const { units, accounts } = observationStackSets(observed);
      if (units) addServiceManagedStackSet(this, `observe_${observed.guardrail}`, { ...units, provider });
      if (accounts)
        addServiceManagedStackSet(this, `observe_${observed.guardrail}_accounts`, { ...accounts, provider });
    }
  }
}
