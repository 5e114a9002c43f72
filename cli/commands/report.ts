import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { ENVIRONMENTS } from "../../modules/config/load";
import { readInventoryFile } from "../../modules/evidence/inventory/results";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { KEYLESS } from "../../modules/kernel/command";
import { BaselineError } from "../../modules/kernel/errors";
import { dayOfLastChange } from "../../modules/kernel/git";
import { defined } from "../../modules/kernel/optional";
import { readText } from "../../modules/kernel/read-text";
import { writeAtomically } from "../../modules/kernel/write-file";
import { readDrills } from "../../modules/live/drill/history";
import { prove } from "../../modules/proofs/prove";
import { pageData } from "../../modules/report/collect";
import { reportHtml } from "../../modules/report/html";
import type { Environment } from "../../modules/sections/environment";
import { parseEvidence, type RolloutEvidence } from "../../modules/sections/guardrails/evidence";
import { loadEnvironment } from "../../modules/sections/load";
import { resolveUnproven } from "../../modules/sections/target-state";
import { several } from "../inventory/options";
import { refuseOthers, verificationOf } from "../verification-file";

interface Options {
  readonly output: string;
  readonly inventory?: string;
  readonly history?: readonly string[];
  readonly verify?: string;
  readonly ready?: string;
}

const HELP = `
The page needs no network and contains no secret. It shows what is planned, what is proven and for which requests, and what was seen or read where you
give it. An environment with a failed proof gets its page, too. docs/report.md explains each view.

Examples:
  ${KEYLESS} report example
  ${KEYLESS} report prod --verify verified.json --inventory inventory.json --output prod.html
  ${KEYLESS} ready prod --cloudtrail ./logs --evidence ready.json
  ${KEYLESS} report prod --ready ready.json
  ${KEYLESS} report prod --inventory now.json --history 2026-10.json --history 2026-11.json

Exit codes: 0 the page is written, 2 the usage or a file is wrong.`;

export function addReport(program: Command, projectRoot: string): void {
  program
    .command("report")
    .description(
      "write one HTML page of an organization: map, journey, proofs, exceptions, break glass; reads files only",
    )
    .argument("<env>", "environment")
    .option("--output <file>", "file to write, from the folder you are in", "report.html")
    .option("--inventory <file>", `result of ${KEYLESS} inventory --json`)
    .option("--history <file>", "an earlier inventory; can be repeated", several)
    .option("--verify <file>", `result of ${KEYLESS} verify --json`)
    .option(
      "--ready <file>",
      `result of ${KEYLESS} ready <env> --evidence <file>: which guardrails may be enforced today`,
    )
    .addHelpText("after", HELP)
    .action((env: string, options: Options) => {
      const environment = loadEnvironment(projectRoot, env);
      const { state, problems } = resolveUnproven(environment);
      if (!state) throw new BaselineError(problems.filter((problem) => problem.severity !== "warning"));
      const inventory = options.inventory === undefined ? undefined : inventoryOf(options.inventory, environment);
      if (options.history !== undefined && inventory === undefined)
        throw new BaselineError([
          {
            code: "USAGE",
            message: "--history needs the inventory of today.",
            fix: `Give it: --inventory inventory.json, as ${KEYLESS} inventory ${env} --json has written it.`,
          },
        ]);
      const proven = { environment, ...state };
      const data = pageData({
        proven,
        report: prove(proven),
        madeAt: new Date().toISOString(),
        command: KEYLESS,
        drills: readDrills(projectRoot, {
          environment: env,
          organizationId: environment.organization.id,
          now: new Date(),
        }),
        history: (options.history ?? []).map((file) => inventoryOf(file, environment)),
        ...defined({
          inventory,
          verification: options.verify === undefined ? undefined : verificationOf(options.verify, environment),
          ready: options.ready === undefined ? undefined : evidenceOf(options.ready, environment),
          factsDate: dayOfLastChange(projectRoot, join(ENVIRONMENTS, env, "organization.yaml")),
        }),
      });
      const file = resolve(options.output);
      writeAtomically(file, reportHtml(data));
      process.stdout.write(`wrote ${relative(process.cwd(), file) || file}\n`);
    });
}

function inventoryOf(file: string, environment: Environment): Inventory {
  const inventory = readInventoryFile(file);
  refuseOthers(file, inventory, environment);
  return inventory;
}

function evidenceOf(file: string, { name, organization }: Environment): RolloutEvidence {
  const evidence = parseEvidence(readText(file));
  const refuse = (message: string): BaselineError =>
    new BaselineError([
      {
        code: "REPORT-READY",
        message,
        fix: `Make one with ${KEYLESS} ready ${name} --cloudtrail <logs> --evidence ready.json.`,
        place: { file },
      },
    ]);
  if ("unusable" in evidence) throw refuse(`It is no answer of ready: ${evidence.unusable}.`);
  if (evidence.environment !== name || evidence.organizationId !== organization.id)
    throw refuse(
      `It is of environment ${JSON.stringify(evidence.environment)}, organization ${JSON.stringify(evidence.organizationId)}.`,
    );
  return evidence;
}
