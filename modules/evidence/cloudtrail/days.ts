/** A set of days, small where the days are near each other. Plain data, for other threads too. */
export interface DaySet {
  /** The day of bit 0 of byte 0, as a number of days since 1970-01-01. */
  base: number;
  bits: Uint8Array;
}

/** Days before or after this many from the first one of a set are not kept: an event with a made-up time must not cost memory. */
const WIDEST = 8 * 2048;
const MARGIN = 64;

export function daySet(day: number): DaySet {
  const set = { base: (day >> 3) * 8 - MARGIN, bits: new Uint8Array((3 * MARGIN) / 8) };
  addDay(set, day);
  return set;
}

/** Adds a day; false when it is too far from the others to be kept. */
export function addDay(set: DaySet, day: number): boolean {
  let at = day - set.base;
  if (at < 0 || at >= set.bits.length * 8) {
    const from = Math.min(set.base, (day >> 3) * 8 - MARGIN);
    const to = Math.max(set.base + set.bits.length * 8, day + MARGIN);
    if (to - from > WIDEST) return false;
    const bits = new Uint8Array(Math.ceil((to - from) / 8));
    bits.set(set.bits, (set.base - from) >> 3);
    set.base = from;
    set.bits = bits;
    at = day - from;
  }
  set.bits[at >> 3]! |= 1 << (at & 7);
  return true;
}

/** The days of a set as numbers, sorted. */
export function listDays({ base, bits }: DaySet): readonly number[] {
  const days: number[] = [];
  bits.forEach((byte, i) => {
    for (let bit = 0; byte >> bit > 0; bit++) if (byte & (1 << bit)) days.push(base + i * 8 + bit);
  });
  return days;
}

/** `2026-01-31` of a number of days since 1970-01-01. */
export function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
