import { ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentNames } from "../config/load";
import { BaselineError, Problem } from "../errors";
import { ListedStack, stacksOf } from "./environment-stacks";
import { parsePlanJson } from "./plan-json";
import type { StackPlan } from "./stack-plan";

export interface PlanNowOptions {
  /** Folder with `cdktf.out`, freshly synthesized. */
  readonly projectRoot: string;
  readonly environment: string;
  /** Stacks without the environment's name in front. @default - all of them */
  readonly stacks?: readonly string[];
  /** Stacks at a time. @default 2 */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number, stack: string) => void;
  /** @default - `TERRAFORM_BINARY_NAME`, else terraform, else tofu */
  readonly binary?: string;
}

/**
 * Plans the synthesized stacks of an environment with Terraform or OpenTofu. Plan files lie in a folder that nobody else may read, and
 * are removed again, after Ctrl-C too: they hold values that are secret.
 *
 * @throws BaselineError (exit code 1) with Terraform's own words for each stack that cannot be planned
 */
export async function planNow(options: PlanNowOptions): Promise<readonly StackPlan[]> {
  const known = stacksOf(join(options.projectRoot, "cdktf.out"), options.environment, environmentNames(options.projectRoot));
  const all = known.map(({ name }) => name);
  const wanted = options.stacks?.map((name) => (all.includes(name) ? name : `${options.environment}-${name}`));
  const strangers = wanted?.filter((name) => !all.includes(name)) ?? [];
  if (strangers.length > 0 || all.length === 0) {
    throw new BaselineError([{ code: "REVIEW-NO-STACK", message: strangers.length > 0 ? `There is no stack ${strangers.join(", ")}.` : `Environment ${options.environment} has no synthesized stack.`, mend: all.length > 0 ? `Known: ${all.join(", ")}.` : "Run npx cdktf synth first." }]);
  }
  const stacks = wanted ? known.filter(({ name }) => wanted.includes(name)) : known;
  const binary = options.binary ?? (await terraformBinary());
  const plans = new Map<string, StackPlan>();
  const failed: PlanFailure[] = [];
  const queue = [...stacks];
  let done = 0;
  await withPrivateFolder(async (planFolder) => {
    const worker = async (): Promise<void> => {
      for (let stack = queue.shift(); stack !== undefined; stack = queue.shift()) {
        try {
          plans.set(stack.name, await planStack(binary, stack, join(planFolder, `${stack.name}.tfplan`)));
        } catch (error) {
          if (!(error instanceof TerraformFailed)) throw error;
          failed.push({ stack: stack.name, words: error.message });
        }
        options.onProgress?.(++done, stacks.length, stack.name);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? 2) }, worker));
  });
  if (failed.length > 0) throw new BaselineError(planFailures("REVIEW-PLAN-FAILED", failed), 1);
  return stacks.map(({ name }) => plans.get(name)!);
}

/** What runs now: stopped when this process is. */
const running = new Set<ChildProcess>();

/** Tells what runs now. */
export function signalRunning(signal: NodeJS.Signals): void {
  running.forEach((child) => child.kill(signal));
}

/** Gives a folder of this user's alone, and takes it away at the end and at a signal. */
async function withPrivateFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "keyless-review-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const interrupted = (signal: NodeJS.Signals): void => {
    signalRunning(signal);
    remove();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
  try {
    await work(folder);
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    remove();
  }
}

/** A stack that could not be planned, with the beginning of Terraform's words. */
export interface PlanFailure {
  readonly stack: string;
  readonly words: string;
}

/** What fails in the same way everywhere, such as a provider that cannot be had, is said once. */
export function planFailures(code: string, failed: readonly PlanFailure[]): readonly Problem[] {
  const byWords = new Map<string, string[]>();
  for (const { stack, words } of [...failed].sort((a, b) => (a.stack < b.stack ? -1 : 1))) byWords.set(words, [...(byWords.get(words) ?? []), stack]);
  return [...byWords].map(([words, stacks]) => ({
    code,
    message: `${stacks.length > 3 ? `${stacks.slice(0, 2).join(", ")} and ${stacks.length - 2} more stacks` : stacks.join(", ")} cannot be planned: ${words}`,
    mend: /\bapplying\b/.test(words) ? "terraform.applying is known to Terraform from 1.10 and to OpenTofu from 1.11 on: use a later release." : `Look at it with: npx cdktf plan ${stacks[0]!}`,
  }));
}

/** Terraform ended with an error; the message is the beginning of its own words. */
export class TerraformFailed extends Error {}

async function planStack(binary: string, { name, folder }: ListedStack, file: string): Promise<StackPlan> {
  try {
    await runTerraform(binary, ["init", "-input=false", "-no-color"], folder);
    await runTerraform(binary, ["plan", "-input=false", "-no-color", "-lock=false", `-out=${file}`], folder);
    return parsePlanJson(join("cdktf.out", "stacks", name), name, await runTerraform(binary, ["show", "-json", file], folder));
  } finally {
    rmSync(file, { force: true });
  }
}

/** Runs Terraform or OpenTofu to its end and gives what it has printed. */
export async function runTerraform(binary: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd, env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.on("close", () => running.delete(child));
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => reject(new TerraformFailed(`${binary} cannot be started (${error.message}). Install Terraform or OpenTofu, or name it in TERRAFORM_BINARY_NAME.`)));
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString("utf8"));
      else reject(new TerraformFailed(firstWords(Buffer.concat(err).toString("utf8") || Buffer.concat(out).toString("utf8"))));
    });
  });
}

/** Terraform's frame of bars and arrows, without them. */
function firstWords(text: string): string {
  const lines = text.replace(/[│╷╵]/g, " ").split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.slice(0, 6).join(" ").slice(0, 600);
}

/** `TERRAFORM_BINARY_NAME`, else terraform, else tofu. */
export async function terraformBinary(): Promise<string> {
  const named = process.env["TERRAFORM_BINARY_NAME"];
  return named !== undefined && named !== "" ? named : firstOf(["terraform", "tofu"]);
}

async function firstOf(names: readonly string[]): Promise<string> {
  for (const name of names) {
    const found = await new Promise<boolean>((resolve) => {
      const child = spawn(name, ["version"], { env: process.env, stdio: "ignore" });
      child.on("error", () => resolve(false));
      child.on("close", (code) => resolve(code === 0));
    });
    if (found) return name;
  }
  throw new BaselineError([{ code: "REVIEW-NO-TERRAFORM", message: "Neither terraform nor tofu is on the PATH.", mend: "Install Terraform 1.10 or later, or OpenTofu 1.11 or later, or name one in TERRAFORM_BINARY_NAME; or review plan files, or two synths, which need neither." }], 1);
}
