import type { Counterexample } from "./types";

/** Counterexamples with one cause: the statement that decides, or the gap that no statement closes. */
export interface Cause {
  /** In words: `statement NoSaml of approved-regions`. */
  readonly title: string;
  readonly counterexamples: readonly Counterexample[];
}

/** Groups of counterexamples by what decides, in the order of their first. */
export function causesOf(counterexamples: readonly Counterexample[]): readonly Cause[] {
  const groups = new Map<string, Counterexample[]>();
  for (const one of counterexamples) {
    const title = titleOf(one);
    const group = groups.get(title);
    if (group) group.push(one);
    else groups.set(title, [one]);
  }
  return [...groups].map(([title, list]) => ({ title, counterexamples: list }));
}

function titleOf(one: Counterexample): string {
  if (one.sparedBy) return `statement ${one.sparedBy.statement} of ${one.sparedBy.policy}, by which it spares`;
  if (one.claim !== undefined || one.decision === "allowed" || one.policy === undefined) return one.otherwise;
  return one.statement === undefined
    ? `${one.policy}, which does not allow it`
    : `statement ${one.statement} of ${one.policy}`;
}
