import { parse } from "yaml";
import { BaselineError } from "../../../../modules/kernel/errors";
import { withAdditions } from "../../../../modules/live/adopt/merge";

const merged = (text: string, path: readonly string[], ...items: readonly unknown[]): string =>
  withAdditions("baseline.yaml", text, [{ path, items }]);

describe("entries are added to a file that people have written", () => {
  test.each<[string, string, unknown]>([
    ["a section that is not there", "a: 1 # one\n", { a: 1, s: { l: [{ n: 1 }] } }],
    ["an empty section on one line", "s: {}\n", { s: { l: [{ n: 1 }] } }],
    ["a section of nothing", "s:\na: 1\n", { s: { l: [{ n: 1 }] }, a: 1 }],
    ["a list on one line", "s: { l: [{ n: 0 }] } # why\n", { s: { l: [{ n: 0 }, { n: 1 }] } }],
    [
      "a list with comments",
      "# top\ns:\n  # of l\n  l:\n    - n: 0 # zero\n  z: 2\n",
      { s: { l: [{ n: 0 }, { n: 1 }], z: 2 } },
    ],
  ])("%s", (_, text, expected) => {
    const after = merged(text, ["s", "l"], { n: 1 });
    expect(parse(after)).toEqual(expected);
    for (const [comment] of text.matchAll(/#.*/g)) expect(after).toContain(comment);
  });

  test("nothing to add leaves the data as it was", () => {
    expect(parse(merged("s: { l: [1] }\n", ["s", "l"]))).toEqual({ s: { l: [1] } });
  });

  test("what is no list is left to a person", () => {
    expect(() => merged("s: { l: text }\n", ["s", "l"], 1)).toThrow(BaselineError);
  });
});
