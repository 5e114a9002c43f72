/**
 * Long properties, too long for `npm test`: interruptions, sequences of edits, small worlds, brownfield, large reports.
 *
 * How to add one, in three steps:
 * 1. Write `soak/<name>.ts` that exports a `Soak`: a name, one sentence that says what is checked, and `run`. Take every random choice
 *    from `context.random`, so that the printed seed repeats the run. Stop when `context.timeIsUp()`. Never stop at the first finding:
 *    report it with `context.finding(...)`, with all that is needed to repeat it, and go on.
 * 2. Add it to the list in `soak/list.ts`.
 * 3. Run `npm run soak -- --only <name>` (`--seed N` repeats a run, `--minutes N` makes it longer) and commit `docs/soak.md`, which the
 *    runner writes. `__tests__/soak/soak.test.ts` runs every soak that needs nothing but Node for a moment, so that it cannot rot.
 */

/** What a soak has counted, in the order to be shown: `{ environments: 400, refused: 311 }`. Whole numbers; the unit is in the name. */
export type Numbers = Readonly<Record<string, number>>;

/** The tools that a soak needs beyond Node. A soak whose tools are missing is named as not run, and the exit code is 1. */
export type Need = "terraform" | "moto" | "browser";

export interface SoakContext {
  /** Repeats the run. */
  readonly seed: number;
  /** Uniform in [0, 1), from the seed. */
  readonly random: () => number;
  /** Whether the time that was given is over. A soak looks after each case. */
  readonly timeIsUp: () => boolean;
  /** Something that should not be: the run goes on and ends with exit code 1. */
  readonly finding: (text: string) => void;
  /** Progress for a person who waits; not kept. */
  readonly say: (line: string) => void;
}

export interface Soak {
  /** Unique; lower case with dashes. */
  readonly name: string;
  /** What is checked, in one sentence. */
  readonly checks: string;
  /** @default - Node alone */
  readonly needs?: readonly Need[];
  /** How long it runs when nothing is said. */
  readonly minutes: number;
  /** Returns what it has counted; throws only when it could not do its work. */
  run(context: SoakContext): Numbers | Promise<Numbers>;
}

/** What one run of a soak has shown. */
export interface SoakResult {
  readonly name: string;
  readonly checks: string;
  readonly seed: number;
  /** Day of the run in UTC, `2026-01-31`. */
  readonly date: string;
  readonly seconds: number;
  readonly numbers: Numbers;
  readonly findings: readonly string[];
}

/** Uniform in [0, 1), the same sequence for the same seed on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Runs one soak.
 *
 * @param now milliseconds since the epoch; a test brings its own clock
 */
export async function runSoak(
  soak: Soak,
  seed: number,
  minutes: number,
  say: (line: string) => void,
  now: () => number = Date.now,
): Promise<SoakResult> {
  const started = now();
  const findings: string[] = [];
  const numbers = await soak.run({
    seed,
    random: seededRandom(seed),
    timeIsUp: () => now() - started >= minutes * 60_000,
    finding: (text) => {
      findings.push(text);
      say(`finding: ${text}`);
    },
    say,
  });
  return {
    name: soak.name,
    checks: soak.checks,
    seed,
    date: new Date(started).toISOString().slice(0, 10),
    seconds: Math.round((now() - started) / 1000),
    numbers,
    findings,
  };
}
