import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBenchProject } from "./project";

export interface SynthTiming {
  readonly accounts: number;
  /** Wall time of each run of the whole process, in milliseconds, sorted. */
  readonly milliseconds: readonly number[];
  /** Largest peak of resident memory over the runs, in megabytes. */
  readonly peakMegabytes: number;
  readonly stacks: number;
  readonly outputMegabytes: number;
}

/** Prints the peak of the process when it ends; the process is what `cdktf synth` runs. */
const PEAK = `process.on("exit", () => require("node:fs").writeSync(3, String(process.resourceUsage().maxRSS)));require(process.argv[1]);`;

/** Times the whole synth as its own process: reading YAML, checking, resolving, proving, writing Terraform JSON. */
export async function timeSynth(main: string, accounts: number, runs: number): Promise<SynthTiming> {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    writeBenchProject(root, accounts);
    const milliseconds: number[] = [];
    let peak = 0;
    for (let run = 0; run < runs; run++) {
      const start = process.hrtime.bigint();
      peak = Math.max(peak, await runMain(main, root));
      milliseconds.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    const stacks = join(root, "cdktf.out", "stacks");
    const names = readdirSync(stacks);
    const bytes = names.reduce((sum, name) => sum + statSync(join(stacks, name, "cdk.tf.json")).size, 0);
    return { accounts, milliseconds: milliseconds.sort((a, b) => a - b), peakMegabytes: peak / 1024, stacks: names.length, outputMegabytes: bytes / 1e6 };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function runMain(main: string, cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", PEAK, main], { cwd, stdio: ["ignore", "ignore", "pipe", "pipe"], env: { ...process.env, CDKTF_OUTDIR: undefined } });
    let errors = "";
    let peak = "";
    child.stderr!.on("data", (data: Buffer) => (errors += data.toString()));
    (child.stdio[3] as NodeJS.ReadableStream).on("data", (data: Buffer) => (peak += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 && peak ? resolve(Number(peak)) : reject(new Error(`synth ended with ${code}: ${errors}`))));
  });
}
