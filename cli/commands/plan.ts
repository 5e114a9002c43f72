import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { planDelivery } from "../../modules/delivery/plan";
import { BaselineError } from "../../modules/kernel/errors";
import { renderRecord, Reviewed } from "../../modules/delivery/record";
import type { SynthesizedStack } from "../../modules/terraform/environment-stacks";
import { LeftOut, SEEN_HOURS, seenAndUnchanged } from "../../modules/terraform/seen";
import { terraformBinary } from "../../modules/terraform/terraform";
import { renderMarkdown } from "../../modules/review/render/markdown";
import { renderText } from "../../modules/review/render/text";
import { refuseForeignCode } from "../../modules/delivery/foreign-code";
import { deliveryGate } from "../../modules/delivery/gate";
import { deliveredCommit, requireFreshSynth, stacksToDeliver } from "../delivery";
import { Progress } from "../progress";
import { CLASS_NAMES, parseClasses, parseParallelism, sayKept, today } from "../review-options";
import { withoutWorkflowCommands } from "../workflow-log";
import { writeAtomically } from "../../modules/kernel/write-file";
import { KEYLESS } from "../../modules/kernel/command";
import { count } from "../../modules/kernel/words";

interface Options {
  readonly output?: string;
  readonly failOn?: string;
  readonly since?: readonly string[];
  readonly parallelism: number;
  readonly check?: boolean;
  readonly changed?: boolean;
}

