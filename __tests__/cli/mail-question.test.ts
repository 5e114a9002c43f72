import { PassThrough } from "node:stream";
import { askWhenMailArrived } from "../../cli/mail-question";

/** The question comes after minutes of a drill: nothing that is typed, or not, may throw its record away. */

const FROM = new Date("2026-11-26T21:00:00Z");
const asked = (type: (input: PassThrough) => void): Promise<Date | undefined> => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = askWhenMailArrived(FROM, { input, output });
  type(input);
  return answer;
};

test("a time with its zone", async () =>
  expect(await asked((input) => input.write("2026-11-26T21:04:10Z\n"))).toEqual(new Date("2026-11-26T21:04:10Z")));

test.each<[string, (input: PassThrough) => void]>([
  ["Enter", (input) => input.write("\n")],
  ["the end of the input", (input) => input.end()],
])("%s: it is not known", async (_, type) => expect(await asked(type)).toBeUndefined());
