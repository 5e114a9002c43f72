import type { Protection } from "../inventory/protection";
import { DAY_MS, daysBetween, isoDay, latest } from "../inventory/time";
import { compareCredentials } from "../inventory/assess";
import type { Credential, HygieneDays, Inventory } from "../inventory/types";
import { Histories, KeyHistory, keyOf, lastActivated, NO_HISTORY, openSwitchAt } from "./history";
import type { JournalEntry } from "./journal";

export interface RetireStep {
  readonly action: "deactivate" | "delete" | "reactivate";
  readonly accountId: string;
  readonly accountName: string;
  readonly user: string;
  readonly keyId: string;
  readonly why: string;
  /** Last known use, or the making of the key: what the look before the step is compared with. */
  readonly idleSince: string;
  /** Since when it was seen inactive, for a deletion. */
  readonly inactiveSince?: string;
  /** Days without a use that are enough, because a role does the key's work. @default - maxUnusedDays of the baseline */
  readonly unusedDays?: number;
}

/** The move of a key to a role, by evidence (`keyless move --json`). */
export interface MovedKey {
  readonly name: string;
  readonly state: string;
  /** Its role was seen at its work, and the key quiet for `silentDays`: it need not be unused for as long as others. */
  readonly isQuiet: boolean;
  readonly silentDays: number;
  /** It counts as quiet because it was seen off. @default false */
  readonly isOff?: boolean;
  /** When the key's state was last seen. @default - an older file does not say */
  readonly seenAt?: string;
}

/** A key that is not touched, and why. */
export interface LeftKey {
  readonly accountId: string;
  readonly accountName: string;
  readonly user: string;
  readonly keyId: string;
  readonly reason:
    "break-glass" | "excepted" | "in-use" | "activated-again" | "unknown" | "waiting" | "deleted" | "old";
  readonly why: string;
}

export interface RetirePlan {
  /** In the order of the steps: by account, user and key. */
  readonly steps: readonly RetireStep[];
  readonly left: readonly LeftKey[];
  /** Since when keys were seen inactive, as far as the journal does not know: to be written down, or their days would begin again each time. */
  readonly sightings: readonly JournalEntry[];
}

export interface PlanInput {
  readonly inventory: Inventory;
  /** From the journal and from every inventory that is known. */
  readonly histories: Histories;
  /** From the journal alone: what the next run will know without these inventories. */
  readonly remembered: Histories;
  readonly protection: Protection;
  readonly days: HygieneDays;
  /** By account and key, as `keyOf` names them. @default - none */
  readonly moves?: ReadonlyMap<string, MovedKey>;
  readonly now: Date;
}

/** What a run does at most unless it is told otherwise: a mistake in the evidence must not reach everybody at once. */
export const BRAKES = { steps: 50, stepsPerAccount: 10 } as const;

/**
 * The steps of one run.
 *
 * @param limit steps at most, by a person @default - those of `BRAKES`
 */
export function withinBrakes(steps: readonly RetireStep[], limit: number | undefined): readonly RetireStep[] {
  if (limit !== undefined) return steps.slice(0, limit);
  const taken = new Map<string, number>();
  return steps
    .filter(({ accountId }) => {
      const n = (taken.get(accountId) ?? 0) + 1;
      taken.set(accountId, n);
      return n <= BRAKES.stepsPerAccount;
    })
    .slice(0, BRAKES.steps);
}

/** What is to be done with the access keys of an inventory. Nothing here asks AWS or the clock. */
export function retirePlan(input: PlanInput): RetirePlan {
  const steps: RetireStep[] = [];
  const left: LeftKey[] = [];
  const sightings: JournalEntry[] = [];
  for (const credential of [...input.inventory.credentials].sort(compareCredentials)) {
    if (credential.kind !== "access-key") continue;
    const key = { accountId: credential.accountId, keyId: credential.id };
    const history = input.histories.get(keyOf(key)) ?? NO_HISTORY;
    const decided = decide(credential, history, input);
    if ("action" in decided) steps.push(decided);
    else left.push(decided);
    const remembered = input.remembered.get(keyOf(key)) ?? NO_HISTORY;
    sightings.push(...toRemember(history, remembered, { user: credential.user, ...key }));
  }
  return { steps, left, sightings };
}

