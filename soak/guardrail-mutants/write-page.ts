import { readFileSync, writeFileSync } from "node:fs";
import type { Equivalent } from "./equivalent";
import { equivalentPage } from "./equivalent-page";

/** Writes `docs/guardrail-mutants.md`; `npm run docs` calls it. */
writeFileSync(
  "docs/guardrail-mutants.md",
  equivalentPage(JSON.parse(readFileSync("soak/guardrail-mutants/equivalent.json", "utf8")) as readonly Equivalent[]),
);
