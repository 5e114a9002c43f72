import { accountForwarderTemplate } from "../alarms/template";
import type { ServiceManagedStackSet } from "../stack-set/types";
import type { ObservationState, ObservedGuardrail } from "./rollout/observation";

/** StackSets that observe one guardrail: in OUs as a whole, and in single accounts. No cdktf. */
export function observationStackSets(observed: ObservedGuardrail): {
  readonly units?: ServiceManagedStackSet;
  readonly accounts?: ServiceManagedStackSet;
} {
  const { guardrail, hub, rules, regions, organizationalUnitIds, accountIds, accountParentIds } = observed;
  const template = accountForwarderTemplate(
    hub,
    rules,
    `Forwards what ${guardrail} would deny to the bus of observed guardrails`,
  );
  return {
    ...(organizationalUnitIds.length > 0
      ? {
          units: {
            name: hub.forwarderRoleName,
            description: `Observes ${guardrail} in OUs, future accounts included`,
            template,
            targetIds: organizationalUnitIds,
            regions,
          },
        }
      : {}),
    ...(accountIds.length > 0
      ? {
          accounts: {
            name: `${hub.forwarderRoleName}-accounts`,
            description: `Observes ${guardrail} in single accounts`,
            template,
            targetIds: accountParentIds,
            onlyAccountIds: accountIds,
            regions,
          },
        }
      : {}),
  };
}

/** All of them. */
export function allObservationStackSets(state: ObservationState | undefined): readonly ServiceManagedStackSet[] {
  return (state?.observed ?? []).flatMap((observed) => {
    const { units, accounts } = observationStackSets(observed);
    return [units, accounts].filter((one) => one !== undefined);
  });
}
