import type { Adopted, Move } from "../../config/moves";
import { unique } from "../../kernel/lists";

export interface Before {
  /** Full name. */
  readonly stack: string;
  readonly address: string;
}

/**
 * What was in AWS before this environment, as `moves.yaml` says it: what was adopted, and what is imported from no other state. Whether somebody made it
 * by hand or an earlier environment did, no state and no file says: it stays.
 */
export function thereBefore(
  environment: string,
  adopted: readonly Adopted[],
  moves: readonly Move[],
): readonly Before[] {
  const ends = [
    ...adopted.map(({ to }) => to),
    ...moves.flatMap(({ from, to, id }) => (to && id !== undefined && !from ? [to] : [])),
  ];
  return unique(ends.map(({ stack, address }) => JSON.stringify([`${environment}-${stack}`, address]))).map((key) => {
    const [stack, address] = JSON.parse(key) as [string, string];
    return { stack, address };
  });
}
