import { prove } from "../../modules/proofs/prove";
import { ProofId, PROOFS } from "../../modules/proofs/types";
import { Mutant, mutants } from "./mutants";
import { weakened } from "./weakened";
import { policiesOf, World } from "./worlds";

/** A change of one statement of one guardrail in one world. */
export interface Site {
  /** The guardrail and what is changed: the same in every world in which its statement reads the same. */
  readonly id: string;
  readonly world: World;
  readonly mutant: Mutant;
}

/** Every change of every guardrail, by its id. */
export function sites(all: readonly World[]): ReadonlyMap<string, readonly Site[]> {
  const found = new Map<string, Site[]>();
  for (const world of all) {
    const statements = world.guardrail.statements(world.context);
    for (const mutant of [...mutants(statements), ...weakened(statements)]) {
      const id = `${world.guardrail.id} ${mutant.name}`;
      found.set(id, [...(found.get(id) ?? []), { id, world, mutant }]);
    }
  }
  return found;
}

/** What a report says of one proof, without the reasons. */
const open = (world: World, policies: ReturnType<typeof policiesOf>, proof: ProofId): string =>
  prove(world.input, { policies, only: new Set([proof]) })
    .counterexamples.map(({ id, decision }) => `${id} ${decision}`)
    .join("\n");

/** Those that notice most come first. */
const ORDER: readonly ProofId[] = [...new Set<ProofId>(["no-mint", "exemptions-hold", ...PROOFS.map(({ id }) => id)])];

const before = new WeakMap<World, Map<ProofId, string>>();

/** The first proof that says something else of a guardrail with the change; undefined where none does. */
export function noticedBy({ world, mutant }: Site): ProofId | undefined {
  const known = before.get(world) ?? new Map<ProofId, string>();
  before.set(world, known);
  const policies = policiesOf(world, mutant.statements);
  return ORDER.find((proof) => {
    const unchanged = known.get(proof) ?? open(world, policiesOf(world), proof);
    known.set(proof, unchanged);
    return open(world, policies, proof) !== unchanged;
  });
}
