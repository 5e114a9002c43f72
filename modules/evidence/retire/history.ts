import { byKey } from "../../kernel/lists";
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
  readonly reactivatedAt?: string;
  readonly deleted: boolean;
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
  const { reactivatedAt } = before;
  const kept = reactivatedAt === undefined ? {} : { reactivatedAt };
  switch (event) {
    case "deactivating":
      // It was seen active just before: whatever was known of its inactivity is over.
      return { ...kept, deleted: false, status: "Active", begun: event };
    case "deleting":
    case "reactivating":
      return { ...before, begun: event };
    case "deactivated":
      return { ...kept, deleted: false, status: "Inactive", inactiveSince: at, deactivatedAt: at };
    case "seen-inactive": {
      // A look at an inactive key after a deactivation was begun is the end of it.
      const ended =
        before.begun === "deactivating"
          ? { deactivatedAt: at }
          : before.deactivatedAt === undefined
            ? {}
            : { deactivatedAt: before.deactivatedAt };
      return { ...kept, ...ended, deleted: false, status: "Inactive", inactiveSince: before.inactiveSince ?? at };
    }
    case "seen-active":
      return { ...kept, deleted: false, status: "Active" };
    case "reactivated":
      return { deleted: false, status: "Active", reactivatedAt: latest(reactivatedAt, at)! };
    case "deleted":
      return { ...kept, deleted: true };
  }
}
