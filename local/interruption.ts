import { ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { terraformToEnd } from "../modules/terraform/terraform";
import { isAlive } from "../modules/kernel/process";
import { notedRun, runsFolder } from "../modules/terraform/runs";
import type { Around } from "./front";

/** How an apply is interrupted. */
export const WAYS = ["kill-keyless", "kill-both", "SIGINT", "SIGINT-twice", "SIGTERM"] as const;
export type Way = (typeof WAYS)[number];

/** Calls that change something: an apply is interrupted when the n-th of them arrives. */
const CHANGES = /^(Create|Put|Attach|Set|Enable|Update|Tag|Add|Register|Provision|Subscribe)/;

/** Counts the calls that change something, and tells when the one that is waited for arrives. */
export class CallCounter {
  #count = 0;
  #at = Infinity;
  #hit: () => void = () => undefined;

  /** To be put around every call of a local AWS. */
  readonly around: Around = (request, answer) => {
    if (CHANGES.test(request.operation) && ++this.#count === this.#at) this.#hit();
    return answer();
  };

  /** Resolves when the n-th call from now arrives. */
  arrival(n: number): Promise<void> {
    this.#count = 0;
    this.#at = n;
    return new Promise((resolve) => (this.#hit = resolve));
  }

  get count(): number {
    return this.#count;
  }
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs `keyless …` in a project. */
export function keyless(
  cli: string,
  project: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: project,
    env: { ...env, NO_COLOR: "1" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on("close", (status) => resolve({ status, output })));
  return { child, ended };
}

export interface Interruption {
  readonly cli: string;
  readonly project: string;
  readonly environment: string;
  /** Without the environment's name in front. */
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
  readonly counter: CallCounter;
  readonly way: Way;
  /** The call that changes something, counted from 1, at whose arrival it happens. */
  readonly call: number;
}

export interface Outcome {
  /** Whether the apply was still at work when it was to be interrupted. */
  readonly interrupted: boolean;
  /** Absent where docs/interrupted-apply.md does not ask for it: Terraform has ended what it was at. */
  readonly recovered?: Ended;
  readonly applied: Ended;
  /** What Terraform itself says afterwards: 0 where nothing is left, 2 where something is. */
  readonly planned: Ended;
}

/** Ways after which docs/interrupted-apply.md asks for `keyless recover`: Terraform was told to stop, or killed. */
const TO_RECOVER: readonly Way[] = ["kill-both", "SIGINT-twice", "SIGTERM"];

/** Interrupts an apply, does what docs/interrupted-apply.md says, and plans: nothing may be left. */
export async function interruptAndRecover(options: Interruption): Promise<Outcome> {
  const { cli, project, environment, stack, env, counter, way, call } = options;
  const run = (args: readonly string[]): Promise<Ended> => keyless(cli, project, env, args).ended;
  // Nothing but this stack is there: the way in that guardrails wait for cannot be seen.
  const APPLY = ["apply", environment, stack, "--yes", "--no-verify"];
  const arrival = counter.arrival(call);
  const { child, ended } = keyless(cli, project, env, APPLY);
  const interrupted = await Promise.race([arrival.then(() => true), ended.then(() => false)]);
  if (interrupted) interrupt(child, project, `${environment}-${stack}`, way);
  await ended;
  await terraformEnded(project, `${environment}-${stack}`);
  const recovered =
    interrupted && TO_RECOVER.includes(way)
      ? await recoverAsPrinted(options, ["recover", environment, stack])
      : undefined;
  const applied = await run(APPLY);
  const folder = join(project, "cdktf.out/stacks", `${environment}-${stack}`);
  const planned = await terraform(env, folder, [
    "plan",
    "-input=false",
    "-no-color",
    "-lock=false",
    "-detailed-exitcode",
  ]);
  return { interrupted, ...(recovered ? { recovered } : {}), applied, planned };
}

/** Runs `keyless recover`, and the commands that it prints for what a person has to decide: here it is known that all of it is ours. */
async function recoverAsPrinted({ cli, project, env }: Interruption, args: readonly string[]): Promise<Ended> {
  let output = "";
  for (;;) {
    const recovered = await keyless(cli, project, env, args).ended;
    output += recovered.output;
    const printed = [
      ...recovered.output.matchAll(/\b(terraform) -chdir=(\S+) (force-unlock|import) ([^\n]*?)(?:, then|\.?\n|$)/g),
    ];
    if (recovered.status === 0 || printed.length === 0) return { status: recovered.status, output };
    for (const [words, , folder = "", command = "", rest = ""] of printed) {
      const options = command === "import" ? ["-input=false"] : ["-force"];
      const done = await terraform(env, join(project, folder), [command, ...options, ...rest.trim().split(" ")]);
      output += `\n$ ${words}\n${done.output}`;
      if (done.status !== 0) return { status: done.status, output };
    }
  }
}

/** Runs Terraform in a stack's folder. */
async function terraform(env: NodeJS.ProcessEnv, cwd: string, args: readonly string[]): Promise<Ended> {
  const { exitCode, stdout, stderr } = await terraformToEnd(env["TERRAFORM_BINARY_NAME"] ?? "terraform", args, {
    cwd,
    env,
  });
  return { status: exitCode, output: stdout + stderr };
}

function interrupt(child: ChildProcess, project: string, stack: string, way: Way): void {
  switch (way) {
    case "kill-keyless":
      child.kill("SIGKILL");
      return;
    case "kill-both": {
      child.kill("SIGKILL");
      const run = notedRun(runsFolder(project), stack);
      // Terraform leads a group of its own, its providers are in it.
      if (run) process.kill(-run.process.pid, "SIGKILL");
      return;
    }
    case "SIGINT":
    case "SIGTERM":
      child.kill(way);
      return;
    case "SIGINT-twice":
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGINT"), 200);
  }
}

/** Waits for a Terraform that goes on after its keyless was killed. */
async function terraformEnded(project: string, stack: string): Promise<void> {
  for (;;) {
    const run = notedRun(runsFolder(project), stack);
    if (!run || !isAlive(run.process)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Text of a file, or nothing. */
export const textOf = (...parts: readonly string[]): string | undefined =>
  existsSync(join(...parts)) ? readFileSync(join(...parts), "utf8") : undefined;
