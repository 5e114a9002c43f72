import type { Baseline } from "./schema";
import type { SectionEnvironment } from "./section-environment";

/** One environment (one AWS organization): intent and facts, parsed and valid, with nothing left to read. */
export type Environment = SectionEnvironment<Baseline>;
