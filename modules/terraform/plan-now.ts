import { rmSync } from "node:fs";
import { join } from "node:path";
import { mapBounded } from "../aws/bounded";
import { BaselineError } from "../kernel/errors";
import { chosenStacks, stacksOf, SynthesizedStack } from "./environment-stacks";
import { parsePlanJson } from "./plan-json";
import type { StackPlan } from "./stack-plan";
import {
  PlanFailure,
  planFailures,
  planToFile,
  signalRunning,
  terraformBinary,
  TerraformFailed,
  withPrivateFolder,
} from "./terraform";
import { cdktfCommand } from "../kernel/command";

const NO_STACK = "REVIEW-NO-STACK";

export interface PlanNowOptions {
  /** Folder with `cdktf.out`, freshly synthesized. */
  readonly projectRoot: string;
  readonly environment: string;
  /** Stacks without the environment's name in front. @default - all of them */
  readonly stacks?: readonly string[];
  /** Stacks at a time. @default 2 */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number, stack: string) => void;
  /** @default - `TERRAFORM_BINARY_NAME`, else terraform, else tofu */
  readonly binary?: string;
}

/**
 * Plans the synthesized stacks of an environment with Terraform or OpenTofu. Plan files lie in a folder that nobody else may read, and
 * are removed again, after Ctrl-C too: they hold values that are secret.
 *
 * @throws BaselineError (exit code 1) with Terraform's own words for each stack that cannot be planned
 */
export async function planNow(options: PlanNowOptions): Promise<readonly StackPlan[]> {
  const known = stacksOf(join(options.projectRoot, "cdktf.out"), options.environment);
  if (known.length === 0)
    throw new BaselineError([
      {
        code: NO_STACK,
        message: `Environment ${options.environment} has no synthesized stack.`,
        fix: `Run ${cdktfCommand("synth")} first.`,
      },
    ]);
  const { names, problems } = chosenStacks(
    options.environment,
    known.map(({ name }) => name),
    options.stacks ?? [],
    NO_STACK,
  );
  if (problems.length > 0) throw new BaselineError(problems);
  const stacks = options.stacks ? known.filter(({ name }) => names.includes(name)) : known;
  const binary = options.binary ?? (await terraformBinary());
  const plans = new Map<string, StackPlan>();
  const failed: PlanFailure[] = [];
  let done = 0;
  const interrupted = (signal: NodeJS.Signals, remove: () => void): void => {
    signalRunning(signal);
    remove();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  await withPrivateFolder("review", interrupted, (folder) =>
    mapBounded(stacks, Math.max(1, options.concurrency ?? 2), async (stack) => {
      try {
        plans.set(stack.name, await planStack(binary, stack, join(folder, `${stack.name}.tfplan`)));
      } catch (error) {
        if (!(error instanceof TerraformFailed)) throw error;
        failed.push({ stack: stack.name, words: error.message });
      }
      options.onProgress?.(++done, stacks.length, stack.name);
    }),
  );
  if (failed.length > 0) throw new BaselineError(planFailures("REVIEW-PLAN-FAILED", failed), 1);
  return stacks.map(({ name }) => plans.get(name)!);
}

async function planStack(binary: string, { name, folder }: SynthesizedStack, file: string): Promise<StackPlan> {
  try {
    return parsePlanJson(
      join("cdktf.out", "stacks", name),
      name,
      await planToFile(binary, folder, file, { plan: ["-lock=false"] }),
    );
  } finally {
    rmSync(file, { force: true });
  }
}
