/** Orders by a text: the order of code units, the same on every machine. */
export function byKey<T>(key: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** Each value once, in the order in which it comes first. */
export function unique<T>(values: Iterable<T>): readonly T[] {
  return [...new Set(values)];
}

/** Each text once, in the order of code units. */
export function uniqueSorted<T extends string>(values: Iterable<T>): readonly T[] {
  return [...new Set(values)].sort();
}
