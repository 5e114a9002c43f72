/**
 * Whether some text can match both patterns, of `*` and `?` alone, which go across colons here. A quick look before automata are made: "no"
 * is certain, for every finer reading of wildcards matches less. At most the product of the two lengths.
 */
export function mayMeet(a: string, b: string): boolean {
  let start = 0;
  // What stands before the first wildcard tells most patterns apart.
  for (; start < a.length && start < b.length; start++) {
    const [x, y] = [a[start]!, b[start]!];
    if (x === "*" || y === "*") break;
    if (x !== y && x !== "?" && y !== "?") return false;
  }
  /** Whether the rest of `a` from here on and the rest of `b` from each place on have a text in common; from the end to the front. */
  let row = new Uint8Array(b.length + 1);
  row[b.length] = 1;
  for (let j = b.length - 1; j >= start && b[j] === "*"; j--) row[j] = 1;
  for (let i = a.length - 1; i >= start; i--) {
    const next = new Uint8Array(b.length + 1);
    next[b.length] = a[i] === "*" ? row[b.length]! : 0;
    for (let j = b.length - 1; j >= start; j--) {
      const [x, y] = [a[i]!, b[j]!];
      if (x === "*") next[j] = row[j]! | next[j + 1]!;
      else if (y === "*") next[j] = next[j + 1]! | row[j]!;
      else next[j] = x === y || x === "?" || y === "?" ? row[j + 1]! : 0;
    }
    row = next;
  }
  return row[start] === 1;
}
