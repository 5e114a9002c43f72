import { BaselineError } from "./errors";

/** Characters. Nothing that is read line by line has a longer one. */
const LONGEST = 1 << 20;

/**
 * Lines of a text as they come, without their ends (`\n` or `\r\n`): a file of millions does not have to fit into memory, nor does one that
 * has no line break at all.
 *
 * @param name of the file, for the error
 * @throws BaselineError for a line that is too long
 */
export async function* linesOf(
  chunks: AsyncIterable<string | Buffer>,
  name: string,
  longest = LONGEST,
): AsyncGenerator<string> {
  let rest = "";
  let number = 0;
  for await (const chunk of chunks) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      number++;
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    if (rest.length > longest)
      throw new BaselineError([
        {
          code: "INPUT-FILE",
          message: `This line is longer than ${longest} characters.`,
          fix: "Nothing that belongs here is as long: is this the right file?",
          place: { file: name, line: number + 1 },
        },
      ]);
  }
  if (rest !== "") yield rest;
}
