import type { KeyApi, LiveKey } from "../../../../modules/evidence/retire/execute";
import type { RetireStep } from "../../../../modules/evidence/retire/plan";
import type { AccountFacts } from "../../../../modules/evidence/inventory/types";
import { histories } from "../../../../modules/evidence/retire/history";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { undoPlan } from "../../../../modules/evidence/retire/plan";
import { CONTEXT, user } from "../inventory/fixture";

export interface FakeKey {
  user: string;
  readonly id: string;
  readonly createdAt: number;
  status: "Active" | "Inactive";
  lastUsedAt: number | undefined;
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

/** One account's access keys in memory, with a clock that tests move. */
export class FakeAws implements KeyApi {
  readonly keys = new Map<string, FakeKey>();
  readonly calls: string[] = [];
  /** Users with AWS's quarantine policy. */
  readonly quarantined = new Set<string>();
  now: number;
  /** Called before a look and before a change: what others do meanwhile. */
  meanwhile: (() => void) | undefined;

  constructor(
    now: Date,
    readonly accountId: string,
  ) {
    this.now = now.getTime();
  }

  look(step: RetireStep): Promise<LiveKey | undefined> {
    this.meanwhile?.();
    const found = this.keys.get(step.keyId);
    return Promise.resolve(
      found && {
        status: found.status,
        createdAt: iso(found.createdAt),
        lastUse: found.lastUsedAt === undefined ? null : { at: iso(found.lastUsedAt) },
        ...(found.user === step.user ? {} : { user: found.user }),
      },
    );
  }

  isQuarantined(_step: RetireStep, user: string): Promise<boolean> {
    return Promise.resolve(this.quarantined.has(user));
  }

  setStatus(step: RetireStep, status: "Active" | "Inactive", user: string): Promise<void> {
    const found = this.keys.get(step.keyId);
    if (found?.user !== user)
      return Promise.reject(Object.assign(new Error("gone"), { name: "NoSuchEntityException" }));
    this.calls.push(`${status} ${step.keyId}`);
    found.status = status;
    return Promise.resolve();
  }

  delete(step: RetireStep): Promise<void> {
    this.calls.push(`delete ${step.keyId}`);
    this.keys.delete(step.keyId);
    return Promise.resolve();
  }

  /** What an inventory would read now. */
  facts(): AccountFacts {
    const names = [...new Set([...this.keys.values()].map((key) => key.user))];
    const users = names.map((name) =>
      user(
        name,
        [...this.keys.values()]
          .filter((key) => key.user === name)
          .map((key) => ({
            id: key.id,
            status: key.status,
            createdAt: iso(key.createdAt),
            ...(key.lastUsedAt === undefined ? {} : { lastUse: { at: iso(key.lastUsedAt) } }),
          })),
        name.startsWith("break-glass") ? { path: "/break-glass/" } : {},
        this.accountId,
      ),
    );
    return { accountId: this.accountId, status: "complete", collectedAt: iso(this.now), problems: [], users };
  }
}

/** What `--undo` would do at a time, by a journal, by what inventories saw, and with the keys that a person has named. */
export function undoOf(
  entries: readonly JournalEntry[],
  now: Date,
  named: readonly string[] = [],
  seen: readonly JournalEntry[] = [],
): ReturnType<typeof undoPlan> {
  return undoPlan({
    entries,
    histories: histories([...seen, ...entries]),
    nameOf: () => "shop",
    protection: CONTEXT.protection,
    userArnOf: ({ accountId, user: name }) => `arn:aws:iam::${accountId}:user/${name}`,
    named,
    now,
  });
}
