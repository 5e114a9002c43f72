import { keyUsages, LoggedKeyUsage } from "../cloudtrail/key-usage";
import { dayText, listDays } from "../cloudtrail/days";
import { timeText } from "../cloudtrail/event";
import { doubtful, SkipCounts } from "../cloudtrail/skipped";
import { accountsWithWrites, placeSeen, stoppedTrails } from "../impact/coverage";
import { usageFromLogs } from "../inventory/from-logs";
import { CloudTrailEvidence, mergeEvidence } from "../inventory/results";
import { latest } from "../inventory/time";
import type { AccountFacts, Credential, EvidenceRead, Inventory } from "../inventory/types";
import { isSuspicious } from "../inventory/use-kind";
import { histories, KeyHistory, keyOf, lastActivated, NO_HISTORY, sightings } from "../retire/history";
import type { JournalEntry } from "../retire/journal";
import { defined } from "../../kernel/optional";
import { uniqueSorted } from "../../kernel/lists";
import { count } from "../../kernel/words";
import { coveredDays, type IamLook, type Rhythm, rhythmOf } from "./rhythm";
import type { KeyMove } from "./types";
import { type MoveUse, programOf } from "./use";

/** All that is known, of all moves. */
export interface MoveEvidence {
  /** The time that counts as now. */
  readonly at: string;
  /** Somebody has named that time: what was seen later is no sign of a wrong clock. @default - it is the clock's */
  readonly asOf?: true;
  /** Accounts in which trails of the organization are managed. @default - only trails of the key's own account are looked at */
  readonly trailAccounts?: readonly string[];
  /** @default - no logs were given */
  readonly logs?: { readonly use: MoveUse; readonly skipped: SkipCounts; readonly read?: EvidenceRead };
  /** @default - there is none */
  readonly inventory?: Inventory;
  /** Earlier inventories. */
  readonly history: readonly Inventory[];
  /** Accounts as they were read, with their users. @default - only credentials are known */
  readonly facts?: ReadonlyMap<string, AccountFacts>;
  /** What earlier runs of the inventory heard of CloudTrail. @default - nothing */
  readonly cloudTrail?: CloudTrailEvidence;
  /** The journal of `keyless retire`. */
  readonly journal: readonly JournalEntry[];
  /** @default - AWS was not asked whether the roles are there */
  readonly verification?: Verified;
}

/** What is read of the JSON of `keyless verify`. */
export interface Verified {
  readonly from: string;
  readonly to: string;
  readonly claims: readonly {
    readonly section: string;
    readonly kind: string;
    readonly name: string;
    readonly verdict: string;
    readonly details: readonly string[];
    readonly at: string;
    readonly place: { readonly accountId: string };
  }[];
}

/** What is known of one key of a move. */
export interface KeySeen {
  readonly id: string;
  readonly history: KeyHistory;
  /** Somebody has seen it at some time: it is no mistyped id. */
  readonly everSeen: boolean;
  /** When the account was read completely without it. Absent: it was there, or nobody looked. */
  readonly goneAt?: string;
  /** When its state was last seen: by an inventory, in the journal or in CloudTrail. Absent: nobody has. */
  readonly seenAt?: string;
  /** When it was made, and when somebody has activated it last. Absent: nobody knows. */
  readonly madeAt?: string;
  readonly activatedAt?: string;
  /** When IAM was last asked for its use. */
  readonly lookedAt?: string;
  /** IAM could not say when it was last used. */
  readonly useUnknown: boolean;
  readonly lastUse?: LastUseSeen;
  /** Days with a use, as numbers since 1970-01-01; sorted. */
  readonly useDays: readonly number[];
  /** Programs that used it, as `programOf` names them; sorted. Empty: no log shows any. */
  readonly programs: readonly string[];
  /** Day of its first use in the logs that were given, since 1970-01-01. Absent: they show none. */
  readonly firstDay?: number;
  /** @default - it was not seen used twice */
  readonly rhythm?: Rhythm;
  /** Times at which it was found or made inactive. */
  readonly inactiveAt: readonly string[];
  readonly stolen?: string;
  readonly regions: readonly string[];
  /** Left alone by design. */
  readonly protectedBy?: string;
}

export interface LastUseSeen {
  readonly at: string;
  readonly from: "IAM" | "CloudTrail";
  readonly call?: string;
  readonly userAgent?: string;
  readonly sourceAddress?: string;
}

