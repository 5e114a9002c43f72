import { resolve } from "node:path";
import type { Command } from "commander";
import { loadEnvironment } from "../../modules/sections/load";
import { RETIREMENT_ROLE } from "../../modules/sections/credential-hygiene/names";
import { BaselineError } from "../../modules/kernel/errors";
import { assess } from "../../modules/evidence/inventory/assess";
import { InventoryContext, inventoryContext } from "../../modules/evidence/inventory/context";
import { readInventoryFile, readResults, Results, resultsFile } from "../../modules/evidence/inventory/results";
import { execute, Outcome } from "../../modules/evidence/retire/execute";
import { histories, keyOf, lastActivated, NO_HISTORY, sightings } from "../../modules/evidence/retire/history";
import { JournalEntry, journalFile, JournalWriter, readJournal } from "../../modules/evidence/retire/journal";
import { IamKeyApi } from "../../modules/evidence/retire/key-api";
import { lastUses, withLastUses } from "../../modules/evidence/retire/last-use";
import { movedKeys } from "../move/moved-keys";
import { takeLock } from "../../modules/evidence/retire/lock";
import {
  BRAKES,
  RetirePlan,
  retirePlan,
  RetireStep,
  UNDO_DAYS,
  undoPlan,
  withinBrakes,
} from "../../modules/evidence/retire/plan";
import { daysBetween } from "../../modules/evidence/inventory/time";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { targetState } from "../../modules/proofs/environment";
import { chosenAccounts, roleAccess, several, whoAmI, wholeNumber } from "../inventory/options";
import { renderOutcome, renderOutcomes, renderPlan, renderUndo } from "../inventory/render-retire";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";
import { count } from "../../modules/kernel/words";

interface Options {
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly json?: boolean;
  readonly inventory?: string;
  readonly history?: readonly string[];
  readonly journal?: string;
  readonly moves?: string;
  readonly role?: string;
  readonly account?: readonly string[];
  readonly user?: readonly string[];
  readonly key?: readonly string[];
  readonly limit?: string;
}

const HELP = `
Deactivates access keys that nobody used for maxUnusedDays, and deletes those that were seen inactive for inactiveDaysBeforeDelete (both in
baseline.yaml). Prints what it would do and stops; --apply does it, one key at a time, and looks at each key's last use just before. Keys of
break glass, of excepted users and those used lately are never touched; a key that somebody has activated again rests for maxUnusedDays. --undo
activates what this program deactivated in the last ${UNDO_DAYS} days and nobody has changed since, as far as the journal and the inventories
show. The journal (.keyless/retire/<env>.jsonl) remembers since when a key
is inactive and what --undo can take back: keep it, and give it to the next run.

Examples:
  ${KEYLESS} inventory prod && ${KEYLESS} retire prod          what would be done
  ${KEYLESS} retire prod --apply --limit 10                 the first ten steps
  ${KEYLESS} retire prod --moves moves.json --apply         takes moved keys, too
  ${KEYLESS} retire prod --undo --user importer --apply     activates again what was deactivated

Exit codes: 0 fine, 1 a step failed or another run has the lock, 2 the usage or the input is wrong, 3 a proof does not hold.`;

export function addRetire(program: Command, projectRoot: string): void {
  program
    .command("retire")
    .description(
      "deactivate access keys that nobody uses, delete those that were inactive for long; prints and stops unless --apply",
    )
    .argument("<env>", "environment")
    .option("--apply", "take the steps; without it they are only printed")
    .option("--undo", "activate again what was deactivated, by the journal; prints and stops unless --apply")
    .option("--json", "print plan and outcome as JSON")
    .option(
      "--inventory <file>",
      `inventory to plan from (--json of ${KEYLESS} inventory) (default: the results of its last run)`,
    )
    .option("--history <file>", "earlier inventory in which inactive keys were seen; can be repeated", several)
    .option("--journal <file>", "journal of the steps (default: .keyless/retire/<env>.jsonl)")
    .option(
      "--moves <file>",
      `moves by evidence (--json of ${KEYLESS} move): keys whose role does their work need not wait as long`,
    )
    .option("--role <name>", `role to work with, with its path (default: ${RETIREMENT_ROLE} of this baseline)`)
    .option("--account <name>", "only this account, by name or id; can be repeated", several)
    .option("--user <name>", "only this user; can be repeated", several)
    .option("--key <id>", "only this access key; can be repeated", several)
    .option(
      "--limit <n>",
      `so many steps at most (default: ${BRAKES.stepsPerAccount} an account, ${BRAKES.steps} a run)`,
    )
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => retireCommand(projectRoot, env, options));
}

