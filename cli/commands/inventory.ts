import { copyFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import { loadEnvironment } from "../../modules/sections/load";
import type { Environment } from "../../modules/sections/environment";
import { BaselineError } from "../../modules/kernel/errors";
import { parseTime } from "../../modules/evidence/impact/time";
import { assess } from "../../modules/evidence/inventory/assess";
import { readKeyUsage } from "../../modules/evidence/cloudtrail/key-usage";
import type { Engine } from "../../modules/evidence/cloudtrail/read";
import { SKIP_REASONS, SkipReason } from "../../modules/evidence/cloudtrail/skipped";
import { LogSource, parseSource } from "../../modules/evidence/cloudtrail/source";
import { readOfHistory, readOfLogs, usageFromLogs } from "../../modules/evidence/inventory/from-logs";
import { collect } from "../../modules/evidence/inventory/collect/run";
import { lookUpEvents } from "../../modules/evidence/inventory/collect/lookup-events";
import type { RoleAccess } from "../../modules/evidence/inventory/collect/sessions";
import { InventoryContext, inventoryContext } from "../../modules/evidence/inventory/context";
import { asff } from "../../modules/evidence/inventory/findings/asff";
import { findingsOf } from "../../modules/evidence/inventory/findings/findings";
import { ocsf } from "../../modules/evidence/inventory/findings/ocsf";
import { inventoryCsv } from "../../modules/evidence/inventory/csv";
import { inventoryHtml } from "../../modules/evidence/inventory/html/report";
import { masked } from "../../modules/evidence/inventory/mask";
import {
  addEvidence,
  addResult,
  CloudTrailEvidence,
  mergeEvidence,
  readInventoryFile,
  readResults,
  resultsFile,
  ResultsHeading,
  startResults,
} from "../../modules/evidence/inventory/results";
import { InventorySummary, isLiveKey, isUnused, summarize } from "../../modules/evidence/inventory/summary";
import { isoSeconds } from "../../modules/evidence/inventory/time";
import type {
  AccountFacts,
  CollectionProblem,
  EvidenceRead,
  Inventory,
  KeyUsage,
} from "../../modules/evidence/inventory/types";
import { EventsByKey } from "../../modules/evidence/inventory/collect/events-by-key";
import { targetState } from "../../modules/proofs/environment";
import { addAthenaOptions, AthenaFlags, NAME_LOGS, withAthena } from "../athena";
import { factsOfReports } from "../inventory/reports";
import { chosenAccounts, roleAccess, several, whoAmI, wholeNumber } from "../inventory/options";
import { renderInventory } from "../inventory/render";
import { Progress } from "../progress";
import { ownVersion } from "../version";
import { checkWritable, writeAtomically } from "../../modules/kernel/write-file";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";
import { unique } from "../../modules/kernel/lists";
import { count } from "../../modules/kernel/words";

const FINDINGS = ["asff", "ocsf"] as const;
type FindingsFormat = (typeof FINDINGS)[number];

interface Options extends AthenaFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly findings?: FindingsFormat;
  readonly html?: string;
  readonly history?: readonly string[];
  readonly mask?: boolean;
  readonly all?: boolean;
  readonly resume?: boolean;
  readonly role?: string;
  readonly account?: readonly string[];
  readonly lookupEvents?: boolean;
  readonly cloudtrail?: readonly string[];
  readonly credentialReport?: readonly string[];
  readonly since?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
}

const HELP = `
Reads, through the role KeylessInventory in every active account: credential report, access keys and their last use, passwords and MFA,
credentials of services, signing certificates, SSH keys, root's keys and MFA. Nothing is changed, and no secret is read.

Examples:
  ${KEYLESS} inventory prod                                        a table
  ${KEYLESS} inventory prod --role OrganizationAccountAccessRole   before the roles of this baseline are there
  ${KEYLESS} inventory prod --cloudtrail s3://org-trail/AWSLogs/o-example/ --since 90d
  ${KEYLESS} inventory prod --athena security.cloudtrail_logs --since 90d
  ${KEYLESS} inventory prod --html report.html --history 2026-10.json --history 2026-11.json
  ${KEYLESS} inventory prod --json --mask > inventory.json
  ${KEYLESS} inventory prod --findings asff > findings.json           for Security Hub
  ${KEYLESS} inventory prod --resume                               reads only what the last run could not
  ${KEYLESS} inventory prod --credential-report shop.csv --credential-report data.csv   without AWS

Exit codes: 0 all was read, 1 something was not (the rest is shown and kept), 2 the usage or the input is wrong, 3 a proof does not hold.`;

