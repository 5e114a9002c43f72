import { BaselineError } from "../modules/kernel/errors";

/** Wrong usage: exit code 2. */
export function usage(code: string, message: string, mend: string): BaselineError {
  return new BaselineError([{ code, message, mend }]);
}
