import { z } from "zod";
import { commonShape, withDefaults } from "./common-schema";
import { SECTIONS, SectionSchemas } from "./sections";

const schemas = Object.fromEntries(SECTIONS.map(({ key, schema }) => [key, schema])) as SectionSchemas;

/** What may be written. */
export const writtenBaseline = z.strictObject({ ...commonShape, ...schemas });

/** `environments/<env>/baseline.yaml`: the intent, written by people. What all share, and one key for each section. */
export const baselineSchema = writtenBaseline
  .transform(withDefaults)
  .describe("Intent of one environment (one AWS organization) of the keyless org baseline.");

export type Baseline = z.infer<typeof baselineSchema>;
