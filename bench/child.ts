import { spawn } from "node:child_process";
import { join } from "node:path";

export interface ChildRun {
  /** Wall time from start to end. */
  readonly milliseconds: number;
  /** Peak of resident memory. */
  readonly megabytes: number;
}

/** Runs one of our programs as its own process, as a user would, and measures it. Output is thrown away. */
export function measured(main: string, args: readonly string[], cwd: string): Promise<ChildRun> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, ["--require", join(__dirname, "peak.js"), main, ...args], { cwd, stdio: ["ignore", "ignore", "pipe", "pipe"], env: { ...process.env, CDKTF_OUTDIR: undefined } });
    let errors = "";
    let peak = "";
    child.stderr!.on("data", (data: Buffer) => (errors += data.toString()));
    (child.stdio[3] as NodeJS.ReadableStream).on("data", (data: Buffer) => (peak += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && peak) resolve({ milliseconds: Number(process.hrtime.bigint() - start) / 1e6, megabytes: Number(peak) / 1024 });
      else reject(new Error(`${main} ended with ${code}: ${errors}`));
    });
  });
}
