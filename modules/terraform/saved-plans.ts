import { createHash } from "node:crypto";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { KEYLESS } from "../kernel/command";
import { canonicalJson, isObject, Json } from "../kernel/json";
import { readObject } from "../kernel/json-file";
import { BaselineError, Problem } from "../kernel/errors";
import { parsePlanJson } from "./plan-json";
import type { StackPlan } from "./stack-plan";
import { planToFile, runTerraform, signalRunning, TerraformFailed, withPrivateFolder } from "./terraform";
import { planDigest, PlanDigest } from "./digest";
import type { SynthesizedStack } from "./environment-stacks";
import { forgetRun, noteRun, runsFolder } from "./runs";
import { digestOf, forgetSeen, seenFolder } from "./seen";
import { defined } from "../kernel/optional";
import { writeAtomically } from "../kernel/write-file";
import { readText } from "../kernel/read-text";

const LOCK_FILE = ".terraform.lock.hcl";
/** Somebody else may be at work with the same state. */
const LOCK_TIMEOUT = "-lock-timeout=300s";

export interface PlannedStack {
  readonly name: string;
  readonly plan: StackPlan;
  readonly digest: PlanDigest;
  readonly lock: string;
  /** Hash of where the state is kept: no plan says it. */
  readonly backend: string;
  /** Hash of the stack's folder from before it was planned: what the plan is of. */
  readonly synthesized: string;
}

/** Where plan files are kept while they are needed: they hold values that are secret. */
export interface Workplace {
  readonly folder: string;
  /** Where runs are noted that change a state. */
  readonly runs: string;
  /** Where it is noted when a stack was seen as it says. */
  readonly seen: string;
  readonly stopped: () => boolean;
  /** The environment that Terraform runs in for a stack: whose credentials it has. @default - this process's own */
  readonly environmentOf?: (stack: string) => Promise<NodeJS.ProcessEnv>;
}

/**
 * Gives a folder of this user's alone and takes it away at the end. A signal stops what has not begun; what Terraform is at it ends by itself, because
 * an apply that is killed leaves its state behind what it has done, and one that is told to stop taints what it was at. A second signal, or SIGTERM,
 * after which a runner kills, tells Terraform to stop.
 *
 * @throws BaselineError (exit code 1) after a signal
 */
export async function withWorkplace<T>(
  projectRoot: string,
  work: (place: Workplace) => Promise<T>,
  say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  environmentOf?: Workplace["environmentOf"],
): Promise<T> {
  let signals = 0;
  const interrupted = (signal: NodeJS.Signals): void => {
    signals++;
    // Told twice, Terraform would not end in order.
    if (signals > 2 || (signals === 2 && signal === "SIGTERM")) return;
    if (signal === "SIGTERM" || signals === 2) signalRunning("SIGINT");
    else
      say("Stopping: nothing more is begun, and Terraform ends what it is at. Once more tells Terraform to stop, too.");
  };
  return withPrivateFolder("delivery", interrupted, (folder) =>
    work({
      folder,
      runs: runsFolder(projectRoot),
      seen: seenFolder(projectRoot),
      stopped: () => signals > 0,
      ...defined({ environmentOf }),
    }),
  );
}

export function checkStopped(place: Workplace, applied: readonly string[] = []): void {
  if (place.stopped()) throw new BaselineError([stoppedProblem(`Applied: ${applied.join(", ") || "nothing"}.`)], 1);
}

/**
 * @param rest what was applied, and what was not begun
 * @param interrupted stacks whose Terraform was told to stop in the middle
 */
