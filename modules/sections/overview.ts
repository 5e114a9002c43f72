import type { Environment } from "./environment";
import { stateOf } from "./holdings";
import { SECTIONS, SectionSummaries } from "./sections";
import type { TargetState } from "./target-state";

/** What an organization would become, for people: counts and names, no policies. Plain data: the facts, and what each section says of itself. */
export interface Overview extends SectionSummaries {
  readonly environment: string;
  readonly organizationId: string;
  readonly activeAccounts: number;
  readonly inactiveAccounts: number;
  readonly organizationalUnits: number;
  /** Member accounts: those that an SCP can bind. */
  readonly memberAccounts: number;
}

export function overview(environment: Environment, state: TargetState): Overview {
  const { organization, tree } = environment;
  const summaries = SECTIONS.map((card) => card.summary?.(environment, stateOf(state, card.key)));
  return {
    environment: environment.name,
    organizationId: organization.id,
    activeAccounts: tree.accounts.length,
    inactiveAccounts: organization.accounts.length - tree.accounts.length,
    organizationalUnits: organization.organizationalUnits.length,
    memberAccounts: tree.accounts.filter(({ id }) => id !== organization.managementAccountId).length,
    ...(Object.assign({}, ...summaries) as SectionSummaries),
  };
}
