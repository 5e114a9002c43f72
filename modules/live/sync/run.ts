import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { parseAgainst, requireEnvironmentFolder } from "../../config/load";
import { organizationProblems } from "../../config/organization-problems";
import { iamName, region } from "../../config/schema/common";
import { organizationSchema } from "../../config/schema/organization";
import { BaselineError, Problem } from "../../kernel/errors";
import type { Organization } from "../../organization/types";
import { FactChange, organizationChanges } from "./changes";
import { writeAtomically } from "../../kernel/write-file";
import { organizationText } from "./file";
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
    readFileSync(join(projectRoot, baselineFile), "utf8"),
    settingsSchema,
    problems,
  )?.value;
  if (!settings) throw new BaselineError(problems);
  const file = `${folder}/organization.yaml`;
  const path = join(projectRoot, file);
  const before = previousFacts(file, path);

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
      ...defined({ previous: before.facts, onProgress: options.onProgress }),
    });
    refuseImpossible(facts);
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

/**
 * Answers that AWS cannot give: written down, they would take everything that rests on them away. Where SCPs are enabled, AWS's
 * FullAWSAccess exists and is attached; an organization has its root's accounts, the management account among them.
 */
function refuseImpossible({ enabledPolicyTypes, policies, accounts, managementAccountId }: Organization): void {
  const wrong = [
    ...(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const)
      .filter((type) => enabledPolicyTypes.includes(type))
      .filter((type) => !policies.some((policy) => policy.type === type && policy.awsManaged))
      .map((type) => `${type} is enabled, and AWS named no policy of this type that it manages itself`),
    ...(accounts.some(({ id }) => id === managementAccountId)
      ? []
      : [`the management account ${managementAccountId} is not among the accounts`]),
  ];
  if (wrong.length > 0)
    throw new BaselineError(
      wrong.map((what) => ({
        code: "SYNC-IMPOSSIBLE",
        message: `This answer cannot be: ${what}.`,
        fix: "Nothing was written. Run it again; if it stays, look at what is between here and AWS (a proxy, AWS_ENDPOINT_URL, an SCP on these credentials).",
      })),
      1,
    );
}

interface PreviousFacts {
  readonly text?: string;
  /** Absent without a file, and where it is broken: a sync is what fixes it. */
  readonly facts?: Organization;
  readonly warnings: readonly Problem[];
}

function previousFacts(file: string, path: string): PreviousFacts {
  if (!existsSync(path)) return { warnings: [] };
  const text = readFileSync(path, "utf8");
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
        fix: "Nothing was written. Please report it.",
        ...(place?.path ? { place: { path: place.path } } : {}),
      })),
      1,
    );
  }
  return organizationProblems(parsed.document, parsed.value).map((problem) => ({ ...problem, severity: "warning" }));
}
