import type { Command } from "commander";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError, Problem } from "../../modules/kernel/errors";
import { suggestion } from "../../modules/kernel/nearest";
import { targetState } from "../../modules/proofs/environment";
import { jsonText } from "../output";
import { NAME_LOGS } from "../athena";
import { renderReady } from "../ready";
import { addLogOptions, impactOf, LogOptions, timeOf } from "./impact";
import { defined } from "../../modules/kernel/optional";
import { repeated } from "../repeated";
import { KEYLESS } from "../../modules/kernel/command";
import { writeAtomically } from "../../modules/kernel/write-file";
import { uniqueSorted } from "../../modules/kernel/lists";

const DEFAULT_DAYS = 30;

interface Options extends LogOptions {
  readonly inventory?: string;
  readonly moves?: string;
  readonly days?: string;
  readonly quietRegion: readonly string[];
  readonly wholeAnswers?: boolean;
  readonly json?: boolean;
  readonly evidence?: string;
}

const HELP = `
Asked is every guardrail in every OU with accounts in which it is observed; with --guardrail also where it is off. No evidence is not
readiness: without logs nothing is ready. docs/impact.md says what is looked at.

Examples:
  ${KEYLESS} ready prod --cloudtrail ./logs --inventory inventory.json
  ${KEYLESS} ready prod --cloudtrail ./logs --inventory inventory.json --moves moves.json --guardrail deny-long-term-key-use
  ${KEYLESS} ready prod --cloudtrail s3://org-trail/AWSLogs/ --target Workloads/Prod --guardrail deny-access-key-creation --days 45
  ${KEYLESS} ready prod --athena security.cloudtrail_logs --since 60d --yes --inventory inventory.json --whole-answers

Exit codes: 0 everything asked for may be enforced, 1 the logs could not be read, 2 the usage or the input is wrong, 3 something prevents it, or a proof does not hold.`;

export function addReady(program: Command, projectRoot: string): void {
  addLogOptions(
    program
      .command("ready")
      .description("say whether guardrails may go from observe to enforce; exit code 3 while something prevents it")
      .argument("<env>", "environment"),
  )
    .option("--inventory <file>", `result of ${KEYLESS} inventory --json`)
    .option(
      "--moves <file>",
      `result of ${KEYLESS} move --json: for deny-long-term-key-use only keys that are neither moved nor excepted are in the way`,
    )
    .option("--days <n>", `days of evidence that are wanted (default: ${DEFAULT_DAYS})`)
    .addOption(
      repeated(
        "--quiet-region <region>",
        "you vouch that nothing runs in this region: its logs are not asked for where there are none; can be repeated",
        "none",
      ),
    )
    .option(
      "--whole-answers",
      "you vouch that files which are answers of queries (Athena, Insights, lookup-events, Splunk, …) leave out no event of management",
    )
    .option("--json", "print the answer as JSON")
    .option(
      "--evidence <file>",
      "write the answer, bound to the digests of logs and statements, for guardrails.rollout[].evidence: environments/<env>/evidence/<name>.json",
    )
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => {
      const days = options.days === undefined ? DEFAULT_DAYS : Number(options.days);
      if (!Number.isInteger(days) || days < 1 || days > 3650)
        throw new BaselineError([
          {
            code: "USAGE",
            message: `--days ${JSON.stringify(options.days)} is not a number of days from 1 to 3650.`,
            fix: "Write for example --days 30.",
          },
        ]);
      const environment = loadEnvironment(projectRoot, env);
      const state = targetState(environment);
      const { timeText } = await import("../../modules/evidence/cloudtrail/event");
      const { readInventory } = await import("../../modules/evidence/impact/inventory-file");
      const { readiness } = await import("../../modules/evidence/impact/ready");
      const inventory =
        options.inventory === undefined ? undefined : readInventory(options.inventory, environment.organization.id);
      const { readMovesFile } = await import("../../modules/evidence/move/moves-file");
      const moves =
        options.moves === undefined ? undefined : readMovesFile(options.moves, env, environment.organization.id);
      // A guardrail that is named is asked also where it is off.
      const target = options.target.length === 0 && options.guardrail.length > 0 ? ["all"] : options.target;
      const impact =
        options.cloudtrail.length === 0 && options.athena === undefined
          ? undefined
          : await impactOf(environment, state, { ...options, target }, true);
      const result = readiness(environment, state, impact, inventory, {
        at: timeText(timeOf(options)),
        days,
        quietRegions: quietRegions(options.quietRegion, environment.organization.enabledRegions),
        ...defined({ moves }),
        ...(options.wholeAnswers ? { wholeAnswers: true } : {}),
        ...(options.guardrail.length === 0 ? {} : { guardrails: options.guardrail }),
        ...(options.target.length === 0 ? {} : { targets: options.target }),
      });
      if (options.evidence !== undefined) {
        if (impact === undefined) throw noLogs();
        const { evidenceFile } = await import("../../modules/evidence/impact/evidence-file");
        writeAtomically(
          options.evidence,
          evidenceFile(result, environment.organization.id, state, impact.report, inventory, moves),
        );
      }
      process.stdout.write(
        options.json
          ? jsonText({ ...result, ...(impact ? { evidence: impact.report.evidence, read: impact.report.read } : {}) })
          : `${renderReady(result, impact?.report)}\n`,
      );
      if (!result.ready) process.exitCode = 3;
    });
}

function noLogs(): BaselineError {
  return new BaselineError([
    {
      code: "USAGE",
      message: "--evidence: without logs there is none.",
      fix: NAME_LOGS,
    },
  ]);
}

function quietRegions(names: readonly string[], enabled: readonly string[]): readonly string[] {
  const problems = names.flatMap((name): Problem[] =>
    name === "us-east-1"
      ? [
          {
            code: "USAGE",
            message: "--quiet-region us-east-1: the events of IAM are there in every account.",
            fix: "Leave it out, and bring its logs.",
          },
        ]
      : enabled.includes(name)
        ? []
        : [
            {
              code: "USAGE",
              message: `--quiet-region ${JSON.stringify(name)} is not an enabled region of the facts.`,
              fix: suggestion(name, enabled, "region"),
            },
          ],
  );
  if (problems.length > 0) throw new BaselineError(problems);
  return uniqueSorted(names);
}
