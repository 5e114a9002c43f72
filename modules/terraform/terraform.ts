import { KEYLESS, cdktfCommand } from "../kernel/command";
import { ChildProcess, spawn, SpawnOptions } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BaselineError, Problem } from "../kernel/errors";
import { noteOwner, removeDeserted } from "./runs";
import { defined } from "../kernel/optional";

/** Terraform or OpenTofu as a program that is run. */

/** What runs now. */
const running = new Set<ChildProcess>();

/** Tells what runs now. Terraform ends in order after the first SIGINT, and at once after a second. */
export function signalRunning(signal: NodeJS.Signals): void {
  running.forEach((child) => child.kill(signal));
}

/** How private folders are named, of whatever command. */
const PREFIXES = { review: "keyless-review-", delivery: "keyless-delivery-" } as const;

/** Private folders that exist now; each knows the Terraforms that were started meanwhile. */
const privateFolders = new Set<string>();

/**
 * Gives a folder of this user's alone, for plan files, which hold values that are secret, and takes it away at the end. Folders that
 * killed runs have left behind go first.
 *
 * @param interrupted what a signal does meanwhile; `remove` takes the folder away at once, for whoever ends the process
 */
export async function withPrivateFolder<T>(
  purpose: keyof typeof PREFIXES,
  interrupted: (signal: NodeJS.Signals, remove: () => void) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  removeDeserted(Object.values(PREFIXES));
  const folder = mkdtempSync(join(tmpdir(), PREFIXES[purpose]));
  noteOwner(folder, []);
  privateFolders.add(folder);
  const remove = (): void => {
    privateFolders.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const heard = (signal: NodeJS.Signals): void => interrupted(signal, remove);
  process.on("SIGINT", heard).on("SIGTERM", heard).on("SIGHUP", heard);
  try {
    return await work(folder);
  } finally {
    process.off("SIGINT", heard).off("SIGTERM", heard).off("SIGHUP", heard);
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
    message: `${stacks.join(", ")} cannot be planned: ${indented(words)}`,
    fix: planFix(words, stacks[0]!),
  }));
}

function planFix(words: string, stack: string): string {
  if (/\bapplying\b/.test(words))
    return "terraform.applying is known to Terraform from 1.10 and to OpenTofu from 1.11 on: use a later release.";
  if (/\bprevent_destroy\b/.test(words))
    return `When an apply of ${stack} was interrupted: ${KEYLESS} recover <env> (docs/interrupted-apply.md). Otherwise the baseline asks for another one of what is protected: change that back.`;
  return `Look at it with: ${cdktfCommand(`plan ${stack}`)}`;
}

/** Further lines of a message begin where its first does. */
export function indented(words: string): string {
  return words.replaceAll(/\n(?=.)/g, "\n    ");
}

/** Terraform ended with an error; the message is its own words. */
export class TerraformFailed extends Error {}

