import { join } from "node:path";
import { z } from "zod";
import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { readInput } from "../../config/input-file";
import { parseAgainst, requireEnvironmentFolder } from "../../config/load";
import { organizationProblems } from "../../config/organization-problems";
import { iamName, region } from "../../config/schema/common";
import { organizationSchema } from "../../config/schema/organization";
import { BaselineError, Problem } from "../../kernel/errors";
import type { Organization } from "../../organization/types";
import { FactChange, organizationChanges } from "./changes";
import { writeAtomically } from "../../kernel/write-file";
import { organizationText } from "./file";
import { impossible, impossibleFacts } from "./impossible";
import { readOrganization } from "./read";
import { defined } from "../../kernel/optional";

export interface SyncOptions {
  /** Compare and write nothing. @default false */
  readonly check?: boolean;
  /** Told what is being read. @default - nothing is told */
  readonly onProgress?: (step: string) => void;
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
}

export interface SyncResult {
  /** Path of the facts, relative to the project's root. */
  readonly file: string;
  readonly facts: Organization;
  /** Absent when there were no facts before, or none that could be read. */
  readonly changes?: readonly FactChange[];
  /** False when the file is as AWS is, byte for byte. */
  readonly stale: boolean;
  readonly written: boolean;
  /** What could not be read, and facts that will not do for a baseline. */
  readonly warnings: readonly Problem[];
}

/** The little of `baseline.yaml` that a sync needs: the rest may still be wrong, because it speaks of facts that are not there yet. */
const settingsSchema = z.looseObject({
  region,
  access: z.looseObject({ managementRole: iamName.optional() }).optional(),
});

/**
 * Reads the facts of an environment's organization and writes them to its `organization.yaml`. Nothing is written when a call fails,
 * and the file is replaced as a whole.
 *
 * @throws BaselineError exit code 2 where the environment is wrong, 1 where AWS refuses
 */
export async function syncEnvironment(
  projectRoot: string,
  name: string,
  options: SyncOptions = {},
): Promise<SyncResult> {
  const folder = requireEnvironmentFolder(projectRoot, name);
  const problems: Problem[] = [];
  const baselineFile = `${folder}/baseline.yaml`;
  const settings = parseAgainst(
    baselineFile,
    given(projectRoot, folder, baselineFile),
    settingsSchema,
    problems,
  )?.value;
  if (!settings) throw new BaselineError(problems);
  const file = `${folder}/organization.yaml`;
  const path = join(projectRoot, file);
  const before = previousFacts(projectRoot, folder, file);

  return withAwsProblems(async () => {
    const session = await managementSession(
      { region: settings.region, ...options.access },
      settings.access?.managementRole,
    );
    if (before.facts && before.facts.id !== session.organizationId) {
      throw new BaselineError([
        {
          code: "SYNC-OTHER-ORGANIZATION",
          message: `${file} contains the facts of organization ${before.facts.id}; these credentials are of ${session.organizationId}.`,
          fix: `Use credentials of ${before.facts.id} (AWS_PROFILE); or, if environment ${name} shall describe another organization from now on, remove ${file} first.`,
          place: { file },
        },
      ]);
    }
    const { organization: facts, warnings } = await readOrganization(session, {
      environment: name,
      ...defined({ previous: before.facts, onProgress: options.onProgress }),
    });
    const wrong = impossibleFacts(facts);
    if (wrong.length > 0) throw impossible(wrong);
    const text = organizationText(name, facts);
    const found = checkFacts(file, text);
    const stale = text !== before.text;
    if (stale && !options.check) writeAtomically(path, text);
    return {
      file,
      facts,
      ...(before.facts ? { changes: organizationChanges(before.facts, facts) } : {}),
      stale,
      written: stale && options.check !== true,
      warnings: [...before.warnings, ...warnings, ...found],
    };
  });
}

interface PreviousFacts {
  readonly text?: string;
  /** Absent without a file, and where it is broken: a sync is what fixes it. */
  readonly facts?: Organization;
  readonly warnings: readonly Problem[];
}

/** @throws BaselineError where something else than a plain file of the environment is there */
function given(projectRoot: string, folder: string, file: string): string {
  const input = readInput(projectRoot, file, folder);
  if (input && "problem" in input) throw new BaselineError([input.problem]);
  return input?.text ?? "";
}

function previousFacts(projectRoot: string, folder: string, file: string): PreviousFacts {
  const text = given(projectRoot, folder, file);
  if (text === "") return { warnings: [] };
  const problems: Problem[] = [];
  const parsed = parseAgainst<Organization>(file, text, organizationSchema, problems);
  if (parsed) return { text, facts: parsed.value, warnings: [] };
  const warning: Problem = {
    code: "SYNC-OLD-FACTS",
    message: `The facts that were in ${file} could not be read, so it is not known what has changed.`,
    fix: "Compare with version control.",
    place: { file },
    severity: "warning",
  };
  return { text, warnings: [warning] };
}

/** What was read must be readable again. Facts that contradict a baseline's needs are true all the same: they are said, not refused. */
function checkFacts(file: string, text: string): readonly Problem[] {
  const problems: Problem[] = [];
  const parsed = parseAgainst<Organization>(file, text, organizationSchema, problems);
  if (!parsed) {
    throw new BaselineError(
      problems.map(({ message, place }) => ({
        code: "SYNC-UNEXPECTED-FACT",
        message: `AWS answered something that the format of the facts does not know: ${message}`,
        fix: "Nothing was written. Rename it in AWS where it is a name or a tag; otherwise please report it.",
        ...(place?.path ? { place: { path: place.path } } : {}),
      })),
      1,
    );
  }
  return organizationProblems(parsed.document, parsed.value).map((problem) => ({ ...problem, severity: "warning" }));
}
