import type { Command } from "commander";
import type { Environment } from "../../modules/sections/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { BaselineError } from "../../modules/kernel/errors";
import type { Impact } from "../../modules/evidence/impact/report";
import { parseTime } from "../../modules/evidence/impact/time";
import { TargetState } from "../../modules/sections/target-state";
import { targetState } from "../../modules/proofs/environment";
import { addAthenaOptions, AthenaFlags, NAME_LOGS, withAthena } from "../athena";
import { renderImpact } from "../impact";
import { jsonText } from "../output";
import { Progress } from "../progress";
import { repeated } from "../repeated";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";

/** Options that `impact` and `ready` have in common. */
export interface LogOptions extends AthenaFlags {
  readonly cloudtrail: readonly string[];
  readonly guardrail: readonly string[];
  readonly target: readonly string[];
  readonly since?: string;
  readonly at?: string;
  readonly threads?: string;
}

/** Adds the options that say which logs are read, and which guardrails asked. */
export function addLogOptions(command: Command): Command {
  return addAthenaOptions(
    command.addOption(
      repeated(
        "--cloudtrail <source>",
        "folder, file or s3://bucket/prefix with CloudTrail logs; can be repeated",
        "no logs",
      ),
    ),
  )
    .addOption(repeated("--guardrail <id>", "only this guardrail; can be repeated", "those of the rollout"))
    .addOption(
      repeated(
        "--target <place>",
        "only this OU (by path), account (by name or id) or all; can be repeated",
        "where the rollout has the guardrail",
      ),
    )
    .option("--since <time>", "leave out older events: 2026-01-31, 2026-01-31T12:00:00Z or 90d")
    .option("--at <time>", "judge exceptions and ages as of this time (default: now)")
    .option("--threads <n>", "threads that read logs; 0 reads in the program's own (default: one for each processor)");
}

/** The time that counts as now, in seconds since 1970. */
export function timeOf(options: LogOptions): number {
  const now = Math.floor(Date.now() / 1000);
  return options.at === undefined ? now : parseTime(options.at, "--at", now);
}

/**
 * Reads the logs that the options name and replays them.
 *
 * @param evidence whether digest files count, and a digest of what was read is wanted: for a verdict that rests on it
 */
export async function impactOf(
  environment: Environment,
  state: TargetState,
  options: LogOptions,
  evidence = false,
): Promise<Impact> {
  const now = timeOf(options);
  const since = options.since === undefined ? undefined : parseTime(options.since, "--since", now);
  const threads = options.threads === undefined ? undefined : threadsOf(options.threads);
  // Loaded where it is used: other commands start without it.
  const { readImpact } = await import("../../modules/evidence/impact/report");
  const { parseSource } = await import("../../modules/evidence/cloudtrail/source");
  const { timeText } = await import("../../modules/evidence/cloudtrail/event");
  const progress = new Progress();
  try {
    return await withAthena(options, environment, (engine) =>
      readImpact(environment, state, options.cloudtrail.map(parseSource), {
        at: timeText(now),
        ...engine,
        ...defined({ since, threads }),
        ...(evidence ? { digests: true, digest: true } : {}),
        ...(options.guardrail.length === 0 ? {} : { guardrails: options.guardrail }),
        ...(options.target.length === 0 ? {} : { targets: options.target }),
        onProgress: (files, events, bytes) =>
          progress.update(`${files} files, ${events} events, ${Math.round(bytes / 1e6)} MB`),
      }),
    );
  } finally {
    progress.done();
  }
}

function threadsOf(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n > 64)
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--threads ${JSON.stringify(text)} is not a number from 0 to 64.`,
        fix: "Leave it out to use every processor.",
      },
    ]);
  return n;
}

export function addImpact(program: Command, projectRoot: string): void {
  addLogOptions(
    program
      .command("impact")
      .description("show what the guardrails would have done to the calls in CloudTrail logs")
      .argument("<env>", "environment"),
  )
    .option("--all", "every call, also those that are allowed")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Asked are the guardrails of the rollout in the accounts where they are observed or enforced; with --guardrail one that is nowhere yet is
asked everywhere. What an event does not contain is reported as not known. docs/impact.md has the details.

Examples:
  ${KEYLESS} impact prod --cloudtrail ./logs --since 90d
  ${KEYLESS} impact prod --cloudtrail s3://org-trail/AWSLogs/o-example/ --guardrail deny-long-term-key-use --target Workloads
  ${KEYLESS} impact prod --athena security.cloudtrail_logs --since 90d   AWS reads the logs; says before what it may cost
  ${KEYLESS} impact prod --cloudtrail ./logs --json

Exit codes: 0 done, 1 the logs could not be read, 2 the usage or the input is wrong, 3 a proof does not hold.`,
    )
    .action(async (env: string, options: LogOptions & { readonly all?: boolean; readonly json?: boolean }) => {
      if (options.cloudtrail.length === 0 && options.athena === undefined)
        throw new BaselineError([
          {
            code: "USAGE",
            message: "There are no logs to replay.",
            fix: NAME_LOGS,
          },
        ]);
      const environment = loadEnvironment(projectRoot, env);
      const { report } = await impactOf(environment, targetState(environment), options);
      process.stdout.write(options.json ? jsonText(report) : `${renderImpact(report, options.all ?? false)}\n`);
    });
}
