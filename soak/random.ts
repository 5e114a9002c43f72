/** Seeded random choices: the same seed makes the same ones. (mulberry32) */
export class Random {
  constructor(private state: number) {}

  /** At least 0, below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** Some of them, at least `least`, in their order. */
  some<T>(of: readonly T[], least: number, most: number): readonly T[] {
    const wanted = Math.min(of.length, least + this.below(most - least + 1));
    const left = new Set(of);
    while (left.size > wanted) left.delete(this.one([...left]));
    return of.filter((item) => left.has(item));
  }
}
