import { dayText } from "../cloudtrail/days";
import { DAY_MS, daysBetween, isoDay, latest } from "../inventory/time";
import { FRESH_DAYS, FRESH_TEXT } from "../../kernel/freshness";
import { count, listed } from "../../kernel/words";
import { uniqueSorted } from "../../kernel/lists";
import { PROVES_NOTHING, type RoleSeen } from "./role";
import { isOff, KeySeen, LastUseSeen, missingLogs, MoveEvidence, TOLERANCE_MS } from "./seen";
import type { KeyMove, StepBack, StepSeen } from "./types";

/** The latest use of any of the keys. */
export function latestUse(keys: readonly KeySeen[]): LastUseSeen | undefined {
  const at = latest(...keys.map(({ lastUse }) => lastUse?.at));
  return keys.find(({ lastUse }) => lastUse !== undefined && lastUse.at === at)?.lastUse;
}

/** Whether the keys were quiet for long enough, by IAM and by the logs of the account, while the role did all of their work. */
export function silentStep(move: KeyMove, keys: readonly KeySeen[], role: RoleSeen, evidence: MoveEvidence): StepSeen {
  const step = "key-silent";
  const { at } = evidence;
  const no = (how: string): StepSeen => ({ step, verdict: "no", how, at });
  const unknown = (how: string): StepSeen => ({ step, verdict: "unknown", how, at });
  if (keys.length === 0) return unknown("no key of this user was ever seen");
  const strange = keys.find(({ everSeen }) => !everSeen);
  if (strange) return unknown(`nobody has ever seen ${strange.id}: is it mistyped?`);
  const waiting = role.actions.filter(({ made }) => made !== "yes").map(({ action }) => action);
  const use = latestUse(keys);
  if (keys.every(isOff)) {
    const open =
      waiting.length > 0 ? `was not seen doing all that it did: ${listed(waiting, 4)}` : notSince(role, use?.at);
    return open === undefined
      ? { step, verdict: "seen", how: "it does not work any more", at }
      : no(`it is off, and the role ${open}`);
  }
  const until = askedUntil(keys, at);
  const asked = until === at ? "" : `, IAM was asked on ${isoDay(until)}`;
  const begin = silenceOf(keys, use);
  if (begin === undefined) return unknown("no use of it was seen, and nobody knows since when it is there");
  const waited = daysBetween(begin.at, new Date(until));
  if (waited < move.silentDays) {
    const ago = count(daysBetween(begin.at, new Date(at)), "day");
    const known = asked === "" ? "" : `${asked}: ${count(waited, "quiet day")} by then`;
    return no(
      begin.what === "used"
        ? `used ${ago} ago (${isoDay(begin.at)}${use ? byWhat(use) : ""})${known}: ${move.silentDays} are wanted`
        : `${begin.what} ${ago} ago (${isoDay(begin.at)})${known}: ${move.silentDays} quiet days are wanted`,
    );
  }
  const early = withinRhythm(keys, until);
  if (early !== undefined) return no(early);
  if (waiting.length > 0) return no(`the role was not seen doing all that the key did: ${listed(waiting, 4)}`);
  const before = notSince(role, use?.at);
  if (before !== undefined) return no(`the role ${before}`);
  if (move.smtp) return unknown("mails over SMTP leave no events: nobody can say whether it is quiet");
  const doubts = [
    ...keys.flatMap((key) => lookProblems(key, evidence)),
    ...missingLogs(evidence, move.accountId, uniqueSorted(keys.flatMap(({ regions }) => regions)), move.silentDays),
  ];
  if (doubts.length > 0) return unknown(listed(doubts, 3));
  const limits = notShown(move, keys, evidence).map((text) => `; ${text}`);
  return {
    step,
    verdict: "seen",
    how: `IAM and CloudTrail: ${use === undefined ? "never used" : `no use since ${isoDay(use.at)}`}${asked}, ${move.silentDays} days of logs${limits.join("")}`,
    at,
  };
}

/** What the evidence does not show of "the role does the key's work"; empty where it is all that the logs know of. */
export function notShown(
  { actions, actionsNotLogged }: KeyMove,
  keys: readonly KeySeen[],
  { logs }: MoveEvidence,
): readonly string[] {
  if (actions.length === 0)
    return ["the file names no actions: whether the role does all of the key's work was not asked"];
  const named = new Set([...actions, ...actionsNotLogged, ...PROVES_NOTHING]);
  const did = keys.flatMap(({ id }) => [...(logs?.use.keyActions.get(id) ?? [])]).filter(([, { ok }]) => ok > 0);
  const left = uniqueSorted(did.map(([action]) => action).filter((action) => !named.has(action)));
  return [
    ...(left.length > 0 ? [`the key did this too, which the file leaves out: ${listed(left, 4)}`] : []),
    ...(actionsNotLogged.length > 0 ? [`no log shows whether the role does this: ${listed(actionsNotLogged, 4)}`] : []),
  ];
}