export function addInventory(program: Command, projectRoot: string): void {
  const command = program
    .command("inventory")
    .description("list every long-term credential: whose it is, when and by what it was used, what should replace it")
    .argument("<env>", "environment")
    .option("--json", "print it as JSON")
    .option("--csv", "print it as CSV, one credential a row")
    .addOption(
      new Option("--findings <format>", "print findings as a JSON list: for Security Hub, or as OCSF").choices(
        FINDINGS,
      ),
    )
    .option("--html <file>", "write a report that needs nothing but a browser")
    .option(
      "--history <file>",
      "earlier inventory (--json), for progress over time in the report; can be repeated",
      several,
    )
    .option("--mask", "shorten access key ids in every output")
    .option("--all", "every row in the table, not the first 50")
    .option(
      "--resume",
      "go on with the last run: read only accounts that it has not read completely, or more than a day ago",
    )
    .option("--role <name>", "role to read with, with its path (default: KeylessInventory of this baseline)")
    .option("--account <name>", "only this account, by name or id; can be repeated", several)
    .option(
      "--cloudtrail <source>",
      "folder, file or s3://bucket/prefix with CloudTrail logs: they show what uses each key; can be repeated",
      several,
    );
  addAthenaOptions(command)
    .option(
      "--credential-report <file>",
      "instead of AWS: the credential report of one account, CSV or JSON; can be repeated",
      several,
    )
    .option("--since <time>", "leave out older events of the logs: 2026-01-31, 2026-01-31T12:00:00Z or 90d")
    .option("--lookup-events", "ask CloudTrail's event history in each account who uses the keys in use")
    .option("--concurrency <n>", "accounts at a time (default: 8)")
    .option("--timeout <seconds>", "how long one account may take (default: 600)")
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => inventoryCommand(projectRoot, env, options));
}

async function inventoryCommand(projectRoot: string, env: string, options: Options): Promise<void> {
  requireOneForm(options);
  if (options.since !== undefined && options.cloudtrail === undefined && options.athena === undefined)
    throw new BaselineError([
      {
        code: "USAGE",
        message: "--since says which events of the logs count, and there are no logs.",
        fix: NAME_LOGS,
      },
    ]);
  const since =
    options.since === undefined ? undefined : parseTime(options.since, "--since", Math.floor(Date.now() / 1000));
  const concurrency = wholeNumber(options.concurrency, "--concurrency", 1, 64) ?? 8;
  const timeoutSeconds = wholeNumber(options.timeout, "--timeout", 1, 86_400) ?? 600;
  const environment = loadEnvironment(projectRoot, env);
  const context = inventoryContext(environment, targetState(environment));
  const wanted = chosenAccounts(environment, options.account ?? []);
  const history = (options.history ?? []).map((file) => readInventoryFile(file));
  if (options.html !== undefined) checkWritable(resolve(projectRoot, options.html));
  if (options.credentialReport) {
    const facts = factsOfReports(options.credentialReport, { ...options }, wanted);
    const of = options.account === undefined ? undefined : wanted;
    const offline = assess(facts, narrowed(context, of), undefined, new Date());
    output({ projectRoot, environment }, offline, options, history);
    return;
  }
  const sources = (options.cloudtrail ?? []).map(parseSource);
  const access = await roleAccess(environment, context.inventoryRole, options.role);

  const file = resultsFile(projectRoot, env);
  const now = (): Date => new Date();
  let cloudTrail = evidenceBefore(file, context);
  const facts = await collected({
    file,
    cloudTrail,
    context,
    access,
    wanted,
    resume: options.resume === true,
    concurrency,
    timeoutSeconds,
    now,
  });
  const shown = narrowed(context, options.account === undefined ? undefined : wanted);
  const keep = ({ usage, read }: Pick<Evidence, "usage" | "read">): void => {
    const evidence = { askedAt: isoSeconds(now()), usage, reads: [read] };
    addEvidence(file, evidence);
    cloudTrail = mergeEvidence(cloudTrail, evidence);
  };
  if (sources.length > 0 || options.athena !== undefined)
    keep(await withAthena(options, environment, (engine) => loggedUsage(sources, since, engine)));
  let inventory = assess(facts, shown, cloudTrail?.usage, now(), cloudTrail?.reads);
  const evidence = options.lookupEvents
    ? await lookedUp(inventory, access, environment.baseline.region, concurrency)
    : undefined;
  if (evidence) {
    // Logs know more than the event history, which has management events of 90 days only; the later use counts for both.
    keep(evidence);
    inventory = withProblems(assess(facts, shown, cloudTrail?.usage, now(), cloudTrail?.reads), evidence.problems);
  }
  const { partial, failed, notRead } = output({ projectRoot, environment }, inventory, options, history).accounts;
  if (partial + failed + notRead + (evidence?.problems.size ?? 0) > 0) {
    process.stderr.write(
      `${count(failed + notRead, "account")} not read, ${partial + (evidence?.problems.size ?? 0)} in part. Results are kept: ${KEYLESS} inventory ${env} --resume reads only these again.\n`,
    );
    process.exitCode = 1;
  }
}

