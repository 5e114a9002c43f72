import type { Command } from "commander";
import type { FactChange } from "../../modules/live/sync/changes";
import type { SyncResult } from "../../modules/live/sync/run";
import { paint, printable, problemText } from "../output";
import { Progress } from "../progress";
import { usage } from "../usage";
import { KEYLESS } from "../../modules/kernel/command";
import { count } from "../../modules/kernel/words";
import { defined } from "../../modules/kernel/optional";

const MARK: Readonly<Record<FactChange["kind"], string>> = {
  added: paint.green("+"),
  removed: paint.red("-"),
  changed: paint.yellow("~"),
};

export function addSync(program: Command, projectRoot: string): void {
  program
    .command("sync")
    .description("read the facts of an organization from AWS into organization.yaml; reads only")
    .argument("<env>", "environment")
    .option("--check", "write nothing; exit code 3 when the facts are stale")
    .option("--json", "print what has changed as JSON")
    .option("--existing", "also read what the baseline can meet or take over, into existing.yaml (docs/adopt.md)")
    .option("--role <name>", "with --existing: role in member accounts, with its path (default: access.memberRole)")
    .addHelpText(
      "after",
      `\nCredentials come from the SDK's own chain (AWS_PROFILE, SSO, environment, web identity). They must be of the management account, or may\nassume access.managementRole there. What they need to read: docs/sync.md.\n\nExamples:\n  AWS_PROFILE=management ${KEYLESS} sync prod\n  ${KEYLESS} sync prod --check\n  ${KEYLESS} sync prod --existing\n\nExit codes: 0 done, 1 AWS refused (nothing is written), 2 the usage or baseline.yaml is wrong, 3 --check found stale facts.`,
    )
    .action(async (env: string, options: { check?: boolean; json?: boolean; existing?: boolean; role?: string }) => {
      if (options.existing && (options.check || options.json))
        throw usage("SYNC-EXISTING", "--existing writes a file of its own.", "Leave out --check and --json.");
      if (options.role !== undefined && !options.existing)
        throw usage(
          "SYNC-ROLE",
          "--role is for --existing: the facts are read in the management account alone.",
          "Add --existing.",
        );
      // The SDK is loaded where it is used: other commands start without it.
      const { syncEnvironment } = await import("../../modules/live/sync/run");
      const progress = new Progress();
      let result: SyncResult;
      try {
        result = await syncEnvironment(projectRoot, env, {
          check: options.check ?? false,
          onProgress: (step) => progress.update(step),
        });
      } finally {
        progress.done();
      }
      process.stdout.write(
        options.json ? `${JSON.stringify(asJson(env, result), null, 2)}\n` : renderSync(env, result),
      );
      if (options.check && result.stale) process.exitCode = 3;
      if (options.existing) await readExistingToo(projectRoot, env, result, options.role);
    });
}

/** What AWS holds beside the facts, for collisions and for an adoption. */
async function readExistingToo(
  projectRoot: string,
  env: string,
  { facts }: SyncResult,
  memberRole: string | undefined,
): Promise<void> {
  const { syncExisting } = await import("../../modules/live/existing/run");
  const progress = new Progress();
  const { file, existing, warnings } = await syncExisting(projectRoot, env, {
    facts,
    now: () => new Date(),
    onProgress: (step) => progress.update(step),
    ...defined({ memberRole }),
  }).finally(() => progress.done());
  const assignments = existing.permissionSets
    .flatMap((set) => set.assignments)
    .reduce((sum, one) => sum + one.accounts.length, 0);
  const lines = [
    `${paint.bold("existing")}  ${count(existing.permissionSets.length, "permission set")} with ${count(assignments, "assignment")}, ${count(existing.oidcProviders.length, "OIDC provider")}, ${count(existing.things.length, "thing")} with a name of the baseline's; read at ${existing.readAt}`,
    ...warnings.map((warning) => `\n${problemText(warning)}`),
    `${paint.green("wrote")} ${file}. Next: ${KEYLESS} validate ${env}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function asJson(environment: string, { file, facts, changes, stale, written, warnings }: SyncResult): object {
  return { environment, file, stale, written, organizationId: facts.id, changes: changes ?? null, warnings };
}

function renderSync(environment: string, { file, facts, changes, stale, written, warnings }: SyncResult): string {
  const center = facts.identityCenter;
  const people = center
    ? `Identity Center in ${center.region} with ${count(center.groups.length, "group")} and ${count(center.permissionSets.length, "permission set")}`
    : "no Identity Center";
  const lines = [
    `${paint.bold(environment)}  ${facts.id}: ${count(facts.accounts.length, "account")} in ${count(facts.organizationalUnits.length, "OU")}, ${count(facts.policies.length, "policy", "policies")}, ${count(facts.trails.length, "trail")}, ${people}`,
    ...(changes ?? []).map(
      ({ kind, what, name, details }) =>
        `  ${MARK[kind]} ${what} ${printable(name)}${details.length > 0 ? `: ${printable(details.join("; "))}` : ""}`,
    ),
    ...(stale && changes?.length === 0 ? ["  the same facts, written differently"] : []),
    ...warnings.map((warning) => `\n${problemText(warning)}`),
  ];
  if (!stale) lines.push(`${file} is up to date`);
  else if (written) lines.push(`${paint.green("wrote")} ${file}. Next: ${KEYLESS} validate ${environment}`);
  else lines.push(`${paint.red("stale")}: ${file} was left as it is; ${KEYLESS} sync ${environment} writes it`);
  return `${lines.join("\n")}\n`;
}
