import { byKey } from "../../kernel/lists";
import { Credential, Inventory, VerdictKind, VERDICTS } from "./types";

/** An inventory in figures: what the table ends with and the report begins with. */
export interface InventorySummary {
  readonly accounts: {
    readonly total: number;
    readonly complete: number;
    readonly partial: number;
    readonly failed: number;
    readonly notRead: number;
  };
  readonly users: number;
  readonly credentials: number;
  readonly activeAccessKeys: number;
  /** Active access keys that `keyless retire` would deactivate. */
  readonly retirable: number;
  readonly rootAccessKeys: number;
  readonly rootWithoutMfa: number;
  readonly passwordsWithoutMfa: number;
  readonly byVerdict: readonly { readonly verdict: VerdictKind; readonly count: number }[];
  /** Active access keys by age. */
  readonly ages: readonly AgeBucket[];
  readonly byAccount: readonly PlaceCounts[];
  readonly byOrganizationalUnit: readonly PlaceCounts[];
}

export interface AgeBucket {
  readonly label: string;
  readonly used: number;
  readonly unused: number;
  readonly protected: number;
}

export interface PlaceCounts {
  readonly name: string;
  readonly activeAccessKeys: number;
  readonly unused: number;
  readonly passwords: number;
  readonly others: number;
  readonly rootAccessKeys: number;
}

const BUCKETS: readonly (readonly [label: string, below: number])[] = [
  ["under 30 days", 30],
  ["30–89 days", 90],
  ["90–179 days", 180],
  ["180–364 days", 365],
  ["1–2 years", 730],
  ["2–5 years", 1826],
  ["over 5 years", Infinity],
];

/** An access key that works. */
export function isLiveKey(credential: Credential): boolean {
  return (credential.kind === "access-key" || credential.kind === "root-access-key") && credential.status === "Active";
}

export function isUnused(credential: Credential): boolean {
  return credential.verdict.kind === "never-used" || credential.verdict.kind === "unused";
}

function isProtected(credential: Credential): boolean {
  return credential.verdict.kind === "break-glass" || credential.verdict.kind === "excepted";
}

export function summarize(inventory: Inventory): InventorySummary {
  const { accounts, credentials } = inventory;
  const status = (wanted: string): number => accounts.filter((account) => account.status === wanted).length;
  const counts = new Map<VerdictKind, number>();
  for (const one of credentials) counts.set(one.verdict.kind, (counts.get(one.verdict.kind) ?? 0) + 1);
  const live = credentials.filter(isLiveKey);
  return {
    accounts: {
      total: accounts.length,
      complete: status("complete"),
      partial: status("partial"),
      failed: status("failed"),
      notRead: status("not-read"),
    },
    users: accounts.reduce((sum, account) => sum + account.users, 0),
    credentials: credentials.length,
    activeAccessKeys: live.length,
    retirable: live.filter((one) => one.kind === "access-key" && isUnused(one)).length,
    rootAccessKeys: live.filter((one) => one.kind === "root-access-key").length,
    rootWithoutMfa: accounts.filter(
      (account) => account.root !== undefined && !account.root.mfa && account.root.password !== false,
    ).length,
    passwordsWithoutMfa: credentials.filter((one) => one.kind === "password" && one.mfa === false).length,
    byVerdict: VERDICTS.map((verdict) => ({ verdict, count: counts.get(verdict) ?? 0 })).filter(
      ({ count }) => count > 0,
    ),
    ages: ages(live),
    byAccount: places(
      credentials,
      new Map(accounts.map((account) => [account.id, account.name])),
      (one) => one.accountId,
    ),
    byOrganizationalUnit: places(
      credentials,
      new Map(accounts.map((account) => [account.organizationalUnit, account.organizationalUnit || "(root)"])),
      (one) => one.organizationalUnit,
    ),
  };
}

function ages(live: readonly Credential[]): readonly AgeBucket[] {
  const buckets = BUCKETS.map(([label, below]) => ({ label, below, used: 0, unused: 0, protected: 0 }));
  for (const one of live) {
    if (one.ageDays === undefined) continue;
    const bucket = buckets.find(({ below }) => one.ageDays! < below)!;
    if (isProtected(one)) bucket.protected += 1;
    else if (isUnused(one)) bucket.unused += 1;
    else bucket.used += 1;
  }
  return buckets.map(({ label, used, unused, protected: kept }) => ({ label, used, unused, protected: kept }));
}

function places(
  credentials: readonly Credential[],
  names: ReadonlyMap<string, string>,
  placeOf: (credential: Credential) => string,
): readonly PlaceCounts[] {
  const rows = new Map(
    [...names].map(([key, name]) => [
      key,
      { name, activeAccessKeys: 0, unused: 0, passwords: 0, others: 0, rootAccessKeys: 0 },
    ]),
  );
  for (const one of credentials) {
    const row = rows.get(placeOf(one));
    if (!row) continue;
    if (one.kind === "password") row.passwords += 1;
    else if (!isLiveKey(one)) row.others += 1;
    else {
      row.activeAccessKeys += 1;
      if (isUnused(one)) row.unused += 1;
      if (one.kind === "root-access-key") row.rootAccessKeys += 1;
    }
  }
  return [...rows.values()].sort(byKey((row) => row.name)).sort((a, b) => b.activeAccessKeys - a.activeAccessKeys);
}

/** One point of the way to none: an inventory in three figures. */
export interface ProgressPoint {
  readonly at: string;
  readonly activeAccessKeys: number;
  readonly unused: number;
  readonly accountsRead: number;
}

/** Progress over time, oldest first; of several inventories of one moment the last counts. */
export function progress(inventories: readonly Inventory[]): readonly ProgressPoint[] {
  const points = new Map<string, ProgressPoint>();
  for (const inventory of inventories) {
    const live = inventory.credentials.filter(isLiveKey);
    points.set(inventory.generatedAt, {
      at: inventory.generatedAt,
      activeAccessKeys: live.length,
      unused: live.filter(isUnused).length,
      accountsRead: inventory.accounts.filter(
        (account) => account.status === "complete" || account.status === "partial",
      ).length,
    });
  }
  return [...points.values()].sort(byKey((point) => point.at));
}