async function retireCommand(projectRoot: string, env: string, options: Options): Promise<void> {
  const limit = wholeNumber(options.limit, "--limit", 1, 1_000_000);
  const environment = loadEnvironment(projectRoot, env);
  const context = inventoryContext(environment, targetState(environment));
  const accounts = new Set(chosenAccounts(environment, options.account ?? []));
  const wanted = (key: Pick<RetireStep, "accountId" | "user" | "keyId">): boolean =>
    accounts.has(key.accountId) &&
    (options.user?.includes(key.user) ?? true) &&
    (options.key?.includes(key.keyId) ?? true);
  const journal = options.journal === undefined ? journalFile(projectRoot, env) : resolve(projectRoot, options.journal);
  const now = (): Date => new Date();
  const say = (line: string): void => void (options.json ? undefined : process.stdout.write(`${line}\n`));

  // Only who changes something needs to be alone; the plan is made under the lock, from the journal as the last run left it.
  const lock = options.apply ? takeLock(`${journal}.lock`, now()) : undefined;
  try {
    const entries = readJournal(journal);
    const asked: Asked = { projectRoot, env, options, context, entries, now: now() };
    const whole: RetirePlan = options.undo ? undo(asked) : planned(asked);
    // What was not asked about is not printed either; that a key was seen inactive is remembered of every key.
    const plan: RetirePlan = { ...whole, steps: whole.steps.filter(wanted), left: whole.left.filter(wanted) };
    const steps = withinBrakes(plan.steps, limit);
    const later = plan.steps.filter((step) => !steps.includes(step));
    if (!options.undo) say(renderPlan(plan, steps));
    else say(renderUndo(plan, steps));
    const outcomes = options.apply
      ? await apply({ steps, plan, entries, journal, options, context, now, say, environment })
      : undefined;
    if (later.length > 0)
      say(
        `${count(later.length, "more step")} left for the next run: ${limit === undefined ? `${BRAKES.stepsPerAccount} an account and ${BRAKES.steps} a run, unless --limit says how many` : `--limit ${limit}`}.`,
      );
    if (!options.apply && steps.length > 0) say(`\n${count(steps.length, "step")}. Nothing was done: --apply does it.`);
    if (outcomes) say(`\n${renderOutcomes(outcomes, steps.length)}`);
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ environment: env, applied: options.apply === true, steps, later, left: plan.left, ...defined({ outcomes }) }, null, 2)}\n`,
      );
    if (outcomes && (outcomes.length < steps.length || outcomes.some((one) => one.result === "failed")))
      process.exitCode = 1;
  } finally {
    lock?.release();
  }
}

interface Asked {
  readonly projectRoot: string;
  readonly env: string;
  readonly options: Options;
  readonly context: InventoryContext;
  readonly entries: readonly JournalEntry[];
  readonly now: Date;
}

/** The last run of `keyless inventory`, and the earlier inventories that were given. */
function looksBefore({ projectRoot, env, options, context, now }: Asked): {
  readonly results: Results | undefined;
  readonly lastRun: readonly Inventory[];
  readonly earlier: readonly Inventory[];
} {
  const results = resultsBefore(projectRoot, env, context);
  return {
    results,
    lastRun: results ? [assess([...results.accounts.values()], context, undefined, now)] : [],
    earlier: (options.history ?? []).map((file) => readInventoryFile(file)).filter((one) => one.environment === env),
  };
}

/** By the journal; what inventories saw of these keys since counts, so that nobody's change is taken back. */
function undo(asked: Asked): RetirePlan {
  const { env, options, context, entries, now } = asked;
  const names = new Map(context.accounts.map((account) => [account.id, account.name]));
  const { results, lastRun, earlier } = looksBefore(asked);
  const given = options.inventory === undefined ? [] : [basis(env, options, context, results, now)];
  const inventories = [...earlier, ...given, ...lastRun];
  const arns = new Map(
    inventories.flatMap(({ credentials }) =>
      credentials.map(({ accountId, id, userArn }) => [keyOf({ accountId, keyId: id }), userArn] as const),
    ),
  );
  const plan = undoPlan({
    entries,
    histories: histories([...inventories.flatMap(sightings), ...entries]),
    nameOf: (id) => names.get(id) ?? id,
    protection: context.protection,
    userArnOf: (key) => arns.get(keyOf(key)) ?? `arn:aws:iam::${key.accountId}:user/${key.user}`,
    named: options.key ?? [],
    now,
  });
  return { ...plan, sightings: [] };
}

function planned(asked: Asked): RetirePlan {
  const { projectRoot, env, options, context, entries, now } = asked;
  const { results, lastRun, earlier } = looksBefore(asked);
  const read = basis(env, options, context, results, now);
  refuseFuture(read, options.inventory ?? resultsFile(projectRoot, env), env, now);
  const oldest = read.accounts.flatMap((account) => account.collectedAt ?? []).sort()[0];
  if (oldest !== undefined && daysBetween(oldest, now) >= 1)
    process.stderr.write(
      `The inventory is ${count(daysBetween(oldest, now), "day")} old: ${KEYLESS} inventory ${env} makes a new one.\n`,
    );
  // Beside an inventory that was given, the last run speaks only for leaving a key: that it was active then.
  const active = lastRun.flatMap(sightings).filter(({ event }) => event === "seen-active");
  const seen = [...[...earlier, read].flatMap(sightings), ...active];
  const inventory = withLastUses(read, lastUses([...earlier, ...lastRun], results?.cloudTrail));
  return retirePlan({
    inventory,
    histories: histories([...seen, ...entries]),
    remembered: histories(entries),
    protection: context.protection,
    days: context.days,
    now,
    ...defined({ moves: options.moves === undefined ? undefined : movedKeys(options.moves, env, context, now) }),
  });
}

/** Days are counted from an inventory's time: one of tomorrow was made by a wrong clock, or is judged by one. */
function refuseFuture({ accounts }: Inventory, file: string, env: string, now: Date): void {
  const later = accounts.find(({ collectedAt }) => collectedAt && Date.parse(collectedAt) > now.getTime() + 600_000);
  if (!later) return;
  throw new BaselineError([
    {
      code: "INVENTORY-CLOCK",
      message: `The inventory of ${later.name} was made at ${later.collectedAt}, which is in the future of this machine (${now.toISOString()}).`,
      fix: `Set this machine's clock, or make the inventory again: ${KEYLESS} inventory ${env}.`,
      place: { file },
    },
  ]);
}

