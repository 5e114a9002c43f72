import { KEYLESS } from "../kernel/command";
import { BaselineError } from "../kernel/errors";
import { isAppliedByHand } from "../sections/stack-kinds";
import type { Verification } from "../live/verify/run";
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
import { PlanFailure, planFailures, TerraformFailed } from "../terraform/terraform";
import { changeCount, DeliveryOptions, planAll, several } from "./plan";
import { applyError } from "./apply-failures";
import { refuseLostEmergencyAccess, refuseUnseenUsers } from "./emergency-access";
import { checkRecordedGate, DeliveryGate, judgeAgain } from "./gate";
import type { Reviewed, ReviewedStack } from "./record";
import { runInOrder } from "./stack-order";
import { noteSeen } from "../terraform/seen";
import { unique } from "../kernel/lists";
import { listed } from "../kernel/words";

/** Addresses that are named one by one. */
const NAMED = 5;

export interface Applied {
  readonly applied: readonly string[];
}

export interface ApplyReviewedOptions extends DeliveryOptions {
  readonly reviewed: Reviewed;
  /** The environment's gate as it is here. */
  readonly gate: DeliveryGate;
  readonly say?: (line: string) => void;
}

/**
 * Applies what was reviewed, and nothing else: every stack that was judged is planned again, all of them are held against the record and
 * judged again, and only when each would do exactly what was reviewed, and the environment's gate lets it pass here, are these plans applied,
 * in the order of the stacks' dependencies.
 *
 * @throws BaselineError exit code 3 where anything would be done that was not reviewed or that the gate stops: then nothing at all is applied; 1
 *   where Terraform fails
 */
