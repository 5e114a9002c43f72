import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ENVIRONMENTS } from "../../config/load";
import { KEYLESS } from "../../kernel/command";
import type { Problem } from "../../kernel/errors";
import { writeAtomically } from "../../kernel/write-file";
import { drillHtml, drillMarkdown } from "./report";
import type { DrillRecord } from "./types";

/** What is asked of a record that somebody else may have written: enough to know when it was and how it went. */
const recordSchema = z.looseObject({
  version: z.literal(1),
  environment: z.string(),
  to: z.iso.datetime(),
  outcome: z.enum(["passed", "failed", "unknown"]),
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

/**
 * Warns where the last drill that passed is older than it may be. An environment that nobody has drilled yet is warned of once its facts show
 * that it was applied.
 */
export function drillProblems(
  projectRoot: string,
  environment: string,
  options: { readonly everyDays: number; readonly wasApplied: boolean; readonly now: Date },
): readonly Problem[] {
  const folder = folderOf(environment);
  const path = join(projectRoot, folder);
  const problems: Problem[] = [];
  const passed: string[] = [];
  const files = existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.endsWith(".json"))
        .sort()
    : [];
  for (const name of files) {
    const record = recordOf(join(path, name));
    if (record?.environment !== environment)
      problems.push({
        code: "DRILL-RECORD",
        message: "This is no record of a drill of this environment; it counts for nothing.",
        fix: "Restore it from version control, or remove it.",
        place: { file: `${folder}/${name}` },
        severity: "warning",
      });
    else if (record.outcome === "passed") passed.push(record.to);
  }
  const last = passed.sort().at(-1);
  const fix = `Sign in as a break-glass user, and run ${KEYLESS} drill ${environment} (docs/break-glass.md).`;
  if (last === undefined) {
    if (options.wasApplied || files.length > 0)
      problems.push({
        code: "DRILL-NEVER",
        message: "No drill of break glass has passed here: nobody knows that the way in works.",
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
    return recordSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}
