import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMap, isSeq, parseDocument } from "yaml";
import { ENVIRONMENTS } from "../config/load";
import { MOVES_FILE, parseMoves } from "../config/moves";
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
}

export interface Finished {
  /** Import entries that were taken out of `moves.yaml`. */
  readonly removed: number;
  /** Addresses that no state holds yet, with the stack in front: then nothing is taken out. */
  readonly waiting: readonly string[];
}

/**
 * Takes the imports out of `moves.yaml` once they have happened: a plan of each stack says whether its state holds what is imported. Before that an
 * import that went would become something to make.
 *
 * @throws BaselineError exit code 1 where a stack cannot be planned, or moves.yaml has changed meanwhile
 */
export async function finishAdoption(options: FinishOptions): Promise<Finished> {
  const { projectRoot, environment, stacks, binary, say } = options;
  const file = `${ENVIRONMENTS}/${environment}/${MOVES_FILE}`;
  const path = join(projectRoot, file);
  // What is planned and what is taken out is of one text: plans take minutes, and an import that came meanwhile was in none.
  const text = existsSync(path) ? readText(path) : undefined;
  const imports = (text === undefined ? [] : parseMoves(file, text)).filter(({ from, to }) => !from && to);
  const names = new Set(imports.map(({ to }) => `${environment}-${to!.stack}`));
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
      const left = importing(plan);
      say(`${stack.name}: ${left.length === 0 ? "everything is imported" : `${left.length} to import`}`);
      waiting.push(...left.map((address) => `${stack.name} ${address}`));
    }
  });
  const missing = [...names].filter((name) => !stacks.some((stack) => stack.name === name));
  waiting.push(...missing);
  if (text === undefined || waiting.length > 0 || imports.length === 0) return { removed: 0, waiting };
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
  writeAtomically(path, withoutImports(text));
  return { removed: imports.length, waiting: [] };
}

function importing(plan: Json): readonly string[] {
  const changes: readonly unknown[] = Array.isArray(plan["resource_changes"]) ? plan["resource_changes"] : [];
  return changes
    .filter(isObject)
    .filter(({ change }) => isObject(change) && isObject(change["importing"]))
    .map(({ address }) => String(address));
}

/** The file without entries that come from nowhere; everything else as it is. */
function withoutImports(text: string): string {
  const document = parseDocument(text);
  const moves = document.get("moves", true);
  if (isSeq(moves)) {
    moves.items = moves.items.filter((item) => !isMap(item) || item.has("from"));
    if (moves.items.length === 0) document.delete("moves");
  }
  return document.toString({ lineWidth: 0 });
}
