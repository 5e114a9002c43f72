import { FRESH_DAYS, FRESH_TEXT } from "../../kernel/freshness";
import { count } from "../../kernel/words";
import { isoDay } from "../inventory/time";
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
  readonly moves: readonly Move[];
}

interface Move {
  readonly name: string;
  readonly accountId: string;
  readonly user: string;
  readonly keyIds: readonly string[];
  /** The state of each key, and when it was last seen. @default - an older file does not say */
  readonly keys?:
    readonly { readonly id: string; readonly status: string; readonly seenAt?: string | undefined }[] | undefined;
  readonly state: string;
  readonly done: boolean;
  readonly silentDays: number;
}

/** What the inventory has of the accounts that are asked about. */
export interface KeysRead {
  readonly credentials: readonly Credential[];
  readonly accounts: readonly {
    readonly id: string;
    readonly name: string;
    /** When it was read. @default - it was not */
    readonly collectedAt?: string | undefined;
  }[];
}

/**
 * Keys in use that are neither moved nor excepted, by name. A key whose role does its work and which is quiet would not be missed, though the inventory
 * still calls it in use; one with an exception is none of those that the inventory asks about. Where the inventory and a move contradict each other, the
 * fresher look counts.
 *
 * @param read what the inventory has of these accounts @default - only keys in use are known
 */
export function keysInTheWay(
  inUse: readonly Credential[],
  what: string,
  moves: MovesEvidence | undefined,
  at: string,
  read: KeysRead = { credentials: [], accounts: [] },
): readonly InTheWay[] {
  const all = inUse.map((one) => nameOf(one));
  if (moves === undefined) return obstacle(all, `${count(all.length, "credential")} would stop working: ${what}.`);
  const age = Math.floor((Date.parse(at) - Date.parse(moves.at)) / 86_400_000);
  if (age > FRESH_DAYS || age < 0)
    return [
      {
        code: "MOVES-OLD",
        message:
          age < 0
            ? "The moves are of a later time than this answer."
            : `The moves are ${count(age, "day")} old: ${FRESH_TEXT} are the most.`,
        names: [],
      },
      ...obstacle(all, `${count(all.length, "credential")} would stop working: ${what}.`),
    ];
  const moveOf = ({ accountId, id }: Credential): Move | undefined =>
    moves.moves.find((move) => move.accountId === accountId && move.keyIds.includes(id));
  const left = inUse.flatMap((credential) => {
    const move = moveOf(credential);
    const why = move ? whyNotMoved(move, credential, moves.at, at) : "it has no move";
    return why === undefined ? [] : [`${nameOf(credential)}; ${why}`];
  });
  const names = [...left, ...moves.moves.flatMap((move) => activeSince(move, read))];
  return obstacle(
    names,
    `${count(names.length, "credential")} would stop working, neither moved nor excepted: ${what}.`,
  );
}

function isMoved({ done, state }: Move): boolean {
  return done && state !== "excepted" && state !== "stolen";
}

/** Why a key that the inventory calls in use does not count as moved; nothing where it does. */
function whyNotMoved(
  move: Move,
  { id, lastUsedAt, collectedAt }: Credential,
  madeAt: string,
  at: string,
): string | undefined {
  const its = `its move ${move.name}`;
  if (!isMoved(move)) return `${its} is at ${move.state}`;
  if (move.state === "key-silent") {
    const days = lastUsedAt === undefined ? undefined : (Date.parse(at) - Date.parse(lastUsedAt)) / 86_400_000;
    return days !== undefined && days < move.silentDays
      ? `${its} of ${isoDay(madeAt)} is at key-silent, and the inventory says that it was used on ${isoDay(lastUsedAt!)}, less than ${count(move.silentDays, "day")} ago`
      : undefined;
  }
  const seenAt = move.keys?.find((key) => key.id === id)?.seenAt;
  // Switched off after the inventory was made.
  if (seenAt !== undefined && collectedAt !== undefined && Date.parse(collectedAt) < Date.parse(seenAt))
    return undefined;
  const look = seenAt === undefined ? "" : ` by a look of ${isoDay(seenAt)}`;
  const active =
    collectedAt === undefined ? "the inventory saw it active" : `the inventory saw it active on ${isoDay(collectedAt)}`;
  return `${its} of ${isoDay(madeAt)} is at ${move.state}${look}, and ${active}`;
}

/** Keys of a move that were seen active after the inventory had read their account, and are none of its active ones. */
function activeSince(move: Move, { credentials, accounts }: KeysRead): readonly string[] {
  const account = accounts.find(({ id }) => id === move.accountId);
  if (account === undefined || isMoved(move) || move.state === "excepted") return [];
  return (move.keys ?? []).flatMap(({ id, status, seenAt }) => {
    const known = credentials.find((one) => one.accountId === move.accountId && one.id === id);
    if (status !== "Active" || seenAt === undefined || known?.status === "Active") return [];
    const readAt = known?.collectedAt ?? account.collectedAt;
    if (readAt !== undefined && Date.parse(readAt) >= Date.parse(seenAt)) return [];
    const inventory = readAt === undefined ? "the inventory" : `the inventory of ${isoDay(readAt)}`;
    const has = known ? `calls it ${known.status.toLowerCase()}` : "does not have it";
    return [
      `${id} of ${move.user} in ${account.name}: its move ${move.name} is at ${move.state} and saw it active on ${isoDay(seenAt)}; ${inventory} ${has}`,
    ];
  });
}

const nameOf = ({ id, user, accountName, verdict }: Credential): string =>
  `${id} of ${user} in ${accountName}: ${verdict.kind}, ${verdict.reason}`;

function obstacle(names: readonly string[], message: string): readonly InTheWay[] {
  return names.length === 0 ? [] : [{ code: "CREDENTIAL-IN-USE", message, names }];
}
