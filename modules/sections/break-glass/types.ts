import type { z } from "zod";
import type { SectionEnvironment } from "../section-environment";
import type { breakGlassSection } from "./schema";

/** An environment as this section sees it. */
export type BreakGlassEnvironment = SectionEnvironment<{ readonly breakGlass: z.output<typeof breakGlassSection> }>;
