import type { MapAccount, PagePlace, Source } from "../../page/types";

/** What the page of `keyless review --format html` shows. Types alone: the browser's code reads this file, too. */

/** As in ../types, which needs more than a browser has: a class that is missing here would not compile in page.ts. */
export type ChangeClass = "destroys-guard" | "weakens" | "unknown" | "strengthens" | "neutral";

/** A sentence: our own words, and names of others, each in a list of its own. */
export type Words = readonly (string | readonly [name: string])[];

export interface PageWitness {
  readonly principal: string;
  /** ` (an example, …)`, or empty. */
  readonly invented: string;
  readonly action: string;
  readonly resource: string;
  readonly context: readonly (readonly [key: string, value: string])[];
  readonly before: string;
  readonly after: string;
}

export interface PageChange {
  readonly id: string;
  readonly class: ChangeClass;
  readonly area: string;
  readonly words: Words;
  readonly stacks: readonly string[];
  readonly addresses: readonly string[];
  readonly witnesses: readonly PageWitness[];
  /** Statements before and after: `-` before, `+` after, a space on both sides. */
  readonly diff: readonly (readonly [sign: "-" | "+" | " ", text: string])[];
  /** The gate says no to it. */
  readonly stops: boolean;
  /** By what it passes that would stop. */
  readonly passed?: Words;
  readonly marks: readonly string[];
  /** How it is known where it is felt: as its sentence says, by where its resources are, or not at all. */
  readonly how: "stated" | "resource" | "unknown";
  /** Position in `reaches`; -1: none of these accounts. */
  readonly reach: number;
  /** Places that it is felt in, and that are no account of the map. */
  readonly others: readonly string[];
}

export interface ReviewPage {
  /** Name of the environment; empty: not known. */
  readonly environment: string;
  readonly verdict: string;
  readonly failOn: readonly ChangeClass[];
  readonly stops: number;
  readonly sources: readonly Source[];
  /** Whether the accounts are the organization's; else they are those that the plans name. */
  readonly facts: boolean;
  readonly places: readonly PagePlace[];
  readonly accounts: readonly MapAccount[];
  readonly changes: readonly PageChange[];
  /** Sets of accounts, each as runs of positions: first, how many, first, how many. */
  readonly reaches: readonly (readonly number[])[];
  readonly gate: readonly Words[];
  readonly notes: readonly { readonly kind: string; readonly stack: string; readonly words: Words }[];
  readonly resources: readonly (readonly [action: string, stack: string, address: string])[];
  readonly resourceCounts: string;
}
