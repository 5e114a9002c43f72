import { readFileSync } from "node:fs";
import { join } from "node:path";
import { insertItem } from "../../modules/config/insert";
import { parseAgainst } from "../../modules/config/load";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import { Addition, Additions, additionsText, baselineAdditions } from "../../modules/evidence/move/baseline-addition";
import type { KeyMove } from "../../modules/evidence/move/types";
import { KEYLESS } from "../../modules/kernel/command";
import type { Problem } from "../../modules/kernel/errors";
import { canonicalJson } from "../../modules/kernel/json";
import { writeAtomically } from "../../modules/kernel/write-file";
import { targetState } from "../../modules/proofs/environment";
import type { Environment } from "../../modules/sections/environment";
import { baselineSchema } from "../../modules/sections/schema";

/** Writes what moves add to `baseline.yaml`: only where the text stays as it is but for the new items, and the result is valid. */
export function writeBaseline(projectRoot: string, environment: Environment, moves: readonly KeyMove[]): void {
  const context = inventoryContext(environment, targetState(environment));
  const file = `environments/${environment.name}/baseline.yaml`;
  const path = join(projectRoot, file);
  /** What this run has written, by list and name: several keys may move to one workload. */
  const written = new Map<string, { readonly item: string; readonly title: string }>();
  for (const move of moves) {
    const snippets = context.accounts.find(({ id }) => id === move.accountId)?.snippets;
    if (!snippets) continue;
    const title = move.keyId ?? move.name;
    const wanted = baselineAdditions(move, environment.baseline, snippets);
    const others = wanted.additions.filter(
      (one) => (written.get(nameOf(one))?.item ?? canonicalJson(one.item)) !== canonicalJson(one.item),
    );
    if (others.length > 0) {
      process.stdout.write(
        others
          .map((one) => {
            const { title: first } = written.get(nameOf(one))!;
            return `# ${title}: not written; ${one.path.join(".")} has it since this run, for ${first}, with other content. Put both together in ${file}:\n`;
          })
          .join("") + additionsText({ ...wanted, additions: others }),
      );
      continue;
    }
    const additions = { ...wanted, additions: wanted.additions.filter((one) => !written.has(nameOf(one))) };
    if (additions.additions.length === 0 && (wanted.additions.length > 0 || additions.comments.length === 0)) {
      process.stdout.write(
        `${title}: the baseline has it already${wanted.additions.length > 0 ? ", since this run" : ""}.\n`,
      );
      continue;
    }
    const text =
      additions.toFillIn.length > 0 || additions.additions.length === 0
        ? undefined
        : added(readFileSync(path, "utf8"), file, additions);
    if (text === undefined) {
      process.stdout.write(`# ${title}: not written; add this to ${file}\n${additionsText(additions)}`);
      continue;
    }
    writeAtomically(path, text);
    for (const one of additions.additions) written.set(nameOf(one), { item: canonicalJson(one.item), title });
    process.stdout.write(
      `${title}: wrote ${additions.additions.map(({ path: list }) => list.join(".")).join(", ")} into ${file}. Look at the change, then ${KEYLESS} validate ${environment.name}.\n${additions.comments.map((one) => `# ${one}\n`).join("")}`,
    );
  }
}

/** What may stand once in the list. Assignments have no name: they are what they say. */
function nameOf({ path, item }: Addition): string {
  return `${path.join(".")} ${canonicalJson(item["name"] ?? item)}`;
}

function added(text: string, file: string, { additions }: Additions): string | undefined {
  const after = additions.reduce<string | undefined>(
    (before, { path, item }) => (before === undefined ? undefined : insertItem(before, path, item)),
    text,
  );
  const problems: Problem[] = [];
  return after !== undefined && parseAgainst(file, after, baselineSchema, problems) ? after : undefined;
}
