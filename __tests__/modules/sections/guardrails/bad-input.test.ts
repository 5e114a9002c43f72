import { formatProblem } from "../../../../modules/kernel/errors";
import cases from "./bad-input.json";
import { outcome, Section } from "./fixture";

/** Bad input is data: what is written in the section `guardrails`, and every line that is then said. */
interface Case extends Section {
  readonly name: string;
  readonly expected: readonly string[];
}

/** Lines and columns are the example's, and the names known are the catalogue's: both may change without these cases. */
export const stable = (text: string): string =>
  text.replace(/baseline\.yaml:\d+:\d+/g, "baseline.yaml").replace(/Known: .*/g, "Known: …");

test.each((cases as readonly Case[]).map((c) => [c.name, c] as const))(
  "%s",
  (_, { name: __, expected, ...section }) => {
    const said = outcome(section).problems.map(formatProblem);
    expect(said.map(stable)).toEqual(expected);
    for (const line of said)
      expect(line).toMatch(/^(error|warning) [A-Z-]+ environments\/example\/baseline\.yaml:\d+:\d+ /);
  },
);

test("there are many", () => expect(cases.length).toBeGreaterThanOrEqual(30));
