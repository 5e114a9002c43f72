/**
 * Three-valued logic (Kleene): what the evaluator cannot know it says, and never guesses. Numbers, because conjunction is then the
 * minimum, disjunction the maximum, and evaluation allocates nothing.
 */
export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;
export type Truth = typeof FALSE | typeof UNKNOWN | typeof TRUE;

export const truth = (value: boolean): Truth => (value ? TRUE : FALSE);
export const not = (value: Truth): Truth => (2 - value) as Truth;
export const and = (a: Truth, b: Truth): Truth => (a < b ? a : b);
export const or = (a: Truth, b: Truth): Truth => (a > b ? a : b);

/** Conjunction over a list; true for none. Stops at the first false. */
export function every<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let result: Truth = TRUE;
  for (const item of items) {
    result = and(result, test(item));
    if (result === FALSE) return FALSE;
  }
  return result;
}

/** Disjunction over a list; false for none. Stops at the first true. */
export function some<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let result: Truth = FALSE;
  for (const item of items) {
    result = or(result, test(item));
    if (result === TRUE) return TRUE;
  }
  return result;
}
