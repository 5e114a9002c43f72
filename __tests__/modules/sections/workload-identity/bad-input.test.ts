import cases from "./bad-input.json";
import { formatProblem } from "../../../../modules/kernel/errors";
import { EXAMPLE_FILES, frozenWith, Outcome } from "../../../support/environments";

interface BadInput {
  readonly name: string;
  /** Sections that the frozen environment gets after its first line. */
  readonly yaml: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
}

function outcome(bad: Pick<BadInput, "yaml" | "files">): Outcome {
  return frozenWith({
    baseline: [["version: 1\n", `version: 1\n${bad.yaml}`]],
    files: { "ca.pem": EXAMPLE_FILES["certificates/datacenter-ca.pem"]!, ...bad.files },
  });
}

describe("what is wrong with workloads and the pipeline is said in words", () => {
  test.each((cases as unknown as readonly BadInput[]).map((c) => [c.name, c] as const))("%s", (_, bad) => {
    const { problems, state } = outcome(bad);
    const told = problems.map(formatProblem);
    expect(told).toEqual(bad.expected);
    expect(told.length).toBeGreaterThan(0);
    for (const text of told)
      expect(text).toMatch(
        /^(error|warning) [A-Z][A-Z0-9-]+ environments\/example\/baseline\.yaml:\d+:\d+ \S+\n.*\n {2}fix: \S/,
      );
    expect(state === undefined).toBe(told.some((text) => text.startsWith("error")));
  });

  test("the names of the cases are unique", () =>
    expect(new Set((cases as unknown as readonly BadInput[]).map((c) => c.name)).size).toBe(cases.length));
});
