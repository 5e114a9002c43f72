import type { Command } from "commander";
import { type Proposal, proposeAdoption } from "../../modules/live/adopt/propose";
import { requireUnchanged, writeCopies, writeProposal } from "../../modules/live/adopt/write";
import { finishAdoption } from "../../modules/delivery/adopt-done";
import { cdktfCommand, KEYLESS } from "../../modules/kernel/command";
import { count } from "../../modules/kernel/words";
import { terraformBinary } from "../../modules/terraform/terraform";
import { requireFreshSynth, stacksToDeliver } from "../delivery";
import { jsonText, paint, printable } from "../output";
import { usage } from "../usage";
import { mayWrite } from "../write-question";

interface Options {
  readonly output?: string;
  readonly write?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly done?: boolean;
}

const HELP = `
Reads environments/<env> and nothing of AWS: what is there, ${KEYLESS} sync <env> --existing has read. Without --output and --write it prints the
proposal and writes nothing. What belongs to another tool is left alone and listed. How it goes on: docs/adopt.md.

Examples:
  ${KEYLESS} sync prod --existing
  ${KEYLESS} adopt prod                     what would be taken over, and what not
  ${KEYLESS} adopt prod --output proposal   the files, to look at
  ${KEYLESS} adopt prod --write             into environments/prod, after a question
  ${KEYLESS} adopt prod --done              after the apply: the import blocks go

Exit codes: 0 done, 1 Terraform failed (--done) or the files have changed meanwhile, 2 the usage or the input is wrong, 3 the question was not answered with yes, or something is not imported yet (--done).`;

export function addAdopt(program: Command, projectRoot: string): void {
  program
    .command("adopt")
    .description(
      "propose which permission sets, assignments, SCPs and OIDC providers of an existing organization the baseline takes over, without a change in AWS",
    )
    .argument("<env>", "environment")
    .option("--output <folder>", "write the proposed files into a folder")
    .option("--write", "write them into the environment, after a question")
    .option("--yes", "with --write: do not ask")
    .option("--json", "print the proposal as JSON")
    .option("--done", "take the import blocks out of moves.yaml, once every state has what they import")
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => {
      const modes = [options.output !== undefined, options.write, options.json, options.done].filter(Boolean);
      if (modes.length > 1)
        throw usage("ADOPT-MODE", "--output, --write, --json and --done are one at a time.", "Choose one.");
      if (options.yes && !options.write)
        throw usage("ADOPT-YES", "--yes is for --write.", "Add --write, or leave it out.");
      if (options.done) return done(projectRoot, env);
      const proposal = proposeAdoption(projectRoot, env);
      if (options.json) {
        const { files, ...rest } = proposal;
        process.stdout.write(jsonText({ environment: env, ...rest, files: Object.fromEntries(files) }));
        return;
      }
      process.stdout.write(render(env, proposal));
      if (proposal.adopted.length === 0 && proposal.referred.length === 0) return;
      if (options.output !== undefined) {
        writeCopies(options.output, proposal.files);
        process.stdout.write(`${paint.green("wrote")} ${count(proposal.files.size, "file")} into ${options.output}\n`);
      } else if (options.write) await write(projectRoot, env, proposal, options.yes === true);
      else process.stdout.write(`Nothing was written. Next: ${KEYLESS} adopt ${env} --write\n`);
    });
}

function render(env: string, proposal: Proposal): string {
  const { adopted, referred, left, assignments, imports, stacks, additions, readAt } = proposal;
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`\n${paint.bold(title)}`, ...lines.map((line) => `  ${printable(line)}`)];
  return `${[
    `${paint.bold(env)}  from what was in AWS at ${readAt}`,
    ...(additions === "" ? [] : [`\n${paint.bold("For baseline.yaml")}\n${printable(additions).trimEnd()}`]),
    ...list(
      "Becomes the baseline's own",
      adopted.map(({ what, id }) => `${what}: ${id}`),
    ),
    ...list("Is used as it is, somebody else manages it", referred),
    ...list(
      "Is left alone",
      left.map(({ what, why }) => `${what}: ${why}`),
    ),
    "",
    `${count(adopted.length, "thing")} to adopt: ${count(imports, "import")} in ${count(stacks.length, "stack")}. ${count(assignments.inAws, "assignment")} in AWS ${assignments.inAws === 1 ? "is" : "are"} ${count(assignments.lines, "entry", "entries")} of the baseline. ${count(left.length, "thing")} left alone.`,
  ].join("\n")}\n`;
}

async function write(projectRoot: string, env: string, { files }: Proposal, yes: boolean): Promise<void> {
  const folder = `environments/${env}`;
  if (!yes) {
    if (!(await mayWrite("ADOPT", files.keys(), folder))) return;
    // Somebody may have edited the files while the question stood.
    requireUnchanged(projectRoot, env, files);
  }
  writeProposal(projectRoot, env, files);
  process.stdout.write(
    `${paint.green("wrote")} ${count(files.size, "file")} in ${folder}. Next: ${KEYLESS} validate ${env}, ${cdktfCommand("synth")}, ${KEYLESS} plan ${env}: only imports\n`,
  );
}

async function done(projectRoot: string, env: string): Promise<void> {
  const stacks = stacksToDeliver(projectRoot, env, []);
  requireFreshSynth(projectRoot, env);
  const { removed, waiting } = await finishAdoption({
    projectRoot,
    environment: env,
    stacks,
    binary: await terraformBinary(),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  if (waiting.length > 0) {
    process.stdout.write(
      `${count(waiting.length, "import")} not applied yet; nothing was taken out of moves.yaml. Next: ${KEYLESS} apply ${env}\n`,
    );
    process.exitCode = 3;
    return;
  }
  process.stdout.write(
    removed === 0
      ? "moves.yaml has no imports.\n"
      : `${count(removed, "import")} taken out of environments/${env}/moves.yaml; the list of what is adopted stays. Next: ${cdktfCommand("synth")}\n`,
  );
}
