import { listedStacks, stacksOf, SynthesizedStack } from "../terraform/environment-stacks";

/**
 * Stacks of one environment in a cdktf output folder, sorted by name.
 *
 * @throws Error where nothing has been synthesized
 */
export function synthesizedStacks(outputFolder: string, environment: string): readonly SynthesizedStack[] {
  if (!listedStacks(outputFolder)) throw new Error(`${outputFolder} holds no synth`);
  return stacksOf(outputFolder, environment);
}

/**
 * Runs a task per stack, each after the stacks it depends on, a few at a time. The first failure stops what has not started and
 * is thrown when the running ones have ended.
 */
export async function inOrder(
  stacks: readonly SynthesizedStack[],
  concurrency: number,
  task: (stack: SynthesizedStack) => Promise<void>,
): Promise<void> {
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
