import { ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CliRun, environmentOf } from "./cli";
import { ROOT } from "./environments";

/**
 * One process for many runs of the compiled program, each with a folder and variables of its own: a run costs a tenth of a process of its
 * own, which starts, loads and warms up for three seconds. A synth that the program would start as a process is done in it as well.
 *
 * It shows what the program prints, writes and answers. That it does so as a process shows no run of this: a suite that uses it keeps some
 * runs of each kind as they are.
 */
export class Warm {
  /**
   * Files of its folder that any run has asked for, relative to it: read, listed or looked for. Only what Node's synchronous calls and streams
   * of the main thread ask for.
   */
  readonly asked = new Set<string>();
  private child: ChildProcess | undefined;
  private count = 0;
  private readonly waiting = new Map<number, { resolve(run: CliRun): void; reject(error: Error): void }>();

  /** As `keyless` of cli.ts. */
  keyless(projectRoot: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliRun> {
    return this.ask({ cwd: projectRoot, env: environmentOf(projectRoot, env), args });
  }

  /** `node dist/main.js` in a folder. */
  synth(projectRoot: string, env: NodeJS.ProcessEnv = {}): Promise<CliRun> {
    return this.ask({ cwd: projectRoot, env: environmentOf(projectRoot, env) });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }

  /** Started when it is needed: a suite may be skipped. */
  private started(): ChildProcess {
    if (this.child) return this.child;
    if (!existsSync(join(ROOT, "dist/main.js")))
      throw new Error("dist/main.js is missing: run npm run build first (npm test does)");
    const child = fork(join(__dirname, "warm-server.js"), [], {
      execArgv: [],
      // Colours are decided on when a program is loaded.
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.on(
      "message",
      ({ id, asked, ...run }: CliRun & { readonly id: number; readonly asked: readonly string[] }) => {
        asked.forEach((file) => this.asked.add(file));
        this.waiting.get(id)?.resolve(run);
        this.waiting.delete(id);
      },
    );
    child.on("exit", (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`the warm process has ended: ${signal ?? code}`));
      this.waiting.clear();
    });
    this.child = child;
    return child;
  }

  private ask(what: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly args?: readonly string[];
  }): Promise<CliRun> {
    const child = this.started();
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      child.send({ id, ...what });
    });
  }
}
