import { run } from "../../cli/index";
import type { CliRun } from "./cli";

/** Runs `keyless …` in this process: many times as fast as a process of its own, for tests that ask what is printed. */
export async function keylessHere(projectRoot: string, args: readonly string[]): Promise<CliRun> {
  let stdout = "";
  let stderr = "";
  const spies = [
    jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((stdout += String(chunk)), true)),
    jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((stderr += String(chunk)), true)),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await run(args, projectRoot);
    // Colours depend on where the tests run; what is asked for is the text.

    const plain = (text: string): string => text.replace(/\u001b\[(?:1|2|22|31|32|33|36|39)m/g, "");
    return { status: Number(process.exitCode), stdout: plain(stdout), stderr: plain(stderr) };
  } finally {
    process.exitCode = before;
    spies.forEach((spy) => spy.mockRestore());
  }
}
