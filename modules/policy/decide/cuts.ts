/**
 * Sets of numbers as the places where they begin and end: sorted, the first one begins. A cut is before a number or after it, so that ends
 * belong to a set or not.
 */
export interface Cut<N extends number | bigint> {
  readonly at: N;
  readonly after: boolean;
}
export type Cuts<N extends number | bigint> = readonly Cut<N>[];

export const before = <N extends number | bigint>(at: N): Cut<N> => ({ at, after: false });
export const after = <N extends number | bigint>(at: N): Cut<N> => ({ at, after: true });

function compare<N extends number | bigint>(a: Cut<N>, b: Cut<N>): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : Number(a.after) - Number(b.after);
}

/** Empty where it ends before it begins. */
export function between<N extends number | bigint>(from: Cut<N>, to: Cut<N>): Cuts<N> {
  return compare(from, to) < 0 ? [from, to] : [];
}

export function combineCuts<N extends number | bigint>(
  a: Cuts<N>,
  b: Cuts<N>,
  holds: (inA: boolean, inB: boolean) => boolean,
): Cuts<N> {
  const result: Cut<N>[] = [];
  let i = 0;
  let j = 0;
  let inside = false;
  while (i < a.length || j < b.length) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : compare(a[i]!, b[j]!);
    const cut = order <= 0 ? a[i]! : b[j]!;
    if (order <= 0) i++;
    if (order >= 0) j++;
    const now = holds(i % 2 === 1, j % 2 === 1);
    if (now !== inside) result.push(cut);
    inside = now;
  }
  return result;
}

export const cutsKey = (cuts: Cuts<number | bigint>): string => cuts.map((c) => `${c.at}${c.after ? "+" : ""}`).join();

export const union = <N extends number | bigint>(all: readonly Cuts<N>[]): Cuts<N> =>
  all.reduce((sum, one) => combineCuts(sum, one, (x, y) => x || y), []);
