import { DaySet, listDays } from "../cloudtrail/days";
import { type Coverage, placeSeen } from "../impact/coverage";

/** The longest time that a key was quiet before it was used again: to be quiet for no longer than that shows nothing. */
export interface Rhythm {
  readonly days: number;
  /** Days since 1970-01-01: the use before, or the first day that is known to be without one, and the use after. */
  readonly from: number;
  readonly to: number;
  /** It began before `from`, or on that day. */
  readonly atLeast: boolean;
}

/** IAM was asked on a day, and said when the key was used last. */
export interface IamLook {
  readonly lastUse: number;
  readonly asked: number;
}

/**
 * The rhythm of a key, as far as it was seen. Days without any logs of its account are not known to be quiet, nor are those before the key was there;
 * uses that IAM alone shows are in no log, so the logs tell nothing of the days before them.
 */
export function rhythmOf(
  logged: DaySet | undefined,
  looks: readonly IamLook[],
  covered: ReadonlySet<number>,
  madeOn: number | undefined,
): Rhythm | undefined {
  const used = logged ? listDays(logged) : [];
  const byLogs = used.flatMap((to, i): readonly Rhythm[] => {
    const before = used[i - 1];
    let from = to;
    while (covered.has(from - 1) && from - 1 !== before && (madeOn === undefined || from > madeOn)) from--;
    if (before !== undefined && from - 1 === before) return [{ days: to - before, from: before, to, atLeast: false }];
    return from < to ? [{ days: to - from, from, to, atLeast: true }] : [];
  });
  const latest = Math.max(...used, ...looks.map(({ lastUse }) => lastUse));
  const byIam = looks
    .filter(({ asked }) => asked < latest)
    .map(({ lastUse, asked }): Rhythm => ({
      days: asked - lastUse,
      from: lastUse,
      to: Math.min(...[...used, ...looks.map((one) => one.lastUse)].filter((day) => day > asked)),
      atLeast: true,
    }));
  return [...byLogs, ...byIam].filter(({ days }) => days > 0).sort((a, b) => b.days - a.days || b.to - a.to)[0];
}

const known = new WeakMap<Coverage, Map<string, ReadonlySet<number>>>();

/** Days of which there are logs of an account, of any region. */
export function coveredDays(coverage: Coverage, accountId: string): ReadonlySet<number> {
  const accounts = known.get(coverage) ?? new Map<string, ReadonlySet<number>>();
  known.set(coverage, accounts);
  const found = accounts.get(accountId);
  if (found) return found;
  const days = new Set<number>();
  for (const key of new Set([...coverage.places.keys(), ...coverage.digests.keys()])) {
    if (!key.startsWith(`${accountId} `)) continue;
    const place = placeSeen(coverage, accountId, key.slice(accountId.length + 1));
    if (place) listDays(place.days).forEach((day) => days.add(day));
  }
  accounts.set(accountId, days);
  return days;
}
