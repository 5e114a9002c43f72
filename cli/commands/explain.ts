import { once } from "node:events";
import { createReadStream } from "node:fs";
import type { Command } from "commander";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError } from "../../modules/kernel/errors";
import { ExplainAnswer, Explainer, explainQuestion, ExplainQuestion } from "../../modules/proofs/explain";
import { linesOf } from "../../modules/kernel/lines";
import { openPlainFile } from "../../modules/kernel/read-text";
import { answerLine } from "../../modules/proofs/questions-file";
import { resolveUnproven } from "../../modules/sections/target-state";
import { repeated } from "../repeated";
import { usage } from "../usage";
import { heading, paint, printable } from "../output";
import { KEYLESS } from "../../modules/kernel/command";

interface Options {
  readonly account?: string;
  readonly principal?: string;
  readonly action?: string;
  readonly requests?: string;
  readonly resource?: string;
  readonly context: readonly string[];
  readonly mfa?: boolean;
  readonly json?: boolean;
}

export function addExplain(program: Command, projectRoot: string): void {
  program
    .command("explain")
    .description("explain whether AWS would allow one request, and which statements decide; reads files only")
    .argument("<env>", "environment")
    .option("--account <account>", "account of the resource: name or id")
    .option(
      "--principal <principal>",
      "ARN of a role, user or root, or a kind: administrator, iam-user, root, assumed-root, break-glass …",
    )
    .option("--action <action>", "for example iam:CreateAccessKey")
    .option("--resource <arn>", "ARN of the resource (default: *)")
    .addOption(repeated("--context <key=value>", "condition key of the request; can be repeated", "none"))
    .option("--mfa", "signed in with MFA a minute ago")
    .option(
      "--requests <file>",
      "answer a file of questions, one JSON object a line, - for standard input; prints JSON lines",
    )
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `\nPolicies of this baseline count as planned, all others as in the facts. What is not known about the request is reported as unknown, never guessed.\n\nExamples:\n  ${KEYLESS} explain example --account shop-dev --principal administrator --action iam:CreateAccessKey\n  ${KEYLESS} explain example --account shop-dev --principal arn:aws:iam::111111111111:user/break-glass/break-glass-1 --action sts:AssumeRole --resource arn:aws:iam::555555555503:role/SecurityBreakGlass --mfa\n  ${KEYLESS} explain prod --account 222222222202 --principal root --action s3:DeleteBucketPolicy --context aws:SourceIp=203.0.113.7\n  ${KEYLESS} explain prod --requests questions.jsonl > answers.jsonl\n\nA line of --requests has account, principal and action, and may have resource, context (an object) and mfa:\n  {"account":"shop-dev","principal":"administrator","action":"s3:GetObject","context":{"aws:SourceIp":"203.0.113.7"}}\nEvery line is answered in its order, with its number; one that is wrong has an error in place of the answer.\n\nExit codes: 0 answered, 2 the usage or the input is wrong, or a line of --requests is.`,
    )
    .action(async (env: string, options: Options) => {
      const { requests } = options;
      const one = requests === undefined ? question(options) : undefined;
      if (requests !== undefined) refuseOthers(options);
      const lines = requests === undefined ? undefined : questionsIn(requests);
      const environment = loadEnvironment(projectRoot, env);
      const { state, problems } = resolveUnproven(environment);
      if (!state) throw new BaselineError(problems.filter((problem) => problem.severity !== "warning"));
      const input = { environment, ...state };
      if (lines) return answerAll(new Explainer(input), lines);
      const answer = explainQuestion(input, one!);
      process.stdout.write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : `${renderAnswer(answer)}\n`);
    });
}

const HELP = `${KEYLESS} explain --help shows the options.`;

function question({ account, principal, action, resource, context, mfa }: Options): ExplainQuestion {
  const missing = Object.entries({ account, principal, action }).flatMap(([name, value]) =>
    value === undefined ? [`--${name}`] : [],
  );
  if (account === undefined || principal === undefined || action === undefined)
    throw usage("USAGE", `explain needs ${missing.join(", ")}, or --requests.`, HELP);
  return { account, principal, action, resource, context, mfa: mfa ?? false };
}

/** A file of questions says all of it itself. */
function refuseOthers({ requests: _, json: __, context, ...others }: Options): void {
  const given = [...Object.keys(others), ...(context.length > 0 ? ["context"] : [])];
  if (given.length > 0)
    throw usage(
      "USAGE",
      `--requests and ${given.map((name) => `--${name}`).join(", ")} exclude each other.`,
      "Write into each line of the file what is asked.",
    );
}

/** Opened here, so that a file that is not there is said before anything is printed. */
function questionsIn(file: string): AsyncIterable<string> {
  if (file === "-") return linesOf(process.stdin.setEncoding("utf8"), "standard input");
  try {
    return linesOf(createReadStream(file, { fd: openPlainFile(file), encoding: "utf8" }), file);
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    throw usage(
      "EXPLAIN-REQUESTS",
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}.`,
      "Name a file with one question a line.",
    );
  }
}

/** Output is gathered up to so many characters. */
const BLOCK = 1 << 16;

async function answerAll(explainer: Explainer, lines: AsyncIterable<string>): Promise<void> {
  let block = "";
  let number = 0;
  const write = async (): Promise<void> => {
    if (!process.stdout.write(block)) await once(process.stdout, "drain");
    block = "";
  };
  for await (const text of lines) {
    number++;
    if (text.trim() === "") continue;
    const answered = answerLine(explainer, number === 1 ? text.replace(/^\ufeff/, "") : text, number);
    if ("error" in answered) process.exitCode = 2;
    block += `${JSON.stringify(answered)}\n`;
    if (block.length >= BLOCK) await write();
  }
  if (block !== "") await write();
}

function renderAnswer({
  account,
  principal,
  action,
  resource,
  context,
  decision,
  explanation,
  scps,
  looksAt,
}: ExplainAnswer): string {
  const colour = { allowed: paint.green, denied: paint.red, unknown: paint.yellow }[decision];
  const given = Object.entries(context).map(([key, value]) => `${key}=${[value].flat().join(",")}`);
  return [
    `${colour(decision)}  ${heading(action)} on ${printable(resource)} in ${printable(account.name)} (${account.id})`,
    `asked by ${printable(principal.name)}${principal.name === principal.arn ? "" : `, ${printable(principal.arn)}`}${given.length > 0 ? `, with ${printable(given.join(", "))}` : ""}`,
    "",
    printable(explanation),
    ...(scps.length > 0
      ? [
          "",
          heading("SCPs, from the root down"),
          ...scps.map(({ place, policies }) => `  ${printable(place)}: ${printable(policies.join(", "))}`),
        ]
      : []),
    "",
    paint.dim(`Looked at: ${printable(looksAt.join("; "))}.`),
  ].join("\n");
}
