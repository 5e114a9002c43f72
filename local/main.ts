import { parseArgs } from "node:util";
import { paint } from "../cli/output";
import { Progress } from "../cli/progress";
import { renderVerification } from "../cli/verification";
import { loadEnvironment } from "../modules/sections/load";
import { BaselineError } from "../modules/kernel/errors";
import { runToExitCode } from "../modules/kernel/run";
import { exampleCredentials } from "./organizations/example-credentials";
import { clearLocalState, LocalRun, runLocal } from "./run";
import { LocalAws, TerraformError, ToolsMissingError } from "./runner";
import { seedCredentials } from "./seed-credentials";
import { KEYLESS, cdktfCommand } from "../modules/kernel/command";

const HELP = `npm run local -- [--env NAME] [--keep]

Applies an environment to a local AWS: starts it, seeds the organization of the facts, reads it with ${KEYLESS} sync (the same
facts must come), synthesizes, applies every stack with Terraform, plans each again (nothing may change), scans state and plans
for secrets, does what people do after an apply (enrolment, subscriptions, recorders), reads every claim back as
${KEYLESS} verify does (all must be seen), stops.

  --env NAME   environment with a local backend (default: example)
  --keep       leave the local AWS running, with users and keys to find, and print how to use it
  --help       this text

Needs Terraform (or OpenTofu), the AWS provider and moto; what is missing is named with how to get it.
`;

async function main(): Promise<void> {
  let values: { env?: string | undefined; keep?: boolean | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      options: { env: { type: "string" }, keep: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    }));
  } catch (error) {
    throw new BaselineError([{ code: "USAGE", message: (error as Error).message, fix: "npm run local -- --help" }]);
  }
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const projectRoot = process.cwd();
  const environment = values.env ?? "example";
  const progress = new Progress();
  let local: LocalAws | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await local?.stop();
    clearLocalState(projectRoot, environment);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // `on`, not `once`: a handler that has been taken off looks to others as if nobody took care of the signal.
    process.on(signal, () => {
      if (stopping) process.exit(1);
      process.stderr.write(`\n${signal}: stopping what was started\n`);
      void stop().finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
    });
  }
  try {
    const run: LocalRun = await runLocal({
      projectRoot,
      environment,
      say: (line) => {
        progress.done();
        process.stdout.write(`${line}\n`);
      },
      progress: (text) => progress.update(text),
      onStart: (started) => (local = started),
    });
    progress.done();
    process.stdout.write(`\n${renderVerification(run.verification, false)}`);
    process.stdout.write(
      `\n${paint.green("green")}: ${run.stacks.length} stacks applied, every second plan empty, no secret found, every claim seen\n`,
    );
    if (values.keep) {
      process.stdout.write(`\nThe local AWS keeps running; Ctrl-C stops it. In another terminal, in this folder:\n\n`);
      for (const [name, value] of Object.entries(run.local.exports))
        process.stdout.write(`export ${name}='${value}'\n`);
      process.stdout.write(`\n${cdktfCommand(`plan ${environment}-guardrails --skip-provider-lock`)}\n`);
      // Somebody's keys to find: users in every account, after the plans, so that these are what the baseline alone makes.
      const facts = loadEnvironment(projectRoot, environment).organization;
      const seed = exampleCredentials(facts);
      // Break-glass users are there already: the baseline has made them.
      const users = seed.users.filter(
        ({ accountId, name }) =>
          accountId !== facts.managementAccountId ||
          !run.verification.claims.some((claim) => claim.kind === "user" && claim.name === name),
      );
      const keys = await seedCredentials(run.local.endpoint, facts.managementAccountId, { ...seed, users }, new Date());
      process.stdout.write(`${KEYLESS} inventory ${environment}   # ${keys.length} access keys were seeded\n`);
      await new Promise(() => setInterval(() => undefined, 1 << 30));
    }
  } catch (error) {
    if (error instanceof ToolsMissingError) throw new BaselineError(error.problems, 1);
    if (error instanceof TerraformError)
      throw new BaselineError(
        [{ code: "LOCAL-TERRAFORM", message: error.message, fix: "The message above is Terraform's own." }],
        1,
      );
    throw error;
  } finally {
    await stop();
  }
}

void runToExitCode(main);