export function addPlan(program: Command, projectRoot: string): void {
  program
    .command("plan")
    .description(
      "plan the synthesized stacks of an environment and review the plans; with --output record what may be applied",
    )
    .argument("<env>", "environment")
    .argument("[stacks...]", "stacks, with or without the environment's name in front (default: all)")
    .option(
      "--output <folder>",
      "folder for review.md and, where the gate lets it pass, reviewed.json: hashes, no plan and no secret",
    )
    .option("--parallelism <n>", "stacks at a time", parseParallelism, 2)
    .option(
      "--fail-on <classes>",
      `comma-separated classes of changes that the gate refuses, besides those of the environment (review.yaml): ${CLASS_NAMES}`,
    )
    .option(
      "--since <commit...>",
      "commits that the branch has been at since everything was last applied, oldest first: their approvals count (default: the commit before)",
    )
    .option(
      "--check",
      "plan nothing and sign in nowhere: only refuse stacks that would run a program, a provisioner, or code from elsewhere",
    )
    .option(
      "--changed",
      `leave out stacks that are what this project folder last saw in AWS, in the last ${SEEN_HOURS} hours; each is named, with when`,
    )
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} plan prod\n  ${KEYLESS} plan prod guardrails\n  ${KEYLESS} plan prod --changed\n  ${KEYLESS} plan prod --output reviewed\n  ${KEYLESS} apply prod --reviewed reviewed/reviewed.json\n\nExit codes: 0 fine, 1 a plan failed, 2 the usage or the input is wrong, 3 the gate refused.`,
    )
    .action((environment: string, chosen: readonly string[], options: Options) =>
      withoutWorkflowCommands(() => planCommand(projectRoot, environment, chosen, options)),
    );
}

async function planCommand(
  projectRoot: string,
  environment: string,
  chosen: readonly string[],
  options: Options,
): Promise<void> {
  const { output } = options;
  const failOn = options.failOn === undefined ? undefined : parseClasses(options.failOn);
  const chosenStacks = stacksToDeliver(projectRoot, environment, chosen);
  const leftOut = options.changed ? unchanged(projectRoot, environment, chosenStacks, options) : [];
  const stacks = chosenStacks.filter(({ name }) => !leftOut.some(({ stack }) => stack.name === name));
  if (options.check && output !== undefined) throw nothingToRecord();
  if (output === undefined) requireFreshSynth(projectRoot, environment);
  else if (chosen.length > 0) throw wholeEnvironment();
  // What an earlier plan was allowed is not this one's, however this one ends.
  if (output !== undefined) rmSync(join(output, "reviewed.json"), { force: true });
  const gate = deliveryGate(projectRoot, environment, failOn, options.since, today());
  refuseForeignCode(stacks, gate.agreed.rules, today(), gate.moves);
  if (options.check) {
    process.stdout.write(`${count(stacks.length, "stack")}: no file and no code in them that is not this project's\n`);
    return;
  }
  sayKept(gate.kept);
  leftOut.forEach(({ stack, seen }) =>
    process.stdout.write(
      `${stack.name}: not planned, last seen as it is at ${seen.at} (${seen.how === "applied" ? "applied" : "planned without changes"})\n`,
    ),
  );
  if (leftOut.length > 0)
    process.stdout.write(
      `Whether anybody has changed anything of ${leftOut.length === 1 ? "it" : "these"} in AWS since is not known: ${KEYLESS} plan ${environment} looks.\n`,
    );
  if (stacks.length === 0) return;
  const progress = new Progress();
  const { report, reviewed } = await planDelivery({
    projectRoot,
    environment,
    stacks,
    binary: await terraformBinary(),
    concurrency: options.parallelism,
    onProgress: (text) => progress.update(text),
    commit: deliveredCommit(projectRoot),
    gate,
  }).finally(() => progress.done());
  const notes = notesOf(reviewed, output !== undefined);
  if (output !== undefined) {
    writeAtomically(
      join(output, "review.md"),
      `${renderMarkdown(report).trimEnd()}\n${notes.map((note) => `\n> ${note}\n`).join("")}`,
    );
  }
  process.stdout.write(renderText(report));
  notes.forEach((note) => process.stdout.write(`${note.replaceAll("`", "")}\n`));
  if (report.gate.stopping.length > 0) {
    process.exitCode = 3;
    return;
  }
  if (output === undefined) return;
  writeAtomically(join(output, "reviewed.json"), renderRecord(reviewed));
  process.stdout.write(
    `To apply: ${reviewed.stacks.map(({ name }) => name).join(", ") || "nothing"}\nSeal of the record: ${reviewed.seal}\n`,
  );
}

/** What is not in the record, and why. */
function notesOf({ byHand, deferred }: Reviewed, recorded: boolean): readonly string[] {
  const again = recorded ? " Run the workflow again after the apply." : "";
  return [
    ...(recorded
      ? byHand.map(
          (stack) => `\`${stack}\` is the pipeline's own, or break glass: a person applies it, the pipeline does not.`,
        )
      : []),
    ...(deferred.length > 0
      ? [
          `Not planned, because they depend on what is applied here: ${deferred.map((stack) => `\`${stack}\``).join(", ")}.${again}`,
        ]
      : []),
  ];
}

/** What `--changed` leaves out of the chosen stacks. */
function unchanged(
  projectRoot: string,
  environment: string,
  chosen: readonly SynthesizedStack[],
  { check, output }: Options,
): readonly LeftOut[] {
  if (check || output !== undefined)
    throw new BaselineError([
      {
        code: "DELIVERY-CHANGED-ONLY",
        message: `--changed leaves stacks out: a ${check ? "check" : "record for an apply"} is one of the whole environment.`,
        fix: `Leave --changed or --${check ? "check" : "output"} out.`,
      },
    ]);
  const names = new Set(chosen.map(({ name }) => name));
  return seenAndUnchanged(projectRoot, stacksToDeliver(projectRoot, environment), new Date()).filter(({ stack }) =>
    names.has(stack.name),
  );
}

function nothingToRecord(): BaselineError {
  return new BaselineError([
    {
      code: "DELIVERY-CHECK",
      message: "--check plans nothing: there is nothing to record.",
      fix: "Leave --check or --output out.",
    },
  ]);
}

/** A record of some stacks would be applied as if the others had nothing to do. */
function wholeEnvironment(): BaselineError {
  return new BaselineError([
    {
      code: "DELIVERY-SOME-STACKS",
      message: "A record for an apply is one of the whole environment.",
      fix: "Leave the names of the stacks out, or leave --output out.",
    },
  ]);
}
