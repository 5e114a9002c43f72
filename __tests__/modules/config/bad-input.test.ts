import cases from "../../cases/bad-input.json";
import { formatProblem } from "../../../modules/kernel/errors";
import { exampleWith, frozenWith, TextEdit } from "../../support/environments";

interface BadInput extends TextEdit {
  readonly name: string;
  /** Each problem as it is printed. */
  readonly expected: readonly string[];
}

/** Every case edits the files in cases/environment and must be refused with exactly these words: code, place, rule, fix. */
describe("bad input is refused in words", () => {
  test.each((cases as unknown as readonly BadInput[]).map((c) => [c.name, c] as const))("%s", (_, bad) => {
    const { state, problems } = frozenWith(bad);
    expect(problems.map(formatProblem)).toEqual(bad.expected);
    expect(problems.length).toBeGreaterThan(0);
    expect(state).toBeUndefined();
  });

  test("the table is long enough to mean something, and every error has a place and a fix", () => {
    const all = cases as unknown as readonly BadInput[];
    expect(all.length).toBeGreaterThanOrEqual(40);
    expect(new Set(all.map((c) => c.name)).size).toBe(all.length);
    for (const text of all.flatMap((c) => c.expected)) {
      expect(text).toMatch(
        /^(error|warning) [A-Z][A-Z0-9-]+ environments\/example\/(baseline|organization)\.yaml:\d+:\d+/,
      );
      expect(text).toMatch(/\n {2}fix: \S/);
    }
  });

  test("without an edit nothing is wrong with them", () =>
    expect(frozenWith().problems.map(formatProblem)).toEqual([]));
  test("the example itself has nothing wrong with it", () =>
    expect(exampleWith().problems.map(formatProblem)).toEqual([]));
});
