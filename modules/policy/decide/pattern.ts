/**
 * Patterns as an automaton that is made while it is used. A pattern is a row of tokens: a class of characters, or any number of them.
 * Wildcards of policies, ARNs whose wildcards stop at colons, names within an ARN: all are rows of tokens. Several rows are their union.
 */
export interface Token {
  /** Characters of the class, or, negated, those that are not in it. */
  readonly chars: string;
  readonly negated: boolean;
  /** Any number of characters of the class, none included. */
  readonly star: boolean;
}

export type Row = readonly Token[];

export const ANY_TEXT: Token = { chars: "", negated: true, star: true };
export const ANY_ONE: Token = { chars: "", negated: true, star: false };
const DIGIT: Token = { chars: "0123456789", negated: false, star: false };

export const literally = (text: string): Row => text.split("").map((chars) => ({ chars, negated: false, star: false }));

export const allBut = (chars: string): Token => ({ chars, negated: true, star: true });

/** Any text without wildcards in it. */
export const NO_WILDCARD: Row = [{ chars: "*?", negated: true, star: true }];

/** The twelve digits of an account id. */
export const ACCOUNT_ID: Row = Array.from({ length: 12 }, () => DIGIT);

const isAnyText = (token: Token | undefined): boolean =>
  token !== undefined && token.star && token.negated && token.chars === "";

/** Where a pattern is after some characters. */
export class PatternState {
  private readonly next = new Map<string, PatternState>();
  private other: PatternState | undefined;
  /** Characters that this state tells apart; all others go the same way. */
  readonly telling: string;
  readonly accepts: boolean;
  /** Accepts nothing more, whatever comes. */
  readonly dead: boolean;
  /** Accepts whatever comes. */
  readonly universal: boolean;
  /** Characters that are needed at least. */
  readonly need: number;

  constructor(
    readonly pattern: Pattern,
    private readonly positions: readonly number[],
    readonly id: number,
  ) {
    const { places } = pattern;
    this.dead = positions.length === 0;
    this.need = positions.reduce((least, at) => Math.min(least, places[at]!.need), Infinity);
    this.accepts = positions.some((at) => places[at]!.token === undefined);
    this.universal = positions.some((at) => isAnyText(places[at]!.token) && places[at + 1]!.token === undefined);
    this.telling = this.universal
      ? ""
      : [...new Set(positions.flatMap((at) => (places[at]!.token?.chars ?? "").split("")))].sort().join("");
  }

  /** @param char one of `telling`, or any other */
  after(char: string): PatternState {
    if (!this.telling.includes(char)) return (this.other ??= this.pattern.step(this.positions, char));
    let state = this.next.get(char);
    if (!state) {
      state = this.pattern.step(this.positions, char);
      this.next.set(char, state);
    }
    return state;
  }
}

/** A position in one of the rows. */
interface RowPlace {
  /** Absent: the end of the row. */
  readonly token: Token | undefined;
  /** Characters that are needed from here to the end, at least. */
  readonly need: number;
  /** Of a star the first position from which it takes everything up to itself. */
  readonly reach: number | undefined;
}

export class Pattern {
  private readonly states = new Map<string, PatternState>();
  /** The rows one after the other. */
  readonly places: readonly RowPlace[];
  readonly start: PatternState;

  /**
   * @param key of the rows: the same for the same ones
   * @param newId numbers for states, no two the same among all patterns
   */
  constructor(
    readonly key: string,
    readonly rows: readonly Row[],
    private readonly newId: () => number,
  ) {
    const starts: number[] = [];
    const places: RowPlace[] = [];
    for (const row of rows) {
      const base = places.length;
      starts.push(base);
      const needs = row.map((_, at) => row.slice(at).filter((token) => !token.star).length);
      row.forEach((token, at) => places.push({ token, need: needs[at]!, reach: reachOf(row, at, base) }));
      places.push({ token: undefined, need: 0, reach: undefined });
    }
    this.places = places;
    this.start = this.state(this.closure(starts));
  }

  step(positions: readonly number[], char: string): PatternState {
    const to: number[] = [];
    for (const at of positions) {
      const { token } = this.places[at]!;
      if (token && token.chars.includes(char) !== token.negated) to.push(token.star ? at : at + 1);
    }
    return this.state(this.closure(to));
  }

  private state(positions: readonly number[]): PatternState {
    const key = positions.join();
    let state = this.states.get(key);
    if (!state) {
      state = new PatternState(this, positions, this.newId());
      this.states.set(key, state);
    }
    return state;
  }

  /**
   * Stars may be passed over. What is reached before a star adds nothing where that star takes all that stands between the two: it keeps
   * the states about as few as the pattern is long, as long as no wildcard for one character stands behind a star.
   */
  private closure(positions: readonly number[]): readonly number[] {
    const found = new Set<number>();
    for (let at of positions) {
      found.add(at);
      while (this.places[at]!.token?.star) found.add(++at);
    }
    const sorted = [...found].sort((a, b) => b - a);
    const kept: number[] = [];
    /** From here to the star that was met last everything is taken by it. */
    let reach = Infinity;
    let star = Infinity;
    for (const at of sorted) {
      if (at < star && at >= reach) continue;
      kept.push(at);
      const { reach: from } = this.places[at]!;
      if (from !== undefined) [reach, star] = [from, at];
    }
    return kept.reverse();
  }
}

function reachOf(row: Row, at: number, base: number): number | undefined {
  const star = row[at]!;
  if (!star.star) return undefined;
  let from = at;
  while (from > 0 && within(row[from - 1]!, star)) from--;
  return base + from;
}

function within(inner: Token, outer: Token): boolean {
  const every = (chars: string, test: (char: string) => boolean): boolean => chars.split("").every(test);
  if (outer.negated)
    return inner.negated
      ? every(outer.chars, (char) => inner.chars.includes(char))
      : every(inner.chars, (char) => !outer.chars.includes(char));
  return !inner.negated && every(inner.chars, (char) => outer.chars.includes(char));
}
