import type { Adopted, Move } from "../config/moves";
import type { StackSettings } from "../config/settings";
import { Problem, sortProblems } from "../kernel/errors";
import { suggestion } from "../kernel/nearest";
import { defined } from "../kernel/optional";
import { Announced, gatherAnnouncements } from "./announced";
import type { Environment } from "./environment";
import { holdings } from "./holdings";
import { checkLandingZone } from "./landing-zone/check";
import { problemList } from "./load";
import { checkMemberRoles } from "./member-roles";
import { refuseOtherPartitions } from "./partitions";
import { AnyCard, SectionKey, SECTIONS, SectionStates } from "./sections";
import { stackSettings } from "./stack-settings";

/**
 * One environment as it is to be: plain data, no cdktf, no tokens. Everything that the stacks, the proofs and people look at: a state for
 * each section, by its key; absent where the section is not managed here.
 */
export interface TargetState extends SectionStates {
  readonly settings: StackSettings;
  /** What the states are to hold in another place. @default none */
  readonly moves?: readonly Move[];
  /** What was there before and is this baseline's. @default nothing */
  readonly adopted?: readonly Adopted[];
}

export interface ResolvedEnvironment {
  /** Absent when a problem is an error. */
  readonly state?: TargetState;
  /** Sorted; warnings included. */
  readonly problems: readonly Problem[];
}

/**
 * The cards in the order in which they are resolved: what a section needs or reads comes before it; otherwise as in the list.
 *
 * @throws Error when sections need each other in a circle
 */
export function resolvingOrder(cards: readonly AnyCard[] = SECTIONS): readonly AnyCard[] {
  const ordered: AnyCard[] = [];
  const waitsFor = (card: AnyCard): readonly string[] => [
    ...(card.needs ?? []),
    ...(card.reads ?? []),
    ...(card.aboutAll ? cards.filter((other) => !other.aboutAll).map((other) => other.key) : []),
  ];
  const left = new Set(cards);
  while (left.size > 0) {
    const next = [...left].find((card) => !waitsFor(card).some((key) => [...left].some((other) => other.key === key)));
    if (!next) throw new Error(`sections need each other: ${[...left].map((card) => card.key).join(", ")}`);
    ordered.push(next);
    left.delete(next);
  }
  return ordered;
}

const isWritten = (environment: Environment, key: string): boolean =>
  environment.baseline[key as SectionKey] !== undefined;

/** Resolves all sections and says everything that is wrong. Nothing is proven yet: `modules/proofs/environment.ts` does both. */
export function resolveUnproven(environment: Environment): ResolvedEnvironment {
  const problems = problemList(environment);
  if (refuseOtherPartitions(environment, problems)) return { problems: problems.all() };
  const { region } = environment.baseline;
  const { enabledRegions } = environment.organization;
  if (!enabledRegions.includes(region)) {
    // Everything else that is wrong would follow from it, and be told of sections that nobody has written.
    problems.error(
      "FACTS-REGION",
      ["region"],
      `${region} is not enabled in the management account.`,
      suggestion(region, enabledRegions, "region"),
    );
    return { problems: problems.all() };
  }
  checkLandingZone(environment, problems);
  checkMemberRoles(environment, problems);
  const cards = resolvingOrder();
  const announced: Announced = gatherAnnouncements(
    environment,
    problems,
    cards
      .filter((card) => isWritten(environment, card.key))
      .flatMap((card) => card.announce?.(environment, problems) ?? []),
  );
  const settings = stackSettings(environment);
  const states: Record<string, object> = {};
  const unresolved = new Set<string>();
  for (const card of cards) {
    if (!card.resolve) continue;
    const { needs = [], reads = [] } = card;
    const state = needs.every((key) => states[key])
      ? card.resolve(environment, {
          problems,
          resolved: Object.fromEntries(
            [...needs, ...reads].flatMap((key) => (states[key] ? [[key, states[key]]] : [])),
          ),
          unresolved,
          announced,
          holdings: card.aboutAll ? holdings(states, settings) : [],
        })
      : undefined;
    if (state) states[card.key] = state;
    else if (isWritten(environment, card.key)) unresolved.add(card.key);
  }
  const sorted = sortProblems(problems.all());
  if (problems.hasErrors) return { problems: sorted };
  // A section that must be there is there, or there was an error.
  const { moves, adopted } = environment;
  return { problems: sorted, state: { settings, ...defined({ moves, adopted }), ...states } as unknown as TargetState };
}
