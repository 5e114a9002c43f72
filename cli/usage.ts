import type { CommanderError } from "commander";
import { KEYLESS } from "../modules/kernel/command";
import { BaselineError } from "../modules/kernel/errors";

/** Wrong usage: exit code 2. */
export function usage(code: string, message: string, fix: string): BaselineError {
  return new BaselineError([{ code, message, fix }]);
}

/**
 * What commander says of arguments that it does not know, in the form of all other errors. Its own suggestion is kept.
 *
 * @param command that was called @default none that there is
 */
export function wrongUsage(error: CommanderError, command?: string): BaselineError {
  const [, text = error.message, near] =
    /^(?:error: )?([^]*?)(?:\n\((Did you mean [^\n]*)\))?$/.exec(error.message) ?? [];
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  const called = [KEYLESS, ...(command === undefined ? [] : [command])].join(" ");
  const help = `${called} --help shows ${command === undefined ? "the commands" : "its arguments and options"}.`;
  return usage("USAGE", said.endsWith(".") ? said : `${said}.`, near === undefined ? help : `${near} ${help}`);
}
