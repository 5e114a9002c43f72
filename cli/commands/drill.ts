import { join } from "node:path";
import type { Command } from "commander";
import { ENVIRONMENTS } from "../../modules/config/load";
import { KEYLESS } from "../../modules/kernel/command";
import { dayOfLastChange } from "../../modules/kernel/git";
import { defined } from "../../modules/kernel/optional";
import { count } from "../../modules/kernel/words";
import { keepDrill } from "../../modules/live/drill/history";
import { drillMarkdown, drillVerdict } from "../../modules/live/drill/report";
import { targetState } from "../../modules/proofs/environment";
import { roleArn } from "../../modules/sections/break-glass/documents";
import { loadEnvironment } from "../../modules/sections/load";
import { wholeNumber } from "../inventory/options";
import { askWhenMailArrived } from "../mail-question";
import { jsonText, paint, table, untrusted } from "../output";
import { Progress } from "../progress";

interface Options {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly concurrency?: string;
  readonly waitMinutes?: string;
}

const HELP = `
Credentials come from the SDK's own chain and must be a session of a break-glass user who has signed in with MFA (docs/break-glass.md says how).
Nothing is changed in AWS. The record and its report go to environments/<env>/drills/: commit them.

Examples:
  ${KEYLESS} drill prod --dry-run                 what would be called
  ${KEYLESS} drill prod

Exit codes: 0 passed, 1 AWS cannot be asked, 2 the usage is wrong or these credentials are no break-glass user's, 3 something failed or is not known, or a proof does not hold.`;

export function addDrill(program: Command, projectRoot: string): void {
  program
    .command("drill")
    .description(
      "practise break glass: assume the role in every account, see who does not get in, wait for the alarms, keep the record",
    )
    .argument("<env>", "environment")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--json", "print the record as JSON")
    .option("--markdown", "print the report as Markdown")
    .option("--concurrency <n>", "accounts at a time (default: 4)")
    .option("--wait-minutes <n>", "how long CloudTrail is waited for (default: 15)")
    .addHelpText("after", HELP)
    .action((env: string, options: Options) => run(projectRoot, env, options));
}

async function run(projectRoot: string, env: string, options: Options): Promise<void> {
  const concurrency = wholeNumber(options.concurrency, "--concurrency", 1, 32);
  const waitMinutes = wholeNumber(options.waitMinutes, "--wait-minutes", 0, 120);
  const environment = loadEnvironment(projectRoot, env);
  const state = targetState(environment);
  const { identity } = state.breakGlass;
  const factsOf = dayOfLastChange(projectRoot, join(ENVIRONMENTS, env, "organization.yaml"));
  if (options.dryRun) {
    process.stdout.write(
      `${[
        `Planned, nothing is called: ${count(environment.tree.accounts.length, "account")}, from facts ${factsOf === undefined ? "whose date is not known" : `of ${factsOf}`} (organization.yaml).`,
        ...environment.tree.accounts.map(
          ({ id, name }) => `  sts:AssumeRole ${roleArn(identity, id)} (${name}), sts:GetCallerIdentity, iam:GetRole`,
        ),
        "  twice sts:AssumeRole that must be refused: another session name, another principal",
        `  organizations:ListAccounts in ${state.settings.managementAccountId}, for accounts that the facts do not show`,
        `  cloudtrail:LookupEvents in ${identity.homeAccountId}, ${state.settings.region}, until every call is there`,
        `Alarms go to ${[...state.breakGlass.alarms.hub.subscribers.emails, ...state.breakGlass.alarms.hub.subscribers.httpsEndpoints].join(", ") || "nobody"}: tell them beforehand.`,
      ].join("\n")}\n`,
    );
    return;
  }
  // The SDK is loaded where it is used: other commands start without it.
  const { drill } = await import("../../modules/live/drill/run");
  const progress = new Progress();
  const record = await drill(environment, state, {
    now: () => new Date(),
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    everyDays: environment.baseline.breakGlass.drillEvery,
    onProgress: (text) => progress.update(text),
    mailReceivedAt: async (from) => {
      progress.done();
      return process.stdin.isTTY ? askWhenMailArrived(from) : undefined;
    },
    ...defined({ concurrency, factsOf, waitSeconds: waitMinutes === undefined ? undefined : waitMinutes * 60 }),
  }).finally(() => progress.done());
  const files = keepDrill(projectRoot, record);
  if (options.json) process.stdout.write(jsonText(record));
  else if (options.markdown) process.stdout.write(drillMarkdown(record));
  else {
    const rows = [
      ...(record.accountList
        ? [[record.accountList.outcome, "accounts", record.accountList.details.join("; "), ""]]
        : []),
      ...record.accounts.map((one) => [
        one.outcome,
        `${one.accountName} (${one.accountId})`,
        one.details.join("; "),
        one.fix ?? "",
      ]),
      ...record.refusals.map((one) => [
        one.outcome,
        `${one.question} (${one.how}, ${one.accountId})`,
        one.details.join("; "),
        "",
      ]),
      ...record.alarms.map((one) => [one.outcome, one.what, one.details.join("; "), ""]),
    ].filter(([outcome]) => outcome !== "passed");
    if (rows.length > 0)
      process.stdout.write(
        `${table(
          ["", "what", "why", "what to do"],
          rows.map((row) => row.map((one) => untrusted(one, 400))),
          [10, 40, 60, 50],
        )}\n\n`,
      );
    const verdict = drillVerdict(record);
    process.stdout.write(
      `${record.outcome === "passed" ? paint.green(verdict) : paint.red(verdict)}\nKept: ${files.join(", ")}\nNext by ${record.nextBy}\n`,
    );
  }
  if (record.outcome !== "passed") process.exitCode = 3;
}
