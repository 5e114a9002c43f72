import { ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaselineError, Problem } from "../kernel/errors";

/** Terraform or OpenTofu as a program that is run. */

/** What runs now: stopped when this process is. */
const running = new Set<ChildProcess>();

/** Tells what runs now. */
export function signalRunning(signal: NodeJS.Signals): void {
  running.forEach((child) => child.kill(signal));
}

/**
 * Gives a folder of this user's alone, for plan files, which hold values that are secret, and takes it away at the end.
 *
 * @param interrupted what a signal does meanwhile; `remove` takes the folder away at once, for whoever ends the process
 */
export async function withPrivateFolder<T>(
  prefix: string,
  interrupted: (signal: NodeJS.Signals, remove: () => void) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const heard = (signal: NodeJS.Signals): void => interrupted(signal, remove);
  process.on("SIGINT", heard).on("SIGTERM", heard);
  try {
    return await work(folder);
  } finally {
    process.off("SIGINT", heard).off("SIGTERM", heard);
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
  for (const { stack, words } of [...failed].sort((a, b) => (a.stack < b.stack ? -1 : 1)))
    byWords.set(words, [...(byWords.get(words) ?? []), stack]);
  return [...byWords].map(([words, stacks]) => ({
    code,
    message: `${stacks.length > 3 ? `${stacks.slice(0, 2).join(", ")} and ${stacks.length - 2} more stacks` : stacks.join(", ")} cannot be planned: ${words}`,
    fix: /\bapplying\b/.test(words)
      ? "terraform.applying is known to Terraform from 1.10 and to OpenTofu from 1.11 on: use a later release."
      : `Look at it with: npx cdktf plan ${stacks[0]!}`,
  }));
}

/** Terraform ended with an error; the message is the beginning of its own words. */
export class TerraformFailed extends Error {}

/** What init and plan are told beside the usual. */
export interface PlanArguments {
  readonly init?: readonly string[];
  readonly plan: readonly string[];
}

/** Plans a stack into a file and gives the plan as JSON. */
export async function planToFile(
  binary: string,
  folder: string,
  file: string,
  { init = [], plan }: PlanArguments,
): Promise<string> {
  await runTerraform(binary, ["init", "-input=false", "-no-color", ...init], folder);
  await runTerraform(binary, ["plan", "-input=false", "-no-color", ...plan, `-out=${file}`], folder);
  return runTerraform(binary, ["show", "-json", file], folder);
}

/** Runs Terraform or OpenTofu to its end and gives what it has printed. */
export async function runTerraform(binary: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, {
      cwd,
      env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    child.on("close", () => running.delete(child));
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) =>
      reject(
        new TerraformFailed(
          `${binary} cannot be started (${error.message}). Install Terraform or OpenTofu, or name it in TERRAFORM_BINARY_NAME.`,
        ),
      ),
    );
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString("utf8"));
      else
        reject(
          new TerraformFailed(firstWords(Buffer.concat(err).toString("utf8") || Buffer.concat(out).toString("utf8"))),
        );
    });
  });
}

/** Terraform's frame of bars and arrows, without them. */
function firstWords(text: string): string {
  const lines = text
    .replace(/[│╷╵]/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
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
  throw new BaselineError(
    [
      {
        code: "REVIEW-NO-TERRAFORM",
        message: "Neither terraform nor tofu is on the PATH.",
        fix: "Install Terraform 1.10 or later, or OpenTofu 1.11 or later, or name one in TERRAFORM_BINARY_NAME; or review plan files, or two synths, which need neither.",
      },
    ],
    1,
  );
}
