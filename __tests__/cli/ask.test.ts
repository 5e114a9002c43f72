import { PassThrough } from "node:stream";
import { ask } from "../../cli/ask";

/** A person who types that at a terminal. */
function typed(text: string | undefined): Promise<string> {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  const answer = ask("Name: ", { input, output });
  if (text === undefined) input.end();
  else input.write(text);
  return answer;
}

test("what is typed is the answer", async () => {
  expect(await typed(" prod \r")).toBe("prod");
});

test.each([
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
  ["the end of the input", undefined],
])("%s is no answer, and no fault of the program", async (...[, text]) => {
  expect(await typed(text)).toBe("");
});