function requireOneForm({ json, csv, findings, mask }: Options): void {
  const forms = [json && "--json", csv && "--csv", findings !== undefined && "--findings"].filter(Boolean);
  if (forms.length > 1)
    throw new BaselineError([
      {
        code: "USAGE",
        message: `${forms.join(" and ")} cannot both be printed.`,
        fix: "Leave one of them out; --html can be used with either.",
      },
    ]);
  if (findings !== undefined && mask)
    throw new BaselineError([
      {
        code: "USAGE",
        message: "Findings are distinguished by the ids that --mask shortens.",
        fix: "Leave --mask or --findings out.",
      },
    ]);
}

/** @param accounts those that are asked for; undefined: all */
function narrowed(context: InventoryContext, accounts: readonly string[] | undefined): InventoryContext {
  return accounts === undefined
    ? context
    : { ...context, accounts: context.accounts.filter(({ id }) => accounts.includes(id)) };
}

/** Prints the inventory in the form that is asked for, and writes the page. */
function output(
  { projectRoot, environment }: { readonly projectRoot: string; readonly environment: Environment },
  whole: Inventory,
  options: Options,
  history: readonly Inventory[],
): InventorySummary {
  const inventory = options.mask ? masked(whole) : whole;
  if (options.html !== undefined) {
    const path = resolve(projectRoot, options.html);
    writeAtomically(path, inventoryHtml(inventory, history));
    process.stderr.write(`report: ${relative(process.cwd(), path) || path}\n`);
  }
  const summary = summarize(inventory);
  if (options.json) process.stdout.write(`${JSON.stringify(inventory, null, 2)}\n`);
  else if (options.findings !== undefined)
    process.stdout.write(`${JSON.stringify(inFormat(options.findings, inventory, environment), null, 2)}\n`);
  else if (options.csv) process.stdout.write(inventoryCsv(inventory));
  else process.stdout.write(`${renderInventory(inventory, summary, options.all ? {} : { maxRows: 50 })}\n`);
  return summary;
}

function inFormat(format: FindingsFormat, inventory: Inventory, { baseline }: Environment): readonly object[] {
  const findings = findingsOf(inventory);
  return format === "asff" ? asff(findings, baseline.region) : ocsf(findings, baseline.region, ownVersion());
}

/** What CloudTrail said in earlier runs: a run that does not ask it again must not forget it. */
function evidenceBefore(
  file: string,
  { environment, organizationId }: InventoryContext,
): CloudTrailEvidence | undefined {
  try {
    const before = readResults(file, environment);
    return before?.heading.organizationId === organizationId ? before.cloudTrail : undefined;
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    const kept = `${file}.damaged`;
    copyFileSync(file, kept);
    process.stderr.write(
      `The results of the last run cannot be read, so this run does not know what CloudTrail showed then: ${error.problems[0]?.message ?? ""} They are kept as ${relative(process.cwd(), kept)}.\n`,
    );
    return undefined;
  }
}

interface Collecting {
  readonly file: string;
  readonly cloudTrail: CloudTrailEvidence | undefined;
  readonly context: InventoryContext;
  readonly access: RoleAccess;
  readonly wanted: readonly string[];
  readonly resume: boolean;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly now: () => Date;
}

/** What was read before that is no part of the same look, and what a wrong clock has dated later may be as old: `--resume` reads both again. */
const RESUME_MS = 86_400_000;

