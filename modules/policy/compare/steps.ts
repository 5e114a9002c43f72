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

/**
 * Texts with wildcards are compared in at most the product of their lengths. Characters that make one step: about what a step costs
 * where no wildcard is met twice.
 */
const CHARACTERS = 16_384;

export function textSteps(a: number, b: number): number {
  return Math.floor((a * b) / CHARACTERS);
}
