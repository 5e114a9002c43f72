import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMA_FOLDER } from "../sections/json-schema";
import { reviewSchemaFiles } from "./json-schema";

/** A part of `npm run schema`. */
for (const [name, text] of reviewSchemaFiles()) {
  writeFileSync(join(process.cwd(), SCHEMA_FOLDER, name), text);
  process.stdout.write(`${SCHEMA_FOLDER}/${name}\n`);
}
