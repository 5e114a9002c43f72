import type { StackSettings } from "../config/settings";
import { byKey } from "../kernel/lists";
import type { Holding } from "./card";
import { SECTIONS, SectionStates } from "./sections";
import { defined } from "../kernel/optional";

/** Sections that are resolved, by key; others are absent. */
export type ResolvedSections = Partial<SectionStates>;

/** The state of one section, whichever it is. */
export function stateOf(states: ResolvedSections, key: string): object | undefined {
  return (states as Readonly<Record<string, object | undefined>>)[key];
}

/** What the stacks of the resolved sections may hold, and where: the lists of all cards. Sorted. */
export function holdings(states: ResolvedSections, settings: StackSettings): readonly Holding[] {
  const found = new Map<string, Omit<Holding, "types"> & { readonly types: Set<string> }>();
  for (const card of SECTIONS) {
    const state = stateOf(states, card.key);
    if (!state) continue;
    for (const { kind, appliedBy, policy = kind, holds } of card.stacks) {
      for (const { types, places } of holds) {
        for (const { stack, accountId, region, like } of places(state, settings)) {
          const key = `${stack} ${accountId} ${region}`;
          const known = found.get(key) ?? {
            stack,
            kind,
            policy,
            appliedBy,
            ...defined({ like }),
            accountId,
            region,
            types: new Set(),
          };
          types.forEach((type) => known.types.add(type));
          found.set(key, known);
        }
      }
    }
  }
  return [...found.values()]
    .map((holding) => ({ ...holding, types: [...holding.types].sort() }))
    .sort(byKey(({ stack, accountId, region }) => `${stack} ${accountId} ${region}`));
}
