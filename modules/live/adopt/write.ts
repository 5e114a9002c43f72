import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENTS } from "../../config/load";
import { MOVES_FILE } from "../../config/moves";
import { BaselineError } from "../../kernel/errors";
import { readText } from "../../kernel/read-text";
import { writeAtomically } from "../../kernel/write-file";
import { proposeAdoption } from "./propose";

type Files = ReadonlyMap<string, string>;

const BASELINE_FILE = "baseline.yaml";

/**
 * Refuses a proposal that is no longer what the environment's files give: somebody has edited them since it was shown.
 *
 * @throws BaselineError ADOPT-CHANGED (exit code 1), or what proposing again finds wrong
 */
export function requireUnchanged(projectRoot: string, name: string, shown: Files): void {
  const now = proposeAdoption(projectRoot, name).files;
  const changed = [...new Set([...shown.keys(), ...now.keys()])].filter((file) => shown.get(file) !== now.get(file));
  if (changed.length === 0) return;
  throw new BaselineError(
    [
      {
        code: "ADOPT-CHANGED",
        message: `Files of ${ENVIRONMENTS}/${name} were changed after the proposal was shown: ${changed.join(", ")} would be another.`,
        fix: "Nothing was written. Run it again, and read the new proposal.",
        place: { file: `${ENVIRONMENTS}/${name}` },
      },
    ],
    1,
  );
}

/**
 * Writes a proposal into its environment. baseline.yaml names the others, so it comes last; `moves.yaml` before it makes a run that stops between
 * them fail in `validate`, where the other order would make things that exist.
 *
 * @throws BaselineError where a file cannot be written
 */
export function writeProposal(projectRoot: string, name: string, files: Files): void {
  const rank = (file: string): number => [MOVES_FILE, BASELINE_FILE].indexOf(file);
  for (const [file, text] of [...files].sort(([a], [b]) => rank(a) - rank(b)))
    writeAtomically(join(projectRoot, ENVIRONMENTS, name, file), text);
}

/**
 * Writes the files of a proposal into a folder to look at; nothing is overwritten.
 *
 * @throws BaselineError where one of them exists with another text, before anything is written
 */
export function writeCopies(folder: string, files: Files): void {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new BaselineError([
      {
        code: "ADOPT-OUTPUT",
        message: "--output names something that is not a folder.",
        fix: "Name a folder; it is made when it does not exist.",
        place: { file: folder },
      },
    ]);
  const taken = [...files].filter(([file, text]) => {
    const path = join(folder, file);
    return existsSync(path) && readText(path) !== text;
  });
  if (taken.length > 0)
    throw new BaselineError(
      taken.map(([file]) => ({
        code: "ADOPT-FILE-EXISTS",
        message: "This file exists already with another text.",
        fix: "Nothing was written. Name an empty folder with --output, or delete the file.",
        place: { file: join(folder, file) },
      })),
    );
  for (const [file, text] of files) writeAtomically(join(folder, file), text);
}
