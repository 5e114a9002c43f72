import { ask } from "./ask";

type Streams = NonNullable<Parameters<typeof ask>[1]>;

/**
 * A person looks into the mailbox.
 *
 * @returns nothing after Enter, Ctrl-C, Ctrl-D or the end of the input: whether a mail came is unknown then, and the record is kept all the same
 */
export async function askWhenMailArrived(
  from: Date,
  streams: Streams = { input: process.stdin, output: process.stderr },
): Promise<Date | undefined> {
  for (;;) {
    const answer = await ask(
      `When did the alarm's mail arrive? (the first call was at ${from.toISOString()}; Enter: it did not) `,
      streams,
    );
    if (answer === "") return undefined;
    if (/Z$|[+-]\d\d:\d\d$/.test(answer) && Date.parse(answer) <= Date.now()) return new Date(answer);
  }
}
