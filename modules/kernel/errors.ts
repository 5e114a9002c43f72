/**
 * Errors that a person can act on: a stable code, what is wrong, where it is, how to fix it.
 *
 * A `Problem` is data. Checks collect problems and throw all of them at once as one `BaselineError`; the command line prints
 * them without a stack trace and exits with the error's exit code.
 */

/** Where in the user's input a problem is. Every part is optional because not every input has lines or paths. */
export interface Place {
  /** Path of the file, relative to the project's root. */
  readonly file?: string;
  /** Line, counted from 1. */
  readonly line?: number;
  /** Column, counted from 1. */
  readonly column?: number;
  /** Path inside the document, for example `breakGlass.users[1].name`. */
  readonly path?: string;
}

/** One thing that is wrong, in words. */
export interface Problem {
  /** Stable code, upper case with dashes, for example `TARGET-UNKNOWN-OU`. */
  readonly code: string;
  /** What is wrong: the rule that was broken, with the value that broke it. */
  readonly message: string;
  /** How to fix it. */
  readonly fix?: string;
  readonly place?: Place;
  /** @default "error" */
  readonly severity?: "error" | "warning";
  /** The input is in order, and a gate says no to what it would make: a proof that does not hold. @default the input is wrong */
  readonly gate?: true;
}

/** 1: the run failed. 2: the usage or the input is wrong. 3: a gate said no. */
export type ExitCode = 1 | 2 | 3;

/**
 * What problems mean for who runs the command: the gate's no is the answer only where nothing else is wrong, for of wrong input nobody
 * knows what the gate would say.
 */
export function exitCodeOf(problems: readonly Problem[]): ExitCode {
  const errors = problems.filter(({ severity }) => severity !== "warning");
  return errors.length > 0 && errors.every(({ gate }) => gate) ? 3 : 2;
}

/** Of a synth that ran as a process of its own and failed: its gate's no is ours too, of anything else the input is wrong. */
export function exitCodeOfSynth(status: number | null): ExitCode {
  return status === 3 ? 3 : 2;
}

/** An error that is the user's to fix; carries every problem found, not only the first. */
export class BaselineError extends Error {
  constructor(
    public readonly problems: readonly Problem[],
    public readonly exitCode: ExitCode = exitCodeOf(problems),
  ) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "BaselineError";
  }
}

/** `file:line:column` as editors and terminals link it; empty when nothing is known. */
export function formatPlace(place: Place | undefined): string {
  if (!place) return "";
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
  return [position, place.path].filter(Boolean).join(" ");
}

/** One problem as text: `error CODE at place`, then what is wrong and how to fix it, on lines of their own. */
export function formatProblem(problem: Problem): string {
  const place = formatPlace(problem.place);
  const head = `${problem.severity ?? "error"} ${problem.code}${place ? ` ${place}` : ""}`;
  const fix = problem.fix ? `\n  fix: ${problem.fix}` : "";
  return `${head}\n  ${problem.message}${fix}`;
}

/** Orders problems by file, line, column, path, code: the output never depends on the order of the checks. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const key = (p: Problem): readonly [string, number, number, string, string] => [
    p.place?.file ?? "",
    p.place?.line ?? 0,
    p.place?.column ?? 0,
    p.place?.path ?? "",
    p.code,
  ];
  return [...problems].sort((a, b) => {
    const left = key(a);
    const right = key(b);
    for (let i = 0; i < left.length; i++) {
      const l = left[i]!;
      const r = right[i]!;
      if (l < r) return -1;
      if (l > r) return 1;
    }
    return 0;
  });
}
