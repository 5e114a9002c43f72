import { z } from "zod";
import { baselineSchema } from "../sections/schema";
import { organizationSchema } from "./schema/organization";

/** Where the JSON Schemas for editors are, relative to the project's root. */
export const SCHEMA_FOLDER = "docs/schema";

/** Files of the JSON Schemas with their text, generated from what parses the YAML: the two cannot differ. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["baseline.schema.json", schemaText(baselineSchema, "baseline.yaml of the keyless org baseline")],
    ["organization.schema.json", schemaText(organizationSchema, "organization.yaml of the keyless org baseline")],
  ]);
}

/**
 * The input side of a schema: what a person may write, so that keys with a default are not required. Draft 7 is what the YAML language
 * server reads best.
 */
function schemaText(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7", reused: "inline" }) as Record<
    string,
    unknown
  >;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
