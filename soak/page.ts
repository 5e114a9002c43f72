import type { SoakResult } from "./soak";

const HEAD = `# Soak runs

<!-- Written by \`npm run soak\`. Change soak/, not this file. -->

Long properties that \`npm test\` has no time for. Every run names its seed: \`npm run soak -- --only <name> --seed <seed>\` repeats it.
A finding is something that should not be; each is fixed, or listed here until it is.

| soak | what is checked | date | seed | seconds | counted | findings |
|---|---|---|---|---|---|---|
`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim();

/** One row of the page. */
export function row(result: SoakResult): string {
  const counted = Object.entries(result.numbers)
    .map(([name, value]) => `${value.toLocaleString("en-US")} ${name}`)
    .join(", ");
  return `| \`${result.name}\` | ${[
    cell(result.checks),
    result.date,
    String(result.seed),
    String(result.seconds),
    cell(counted) || "nothing",
    result.findings.length === 0
      ? "none"
      : `${result.findings.length}: ${cell(result.findings.slice(0, 3).join("; ")).slice(0, 400)}`,
  ].join(" | ")} |`;
}

/**
 * The page after these runs: the rows of soaks that did not run stay as they were, rows of soaks that are gone leave.
 *
 * @param before the page as it is; empty when there is none
 * @param order names of all soaks, in the order of the page
 */
export function page(before: string, results: readonly SoakResult[], order: readonly string[]): string {
  const rows = new Map<string, string>();
  for (const line of before.split("\n")) {
    const name = /^\| `([a-z0-9-]+)` \|/.exec(line)?.[1];
    if (name !== undefined) rows.set(name, line);
  }
  for (const result of results) rows.set(result.name, row(result));
  return HEAD + order.flatMap((name) => rows.get(name) ?? []).join("\n") + "\n";
}
