import { ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CliRun } from "./cli";
import { ROOT } from "./environments";

/**
 * One process for many runs of the compiled program, each with a folder and variables of its own: a run costs a tenth of a process of its
 * own, which starts, loads and warms up for three seconds. A synth that the program would start as a process is done in it as well.
 *
 * It shows what the program prints, writes and answers. That it does so as a process shows no run of this: a suite that uses it keeps some
 * runs of each kind as they are.
 */
export class Warm {
  private readonly child: ChildProcess;
  private count = 0;
  private readonly waiting = new Map<number, { resolve(run: CliRun): void; reject(error: Error): void }>();

  constructor() {
    if (!existsSync(join(ROOT, "dist/main.js")))
      throw new Error("dist/main.js is missing: run npm run build first (npm test does)");
    this.child = fork(join(__dirname, "warm-server.js"), [], {
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", ({ id, ...run }: CliRun & { readonly id: number }) => {
      this.waiting.get(id)?.resolve(run);
      this.waiting.delete(id);
    });
    this.child.on("exit", (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`the warm process has ended: ${signal ?? code}`));
    });
  }

  /** `keyless <args>` in a folder. */
  keyless(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliRun> {
    return this.ask({ cwd, env, args });
  }

  /** `node dist/main.js` in a folder. */
  synth(cwd: string, env: NodeJS.ProcessEnv): Promise<CliRun> {
    return this.ask({ cwd, env });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }

  private ask(what: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly args?: readonly string[];
  }): Promise<CliRun> {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, ...what });
    });
  }
}
