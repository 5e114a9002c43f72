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
import type { Verification } from "../../modules/live/verify/run";
import { prove } from "../../modules/proofs/prove";
import { pageData } from "../../modules/report/collect";
import { reportHtml } from "../../modules/report/html";
import type { Environment } from "../../modules/sections/environment";
import { loadEnvironment } from "../../modules/sections/load";
import { resolveUnproven } from "../../modules/sections/target-state";
import { several } from "../inventory/options";

interface Options {
  readonly output: string;
  readonly inventory?: string;
  readonly history?: readonly string[];
  readonly verify?: string;
}

const HELP = `
The page needs no network and contains no secret. It shows what is planned, what is proven and for which requests, and what was seen or read where you
give it. An environment with a failed proof gets its page, too. docs/report.md explains each view.

Examples:
  ${KEYLESS} report example
  ${KEYLESS} report prod --verify verified.json --inventory inventory.json --output prod.html
  ${KEYLESS} report prod --inventory now.json --history 2026-10.json --history 2026-11.json

Exit codes: 0 the page is written, 2 the usage or a file is wrong.`;

export function addReport(program: Command, projectRoot: string): void {
  program
    .command("report")
    .description("one HTML page of an organization: map, journey, proofs, exceptions, break glass; reads files only")
    .argument("<env>", "environment")
    .option("--output <file>", "file to write, from the folder you are in", "report.html")
    .option("--inventory <file>", `result of ${KEYLESS} inventory --json`)
    .option("--history <file>", "an earlier inventory; may be given several times", several)
    .option("--verify <file>", `result of ${KEYLESS} verify --json`)
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

function verificationOf(file: string, environment: Environment): Verification {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof BaselineError) throw error;
    throw wrongFile(
      file,
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "There is no such file."
        : `It cannot be read: ${(error as Error).message.slice(0, 200)}.`,
    );
  }
  const given = value as Partial<Verification> | null;
  if (
    typeof given?.environment !== "string" ||
    typeof given.from !== "string" ||
    typeof given.to !== "string" ||
    !isTime(given.from) ||
    !isTime(given.to) ||
    !Array.isArray(given.claims) ||
    !given.claims.every(isClaim)
  )
    throw wrongFile(file, "It is not the output of verify --json.");
  refuseOthers(file, given as Verification, environment);
  return given as Verification;
}

const VERDICTS = ["seen", "missing", "different", "not-readable"];
const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));

function isClaim(value: unknown): boolean {
  const { verdict, details, place, section, kind, name } = (value ?? {}) as Partial<Verification["claims"][number]>;
  return (
    VERDICTS.includes(String(verdict)) &&
    Array.isArray(details) &&
    typeof place?.accountId === "string" &&
    [section, kind, name].every((text) => typeof text === "string")
  );
}

/** An environment of the same name may be another organization's. */
function refuseOthers(
  file: string,
  found: { readonly environment: string; readonly organizationId: string },
  { name, organization }: Environment,
): void {
  if (found.environment !== name) throw ofAnother(file, `environment ${JSON.stringify(found.environment)}`, name);
  if (found.organizationId !== organization.id)
    throw ofAnother(file, `organization ${JSON.stringify(found.organizationId)}`, organization.id);
}

function wrongFile(file: string, message: string): BaselineError {
  return new BaselineError([
    {
      code: "REPORT-VERIFY-FILE",
      message,
      fix: `Give a file that ${KEYLESS} verify <env> --json has written.`,
      place: { file },
    },
  ]);
}

function ofAnother(file: string, found: string, wanted: string): BaselineError {
  return new BaselineError([
    {
      code: "REPORT-ENVIRONMENT",
      message: `It is of ${found}, not of ${wanted}.`,
      fix: "Give the file of this environment.",
      place: { file },
    },
  ]);
}
