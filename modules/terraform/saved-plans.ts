import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BaselineError } from "../kernel/errors";
import { parsePlanJson } from "./plan-json";
import type { StackPlan } from "./stack-plan";
import { planToFile, runTerraform, signalRunning, TerraformFailed, withPrivateFolder } from "./terraform";
import { planDigest, PlanDigest } from "./digest";
import type { SynthesizedStack } from "./environment-stacks";

const LOCK_FILE = ".terraform.lock.hcl";
/** Somebody else may be at work with the same state. */
const LOCK_TIMEOUT = "-lock-timeout=300s";

export interface PlannedStack {
  readonly name: string;
  readonly plan: StackPlan;
  readonly digest: PlanDigest;
  readonly lock: string;
}

/** Where plan files are kept while they are needed: they hold values that are secret. */
export interface Workplace {
  readonly folder: string;
  readonly stopped: () => boolean;
}

/**
 * Gives a folder of this user's alone and takes it away at the end. A signal stops what has not begun; what Terraform is at it ends by itself, because
 * an apply that is killed leaves its state behind what it has done.
 *
 * @throws BaselineError (exit code 1) after a signal
 */
export async function withWorkplace<T>(work: (place: Workplace) => Promise<T>): Promise<T> {
  let stopped = false;
  const interrupted = (signal: NodeJS.Signals): void => {
    stopped = true;
    // A terminal tells Terraform of SIGINT itself; told twice it would not end in order.
    if (signal === "SIGTERM") signalRunning(signal);
  };
  return withPrivateFolder("keyless-delivery-", interrupted, (folder) => work({ folder, stopped: () => stopped }));
}

export function checkStopped(place: Workplace, applied: readonly string[] = []): void {
  if (!place.stopped()) return;
  throw new BaselineError(
    [
      {
        code: "DELIVERY-STOPPED",
        message: `Stopped by a signal. Applied before it: ${applied.join(", ") || "nothing"}.`,
        fix: "Run it again: it plans what is left. docs/interrupted-apply.md says what to do where Terraform was at work.",
      },
    ],
    1,
  );
}

/**
 * Plans a stack; the plan file stays in the workplace.
 *
 * @param lock the providers to use and no others. @default - those of the project's lock file where there is one, else the newest that the stack takes
 */
export async function planForDelivery(
  binary: string,
  projectRoot: string,
  place: Workplace,
  { name, folder }: SynthesizedStack,
  lock?: string,
): Promise<PlannedStack> {
  if (place.stopped()) throw new TerraformFailed("stopped by a signal");
  const file = join(folder, LOCK_FILE);
  const shared = join(projectRoot, LOCK_FILE);
  if (lock !== undefined) writeFileSync(file, lock);
  else if (existsSync(shared)) copyFileSync(shared, file);
  // A stack without providers has no lock file.
  const pinned = lock === undefined ? existsSync(shared) : lock !== "";
  const json = await planToFile(binary, folder, planFile(place, name), {
    init: pinned ? ["-lockfile=readonly"] : [],
    plan: [LOCK_TIMEOUT],
  });
  const chosen = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { name, plan: parsePlanJson(folder, name, json), digest: planDigest(json, chosen), lock: chosen };
}

/** Applies what `planForDelivery` has left: that plan, or nothing. Terraform refuses it when the state has moved on. */
export async function applyPlanned(
  binary: string,
  place: Workplace,
  { name, folder }: SynthesizedStack,
): Promise<void> {
  if (place.stopped()) throw new TerraformFailed("stopped by a signal");
  await runTerraform(binary, ["apply", "-input=false", "-no-color", LOCK_TIMEOUT, planFile(place, name)], folder);
}

function planFile(place: Workplace, name: string): string {
  return join(place.folder, `${name}.tfplan`);
}
