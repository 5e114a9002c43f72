import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMA_FOLDER, jsonSchemaFiles } from "./json-schema";

/** `npm run schema`: writes the JSON Schemas for editors. */
const folder = join(process.cwd(), SCHEMA_FOLDER);
mkdirSync(folder, { recursive: true });
for (const [name, text] of jsonSchemaFiles()) {
  writeFileSync(join(folder, name), text);
  process.stdout.write(`${SCHEMA_FOLDER}/${name}\n`);
}
