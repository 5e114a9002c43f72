import { AwsFailure, awsProblem } from "../aws/failure";
import { BaselineError, type ExitCode, type Problem } from "../kernel/errors";
import { indented, TerraformFailed } from "../terraform/terraform";
import type { InOrder } from "./stack-order";

/** An error that is no fault of the program's. */
type Foreseen = TerraformFailed | BaselineError | AwsFailure;

const isForeseen = (error: unknown): error is Foreseen =>
  error instanceof TerraformFailed || error instanceof BaselineError || error instanceof AwsFailure;

/**
 * Everything that ended an apply, as one error: what Terraform said is not lost because another stack was refused at the same time.
 *
 * @param rest what was applied and what was not begun
 * @returns an error of exit code 1 where anything failed, else of the refusal's own; an internal error as it is
 */
export function applyError(
  failures: InOrder["failures"],
  rest: string,
  next: (words: string) => string,
  say?: (line: string) => void,
): unknown {
  const internal = failures.find(({ error }) => !isForeseen(error));
  const problems = failures.flatMap(({ stack, error }) =>
    isForeseen(error) ? problemsOf(stack, error, rest, next) : [],
  );
  if (internal) {
    // It is reported by itself, with its place in the program.
    problems.forEach(({ message }) => say?.(message));
    return internal.error;
  }
  const refused = failures.every(({ error }) => error instanceof BaselineError);
  const codes = failures.flatMap(({ error }): readonly ExitCode[] =>
    error instanceof BaselineError ? [error.exitCode] : [],
  );
  return new BaselineError(problems, refused && !codes.includes(1) ? codes[0] : 1);
}

function problemsOf(stack: string, error: Foreseen, rest: string, next: (words: string) => string): readonly Problem[] {
  if (error instanceof TerraformFailed)
    return [
      {
        code: "DELIVERY-APPLY-FAILED",
        message: `${stack} cannot be applied: ${indented(error.message)}`,
        fix: `${rest} ${next(error.message)}`,
      },
    ];
  return error instanceof BaselineError ? error.problems : [awsProblem(error)];
}
