import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import {
  environmentFolderProblem,
  ENVIRONMENTS,
  environmentNames,
  requireEnvironmentFolder,
} from "../../modules/config/load";
import { BaselineError, exitCodeOfSynth } from "../../modules/kernel/errors";
import { Agreed, agreedInHistory, NOTHING_AGREED, rulesInCheckout } from "../../modules/review/gate/agreed";
import { refuseForeignCode } from "../../modules/delivery/foreign-code";
import { parseApprovals } from "../../modules/review/gate/approvals";
import { DEFAULT_GATE, NO_RULES, ReviewRules } from "../../modules/review/gate/review-rules";
import { stacksOf } from "../../modules/terraform/environment-stacks";
import { rulesChangesSince } from "../../modules/review/gate/file-changes";
import { judge } from "../../modules/review/gate/gate";
import { HcpClient } from "../../modules/terraform/hcp/client";
import { environmentHost } from "../../modules/terraform/hcp/environment-host";
import { DEFAULT_HOST, hcpHost } from "../../modules/terraform/hcp/host";
import { readRuns } from "../../modules/terraform/hcp/runs";
import { hcpToken } from "../../modules/terraform/hcp/token";
import { movesHere } from "../../modules/sections/load";
import { planNow } from "../../modules/terraform/plan-now";
import { environmentOf, factsBeside, readFacts, readIntentAt } from "../../modules/review/read-inputs";
import type { Intent } from "../../modules/review/rules/lock-out";
import { readPlanFiles } from "../../modules/terraform/plan-files";
import { renderHtml } from "../../modules/review/render/html";
import { renderJson, renderSarif } from "../../modules/review/render/machine";
import { NOTE_LIMIT, renderMarkdown } from "../../modules/review/render/markdown";
import type { Report } from "../../modules/review/render/report";
import { Paint, renderText } from "../../modules/review/render/text";
import { reviewPlans, withChanges } from "../../modules/review/review";
import type { StackPlan } from "../../modules/terraform/stack-plan";
import { readSynthPair } from "../../modules/terraform/synth-pair";
import { ChangeClass, classesOf } from "../../modules/review/types";
import { CLASS_NAMES, parseClasses, sayKept, today } from "../review-options";
import { paint } from "../output";
import { usage } from "../usage";
import { Progress } from "../progress";
import { writeAtomically } from "../../modules/kernel/write-file";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";
import { readText } from "../../modules/kernel/read-text";

const FORMATS = ["text", "markdown", "gitlab", "json", "sarif", "html"] as const;
type Format = (typeof FORMATS)[number];

interface Options {
  readonly base?: string;
  readonly head?: string;
  readonly now?: string;
  readonly stack?: readonly string[];
  readonly hcpRun?: readonly string[];
  readonly hcpHost?: string;
  readonly env?: string;
  readonly facts?: string;
  readonly failOn?: string;
  readonly since?: readonly string[];
  /** False: `--no-approvals`. */
  readonly approvals?: string | false;
  readonly format: string;
  readonly output?: string;
}

