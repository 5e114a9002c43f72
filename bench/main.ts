import { join } from "node:path";
import { parseArgs } from "node:util";
import { paint, table } from "../cli/output";
import { ToolsMissingError } from "../local/runner";
import { BaselineError } from "../modules/kernel/errors";
import { runToExitCode } from "../modules/kernel/run";
import { CorpusResult, corpusRows, proveCorpus } from "./corpus";
import { EvaluationTiming, timeEvaluations } from "./evaluations";
import { InventoryTiming, timeInventory } from "./inventory";
import { benchLogs } from "./logs";
import { countPlanCalls, PlanCalls } from "./plans";
import { manyStatements, ProofTiming, timeProofs } from "./proofs";
import { QuestionTiming, timeQuestions } from "./questions";
import { ReportTiming, timeReports } from "./report";
import { ReviewTiming, timeReview } from "./review";
import { REVIEW_MIXES } from "./review-plans";
import { SynthTiming, timeSynth } from "./synth";
import { benchStartup } from "./startup";
import { judge } from "./targets";

const HELP = `npm run bench -- [--accounts N,N] [--runs N] [--plans N,N | --no-plans] [--evaluations N] [--only PART,PART] [--json]

Times the whole synth and the whole review of plans as processes, counts the API calls of empty plans against the local AWS, and times the
policy evaluator.

  --accounts N,N  organizations to synthesize (default: 10,100,1000,10000)
  --runs N        runs of each; the median counts (default: 3)
  --plans N,N     organizations to plan against the local AWS (default: 10,1000; needs Terraform and moto)
  --no-plans      leave the plans out
  --proofs N,N    organizations to prove, in 51 OUs with 30 SCPs and every guardrail enforced (default: 10000); and
                  2,000 accounts in 51, 102 and 201 OUs with 60 foreign SCPs of 40 statements
  --evaluations N policy evaluations of each kind in a run (default: 200000)
  --only PART     only these parts: synth, plans, evaluations, proofs, questions, inventory, review, report (in Chromium)
  --json          print the figures as JSON
  --help          this text

npm run bench -- --only corpus <folder>: every policy document of a folder (JSON, SCPs and RCPs) is put in turn into the example's facts at an
OU, and everything is proven: what is proven, what is a counterexample, what is unknown and why. Exit code 1 where it crashed or disagreed.

npm run bench -- --only startup: how long the command line and the bundle take until they have answered.

npm run bench -- logs --help: how fast CloudTrail logs are read.

Targets: 10,000 accounts in under 10 s and 1 GB; the plan of guardrails costs the same number of API calls at every
size, that of break-glass one more for each 100 accounts (docs/decisions/0015); 10,000 resource changes reviewed in under 5 s and 500 MB, in every mix and format; 100,000 evaluations a second; all
proofs of 10,000 accounts in 51 OUs in under 3 s of CPU, of 2,000 in 201 OUs with 60 foreign SCPs of 40 statements in under 10 s, which
is missed: it takes up to a second for each distinct chain. Exit code 3 when one of the first three is missed.
`;

const PARTS = ["synth", "plans", "evaluations", "proofs", "questions", "inventory", "review", "report"];

