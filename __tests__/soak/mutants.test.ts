import { readFileSync } from "node:fs";
import { join } from "node:path";
import { draw } from "../../soak/mutants/draw";
import { equivalence, type Judged, mutantsPage } from "../../soak/mutants/page";
import { applied, type Operator, sitesOf } from "../../soak/mutants/sites";
import { ROOT } from "../support/environments";

/** Every change that an operator makes of a text. */
const made = (text: string, operator: Operator): readonly string[] =>
  sitesOf(text)
    .filter((site) => site.operator === operator)
    .map((site) => applied(text, site));

describe("operators", () => {
  test.each<[Operator, string, readonly string[]]>([
    ["negate-condition", "if (a) f();", ["if (!(a)) f();"]],
    ["negate-condition", "x = a && b ? 1 : 2;", ["x = !(a && b) ? 1 : 2;"]],
    ["drop-branch", "if (a) f();", [";"]],
    ["drop-branch", "if (a) f(); else g();", []],
    [
      "drop-branch",
      "function f() { if (a) { return 1; } return 2; }",
      ["function f() { ; return 2; }", "function f() { if (a) { ; } return 2; }"],
    ],
    ["change-comparison", "a === b", ["a !== b"]],
    ["change-comparison", "a < b", ["a <= b"]],
    ["change-literal", 'f("aws_iam_role")', ['f("mutated")']],
    ["change-literal", 'f("a sentence")', []],
    ["change-literal", 'import x from "y"; type A = "a"; const b = { "c-d": 1 };', []],
    ["remove-element", "[a, b]", ["[b]", "[a, ]"]],
    ["swap-and-or", "a || b && c", ["((a) && (b && c))", "a || ((b) || (c))"]],
  ])("%s of %s", (operator, text, expected) => expect(made(text, operator)).toEqual(expected));
});

describe("drawing", () => {
  const sources = new Map([
    ["b.ts", 'export const f = (a: number) => (a > 1 ? ["x", "y"] : []);'],
    ["a.ts", "export const g = (a: boolean, b: boolean) => a && b;"],
  ]);
  const other = new Map([...sources].reverse());

  test("the same seed and sources give the same mutants, each once", () => {
    const drawn = draw(sources, 7, 5);
    expect(draw(other, 7, 5)).toEqual(drawn);
    expect(new Set(drawn.map(({ file, start, operator }) => `${file} ${start} ${operator}`)).size).toBe(5);
    expect(draw(sources, 8, 5)).not.toEqual(drawn);
  });

  test("ends when there are no more", () => expect(draw(sources, 7, 100).length).toBeLessThan(20));
});

test("the page says of each what killed it, or why it is equivalent, or that it survived", () => {
  const mutant: Judged = { file: "a.ts", line: 3, operator: "swap-and-or", before: "a || b", after: "", suites: 4 };
  const known = [{ file: "a.ts", before: "a || b", after: "", why: "both are always true" }];
  const run = { seed: 5, date: "1970-01-01", folders: ["modules/review"] };
  expect(equivalence({ ...mutant, file: "b.ts" }, known)).toBeUndefined();
  const text = mutantsPage(
    [{ ...run, judged: [mutant, { ...mutant, file: "b.ts" }, { ...mutant, killedBy: "c" }] }],
    known,
  );
  expect(text).toContain("3 mutants, 1 killed, 1 equivalent, 1 survived.");
  expect(text).toContain(
    "| `a.ts:3` | swap-and-or | `` a \\|\\| b `` | nothing | equivalent (survived 4 suites): both",
  );
  expect(text).toContain("**survived** 4 suites");
  expect(text).toContain("killed by `c`");
});

test("docs/mutants.md is what the record says", () => {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, "soak/mutants", file), "utf8")) as T;
  const page = mutantsPage(read("runs.json"), read("equivalent.json"));
  expect(readFileSync(join(ROOT, "docs/mutants.md"), "utf8")).toBe(page);
});
