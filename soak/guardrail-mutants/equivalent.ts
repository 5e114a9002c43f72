/** Changes of a guardrail that no request shows, and why. */
export interface Equivalent {
  /** Ids as the soak names them; one `…` stands for any text (`*` is one in ARNs). */
  readonly mutants: readonly string[];
  readonly why: string;
}

/** The entry that lists a change; undefined where none does. */
export function equivalentTo(id: string, listed: readonly Equivalent[]): Equivalent | undefined {
  return listed.find(({ mutants }) => mutants.some((pattern) => matches(pattern, id)));
}

function matches(pattern: string, id: string): boolean {
  const parts = pattern.split("…");
  if (parts.length === 1) return pattern === id;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return parts.length === 2 && id.length >= first.length + last.length && id.startsWith(first) && id.endsWith(last);
}
