import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { guardrailsMarkdown } from "./markdown";

/** `npm run docs`: writes the catalogue for people. */
writeFileSync(join(process.cwd(), "docs", "guardrails.md"), guardrailsMarkdown());
process.stdout.write("docs/guardrails.md\n");