/** What inventories show of a key and the journal does not know. */
function toRemember(
  history: KeyHistory,
  remembered: KeyHistory,
  key: Pick<JournalEntry, "accountId" | "user" | "keyId">,
): readonly JournalEntry[] {
  if (history.deleted) return [];
  const again = history.activatedAgain;
  const isNew = again !== undefined && again.seenAt !== remembered.activatedAgain?.seenAt;
  return [
    ...(isNew
      ? [
          { at: again.inactiveSince, event: "seen-inactive" as const, ...key },
          { at: again.seenAt, event: "seen-active" as const, ...key },
        ]
      : []),
    ...(history.inactiveSince !== undefined && (remembered.inactiveSince === undefined || isNew)
      ? [{ at: history.inactiveSince, event: "seen-inactive" as const, ...key }]
      : []),
  ];
}

function decide(credential: Credential, history: KeyHistory, input: PlanInput): RetireStep | LeftKey {
  const { accountId, accountName, user, id: keyId } = credential;
  const { days, moves, now } = input;
  const key = { accountId, accountName, user, keyId };
  const leave = (reason: LeftKey["reason"], why: string): LeftKey => ({ ...key, reason, why });
  const alone = leftAlone(credential, history, input);
  if (alone) return leave(...alone);
  const idleSince = latest(credential.createdAt, credential.lastUsedAt, lastActivated(history))!;
  const idle = daysBetween(idleSince, now);
  const move = moves?.get(keyOf({ accountId, keyId }));
  const status = history.status ?? (credential.status === "Active" ? "Active" : "Inactive");
  if (move?.isOff && status === "Active") return leave(...notOff(move, credential.collectedAt));
  const unusedDays = move?.isQuiet ? Math.min(move.silentDays, days.maxUnusedDays) : days.maxUnusedDays;
  if (idle < unusedDays) return leave("in-use", whyInUse(idle, idleSince === history.reactivatedAt, move));
  const unused = whyUnused(credential, idle, move);
  const enough = move?.isQuiet ? { unusedDays } : {};
  if (status === "Active") return { ...key, action: "deactivate", why: unused, idleSince, ...enough };
  // A key that was used after it was seen inactive was active in between; within one second nobody can tell, and it waits.
  const since =
    history.inactiveSince === undefined || Date.parse(history.inactiveSince) <= Date.parse(idleSince)
      ? undefined
      : history.inactiveSince;
  if (since === undefined)
    return leave(
      "waiting",
      `inactive, nobody knows since when: deleted ${days.inactiveDaysBeforeDelete} days after the first look`,
    );
  const inactive = daysBetween(since, now);
  if (inactive < days.inactiveDaysBeforeDelete) {
    const day = new Date(Date.parse(since) + days.inactiveDaysBeforeDelete * DAY_MS).toISOString();
    return leave("waiting", `inactive since ${isoDay(since)}: to be deleted from ${isoDay(day)}`);
  }
  return {
    ...key,
    action: "delete",
    why: `${unused}; inactive since ${isoDay(since)} (${inactive} days)`,
    idleSince,
    inactiveSince: since,
    ...enough,
  };
}

/** Why a key is left alone however long it is unused. */
function leftAlone(
  { accountId, user, userArn, verdict, useUnknown, createdAt }: Credential,
  history: KeyHistory,
  { protection, days, now }: PlanInput,
): readonly [reason: LeftKey["reason"], why: string] | undefined {
  // The verdict may be older than the baseline: both are asked.
  if (verdict.kind === "break-glass" || protection.isBreakGlass(accountId, user, pathOf(userArn)))
    return ["break-glass", "break glass is never touched"];
  const exception = protection.exception(userArn, now);
  if (exception) return ["excepted", `exception ${exception.name} of ${exception.owner}, until ${exception.expires}`];
  if (history.deleted) return ["deleted", "deleted already"];
  if (useUnknown || createdAt === undefined) return ["unknown", "its age or last use is not known"];
  const again = history.activatedAgain;
  // Whoever activated it again wants it: it rests as long as a new key, and is not fought over.
  if (again !== undefined && daysBetween(again.seenAt, now) < days.maxUnusedDays)
    return ["activated-again", whyAgain(again, days.maxUnusedDays)];
  return undefined;
}

/** A key that its move saw off, and the inventory active: the fresher look counts. Neither is a reason to switch it off early. */
function notOff({ name, seenAt }: MovedKey, readAt: string): readonly [reason: LeftKey["reason"], why: string] {
  const off = `its move ${name} saw it inactive${seenAt === undefined ? "" : ` on ${isoDay(seenAt)}`}`;
  return seenAt !== undefined && Date.parse(seenAt) > Date.parse(readAt)
    ? ["unknown", `${off}, after the inventory of ${isoDay(readAt)} saw it active: make a new inventory`]
    : [
        "activated-again",
        `${off}, and the inventory saw it active on ${isoDay(readAt)}: somebody has activated it. Ask its owner`,
      ];
}

