import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAgainst } from "../config/load";
import { organizationProblems } from "../config/organization-problems";
import { organizationSchema } from "../config/schema/organization";
import { BaselineError, Problem } from "../kernel/errors";
import type { ProofInput } from "../proofs/types";
import { readEnvironment } from "../sections/load";
import { resolveUnproven } from "../sections/target-state";
import type { Organization } from "../organization/types";
import type { StackPlan } from "../terraform/stack-plan";
import { KEYLESS } from "../kernel/command";

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
  const parsed = parseAgainst<Organization>(file, readFileSync(file, "utf8"), organizationSchema, problems);
  if (parsed) problems.push(...organizationProblems(parsed.document, parsed.value));
  if (!parsed || problems.length > 0) throw new BaselineError(problems);
  return parsed.value;
}

/**
 * An environment as the proofs take it. One with mistakes in it is none: its synth says what is wrong, and the review goes by the plans alone.
 *
 * @param projectRoot folder that holds `environments/`
 */
export function readIntent(projectRoot: string, environment: string): ProofInput | undefined {
  const { environment: read } = readEnvironment(projectRoot, environment);
  const state = read && resolveUnproven(read).state;
  return read && state ? { environment: read, ...state } : undefined;
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
