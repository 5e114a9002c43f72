/**
 * How often each of many values occurred, in bounded memory: the frequent ones by name, the rest as a number. Plain data that can be
 * sent to another thread.
 */
export interface Tally {
  readonly values: Map<string, { count: number; last: number }>;
  /** Occurrences of values that are no longer kept by name. */
  others: number;
}

/** A value that occurred, as reports show it. */
export interface Counted {
  readonly value: string;
  readonly count: number;
  /** Time of the last occurrence, seconds since 1970; -1 when none had a time. */
  readonly last: number;
}

/** Values kept by name; twice as many while counting, so that tidying up is rare. */
const KEPT = 32;
/** Names in logs are other people's: a long one is cut. */
const LONGEST = 512;

export function tally(): Tally {
  return { values: new Map(), others: 0 };
}

export function count(into: Tally, value: string, seconds: number, n = 1): void {
  const name = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  const known = into.values.get(name);
  if (known) {
    known.count += n;
    if (seconds > known.last) known.last = seconds;
    return;
  }
  into.values.set(name, { count: n, last: seconds });
  if (into.values.size > 2 * KEPT) {
    for (const { value: rare, count: times } of counted(into).slice(KEPT)) {
      into.values.delete(rare);
      into.others += times;
    }
  }
}

export function mergeTally(into: Tally, from: Tally): void {
  into.others += from.others;
  for (const [value, { count: n, last }] of from.values) count(into, value, last, n);
}

/** The values, the most frequent first, then the latest, then by name. */
export function counted(from: Tally, most = Number.POSITIVE_INFINITY): readonly Counted[] {
  return [...from.values]
    .map(([value, { count: n, last }]) => ({ value, count: n, last }))
    .sort((a, b) => b.count - a.count || b.last - a.last || (a.value < b.value ? -1 : 1))
    .slice(0, most);
}

/** Occurrences that the first `most` values leave out. */
export function beyond(from: Tally, most: number): number {
  return (
    from.others +
    counted(from)
      .slice(most)
      .reduce((sum, { count: n }) => sum + n, 0)
  );
}