/** Reads the accounts, each written down as it is done; with `resume` only those that were not read completely in the last day. */
async function collected({
  file,
  cloudTrail,
  context,
  access,
  wanted,
  resume,
  concurrency,
  timeoutSeconds,
  now,
}: Collecting): Promise<readonly AccountFacts[]> {
  // Results of accounts that are not asked for now stay what they are.
  const partly = wanted.length < context.accounts.length;
  const before = resume || partly ? readResults(file, context.environment) : undefined;
  const isKept = (facts: AccountFacts): boolean =>
    !wanted.includes(facts.accountId) ||
    (resume && facts.status === "complete" && Math.abs(now().getTime() - Date.parse(facts.collectedAt)) < RESUME_MS);
  const kept = [...(before?.accounts.values() ?? [])].filter(
    (facts) => isKept(facts) && context.accounts.some((account) => account.id === facts.accountId),
  );
  const done = new Map(kept.map((facts) => [facts.accountId, facts]));
  const todo = wanted.filter((id) => !done.has(id));
  if (todo.length > 0 && access.ownAccountId === undefined) await whoAmI(access.base);
  const heading: ResultsHeading = {
    format: "keyless-inventory-results/1",
    environment: context.environment,
    organizationId: context.organizationId,
    startedAt: before?.heading.startedAt ?? isoSeconds(now()),
  };
  startResults(file, heading, kept, cloudTrail);

  const progress = new Progress();
  const start = Date.now();
  let read = 0;
  let failed = 0;
  const tell = (): void =>
    progress.update(
      `${read} of ${todo.length} accounts${failed > 0 ? `, ${failed} with problems` : ""}${remaining(Date.now() - start, read, todo.length)}`,
    );
  tell();
  await collect({
    access,
    accounts: todo,
    concurrency,
    timeoutSeconds,
    now,
    onAccount: (facts) => {
      addResult(file, facts);
      done.set(facts.accountId, facts);
      read += 1;
      if (facts.status !== "complete") failed += 1;
      tell();
    },
  });
  progress.done();
  return [...done.values()];
}

/** `, about 3 min left`; nothing before there is something to reckon with. */
export function remaining(elapsedMs: number, done: number, total: number): string {
  if (done === 0 || done >= total) return "";
  const seconds = Math.ceil(((elapsedMs / done) * (total - done)) / 1000);
  return `, about ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`;
}

/** Reads logs of CloudTrail; what was left out is said, because a key that nothing is known of looks the same as one of a skipped file. */
async function loggedUsage(
  sources: readonly LogSource[],
  since: number | undefined,
  engine: { readonly engine?: Engine },
): Promise<Pick<Evidence, "usage" | "read">> {
  const progress = new Progress();
  const { keys, keysLeftOut, report } = await readKeyUsage(sources, {
    ...engine,
    ...defined({ since }),
    onProgress: (files, events) => progress.update(`CloudTrail: ${files} files, ${events} events`),
  });
  progress.done();
  const before = report.eventsBeforeSince > 0 ? [`${count(report.eventsBeforeSince, "event")} before --since`] : [];
  const skipped = Object.entries(report.skipped).map(([reason, n]) => `${n} ${SKIP_REASONS[reason as SkipReason]}`);
  process.stderr.write(
    `CloudTrail: ${count(report.events, "event")} of ${count(report.files, "file")}, ${count(keys.length, "key")}${before.length + skipped.length > 0 ? `; left out: ${[...before, ...skipped].join(", ")}` : ""}${keysLeftOut > 0 ? `; ${count(keysLeftOut, "key")} beyond what is followed` : ""}\n`,
  );
  return { usage: usageFromLogs(keys), read: readOfLogs(report, keysLeftOut) };
}

interface Evidence {
  readonly usage: ReadonlyMap<string, KeyUsage>;
  readonly read: EvidenceRead;
  readonly problems: ReadonlyMap<string, CollectionProblem>;
}

/** Keys that are in use, asked about where they were used last, in the home region and where global services log. */
async function lookedUp(
  inventory: Inventory,
  access: RoleAccess,
  homeRegion: string,
  concurrency: number,
): Promise<Evidence> {
  const keys = inventory.credentials
    .filter((one) => one.kind === "access-key" && isLiveKey(one) && !isUnused(one) && one.verdict.kind !== "new")
    .map((one) => ({
      accountId: one.accountId,
      accessKeyId: one.id,
      regions: unique([
        ...(one.lastUsedRegion && /^[a-z]{2}(-[a-z]+)+-\d$/.test(one.lastUsedRegion) ? [one.lastUsedRegion] : []),
        homeRegion,
        "us-east-1",
      ]),
    }));
  const usage = new EventsByKey();
  const progress = new Progress();
  const accounts = new Set(keys.map((key) => key.accountId)).size;
  let done = 0;
  const problems = await lookUpEvents({
    access,
    keys,
    usage,
    concurrency,
    onAccount: () => progress.update(`CloudTrail: ${++done} of ${accounts} accounts`),
  });
  progress.done();
  return { usage: usage.build(), read: readOfHistory(new Date(), problems.size), problems };
}

function withProblems(inventory: Inventory, problems: ReadonlyMap<string, CollectionProblem>): Inventory {
  const accounts = inventory.accounts.map((account) => {
    const problem = problems.get(account.id);
    return problem ? { ...account, problems: [...account.problems, problem] } : account;
  });
  return { ...inventory, accounts };
}
