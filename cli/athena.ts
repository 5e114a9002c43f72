import type { Command } from "commander";
import type { AthenaPlan } from "../modules/evidence/athena/engine";
import type { Engine } from "../modules/evidence/cloudtrail/read";
import { withAwsProblems } from "../modules/aws/failure";
import { defined } from "../modules/kernel/optional";
import { count } from "../modules/kernel/words";
import type { Environment } from "../modules/sections/environment";
import { ask } from "./ask";
import { Progress } from "./progress";
import { usage } from "./usage";

/** Options of the commands that read CloudTrail's events by Athena. */
export interface AthenaFlags {
  readonly athena?: string;
  readonly workgroup?: string;
  readonly outputLocation?: string;
  readonly yes?: boolean;
}

export function addAthenaOptions(command: Command): Command {
  return command
    .option("--athena <database.table>", "let Athena read a table of CloudTrail logs; AWS charges for what it reads")
    .option("--workgroup <name>", "workgroup of --athena (default: primary)")
    .option("--output-location <place>", "s3://bucket/prefix/ for the results of --athena (default: the workgroup's)")
    .option("--yes", "run the queries of --athena without a question");
}

/** What is said where a command has no logs. */
export const NAME_LOGS =
  "Name a folder, a file or a bucket: --cloudtrail ./logs, --cloudtrail s3://bucket/AWSLogs/; or a table: --athena database.table.";

const WORKGROUP = /^[a-zA-Z0-9._-]{1,128}$/;
const OUTPUT = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^\0-\x1f]*)?$/;

/**
 * Hands an engine to whoever reads logs, where `--athena` is given. A query that runs when Ctrl-C comes is stopped in AWS, too.
 */
export async function withAthena<T>(
  { athena, workgroup = "primary", outputLocation, yes }: AthenaFlags,
  environment: Environment,
  read: (more: { readonly engine?: Engine }) => Promise<T>,
): Promise<T> {
  if (athena === undefined) {
    const alone = Object.entries({
      "--workgroup": workgroup === "primary" ? undefined : workgroup,
      "--output-location": outputLocation,
    }).find(([, value]) => value !== undefined);
    if (alone) throw usage("USAGE", `${alone[0]} says how Athena is asked, and --athena is not given.`, NAME_LOGS);
    return read({});
  }
  const { parseTableName } = await import("../modules/evidence/athena/table");
  const { database, name: table } = parseTableName(athena);
  if (!WORKGROUP.test(workgroup))
    throw usage(
      "USAGE",
      `--workgroup ${JSON.stringify(workgroup)} is no name of a workgroup.`,
      "Give its name: letters, digits, ., _ and -.",
    );
  if (outputLocation !== undefined && !OUTPUT.test(outputLocation))
    throw usage(
      "USAGE",
      `--output-location ${JSON.stringify(outputLocation)} is not a bucket with a prefix.`,
      "Write it as s3://bucket/prefix/.",
    );
  // Loaded where it is used: other commands start without the SDK.
  const { athenaApi } = await import("../modules/evidence/athena/api");
  const { AthenaEngine } = await import("../modules/evidence/athena/engine");
  const region = process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? environment.baseline.region;
  const api = athenaApi({ region });
  const progress = new Progress();
  const stop = new AbortController();
  const onSignal = (): void => {
    // Once more ends at once; the query goes on.
    if (stop.signal.aborted) process.exit(130);
    process.once("exit", () => {
      process.exitCode = 130;
    });
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const engine = new AthenaEngine(api, {
    database,
    table,
    workGroup: workgroup,
    accounts: environment.tree.accounts.map(({ id }) => id),
    regions: environment.organization.enabledRegions,
    mayRun: (plan) => mayRun(plan, region, yes === true),
    onState: (name, state, bytes) =>
      progress.update(`Athena, ${name}: ${state.toLowerCase()}, ${Math.round(bytes / 1e6)} MB read`),
    signal: stop.signal,
    ...defined({ outputLocation }),
  });
  try {
    return await withAwsProblems(() => read({ engine }));
  } finally {
    progress.done();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    api.close();
  }
}

/** Says what is about to be asked, and asks whether it may be. */
async function mayRun(plan: AthenaPlan, region: string, yes: boolean): Promise<boolean> {
  const { planLines } = await import("../modules/evidence/athena/text");
  process.stderr.write(`${planLines(plan, region).join("\n")}\n`);
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw usage(
      "ATHENA-NOBODY-TO-ASK",
      `Nobody can be asked here whether ${count(plan.queries.length, "query", "queries")} may run, which AWS charges for.`,
      "Give --yes where this is wanted.",
    );
  return (await ask("Run them? Only yes is a yes: ", { input: process.stdin, output: process.stderr })) === "yes";
}