function numbers(text: string, option: string): readonly number[] {
  const list = text.split(",").map(Number);
  if (list.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--${option} ${text} is not a list of whole numbers from 1.`,
        fix: "npm run bench -- --help",
      },
    ]);
  }
  return list;
}

function corpus(folder: string, json: boolean): void {
  const result: CorpusResult = proveCorpus(folder, join(__dirname, "..", ".."), (line) => {
    if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
  });
  process.stdout.write(
    json ? `${JSON.stringify(result, null, 2)}\n` : `${table(["corpus", ""], corpusRows(result))}\n`,
  );
  if (result.crashes.length + result.disagreements.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  if (process.argv[2] === "logs") return benchLogs(process.argv.slice(3));
  let values: {
    accounts: string;
    runs: string;
    plans: string;
    "no-plans"?: boolean | undefined;
    evaluations: string;
    proofs: string;
    only?: string | undefined;
    json?: boolean | undefined;
    help?: boolean | undefined;
  };
  let positionals: readonly string[] = [];
  try {
    ({ values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        accounts: { type: "string", default: "10,100,1000,10000" },
        runs: { type: "string", default: "3" },
        plans: { type: "string", default: "10,1000" },
        "no-plans": { type: "boolean" },
        proofs: { type: "string", default: "10000" },
        evaluations: { type: "string", default: "200000" },
        only: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new BaselineError([{ code: "USAGE", message: (error as Error).message, fix: "npm run bench -- --help" }]);
  }
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const parts = values.only?.split(",") ?? PARTS;
  const [folder, ...more] = positionals;
  if ((values.only === "corpus") !== (folder !== undefined) || more.length > 0)
    throw new BaselineError([
      {
        code: "USAGE",
        message: "Give the part corpus alone, with one folder; no other part takes a folder.",
        fix: "npm run bench -- --only corpus <folder>",
      },
    ]);
  if (folder !== undefined) return corpus(folder, values.json === true);
  const [runs = 3] = numbers(values.runs, "runs");
  if (values.only === "startup") return benchStartup(join(__dirname, "..", ".."), runs, values.json === true);
  if (parts.some((part) => !PARTS.includes(part))) {
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--only ${values.only} names a part that there is not.`,
        fix: `Parts: ${PARTS.join(", ")}.`,
      },
    ]);
  }
  const say = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`${line}\n`));
  const synths: SynthTiming[] = [];
  for (const accounts of parts.includes("synth") ? numbers(values.accounts, "accounts") : []) {
    say(`synth of ${accounts} accounts, ${runs} times`);
    synths.push(await timeSynth(join(__dirname, "..", "main.js"), accounts, runs));
  }
  const plans: PlanCalls[] = [];
  try {
    if (!values["no-plans"] && parts.includes("plans"))
      for (const accounts of numbers(values.plans, "plans")) plans.push(await countPlanCalls(accounts, say));
  } catch (error) {
    if (error instanceof ToolsMissingError)
      throw new BaselineError(
        [
          ...error.problems,
          {
            code: "BENCH-NO-PLANS",
            message: "Plans need these tools.",
            fix: "Install them, or leave the plans out: --no-plans.",
          },
        ],
        1,
      );
    throw error;
  }
  const [count = 1] = numbers(values.evaluations, "evaluations");
  if (parts.includes("evaluations")) say("policy evaluations");
  const evaluations: readonly EvaluationTiming[] = parts.includes("evaluations") ? timeEvaluations(count, runs) : [];
  const proofs: ProofTiming[] = [];
  for (const accounts of parts.includes("proofs") ? numbers(values.proofs, "proofs") : []) {
    say(`proofs of ${accounts} accounts, ${runs} times`);
    proofs.push(timeProofs(accounts, runs));
  }
  // Chains grow with OUs, and nothing else does.
  for (const units of parts.includes("proofs") ? [17, 34, 67] : []) {
    say(`proofs of 2000 accounts in ${units * 3} OUs`);
    proofs.push(timeProofs(2000, 1, manyStatements(units)));
  }
  if (parts.includes("questions")) say("questions of explain --requests");
  const questions: readonly QuestionTiming[] = parts.includes("questions")
    ? [10, 1000].map((accounts) => timeQuestions(accounts, 20_000, runs))
    : [];
  if (parts.includes("inventory")) say("inventory of 2,000 accounts and 20,000 keys");
  const inventory: readonly InventoryTiming[] = parts.includes("inventory") ? timeInventory(2000, 20_000) : [];
  const reviews: ReviewTiming[] = [];
  for (const mix of parts.includes("review") ? REVIEW_MIXES : []) {
    say(`review of 10,000 changes (${mix}), ${runs} times`);
    reviews.push(...(await timeReview(join(__dirname, "..", "cli", "index.js"), mix, runs)));
  }
  // A browser is not everywhere: this part is asked for.
  const reports: readonly ReportTiming[] =
    values.only !== undefined && parts.includes("report") ? await timeReports([100, 1_000, 10_000], runs) : [];
  const targets = judge(synths, plans, reviews);
  if (targets.some((target) => !target.met)) process.exitCode = 3;
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ synths, plans, evaluations, proofs, questions, inventory, reviews, reports, targets }, null, 2)}\n`,
    );
    return;
  }
  const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  const tables: string[] = [];
  if (synths.length > 0) {
    tables.push(
      table(
        ["accounts", "fastest", "median", "slowest", "peak memory", "stacks", "output"],
        synths.map(({ accounts, milliseconds: ms, peakMegabytes, stacks, outputMegabytes }) => [
          String(accounts),
          seconds(ms[0]),
          seconds(ms[Math.floor(ms.length / 2)]),
          seconds(ms.at(-1)),
          `${Math.round(peakMegabytes)} MB`,
          String(stacks),
          `${outputMegabytes.toFixed(1)} MB`,
        ]),
      ),
    );
  }
  if (reports.length > 0)
    tables.push(
      table(
        ["page of report", "file", "first paint", "ready", "search", "layer"],
        reports.map((one) => [
          `${one.accounts} accounts`,
          `${one.megabytes.toFixed(2)} MB`,
          ...[one.firstPaint, one.ready, one.search, one.layer].map((ms) => `${Math.round(ms)} ms`),
        ]),
      ),
    );
  if (plans.length > 0) {
    const names = Object.keys(plans[0]!.calls);
    tables.push(
      table(
        ["API calls of an empty plan", ...plans.map((p) => `${p.accounts} accounts`)],
        names.map((name) => [name, ...plans.map((p) => String(p.calls[name] ?? "-"))]),
      ),
    );
  }
  if (evaluations.length > 0) {
    tables.push(
      table(
        ["policy evaluations", "each", "a second"],
        evaluations.map(({ what, nanoseconds, perSecond }) => [
          what,
          `${(nanoseconds / 1000).toFixed(1)} µs`,
          perSecond.toLocaleString("en-GB"),
        ]),
      ),
    );
  }
  if (questions.length > 0) {
    tables.push(
      table(
        ["explain --requests, accounts", "questions", "a second", "ready in"],
        questions.map((one) => [
          String(one.accounts),
          one.questions.toLocaleString("en-GB"),
          one.perSecond.toLocaleString("en-GB"),
          seconds(one.readyMilliseconds),
        ]),
      ),
    );
  }
  if (proofs.length > 0) {
    tables.push(
      table(
        ["proofs of", "OUs", "SCPs", "statements", "chains", "sets", "CPU, median", "slowest", "a chain", "again"],
        proofs.map(
          ({
            accounts,
            organizationalUnits,
            policies,
            statements,
            chains,
            questions,
            milliseconds: ms,
            againMilliseconds: again,
          }) => [
            `${accounts} accounts`,
            String(organizationalUnits),
            String(policies),
            `${statements} of each`,
            String(chains),
            String(questions),
            seconds(ms[Math.floor(ms.length / 2)]),
            seconds(ms.at(-1)),
            `${(ms[Math.floor(ms.length / 2)]! / chains).toFixed(1)} ms`,
            seconds(again[Math.floor(again.length / 2)]),
          ],
        ),
      ),
    );
  }
  if (inventory.length > 0) {
    tables.push(
      table(
        ["2,000 accounts, 20,000 keys", "time", "size"],
        inventory.map(({ step, milliseconds, megabytes }) => [
          step,
          `${Math.round(milliseconds)} ms`,
          megabytes === undefined ? "" : `${megabytes.toFixed(1)} MB`,
        ]),
      ),
    );
  }
  if (reviews.length > 0) {
    tables.push(
      table(
        ["review of 10,000 changes", "format", "plans", "size", "fastest", "median", "slowest", "CPU", "peak memory"],
        reviews.map(
          ({ mix, format, plans: files, planMegabytes, milliseconds: ms, cpuMilliseconds, peakMegabytes }) => [
            mix,
            format,
            String(files),
            `${planMegabytes.toFixed(1)} MB`,
            seconds(ms[0]),
            seconds(ms[Math.floor(ms.length / 2)]),
            seconds(ms.at(-1)),
            seconds(cpuMilliseconds),
            `${Math.round(peakMegabytes)} MB`,
          ],
        ),
      ),
    );
  }
  if (targets.length > 0)
    tables.push(
      targets.map(({ met, text }) => `${met ? paint.green("met") : paint.red("MISSED")}  ${text}`).join("\n"),
    );
  process.stdout.write(`${tables.join("\n\n")}\n`);
}

void runToExitCode(main);
