import type { Command } from "commander";
import { chosenEnvironments } from "../../modules/config/load";
import { TO_FILL_IN_CODE } from "../../modules/config/to-fill-in";
import { environmentsOfOrganization } from "../../modules/config/one-organization";
import type { Environment } from "../../modules/sections/environment";
import { readEnvironment } from "../../modules/sections/load";
import type { TargetState } from "../../modules/sections/target-state";
import { exitCodeOf, Problem, sortProblems } from "../../modules/kernel/errors";
import { drillProblems } from "../../modules/live/drill/history";
import { exceptionDates, outsideAccountDates } from "../../modules/sections/guardrails/exceptions/dates";
import { resolveEnvironment } from "../../modules/proofs/environment";
import { certificateDates, revocationDates } from "../../modules/sections/workload-identity/expiry";
import { paint, problemText } from "../output";
import { KEYLESS } from "../../modules/kernel/command";
import { defined } from "../../modules/kernel/optional";
import { count, plural } from "../../modules/kernel/words";

interface Result {
  readonly environment: string;
  readonly problems: readonly Problem[];
  /** Nothing of this environment was ever applied, and nobody has read what AWS holds: what is in the way of a first apply is not known. */
  readonly collisionsUnknown?: true;
}

/** Everything that can be said of an environment without asking AWS; the clock is asked, for certificates and exceptions that end, and for drills. */
export function validateEnvironment(projectRoot: string, name: string, now = new Date()): Result {
  const { environment, problems } = readEnvironment(projectRoot, name);
  if (!environment) return { environment: name, problems };
  const resolved = resolveEnvironment(environment);
  const workloads = resolved.state?.workloadIdentity;
  const dates = workloads
    ? [...certificateDates(environment, workloads, now), ...revocationDates(environment, workloads, now)]
    : [];
  const { exceptions = [], context } = resolved.state?.guardrails ?? {};
  const ends = [
    ...exceptionDates(environment, exceptions, now),
    ...outsideAccountDates(environment, context?.outsideAccounts ?? [], now),
  ];
  const wasApplied = environment.organization.policies.some((policy) => policy.ours && !policy.adopted);
  const drills = drillProblems(projectRoot, name, {
    everyDays: environment.baseline.breakGlass.drillEvery,
    // Before the first apply there is nothing to practise with.
    organizationId: environment.organization.id,
    wasApplied,
    now,
  });
  return {
    environment: name,
    ...(environment.existing || wasApplied ? {} : { collisionsUnknown: true as const }),
    problems: sortProblems([
      ...problems,
      ...resolved.problems,
      ...dates,
      ...ends,
      ...drills,
      ...collisionsOf(environment, resolved.state),
      ...twinProblems(projectRoot, environment),
    ]),
  };
}

/** Two environments of one organization would each take for somebody else's what the other makes, and undo it. */
function twinProblems(projectRoot: string, environment: Environment): readonly Problem[] {
  const { id } = environment.organization;
  const twins = environmentsOfOrganization(projectRoot, environment.name, id);
  if (twins.length === 0) return [];
  return [
    {
      code: "ENV-SAME-ORGANIZATION",
      message: `${twins.join(", ")} ${plural(twins.length, "is", "are")} an environment of organization ${id} too: both would make the same policies, roles and users.`,
      fix: `Keep one environment for each organization. ${KEYLESS} dismantle <env> takes away what the other one has made; adopt takes it over (docs/adopt.md).`,
      ...defined({ place: environment.factsPlace?.(["id"]) }),
    },
  ];
}

/** What is in the way, of what `sync --existing` has read. */
function collisionsOf(environment: Environment, state: TargetState | undefined): readonly Problem[] {
  if (!environment.existing || !state) return [];
  // Stacks are made for it, in memory: other environments are checked without cdktf.
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded where it is used */
  const { collisionProblems } =
    require("../../modules/live/existing/collisions") as typeof import("../../modules/live/existing/collisions");
  /* eslint-enable @typescript-eslint/no-require-imports */
  return collisionProblems(environment, state);
}

export function addValidate(program: Command, projectRoot: string): void {
  program
    .command("validate")
    .description("check the files of one environment, or of all, and run the proofs; reads files only")
    .argument("[env]", "environment; all when left out")
    .option("--json", "print the problems as JSON")
    .addHelpText(
      "after",
      `\nExamples:\n  ${KEYLESS} validate\n  ${KEYLESS} validate prod --json\n\nExit codes: 0 valid (warnings are shown), 2 the usage is wrong or a file is not valid, 3 a proof does not hold.`,
    )
    .action((env: string | undefined, options: { json?: boolean }) => {
      const names = chosenEnvironments(projectRoot, env);
      const results = names.map((name) => validateEnvironment(projectRoot, name));
      const isError = (p: Problem): boolean => p.severity !== "warning";
      if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
      else {
        for (const { environment, problems, collisionsUnknown } of results) {
          problems.forEach((problem) => process.stdout.write(`${problemText(problem)}\n\n`));
          const errors = problems.filter(isError).length;
          const warnings = problems.length - errors;
          const verdict = errors > 0 ? paint.red(count(errors, "error")) : paint.green("valid");
          const open = problems.filter(({ code }) => code === TO_FILL_IN_CODE).length;
          const toFillIn =
            open > 0 ? `: ${count(open, "value")} ${plural(open, "is", "are")} still to be filled in` : "";
          process.stdout.write(
            `${environment}: ${verdict}${warnings > 0 ? `, ${count(warnings, "warning")}${toFillIn}` : ""}\n`,
          );
          if (collisionsUnknown && errors === 0)
            process.stderr.write(
              `${environment}: what is in AWS already was not read, so what is in the way of a first apply is not known: ${KEYLESS} sync ${environment} --existing\n`,
            );
        }
      }
      const errors = results.flatMap(({ problems }) => problems.filter(isError));
      if (errors.length > 0) process.exitCode = exitCodeOf(errors);
    });
}
