import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../support/environments";

/** docs/interrupted-apply.md says what to run: each row of its table names the test that runs it. */
describe("the decision table of interrupted applies", () => {
  const page = readFileSync(join(ROOT, "docs/interrupted-apply.md"), "utf8");
  const rows = [...page.matchAll(/^\| (.+) \| (\d+) \|$/gm)].map(([, words, number]) => ({
    words: words!,
    number: number!,
  }));
  const tests = [...page.matchAll(/^(\d+)\. `([\w./-]+)`: (.+)$/gm)].map(([, number, file, title]) => ({
    number: number!,
    file: file!,
    title: title!,
  }));

  test("every row has a test, and every test a row", () => {
    expect(rows.length).toBeGreaterThan(9);
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => String(index + 1)));
    expect(tests.map(({ number }) => number)).toEqual(rows.map(({ number }) => number));
    for (const { words } of rows) expect(words.split(" | ")).toHaveLength(3);
  });

  test.each(tests)("$number: $title", ({ file, title }) => {
    const source = readFileSync(join(ROOT, "__tests__/modules/delivery", file), "utf8");
    expect(source).toMatch(new RegExp(`(test|describe)\\(\\s*"${title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}"`));
  });
});
