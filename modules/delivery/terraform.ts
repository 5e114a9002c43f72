import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlanJson } from "../plan-review/plan-json";
import { runTerraform } from "../plan-review/plan-now";
import type { StackPlan } from "../plan-review/stack-plan";
import { planDigest, PlanDigest } from "./digest";
import type { SynthesizedStack } from "./stack-order";

const PLAN_FILE = "keyless-delivery.tfplan";
const LOCK_FILE = ".terraform.lock.hcl";
/** Somebody else may be at work with the same state. */
const LOCK_TIMEOUT = "-lock-timeout=300s";

export interface PlannedStack {
  readonly name: string;
  readonly plan: StackPlan;
  readonly digest: PlanDigest;
  readonly lock: string;
}

/**
 * Plans a stack; the plan file stays in its folder until `removePlan`.
 *
 * @param lock the providers to use and no others. @default - those of the project's lock file where there is one, else the newest that the stack takes
 */
export async function planForDelivery(binary: string, projectRoot: string, { name, folder }: SynthesizedStack, lock?: string): Promise<PlannedStack> {
  const file = join(folder, LOCK_FILE);
  const shared = join(projectRoot, LOCK_FILE);
  // A stack without providers has no lock file.
  if (lock === "") rmSync(file, { force: true });
  else if (lock !== undefined) writeFileSync(file, lock);
  else if (existsSync(shared)) copyFileSync(shared, file);
  const pinned = lock === undefined ? existsSync(shared) : lock !== "";
  await runTerraform(binary, ["init", "-input=false", "-no-color", ...(pinned ? ["-lockfile=readonly"] : [])], folder);
  await runTerraform(binary, ["plan", "-input=false", "-no-color", LOCK_TIMEOUT, `-out=${PLAN_FILE}`], folder);
  const json = await runTerraform(binary, ["show", "-json", PLAN_FILE], folder);
  const chosen = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { name, plan: parsePlanJson(join(folder, PLAN_FILE), name, json), digest: planDigest(json, chosen), lock: chosen };
}

/** Applies what `planForDelivery` has left: that plan, or nothing. Terraform refuses it when the state has moved on. */
export async function applyPlanned(binary: string, folder: string): Promise<void> {
  await runTerraform(binary, ["apply", "-input=false", "-no-color", LOCK_TIMEOUT, PLAN_FILE], folder);
}

/** Plan files hold values that are secret. */
export function removePlan(folder: string): void {
  rmSync(join(folder, PLAN_FILE), { force: true });
}
