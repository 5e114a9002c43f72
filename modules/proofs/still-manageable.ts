import type { Chain } from "./chains";
import type { Principal, ProofInput, Question } from "./types";

export function stillManageable(_input: ProofInput, _chain: Chain, _people: readonly Principal[]): readonly Question[] {
  return [];
}
