import { section } from "../card";
import { proofsSection } from "./schema";

/** Counterexamples that are accepted. Makes nothing: `modules/proofs` reads it. */
export const proofs = section({
  key: "proofs",
  schema: proofsSection.prefault({}),
  stacks: [],
});
