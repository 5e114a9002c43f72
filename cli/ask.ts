import { createInterface } from "node:readline/promises";

/**
 * Asks a person at the terminal.
 *
 * @returns what was typed, without spaces around it; nothing after Ctrl-C, Ctrl-D or the end of the input: that is a no
 */
export async function ask(
  question: string,
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } = {
    input: process.stdin,
    output: process.stdout,
  },
): Promise<string> {
  const lines = createInterface({ input, output });
  // An input that ends leaves the question open, and the process would end without a word.
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    return (await Promise.race([lines.question(question), ended])).trim();
  } catch (error) {
    if ((error as Error).name === "AbortError") return "";
    throw error;
  } finally {
    lines.close();
  }
}