/** Since when the keys are quiet: days on which a key was not there, or was off, are no silence of it. Nothing where that is not known. */
function silenceOf(
  keys: readonly KeySeen[],
  use: LastUseSeen | undefined,
): { readonly what: "used" | "made" | "activated"; readonly at: string } | undefined {
  const work = keys.filter((key) => !isOff(key));
  if (work.some(({ lastUse, madeAt }) => lastUse === undefined && madeAt === undefined)) return undefined;
  return [
    ...(use ? [{ what: "used" as const, at: use.at }] : []),
    ...work.flatMap(({ madeAt, activatedAt }) => [
      ...(madeAt === undefined ? [] : [{ what: "made" as const, at: madeAt }]),
      ...(activatedAt === undefined ? [] : [{ what: "activated" as const, at: activatedAt }]),
    ]),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
}

/** Why it is too early, by the days that a key was quiet before and was used all the same: a job that runs once a month is not over after two weeks. */
function withinRhythm(keys: readonly KeySeen[], until: string): string | undefined {
  for (const { rhythm, lastUse } of keys.filter((key) => !isOff(key))) {
    if (rhythm === undefined || lastUse === undefined) continue;
    const quiet = daysBetween(lastUse.at, new Date(until));
    if (quiet > rhythm.days) continue;
    const when = `${rhythm.atLeast ? "from " : ""}${dayText(rhythm.from)}${rhythm.atLeast ? " at least," : ""} to ${dayText(rhythm.to)}`;
    return `quiet for ${count(quiet, "day")} (since ${isoDay(lastUse.at)}), and it was used before after ${count(rhythm.days, "day")} without a use (${when}): more than these are wanted`;
  }
  return undefined;
}

/**
 * What the role was not seen doing after the key's last use. What it did before shows nothing: somebody tried it out, or used it for something else,
 * and the work that the key did may have stopped with the key.
 */
function notSince(role: RoleSeen, lastUse: string | undefined): string | undefined {
  if (lastUse === undefined || role.last < 0) return undefined;
  const isOld = (time: number): boolean => time <= Date.parse(lastUse);
  if (isOld(role.last * 1000))
    return `was not seen at work since the key's last use (${isoDay(lastUse)}): nothing may have run at all`;
  const old = role.actions.filter(({ last }) => last !== undefined && isOld(Date.parse(last)));
  return old.length === 0
    ? undefined
    : `was not seen doing this since the key's last use (${isoDay(lastUse)}): ${listed(
        old.map(({ action }) => action),
        4,
      )}`;
}

/** Up to when IAM speaks of every key that works: days after it was asked are not known to be quiet, and logs may not show every region. */
function askedUntil(keys: readonly KeySeen[], at: string): string {
  const looks = keys.filter((key) => !isOff(key)).flatMap(({ lookedAt }) => lookedAt ?? []);
  return [at, ...looks].sort((a, b) => Date.parse(a) - Date.parse(b))[0]!;
}

function lookProblems(key: KeySeen, { at, asOf }: MoveEvidence): readonly string[] {
  if (isOff(key)) return [];
  if (key.lookedAt === undefined) return [`IAM was not asked when ${key.id} was last used (inventory)`];
  if (key.useUnknown) return [`IAM could not say when ${key.id} was last used`];
  // A day's difference is a clock's or a time zone's.
  if (Date.parse(key.lookedAt) - Date.parse(at) > DAY_MS && !asOf)
    return [`the inventory is of ${isoDay(key.lookedAt)}, which is later than now: a clock is wrong`];
  const age = daysBetween(key.lookedAt, new Date(at));
  return age > FRESH_DAYS ? [`the inventory is ${count(age, "day")} old: ${FRESH_TEXT} are the most`] : [];
}

export function byWhat({ userAgent, sourceAddress }: LastUseSeen): string {
  return [userAgent ? `, by ${userAgent}` : "", sourceAddress ? `, from ${sourceAddress}` : ""].join("");
}

/** The key is used again: after it was off, or after it was quiet for half of the days that are wanted while the role was in use. */
export function stepBack(move: KeyMove, keys: readonly KeySeen[], role: RoleSeen): StepBack | undefined {
  const found = keys.flatMap((key): readonly StepBack[] => {
    const { lastUse } = key;
    if (lastUse === undefined) return [];
    const off = latest(...key.inactiveAt.filter((time) => Date.parse(lastUse.at) - Date.parse(time) > TOLERANCE_MS));
    if (off !== undefined && !isOff(key))
      return [back(lastUse, `${key.id} is used again after it was inactive on ${isoDay(off)}`)];
    const quiet = quietStretch(move, key, role);
    return quiet === undefined
      ? []
      : [back(lastUse, `${key.id} is used again after ${count(quiet.days, "quiet day")} up to ${dayText(quiet.last)}`)];
  });
  return found.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
}

/** The last stretch of days without a use that was half as long as wanted, began after the role's first use, and ended with a use. */
function quietStretch(
  { silentDays }: KeyMove,
  { useDays }: KeySeen,
  { first }: RoleSeen,
): { readonly days: number; readonly last: number } | undefined {
  if (first < 0) return undefined;
  const firstDay = Math.floor(first / 86_400);
  const least = Math.max(1, Math.ceil(silentDays / 2));
  for (let i = useDays.length - 1; i > 0; i--) {
    const from = Math.max(useDays[i - 1]! + 1, firstDay);
    const days = useDays[i]! - from;
    if (days >= least) return { days, last: useDays[i]! - 1 };
  }
  return undefined;
}

function back({ at, call, userAgent, sourceAddress }: LastUseSeen, message: string): StepBack {
  return {
    at,
    message,
    ...(call ? { call } : {}),
    ...(userAgent ? { userAgent } : {}),
    ...(sourceAddress ? { sourceAddress } : {}),
  };
}