function whyAgain({ inactiveSince, seenAt }: NonNullable<KeyHistory["activatedAgain"]>, maxUnusedDays: number): string {
  const until = isoDay(new Date(Date.parse(seenAt) + maxUnusedDays * DAY_MS).toISOString());
  return `inactive on ${isoDay(inactiveSince)} and seen active again on ${isoDay(seenAt)}: somebody has activated it, so it is left until ${until}. Ask its owner`;
}

function whyInUse(idle: number, reactivated: boolean, move: MovedKey | undefined): string {
  return `${reactivated ? "undo activated it, or began to," : "used or made"} ${idle} days ago${move ? `; its move ${move.name} is at ${move.state}` : ""}`;
}

function whyUnused({ lastUsedAt, createdAt }: Credential, idle: number, move: MovedKey | undefined): string {
  const unused =
    lastUsedAt === undefined
      ? `never used, made ${isoDay(createdAt!)}`
      : `unused since ${isoDay(lastUsedAt)} (${idle} days)`;
  return `${unused}${move?.isQuiet ? `, and moved to a role (${move.name})` : ""}`;
}

/** What is known to have been deactivated here longer ago is no mistake that somebody takes back: who needs it today makes a role. */
export const UNDO_DAYS = 90;

export interface UndoInput {
  /** The journal: whose keys may be activated again at all. */
  readonly entries: readonly JournalEntry[];
  /** From the journal and from every inventory that is known: what others did meanwhile counts. */
  readonly histories: Histories;
  readonly nameOf: (accountId: string) => string;
  readonly protection: Protection;
  /** ARN of a key's user, where an inventory knows it. */
  readonly userArnOf: (key: Pick<JournalEntry, "accountId" | "user" | "keyId">) => string;
  /** Keys that a person has named: these also where the journal does not say who deactivated them. */
  readonly named: readonly string[];
  readonly now: Date;
}

/**
 * What `--undo` activates again: keys of which the journal says that this program deactivated them, and which nobody is known to have
 * activated, deleted or excepted since.
 */
export function undoPlan(input: UndoInput): Pick<RetirePlan, "steps" | "left"> {
  const users = new Map(input.entries.map((entry) => [keyOf(entry), entry]));
  const steps: RetireStep[] = [];
  const left: LeftKey[] = [];
  for (const [id, entry] of [...users].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const decided = undone(entry, input.histories.get(id) ?? NO_HISTORY, input);
    if (decided === undefined) continue;
    if ("action" in decided) steps.push(decided);
    else left.push(decided);
  }
  return { steps, left };
}

function undone(
  entry: JournalEntry,
  history: KeyHistory,
  { nameOf, protection, userArnOf, named, now }: UndoInput,
): RetireStep | LeftKey | undefined {
  const { accountId, user, keyId } = entry;
  const key = { accountId, accountName: nameOf(accountId), user, keyId };
  const leave = (reason: LeftKey["reason"], why: string): LeftKey => ({ ...key, reason, why });
  const begunAt = history.maybeDeactivatedAt ?? openSwitchAt(history);
  const at = begunAt ?? history.deactivatedAt;
  if (history.deleted) return leave("deleted", "deleted: nobody can activate it again");
  if (at === undefined) return undefined;
  const arn = userArnOf(entry);
  if (protection.isBreakGlass(accountId, user, pathOf(arn)))
    return leave("break-glass", "a user of break glass has no access keys");
  const exception = protection.exception(arn, now);
  if (exception)
    return leave(
      "excepted",
      `exception ${exception.name} of ${exception.owner} names its user since: ask them whether they want it`,
    );
  const age = daysBetween(at, now);
  if (age >= UNDO_DAYS) return leave("old", `deactivated ${age} days ago, and ${UNDO_DAYS} days are the most`);
  if (begunAt === undefined) return { ...key, action: "reactivate", why: `deactivated ${isoDay(at)}`, idleSince: at };
  if (!named.includes(keyId))
    return leave(
      "unknown",
      `a run was interrupted at it on ${isoDay(at)}: whether that run or somebody else has switched it off is not known. CloudTrail's UpdateAccessKey shows it; --key ${keyId} activates it all the same`,
    );
  return {
    ...key,
    action: "reactivate",
    why: `a run was interrupted at it on ${isoDay(at)}; named by --key`,
    idleSince: at,
  };
}

/** `arn:aws:iam::111111111111:user/break-glass/one` → `/break-glass/`. */
function pathOf(userArn: string): string {
  const name = userArn.split(":user")[1] ?? "/";
  return name.slice(0, name.lastIndexOf("/") + 1) || "/";
}
