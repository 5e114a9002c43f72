import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readInput } from "../../config/input-file";
import { DESTINATIONS, KEY_MOVES_FOLDER, KeyMoveInput, keyMoveSchema } from "../../config/key-moves";
import { ENVIRONMENTS, parseAgainst } from "../../config/load";
import type { YamlDocument } from "../../config/document";
import { BaselineError, Problem, sortProblems } from "../../kernel/errors";
import { suggestion } from "../../kernel/nearest";
import { defined } from "../../kernel/optional";
import { findAccount } from "../../organization/targets";
import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import { resolveDestination } from "./destination";
import type { KeyMove } from "./types";

export function movesFolder(environment: string): string {
  return `${ENVIRONMENTS}/${environment}/${KEY_MOVES_FOLDER}`;
}

/** Names of the files of an environment, sorted; files that are no YAML are none of ours. */
export function moveFileNames(projectRoot: string, environment: string): readonly string[] {
  const folder = join(projectRoot, movesFolder(environment));
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
    : [];
}

/**
 * All moves of an environment, sorted by the name of their file.
 *
 * @throws BaselineError with every mistake of every file
 */
export function readKeyMoves(projectRoot: string, environment: Environment, state: TargetState): readonly KeyMove[] {
  const problems: Problem[] = [];
  const moves: KeyMove[] = [];
  for (const fileName of moveFileNames(projectRoot, environment.name)) {
    const file = `${movesFolder(environment.name)}/${fileName}`;
    if (fileName.endsWith(".yml"))
      problems.push({
        code: "KEY-MOVE-NAME",
        message: `${file} ends in .yml.`,
        fix: "Call it .yaml.",
        place: { file },
      });
    else {
      const input = readInput(projectRoot, file, `${ENVIRONMENTS}/${environment.name}`);
      if (input === undefined) continue;
      if ("problem" in input) problems.push(input.problem);
      else moves.push(...parseKeyMove(file, input.text, environment, state, problems));
    }
  }
  problems.push(...twice(moves));
  if (problems.length > 0) throw new BaselineError(sortProblems(problems));
  return moves;
}

/** One file as a move; none, and problems, where it has mistakes. */
export function parseKeyMove(
  file: string,
  text: string,
  environment: Environment,
  state: TargetState,
  problems: Problem[],
): readonly KeyMove[] {
  const parsed = parseAgainst(file, text, keyMoveSchema, problems);
  if (!parsed) return [];
  const { value, document } = parsed;
  const account = findAccount(environment.tree, value.account);
  const found = [
    ...destinationProblems(value, document),
    ...(account ? [] : [noAccount(value, document, environment)]),
  ];
  problems.push(...found);
  if (found.length > 0 || !account) return [];
  const { key, user, owner, usedBy, actions, actionsNotLogged, resources, silentDays, smtp, consumer, until } = value;
  return [
    {
      name: file.slice(file.lastIndexOf("/") + 1).replace(/\.yaml$/, ""),
      place: document.place([]),
      accountId: account.id,
      accountName: account.name,
      user,
      owner,
      usedBy,
      actions,
      actionsNotLogged,
      resources,
      silentDays,
      smtp,
      consumer: defined({ file: consumer.file, secrets: consumer.secrets }),
      destination: resolveDestination(value, account.id, state),
      ...defined({ keyId: key, until }),
    },
  ];
}

function destinationProblems({ destination }: KeyMoveInput, document: YamlDocument): readonly Problem[] {
  const given = DESTINATIONS.filter((kind) => destination[kind] !== undefined);
  if (given.length === 1) return [];
  return [
    {
      code: "KEY-MOVE-DESTINATION",
      message:
        given.length === 0
          ? "The destination is empty."
          : `There are ${given.length} destinations: ${given.join(", ")}.`,
      fix: `Write exactly one of ${DESTINATIONS.join(", ")}. A key that several things share has to become several keys first.`,
      place: document.place(["destination"]),
    },
  ];
}

function noAccount({ account }: KeyMoveInput, document: YamlDocument, { tree }: Environment): Problem {
  return {
    code: "KEY-MOVE-ACCOUNT",
    message: `There is no active account ${JSON.stringify(account)}.`,
    fix: suggestion(
      account,
      tree.accounts.map(({ name }) => name),
      "account",
    ),
    place: document.place(["account"]),
  };
}

/** A key stands in one file only: two could say different things about it. */
function twice(moves: readonly KeyMove[]): readonly Problem[] {
  const problems: Problem[] = [];
  moves.forEach((move, at) => {
    const other = moves
      .slice(0, at)
      .find(
        (one) =>
          (one.keyId !== undefined && one.keyId === move.keyId) ||
          (one.accountId === move.accountId &&
            one.user === move.user &&
            (one.keyId === undefined || move.keyId === undefined)),
      );
    if (other)
      problems.push({
        code: "KEY-MOVE-TWICE",
        message: `${move.keyId ?? `Every key of ${move.user}`} is in ${other.place.file ?? other.name}, too.`,
        fix: "Keep one of the two files.",
        place: move.place,
      });
  });
  return problems;
}
