import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BaselineError } from "../errors";
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
 * Plans the synthesized stacks of an environment with Terraform or OpenTofu. Plan files are removed again: they hold values that are
 * secret.
 *
 * @throws BaselineError (exit code 1) with Terraform's own words for each stack that cannot be planned
 */
export async function planNow(options: PlanNowOptions): Promise<readonly StackPlan[]> {
  const folder = join(options.projectRoot, "cdktf.out", "stacks");
  const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${options.environment}-`)).sort() : [];
  const wanted = options.stacks?.map((name) => (name.startsWith(`${options.environment}-`) ? name : `${options.environment}-${name}`));
  const strangers = wanted?.filter((name) => !all.includes(name)) ?? [];
  if (strangers.length > 0 || all.length === 0) {
    throw new BaselineError([{ code: "REVIEW-NO-STACK", message: strangers.length > 0 ? `There is no stack ${strangers.join(", ")}.` : `Environment ${options.environment} has no synthesized stack.`, mend: all.length > 0 ? `Known: ${all.join(", ")}.` : "Run npx cdktf synth first." }]);
  }
  const stacks = wanted ?? all;
  const binary = options.binary ?? (await terraformBinary());
  const plans = new Map<string, StackPlan>();
  const failed: { readonly stack: string; readonly words: string }[] = [];
  const queue = [...stacks];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let stack = queue.shift(); stack !== undefined; stack = queue.shift()) {
      try {
        plans.set(stack, await planStack(binary, join(folder, stack), stack));
      } catch (error) {
        if (!(error instanceof TerraformFailed)) throw error;
        failed.push({ stack, words: error.message });
      }
      options.onProgress?.(++done, stacks.length, stack);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? 2) }, worker));
  if (failed.length > 0) {
    throw new BaselineError(
      failed.sort((a, b) => (a.stack < b.stack ? -1 : 1)).map(({ stack, words }) => ({ code: "REVIEW-PLAN-FAILED", message: `${stack} cannot be planned: ${words}`, mend: `Look at it with: npx cdktf plan ${stack}` })),
      1,
    );
  }
  return stacks.map((stack) => plans.get(stack)!);
}

/** Terraform ended with an error; the message is the beginning of its own words. */
export class TerraformFailed extends Error {}

async function planStack(binary: string, folder: string, stack: string): Promise<StackPlan> {
  const file = "keyless-review.tfplan";
  try {
    await runTerraform(binary, ["init", "-input=false", "-no-color"], folder);
    await runTerraform(binary, ["plan", "-input=false", "-no-color", "-lock=false", `-out=${file}`], folder);
    return parsePlanJson(join("cdktf.out", "stacks", stack), stack, await runTerraform(binary, ["show", "-json", file], folder));
  } finally {
    rmSync(join(folder, file), { force: true });
  }
}

/** Runs Terraform or OpenTofu to its end and gives what it has printed. */
export async function runTerraform(binary: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd, env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" }, stdio: ["ignore", "pipe", "pipe"] });
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
  return process.env["TERRAFORM_BINARY_NAME"] ?? (await firstOf(["terraform", "tofu"]));
}

async function firstOf(names: readonly string[]): Promise<string> {
  for (const name of names) {
    const found = await new Promise<boolean>((resolve) => {
      const child = spawn(name, ["version"], { stdio: "ignore" });
      child.on("error", () => resolve(false));
      child.on("close", (code) => resolve(code === 0));
    });
    if (found) return name;
  }
  throw new BaselineError([{ code: "REVIEW-NO-TERRAFORM", message: "Neither terraform nor tofu is on the PATH.", mend: "Install Terraform 1.10 or later, or OpenTofu, or name one in TERRAFORM_BINARY_NAME; or review plan files, or two synths, which need neither." }], 1);
}
