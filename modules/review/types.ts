import { SectionArea, SECTIONS } from "../sections/sections";
import type { Sentence } from "./sentence";

/** What a reviewer is told. Plain data. */

/**
 * - `destroys-guard`: the way back in, an alarm, detection or a guardrail is taken away
 * - `weakens`: something becomes possible that was not
 * - `unknown`: what it means cannot be decided before it is applied
 * - `strengthens`: something becomes impossible that was possible, or a guard is added
 * - `neutral`: nothing changes in terms of access
 */
export type ChangeClass = "destroys-guard" | "weakens" | "unknown" | "strengthens" | "neutral";

/** Worst first. */
export const CHANGE_CLASSES: readonly ChangeClass[] = [
  "destroys-guard",
  "weakens",
  "unknown",
  "strengthens",
  "neutral",
];

/** Classes that any of the lists names, in their order: a gate and what is added to it. */
export function classesOf(...lists: readonly (readonly ChangeClass[] | undefined)[]): readonly ChangeClass[] {
  return CHANGE_CLASSES.filter((cls) => lists.some((list) => list?.includes(cls)));
}

/** What changes are listed under: the areas of the sections, and what is of several of them or of none. */
export type Area = SectionArea | "alarms" | "other";

/** Those where most is at stake first. */
export const AREAS: readonly Area[] = [
  ...SECTIONS.flatMap(({ area }) => (area ? [{ name: area.name as Area, stake: area.stake }] : [])),
  { name: "alarms" as const, stake: 8 },
  { name: "other" as const, stake: 9 },
]
  .sort((a, b) => a.stake - b.stake)
  .map(({ name }) => name);

/** A request that a policy answered differently before and after. */
export interface WitnessView {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
  readonly before: string;
  readonly after: string;
  /** The principal is an example: no policy names it, and no plan shows it. */
  readonly invented?: true;
}

/** One line of a statement-level diff. */
export interface StatementLine {
  readonly sign: "-" | "+";
  readonly text: string;
}

export interface AccessChange {
  /** Stable, and bound to what changes: an approval of it approves nothing else. */
  readonly id: string;
  readonly class: ChangeClass;
  readonly area: Area;
  readonly sentence: Sentence;
  /** Sorted. */
  readonly stacks: readonly string[];
  /** Terraform addresses, sorted. */
  readonly addresses: readonly string[];
  readonly witnesses: readonly WitnessView[];
  readonly diff: readonly StatementLine[];
  /** Somebody becomes an administrator: told before the rest of its class. */
  readonly administrator?: true;
  /** Somebody who must get in, or work, no longer can: told before everything else. */
  readonly lockOut?: true;
  /** The resources it is about, with the arguments that change: what rules of one's own look at. */
  readonly subjects?: readonly ChangedResource[];
  /** Where it is felt, for a map. @default - not known */
  readonly reach?: ChangeReach;
  /** Name of a rule that forbids it: no approval and no waiver lets it pass. */
  readonly rule?: string;
  /** Name of a rule that has raised its class. */
  readonly raisedBy?: string;
}

/**
 * Accounts that a change is about, and OUs without any. `stated`: the sentence names them all. `resource`: it names none, and these are where
 * its resources are; what can be done elsewhere from there is not among them.
 */
export interface ChangeReach {
  readonly how: "stated" | "resource";
  /** Sorted. */
  readonly places: readonly string[];
}

export interface ChangedResource {
  readonly type: string;
  readonly address: string;
  /** Arguments that differ, sorted. */
  readonly attributes: readonly string[];
  /** Code that runs beside resources, or a part of a plan: only a rule that names its type, and an address, is about it. */
  readonly notResource?: true;
}

/** Something a reviewer should know that is no change of access: drift, moves, replacements, versions. */
export interface ReviewNote {
  readonly kind: "drift" | "import" | "move" | "replace" | "prevent-destroy" | "version" | "stack" | "incomplete";
  readonly stack: string;
  readonly sentence: Sentence;
}

/** A resource in the collapsed list. */
export interface ResourceLine {
  readonly stack: string;
  readonly address: string;
  readonly action: "create" | "update" | "delete" | "replace" | "forget" | "read";
}

/** A stack that is not there yet: one approval of it as a whole stands for those of its changes. */
export interface NewStack {
  readonly stack: string;
  /** Digest of all that is made in it. */
  readonly id: string;
  readonly resources: number;
}

export interface Review {
  /** @default none */
  readonly newStacks?: readonly NewStack[];
  /** Worst first, administrators before others, then area, then the most dangerous action, then text. Neutral ones included. */
  readonly changes: readonly AccessChange[];
  readonly notes: readonly ReviewNote[];
  readonly resources: readonly ResourceLine[];
  readonly stacks: readonly string[];
}
