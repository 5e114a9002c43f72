import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../modules/sections/environment";
import { parseAgainst } from "../../modules/config/load";
import { organizationProblems } from "../../modules/config/organization-problems";
import { Baseline, baselineSchema } from "../../modules/sections/schema";
import { organizationSchema } from "../../modules/config/schema/organization";
import { formatProblem, Problem, sortProblems } from "../../modules/kernel/errors";
import { organizationTree } from "../../modules/organization/tree";
import type { Organization } from "../../modules/organization/types";
import { resolveUnproven, TargetState } from "../../modules/sections/target-state";
import { resolveEnvironment } from "../../modules/proofs/environment";
import { shareWhatIsProven } from "./proven-before";

shareWhatIsProven();

export const ROOT = join(__dirname, "..", "..");
const example = (file: string): string => readFileSync(join(ROOT, "environments/example", file), "utf8");

export const EXAMPLE_BASELINE = example("baseline.yaml");
export const EXAMPLE_ORGANIZATION = example("organization.yaml");
/** The files that the baseline names. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  ["certificates/datacenter-ca.pem", "policies/keep-audit-trail.yaml"].map((name) => [name, example(name)]),
);

export interface TextEdit {
  readonly baseline?: readonly (readonly [string, string])[];
  readonly organization?: readonly (readonly [string, string])[];
  readonly files?: Readonly<Record<string, string>>;
}

/** Replaces texts; each must be there exactly once, so that a case cannot silently stop editing what it meant to edit. */
export function edited(text: string, edits: readonly (readonly [string, string])[] = []): string {
  return edits.reduce((current, [from, to]) => {
    const parts = current.split(from);
    if (parts.length !== 2)
      throw new Error(`the text ${JSON.stringify(from)} stands ${parts.length - 1} times, not once`);
    return parts.join(to);
  }, text);
}

export interface Outcome {
  readonly environment?: Environment;
  readonly state?: TargetState;
  readonly problems: readonly Problem[];
}

/** The example environment with edits to its texts, through the same parsing and resolving as the real thing. */
export function exampleWith(edit: TextEdit = {}): Outcome {
  return environmentWith(EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, edit);
}

/** The frozen environment of the bad-input cases with edits to its texts; its files go by the example's names. */
export function frozenWith(edit: TextEdit = {}): Outcome {
  return frozenEnvironment(edit, resolveEnvironment);
}

function frozenEnvironment(edit: TextEdit, resolve: typeof resolveEnvironment): Outcome {
  const frozen = (file: string): string => readFileSync(join(ROOT, "__tests__/cases/environment", file), "utf8");
  return environmentWith(frozen("baseline.yaml"), frozen("organization.yaml"), edit, resolve);
}

function environmentWith(
  baselineText: string,
  organizationText: string,
  edit: TextEdit,
  resolve = resolveEnvironment,
): Outcome {
  const problems: Problem[] = [];
  const baseline = parseAgainst<Baseline>(
    "environments/example/baseline.yaml",
    edited(baselineText, edit.baseline),
    baselineSchema,
    problems,
  );
  const organization = parseAgainst<Organization>(
    "environments/example/organization.yaml",
    edited(organizationText, edit.organization),
    organizationSchema,
    problems,
  );
  if (organization) problems.push(...organizationProblems(organization.document, organization.value));
  if (!baseline || !organization || problems.length > 0) return { problems: sortProblems(problems) };
  const environment: Environment = {
    name: "example",
    baseline: baseline.value,
    organization: organization.value,
    tree: organizationTree(organization.value),
    files: new Map(Object.entries({ ...EXAMPLE_FILES, ...edit.files })),
    place: (path) => baseline.document.place(path),
    factsPlace: (path) => organization.document.place(path),
  };
  return { environment, ...resolve(environment) };
}

/** The example's state with edits; fails the test where there is a problem. Not proven: that is a step of its own, and costs more than all others. */
export function exampleState(edit: TextEdit = {}): TargetState {
  return stateOf(environmentWith(EXAMPLE_BASELINE, EXAMPLE_ORGANIZATION, edit, resolveUnproven));
}

/** The frozen environment's state with edits, not proven either; fails the test where there is a problem. */
export function frozenState(edit: TextEdit = {}): TargetState {
  return stateOf(frozenEnvironment(edit, resolveUnproven));
}

function stateOf({ state, problems }: Outcome): TargetState {
  if (!state) throw new Error(problems.map(formatProblem).join("\n"));
  return state;
}
