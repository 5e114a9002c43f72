import { spawn } from "node:child_process";
import { join } from "node:path";

export interface ChildRun {
  /** Wall time from start to end. */
  readonly milliseconds: number;
  /** User and system time of all its threads: what it would take without others on the machine, or more where collecting garbage runs beside. */
  readonly cpuMilliseconds: number;
  /** Peak of resident memory. */
  readonly megabytes: number;
}

/** Runs one of our programs as its own process, as a user would, and measures it. Output is thrown away. */
export function measured(main: string, args: readonly string[], cwd: string): Promise<ChildRun> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, ["--require", join(__dirname, "peak.js"), main, ...args], {
      cwd,
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      env: { ...process.env, CDKTF_OUTDIR: undefined },
    });
    let errors = "";
    let used = "";
    child.stderr!.on("data", (data: Buffer) => (errors += data.toString()));
    (child.stdio[3] as NodeJS.ReadableStream).on("data", (data: Buffer) => (used += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      const [kilobytes = 0, microseconds = 0] = used.split(" ").map(Number);
      if (code === 0 && kilobytes > 0)
        resolve({
          milliseconds: Number(process.hrtime.bigint() - start) / 1e6,
          cpuMilliseconds: microseconds / 1000,
          megabytes: kilobytes / 1024,
        });
      else reject(new Error(`${main} ended with ${code}: ${errors}`));
    });
  });
}
