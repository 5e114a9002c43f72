import { brokenInput } from "./broken-input";
import { guardrailMutants } from "./guardrail-mutants";
import { interruptions } from "./interruptions";
import { reviewModel } from "./review-model";
import { smallWorlds } from "./small-worlds";
import type { Soak } from "./soak";
import { z3 } from "./z3";

/** Every soak, in the order of `docs/soak.md`. */
export const SOAKS: readonly Soak[] = [brokenInput, interruptions, smallWorlds, reviewModel, z3, guardrailMutants];
