import { BaselineError, formatProblem } from "./errors";
import { isRefusedBySystem, writeFailure } from "./write-file";
import { withHarmlessOutput } from "./terminal";

/**
 * Runs a program's main function and turns what it throws into output and an exit code: a user's mistake is said without a
 * stack trace; anything else is a fault of ours and keeps it.
 */
export async function runToExitCode(main: () => unknown): Promise<void> {
  await withHarmlessOutput(() => runMain(main));
}

async function runMain(main: () => unknown): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof BaselineError) {
      process.stderr.write(`${error.problems.map(formatProblem).join("\n\n")}\n`);
      process.exitCode = error.exitCode;
    } else if (isRefusedBySystem(error)) {
      const problem = {
        code: "SYSTEM-REFUSED",
        message: `The run cannot go on: ${writeFailure(error)}.`,
        fix: "Make room, or give the right to write, and run it again.",
        ...(error.path === undefined ? {} : { place: { file: error.path } }),
      };
      process.stderr.write(`${formatProblem(problem)}\n`);
      process.exitCode = 1;
    } else {
      process.stderr.write(
        `Internal error; please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 1;
    }
  }
}
