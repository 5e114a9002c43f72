import type { Adopted } from "../config/moves";
import type { Existing } from "../organization/existing";
import type { Baseline } from "./schema";
import type { SectionEnvironment } from "./section-environment";

/** One environment (one AWS organization): intent and facts, parsed and valid, with nothing left to read. */
export interface Environment extends SectionEnvironment<Baseline> {
  /** Of `moves.yaml`: what was there before and is this baseline's. @default - nothing */
  readonly adopted?: readonly Adopted[];
  /** Of `existing.yaml`. @default - nobody has looked: nothing is known */
  readonly existing?: Existing;
}
