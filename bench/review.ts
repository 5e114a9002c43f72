import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { measured } from "./child";
import { reviewMix, ReviewMixName } from "./review-plans";

export const REVIEW_FORMATS = ["markdown", "json"] as const;

export interface ReviewTiming {
  readonly mix: string;
  readonly format: string;
  /** Resource changes in the plans. */
  readonly changes: number;
  readonly plans: number;
  readonly planMegabytes: number;
  /** Wall time of each run of the whole process, in milliseconds, sorted. */
  readonly milliseconds: readonly number[];
  /** CPU time of the fastest run in those terms: of use where others keep the machine busy. */
  readonly cpuMilliseconds: number;
  /** Largest peak of resident memory over the runs. */
  readonly peakMegabytes: number;
}

/** Times `keyless review` as its own process: reading the plans and the facts of 10,000 accounts, comparing, writing. */
export async function timeReview(cli: string, name: ReviewMixName, runs: number): Promise<readonly ReviewTiming[]> {
  const root = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    const { organization, plans, changes } = reviewMix(name);
    writeFileSync(
      join(root, "organization.yaml"),
      stringify(organization, { lineWidth: 0, aliasDuplicateObjects: false }),
    );
    mkdirSync(join(root, "plans"));
    for (const [stack, text] of plans) writeFileSync(join(root, "plans", `${stack}.json`), text);
    const planMegabytes = [...plans.values()].reduce((sum, text) => sum + text.length, 0) / 1e6;
    const found: ReviewTiming[] = [];
    for (const format of REVIEW_FORMATS) {
      const all = [];
      for (let run = 0; run < runs; run++)
        all.push(
          await measured(
            cli,
            ["review", "plans", "--facts", "organization.yaml", "--fail-on", "none", "--format", format],
            root,
          ),
        );
      found.push({
        mix: name,
        format,
        changes,
        plans: plans.size,
        planMegabytes,
        milliseconds: all.map((one) => one.milliseconds).sort((a, b) => a - b),
        cpuMilliseconds: Math.min(...all.map((one) => one.cpuMilliseconds)),
        peakMegabytes: Math.max(...all.map((one) => one.megabytes)),
      });
    }
    return found;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
