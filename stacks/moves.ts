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
export function addMoves(
  stacks: readonly EnvironmentStack[],
  { settings, moves = [], adopted = [] }: TargetState,
): void {
  if (moves.length === 0 && adopted.length === 0) return;
  const byName = new Map(stacks.map((stack) => [stack.stackName.slice(settings.environment.length + 1), stack]));
  const addresses = new Map([...byName].map(([name, stack]) => [name, addressesOf(stack)]));
  const problems = [
    ...moves.flatMap((move) => problemsOf(move, addresses)),
    ...adopted.flatMap(({ to, place }) => problemsOf({ to, place }, addresses)),
  ];
  if (problems.length > 0) throw new BaselineError(problems);
  for (const [name, stack] of byName) {
    const blocks = moveBlocks(moves, name);
    for (const kind of BLOCK_KINDS) if (blocks[kind].length > 0) stack.addOverride(kind, blocks[kind]);
    const kept = new Set(adopted.filter(({ to }) => to.stack === name).map(({ to }) => to.address));
    for (const resource of resourcesOf(stack)) if (kept.has(addressOf(resource))) keepTags(resource);
  }
}

/** The tags of what is adopted are its owner's: an import that changed them would change something in AWS. */
function keepTags(resource: TerraformResource): void {
  const known = resource.lifecycle?.ignoreChanges;
  resource.lifecycle = {
    ...resource.lifecycle,
    ignoreChanges: [...(Array.isArray(known) ? known : []), "tags", "tags_all"],
  };
}

function addressesOf(stack: EnvironmentStack): ReadonlySet<string> {
  return new Set(resourcesOf(stack).map(addressOf));
}

function resourcesOf(stack: EnvironmentStack): readonly TerraformResource[] {
  return stack.node.findAll().filter((node): node is TerraformResource => TerraformResource.isTerraformResource(node));
}

function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
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
