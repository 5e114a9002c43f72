import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ENVIRONMENTS } from "../../config/load";
import { KEYLESS } from "../../kernel/command";
import type { Problem } from "../../kernel/errors";
import { writeAtomically } from "../../kernel/write-file";
import { drillHtml, drillMarkdown } from "./report";
import { type DrillRecord, type Outcome, worst } from "./types";
import { readText } from "../../kernel/read-text";

const outcome = z.enum(["passed", "failed", "unknown"]);
const parts = z.array(z.looseObject({ outcome }));

/** What is asked of a record that somebody else may have written: enough to know whose it is, when it was and how it went. */
const recordSchema = z.looseObject({
  version: z.literal(1),
  environment: z.string(),
  organizationId: z.string(),
  to: z.iso.datetime(),
  accounts: parts,
  // Older records have none.
  accountList: z.looseObject({ outcome }).optional(),
  refusals: parts,
  alarms: parts,
  outcome,
});

const folderOf = (environment: string): string => `${ENVIRONMENTS}/${environment}/drills`;

/** Writes a record with its report, and gives the files, relative to the project's root. Nothing is ever overwritten: each has its second. */
export function keepDrill(projectRoot: string, record: DrillRecord): readonly string[] {
  const name = `${record.from.replaceAll(":", "")}-${record.user.name}`;
  const folder = folderOf(record.environment);
  mkdirSync(join(projectRoot, folder), { recursive: true });
  return (
    [
      ["json", `${JSON.stringify(record, null, 2)}\n`],
      ["md", drillMarkdown(record)],
      ["html", drillHtml(record)],
    ] as const
  ).map(([extension, text]) => {
    const file = `${folder}/${name}.${extension}`;
    writeAtomically(join(projectRoot, file), text);
    return file;
  });
}

/** What a record is checked against. */
interface DrillFacts {
  readonly environment: string;
  readonly organizationId: string;
  readonly now: Date;
}

/** Why a record counts for nothing; nothing where it counts. */
function whyNot(record: z.output<typeof recordSchema> | undefined, facts: DrillFacts): string | undefined {
  if (!record) return "This is no record of a drill that can be read";
  if (record.environment !== facts.environment)
    return `This is a record of environment ${JSON.stringify(record.environment)}, not of ${facts.environment}`;
  if (record.organizationId !== facts.organizationId)
    return `This is a record of organization ${JSON.stringify(record.organizationId)}, not of ${facts.organizationId}`;
  if (Date.parse(record.to) > facts.now.getTime())
    return `This record says that it ends at ${record.to}, which is to come`;
  // A part of which there is nothing shows nothing: it is unknown, as in the drill itself.
  const parts = [record.accounts, record.refusals, record.alarms];
  const shown = worst([
    ...parts.map((part) => worst(part.map((one) => one.outcome))),
    ...(record.accountList ? [record.accountList.outcome] : []),
  ]);
  if (record.outcome !== shown)
    return `This record says "${record.outcome}", and its accounts, refusals and alarms say "${shown}"`;
  return undefined;
}

/** A record that counts, as far as a page or a warning needs it. */
export interface CountedDrill {
  readonly file: string;
  readonly to: string;
  readonly outcome: Outcome;
  /** Accounts that were got into, and how many were tried. */
  readonly accounts: { readonly passed: number; readonly of: number };
  /** Other questions: who must not get in, and alarms. */
  readonly others: { readonly passed: number; readonly of: number };
}

export interface DrillRecords {
  readonly counted: readonly CountedDrill[];
  /** Files that count for nothing, with why. */
  readonly refused: readonly { readonly file: string; readonly why: string }[];
}

/** Every record of an environment, in the order of their names, which is that of their times. */
export function readDrills(projectRoot: string, facts: DrillFacts): DrillRecords {
  const folder = folderOf(facts.environment);
  const path = join(projectRoot, folder);
  const counted: CountedDrill[] = [];
  const refused: { file: string; why: string }[] = [];
  const files = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".json")) : [];
  for (const name of files.sort()) {
    const record = recordOf(join(path, name));
    const why = whyNot(record, facts);
    const file = `${folder}/${name}`;
    if (!record || why !== undefined) refused.push({ file, why: why ?? "" });
    else counted.push({ file, to: record.to, outcome: record.outcome, ...countsOf(record) });
  }
  return { counted, refused };
}

function countsOf({
  accounts,
  refusals,
  alarms,
}: z.output<typeof recordSchema>): Pick<CountedDrill, "accounts" | "others"> {
  const count = (list: readonly { readonly outcome: Outcome }[]): { passed: number; of: number } => ({
    passed: list.filter((one) => one.outcome === "passed").length,
    of: list.length,
  });
  return { accounts: count(accounts), others: count([...refusals, ...alarms]) };
}

/**
 * Warns where the last drill that passed is older than it may be. An environment that nobody has drilled yet is warned of once its facts show
 * that it was applied.
 */
export function drillProblems(
  projectRoot: string,
  environment: string,
  options: {
    readonly everyDays: number;
    readonly wasApplied: boolean;
    /** Of the facts: a record of another organization shows nothing of this one. */
    readonly organizationId: string;
    readonly now: Date;
  },
): readonly Problem[] {
  const folder = folderOf(environment);
  const { organizationId, now } = options;
  const { counted, refused } = readDrills(projectRoot, { environment, organizationId, now });
  const problems = refused.map(({ file, why }): Problem => ({
    code: "DRILL-RECORD",
    message: `${why}; it counts for nothing.`,
    fix: "Restore it from version control, or remove it.",
    place: { file },
    severity: "warning",
  }));
  const passed = counted.filter(({ outcome: how }) => how === "passed").map(({ to }) => to);
  const last = passed.sort().at(-1);
  const fix = `Sign in as a break-glass user, and run ${KEYLESS} drill ${environment} (docs/break-glass.md).`;
  if (last === undefined) {
    if (options.wasApplied || counted.length + refused.length > 0)
      problems.push({
        code: "DRILL-NEVER",
        message: "No drill of break glass has passed here: nobody knows that emergency access works.",
        fix,
        place: { file: folder },
        severity: "warning",
      });
    return problems;
  }
  const days = Math.floor((options.now.getTime() - Date.parse(last)) / 86_400_000);
  if (days > options.everyDays)
    problems.push({
      code: "DRILL-DUE",
      message: `The last drill of break glass that passed was ${days} days ago (${last.slice(0, 10)}); breakGlass.drillEvery is ${options.everyDays}.`,
      fix,
      place: { file: folder },
      severity: "warning",
    });
  return problems;
}

function recordOf(file: string): z.output<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readText(file))).data;
  } catch {
    return undefined;
  }
}
