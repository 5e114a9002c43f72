import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { summariesText } from "./summaries-text";

/** `npm run docs`: writes `cli/summaries.ts`. */
writeFileSync(join(process.cwd(), "cli", "summaries.ts"), summariesText());
