import { byKey } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { latest } from "../inventory/time";
import type { Inventory } from "../inventory/types";
import type { JournalEntry } from "./journal";

/** What is known of one key's past. */
export interface KeyHistory {
  /** Last known. Absent: never seen. */
  readonly status?: "Active" | "Inactive";
  /** Since when it was seen inactive at every look. Absent: it is not, or nobody knows since when. */
  readonly inactiveSince?: string;
  /** When this program deactivated it, as long as nobody has activated it since. */
  readonly deactivatedAt?: string;
  /** A step that was begun and whose end is not known. */
  readonly begun?: "deactivating" | "deleting" | "reactivating";
  /** When that step was begun. */
  readonly begunAt?: string;
  /**
   * A deactivation, or the taking back of one, was begun then, its end is not in the journal, and the key was seen inactive later: this program
   * may have switched it off, or somebody else.
   */
  readonly maybeDeactivatedAt?: string;
  /** When `--undo` activated it last, or began to. */
  readonly reactivatedAt?: string;
  /** It was inactive, and was seen active again: somebody has activated it in between. The last time that this happened. */
  readonly activatedAgain?: { readonly inactiveSince: string; readonly seenAt: string };
  readonly deleted: boolean;
}

/** Since when a key rests because it was activated: by undo, done or begun, or by somebody else. */
export function lastActivated({ reactivatedAt, activatedAgain }: KeyHistory): string | undefined {
  return latest(reactivatedAt, activatedAgain?.seenAt);
}

/** When a step was begun that switches a key off or on, as long as nobody has seen its end. */
export function openSwitchAt({ begun, begunAt }: KeyHistory): string | undefined {
  return begun === "deactivating" || begun === "reactivating" ? begunAt : undefined;
}

export const NO_HISTORY: KeyHistory = { deleted: false };

/** Histories by account and key id, from the journal and from what inventories saw. */
export type Histories = ReadonlyMap<string, KeyHistory>;

export function keyOf(key: { readonly accountId: string; readonly keyId: string }): string {
  return `${key.accountId}/${key.keyId}`;
}

/** Looks of inventories at access keys, as entries. Keys whose ids are shortened cannot be told apart and say nothing. */
export function sightings(inventory: Inventory): readonly JournalEntry[] {
  if (inventory.masked) return [];
  return inventory.credentials
    .filter((one) => one.kind === "access-key")
    .map((one) => ({
      at: one.collectedAt,
      event: one.status === "Active" ? ("seen-active" as const) : ("seen-inactive" as const),
      accountId: one.accountId,
      user: one.user,
      keyId: one.id,
    }));
}

/** Puts entries in the order of their time, those of one moment in the order given, and tells what has become of each key. */
export function histories(entries: readonly JournalEntry[]): Histories {
  const found = new Map<string, KeyHistory>();
  for (const entry of [...entries].sort(byKey((one) => new Date(one.at).toISOString()))) {
    const key = keyOf(entry);
    found.set(key, after(found.get(key) ?? NO_HISTORY, entry));
  }
  return found;
}

function after(before: KeyHistory, { at, event }: JournalEntry): KeyHistory {
  const { reactivatedAt, activatedAgain } = before;
  const kept = { deleted: false, ...defined({ reactivatedAt, activatedAgain }) };
  switch (event) {
    case "deactivating":
      // It was seen active just before: whatever was known of its inactivity is over.
      return { ...kept, status: "Active", begun: event, begunAt: at };
    case "deleting":
      return { ...before, begun: event, begunAt: at };
    case "reactivating":
      // It may be active from here on, so it rests; since when it is inactive is for the next look to say.
      return {
        ...kept,
        begun: event,
        begunAt: at,
        reactivatedAt: latest(reactivatedAt, at)!,
        ...defined({ deactivatedAt: before.deactivatedAt }),
      };
    case "deactivated":
      return { ...kept, status: "Inactive", inactiveSince: at, deactivatedAt: at };
    case "seen-inactive":
      return seenInactive(before, kept, at);
    case "seen-active":
      return {
        ...kept,
        status: "Active",
        ...(before.status === "Inactive" && before.inactiveSince !== undefined
          ? { activatedAgain: { inactiveSince: before.inactiveSince, seenAt: at } }
          : {}),
      };
    case "reactivated":
      return { ...kept, status: "Active", reactivatedAt: latest(reactivatedAt, at)! };
    case "deleted":
      return { ...kept, deleted: true };
  }
}

/** A look at an inactive key after a step was begun does not say who has switched it off. */
function seenInactive(before: KeyHistory, kept: KeyHistory, at: string): KeyHistory {
  const { deactivatedAt, maybeDeactivatedAt, inactiveSince = at } = before;
  const openAt = openSwitchAt(before);
  return {
    ...kept,
    status: "Inactive",
    inactiveSince,
    ...defined({
      deactivatedAt: openAt === undefined ? deactivatedAt : undefined,
      maybeDeactivatedAt: openAt ?? maybeDeactivatedAt,
    }),
  };
}
