import type { Command } from "commander";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";
import { count, plural } from "../../modules/kernel/words";
import { changes, type CrlPlan, type CrlStep, type OtherList } from "../../modules/live/crl/plan";
import type { CrlOutcome, CrlRun } from "../../modules/live/crl/run";
import { targetState } from "../../modules/proofs/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { ask } from "../ask";
import { jsonText, paint, printable } from "../output";
import { usage } from "../usage";

interface Options {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly role?: string;
}

const HELP = `
Imports the certificate revocation lists (CRLs) that baseline.yaml names at its trust anchors into IAM Roles Anywhere, and replaces those that AWS
has with newer ones. No Terraform resource does that. Each list must be signed by a CA of its trust anchor, be the present one, and be newer than
what AWS has. Says first what it would do, and asks. Nothing is ever deleted or disabled. How: docs/roles-anywhere.md.

Credentials come from the SDK's own chain: of the management account, or of the role that the pipeline applies with. Member accounts are reached
through access.memberRole, or through the role of --role.

Examples:
  ${KEYLESS} crl prod                    says what would be imported, and asks
  ${KEYLESS} crl prod --dry-run          says it and stops
  ${KEYLESS} crl prod --yes              in a scheduled run: nobody is asked
  ${KEYLESS} crl prod --dry-run --json > crl.json

Exit codes: 0 AWS has every list, enabled, 1 AWS refused, 2 the usage or the input is wrong, 3 a list is refused, --dry-run found something to
do, the answer was no, or a proof does not hold.`;

export function addCrl(program: Command, projectRoot: string): void {
  program
    .command("crl")
    .description("import and refresh the revocation lists of trust anchors; says first what it would do, and asks")
    .argument("<env>", "environment")
    .option("--dry-run", "say what would be done, and stop; exit code 3 where there is something")
    .option("--yes", "do it without asking")
    .option("--json", "print plan and outcome as JSON; needs --dry-run or --yes")
    .option("--role <name>", "role in member accounts, with its path (default: access.memberRole)")
    .addHelpText("after", HELP)
    .action(async (env: string, options: Options) => {
      check(options);
      const environment = loadEnvironment(projectRoot, env);
      const state = targetState(environment);
      // The SDK is loaded where it is used: other commands start without it.
      const { anchorsWithLists, readCrls } = await import("../../modules/live/crl/run");
      const say = (text: string): void => void (options.json ? undefined : process.stdout.write(text));
      if (anchorsWithLists(state).length === 0) {
        say(
          `${env}: baseline.yaml names no revocation list; no certificate of its trust anchors is revoked in AWS by this. revocationLists of a trust anchor names one (docs/roles-anywhere.md).\n`,
        );
        if (options.json) process.stdout.write(jsonText({ environment: env, steps: [], others: [] }));
        return;
      }
      const run = await readCrls(environment, state, {
        now: () => new Date(),
        ...defined({ memberRole: options.role }),
      });
      say(renderPlan(env, run.plan));
      const outcomes = (await mayDo(run.plan, options)) ? await execute(run, say) : undefined;
      if (options.json)
        process.stdout.write(
          jsonText({
            environment: env,
            steps: run.plan.steps.map(asJson),
            others: run.plan.others,
            ...defined({ outcomes }),
          }),
        );
      if (outcomes?.some(({ result }) => result === "failed")) process.exitCode = 1;
      else if (run.plan.steps.some(({ action }) => action === "refused")) process.exitCode = 3;
    });
}

function check(options: Options): void {
  if (options.dryRun && options.yes)
    throw usage("CRL-MODE", "--dry-run does nothing, and --yes does it.", "Leave out one of them.");
  if (options.json && !options.dryRun && !options.yes)
    throw usage("CRL-JSON", "With --json nobody can be asked.", "Add --dry-run or --yes.");
  if (options.role !== undefined && !/^(?:[!-.0-~]+\/)*[\w+=,.@-]{1,64}$/.test(options.role))
    throw usage(
      "USAGE",
      `--role ${JSON.stringify(options.role)} is no name of a role.`,
      "Give a name, with its path where it has one: OrganizationAccountAccessRole, security/Audit.",
    );
}

