import { schemaText } from "../config/json-schema";
import { keyMoveSchema } from "../config/key-moves";
import { movesSchema } from "../config/moves";
import { existingSchema } from "../config/schema/existing";
import { organizationSchema } from "../config/schema/organization";
import { baselineSchema } from "./schema";

/** Where the JSON Schemas for editors are, relative to the project's root. */
export const SCHEMA_FOLDER = "docs/schema";

/** Files of the JSON Schemas with their text, generated from what parses the YAML: the two cannot differ. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["baseline.schema.json", schemaText(baselineSchema, "baseline.yaml of the keyless org baseline")],
    ["existing.schema.json", schemaText(existingSchema, "existing.yaml of the keyless org baseline")],
    ["key-move.schema.json", schemaText(keyMoveSchema, "moves-of-keys/*.yaml of the keyless org baseline")],
    ["moves.schema.json", schemaText(movesSchema, "moves.yaml of the keyless org baseline")],
    ["organization.schema.json", schemaText(organizationSchema, "organization.yaml of the keyless org baseline")],
  ]);
}
