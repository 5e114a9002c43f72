import { mapBounded } from "../aws/bounded";
import { BaselineError } from "../kernel/errors";
import { isAppliedByHand } from "../sections/stack-kinds";
import type { StackPlan } from "../terraform/stack-plan";
import { type PlanFailure, planFailures, TerraformFailed } from "../terraform/terraform";
import type { Report } from "../review/render/report";
import { DeliveryGate, recordedGate } from "./gate";
import { Reviewed, ReviewedStack, sealed } from "./record";
import { SynthesizedStack } from "../terraform/environment-stacks";
import { checkStopped, PlannedStack, planForDelivery, withWorkplace, Workplace } from "../terraform/saved-plans";
import { forgetSeen, noteSeen } from "../terraform/seen";
import { defined } from "../kernel/optional";

export interface DeliveryOptions {
  readonly projectRoot: string;
  readonly environment: string;
  /** All synthesized stacks of the environment. */
  readonly stacks: readonly SynthesizedStack[];
  readonly binary: string;
  /** Stacks at a time. @default 2 */
  readonly concurrency?: number;
  readonly onProgress?: (text: string) => void;
  /** Called before a stack is applied; what it throws is why that stack, and what comes after it, is not. @default - nothing is asked */
  readonly before?: (stack: SynthesizedStack, plan: StackPlan) => Promise<void>;
  /** The environment that Terraform runs in for a stack. @default - this process's own: whoever applies has credentials of their own */
  readonly environmentOf?: (stack: string) => Promise<NodeJS.ProcessEnv>;
}

export interface DeliveryPlan {
  /** To be reviewed: all that could be planned, the pipeline's own stack included. */
  readonly plans: readonly StackPlan[];
  /** The review of the plans, by the environment's gate. */
  readonly report: Report;
  readonly reviewed: Reviewed;
}

/**
 * Plans every stack for an apply that comes later, perhaps days later. A stack that cannot be planned because others, which it depends on, are
 * not applied yet is left to the next run; the pipeline's own stack is shown, and a person applies it.
 *
 * @throws BaselineError (exit code 1) with Terraform's own words for each stack that cannot be planned
 */
export async function planDelivery(
  options: DeliveryOptions & { readonly commit?: string | undefined; readonly gate: DeliveryGate },
): Promise<DeliveryPlan> {
  const { environment, stacks } = options;
  const { planned, deferred } = await withWorkplace(options.projectRoot, (place) => planAll(options, stacks, place));
  const byHand = new Set(stacks.filter(({ mark }) => mark && isAppliedByHand(mark.kind)).map(({ name }) => name));
  const waiting = new Set(waitingForPeople(stacks, planned, byHand));
  const done = [...planned.values()]
    .filter(({ name }) => !waiting.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const plans = done.map(({ plan }) => plan);
  const report = options.gate.review(plans);
  const toApply = (stack: PlannedStack): boolean => !byHand.has(stack.name) && changeCount(stack) > 0;
  return {
    plans,
    report,
    reviewed: sealed({
      version: 3,
      environment,
      ...defined({ commit: options.commit }),
      gate: recordedGate(options.gate, report),
      stacks: done.filter(toApply).map(recorded),
      others: done.filter((stack) => !toApply(stack)).map(recorded),
      deferred: [...new Set([...deferred, ...waiting])].sort(),
      byHand: done.filter((stack) => byHand.has(stack.name) && changeCount(stack) > 0).map(({ name }) => name),
    }),
  };
}

function recorded({ name, digest: { digest, changes }, lock, backend }: PlannedStack): ReviewedStack {
  return { name, digest, changes, lock, backend };
}

/** Stacks with changes that depend on one which a person has still to apply: the way back in is there before the doors close. */
function waitingForPeople(
  stacks: readonly SynthesizedStack[],
  planned: ReadonlyMap<string, PlannedStack>,
  byHand: ReadonlySet<string>,
): readonly string[] {
  const missing = new Set([...byHand].filter((name) => changeCount(planned.get(name)) > 0));
  return stacks
    .filter(
      ({ name, dependencies }) => changeCount(planned.get(name)) > 0 && dependencies.some((one) => missing.has(one)),
    )
    .map(({ name }) => name);
}

/**
 * Plans stacks into the workplace. Those that cannot be planned because others, which they depend on, are not applied yet are deferred.
 *
 * @throws BaselineError (exit code 1) with Terraform's own words for each stack that cannot be planned for another reason
 */
export async function planAll(
  options: DeliveryOptions,
  stacks: readonly SynthesizedStack[],
  place: Workplace,
): Promise<{ readonly planned: ReadonlyMap<string, PlannedStack>; readonly deferred: readonly string[] }> {
  const planned = new Map<string, PlannedStack>();
  const failed = new Map<string, string>();
  await several(stacks, options, async (stack) => {
    try {
      const found = await planForDelivery(options.binary, options.projectRoot, place, stack);
      planned.set(stack.name, found);
      if (changeCount(found) === 0 && found.plan.drift.length === 0) {
        const { synthesized: digest, lock } = found;
        noteSeen(place.seen, stack.name, "planned", { digest, lock });
      } else forgetSeen(place.seen, stack.name);
    } catch (error) {
      if (!(error instanceof TerraformFailed)) throw error;
      failed.set(stack.name, error.message);
    }
  });
  checkStopped(place);
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  /** Something that the stack depends on is still to be applied. */
  const waits = (name: string, seen: ReadonlySet<string> = new Set()): boolean =>
    (byName.get(name)?.dependencies ?? []).some(
      (other) =>
        !seen.has(other) &&
        (failed.has(other) || changeCount(planned.get(other)) > 0 || waits(other, new Set([...seen, name]))),
    );
  const deferred = [...failed.keys()].filter((name) => waits(name)).sort();
  const broken = [...failed].filter(([name]) => !deferred.includes(name)).map(([stack, words]) => ({ stack, words }));
  if (broken.length > 0) throw brokenPlans(broken, byName);
  return { planned, deferred };
}

/** A plan that would replace a break-glass user or role is refused by Terraform; that is no failure of a run, and has an order that is safe. */
function brokenPlans(broken: readonly PlanFailure[], stacks: ReadonlyMap<string, SynthesizedStack>): BaselineError {
  const isGuarded = ({ stack, words }: PlanFailure): boolean =>
    stacks.get(stack)?.mark?.section === "breakGlass" && /\bprevent_destroy\b/.test(words);
  const guarded = broken.filter(isGuarded);
  const others = broken.filter((one) => !isGuarded(one));
  return new BaselineError(
    [
      ...planFailures("DELIVERY-PLAN-FAILED", others),
      ...planFailures("DELIVERY-EMERGENCY-ACCESS", guarded).map((problem) => ({
        ...problem,
        fix: `${problem.fix ?? ""} Another role name, home account or rollout has an order that is safe: docs/large-changes.md.`,
      })),
    ],
    others.length > 0 ? 1 : 3,
  );
}

export function changeCount(stack: PlannedStack | undefined): number {
  return stack === undefined ? 0 : Object.keys(stack.digest.changes).length;
}

/** Runs a task per stack, a few at a time, in order of their names. */
export async function several(
  stacks: readonly SynthesizedStack[],
  options: Pick<DeliveryOptions, "concurrency" | "onProgress">,
  task: (stack: SynthesizedStack) => Promise<void>,
): Promise<void> {
  let done = 0;
  await mapBounded(stacks, Math.max(1, options.concurrency ?? 2), async (stack) => {
    await task(stack);
    options.onProgress?.(`planned ${++done}/${stacks.length} ${stack.name}`);
  });
}
