import type { Move } from "../config/moves";
import type { Baseline } from "./schema";
import type { SectionEnvironment } from "./section-environment";

/** One environment (one AWS organization): intent and facts, parsed and valid, with nothing left to read. */
export interface Environment extends SectionEnvironment<Baseline> {
  /** Of `moves.yaml`. @default - there is no such file */
  readonly moves?: readonly Move[];
}
