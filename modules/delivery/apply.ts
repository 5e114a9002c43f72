import { KEYLESS } from "../kernel/command";
import { BaselineError } from "../kernel/errors";
import type { SynthesizedStack } from "../terraform/environment-stacks";
import {
  applyPlanned,
  checkStopped,
  PlannedStack,
  planForDelivery,
  stoppedProblem,
  withWorkplace,
  Workplace,
} from "../terraform/saved-plans";
import type { StackPlan } from "../terraform/stack-plan";
import { indented, PlanFailure, planFailures, TerraformFailed } from "../terraform/terraform";
import { changeCount, DeliveryOptions, planAll, several } from "./plan";
import type { Reviewed, ReviewedStack } from "./record";
import { runInOrder } from "./stack-order";

/** Addresses that are named one by one. */
const NAMED = 5;

export interface Applied {
  readonly applied: readonly string[];
}

/**
 * Applies what was reviewed, and nothing else: every stack is planned again, all of them are held against the record, and only when each would
 * do exactly what was reviewed are these plans applied, in the order of the stacks' dependencies.
 *
 * @throws BaselineError exit code 3 where anything would be done that was not reviewed: then nothing at all is applied; 1 where Terraform fails
 */
export async function applyDelivery(
  options: DeliveryOptions & { readonly reviewed: Reviewed; readonly say?: (line: string) => void },
): Promise<Applied> {
  const { reviewed, binary } = options;
  const wanted = new Map(reviewed.stacks.map((stack) => [stack.name, stack]));
  const stacks = options.stacks.filter(({ name }) => wanted.has(name));
  const gone = reviewed.stacks.filter(({ name }) => !options.stacks.some((stack) => stack.name === name));
  if (gone.length > 0) throw changed(gone.map(({ name }) => `${name} was reviewed and is not synthesized here`));
  const planned = new Map<string, PlannedStack>();
  const failed: PlanFailure[] = [];
  const applied: string[] = [];
  await withWorkplace(options.projectRoot, async (place) => {
    await several(stacks, options, async (stack) => {
      try {
        planned.set(
          stack.name,
          await planForDelivery(binary, options.projectRoot, place, stack, wanted.get(stack.name)!.lock),
        );
      } catch (error) {
        if (!(error instanceof TerraformFailed)) throw error;
        failed.push({ stack: stack.name, words: error.message });
      }
    });
    checkStopped(place);
    if (failed.length > 0) throw new BaselineError(planFailures("DELIVERY-PLAN-FAILED", failed), 1);
    const differing = stacks.flatMap(({ name }) => difference(wanted.get(name)!, planned.get(name)!));
    if (differing.length > 0) throw changed(differing);
    applied.push(...(await applyInOrder(options, place, stacks)));
  });
  return { applied };
}

/**
 * Applies the plans that are in the workplace, in the order of the stacks' dependencies, a few at a time, with a line for each stack.
 *
 * @throws BaselineError exit code 1 where Terraform fails or a signal stops it: what was applied, what failed and what was not begun is in it
 */
async function applyInOrder(
  { environment, binary, concurrency = 2, say }: DeliveryOptions & { readonly say?: (line: string) => void },
  place: Workplace,
  stacks: readonly SynthesizedStack[],
): Promise<readonly string[]> {
  const { done, failures, notBegun } = await runInOrder(
    stacks,
    concurrency,
    async (stack) => {
      try {
        await applyPlanned(binary, place, stack);
      } catch (error) {
        if (error instanceof TerraformFailed) say?.(`${stack.name}: failed`);
        throw error;
      }
      say?.(`${stack.name}: applied`);
    },
    place.stopped,
  );
  const fault = failures.find(({ error }) => !(error instanceof TerraformFailed));
  if (fault) throw fault.error;
  const rest = [
    `Applied: ${done.join(", ") || "nothing"}.`,
    ...(notBegun.length > 0 ? [`Not begun: ${notBegun.join(", ")}.`] : []),
  ].join(" ");
  if (place.stopped() && (failures.length > 0 || notBegun.length > 0))
    throw new BaselineError(
      [
        stoppedProblem(
          rest,
          failures.map(({ stack }) => stack),
          environment,
        ),
      ],
      1,
    );
  if (failures.length > 0)
    throw new BaselineError(
      failures.map(({ stack, error }) => ({
        code: "DELIVERY-APPLY-FAILED",
        message: `${stack} cannot be applied: ${indented((error as TerraformFailed).message)}`,
        fix: `${rest} ${nextStep((error as TerraformFailed).message, environment)}`,
      })),
      1,
    );
  return done;
}

