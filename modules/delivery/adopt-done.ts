import { existsSync } from "node:fs";
import { join } from "node:path";
import { isSeq, parseDocument } from "yaml";
import { ENVIRONMENTS } from "../config/load";
import { Move, MOVES_FILE, parseMoves } from "../config/moves";
import { BaselineError } from "../kernel/errors";
import { isObject, Json } from "../kernel/json";
import { readText } from "../kernel/read-text";
import { writeAtomically } from "../kernel/write-file";
import type { SynthesizedStack } from "../terraform/environment-stacks";
import { checkStopped, planAgain, withWorkplace } from "../terraform/saved-plans";
import { indented, TerraformFailed } from "../terraform/terraform";

export interface FinishOptions {
  readonly projectRoot: string;
  readonly environment: string;
  readonly stacks: readonly SynthesizedStack[];
  readonly binary: string;
  /** One line for each stack that was looked at. */
  readonly say: (line: string) => void;
  /** The moves that are to be taken out. @default - what comes from no state: what was adopted */
  readonly wanted?: (move: Move) => boolean;
}

export interface Finished {
  /** Entries that were taken out of `moves.yaml`. */
  readonly removed: number;
  /** Addresses that no state holds yet, with the stack in front: then nothing is taken out. */
  readonly waiting: readonly string[];
}

/**
 * Takes moves out of `moves.yaml` once they have happened: a plan of each stack says whether its state holds what is imported, and no longer what
 * it lets go of. Before that an import that went would become something to make, and a removal that went something to delete.
 *
 * @throws BaselineError exit code 1 where a stack cannot be planned, or moves.yaml has changed meanwhile
 */
export async function finishAdoption(options: FinishOptions): Promise<Finished> {
  const { projectRoot, environment, stacks, binary, say } = options;
  const wanted = options.wanted ?? (({ from, to }: Move) => !from && to !== undefined);
  const file = `${ENVIRONMENTS}/${environment}/${MOVES_FILE}`;
  const path = join(projectRoot, file);
  // What is planned and what is taken out is of one text: plans take minutes, and an import that came meanwhile was in none.
  const text = existsSync(path) ? readText(path) : undefined;
  const moves = text === undefined ? [] : parseMoves(file, text);
  const done = new Set(moves.flatMap((move, i) => (wanted(move) ? [i] : [])));
  const names = new Set(
    moves
      .filter(wanted)
      .flatMap(({ from, to }) => [from, to].flatMap((side) => (side ? [`${environment}-${side.stack}`] : []))),
  );
  const waiting: string[] = [];
  await withWorkplace(projectRoot, async (place) => {
    for (const stack of stacks.filter(({ name }) => names.has(name))) {
      checkStopped(place);
      const plan = await planAgain(binary, projectRoot, place, stack).catch((error: unknown) => {
        if (!(error instanceof TerraformFailed)) throw error;
        throw new BaselineError(
          [
            {
              code: "ADOPT-PLAN-FAILED",
              message: `${stack.name} cannot be planned: ${indented(error.message)}`,
              fix: "Fix what Terraform names, and run it again.",
            },
          ],
          1,
        );
      });
      const left = moving(plan);
      say(`${stack.name}: ${left.length === 0 ? "everything has moved" : `${left.length} to move`}`);
      waiting.push(...left.map((address) => `${stack.name} ${address}`));
    }
  });
  const missing = [...names].filter((name) => !stacks.some((stack) => stack.name === name));
  waiting.push(...missing);
  if (text === undefined || waiting.length > 0 || done.size === 0) return { removed: 0, waiting };
  if (!existsSync(path) || readText(path) !== text)
    throw new BaselineError(
      [
        {
          code: "ADOPT-CHANGED",
          message: `${MOVES_FILE} was changed while the plans were made: what they say is of the text before.`,
          fix: "Nothing was written. Synthesize, and run it again.",
          place: { file },
        },
      ],
      1,
    );
  writeAtomically(path, without(text, done));
  return { removed: done.size, waiting: [] };
}

/** What is still to be imported, or to be let go of. */
function moving(plan: Json): readonly string[] {
  const changes: readonly unknown[] = Array.isArray(plan["resource_changes"]) ? plan["resource_changes"] : [];
  const forgets = (actions: unknown): boolean => Array.isArray(actions) && actions.includes("forget");
  return changes
    .filter(isObject)
    .filter(({ change }) => isObject(change) && (isObject(change["importing"]) || forgets(change["actions"])))
    .map(({ address }) => String(address));
}

/** The file without these entries; everything else as it is. */
function without(text: string, entries: ReadonlySet<number>): string {
  const document = parseDocument(text);
  const moves = document.get("moves", true);
  if (isSeq(moves)) {
    moves.items = moves.items.filter((_, i) => !entries.has(i));
    if (moves.items.length === 0) document.delete("moves");
  }
  return document.toString({ lineWidth: 0 });
}
