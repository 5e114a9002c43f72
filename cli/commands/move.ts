import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Command } from "commander";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import { moveFileNames, movesFolder, readKeyMoves } from "../../modules/evidence/move/files";
import { KitInput, kitText } from "../../modules/evidence/move/kits/kit";
import { kitsOf } from "../../modules/evidence/move/kits/kits";
import { messageFiles } from "../../modules/evidence/move/messages";
import { movesJson } from "../../modules/evidence/move/moves-file";
import { proposals } from "../../modules/evidence/move/propose";
import type { MoveEvidence } from "../../modules/evidence/move/seen";
import { isAlarm, moveStatus, orderOfMoves } from "../../modules/evidence/move/state";
import type { KeyMove, MoveStatus } from "../../modules/evidence/move/types";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { suggestion } from "../../modules/kernel/nearest";
import { defined } from "../../modules/kernel/optional";
import { writeAtomically, writeNew } from "../../modules/kernel/write-file";
import { targetState } from "../../modules/proofs/environment";
import type { Environment } from "../../modules/sections/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { addAthenaOptions } from "../athena";
import { several } from "../inventory/options";
import { EvidenceOptions, gather } from "../move/gather";
import { renderMoves, renderNext, renderProposed, renderWho } from "../move/render";
import { writeBaseline } from "../move/write-baseline";
import { jsonText } from "../output";

interface Options extends EvidenceOptions {
  readonly propose?: boolean;
  readonly next?: boolean;
  readonly json?: boolean;
  readonly write?: boolean;
  readonly kit?: string;
  readonly messages?: string;
  readonly key?: readonly string[];
}

const HELP = `
A move is a file in environments/<env>/moves-of-keys: a key, its owner, what takes its place, and what the new role has to be seen doing. How far each is
follows from what is seen in files and logs; AWS is not asked, and no key is touched. A key counts as quiet only where its role was seen at its work, IAM
shows no use, and the logs of its account cover every one of the days. What no evidence shows is unknown. docs/move.md says more.

Examples:
  ${KEYLESS} move prod --propose --cloudtrail ./logs                writes a file for each key of the last inventory
  ${KEYLESS} move prod --cloudtrail ./logs --verify verified.json   where every move is, what it waits for, who has to act
  ${KEYLESS} move prod --cloudtrail ./logs --next                   the one thing to do
  ${KEYLESS} move prod --athena security.cloudtrail_logs --since 60d    the same, with AWS reading the logs
  ${KEYLESS} move prod --write --key AKIAIOSFODNN7EXAMPLE           puts role, trust and permissions into baseline.yaml, or prints them
  ${KEYLESS} move prod --kit AKIAIOSFODNN7EXAMPLE                   the files for the owner of the consumer
  ${KEYLESS} move prod --cloudtrail ./logs --messages ./messages    a message for each owner, and a list as CSV and JSON
  ${KEYLESS} move prod --cloudtrail ./logs --json > moves.json      for retire --moves and ready --moves

Exit codes: 0 fine, 1 the logs could not be read, 2 the usage or the input is wrong, 3 a key is used again, stolen, or its exception has ended; or a proof does not hold.`;

export function addMove(program: Command, projectRoot: string): void {
  const command = program
    .command("move")
    .description(
      "follow each access key on its way to a role: how far it is by evidence, what it waits for, who has to act; kits for the consumers",
    )
    .argument("<env>", "environment")
    .option("--propose", "write a file for each key of the last inventory that has none; never overwrites")
    .option("--next", "print the one thing to do")
    .option("--json", "print it as JSON")
    .option(
      "--write",
      "put role, trust and permissions of the moves into baseline.yaml, or print them where that is not certain",
    )
    .option("--kit <key>", "print the files for the owner of the consumer, by key id or name of the move")
    .option("--messages <folder>", "write a message for each owner, and a list as CSV and JSON")
    .option("--key <id>", "only this move, by key id or name; can be repeated", several)
    .option(
      "--cloudtrail <source>",
      "folder, file or s3://bucket/prefix with CloudTrail logs; can be repeated",
      several,
    );
  addAthenaOptions(command)
    .option("--since <time>", "leave out older events: 2026-01-31, 2026-01-31T12:00:00Z or 90d")
    .option("--at <time>", "the time that counts as now (default: now)")
    .option("--threads <n>", "threads that read logs; 0 reads in the program's own (default: one for each processor)")
    .option("--inventory <file>", `result of ${KEYLESS} inventory --json (default: the results of its last run)`)
    .option("--history <file>", "an earlier inventory; can be repeated", several)
    .option("--journal <file>", `journal of ${KEYLESS} retire (default: .keyless/retire/<env>.jsonl)`)
    .option("--verify <file>", `result of ${KEYLESS} verify --json: whether the roles are there`)
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => moveCommand(projectRoot, env, options));
}