export function addReview(program: Command, projectRoot: string): void {
  program
    .command("review")
    .description("say what plans change in terms of access, worst first; a gate for pull requests")
    .argument("[plans...]", "files that `terraform show -json <plan file>` has written, or folders of them")
    .option("--base <folder>", "synth before the change (cdktf.out): needs no credentials; with --head")
    .option("--head <folder>", "synth after the change; with --base")
    .option("--now <env>", "synthesize and plan the stacks of an environment now, with Terraform or OpenTofu")
    .option("--stack <name...>", "with --now: these stacks only")
    .option(
      "--hcp-run <id...>",
      "runs of HCP Terraform whose plans are read through its API, with the token of TFE_TOKEN, TF_TOKEN_<host> or terraform login",
    )
    .option(
      "--hcp-host <host>",
      "with --hcp-run: where the API is (default: the environment's backend, or app.terraform.io)",
    )
    .option(
      "--env <env>",
      "environment whose facts and approvals count (default: the one that all stacks say they are of)",
    )
    .option(
      "--facts <file>",
      "organization.yaml to take names, chains and policies that are not managed by keyless from (default: the environment's)",
    )
    .option(
      "--fail-on <classes>",
      `comma-separated classes of changes that the gate refuses, or none: ${CLASS_NAMES}; adds to the gate of a known environment (review.yaml), replaces the usual one (${DEFAULT_GATE.join(",")}) elsewhere`,
    )
    .option(
      "--since <commit...>",
      "commits whose approvals and rules count, oldest first (default: the last one where files of the environment are edited, else the one before it)",
    )
    .option("--approvals <file>", "approvals that somebody has agreed to, in place of those of --since")
    .option("--no-approvals", "approve nothing, and go by no rules: for a history that nobody has agreed to")
    .option("--format <format>", `form of the output: ${FORMATS.join(", ")}`, "text")
    .option("--output <file>", "write there instead of to the terminal")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} review plan.json\n  ${KEYLESS} review --base before/cdktf.out --head cdktf.out --format markdown\n  ${KEYLESS} review --base before/cdktf.out --head cdktf.out --format html --output review.html\n  ${KEYLESS} review plan.json --fail-on none\n  ${KEYLESS} review --now prod --stack guardrails\n  ${KEYLESS} review --hcp-run run-CZcmD7eagjhyX0vN\n\nExit codes: 0 fine, 1 a plan failed or cannot be read, 2 the usage or the input is wrong, 3 the gate refused, or a proof does not hold.`,
    )
    .action(async (files: readonly string[], options: Options) => {
      const format = formatOf(options.format);
      const failOn = options.failOn === undefined ? undefined : parseClasses(options.failOn);
      const plans = await plansOf(projectRoot, files, options);
      const environment = options.env ?? options.now ?? environmentOf(plans);
      const report = reportOf(projectRoot, plans, environment, failOn, options);
      const text = render(report, format, options.output !== undefined);
      if (options.output === undefined) process.stdout.write(text);
      else writeAtomically(options.output, text);
      if (report.gate.stopping.length > 0) process.exitCode = 3;
    });
}

function formatOf(text: string): Format {
  const found = FORMATS.find((format) => format === text);
  if (!found)
    throw usage("REVIEW-FORMAT", `There is no format ${JSON.stringify(text)}.`, `Known: ${FORMATS.join(", ")}.`);
  return found;
}

async function plansOf(projectRoot: string, files: readonly string[], options: Options): Promise<readonly StackPlan[]> {
  const ways = [
    files.length > 0,
    options.base !== undefined || options.head !== undefined,
    options.now !== undefined,
    options.hcpRun !== undefined,
  ].filter(Boolean).length;
  if (ways !== 1)
    throw usage(
      "REVIEW-INPUT",
      ways === 0
        ? "There is nothing to review."
        : "Plan files, two synths, --now and --hcp-run are four ways; take one.",
      "Name plan files, or --base and --head, or --now <env>, or --hcp-run <id>.",
    );
  if (options.hcpHost !== undefined && options.hcpRun === undefined)
    throw usage(
      "REVIEW-INPUT",
      "--hcp-host says where runs are; there is no --hcp-run.",
      "Add --hcp-run <id>, or leave --hcp-host out.",
    );
  if (files.length > 0) return readPlanFiles(files);
  if (options.now !== undefined) return planned(projectRoot, options.now, options.stack, options);
  if (options.hcpRun !== undefined) return runsOf(projectRoot, options.hcpRun, options);
  if (options.base === undefined || options.head === undefined)
    throw usage("REVIEW-INPUT", "Two synths are compared: --base and --head belong together.", "Name both folders.");
  return readSynthPair(options.base, options.head);
}

async function planned(
  projectRoot: string,
  environment: string,
  stacks: readonly string[] | undefined,
  options: Options,
): Promise<readonly StackPlan[]> {
  requireEnvironmentFolder(projectRoot, environment);
  // The same program that cdktf runs; its own messages say what is wrong.
  const synth = spawnSync(process.execPath, [join(__dirname, "..", "..", "main.js")], {
    cwd: projectRoot,
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (synth.status !== 0)
    throw new BaselineError(
      [
        {
          code: "REVIEW-SYNTH",
          message: "The stacks cannot be synthesized: the errors are above.",
          fix: "Fix it and run the review again.",
        },
      ],
      exitCodeOfSynth(synth.status),
    );
  refuseForeignCode(
    stacksOf(join(projectRoot, "cdktf.out"), environment),
    options.approvals === false ? NO_RULES : agreedInHistory(projectRoot, environment, options.since).rules,
    today(),
    movesHere(projectRoot, environment),
  );
  const progress = new Progress();
  try {
    return await planNow({
      projectRoot,
      environment,
      ...defined({ stacks }),
      onProgress: (done, total, stack) => progress.update(`planned ${done}/${total} ${stack}`),
    });
  } finally {
    progress.done();
  }
}

async function runsOf(
  projectRoot: string,
  ids: readonly string[],
  { env, hcpHost: named }: Options,
): Promise<readonly StackPlan[]> {
  const host = hcpHost(
    named ?? environmentHost(projectRoot, env === undefined ? environmentNames(projectRoot) : [env]),
  );
  const progress = new Progress();
  try {
    return await readRuns(
      new HcpClient({
        host,
        token: hcpToken(host.name, { trusted: named !== undefined || host.name === DEFAULT_HOST }),
      }),
      ids,
      (done, total) => progress.update(`read ${done}/${total} runs`),
    );
  } finally {
    progress.done();
  }
}

function reportOf(
  projectRoot: string,
  plans: readonly StackPlan[],
  environment: string | undefined,
  failOn: readonly ChangeClass[] | undefined,
  options: Options,
): Report {
  const folder = environment === undefined ? undefined : join(projectRoot, ENVIRONMENTS, environment);
  const unknown = options.env === undefined ? undefined : environmentFolderProblem(projectRoot, options.env);
  if (unknown) throw new BaselineError([unknown]);
  const facts =
    options.facts !== undefined ? readFacts(options.facts) : folder === undefined ? undefined : factsBeside(folder);
  // Other facts are another organization: its proofs are not this environment's.
  const { approvals, rules, ruleStates, commits } = agreedFor(projectRoot, environment, options);
  const intent: Intent | undefined =
    environment === undefined
      ? undefined
      : options.facts !== undefined
        ? { notAsked: "other facts than the environment's are given (--facts)" }
        : folder !== undefined && existsSync(folder)
          ? readIntentAt(projectRoot, environment, commits?.at(-1))
          : { notAsked: "the environment is not in this checkout" };
  const moves = folder !== undefined && existsSync(folder) ? movesHere(projectRoot, environment!) : [];
  return {
    ...judge(
      withChanges(
        reviewPlans(plans, facts, undefined, rules, intent, moves),
        environment === undefined ? [] : rulesChangesSince(environment, ruleStates),
      ),
      gateOf(projectRoot, environment, rules, failOn),
      approvals,
      today(),
      rules,
    ),
    ...defined({ title: environment, facts }),
  };
}

/** The gate of an environment that is known, as plan and pull-request have it: nobody makes it less strict in passing. Of anything else the usual one. */
function gateOf(
  projectRoot: string,
  environment: string | undefined,
  rules: ReviewRules,
  failOn: readonly ChangeClass[] | undefined,
): readonly ChangeClass[] {
  if (environment === undefined || !existsSync(join(projectRoot, ENVIRONMENTS, environment)))
    return classesOf(failOn ?? DEFAULT_GATE);
  const gate = classesOf(rules.failOn, rulesInCheckout(projectRoot, environment).failOn, failOn);
  sayKept(failOn === undefined ? [] : gate.filter((cls) => !failOn.includes(cls)));
  return gate;
}

/** What counts for a review of plans that are here: of the history of this checkout. */
function agreedFor(projectRoot: string, environment: string | undefined, options: Options): Agreed {
  if (options.approvals === false && options.since !== undefined)
    throw usage(
      "REVIEW-INPUT",
      "--since says whose approvals count, --no-approvals that none do.",
      "Leave one of them out.",
    );
  const agreed =
    options.approvals === false || environment === undefined
      ? NOTHING_AGREED
      : agreedInHistory(projectRoot, environment, options.since);
  if (typeof options.approvals !== "string") return agreed;
  const file = options.approvals;
  if (!existsSync(file))
    throw new BaselineError([
      {
        code: "APPROVAL-NO-FILE",
        message: "There is no such file.",
        fix: "Name a file of approvals, or leave --approvals out.",
        place: { file },
      },
    ]);
  const named = parseApprovals(file, readText(file));
  return { ...agreed, approvals: { ...agreed.approvals, bases: [named] }, from: file };
}

function render(report: Report, format: Format, toFile: boolean): string {
  switch (format) {
    case "markdown":
      return renderMarkdown(report);
    case "gitlab":
      return renderMarkdown(report, NOTE_LIMIT);
    case "json":
      return renderJson(report);
    case "sarif":
      return renderSarif(report);
    case "html":
      return renderHtml(report);
    case "text":
      return toFile ? renderText(report) : renderText(report, PAINT);
  }
}

const PAINT: Paint = {
  heading: paint.bold,
  dim: paint.dim,
  class: (cls, text) =>
    paint.bold(
      {
        "destroys-guard": paint.red,
        weakens: paint.yellow,
        unknown: paint.magenta,
        strengthens: paint.green,
        neutral: paint.dim,
      }[cls](text),
    ),
};
