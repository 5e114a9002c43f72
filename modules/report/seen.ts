import { defined } from "../kernel/optional";
import type { Verification } from "../live/verify/run";
import type { SeenLetter } from "./page-data";

/** Claims of `keyless verify`, as letters of the page. */

export interface Wanted {
  readonly section: string;
  readonly kind: string;
  readonly name: string;
  /** @default - in whichever account it is */
  readonly accountId?: string;
}

/** What was seen of something that all of these claims show together: the worst counts, and one that nobody has looked at leaves it planned. */
export type SeenOf = (wanted: readonly Wanted[]) => SeenLetter;

const LETTERS = { seen: "s", missing: "m", different: "d", "not-readable": "n" } as const;
/** The worst first. */
const ORDER: readonly SeenLetter[] = ["m", "d", "n", "p", "s"];

export function seenOf(verification: Verification | undefined): SeenOf {
  const letters = new Map<string, SeenLetter>();
  for (const { section, kind, name, place, verdict } of verification?.claims ?? [])
    for (const accountId of [place.accountId, undefined]) {
      const key = keyOf({ section, kind, name, ...defined({ accountId }) });
      letters.set(key, worst([letters.get(key) ?? "s", LETTERS[verdict]]));
    }
  return (wanted) => worst(wanted.map((one) => letters.get(keyOf(one)) ?? "p"));
}

const keyOf = ({ section, kind, name, accountId = "" }: Wanted): string =>
  JSON.stringify([section, kind, name, accountId]);

function worst(letters: readonly SeenLetter[]): SeenLetter {
  return ORDER.find((letter) => letters.includes(letter)) ?? "p";
}
