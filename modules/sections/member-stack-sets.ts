import type { StackSettings } from "../config/settings";
import { chainOf, OrganizationTree } from "../organization/tree";
import { ResolvedSections, stateOf } from "./holdings";
import { SECTIONS } from "./sections";
import type { ServiceManagedStackSet } from "./stack-set/types";

/** The service-managed StackSets of all sections that reach an account: it is below a target, and no filter leaves it out. */
export function stackSetsReaching(
  states: ResolvedSections,
  settings: StackSettings,
  tree: OrganizationTree,
  accountId: string,
): readonly ServiceManagedStackSet[] {
  const account = tree.accountById.get(accountId);
  if (!account || accountId === settings.managementAccountId) return [];
  const chain = new Set<string>(chainOf(tree, account));
  return SECTIONS.flatMap((card) => {
    const state = stateOf(states, card.key);
    return (state && card.stackSets?.(state, settings)) || [];
  }).filter(
    ({ targetIds, excludedAccountIds, onlyAccountIds }) =>
      targetIds.some((id) => chain.has(id)) &&
      !excludedAccountIds?.includes(accountId) &&
      (onlyAccountIds?.includes(accountId) ?? true),
  );
}