/** What the last run of `keyless inventory` read. It counts beside an inventory of the user's, too: a use that it saw was one. */
function resultsBefore(projectRoot: string, env: string, { organizationId }: InventoryContext): Results | undefined {
  const file = resultsFile(projectRoot, env);
  const results = readResults(file, env);
  if (results && results.heading.organizationId !== organizationId)
    throw new BaselineError([
      {
        code: "INVENTORY-RESULTS",
        message: `It contains results of organization ${JSON.stringify(results.heading.organizationId)}, not of ${organizationId}.`,
        fix: `${KEYLESS} inventory ${env} starts a new file.`,
        place: { file, line: 1 },
      },
    ]);
  return results;
}

/** The inventory that the plan is made of: a file of the user's, or what the last run of `keyless inventory` read. */
function basis(
  env: string,
  options: Options,
  context: InventoryContext,
  results: Results | undefined,
  now: Date,
): Inventory {
  if (options.inventory !== undefined) {
    const inventory = readInventoryFile(options.inventory);
    const fail = (message: string, fix: string): BaselineError =>
      new BaselineError([{ code: "INVENTORY-FILE", message, fix, place: { file: options.inventory! } }]);
    if (inventory.environment !== env || inventory.organizationId !== context.organizationId)
      throw fail(
        `It is of environment ${JSON.stringify(inventory.environment)}, organization ${JSON.stringify(inventory.organizationId)}.`,
        `Give an inventory of ${env}.`,
      );
    if (inventory.reportsOnly)
      throw fail(
        "It was made of credential reports, which have no ids of keys.",
        `${KEYLESS} inventory ${env} asks AWS.`,
      );
    if (inventory.masked) throw fail("Its access key ids are shortened.", "Make one without --mask.");
    return inventory;
  }
  if (!results)
    throw new BaselineError([
      {
        code: "RETIRE-NO-INVENTORY",
        message: `There is no inventory of ${env} yet.`,
        fix: `${KEYLESS} inventory ${env}, or --inventory <file>.`,
      },
    ]);
  return assess([...results.accounts.values()], context, results.cloudTrail?.usage, now, results.cloudTrail?.reads);
}

interface Applying {
  readonly steps: readonly RetireStep[];
  readonly plan: RetirePlan;
  readonly entries: readonly JournalEntry[];
  readonly journal: string;
  readonly options: Options;
  readonly context: InventoryContext;
  readonly environment: ReturnType<typeof loadEnvironment>;
  readonly now: () => Date;
  readonly say: (line: string) => void;
}

async function apply({
  steps,
  plan,
  entries,
  journal,
  options,
  context,
  environment,
  now,
  say,
}: Applying): Promise<readonly Outcome[]> {
  const writer = new JournalWriter(journal);
  const stop = { asked: false };
  const onSignal = (): void => {
    if (stop.asked) process.exit(130);
    stop.asked = true;
    process.stderr.write("\nStopping after this key; once more stops at once.\n");
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    plan.sightings.forEach((entry) => writer.write(entry));
    if (steps.length === 0) return [];
    const access = await roleAccess(environment, RETIREMENT_ROLE, options.role);
    if (access.ownAccountId === undefined) await whoAmI(access.base);
    const api = new IamKeyApi(access);
    const past = histories(entries);
    say("");
    try {
      return await execute({
        steps,
        api,
        days: context.days,
        reactivatedAt: (step) => lastActivated(past.get(keyOf(step)) ?? NO_HISTORY),
        write: (entry) => writer.write(entry),
        now,
        isStopped: () => stop.asked,
        onOutcome: (outcome) => say(renderOutcome(outcome)),
      });
    } finally {
      api.close();
    }
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    writer.close();
  }
}
