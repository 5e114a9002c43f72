/**
 * What reaches a terminal or a runner's log. Names, tags and error texts are other people's: a control character in them could rewrite
 * the screen, and a line that begins with `::add-mask::` is a command to the runner of GitHub. Every program of this project prints
 * through here (`runToExitCode`), whatever message it is.
 */

/** Colours and styles that we print ourselves. */
const STYLE = "\u001b\\[(?:0|1|2|22|3[1-6]|39|90)m";

const CONTROL = new RegExp(
  // Of C0 only tab and line feed; C1; direction and width of writing; line and paragraph separators.
  `(${STYLE})|[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]`,
  "g",
);

/**
 * Commands to runners: GitHub takes a line that begins with `::`, and `##[` anywhere; Azure Pipelines `##vso[`.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
const AT_LINE_START = new RegExp(`(^|\\n)((?:[ \\t]|${STYLE})*):(?=:)`, "g");
const ANYWHERE = /##(?=\[|vso\[)/g;

/** Text that a terminal and a runner take for text. */
export function harmless(text: string): string {
  return text
    .replace(CONTROL, (character, style?: string) => style ?? (character === "\r" ? "" : "\ufffd"))
    .replace(AT_LINE_START, (_, before: string, indent: string) => `${before}${indent}: `)
    .replace(ANYWHERE, "# #");
}

/** What a program itself says to a runner: not changed, and to be made of constants alone. */
let ownLines: ReadonlySet<string> = new Set();

/** Prints one line that is a command to the runner. */
export function runnerCommand(line: string): void {
  ownLines = new Set([...ownLines, line]);
  try {
    process.stdout.write(`${line}\n`);
  } finally {
    ownLines = new Set([...ownLines].filter((one) => one !== line));
  }
}

/** Runs a task whose output, on both streams, is harmless. */
export async function withHarmlessOutput<T>(task: () => T | Promise<T>): Promise<T> {
  const streams = [process.stdout, process.stderr];
  const before = streams.map((stream) => Object.getOwnPropertyDescriptor(stream, "write"));
  for (const stream of streams) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = (chunk: unknown, ...rest: unknown[]) =>
      write(typeof chunk === "string" ? clean(chunk) : chunk, ...rest);
  }
  try {
    return await task();
  } finally {
    streams.forEach((stream, i) => {
      const own = before[i];
      if (own) Object.defineProperty(stream, "write", own);
      else Reflect.deleteProperty(stream, "write");
    });
  }
}

function clean(chunk: string): string {
  if (ownLines.has(chunk.trimEnd())) return chunk;
  // Progress rewrites its line: a carriage return at the ends of what is written at once.
  const [, first = "", middle = "", last = ""] = /^(\r?)([^]*?)(\r?)$/.exec(chunk) ?? [];
  return `${first}${harmless(middle)}${last}`;
}