export async function applyDelivery(options: ApplyReviewedOptions): Promise<Applied> {
  const { reviewed, binary, gate } = options;
  checkRecordedGate(reviewed, gate);
  checkCoverage(reviewed, options.stacks);
  const wanted = new Map([...reviewed.stacks, ...reviewed.others].map((stack) => [stack.name, stack]));
  const judged = options.stacks.filter(({ name }) => wanted.has(name));
  const toApply = new Set(reviewed.stacks.map(({ name }) => name));
  const stacks = judged.filter(({ name }) => toApply.has(name));
  const planned = new Map<string, PlannedStack>();
  const failed: PlanFailure[] = [];
  const applied: string[] = [];
  await withWorkplace(
    options.projectRoot,
    async (place) => {
      await several(judged, options, async (stack) => {
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
      const differing = judged.flatMap(({ name }) =>
        difference(wanted.get(name)!, planned.get(name)!, toApply.has(name)),
      );
      if (differing.length > 0) throw changed(differing);
      judgeAgain(
        reviewed,
        gate,
        judged.map(({ name }) => planned.get(name)!.plan),
        judged.every(({ name }) => changeCount(planned.get(name)) === Object.keys(wanted.get(name)!.changes).length),
      );
      applied.push(...(await applyInOrder(options, place, stacks, planned)));
    },
    undefined,
    options.environmentOf,
  );
  return { applied };
}

/** A record is one of every stack: what it leaves out nobody has judged, and what it only says must be so. */
function checkCoverage(reviewed: Reviewed, stacks: readonly SynthesizedStack[]): void {
  const { stacks: own, others, deferred, byHand } = reviewed;
  const listed = [...own.map(({ name }) => name), ...others.map(({ name }) => name), ...deferred];
  const here = new Map(stacks.map((stack) => [stack.name, stack]));
  const wrong = [
    ...listed.filter((name) => !here.has(name)).map((name) => `${name} was reviewed and is not synthesized here`),
    ...[...here.keys()]
      .filter((name) => !listed.includes(name))
      .map((name) => `${name} is synthesized here and was not reviewed`),
    ...listed.filter((name, i) => listed.indexOf(name) < i).map((name) => `${name} is in the record twice`),
    ...own
      .filter(({ name }) => isByHand(here.get(name)))
      .map(({ name }) => `${name} is applied by a person, and not by a record`),
    ...others
      .filter(
        ({ name, changes }) => Object.keys(changes).length > 0 && !(isByHand(here.get(name)) && byHand.includes(name)),
      )
      .map(({ name }) => `${name} has changes that the record does not apply`),
    ...byHand
      .filter((name) => !others.some((one) => one.name === name))
      .map((name) => `${name} is to be applied by a person and was not reviewed`),
    ...deferred
      .filter((name) => here.has(name) && !waitsFor(name, here, new Set([...own.map((one) => one.name), ...byHand])))
      .map((name) => `${name} waits for nothing that is applied, and was not planned`),
  ];
  if (wrong.length > 0) throw changed(wrong);
}

const isByHand = (stack: SynthesizedStack | undefined): boolean =>
  stack?.mark !== undefined && isAppliedByHand(stack.mark.kind);

/** Whether a stack depends, over others, on one of those that change. */
function waitsFor(
  name: string,
  stacks: ReadonlyMap<string, SynthesizedStack>,
  changing: ReadonlySet<string>,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  return (stacks.get(name)?.dependencies ?? []).some(
    (other) => !seen.has(other) && (changing.has(other) || waitsFor(other, stacks, changing, new Set([...seen, name]))),
  );
}

/**
 * Applies the plans that are in the workplace, in the order of the stacks' dependencies, a few at a time, with a line for each stack.
 *
 * @param others of the same run: a failure's message names them too
 * @throws BaselineError exit code 1 where Terraform fails or a signal stops it: what was applied, what failed and what was not begun is in it
 */
async function applyInOrder(
  { environment, binary, concurrency = 2, say, before }: DeliveryOptions & { readonly say?: (line: string) => void },
  place: Workplace,
  stacks: readonly SynthesizedStack[],
  planned: ReadonlyMap<string, PlannedStack>,
  others: { readonly appliedBefore?: readonly string[]; readonly later?: readonly string[] } = {},
): Promise<readonly string[]> {
  const { done, failures, notBegun } = await runInOrder(
    pipelineFirst(stacks),
    concurrency,
    async (stack) => {
      try {
        await before?.(stack, planned.get(stack.name)!.plan);
        await applyPlanned(binary, place, stack);
        const { synthesized: digest, lock } = planned.get(stack.name)!;
        noteSeen(place.seen, stack.name, "applied", { digest, lock });
      } catch (error) {
        if (error instanceof TerraformFailed) say?.(`${stack.name}: failed`);
        throw error;
      }
      say?.(`${stack.name}: applied`);
    },
    place.stopped,
  );
  const left = [...notBegun, ...(others.later ?? [])];
  const rest = [
    `Applied: ${[...(others.appliedBefore ?? []), ...done].join(", ") || "nothing"}.`,
    ...(left.length > 0 ? [`Not begun: ${left.join(", ")}.`] : []),
  ].join(" ");
  const next = (words: string): string => nextStep(words, environment);
  if (failures.some(({ error }) => !(error instanceof TerraformFailed))) {
    say?.(`${rest} Not applied: ${failures.map(({ stack }) => stack).join(", ")}.`);
    throw applyError(failures, rest, next, say);
  }
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
  if (failures.length > 0) throw applyError(failures, rest, next);
  return done;
}

/** Boundaries and roles of the pipeline are there before what is made within and with them. Where nothing says so a stack could come first. */
function pipelineFirst(stacks: readonly SynthesizedStack[]): readonly SynthesizedStack[] {
  const first = stacks.filter(({ mark }) => mark?.kind === "pipeline").map(({ name }) => name);
  return stacks.map((stack) =>
    stack.mark && !isAppliedByHand(stack.mark.kind)
      ? { ...stack, dependencies: [...new Set([...stack.dependencies, ...first])] }
      : stack,
  );
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
  /** Reads section break-glass from AWS, where users go. @default - a plan by which users go is refused */
  readonly lookAtUsers?: () => Promise<Pick<Verification, "claims" | "to">>;
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
  const { projectRoot, say } = options;
  const applied: string[] = [];
  const unchanged: string[] = [];
  let waiting = options.stacks;
  while (waiting.length > 0) {
    const round = waiting;
    const goesOn = await withWorkplace(
      projectRoot,
      async (place) => {
        const { planned, deferred } = await planAll(options, round, place).catch((error: unknown) => {
          throw afterApplied(error, applied);
        });
        const changing = round.filter(({ name }) => changeCount(planned.get(name)) > 0);
        for (const { name } of round.filter((stack) => planned.has(stack.name) && !changing.includes(stack))) {
          unchanged.push(name);
          say(`${name}: no changes`);
        }
        waiting = round.filter(({ name }) => deferred.includes(name));
        if (changing.length === 0) return true;
        try {
          const plans = changing.map(({ name }) => planned.get(name)!.plan);
          refuseLostEmergencyAccess(plans, options.environment);
          await refuseUnseenUsers(plans, options.environment, options.lookAtUsers);
        } catch (error) {
          throw afterApplied(error, applied);
        }
        if (deferred.length > 0) say(`Planned when the others are applied: ${deferred.join(", ")}`);
        if (!(await options.confirm(changing.map(({ name }) => planned.get(name)!.plan)))) return false;
        checkStopped(place, applied);
        applied.push(
          ...(await applyInOrder(options, place, changing, planned, { appliedBefore: [...applied], later: deferred })),
        );
        return true;
      },
      undefined,
      options.environmentOf,
    );
    if (!goesOn) return { applied, unchanged, declined: true };
  }
  return { applied, unchanged, declined: false };
}

/** An error of a second round: what the first has applied stays applied. */
function afterApplied(error: unknown, applied: readonly string[]): unknown {
  if (!(error instanceof BaselineError) || applied.length === 0) return error;
  const problems = error.problems.map((problem) => ({
    ...problem,
    fix: [`Applied: ${applied.join(", ")}.`, problem.fix].filter(Boolean).join(" "),
  }));
  return new BaselineError(problems, error.exitCode);
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

/** @param toApply else it is only judged: less may be left to do, because a person has done it, but nothing more */
function difference(
  reviewed: ReviewedStack,
  { name, digest, backend }: PlannedStack,
  toApply: boolean,
): readonly string[] {
  if (reviewed.backend !== backend) return [`${name} keeps its state somewhere else than was reviewed (its backend)`];
  const addresses = unique([...(toApply ? Object.keys(reviewed.changes) : []), ...Object.keys(digest.changes)])
    .filter((address) => reviewed.changes[address] !== digest.changes[address])
    .sort();
  // The same changes by another configuration, with other variables or other providers.
  if (addresses.length === 0)
    return toApply && reviewed.digest !== digest.digest
      ? [
          `${name} would now be applied with another configuration, other variables or other providers than were reviewed`,
        ]
      : [];
  return [`${name} would now do something else than was reviewed: ${listed(addresses, NAMED)}`];
}
