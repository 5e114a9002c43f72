import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { readInput } from "../../modules/config/input-file";
import { environmentNames, noEnvironmentsFix, requireEnvironmentFolder } from "../../modules/config/load";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { suggestion } from "../../modules/kernel/nearest";
import { readText } from "../../modules/kernel/read-text";
import { userName } from "../../modules/kernel/git";
import { writeAtomically } from "../../modules/kernel/write-file";
import { APPROVALS_FILE } from "../../modules/review/gate/agreed";
import { parseApprovals } from "../../modules/review/gate/approvals";
import { NewEntry, withApprovals, withoutApprovals } from "../../modules/review/gate/edit-approvals";
import { ReviewJson, reviewFormat } from "../../modules/review/render/json-format";
import { printable } from "../output";
import { today } from "../review-options";
import { usage } from "../usage";
import { unique } from "../../modules/kernel/lists";
import { count } from "../../modules/kernel/words";

interface Options {
  readonly id?: readonly string[];
  readonly reason?: string;
  readonly end?: string;
  readonly approver?: string;
  readonly env?: string;
  readonly prune?: boolean;
}

export function addApprove(program: Command, projectRoot: string): void {
  program
    .command("approve")
    .description(
      "write approvals of changes into an environment's approvals.yaml, or remove those that are used up or have ended",
    )
    .argument("<review>", "review that --format json has written; with --prune also the name of an environment")
    .option("--id <id...>", "changes, or new stacks as a whole, as the review prints them")
    .option("--reason <text>", "why they may pass")
    .option("--end <date>", "last day on which they count, such as 2026-12-31 (UTC)")
    .option("--approver <name>", "who approves them (default: user.name of git)")
    .option("--env <env>", "environment (default: the review's)")
    .option(
      "--prune",
      "remove the approvals of changes that the review has, so that they count for it, and those that have ended",
    )
    .addHelpText(
      "after",
      `\nAn approval counts once: the base has it, and the change removes it.\n\nExamples:\n  ${KEYLESS} review --base before/cdktf.out --head cdktf.out --format json --output review.json\n  ${KEYLESS} approve review.json --id guardrails-591273ceda0f3b1c9e5a7d2406b8c1ff --reason "Agreed in the review" --end 2026-12-31\n  ${KEYLESS} approve review.json --prune\n  ${KEYLESS} approve prod --prune\n\nExit codes: 0 fine, 2 the usage or the input is wrong.`,
    )
    .action((given: string, options: Options) => {
      const isFile = existsSync(given) && lstatSync(given).isFile();
      const review = isFile ? readReview(given) : undefined;
      if (!review) refuseNoReview(projectRoot, given, options);
      const environment = options.env ?? (review ? review.title : given);
      if (environment === undefined)
        throw usage(
          "APPROVE-ENVIRONMENT",
          "The review does not say of which environment it is.",
          "Name it with --env.",
        );
      const file = `${requireEnvironmentFolder(projectRoot, environment)}/${APPROVALS_FILE}`;
      const path = join(projectRoot, file);
      const text = approvalsText(projectRoot, file);
      const known = text === undefined ? [] : parseApprovals(file, text);
      if (options.prune) {
        if (options.id !== undefined)
          throw usage("APPROVE-INPUT", "--id adds, --prune takes out.", "Do one after the other.");
        const here = new Set([...(review?.changes ?? []), ...(review?.newStacks ?? [])].map(({ id }) => id));
        const gone = known.filter(({ id, expires }) => here.has(id) || expires < today());
        if (text !== undefined && gone.length > 0) {
          const pruned = withoutApprovals(text, new Set(gone.map(({ id }) => id)));
          parseApprovals(file, pruned);
          writeAtomically(path, pruned);
        }
        gone.forEach(({ id, expires }) =>
          process.stdout.write(
            `${id} taken out: ${here.has(id) ? "it serves this change" : `it ended on ${expires}`}\n`,
          ),
        );
        process.stdout.write(`${file}: ${count(known.length - gone.length, "approval")} left\n`);
        return;
      }
      const entries = entriesOf(review!, projectRoot, options);
      const twice = entries.find(({ approval }) => known.some(({ id }) => id === approval.id));
      if (twice)
        throw usage(
          "APPROVE-TWICE",
          `${file} has an approval of ${twice.approval.id}.`,
          "Take it out first, or leave this id out.",
        );
      const edited = withApprovals(text, entries);
      // Reason, approver and date are checked here, before anything is written.
      parseApprovals(file, edited);
      writeAtomically(path, edited);
      entries.forEach(({ approval, sentence }) => process.stdout.write(`${approval.id} ${printable(sentence)}\n`));
      process.stdout.write(
        `${file}: ${count(entries.length, "approval")} added. They count once the base has them, for the change that takes them out.\n`,
      );
    });
}

/** What is named is no file: then it can only be the environment whose approvals are pruned. */
function refuseNoReview(projectRoot: string, given: string, { prune, env }: Options): void {
  const names = environmentNames(projectRoot);
  if (prune && names.includes(given) && (env === undefined || env === given)) return;
  throw usage(
    "APPROVE-REVIEW",
    prune && env === undefined
      ? `${printable(given)} is neither a file nor an environment.`
      : `There is no file ${printable(given)}.`,
    [
      `Name what ${KEYLESS} review --format json has written`,
      !prune
        ? "."
        : `, or an environment. ${names.length > 0 ? suggestion(given, names, "environment") : noEnvironmentsFix(projectRoot)}`,
    ].join(""),
  );
}

function readReview(file: string): ReviewJson {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    parsed = undefined;
  }
  const result = reviewFormat.safeParse(parsed);
  if (result.success) return result.data;
  throw new BaselineError([
    {
      code: "APPROVE-REVIEW",
      message: `This is not what ${KEYLESS} review --format json writes.`,
      fix: `Run ${KEYLESS} review … --format json --output review.json, with this version.`,
      place: { file },
    },
  ]);
}

function entriesOf(review: ReviewJson, projectRoot: string, options: Options): readonly NewEntry[] {
  const { id: ids = [], reason, end, approver = userName(projectRoot) } = options;
  if (ids.length === 0 || reason === undefined || end === undefined)
    throw usage("APPROVE-INPUT", "An approval has an id, a reason and an end.", "Give --id, --reason and --end.");
  if (approver === undefined)
    throw usage("APPROVE-INPUT", "Nobody is named who approves.", "Give --approver, or set user.name of git.");
  if (end < today()) throw usage("APPROVE-END", `${printable(end)} is over.`, "Name a day that is still to come.");
  return unique(ids).map((id) => {
    const change = review.changes.find((one) => one.id === id);
    const stack = review.newStacks.find((one) => one.id === id);
    if (change?.rule !== undefined)
      throw usage(
        "APPROVE-FORBIDDEN",
        `Rule ${change.rule} forbids ${id}: no approval lets it pass.`,
        "Change the plan, or the rule in review.yaml.",
      );
    if (!change && !stack)
      throw usage("APPROVE-ID", `The review has no change ${printable(id)}.`, "Copy the id as the review prints it.");
    return {
      approval: { id, reason, approver, expires: end },
      sentence: change ? change.sentence : `All of the new stack ${stack!.stack} (${stack!.resources} resources)`,
    };
  });
}

/** What is there already; nothing where there is no file. */
function approvalsText(projectRoot: string, file: string): string | undefined {
  const input = readInput(projectRoot, file, file.slice(0, file.lastIndexOf("/")));
  if (input && "problem" in input) throw new BaselineError([input.problem]);
  return input?.text;
}
