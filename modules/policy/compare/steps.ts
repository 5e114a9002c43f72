/**
 * How much work a comparison may be. A plan may hold policies that somebody has built to keep us busy, so all work that grows with more
 * than the length of a policy is counted. Steps, not time: the same input gives the same answer on every machine. Where the steps end,
 * what is not proven by then stays unproven; nothing is ever taken for harmless because of it.
 */
export class Steps {
  private remaining: number;

  constructor(readonly limit: number) {
    this.remaining = limit;
  }

  get left(): number {
    return this.remaining;
  }

  get taken(): number {
    return this.limit - this.remaining;
  }

  /** False when there are not so many left; then there are none. */
  take(count: number): boolean {
    if (count > this.remaining) {
      this.remaining = 0;
      return false;
    }
    this.remaining -= count;
    return true;
  }
}

/** Characters that are compared one by one in a step. */
const CHARACTERS = 512;

/** Whether a text with wildcards is compared position by position: nothing else can be slow. */
export function isSlow(text: string): boolean {
  return text.includes("*") && (text.includes("?") || text.includes("${"));
}

/** A slow text and another one: at most the product of their lengths. */
export function textSteps(slow: number, other: number): number {
  return Math.ceil((slow * other) / CHARACTERS);
}

/** Two lists of texts, each with each. */
export function listSteps(a: number, b: number): number {
  return Math.ceil((a * b) / 4);
}
