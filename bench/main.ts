import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../cli/output";
import { BaselineError } from "../modules/errors";
import { runToExitCode } from "../modules/run";
import { countPlanCalls, PlanCalls } from "./plans";
import { SynthTiming, timeSynth } from "./synth";

const HELP = `npm run bench -- [--accounts N,N] [--runs N] [--plans N,N | --no-plans] [--json]

Times the whole synth as a process and counts the API calls of empty plans against the local AWS.

  --accounts N,N  organizations to synthesize (default: 10,100,1000,10000)
  --runs N        runs of each; the median counts (default: 3)
  --plans N,N     organizations to plan against the local AWS (default: 10,1000; needs Terraform and moto)
  --no-plans      leave the plans out
  --json          print the figures as JSON
  --help          this text

Targets: 10,000 accounts in under 10 s and 1 GB; the same number of calls at 10 and at 1,000 accounts.
`;

function numbers(text: string, option: string): readonly number[] {
  const list = text.split(",").map(Number);
  if (list.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new BaselineError([{ code: "USAGE", message: `--${option} ${text} is not a list of whole numbers from 1.`, mend: "npm run bench -- --help" }]);
  }
  return list;
}

async function main(): Promise<void> {
  let values: { accounts: string; runs: string; plans: string; "no-plans"?: boolean | undefined; json?: boolean | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      options: {
        accounts: { type: "string", default: "10,100,1000,10000" },
        runs: { type: "string", default: "3" },
        plans: { type: "string", default: "10,1000" },
        "no-plans": { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new BaselineError([{ code: "USAGE", message: (error as Error).message, mend: "npm run bench -- --help" }]);
  }
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [runs = 3] = numbers(values.runs, "runs");
  const say = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`${line}\n`));
  const synths: SynthTiming[] = [];
  for (const accounts of numbers(values.accounts, "accounts")) {
    say(`synth of ${accounts} accounts, ${runs} times`);
    synths.push(await timeSynth(join(__dirname, "..", "main.js"), accounts, runs));
  }
  const plans: PlanCalls[] = [];
  if (!values["no-plans"]) for (const accounts of numbers(values.plans, "plans")) plans.push(await countPlanCalls(accounts, say));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ synths, plans }, null, 2)}\n`);
    return;
  }
  const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  process.stdout.write(
    `${table(
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
    )}\n`,
  );
  if (plans.length > 0) {
    const names = Object.keys(plans[0]!.calls);
    process.stdout.write(`\n${table(["API calls of an empty plan", ...plans.map((p) => `${p.accounts} accounts`)], names.map((name) => [name, ...plans.map((p) => String(p.calls[name] ?? "-"))]))}\n`);
  }
}

void runToExitCode(main);
