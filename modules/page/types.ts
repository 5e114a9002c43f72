/** What pages share. Types alone: the browser's code reads this file, too. */

/** How a claim is known. The page prints it beside every claim. */
export type Known = "planned" | "proven" | "seen" | "facts" | "inventory" | "unknown";

/** What the page rests on, one line each. */
export interface Source {
  readonly what: string;
  readonly known: Known;
  /** The end of a sentence: `as of organization.yaml of 2026-11-01`. */
  readonly text: string;
}

export interface PagePlace {
  readonly id: string;
  readonly name: string;
  /** `Workloads/Prod`; `(root)`. */
  readonly path: string;
  /** Position of the parent; -1 for the root. */
  readonly parent: number;
  /** Accounts right below that are not active, with their status: nobody works in them, and they have no tile. @default - none */
  readonly inactive?: readonly string[];
}

/** An account of the map. */
export interface MapAccount {
  readonly id: string;
  readonly name: string;
  readonly place: number;
}
