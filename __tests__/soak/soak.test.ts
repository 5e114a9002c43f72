import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SOAKS } from "../../soak/list";
import { page, row } from "../../soak/page";
import { runSoak, seededRandom, type Soak } from "../../soak/soak";
import { ROOT } from "../support/environments";

const names = SOAKS.map(({ name }) => name);

test("names are unique and written with dashes", () => {
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test("a seed gives one sequence, another seed another", () => {
  const take = (seed: number): readonly number[] => Array.from({ length: 5 }, seededRandom(seed));
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  for (const value of take(7)) expect(value >= 0 && value < 1).toBe(true);
});

/** Every soak that needs nothing but Node does some cases, and finds nothing. */
test.each(SOAKS.filter(({ needs }) => needs === undefined).map((soak) => [soak.name, soak] as const))(
  "%s runs",
  async (_, soak) => {
    // A clock of its own: three looks at the time are all that a soak gets, whatever the machine does.
    let looks = 0;
    const { findings, numbers } = await runSoak(
      soak,
      1,
      3 / 60,
      () => undefined,
      () => looks++ * 1000,
    );
    expect(findings).toEqual([]);
    expect(Object.values(numbers).some((count) => count > 0)).toBe(true);
  },
  120_000,
);

describe("docs/soak.md", () => {
  const soak: Soak = {
    name: "toy",
    checks: "one | two",
    minutes: 1,
    run: ({ finding }) => (finding("a\nb"), { cases: 1234 }),
  };

  test("a run is a row; the rows of others stay, those of soaks that are gone leave", async () => {
    const result = await runSoak(
      soak,
      5,
      1,
      () => undefined,
      () => 0,
    );
    expect(row(result)).toBe("| `toy` | one \\| two | 1970-01-01 | 5 | 0 | 1,234 cases | 1: a b |");
    const before = page(
      "",
      [
        { ...result, name: "other" },
        { ...result, name: "gone" },
      ],
      ["other", "gone"],
    );
    const after = page(before, [result], ["toy", "other"]);
    expect(after.split("\n").filter((line) => line.startsWith("| `"))).toEqual([
      row(result),
      row({ ...result, name: "other" }),
    ]);
  });

  test("names every soak", () => {
    const file = join(ROOT, "docs/soak.md");
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, "utf8");
    for (const name of names) expect(text).toContain(`| \`${name}\` |`);
  });
});
