import { TerraformResource } from "cdktf";
import { BLOCK_KINDS, Move, moveBlocks } from "../modules/config/moves";
import { BaselineError, Problem } from "../modules/kernel/errors";
import { suggestion } from "../modules/kernel/nearest";
import type { TargetState } from "../modules/sections/target-state";
import type { EnvironmentStack } from "./environment-stack";

/**
 * Writes the moves of an environment into the stacks that they name: nothing else makes `import`, `moved` and `removed` blocks.
 *
 * @throws BaselineError where a move names a stack or a resource that is not there, or leaves one that is
 */
export function addMoves(stacks: readonly EnvironmentStack[], { settings, moves = [] }: TargetState): void {
  if (moves.length === 0) return;
  const byName = new Map(stacks.map((stack) => [stack.stackName.slice(settings.environment.length + 1), stack]));
  const addresses = new Map([...byName].map(([name, stack]) => [name, addressesOf(stack)]));
  const problems = moves.flatMap((move) => problemsOf(move, addresses));
  if (problems.length > 0) throw new BaselineError(problems);
  for (const [name, stack] of byName) {
    const blocks = moveBlocks(moves, name);
    for (const kind of BLOCK_KINDS) if (blocks[kind].length > 0) stack.addOverride(kind, blocks[kind]);
  }
}

function addressesOf(stack: EnvironmentStack): ReadonlySet<string> {
  return new Set(
    stack.node
      .findAll()
      .filter((node): node is TerraformResource => TerraformResource.isTerraformResource(node))
      .map((resource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`),
  );
}

/** Terraform would say the same, much later and without the place. */
function problemsOf(
  { from, to, place }: Move,
  addresses: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Problem[] {
  const known = [...addresses.keys()];
  const bare = (address: string): string => address.replace(/\[.*$/s, "");
  return [from, to].flatMap((side): readonly Problem[] => {
    if (!side) return [];
    const own = addresses.get(side.stack);
    if (!own)
      return [
        {
          code: "MOVE-STACK",
          message: `There is no stack ${side.stack}, so no block in it can move its resources.`,
          fix: suggestion(side.stack, known, "stack"),
          place,
        },
      ];
    if (side === to && !own.has(bare(side.address)))
      return [
        {
          code: "MOVE-TARGET",
          message: `Stack ${side.stack} has no ${side.address}.`,
          fix: suggestion(bare(side.address), [...own], "resource"),
          place,
        },
      ];
    return side === from && own.has(bare(side.address)) && side.address === bare(side.address)
      ? [
          {
            code: "MOVE-STAYS",
            message: `Stack ${side.stack} still has ${side.address}: Terraform moves only what is no longer there.`,
            fix: "Take the move out; it has been applied, or is not wanted.",
            place,
          },
        ]
      : [];
  });
}
