/** Times are ISO texts; days are whole days gone by. Never the clock: `now` comes from whoever calls. */

export const DAY_MS = 86_400_000;

/** Whole days from `since` to `now`; 0 for what lies ahead, as clocks differ a little and a time in the future is no age. */
export function daysBetween(since: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / DAY_MS));
}

/** The later of times that may be absent. */
export function latest(...times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
}

/** Milliseconds and zone are noise in a file that people read. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** `2026-11-24`. */
export function isoDay(iso: string): string {
  return iso.slice(0, 10);
}
