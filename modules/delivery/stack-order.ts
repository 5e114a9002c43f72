import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What cdktf writes about the stacks it has synthesized. */
interface Manifest {
  readonly stacks: Readonly<Record<string, { readonly name: string; readonly workingDirectory: string; readonly dependencies: readonly string[] }>>;
}

export interface SynthesizedStack {
  readonly name: string;
  /** Absolute path of the folder with `cdk.tf.json`. */
  readonly folder: string;
  readonly dependencies: readonly string[];
}

/** Stacks of one environment in a cdktf output folder, sorted by name. */
export function synthesizedStacks(outputFolder: string, environment: string): readonly SynthesizedStack[] {
  const manifest = JSON.parse(readFileSync(join(outputFolder, "manifest.json"), "utf8")) as Manifest;
  return Object.values(manifest.stacks)
    .filter((stack) => stack.name.startsWith(`${environment}-`))
    .map((stack) => ({ name: stack.name, folder: join(outputFolder, stack.workingDirectory), dependencies: stack.dependencies }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Runs a task per stack, each after the stacks it depends on, a few at a time. The first failure stops what has not started and
 * is thrown when the running ones have ended.
 */
export async function inOrder(stacks: readonly SynthesizedStack[], concurrency: number, task: (stack: SynthesizedStack) => Promise<void>): Promise<void> {
  const names = new Set(stacks.map((stack) => stack.name));
  const waiting = new Map(stacks.map((stack) => [stack.name, stack]));
  const done = new Set<string>();
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  while (waiting.size > 0 || running.size > 0) {
    for (const stack of waiting.values()) {
      if (failures.length > 0 || running.size >= concurrency) break;
      if (!stack.dependencies.every((name) => done.has(name) || !names.has(name))) continue;
      waiting.delete(stack.name);
      const run: Promise<void> = task(stack)
        .then(() => void done.add(stack.name))
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(run));
      running.add(run);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failures.length > 0) throw failures[0];
  if (waiting.size > 0) throw new Error(`Stacks depend on each other in a circle: ${[...waiting.keys()].join(", ")}`);
}
