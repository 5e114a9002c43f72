import { join } from "node:path";
import type { Command } from "commander";
import { writeCopies } from "../../modules/live/adopt/write";
import { finishAdoption } from "../../modules/delivery/adopt-done";
import { proposeReshard, requireSame, type Reshard } from "../../modules/delivery/reshard/propose";
import { ENVIRONMENTS } from "../../modules/config/load";
import { MOVES_FILE } from "../../modules/config/moves";
import { cdktfCommand, KEYLESS } from "../../modules/kernel/command";
import { count } from "../../modules/kernel/words";
import { writeAtomically } from "../../modules/kernel/write-file";
import { MOST_SHARDS, permissionSetStacks } from "../../modules/sections/identity-center/names";
import { loadEnvironment } from "../../modules/sections/load";
import { terraformBinary } from "../../modules/terraform/terraform";
import { requireFreshSynth, stacksToDeliver } from "../delivery";
import { jsonText, paint } from "../output";
import { usage } from "../usage";
import { mayWrite } from "../write-question";

interface Options {
  readonly shards?: string;
  readonly output?: string;
  readonly write?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly done?: boolean;
}

const HELP = `
A shard is a stack with some of the permission sets and all of their assignments. Without --shards the number follows the size of the
organization: 1 below 50 active accounts, 2 below 500, 4 below 2,000, 8 below 10,000, else 16. It plans the stacks as they are, reads in their
states which ids Terraform has, and proposes baseline.yaml with the number and moves.yaml with what moves. The plan that follows imports and lets
go, and makes and deletes nothing; in AWS the tag keyless:stack of the permission sets that move changes, and nothing else (docs/cost.md).

Examples:
  ${KEYLESS} reshard prod                      what would move
  ${KEYLESS} reshard prod --shards 8 --write   into environments/prod, after a question
  ${KEYLESS} reshard prod --done               after the apply: the moves go

Exit codes: 0 done, 1 Terraform failed or the files have changed meanwhile, 2 the usage or the input is wrong, 3 a stack is not applied, the question was not answered with yes, or something has not moved yet (--done).`;

export function addReshard(program: Command, projectRoot: string): void {
  program
    .command("reshard")
    .description(
      "propose another number of stacks for Identity Center's permission sets: baseline.yaml and moves.yaml; no permission set is made or deleted",
    )
    .argument("<env>", "environment")
    .option("--shards <number>", "number of stacks (default: what suits the number of accounts)")
    .option("--output <folder>", "write the proposed files into a folder")
    .option("--write", "write them into the environment, after a question")
    .option("--yes", "with --write: do not ask")
    .option("--json", "print the proposal as JSON")
    .option("--done", "take the moves out of moves.yaml, once every state has what was moved into it")
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => {
      const modes = [options.output !== undefined, options.write, options.json, options.done].filter(Boolean);
      if (modes.length > 1)
        throw usage("RESHARD-MODE", "--output, --write, --json and --done are one at a time.", "Choose one.");
      if (options.yes && !options.write)
        throw usage("RESHARD-YES", "--yes is for --write.", "Add --write, or leave it out.");
      if (options.done && options.shards !== undefined)
        throw usage(
          "RESHARD-MODE",
          "--done takes moves out; the number stands in baseline.yaml.",
          "Leave out --shards.",
        );
      const shards = shardsOf(options.shards);
      const environment = loadEnvironment(projectRoot, env);
      const stacks = stacksToDeliver(projectRoot, env, []);
      requireFreshSynth(projectRoot, env);
      if (options.done) return done(projectRoot, env, stacks);
      const proposal = await proposeReshard({
        projectRoot,
        environment,
        shards,
        stacks,
        binary: await terraformBinary(),
        // The document of --json stays alone on its stream.
        say: (line) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`),
      });
      if (options.json) {
        const { files, read: _, ...rest } = proposal;
        process.stdout.write(jsonText({ environment: env, ...rest, files: Object.fromEntries(files) }));
        return;
      }
      process.stdout.write(render(env, proposal));
      if (proposal.files.size === 0) return;
      if (options.output !== undefined) {
        writeCopies(options.output, proposal.files);
        process.stdout.write(`${paint.green("wrote")} ${count(proposal.files.size, "file")} into ${options.output}\n`);
      } else if (options.write) await write(projectRoot, env, proposal, options.yes === true);
      else
        process.stdout.write(
          `Nothing was written. Next: ${KEYLESS} reshard ${env}${shards === undefined ? "" : ` --shards ${shards}`} --write\n`,
        );
    });
}

function shardsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const shards = Number(text);
  if (!/^\d{1,2}$/.test(text) || shards < 1 || shards > MOST_SHARDS)
    throw usage(
      "RESHARD-SHARDS",
      `--shards ${JSON.stringify(text)} is no number from 1 to ${MOST_SHARDS}.`,
      "Give one.",
    );
  return shards;
}

function render(env: string, { before, after, accounts, moving, permissionSets, imports, stacks }: Reshard): string {
  const size = `${count(accounts, "active account")} in the facts`;
  if (before === after) return `${paint.bold(env)}  ${count(before, "shard")}, ${size}: nothing is to be done.\n`;
  const what =
    moving === 0
      ? "no permission set changes its stack"
      : `${count(moving, "permission set")} of ${permissionSets} ${moving === 1 ? "moves" : "move"}: ${count(imports, "import")}, in ${stacks.join(", ")}`;
  return `${paint.bold(env)}  ${before} → ${count(after, "shard")}, ${size}: ${what}.\n`;
}

async function write(projectRoot: string, env: string, proposal: Reshard, yes: boolean): Promise<void> {
  const { files } = proposal;
  const folder = `${ENVIRONMENTS}/${env}`;
  if (!yes && !(await mayWrite("RESHARD", files.keys(), folder))) return;
  requireSame(projectRoot, env, proposal);
  // Moves without the number stop the synth, where the number without moves would make permission sets that exist.
  for (const file of [MOVES_FILE, "baseline.yaml"]) {
    const text = files.get(file);
    if (text !== undefined) writeAtomically(join(projectRoot, folder, file), text);
  }
  process.stdout.write(
    `${paint.green("wrote")} ${count(files.size, "file")} in ${folder}. Next: ${cdktfCommand("synth")}, ${KEYLESS} plan ${env}: only moves; after the apply ${KEYLESS} reshard ${env} --done\n`,
  );
}

async function done(projectRoot: string, env: string, stacks: ReturnType<typeof stacksToDeliver>): Promise<void> {
  const known = new Set(permissionSetStacks());
  const { removed, waiting } = await finishAdoption({
    projectRoot,
    environment: env,
    stacks,
    binary: await terraformBinary(),
    say: (line) => process.stdout.write(`${line}\n`),
    // A new address within a stack is somebody else's move.
    wanted: ({ from, to }) => from?.stack !== to?.stack && (known.has(from?.stack ?? "") || known.has(to?.stack ?? "")),
  });
  if (waiting.length > 0) {
    process.stdout.write(
      `${count(waiting.length, "move")} not applied yet; nothing was taken out of moves.yaml. Next: ${KEYLESS} apply ${env}\n`,
    );
    process.exitCode = 3;
    return;
  }
  process.stdout.write(
    removed === 0
      ? "moves.yaml moves no permission set.\n"
      : `${count(removed, "entry", "entries")} taken out of ${ENVIRONMENTS}/${env}/${MOVES_FILE}. Next: ${cdktfCommand("synth")}; a shard that is empty now is no longer synthesized, and its state, empty too, may go.\n`,
  );
}
