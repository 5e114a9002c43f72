import type { Environment } from "./environment";
import { stateOf } from "./holdings";
import { SECTIONS, SectionSummaries } from "./sections";
import type { TargetState } from "./target-state";
import type { OrganizationCounts, SectionView } from "./view";

/** What an organization would become, for people: counts and names, no policies. Plain data: the facts, and what each section says of itself. */
export interface Overview extends SectionSummaries, OrganizationCounts {}

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

/** What the sections show of themselves, in the order of the journey. */
export function sectionViews(overview: Overview): readonly SectionView[] {
  return SECTIONS.flatMap((card) => card.view?.(overview, overview) ?? []);
}