async function moveCommand(projectRoot: string, env: string, options: Options): Promise<void> {
  oneOf(options);
  const environment = loadEnvironment(projectRoot, env);
  const state = targetState(environment);
  const all = readKeyMoves(projectRoot, environment, state);
  const names = options.kit === undefined ? (options.key ?? []) : [options.kit];
  const moves = chosen(all, names, env);
  if (options.kit !== undefined) {
    for (const move of moves) process.stdout.write(kit(move, environment));
    return;
  }
  if (options.write) return writeBaseline(projectRoot, environment, moves);
  const evidence = await gather(projectRoot, environment, state, all, options);
  if (options.propose) return propose(projectRoot, environment, evidence, all);
  const statuses = moves.map((move) => moveStatus(move, evidence, env)).sort(orderOfMoves);
  print(environment, statuses, evidence, options);
  if (statuses.some((status) => isAlarm(status, evidence.at))) process.exitCode = 3;
}

function print(
  environment: Environment,
  statuses: readonly MoveStatus[],
  { at }: MoveEvidence,
  options: Options,
): void {
  const { name } = environment;
  if (options.messages !== undefined) {
    const folder = resolve(options.messages);
    for (const file of messageFiles(statuses, name, at)) {
      writeAtomically(join(folder, file.name), file.text);
      process.stdout.write(`wrote ${relative(process.cwd(), join(folder, file.name)) || file.name}\n`);
    }
  } else if (options.json) process.stdout.write(jsonText(movesJson(statuses, name, environment.organization.id, at)));
  else if (statuses.length === 0)
    process.stdout.write(`There is no move in ${movesFolder(name)}: ${KEYLESS} move ${name} --propose writes them.\n`);
  else if (options.next) process.stdout.write(`${renderNext(statuses)}\n`);
  else process.stdout.write(`${renderMoves(statuses, name, at)}\n\n${renderWho(statuses)}\n`);
}

function oneOf(options: Options): void {
  const given = (["propose", "next", "json", "write", "kit", "messages"] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (given.length > 1)
    throw new BaselineError([
      { code: "USAGE", message: `--${given.join(" and --")} cannot stand together.`, fix: "Give one of them." },
    ]);
  if (options.propose && options.key !== undefined)
    throw new BaselineError([
      {
        code: "USAGE",
        message: "--propose looks at every key.",
        fix: "Leave --key out; delete the files that you do not want.",
      },
    ]);
}

function chosen(all: readonly KeyMove[], names: readonly string[], env: string): readonly KeyMove[] {
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.find((move) => move.keyId === name || move.name === name);
    if (found) return found;
    throw new BaselineError([
      {
        code: "KEY-MOVE-UNKNOWN",
        message: `There is no move of ${JSON.stringify(name)} in ${movesFolder(env)}.`,
        fix: suggestion(
          name,
          all.flatMap((move) => [move.name, ...(move.keyId === undefined ? [] : [move.keyId])]),
          "move",
        ),
      },
    ]);
  });
}

function kit(move: KeyMove, environment: Environment): string {
  const { identityCenter } = environment.organization;
  const input: KitInput = {
    move,
    region: environment.baseline.region,
    ...defined({
      startUrl: identityCenter && `https://${identityCenter.identityStoreId}.awsapps.com/start`,
      identityCenterRegion: identityCenter?.region,
    }),
  };
  return kitsOf(input, environment.name)
    .map((one) => kitText(one, input))
    .join("\n");
}

function propose(
  projectRoot: string,
  environment: Environment,
  evidence: MoveEvidence,
  existing: readonly KeyMove[],
): void {
  const { name } = environment;
  const { inventory } = evidence;
  if (!inventory)
    throw new BaselineError([
      {
        code: "MOVE-NO-INVENTORY",
        message: `There is no inventory of ${name} yet.`,
        fix: `${KEYLESS} inventory ${name}, or --inventory <file>.`,
      },
    ]);
  const { proposed, not } = proposals({
    inventory,
    context: inventoryContext(environment, targetState(environment)),
    existing,
    taken: moveFileNames(projectRoot, name),
    now: new Date(evidence.at),
    ...defined({ use: evidence.logs?.use }),
  });
  const folder = movesFolder(name);
  if (proposed.length > 0) ownFolder(projectRoot, folder);
  for (const { fileName, text } of proposed) writeNew(join(projectRoot, folder, fileName), text);
  process.stdout.write(
    `${renderProposed(
      proposed.map(({ fileName }) => `${folder}/${fileName}`),
      not,
    )}\n`,
  );
}

/** Makes the folder of moves. A link would have files written somewhere else, where nothing reads them. */
function ownFolder(projectRoot: string, folder: string): void {
  const path = join(projectRoot, folder);
  const environment = dirname(path);
  if (
    lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() &&
    !(existsSync(path) && realpathSync(path).startsWith(realpathSync(environment) + sep))
  )
    throw new BaselineError([
      {
        code: "INPUT-FILE",
        message: `${folder} is a link that leads out of ${dirname(folder)}.`,
        fix: "Put a plain folder there.",
        place: { file: folder },
      },
    ]);
  mkdirSync(path, { recursive: true });
}
