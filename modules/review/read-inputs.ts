import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ENVIRONMENTS, parseAgainst } from "../config/load";
import { organizationProblems } from "../config/organization-problems";
import { organizationSchema } from "../config/schema/organization";
import { BaselineError, Problem } from "../kernel/errors";
import { fileInCommit, filesInCommit } from "../kernel/git";
import type { Intent } from "./rules/lock-out";
import { readEnvironment } from "../sections/load";
import { resolveUnproven } from "../sections/target-state";
import type { Organization } from "../organization/types";
import type { StackPlan } from "../terraform/stack-plan";
import { KEYLESS } from "../kernel/command";
import { readText } from "../kernel/read-text";

/** Reads facts by themselves: names for ids do not need an environment without mistakes. */
export function readFacts(file: string): Organization {
  const problems: Problem[] = [];
  if (!existsSync(file))
    throw new BaselineError([
      {
        code: "REVIEW-NO-FACTS",
        message: "There is no such file.",
        fix: `Name an organization.yaml that ${KEYLESS} sync has written.`,
        place: { file },
      },
    ]);
  const parsed = parseAgainst<Organization>(file, readText(file), organizationSchema, problems);
  if (parsed) problems.push(...organizationProblems(parsed.document, parsed.value));
  if (!parsed || problems.length > 0) throw new BaselineError(problems);
  return parsed.value;
}

/**
 * An environment as the proofs take it. One with mistakes in it is none: its synth says what is wrong, and the review says what it does not
 * know.
 *
 * @param projectRoot folder that holds `environments/`
 */
export function readIntent(projectRoot: string, environment: string): Intent {
  try {
    const { environment: read, problems } = readEnvironment(projectRoot, environment);
    const resolved = read && resolveUnproven(read);
    if (read && resolved?.state) return { environment: read, ...resolved.state };
    const [first] = [...problems, ...(resolved?.problems ?? [])];
    return { unknown: first ? `${first.code}: ${first.message}` : "it does not resolve" };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return { unknown: error.problems[0] ? `${error.problems[0].code}: ${error.problems[0].message}` : error.message };
  }
}

/**
 * The same as a commit has it: what a change must not lock out is who was to get in before it.
 *
 * @param commit hash @default - the checkout; there too where the commit does not have the environment
 */
export function readIntentAt(projectRoot: string, environment: string, commit: string | undefined): Intent {
  const path = `${ENVIRONMENTS}/${environment}`;
  const files = commit === undefined ? [] : filesInCommit(projectRoot, commit, path);
  if (commit === undefined || !files.includes(`${path}/baseline.yaml`)) return readIntent(projectRoot, environment);
  const folder = mkdtempSync(join(tmpdir(), "keyless-intent-"));
  try {
    for (const file of files) {
      const content = fileInCommit(projectRoot, commit, file);
      if (content === undefined) continue;
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    return readIntent(folder, environment);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Facts of an environment's folder; nothing where there are none. */
export function factsBeside(folder: string): Organization | undefined {
  const file = join(folder, "organization.yaml");
  return existsSync(file) ? readFacts(file) : undefined;
}

/** The environment that the stacks say they are of, where all of them say the same. */
export function environmentOf(plans: readonly StackPlan[]): string | undefined {
  const found = new Set(plans.map(({ mark }) => mark?.environment));
  return found.size === 1 ? [...found][0] : undefined;
}