/** What init and plan are told beside the usual. */
export interface PlanArguments {
  readonly init?: readonly string[];
  readonly plan: readonly string[];
  /** @default - this process's own */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Plans a stack into a file of a private folder and gives the plan as JSON. */
export async function planToFile(
  binary: string,
  folder: string,
  file: string,
  { init = [], plan, environment = process.env }: PlanArguments,
): Promise<string> {
  const log = `${file}.log`;
  await runTerraform(binary, ["init", "-input=false", "-no-color", ...init], folder, { log, environment });
  await runTerraform(binary, ["plan", "-input=false", "-no-color", ...plan, `-out=${file}`], folder, {
    log,
    environment,
  });
  return runTerraform(binary, ["show", "-json", file], folder, { environment });
}

export interface RunTerraformOptions {
  /**
   * File of a private folder that takes the output. What changes a state or locks it has one: a pipe breaks when this process is
   * killed, and Terraform with it, before it has written down what it did.
   * @default - the output is given back
   */
  readonly log?: string;
  readonly onStart?: (pid: number) => void;
  /** @default - this process's own */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs Terraform or OpenTofu to its end and gives what it has printed; with a log nothing. It runs in a session of its own: neither
 * Ctrl-C nor the death of this process reaches it.
 */
export async function runTerraform(
  binary: string,
  args: readonly string[],
  cwd: string,
  { log, onStart, environment = process.env }: RunTerraformOptions = {},
): Promise<string> {
  const descriptor = log === undefined ? undefined : openSync(log, "w", 0o600);
  const ended = await terraformToEnd(binary, args, {
    cwd,
    env: { ...environment, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
    ...defined({ output: descriptor }),
    onStart: (child) => {
      running.add(child);
      child.once("close", () => running.delete(child)).once("error", () => running.delete(child));
      if (child.pid === undefined) return;
      const pids = [...running].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
      privateFolders.forEach((folder) => noteOwner(folder, pids));
      onStart?.(child.pid);
    },
  }).finally(() => {
    if (descriptor !== undefined) closeSync(descriptor);
  });
  if (ended.exitCode === 0) return ended.stdout;
  const words = log === undefined ? ended.stderr || ended.stdout : readFileSync(log, "utf8");
  throw new TerraformFailed(errorWords(words) || `${binary} ${args[0]} ended ${endOf(ended)}`);
}

/** How a run ended, and what it printed. */
export interface TerraformEnd {
  /** `null`: by a signal. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TerraformProcess {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Descriptor of a file that takes the output. @default - the output is given back */
  readonly output?: number;
  /** Given each line of the output as it comes. @default - nobody is */
  readonly onLine?: (line: string) => void;
  readonly onStart?: (child: ChildProcess) => void;
  /** Starts the process. @default - in a session of its own, which outlives this process */
  readonly start?: (binary: string, args: readonly string[], options: SpawnOptions) => ChildProcess;
}

/**
 * The one place that runs Terraform or OpenTofu. It fails only where the program cannot be started, never for an exit code.
 *
 * @throws TerraformFailed when there is no such program
 */
export function terraformToEnd(
  binary: string,
  args: readonly string[],
  { cwd, env, output, onLine, onStart, start = detached }: TerraformProcess,
): Promise<TerraformEnd> {
  return new Promise((resolve, reject) => {
    const to = output ?? "pipe";
    const child = start(binary, args, { cwd, env, stdio: ["ignore", to, to] });
    try {
      onStart?.(child);
    } catch (error) {
      // What cannot be noted is not done: it has only just begun.
      child.kill("SIGINT");
      child.once("close", () => reject(error instanceof Error ? error : new Error(String(error))));
      return;
    }
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    if (onLine && child.stdout) createInterface({ input: child.stdout }).on("line", onLine);
    child.once("error", (error) =>
      reject(
        new TerraformFailed(
          `${binary} cannot be started (${error.message}). Install Terraform or OpenTofu, or name it in TERRAFORM_BINARY_NAME.`,
        ),
      ),
    );
    child.once("close", (exitCode, signal) => {
      const printed = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("utf8");
      resolve({ exitCode, signal, stdout: printed(out), stderr: printed(err) });
    });
  });
}

function detached(binary: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(binary, args, { ...options, detached: true });
}

/** Behind "ended": `with exit code 1`, or `by SIGKILL`. */
export function endOf({ exitCode, signal }: Pick<TerraformEnd, "exitCode" | "signal">): string {
  return signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
}

/** Lines of Terraform's errors that are shown at most: what comes after them is in no error that a person reads. */
const MOST_LINES = 40;

/**
 * Terraform's errors, line by line, without their frame of bars and without what it printed before them.
 *
 * Where Terraform has framed nothing (it could not start, or was killed) its last lines are all there is.
 */
export function errorWords(text: string): string {
  const lines = text.split("\n").map((line) =>
    line
      .replace(/^[\s│╷╵]+$/, "")
      .replace(/^│ ?/, "")
      .trimEnd(),
  );
  const from = lines.findIndex((line) => /^Error: /.test(line));
  const found = (from < 0 ? lines.slice(-MOST_LINES) : lines.slice(from)).filter(
    (line, i, all) => line !== "" || (i > 0 && all[i - 1] !== ""),
  );
  const shown = found.slice(0, MOST_LINES).join("\n").trimEnd();
  return found.length > MOST_LINES ? `${shown}\n… ${found.length - MOST_LINES} more lines` : shown;
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
