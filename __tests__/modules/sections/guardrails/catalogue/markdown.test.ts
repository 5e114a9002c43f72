import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import { guardrailsMarkdown } from "../../../../../modules/sections/guardrails/catalogue/markdown";
import { ROOT } from "../../../../support/environments";

test("docs/guardrails.md is current: npm run docs writes it", () =>
  expect(readFileSync(join(ROOT, "docs/guardrails.md"), "utf8")).toBe(guardrailsMarkdown()));

test("it has every guardrail with all that the catalogue says of it", () => {
  const text = guardrailsMarkdown();
  for (const { id, why, hazards, exemptions } of GUARDRAILS) {
    expect(text).toContain(`## ${id}\n`);
    for (const part of [why, ...hazards, ...exemptions.flatMap((e) => [e.who, e.why, e.cannotBeAbusedBecause])])
      expect(text).toContain(part);
  }
});