/** What AWS and Terraform say when something is there already, or a state is locked: an earlier apply was interrupted. */
const INTERRUPTED =
  /\b(Duplicate\w*|\w*AlreadyExists\w*|already exists|ConflictException|Error acquiring the state lock)\b/;

function nextStep(words: string, environment: string): string {
  return INTERRUPTED.test(words)
    ? `An earlier apply may have been interrupted: ${KEYLESS} recover ${environment} finds what it left behind, and says whose a lock is.`
    : "When the cause is fixed, run it again: it plans what is left.";
}

export interface ApplyNowOptions extends DeliveryOptions {
  readonly say: (line: string) => void;
  /** Shows what is planned and asks whether it is to be applied. */
  readonly confirm: (plans: readonly StackPlan[]) => Promise<boolean>;
}

export interface AppliedNow extends Applied {
  readonly unchanged: readonly string[];
  /** Nobody wanted it. */
  readonly declined: boolean;
}

/**
 * Plans every stack, asks, and applies exactly these plans. Stacks that can only be planned when others are applied come in a second
 * round, and are asked for again.
 *
 * @throws BaselineError exit code 1 where Terraform fails or a signal stops it
 */
export async function applyNow(options: ApplyNowOptions): Promise<AppliedNow> {
  const { binary, projectRoot, say } = options;
  const applied: string[] = [];
  const unchanged: string[] = [];
  let waiting = options.stacks;
  while (waiting.length > 0) {
    const round = waiting;
    const goesOn = await withWorkplace(projectRoot, async (place) => {
      const { planned, deferred } = await planAll(options, round, place);
      const changing = round.filter(({ name }) => changeCount(planned.get(name)) > 0);
      for (const { name } of round.filter((stack) => planned.has(stack.name) && !changing.includes(stack))) {
        unchanged.push(name);
        say(`${name}: no changes`);
      }
      waiting = round.filter(({ name }) => deferred.includes(name));
      if (changing.length === 0) return true;
      if (deferred.length > 0) say(`Planned when the others are applied: ${deferred.join(", ")}`);
      if (!(await options.confirm(changing.map(({ name }) => planned.get(name)!.plan)))) return false;
      checkStopped(place, applied);
      applied.push(...(await applyInOrder({ ...options, binary }, place, changing)));
      return true;
    });
    if (!goesOn) return { applied, unchanged, declined: true };
  }
  return { applied, unchanged, declined: false };
}

function changed(what: readonly string[]): BaselineError {
  return new BaselineError(
    what.map((words) => ({
      code: "DELIVERY-CHANGED",
      message: `${words}.`,
      fix: "Nothing was applied. Run the workflow again from the start: what is planned now has to be reviewed.",
    })),
    3,
  );
}

function difference(reviewed: ReviewedStack, { name, digest }: PlannedStack): readonly string[] {
  if (reviewed.digest === digest.digest) return [];
  const addresses = [...new Set([...Object.keys(reviewed.changes), ...Object.keys(digest.changes)])]
    .filter((address) => reviewed.changes[address] !== digest.changes[address])
    .sort();
  // The same changes by another configuration, with other variables or other providers.
  if (addresses.length === 0)
    return [
      `${name} would now be applied with another configuration, other variables or other providers than were reviewed`,
    ];
  return [
    `${name} would now do something else than was reviewed: ${addresses.slice(0, NAMED).join(", ")}${addresses.length > NAMED ? ` and ${addresses.length - NAMED} more` : ""}`,
  ];
}
