import { chosenStacks } from "../../../modules/terraform/environment-stacks";

const KNOWN = ["prod-break-glass", "prod-guardrails", "prod-identity-center-1"];
const chosen = (...given: string[]): ReturnType<typeof chosenStacks> => chosenStacks("prod", KNOWN, given, "NO-STACK");

test("with or without the environment in front, each once", () => {
  expect(chosen("guardrails", "prod-guardrails", "break-glass")).toEqual({
    names: ["prod-guardrails", "prod-break-glass"],
    problems: [],
  });
});

test.each([
  ["guardrials", "Did you mean guardrails? Known: break-glass, guardrails, identity-center-1."],
  ["prod-guardrials", "Did you mean guardrails? Known: break-glass, guardrails, identity-center-1."],
  ["porod-guardrails", "Did you mean guardrails? Known: break-glass, guardrails, identity-center-1."],
  ["identity-center", "Did you mean identity-center-1? Known: break-glass, guardrails, identity-center-1."],
  // Nothing is near only because the environment's name is.
  ["nope", "Known: break-glass, guardrails, identity-center-1."],
  ["prod-nope", "Known: break-glass, guardrails, identity-center-1."],
])("%s", (name, fix) => {
  expect(chosen("guardrails", name)).toEqual({
    names: ["prod-guardrails"],
    problems: [{ code: "NO-STACK", message: `There is no stack "${name}" in environment prod.`, fix }],
  });
});
