import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAgainst } from "../config/load";
import { organizationProblems } from "../config/organization-problems";
import { organizationSchema } from "../config/schema/organization";
import { BaselineError, Problem } from "../kernel/errors";
import type { Organization } from "../organization/types";
import { Approval, parseApprovals } from "./gate/gate";
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

/** Files of an environment's folder that a review goes by, where they are there. */
export function inputsBeside(folder: string): {
  readonly facts: string | undefined;
  readonly approvals: string | undefined;
} {
  const file = (name: string): string | undefined => (existsSync(join(folder, name)) ? join(folder, name) : undefined);
  return { facts: file("organization.yaml"), approvals: file("approvals.yaml") };
}

export function readApprovals(file: string): readonly Approval[] {
  return parseApprovals(file, readFileSync(file, "utf8"));
}

/** The environment whose name begins the stacks' names: the longest, and only where all of them agree. */
export function environmentOf(stacks: readonly string[], environments: readonly string[]): string | undefined {
  const of = (stack: string): string | undefined =>
    [...environments].sort((a, b) => b.length - a.length).find((name) => stack.startsWith(`${name}-`));
  const found = new Set(stacks.map(of));
  return found.size === 1 ? [...found][0] : undefined;
}
