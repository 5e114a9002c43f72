import type { InventoryContext } from "../../modules/evidence/inventory/context";
import { daysBetween } from "../../modules/evidence/inventory/time";
import { quietMoves, readMovesFile } from "../../modules/evidence/move/moves-file";
import type { MovedKey } from "../../modules/evidence/retire/plan";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";

/** Moves for `retire`. Old ones are refused: a key may be in use again since. */
export function movedKeys(
  file: string,
  environment: string,
  { organizationId }: InventoryContext,
  now: Date,
): ReadonlyMap<string, MovedKey> {
  const moves = readMovesFile(file, environment, organizationId);
  if (daysBetween(moves.at, now) >= 1 || Date.parse(moves.at) > now.getTime() + 600_000)
    throw new BaselineError([
      {
        code: "MOVES-OLD",
        message: `The moves are of ${moves.at}.`,
        fix: `${KEYLESS} move ${environment} --cloudtrail <logs> --json > moves.json, on the same day.`,
        place: { file },
      },
    ]);
  return quietMoves(moves);
}
