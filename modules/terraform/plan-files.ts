import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { BaselineError } from "../kernel/errors";
import { readText } from "../kernel/read-text";
import { parsePlanJson } from "./plan-json";
import type { StackPlan } from "./stack-plan";

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
          fix: "Name files that terraform show -json has written, or a folder of them.",
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
          message: "This folder contains no .json file.",
          fix: "Name files that terraform show -json has written, or a folder of them.",
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
          fix: "Review its stacks one by one.",
          place: { file },
        },
      ]);
    return parsePlanJson(file, stackName(file), readText(file, LARGEST_PLAN_BYTES));
  });
  return noTwins(
    plans,
    "A stack goes by the name of its file, or of its folder where the file is plan.json: give them names of their own.",
  );
}

/** @throws BaselineError where two plans are of the same stack */
export function noTwins(plans: readonly StackPlan[], fix: string): readonly StackPlan[] {
  const names = plans.map((plan) => plan.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new BaselineError([{ code: "PLAN-TWICE", message: `Two plans are of a stack ${twice}.`, fix }]);
  return plans;
}

function stackName(file: string): string {
  const name = basename(file, ".json");
  return name === "plan" || name === "tfplan" ? basename(dirname(file)) || name : name;
}
