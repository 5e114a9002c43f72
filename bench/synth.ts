import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measured } from "./child";
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

/** Times the whole synth as its own process: reading YAML, checking, resolving, proving, writing Terraform JSON. */
export async function timeSynth(main: string, accounts: number, runs: number): Promise<SynthTiming> {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    writeBenchProject(root, accounts);
    const milliseconds: number[] = [];
    let peak = 0;
    for (let run = 0; run < runs; run++) {
      const one = await measured(main, [], root);
      peak = Math.max(peak, one.megabytes);
      milliseconds.push(one.milliseconds);
    }
    const stacks = join(root, "cdktf.out", "stacks");
    const names = readdirSync(stacks);
    const bytes = names.reduce((sum, name) => sum + statSync(join(stacks, name, "cdk.tf.json")).size, 0);
    return {
      accounts,
      milliseconds: milliseconds.sort((a, b) => a - b),
      peakMegabytes: peak,
      stacks: names.length,
      outputMegabytes: bytes / 1e6,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
