import { BaselineError } from "../modules/kernel/errors";

/** Wrong usage: exit code 2. */
export function usage(code: string, message: string, fix: string): BaselineError {
  return new BaselineError([{ code, message, fix }]);
}
