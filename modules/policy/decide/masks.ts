import { FALSE, TRUE, Truth, UNKNOWN } from "../evaluate/truth";

/** Sets of truth values: what a test may say to the requests of a box. One bit for each value. */
export type Mask = number;

export const NEVER: Mask = 1 << FALSE;
export const OPEN: Mask = 1 << UNKNOWN;
export const ALWAYS: Mask = 1 << TRUE;

export const maskOf = (truth: Truth): Mask => 1 << truth;

/** More than one value is possible. */
export const isMixed = (mask: Mask): boolean => (mask & (mask - 1)) !== 0;

const TRUTHS: readonly Truth[] = [FALSE, UNKNOWN, TRUE];

function table(combine: (a: Truth, b: Truth) => Truth): readonly Mask[] {
  return Array.from({ length: 64 }, (_, i) => {
    let result = 0;
    for (const a of TRUTHS)
      for (const b of TRUTHS) if ((i >> 3) & maskOf(a) && i & maskOf(b)) result |= maskOf(combine(a, b));
    return result;
  });
}

const AND = table((a, b) => (a < b ? a : b));
const OR = table((a, b) => (a > b ? a : b));

/** What a conjunction may say, where each side may say what it says whatever the other one does. */
export const maskAnd = (a: Mask, b: Mask): Mask => AND[(a << 3) | b]!;
export const maskOr = (a: Mask, b: Mask): Mask => OR[(a << 3) | b]!;
export const maskNot = (a: Mask): Mask => ((a & NEVER) << 2) | (a & OPEN) | ((a & ALWAYS) >> 2);

/** What a function of truth values may say. */
export function maskMap(masks: readonly Mask[], of: (...truths: Truth[]) => Truth): Mask {
  let choices: readonly (readonly Truth[])[] = [[]];
  for (const mask of masks)
    choices = choices.flatMap((chosen) => TRUTHS.filter((t) => mask & maskOf(t)).map((t) => [...chosen, t]));
  return choices.reduce((result, chosen) => result | maskOf(of(...chosen)), 0);
}