export function isOff({ history, goneAt }: KeySeen): boolean {
  return goneAt !== undefined || history.deleted || history.status === "Inactive";
}

export function isGone({ history, goneAt, everSeen }: KeySeen): boolean {
  return everSeen && (goneAt !== undefined || history.deleted);
}

/** The keys of a move: the one of its file, or all of its user that were ever seen. */
export function keysOf(move: KeyMove, evidence: MoveEvidence): readonly KeySeen[] {
  const logged = evidence.logs ? keyUsages(evidence.logs.use.usage) : [];
  const ids =
    move.keyId === undefined
      ? uniqueSorted([
          ...inventories(evidence).flatMap((one) => credentialsOf(one, move).map(({ id }) => id)),
          ...evidence.journal
            .filter((entry) => entry.accountId === move.accountId && entry.user === move.user)
            .map(({ keyId }) => keyId),
          // Made since the last inventory, or before the first one: all keys of a user are quiet only with them.
          ...logged
            .filter((one) => one.accountId === move.accountId && one.userName === move.user)
            .map(({ accessKeyId }) => accessKeyId),
        ])
      : [move.keyId];
  const usages = new Map(logged.map((one) => [one.accessKeyId, one]));
  return ids.map((id) => keySeen(id, move, evidence, usages.get(id)));
}

/** Those with ids of keys. */
function inventories({ inventory, history }: MoveEvidence): readonly Inventory[] {
  return [...history, ...(inventory ? [inventory] : [])].filter(({ masked, reportsOnly }) => !masked && !reportsOnly);
}

function credentialsOf(inventory: Inventory, { accountId, user }: KeyMove): readonly Credential[] {
  return inventory.credentials.filter(
    (one) => one.kind === "access-key" && one.accountId === accountId && one.user === user,
  );
}

function keySeen(id: string, move: KeyMove, evidence: MoveEvidence, logged: LoggedKeyUsage | undefined): KeySeen {
  const { accountId } = move;
  const now = current(evidence, id, accountId);
  const iam = latest(
    ...inventories(evidence)
      .flatMap(({ credentials }) => credentials)
      .filter((one) => one.kind === "access-key" && one.id === id)
      .map(({ lastUsedAt }) => lastUsedAt),
    evidence.cloudTrail?.usage.get(id)?.lastAt,
  );
  const used = lastUse(iam, logged);
  const seen = entriesOf(id, move, evidence);
  const entries = [...seen, ...usedWhileOff(seen, used, { accountId, user: move.user, keyId: id })];
  const history = histories(entries).get(keyOf({ accountId, keyId: id })) ?? NO_HISTORY;
  const gone = goneSince(id, accountId, evidence, used, entries, history);
  const days = evidence.logs?.use.keyDays.get(id);
  const region = now?.lastUsedRegion;
  const made = madeAt(id, evidence);
  return {
    id,
    history,
    everSeen: entries.length > 0 || logged !== undefined || evidence.cloudTrail?.usage.has(id) === true,
    useUnknown: now?.useUnknown ?? false,
    useDays: [...new Set([...(days ? listDays(days) : []), ...[dayIf(iam)].filter((day) => day !== undefined)])].sort(
      (a, b) => a - b,
    ),
    inactiveAt: entries.filter(({ event }) => event === "deactivated" || event === "seen-inactive").map(({ at }) => at),
    regions: uniqueSorted([
      ...(logged?.regions.top.map(({ value }) => value) ?? []),
      ...(region !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ? [region] : []),
    ]),
    programs: programsOf(id, evidence, logged),
    ...defined({
      firstDay: dayIf(logged?.firstEvent),
      goneAt: gone,
      madeAt: made,
      rhythm: rhythmSeen(id, accountId, made, evidence),
      activatedAt: lastActivated(history),
      lookedAt: now?.collectedAt,
      seenAt: latest(...entries.map(({ at }) => at), gone),
      lastUse: used,
      stolen: stolenBy(id, now, evidence, logged),
      protectedBy: now?.verdict.kind === "break-glass" ? now.verdict.reason : undefined,
    }),
  };
}

/** The key in the inventory of today. */
function current({ inventory }: MoveEvidence, id: string, accountId: string): Credential | undefined {
  return inventory?.credentials.find(
    (one) => one.kind === "access-key" && one.id === id && one.accountId === accountId,
  );
}

