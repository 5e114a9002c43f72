import { z } from "zod";

/**
 * The input side of a schema: what a person may write, so that keys with a default are not required. Draft 7 is what the YAML language
 * server reads best.
 */
export function schemaText(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7", reused: "inline" }) as Record<
    string,
    unknown
  >;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
