import { count } from "../../kernel/words";
import type { InventoryEvidence } from "./inventory-file";

type Credential = InventoryEvidence["credentials"][number];

/** An obstacle of `ready.ts`. */
interface InTheWay {
  readonly code: "CREDENTIAL-IN-USE" | "MOVES-OLD";
  readonly message: string;
  readonly names: readonly string[];
}

/** Moves of keys to roles by evidence, as `keyless move --json` prints them. */
export interface MovesEvidence {
  readonly at: string;
  readonly moves: readonly {
    readonly name: string;
    readonly accountId: string;
    readonly keyIds: readonly string[];
    readonly state: string;
    readonly done: boolean;
  }[];
}

/** Evidence that is older says nothing of today: the key may be in use again. */
const LATEST_DAYS = 7;

/**
 * Keys in use that are neither moved nor excepted, by name. A key whose role does its work and which is quiet would not be missed, though the inventory
 * still calls it in use; one with an exception is none of those that the inventory asks about.
 */
export function keysInTheWay(
  inUse: readonly Credential[],
  what: string,
  moves: MovesEvidence | undefined,
  at: string,
): readonly InTheWay[] {
  if (moves === undefined)
    return obstacle(inUse, `${count(inUse.length, "credential")} would stop working: ${what}.`, () => "");
  const age = Math.floor((Date.parse(at) - Date.parse(moves.at)) / 86_400_000);
  if (age > LATEST_DAYS || age < 0)
    return [
      {
        code: "MOVES-OLD",
        message:
          age < 0 ? "The moves are of a later time than this answer." : `The moves are ${count(age, "day")} old.`,
        names: [],
      },
      ...obstacle(inUse, `${count(inUse.length, "credential")} would stop working: ${what}.`, () => ""),
    ];
  const moveOf = ({ accountId, id }: Credential): MovesEvidence["moves"][number] | undefined =>
    moves.moves.find((move) => move.accountId === accountId && move.keyIds.includes(id));
  const left = inUse.filter((credential) => {
    const move = moveOf(credential);
    return !move || !move.done || move.state === "excepted" || move.state === "stolen";
  });
  return obstacle(
    left,
    `${count(left.length, "credential")} would stop working, neither moved nor excepted: ${what}.`,
    (credential) => {
      const move = moveOf(credential);
      return move ? `; its move ${move.name} is at ${move.state}` : "; it has no move";
    },
  );
}

function obstacle(
  list: readonly Credential[],
  message: string,
  more: (credential: Credential) => string,
): readonly InTheWay[] {
  if (list.length === 0) return [];
  return [
    {
      code: "CREDENTIAL-IN-USE",
      message,
      names: list.map(
        (one) =>
          `${one.id} of ${one.user} in ${one.accountName}: ${one.verdict.kind}, ${one.verdict.reason}${more(one)}`,
      ),
    },
  ];
}