function programsOf(id: string, evidence: MoveEvidence, logged: LoggedKeyUsage | undefined): readonly string[] {
  const agents = [...(logged?.userAgents.top ?? []), ...(evidence.cloudTrail?.usage.get(id)?.userAgents ?? [])];
  return uniqueSorted(agents.map(({ value }) => programOf(value)).filter((name) => name !== ""));
}

function rhythmSeen(
  id: string,
  accountId: string,
  made: string | undefined,
  evidence: MoveEvidence,
): Rhythm | undefined {
  const use = evidence.logs?.use;
  return rhythmOf(
    use?.keyDays.get(id),
    iamLooks(id, evidence),
    use ? coveredDays(use.coverage, accountId) : new Set(),
    dayIf(made),
  );
}

/** Each time that IAM was asked for the key's last use, and knew one. */
function iamLooks(id: string, evidence: MoveEvidence): readonly IamLook[] {
  return inventories(evidence)
    .flatMap(({ credentials }) => credentials)
    .filter((one) => one.kind === "access-key" && one.id === id)
    .flatMap(({ lastUsedAt, collectedAt }) =>
      lastUsedAt === undefined ? [] : [{ lastUse: dayOf(lastUsedAt), asked: dayOf(collectedAt) }],
    );
}

function madeAt(id: string, evidence: MoveEvidence): string | undefined {
  const created = (evidence.logs?.use.changes.get(id) ?? []).filter(({ what }) => what === "created");
  return latest(
    ...inventories(evidence)
      .flatMap(({ credentials }) => credentials)
      .filter((one) => one.kind === "access-key" && one.id === id)
      .map(({ createdAt }) => createdAt),
    ...created.map(({ at }) => timeText(at)),
  );
}

const OFF: ReadonlySet<JournalEntry["event"]> = new Set(["deactivated", "seen-inactive", "deleted"]);
/** IAM records uses in steps of some minutes. */
export const TOLERANCE_MS = 3_600_000;

const EVENTS = {
  created: "seen-active",
  activated: "reactivated",
  deactivated: "deactivated",
  deleted: "deleted",
} as const;

/** Everything that shows the state of a key, in the words of the journal. */
function entriesOf(id: string, { accountId, user }: KeyMove, evidence: MoveEvidence): readonly JournalEntry[] {
  return [
    ...inventories(evidence).flatMap(sightings),
    ...evidence.journal,
    ...(evidence.logs?.use.changes.get(id) ?? []).map(({ at, what }): JournalEntry => ({
      at: timeText(at),
      event: EVENTS[what],
      accountId,
      user,
      keyId: id,
    })),
  ].filter((entry) => entry.keyId === id && entry.accountId === accountId && !isLater(entry.at, evidence.at));
}

const isLater = (time: string, than: string): boolean => Date.parse(time) > Date.parse(than);

/** A use after the key was seen off or gone shows that it is on again, whoever did that: a key that is off makes no calls. */
function usedWhileOff(
  entries: readonly JournalEntry[],
  use: LastUseSeen | undefined,
  key: Pick<JournalEntry, "accountId" | "user" | "keyId">,
): readonly JournalEntry[] {
  const off = latest(...entries.filter(({ event }) => OFF.has(event)).map(({ at }) => at));
  return off === undefined || use === undefined || Date.parse(use.at) - Date.parse(off) <= TOLERANCE_MS
    ? []
    : [{ at: use.at, event: "seen-active", ...key }];
}

function goneSince(
  id: string,
  accountId: string,
  evidence: MoveEvidence,
  use: LastUseSeen | undefined,
  entries: readonly JournalEntry[],
  history: KeyHistory,
): string | undefined {
  const { inventory } = evidence;
  const deleted = history.deleted ? entries.filter(({ event }) => event === "deleted").map(({ at }) => at) : [];
  if (current(evidence, id, accountId)) return undefined;
  const account = inventory?.masked ? undefined : inventory?.accounts.find((one) => one.id === accountId);
  const read = account?.status === "complete" ? account.collectedAt : undefined;
  const lastSeen = latest(...entries.map(({ at }) => at), use?.at);
  if (deleted.length > 0) return latest(...deleted);
  return read !== undefined && lastSeen !== undefined && Date.parse(read) >= Date.parse(lastSeen) ? read : undefined;
}

