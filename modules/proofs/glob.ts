/** Patterns of IAM, `*` and `?`, as sets of texts. */

/** Stands for a hexadecimal digit: what AWS puts behind names of its own. */
export const HEX = "\u0000";

const same = (a: string | undefined, b: string | undefined): boolean =>
  a === b || a === "?" || b === "?" || (a === HEX && /^[0-9a-f]$/.test(b!)) || (b === HEX && /^[0-9a-f]$/.test(a!));

/**
 * Whether any text matches both patterns. Decides whether a name that is not known to the last letter (the hash of an Identity Center
 * role, a StackSet's execution role) can fall under an exemption.
 */
export function globsMeet(left: string, right: string): boolean {
  const known = new Map<number, boolean>();
  const meet = (i: number, j: number): boolean => {
    const key = i * (right.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, false);
    const result = step(i, j);
    known.set(key, result);
    return result;
  };
  const step = (i: number, j: number): boolean => {
    if (i === left.length && j === right.length) return true;
    if (left[i] === "*") return meet(i + 1, j) || (j < right.length && meet(i, j + 1));
    if (right[j] === "*") return meet(i, j + 1) || (i < left.length && meet(i + 1, j));
    if (i === left.length || j === right.length) return false;
    return same(left[i], right[j]) && meet(i + 1, j + 1);
  };
  return meet(0, 0);
}

/** One text that matches a pattern: what a counterexample can show. `*` becomes the given text, `?` a digit. */
export function sampleOf(pattern: string, star: string): string {
  return pattern.replaceAll("*", () => star).replaceAll("?", "0");
}

/** The same for ARNs, where no wildcard goes across the colons that part their six components. */
export function arnsMeet(left: string, right: string): boolean {
  const components = (arn: string): readonly string[] => {
    const parts = arn.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const [a, b] = [components(left), components(right)];
  return a.every((component, i) => globsMeet(component, b[i]!));
}
