import { ask } from "./ask";
import { usage } from "./usage";

/**
 * Whether files may be written into an environment: asks a person. A no is said, with exit code 3.
 *
 * @param command in front of the code of the error: ADOPT
 * @throws BaselineError exit code 2 where nobody can be asked
 */
export async function mayWrite(command: string, files: Iterable<string>, folder: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw usage(
      `${command}-NOBODY-TO-ASK`,
      "Nobody can be asked here.",
      "Read the proposal first and give --yes, or use --output.",
    );
  if ((await ask(`Write ${[...files].join(", ")} in ${folder}? Only yes is a yes: `)) === "yes") return true;
  process.stdout.write("Nothing was written.\n");
  process.exitCode = 3;
  return false;
}
