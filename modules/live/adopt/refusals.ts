import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { tmpdir } from "node:os";
import { addEnvironment } from "../../../stacks/environment";
import type { Adopted } from "../../config/moves";
import { KEYLESS } from "../../kernel/command";
import { BaselineError } from "../../kernel/errors";
import { readText } from "../../kernel/read-text";
import type { Existing } from "../../organization/existing";
import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import { ALL_PROVIDERS } from "../existing/providers";
import type { ProposedPolicy } from "./policies";
import type { LeftAlone } from "./sets";

/** What a proposal must not do, and what nobody knows of. */

/**
 * @throws BaselineError where a policy's file is there with another text: it may be another policy's
 */
export function requireFreeFiles(projectRoot: string, folder: string, policies: readonly ProposedPolicy[]): void {
  const taken = policies.filter(({ entry, text }) => {
    const path = join(projectRoot, folder, entry.file);
    return existsSync(path) && readText(path) !== text;
  });
  if (taken.length === 0) return;
  throw new BaselineError(
    taken.map(({ id, entry }) => ({
      code: "ADOPT-FILE-EXISTS",
      message: `${entry.file} is there already with another text, and policy ${entry.nameInAws} (${id}) would be written to it.`,
      fix: "Rename that file, and its name in baseline.yaml where one is; or delete it when nothing needs it.",
      place: { file: `${folder}/${entry.file}` },
    })),
  );
}

/**
 * What `moves.yaml` lists as adopted has its resource in a stack. Where not, writing stopped between the files, or the entry of `baseline.yaml` has
 * been taken out since: it counts as this baseline's own then, so that it is not proposed again, and nothing manages it.
 *
 * @throws BaselineError ADOPT-INTERRUPTED
 */
export function requireTargets({ name, adopted = [] }: Environment, state: TargetState): void {
  if (adopted.length === 0) return;
  const outdir = mkdtempSync(join(tmpdir(), "keyless-adopted-"));
  try {
    addEnvironment(new App({ outdir, skipValidation: true }), { ...state, moves: [], adopted });
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    const fix = `Writing stopped before baseline.yaml, or its entry was taken out since. Take these entries out of moves.yaml (adopted, and their imports in moves), or restore the file, and run ${KEYLESS} adopt ${name} again.`;
    throw new BaselineError(
      error.problems.map((problem) =>
        problem.code === "MOVE-TARGET" || problem.code === "MOVE-STACK"
          ? {
              ...problem,
              code: "ADOPT-INTERRUPTED",
              message: `moves.yaml lists it as adopted, and nothing in baseline.yaml makes it: ${problem.message}`,
              fix,
            }
          : problem,
      ),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/**
 * Everything that is to be taken over is imported by a stack.
 *
 * @throws BaselineError ADOPT-NO-STACK: another stack makes it, such as the pipeline's
 */
export function requireStacks(name: string, ids: ReadonlySet<string>, adopted: readonly Pick<Adopted, "id">[]): void {
  const imported = new Set(adopted.map(({ id }) => id));
  const missing = [...ids].filter((id) => !imported.has(id)).sort();
  if (missing.length === 0) return;
  throw new BaselineError(
    missing.map((id) => ({
      code: "ADOPT-NO-STACK",
      message: `${id} would be adopted, and no stack would import it: another one, such as the pipeline's, makes it already.`,
      fix: `${KEYLESS} validate ${name} gives the entry of moves.yaml that imports it (COLLISION). Put it there, and run ${KEYLESS} adopt ${name} again.`,
      place: { file: `environments/${name}/baseline.yaml` },
    })),
  );
}

/** What could not be read is no proposal and not absent either. */
export function notReadHere({ tree }: Environment, { notRead, looked }: Existing): readonly LeftAlone[] {
  const nameOf = (id: string): string => tree.accountById.get(id)?.name ?? id;
  const known = new Set(
    [
      ...looked.filter(({ type }) => type === "aws_iam_openid_connect_provider"),
      ...notRead.filter(({ what }) => what === ALL_PROVIDERS),
    ].map(({ accountId }) => accountId),
  );
  return [
    ...notRead.map(({ accountId, what, why }) => ({
      what: `${what} in ${nameOf(accountId)}`,
      why: `could not be read, so that nothing is known: ${why}`,
    })),
    ...tree.accounts
      .filter(({ id }) => !known.has(id))
      .map(({ name }) => ({
        what: `${ALL_PROVIDERS} in ${name}`,
        why: "nobody has read them, so that nothing is known",
      })),
  ];
}