export function stoppedProblem(rest: string, interrupted: readonly string[] = [], environment = "<env>"): Problem {
  return {
    code: "DELIVERY-STOPPED",
    message: `Stopped by a signal. ${rest}${interrupted.length > 0 ? ` Interrupted: ${interrupted.join(", ")}.` : ""}`,
    fix:
      interrupted.length > 0
        ? `${KEYLESS} recover ${environment}, then run it again (docs/interrupted-apply.md).`
        : "Run it again: it plans what is left.",
  };
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
  if (lock !== undefined) writeAtomically(file, lock);
  else if (existsSync(shared)) copyFileSync(shared, file);
  // A stack without providers has no lock file.
  const pinned = lock === undefined ? existsSync(shared) : lock !== "";
  const synthesized = digestOf(folder);
  const json = await planToFile(binary, folder, planFile(place, name), {
    init: pinned ? ["-lockfile=readonly"] : [],
    plan: [LOCK_TIMEOUT],
    ...(await environmentFor(place, name)),
  });
  const chosen = existsSync(file) ? readText(file) : "";
  return {
    name,
    plan: parsePlanJson(folder, name, json),
    digest: planDigest(json, chosen),
    lock: chosen,
    backend: backendOf(folder),
    synthesized,
  };
}

/** Backend or HCP Terraform's `cloud` as the stack says it, by any name that Terraform takes; a stack without one keeps its state beside itself. */
function backendOf(folder: string): string {
  const terraform = readObject(join(folder, "cdk.tf.json"))?.["terraform"];
  const { backend = null, cloud = null } = isObject(terraform) ? terraform : {};
  return createHash("sha256").update(canonicalJson({ backend, cloud })).digest("hex");
}

/** Plans a stack as it is now, without waiting for a lock, and gives the plan as JSON. The state is not changed. */
export async function planAgain(
  binary: string,
  projectRoot: string,
  place: Workplace,
  { name, folder }: SynthesizedStack,
): Promise<Json> {
  const file = join(folder, LOCK_FILE);
  const shared = join(projectRoot, LOCK_FILE);
  if (existsSync(shared)) copyFileSync(shared, file);
  const json: unknown = JSON.parse(
    await planToFile(binary, folder, planFile(place, name), {
      init: existsSync(shared) ? ["-lockfile=readonly"] : [],
      plan: ["-lock-timeout=0s"],
    }),
  );
  return isObject(json) ? json : {};
}

/** Applies what `planForDelivery` has left: that plan, or nothing. Terraform refuses it when the state has moved on. */
export async function applyPlanned(
  binary: string,
  place: Workplace,
  { name, folder }: SynthesizedStack,
): Promise<void> {
  if (place.stopped()) throw new TerraformFailed("stopped by a signal");
  await changeState(binary, place, { name, folder }, [
    "apply",
    "-input=false",
    "-no-color",
    LOCK_TIMEOUT,
    planFile(place, name),
  ]);
}

async function environmentFor(
  { environmentOf }: Workplace,
  name: string,
): Promise<{ readonly environment?: NodeJS.ProcessEnv }> {
  return environmentOf ? { environment: await environmentOf(name) } : {};
}

/** What a stack's state contains now, by address, sorted. The stack was planned before. */
export async function addressesInState(
  binary: string,
  place: Workplace,
  { name, folder }: Pick<SynthesizedStack, "name" | "folder">,
): Promise<readonly string[]> {
  const listed = await runTerraform(binary, ["state", "list"], folder, await environmentFor(place, name)).catch(
    (error: unknown) => {
      // Terraform 1.10 calls a state that was never written an error.
      if (error instanceof TerraformFailed && /No state file was found/.test(error.message)) return "";
      throw error;
    },
  );
  return listed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("data."))
    .sort();
}

/** Runs a command of Terraform that changes a stack's state, and notes it until it has ended. */
export async function changeState(
  binary: string,
  place: Workplace,
  { name, folder }: Pick<SynthesizedStack, "name" | "folder">,
  args: readonly string[],
): Promise<void> {
  forgetSeen(place.seen, name);
  // Before it runs: on a full disk nothing is begun. Until Terraform has a number of its own this process stands for it.
  noteRun(place.runs, name, args[0] ?? "", process.pid);
  await runTerraform(binary, args, folder, {
    log: join(place.folder, `${name}.log`),
    onStart: (pid) => noteRun(place.runs, name, args[0] ?? "", pid),
    ...(await environmentFor(place, name)),
  });
  // What failed stays noted: its lock may have stayed, and then this shows whose it was.
  forgetRun(place.runs, name);
}

function planFile(place: Workplace, name: string): string {
  return join(place.folder, `${name}.tfplan`);
}