function lastUse(iam: string | undefined, logged: LoggedKeyUsage | undefined): LastUseSeen | undefined {
  const [event] = logged?.lastEvents ?? [];
  if (event !== undefined && (iam === undefined || Date.parse(event.time) >= Date.parse(iam)))
    return {
      at: event.time,
      from: "CloudTrail",
      call: event.call,
      userAgent: event.userAgent,
      sourceAddress: event.sourceAddress,
    };
  return iam === undefined ? undefined : { at: iam, from: "IAM" };
}

function stolenBy(
  id: string,
  now: Credential | undefined,
  evidence: MoveEvidence,
  logged: LoggedKeyUsage | undefined,
): string | undefined {
  if (now?.verdict.kind === "stolen") return now.verdict.reason;
  const fresh = logged ? { askedAt: evidence.at, usage: usageFromLogs([logged]) } : undefined;
  const usage = mergeEvidence(evidence.cloudTrail, fresh)?.usage.get(id);
  return usage && isSuspicious(usage)
    ? `treat as an incident: CloudTrail shows it in the wrong hands (${usage.events} calls, ${usage.denied ?? 0} refused)`
    : undefined;
}

const dayIf = (iso: string | undefined): number | undefined => (iso === undefined ? undefined : dayOf(iso));

export function dayOf(iso: string): number {
  return Math.floor(Date.parse(iso) / 86_400_000);
}

/**
 * Why the logs do not show each of the last days in an account; empty where they do. Asked are the region of global services and those in which the key
 * was used: IAM's own record of the last use knows every region, and is asked as well.
 */
export function missingLogs(
  { logs, at, asOf, trailAccounts = [] }: MoveEvidence,
  accountId: string,
  regions: readonly string[],
  days: number,
): readonly string[] {
  if (!logs) return ["no logs were given (--cloudtrail)"];
  const { bounds, coverage, usage } = logs.use;
  const today = dayOf(at);
  const places = uniqueSorted(["us-east-1", ...regions]).flatMap((region) => {
    const known = placeSeen(coverage, accountId, region);
    const seen = new Set(known ? listDays(known.days) : []);
    const missing = Array.from({ length: days }, (_, i) => today - days + i).filter((day) => !seen.has(day));
    const [first] = missing;
    return first === undefined
      ? []
      : [`no logs of ${region} on ${missing.length} of the last ${days} days, first ${dayText(first)}`];
  });
  const stopped = stoppedTrails(coverage).filter((key) => [accountId, ...trailAccounts].includes(key.split(" ")[0]!));
  const answers = logs.skipped.selection ?? 0;
  const doubts = Object.values(doubtful(logs.skipped)).reduce((sum, n) => sum + (n ?? 0), 0);
  return [
    ...places,
    ...(coverage.later > 0 && !asOf
      ? [
          `${count(coverage.later, "event")} of the logs ${coverage.later === 1 ? "is" : "are"} later than now: a clock is wrong`,
        ]
      : []),
    ...stopped.map((key) => `logging of a trail was stopped, or records less: ${key}`),
    ...(usage.leftOut.size > 0
      ? [`${count(usage.leftOut.size, "key")} beyond those that are followed: their uses are not known`]
      : []),
    ...(bounds.leftOut > 0
      ? [
          `${count(bounds.leftOut, "call")} beyond the sessions, programs, actions and callers that are kept: what they show is not known`,
        ]
      : []),
    ...(answers > 0 ? [`${answers} files are answers of queries: what they left out is not known`] : []),
    ...(doubts > 0 ? [`${doubts} parts of the logs could not be read`] : []),
    ...(accountsWithWrites(coverage).has(accountId) ? [] : ["the logs of the account hold reads alone"]),
  ];
}

/** Whether the user of a move is there, and what it still has. */
export function userSeen(
  { accountId, user }: KeyMove,
  { inventory, facts }: MoveEvidence,
): { readonly present?: boolean; readonly at?: string; readonly left: readonly string[] } {
  const left = (inventory?.credentials ?? [])
    .filter((one) => one.accountId === accountId && one.user === user)
    .map((one) => (one.kind === "access-key" ? `access key ${one.id}` : one.kind));
  const account = facts?.get(accountId);
  if (account?.status === "complete")
    return { present: account.users.some(({ name }) => name === user), at: account.collectedAt, left };
  const read = inventory?.accounts.find((one) => one.id === accountId)?.collectedAt;
  return left.length > 0 ? { present: true, left, ...defined({ at: read }) } : { left };
}
