import { parseYaml } from "../../../modules/config/document";
import { toFillIn } from "../../../modules/config/to-fill-in";
import { formatProblem } from "../../../modules/kernel/errors";
import { baselineTemplate } from "../../../modules/repository/template";

function said(text: string): readonly string[] {
  const parsed = parseYaml("baseline.yaml", text);
  if (!("document" in parsed)) throw new Error("no YAML");
  return toFillIn(parsed.document).map(formatProblem);
}

test("what init leaves to people is named with its line", () => {
  const text = baselineTemplate({ environment: "prod", region: "eu-central-1", backend: { type: "local" } });
  expect(said(text)).toEqual([
    expect.stringMatching(
      /^warning CONFIG-TO-FILL-IN baseline\.yaml:\d+:\d+ breakGlass\.users\[0\]\.holder\n.*\n {2}fix: Write where the credentials are kept - for example a safe\.$/,
    ),
    expect.stringMatching(/ breakGlass\.users\[1\]\.holder\n/),
  ]);
});

test.each([
  ["TO FILL IN: the team that answers for it", "Write the team that answers for it."],
  ["FILL-IN: the team that answers for it", "Write the team that answers for it."],
  ["TO FILL IN", "Write what belongs there."],
  ["TO FILL IN:", "Write what belongs there."],
])("%s is a placeholder wherever it stands", (value, fix) => {
  expect(said(`a:\n  - owner: "${value}"\n`)).toEqual([
    `warning CONFIG-TO-FILL-IN baseline.yaml:2:12 a[0].owner\n  a[0].owner is still to be filled in.\n  fix: ${fix}`,
  ]);
});

test.each(["the safe that is TO FILL IN", "TO FILL INSIDE", "FILL-INS", "a safe"])("%s is none", (value) => {
  expect(said(`holder: "${value}"\n`)).toEqual([]);
});
