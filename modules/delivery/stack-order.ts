import { listedStacks, stacksOf, SynthesizedStack } from "../terraform/environment-stacks";

/**
 * Stacks of one environment in a cdktf output folder, sorted by name.
 *
 * @throws Error where nothing has been synthesized
 */
export function synthesizedStacks(outputFolder: string, environment: string): readonly SynthesizedStack[] {
  if (!listedStacks(outputFolder)) throw new Error(`${outputFolder} contains no synth`);
  return stacksOf(outputFolder, environment);
}

/** How it went: all three together are the stacks that were given. */
export interface InOrder {
  readonly done: readonly string[];
  readonly failures: readonly { readonly stack: string; readonly error: unknown }[];
  /** Never begun, because something failed or was stopped before. */
  readonly notBegun: readonly string[];
}

/**
 * Runs a task per stack, each after the stacks it depends on, a few at a time. After the first failure, or when it is stopped, nothing
 * more is begun; what runs is waited for, so that what is told at the end is what happened.
 *
 * @throws Error where stacks depend on each other in a circle
 */
export async function runInOrder(
  stacks: readonly SynthesizedStack[],
  concurrency: number,
  task: (stack: SynthesizedStack) => Promise<void>,
  stopped: () => boolean = () => false,
): Promise<InOrder> {
  const names = new Set(stacks.map((stack) => stack.name));
  const waiting = new Map(stacks.map((stack) => [stack.name, stack]));
  const done = new Set<string>();
  const running = new Set<Promise<void>>();
  const failures: { readonly stack: string; readonly error: unknown }[] = [];
  for (;;) {
    for (const stack of waiting.values()) {
      if (failures.length > 0 || stopped() || running.size >= concurrency) break;
      if (!stack.dependencies.every((name) => done.has(name) || !names.has(name))) continue;
      waiting.delete(stack.name);
      const run: Promise<void> = task(stack)
        .then(() => void done.add(stack.name))
        .catch((error: unknown) => void failures.push({ stack: stack.name, error }))
        .finally(() => running.delete(run));
      running.add(run);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (waiting.size > 0 && failures.length === 0 && !stopped())
    throw new Error(`Stacks depend on each other in a circle: ${[...waiting.keys()].join(", ")}`);
  return { done: [...done], failures, notBegun: [...waiting.keys()] };
}

/** The same, and the first failure is thrown. */
export async function inOrder(
  stacks: readonly SynthesizedStack[],
  concurrency: number,
  task: (stack: SynthesizedStack) => Promise<void>,
): Promise<void> {
  const { failures } = await runInOrder(stacks, concurrency, task);
  if (failures.length > 0) throw failures[0]!.error;
}
