import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { parseAgainst } from "../config/load";
import { organizationProblems } from "../config/organization-problems";
import { organizationSchema } from "../config/schema/organization";
import { BaselineError, Problem } from "../kernel/errors";
import type { Organization } from "../organization/types";
import { Approval, parseApprovals } from "./gate/gate";
import { Json, parsedObject } from "./json";
import { parsePlanJson } from "../terraform/plan-json";
import type { StackPlan } from "../terraform/stack-plan";

/** V8 holds no longer text; Terraform writes a plan of 10,000 resources in a tenth of it. */
export const LARGEST_PLAN_BYTES = 500_000_000;

/**
 * Reads plan files, or folders of them. A stack goes by its file's name; `plan.json` by its folder's.
 *
 * @throws BaselineError for a file that is missing or is no plan
 */
export function readPlanFiles(paths: readonly string[]): readonly StackPlan[] {
  const files = paths.flatMap((path) => {
    if (!existsSync(path))
      throw new BaselineError([
        {
          code: "PLAN-NO-FILE",
          message: "There is no such file or folder.",
          mend: "Name files that terraform show -json has written, or a folder of them.",
          place: { file: path },
        },
      ]);
    if (!statSync(path).isDirectory()) return [path];
    const found = readdirSync(path)
      .filter((name) => extname(name) === ".json")
      .sort()
      .map((name) => join(path, name));
    if (found.length === 0)
      throw new BaselineError([
        {
          code: "PLAN-NO-FILE",
          message: "This folder holds no .json file.",
          mend: "Name files that terraform show -json has written, or a folder of them.",
          place: { file: path },
        },
      ]);
    return found;
  });
  const plans = files.map((file) => {
    if (statSync(file).size > LARGEST_PLAN_BYTES)
      throw new BaselineError([
        {
          code: "PLAN-TOO-LARGE",
          message: "This plan is larger than 500 MB.",
          mend: "Review its stacks one by one.",
          place: { file },
        },
      ]);
    return parsePlanJson(file, stackName(file), readFileSync(file, "utf8"));
  });
  return noTwins(
    plans,
    "A stack goes by the name of its file, or of its folder where the file is plan.json: give them names of their own.",
  );
}

/** @throws BaselineError where two plans are of the same stack */
export function noTwins(plans: readonly StackPlan[], mend: string): readonly StackPlan[] {
  const names = plans.map((plan) => plan.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new BaselineError([{ code: "PLAN-TWICE", message: `Two plans are of a stack ${twice}.`, mend }]);
  return plans;
}

function stackName(file: string): string {
  const name = basename(file, ".json");
  return name === "plan" || name === "tfplan" ? basename(dirname(file)) || name : name;
}

/** A file as a mapping; nothing where there is none, or it is none. */
export function readObject(file: string): Json | undefined {
  try {
    return parsedObject(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Reads facts by themselves: names for ids do not need an environment without mistakes. */
export function readFacts(file: string): Organization {
  const problems: Problem[] = [];
  if (!existsSync(file))
    throw new BaselineError([
      {
        code: "REVIEW-NO-FACTS",
        message: "There is no such file.",
        mend: "Name an organization.yaml that keyless sync has written.",
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
