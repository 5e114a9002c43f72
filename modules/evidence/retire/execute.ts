import { daysBetween, isoSeconds, latest } from "../inventory/time";
import type { HygieneDays, KeyStatus, LastUse } from "../inventory/types";
import { JournalEntry, JournalNotWritten } from "./journal";
import type { RetireStep } from "./plan";

/** A key as it is now. */
export interface LiveKey {
  readonly status: KeyStatus;
  readonly createdAt: string;
  /** `null`: never used. */
  readonly lastUse: LastUse | null;
  /** What its user is called now, where that is another name than the step knows. @default - the step's */
  readonly user?: string;
  /** By how much AWS's time is ahead of this machine's. @default 0 */
  readonly clockOffsetMs?: number;
}

/** A clock that is further off makes days out of nothing, and puts wrong times into the journal. */
const CLOCK_TOLERANCE_MS = 10 * 60_000;
/** IAM records uses in steps of some minutes: one that is later than a deactivation by no more may have been before it. */
const USE_TOLERANCE_MS = 60 * 60_000;

/** What a step needs of AWS. */
export interface KeyApi {
  /** Nothing when the key or its user is gone. */
  look(step: RetireStep): Promise<LiveKey | undefined>;
  /** Whether AWS has put its quarantine policy on the key's user: it found the key where everybody can read it. */
  isQuarantined(step: RetireStep, user: string): Promise<boolean>;
  setStatus(step: RetireStep, status: "Active" | "Inactive", user: string): Promise<void>;
  /** Succeeds for a key that is gone, too. */
  delete(step: RetireStep): Promise<void>;
}

export interface Outcome {
  readonly step: RetireStep;
  /** `done`; `nothing`: it was so already; `left`: what the look before the step showed speaks against it; `failed`. */
  readonly result: "done" | "nothing" | "left" | "failed";
  readonly why: string;
}

export interface ExecuteOptions {
  readonly steps: readonly RetireStep[];
  readonly api: KeyApi;
  readonly days: HygieneDays;
  /** When a key was last activated, by undo or by somebody else, as the journal knows it. */
  readonly reactivatedAt: (step: RetireStep) => string | undefined;
  readonly write: (entry: JournalEntry) => void;
  readonly now: () => Date;
  /** Asked before every step. @default - never */
  readonly isStopped?: () => boolean;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/**
 * Takes the steps one after the other. A step that fails does not stop the rest; a journal that cannot be written does, because what is not
 * written down cannot be undone.
 */
export async function execute(options: ExecuteOptions): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of options.steps) {
    if (options.isStopped?.()) break;
    let outcome: Outcome;
    let goesOn = true;
    try {
      outcome = { step, ...(await take(step, options)) };
    } catch (error) {
      goesOn = !(error instanceof JournalNotWritten);
      outcome = { step, result: "failed", why: wordsOf(error) };
    }
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
    if (!goesOn) break;
  }
  return outcomes;
}

function wordsOf(error: unknown): string {
  if (error instanceof JournalNotWritten) return error.problems[0]!.message;
  return `${(error as Error).name}: ${(error as Error).message}`.replace(/\s+/g, " ").slice(0, 300);
}

type Taken = Pick<Outcome, "result" | "why">;

async function take(step: RetireStep, options: ExecuteOptions): Promise<Taken> {
  const { api, days, now } = options;
  const write = (event: JournalEntry["event"], at = isoSeconds(now())): void =>
    options.write({ at, event, accountId: step.accountId, user: step.user, keyId: step.keyId });
  const key = await api.look(step);
  if (!key) {
    write("deleted");
    return { result: "nothing", why: "the key is gone" };
  }
  const offset = key.clockOffsetMs ?? 0;
  if (Math.abs(offset) > CLOCK_TOLERANCE_MS)
    return {
      result: "failed",
      why: `this machine's clock is ${Math.round(Math.abs(offset) / 60_000)} minutes ${offset > 0 ? "behind" : "ahead of"} AWS's: set it, and run it again`,
    };
  const isActive = key.status === "Active";
  if (step.action === "reactivate") return reactivate(step, key, options, write);
  // Whose the key is decides what may be done with it, and the plan knew another name.
  if (key.user !== undefined)
    return { result: "left", why: `its user is called ${key.user} now: take a new inventory` };
  // IAM forgets or lags; what the plan knew from CloudTrail counts here, too.
  const idleSince = latest(key.createdAt, key.lastUse?.at, step.idleSince, options.reactivatedAt(step))!;
  const idle = daysBetween(idleSince, now());
  if (idle < (step.unusedDays ?? days.maxUnusedDays)) {
    if (isActive) write("seen-active");
    return { result: "left", why: `used or made ${idle} days ago` };
  }
  if (step.action === "deactivate") {
    if (!isActive) {
      write("seen-inactive");
      return { result: "nothing", why: "inactive already" };
    }
    write("deactivating");
    await api.setStatus(step, "Inactive", step.user);
    write("deactivated");
    return { result: "done", why: step.why };
  }

  if (isActive) {
    write("seen-active");
    return { result: "left", why: "somebody has activated it again" };
  }
  const since = step.inactiveSince;
  if (since === undefined || daysBetween(since, now()) < days.inactiveDaysBeforeDelete)
    return { result: "left", why: "not inactive for long enough" };
  if (Date.parse(idleSince) >= Date.parse(since)) {
    // Used while it was thought to be inactive: it was active then, and its days begin again.
    write("seen-active", idleSince);
    write("seen-inactive");
    return { result: "left", why: `used on ${idleSince.slice(0, 10)}, after it was seen inactive` };
  }
  write("deleting");
  await api.delete(step);
  write("deleted");
  return { result: "done", why: step.why };
}

async function reactivate(
  step: RetireStep,
  key: LiveKey,
  { api }: ExecuteOptions,
  write: (event: JournalEntry["event"]) => void,
): Promise<Taken> {
  if (key.status === "Active") {
    write("reactivated");
    return { result: "nothing", why: "active already" };
  }
  if (key.lastUse && Date.parse(key.lastUse.at) > Date.parse(step.idleSince) + USE_TOLERANCE_MS)
    return {
      result: "left",
      why: `used on ${key.lastUse.at.slice(0, 10)}, after it was deactivated here: somebody has activated it, and switched it off again`,
    };
  const user = key.user ?? step.user;
  if (await api.isQuarantined(step, user))
    return {
      result: "left",
      why: "AWS has put its quarantine policy on the user: it found a key of theirs in public. This is an incident, and no key of theirs is activated",
    };
  write("reactivating");
  await api.setStatus(step, "Active", user);
  write("reactivated");
  return { result: "done", why: step.why };
}