/** Whether the plan is to be done. A no has exit code 3. */
async function mayDo(plan: CrlPlan, { dryRun, yes }: Options): Promise<boolean> {
  const open = changes(plan);
  if (open.length === 0) return false;
  if (yes) return true;
  if (!dryRun) {
    if (!process.stdin.isTTY)
      throw usage("CRL-NOBODY-TO-ASK", "Nobody can be asked here.", "Read what --dry-run says first, and give --yes.");
    if ((await ask(`Do ${count(open.length, "step")}? Only yes is a yes: `)) === "yes") return true;
    process.stdout.write("Nothing was changed.\n");
  }
  process.exitCode = 3;
  return false;
}

function execute(run: CrlRun, say: (text: string) => void): Promise<readonly CrlOutcome[]> {
  return run.execute(({ source, trustAnchor }, { result, message }) =>
    say(
      result === "seen"
        ? `${paint.green("seen")}    ${printable(source)}: AWS has it at ${trustAnchor}, enabled\n`
        : `${paint.red("failed")}  ${printable(source)} at ${trustAnchor}: ${printable(message ?? "")}\n`,
    ),
  );
}

const MARKS: Readonly<Record<CrlStep["action"], string>> = {
  import: paint.green("import"),
  update: paint.yellow("update"),
  enable: paint.yellow("enable"),
  none: paint.dim("none  "),
  refused: paint.red("refuse"),
};

function renderPlan(env: string, plan: CrlPlan): string {
  const open = changes(plan).length;
  const lines = [
    ...plan.steps.map(stepText),
    ...plan.others.map(otherText),
    open === 0
      ? plan.steps.some(({ action }) => action === "refused")
        ? `${env}: nothing can be done.`
        : `${env}: AWS has every list, enabled.`
      : `${env}: ${count(open, "step")} to do. Nothing is deleted.`,
  ];
  return `${lines.join("\n")}\n`;
}

function stepText(step: CrlStep): string {
  const { action, source, trustAnchor, account, region, list, reason } = step;
  const head = `${MARKS[action]}  ${printable(source)} at ${trustAnchor} (${account}, ${region})`;
  const about = list
    ? [
        printable(
          `        ${list.issuer}${list.number === undefined ? "" : `, number ${list.number}`}, of ${list.thisUpdate.slice(0, 10)}, ${list.nextUpdate === undefined ? "without a next one" : `the next one by ${list.nextUpdate.slice(0, 10)}`}, ${count(list.revoked.length, "certificate")} revoked`,
        ),
      ]
    : [];
  const change = [
    ...serials("revoked now", step.added),
    ...serials("good again, because not on the list any more", step.removed),
    ...(step.wasEnabled === false
      ? ["        the list in AWS is disabled: nothing is revoked by it until it is enabled"]
      : []),
  ];
  const why = reason
    ? [`        ${reason.code} ${printable(reason.message)}`, `        fix: ${printable(reason.fix)}`]
    : [];
  return [head, ...about, ...change, ...why].join("\n");
}

const SHOWN = 5;

function serials(what: string, list: readonly string[] = []): readonly string[] {
  if (list.length === 0) return [];
  const more = list.length > SHOWN ? ` and ${list.length - SHOWN} more` : "";
  return [
    `        ${what}: ${plural(list.length, "serial number", "serial numbers")} ${list.slice(0, SHOWN).join(", ")}${more}`,
  ];
}

function otherText({ trustAnchor, account, region, crlId, name, enabled, what }: OtherList): string {
  return printable(
    `left    ${crlId} (${name}) at ${trustAnchor} (${account}, ${region}), ${enabled ? "enabled" : "disabled"}: ${what}; the baseline does not name it`,
  );
}

/** Without the list itself, which is in the file. */
function asJson({ list, ...step }: CrlStep): object {
  if (!list) return step;
  const { pem: _, issuerName: __, ...rest } = list;
  return { ...step, list: rest };
}
