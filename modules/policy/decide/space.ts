import type { Steps } from "../compare/steps";
import { Languages, take } from "./language";
import type { KeyValues, Parts } from "./key-values";

/**
 * More expressions than this are not kept from one question to the next. The example's proofs make 180,000 of them, in about 100 MB; a second
 * environment, or an edited one, adds few where it finds those of the first.
 */
const KEPT = 600_000;

/** What questions share: sets of texts, and what tests have said to sets. */
export class Space {
  readonly languages = new Languages();
  private readonly parts = new Map<string, { readonly parts: Parts | undefined; readonly cost: number }>();
  private readonly numbers = new Map<string, number>();
  private readonly compiled = new WeakMap<object, Map<string, unknown>>();

  get isFull(): boolean {
    return this.languages.size + this.parts.size > KEPT;
  }

  /** A short name of a test: the same for tests that say the same. */
  numberOf(test: string): number {
    let number = this.numbers.get(test);
    if (number === undefined) this.numbers.set(test, (number = this.numbers.size));
    return number;
  }

  /** It costs what it costs the first time, so that a question costs the same whatever was asked before it. */
  partsOf(test: number, of: KeyValues, steps: Steps, make: () => Parts | undefined): Parts | undefined {
    const key = `${test} ${of.key}`;
    const before = this.parts.get(key);
    if (before) {
      take(steps, before.cost);
      return before.parts;
    }
    const taken = steps.taken;
    const parts = make();
    this.parts.set(key, { parts, cost: steps.taken - taken });
    return parts;
  }

  /** The same as `made`, for what takes steps to make; it costs as much the second time. */
  costing<T>(of: object, purpose: string, steps: Steps, make: () => T): T {
    let first = false;
    const { value, cost } = this.made(of, purpose, () => {
      first = true;
      const taken = steps.taken;
      return { value: make(), cost: steps.taken - taken };
    });
    if (!first) take(steps, cost);
    return value;
  }

  /** What is made of an object, which does not change, once for each purpose. */
  made<T>(of: object, purpose: string, make: () => T): T {
    let known = this.compiled.get(of);
    if (!known) this.compiled.set(of, (known = new Map<string, unknown>()));
    if (!known.has(purpose)) known.set(purpose, make());
    return known.get(purpose) as T;
  }
}

let current: Space | undefined;

export function currentSpace(): Space {
  if (!current || current.isFull) current = new Space();
  return current;
}
