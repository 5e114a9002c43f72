import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import type { AwsSession } from "../../aws/session";
import { parseAgainst, requireEnvironmentFolder } from "../../config/load";
import { iamName, region } from "../../config/schema/common";
import { EXISTING_FILE, existingSchema } from "../../config/schema/existing";
import { KEYLESS } from "../../kernel/command";
import { BaselineError, Problem } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import { readText } from "../../kernel/read-text";
import { writeAtomically } from "../../kernel/write-file";
import type { Existing } from "../../organization/existing";
import type { Organization } from "../../organization/types";
import { readEnvironment } from "../../sections/load";
import { withDefaults } from "../../sections/common-schema";
import { memberRoles } from "../../sections/member-roles";
import { resolveUnproven } from "../../sections/target-state";
import { readExisting } from "./read";
import { wantedThings } from "./wanted";

export interface SyncExistingOptions {
  readonly facts: Organization;
  /** Role in member accounts, with its path. @default - `access.memberRole` */
  readonly memberRole?: string;
  readonly concurrency?: number;
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly now: () => Date;
  readonly onProgress: (step: string) => void;
}

export interface SyncExistingResult {
  /** Relative to the project's root. */
  readonly file: string;
  readonly existing: Existing;
  readonly warnings: readonly Problem[];
}

/** The little of `baseline.yaml` that is needed: the rest may still be wrong. */
const settingsSchema = z.looseObject({
  region,
  landingZone: z.enum(["control-tower", "none"]).optional(),
  access: z.looseObject({ managementRole: iamName.optional(), memberRole: iamName.optional() }).prefault({}),
});

/**
 * Reads what is in AWS beside the facts and writes it to the environment's `existing.yaml`, as a whole or not at all.
 *
 * @throws BaselineError exit code 2 where the environment is wrong, 1 where AWS refuses
 */
export async function syncExisting(
  projectRoot: string,
  name: string,
  options: SyncExistingOptions,
): Promise<SyncExistingResult> {
  const folder = requireEnvironmentFolder(projectRoot, name);
  const problems: Problem[] = [];
  const text = readText(join(projectRoot, `${folder}/baseline.yaml`));
  const settings = parseAgainst(`${folder}/baseline.yaml`, text, settingsSchema, problems)?.value;
  if (!settings) throw new BaselineError(problems);
  const { environment } = readEnvironment(projectRoot, name);
  const state = environment && resolveUnproven(environment).state;
  const file = `${folder}/${EXISTING_FILE}`;
  const existing = await withAwsProblems(async () => {
    const session = await managementSession(
      { region: settings.region, ...options.access },
      settings.access.managementRole,
    );
    return readExisting({
      session,
      memberRole:
        options.memberRole ?? (environment ? memberRoles(environment).of : withDefaults(settings).access.memberRole),
      facts: options.facts,
      wanted: state && environment ? wantedThings(state, environment.tree) : [],
      now: options.now,
      onProgress: options.onProgress,
      ...defined({ concurrency: options.concurrency }),
    });
  });
  const written = existingText(name, existing);
  if (!parseAgainst<Existing>(file, written, existingSchema, problems))
    throw new BaselineError(
      problems.map(({ message }) => ({
        code: "SYNC-UNEXPECTED-FACT",
        message: `AWS answered something that the format of ${EXISTING_FILE} does not know: ${message}`,
        fix: "Nothing was written. Please report it.",
      })),
      1,
    );
  writeAtomically(join(projectRoot, file), written);
  return { file, existing, warnings: warningsOf(name, existing, state !== undefined) };
}

/** What is not known, said: it is never the same as none. */
function warningsOf(name: string, { notRead }: Existing, resolved: boolean): readonly Problem[] {
  return [
    ...(resolved
      ? []
      : [
          {
            code: "EXISTING-NO-NAMES",
            message: `The baseline of ${name} does not resolve yet, so that no names of its roles, users, StackSets, rules and topics were looked for.`,
            fix: `Fix what ${KEYLESS} validate ${name} reports, then ${KEYLESS} sync ${name} --existing.`,
            severity: "warning" as const,
          },
        ]),
    ...notRead.map(({ accountId, what, why }) => ({
      code: "EXISTING-NOT-READ",
      message: `${what} in account ${accountId} could not be read: ${why}.`,
      fix: "Let the role that reads the account do so (--role names another one), or take it that nothing is known there.",
      severity: "warning" as const,
    })),
  ];
}

/** As the text of `existing.yaml`. */
export function existingText(environment: string, existing: Existing): string {
  return [
    "# yaml-language-server: $schema=../../docs/schema/existing.schema.json",
    `# What AWS has in addition to the facts, written by \`${KEYLESS} sync ${environment} --existing\`. Not edited.`,
    stringify(existing, { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join("\n");
}
