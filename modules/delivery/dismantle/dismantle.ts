import { KEYLESS } from "../../kernel/command";
import { BaselineError, Problem } from "../../kernel/errors";
import { unique, uniqueSorted } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { count, listed, moreLine } from "../../kernel/words";
import type { Going } from "../../live/leave/going";
import type { Leaving } from "../../live/leave/leave";
import type { Left } from "../../live/leave/left";
import type { Retained } from "../../live/leave/retained";
import { type Claim, isOfUnplanned, SECTIONS, type SectionName } from "../../live/verify/claim";
import type { Verification } from "../../live/verify/run";
import { placeText } from "../../live/verify/summary";
import { parseAddress } from "../../terraform/address";
import { emptyStack, type EmptiedStack, type ResourceInstance } from "../../terraform/emptied";
import type { SynthesizedStack } from "../../terraform/environment-stacks";
import type { LeftState } from "../../terraform/left-states";
import {
  addressesInState,
  applyPlanned,
  checkStopped,
  type PlannedStack,
  planForDelivery,
  stoppedProblem,
  withWorkplace,
  type Workplace,
} from "../../terraform/saved-plans";
import { changedAttributes, type ResourceChange, text } from "../../terraform/stack-plan";
import { indented, type PlanFailure, planFailures, TerraformFailed } from "../../terraform/terraform";
import { several } from "../plan";
import { leftStateProblems } from "../left-states";
import { sectionNameOf } from "../section-names";
import { type InOrder, runInOrder } from "../stack-order";
import { deletions, goingOf } from "./going";
import { type JournalEntry, journalFile, note, readJournal } from "./journal";
import { hasTurn, isEmergencyAccess, type Step, stepsOf, stillNeeded } from "./order";

/** Things that are named one by one. */
const NAMED = 10;

export interface DismantleOptions {
  readonly projectRoot: string;
  readonly environment: string;
  /** All synthesized stacks of the environment. */
  readonly stacks: readonly SynthesizedStack[];
  /** Names of those that are to go. @default - all */
  readonly chosen?: readonly string[];
  /** What was there before this project, by the full name of the stack: it stays in AWS, and nobody manages it. */
  readonly adopted: readonly { readonly stack: string; readonly address: string }[];
  readonly binary: string;
  /** Stacks at a time. @default 2 */
  readonly concurrency?: number;
  readonly say: (line: string) => void;
  readonly onProgress?: (text: string) => void;
  /** Reads from AWS who would be locked out. */
  readonly leave: (going: Going, emergencyAccess: boolean) => Promise<Leaving>;
  /** Reads from AWS whether sections are as planned. */
  readonly verify: (sections: readonly SectionName[]) => Promise<Verification>;
  /** Looks in AWS for what should be gone, when all of the environment is. @param letGo full names of stacks, and addresses */
  readonly left: (letGo: ReadonlySet<string>) => Promise<Left>;
  /** The break-glass role in member accounts that a StackSet leaves behind. @default - no StackSet makes it */
  readonly retained?: {
    readonly stackSetName: string;
    readonly roleName: string;
    /** Whether AWS has the StackSet. */
    readonly hasStackSet: () => Promise<boolean>;
    readonly find: () => Promise<Retained>;
    readonly remove: (accountIds: readonly string[]) => Promise<Retained>;
  };
  /** States of the environment that no stack is synthesized for. */
  readonly leftStates: () => Promise<readonly LeftState[]>;
  readonly now: () => Date;
  /** Shows what would be done, and asks. Not asked where anything refuses. */
  readonly confirm: (preview: Preview) => Promise<boolean>;
  /** Told before anything refuses. */
  readonly show: (preview: Preview) => void;
}

/** One stack, as it would go. */
export interface StepPreview extends Step {
  /** Addresses that are deleted, sorted; empty: nothing of it is there. */
  readonly deletes: readonly string[];
  /** Those of them that `prevent_destroy` protects in the synthesized stack. */
  readonly lifted: readonly string[];
  /** Addresses that stay in AWS, and that nobody manages any more. */
  readonly letGo: readonly string[];
  /** In the state, and no longer in AWS when it was read. */
  readonly gone: readonly string[];
  /** Deletions by type, sorted. */
  readonly types: Readonly<Record<string, number>>;
}

export interface Preview {
  readonly environment: string;
  readonly steps: readonly StepPreview[];
  readonly leaving: Leaving;
  /** Member accounts whose break-glass role no state has when its StackSet is gone: the last step deletes it. */
  readonly retained: readonly string[];
  /** What of that nobody knows, each as a sentence without a full stop. */
  readonly retainedNotKnown: readonly string[];
  /** Sections that verify has compared whole; the others have lost something already, or were never applied as a whole. */
  readonly verified: readonly SectionName[];
  readonly notVerified: readonly SectionName[];
  /** When verify has read last; absent where it has read nothing. */
  readonly verifiedAt?: string;
  /** Whether states were looked for that no stack is synthesized for. */
  readonly statesLooked: boolean;
  /** Of earlier runs. */
  readonly journal: readonly JournalEntry[];
}

export type Dismantled =
  | { readonly outcome: "nothing" | "declined"; readonly gone: readonly string[] }
  | { readonly outcome: "gone"; readonly gone: readonly string[]; readonly deleted: number; readonly letGo: number };

interface Planned {
  readonly emptied: EmptiedStack;
  readonly planned: PlannedStack;
}

/**
 * Takes away what stacks hold, in the order in which nobody is locked out. Every stack is planned as one without resources, from a private copy;
 * these plans are shown, judged and, when somebody has confirmed, applied. `prevent_destroy` stays in every synth.
 *
 * A run that was interrupted is run again: it plans what is left.
 *
 * @throws BaselineError exit code 3 where somebody would be locked out, or AWS is not as the states say: then nothing was changed, or nothing more;
 *   1 where Terraform fails or a signal stops it
 */
export async function dismantle(options: DismantleOptions): Promise<Dismantled> {
  const { projectRoot, environment, stacks, say } = options;
  refuseHcp(stacks);
  refuseArguments();
  return withWorkplace(projectRoot, async (place) => {
    const plans = await planEmptied(options, place);
    const planned = await previewOf(options, plans);
    const { at, faults } = await verifyFaults(options, planned);
    const preview: Preview = { ...planned, ...defined({ verifiedAt: at }) };
    options.show(preview);
    const problems = [
      ...orderProblems(options, preview, plans),
      ...retainedProblems(options, preview),
      ...driftProblems(options, preview, plans),
      ...credentialProblems(options, preview, plans),
      ...lockedOutProblems(options, preview.leaving),
      ...(await stateProblems(options, preview)),
      ...faults,
    ];
    if (problems.length > 0) throw new BaselineError(problems, 3);
    const steps = preview.steps.filter(({ deletes, letGo, gone }) => deletes.length + letGo.length + gone.length > 0);
    if (steps.length === 0 && preview.retained.length === 0) {
      // States that are empty are no proof: they may not be those that this environment was applied with.
      await seeNothingLeft(options, preview, plans);
      return { outcome: "nothing", gone: [] };
    }
    if (!(await options.confirm(preview))) return { outcome: "declined", gone: [] };
    checkStopped(place);
    const file = journalFile(projectRoot, environment);
    note(file, { at: timeOf(options), event: "begun", by: preview.leaving.caller.arn });
    const gone = await takeAway(options, place, steps, plans);
    const roles = await deleteRetained(options, place, preview);
    await seeNothingLeft(options, preview, plans);
    note(file, { at: timeOf(options), event: "ended" });
    say(`${environment}: ${gone.length === 1 ? "1 stack is" : `${gone.length} stacks are`} gone`);
    return {
      outcome: "gone",
      gone,
      deleted: steps.reduce((sum, { deletes }) => sum + deletes.length, roles),
      letGo: steps.reduce((sum, { letGo }) => sum + letGo.length, 0),
    };
  });
}

const timeOf = ({ now }: DismantleOptions): string => `${now().toISOString().slice(0, 19)}Z`;

const isChosen = ({ chosen }: DismantleOptions, name: string): boolean =>
  chosen === undefined || chosen.length === 0 || chosen.includes(name);

/** States at HCP Terraform are kept by workspaces of this very environment. */
function refuseHcp(stacks: readonly SynthesizedStack[]): void {
  const unknown = stacks.filter((stack) => !hasTurn(stack));
  if (unknown.length > 0)
    throw new BaselineError([
      {
        code: "DISMANTLE-HCP",
        message: `${listed(
          unknown.map(({ name }) => name),
          NAMED,
        )} makes the workspaces at HCP Terraform that keep the states of the others.`,
        fix: "Move the states to s3 or local first, or queue destroy runs there in the order of docs/dismantle.md.",
      },
    ]);
}

/** What Terraform is told by the environment changes what a plan is of, or what it was compared with. */
function refuseArguments(): void {
  const told = Object.entries(process.env).filter(
    ([name, value = ""]) =>
      /^TF_CLI_ARGS(_plan|_apply)?$/.test(name) &&
      /(^|[\s'"])--?(refresh|target|exclude|replace|destroy|state)/.test(value),
  );
  if (told.length > 0)
    throw new BaselineError(
      told.map(([name]) => ({
        code: "DISMANTLE-ARGUMENTS",
        message: `${name} tells Terraform to leave something out, not to read AWS, or to take another state.`,
        fix: `Unset ${name}: what goes is judged by whole plans that have read AWS.`,
      })),
      3,
    );
}

/** Plans every stack without its resources: those that do not go too, because the order depends on what is left of them. */
async function planEmptied(options: DismantleOptions, place: Workplace): Promise<ReadonlyMap<string, Planned>> {
  const found = new Map<string, Planned>();
  const failed: PlanFailure[] = [];
  await several(options.stacks, options, async (stack) => {
    const adopted = options.adopted.filter((one) => one.stack === stack.name).map(({ address }) => address);
    const emptied = emptyStack(stack, place.folder, adopted);
    try {
      found.set(stack.name, {
        emptied,
        planned: await planForDelivery(options.binary, options.projectRoot, place, emptied),
      });
    } catch (error) {
      if (!(error instanceof TerraformFailed)) throw error;
      failed.push({ stack: stack.name, words: error.message });
    }
  });
  checkStopped(place);
  if (failed.length > 0)
    throw new BaselineError(
      planFailures("DISMANTLE-PLAN-FAILED", failed).map((problem) => ({
        ...problem,
        fix: `Nothing was changed by this run. ${nextStep(problem.message, options.environment)}`,
      })),
      1,
    );
  return found;
}

async function previewOf(options: DismantleOptions, plans: ReadonlyMap<string, Planned>): Promise<Preview> {
  const going = options.stacks.filter(({ name }) => isChosen(options, name));
  const steps = stepsOf(going).map((step): StepPreview => {
    const { emptied, planned } = plans.get(step.stack.name)!;
    const deleted = deletions(planned.plan);
    const deletes = deleted.map(({ address }) => address).sort();
    const types: Record<string, number> = {};
    for (const { type } of deleted) types[type] = (types[type] ?? 0) + 1;
    return {
      ...step,
      deletes,
      lifted: deletes.filter((address) => emptied.protectedAddresses.includes(address)),
      letGo: planned.plan.resources
        .filter(({ actions }) => actions.includes("forget"))
        .map(({ address }) => address)
        .sort(),
      gone: planned.plan.drift
        .filter(({ actions }) => actions.includes("delete"))
        .map(({ address }) => address)
        .sort(),
      types: Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  });
  const emergencyAccess = steps.some(({ stack, deletes }) => isEmergencyAccess(stack) && deletes.length > 0);
  const { retained, retainedNotKnown } = await findRetained(options, steps, plans);
  const leaving = await options.leave(
    goingWith(options, retained, steps, plans),
    emergencyAccess || retained.length > 0,
  );
  const sections = SECTIONS.filter((name) => going.some(({ mark }) => sectionNameOf(mark) === name));
  const isWhole = (name: SectionName): boolean =>
    options.stacks
      .filter(({ mark }) => sectionNameOf(mark) === name)
      .every((stack) => isStackWhole(plans.get(stack.name)!));
  return {
    environment: options.environment,
    steps,
    leaving,
    retained,
    retainedNotKnown,
    statesLooked: going.length === options.stacks.length,
    verified: sections.filter(isWhole),
    notVerified: sections.filter((name) => !isWhole(name)),
    journal: readJournal(journalFile(options.projectRoot, options.environment)),
  };
}

/** Whether state and AWS have every instance that the stack writes: an interrupted run may have deleted some of a `for_each`. */
function isStackWhole({ emptied, planned: { plan } }: Planned): boolean {
  const there = new Set(
    plan.resources
      .filter(({ actions }) => actions.includes("delete") || actions.includes("forget"))
      .flatMap(({ address }) => {
        const { name = address, key } = parseAddress(address)?.resource ?? {};
        return [instanceText({ address: name }), instanceText({ address: name, ...defined({ key }) })];
      }),
  );
  return emptied.instances.every((instance) => there.has(instanceText(instance)));
}

const instanceText = ({ address, key }: ResourceInstance): string => JSON.stringify([address, key ?? null]);

/** What goes, with the role that no state has. */
function goingWith(
  options: DismantleOptions,
  retained: readonly string[],
  steps: readonly StepPreview[],
  plans: ReadonlyMap<string, Planned>,
): Going {
  const going = goingOf(steps.map(({ stack }) => plans.get(stack.name)!.planned.plan));
  if (retained.length === 0 || !options.retained) return going;
  return { ...going, stackSetRoles: unique([...going.stackSetRoles, options.retained.roleName]) };
}

/**
 * The role is left behind only where its StackSet goes, in this run or before: while AWS has the StackSet and no plan deletes it, the role is in use,
 * whatever the state says.
 */
async function findRetained(
  { retained }: DismantleOptions,
  steps: readonly StepPreview[],
  plans: ReadonlyMap<string, Planned>,
): Promise<Pick<Preview, "retained" | "retainedNotKnown">> {
  const step = steps.find(({ stack }) => stack.mark?.kind === "break-glass");
  if (!step || !retained) return { retained: [], retainedNotKnown: [] };
  const { resources } = plans.get(step.stack.name)!.planned.plan;
  const set = resources.find(
    ({ type, before }) => type === "aws_cloudformation_stack_set" && text(before, "name") === retained.stackSetName,
  );
  // It stays, and its roles with it.
  if (set?.actions.includes("forget")) return { retained: [], retainedNotKnown: [] };
  if (!set?.actions.includes("delete") && (await retained.hasStackSet()))
    return {
      retained: [],
      retainedNotKnown: [
        `AWS has StackSet ${retained.stackSetName}, and the state of ${step.stack.name} has not: it is not the state that this environment was applied with`,
      ],
    };
  const { accountIds, notRead } = await retained.find();
  return {
    retained: accountIds,
    retainedNotKnown: notRead.map(
      ({ accountId, why }) =>
        `Whether the break-glass role that its StackSet leaves is in ${accountId} could not be read: ${why}`,
    ),
  };
}

function retainedProblems(
  { environment }: DismantleOptions,
  { retainedNotKnown }: Pick<Preview, "retainedNotKnown">,
): readonly Problem[] {
  return retainedNotKnown.slice(0, NAMED).map((what, index) => ({
    code: "DISMANTLE-ROLE-NOT-KNOWN",
    message: `${what}.${index === NAMED - 1 ? moreLine(retainedNotKnown.length - NAMED, " ").join("") : ""}`,
    fix: `Nothing was changed. Plan with the states that the environment was applied with, and let the role of access.memberRole into every active account: ${KEYLESS} plan ${environment} shows what the states have.`,
  }));
}

function orderProblems(
  { stacks, environment }: DismantleOptions,
  { steps, retained }: Preview,
  plans: ReadonlyMap<string, Planned>,
): readonly Problem[] {
  const going = new Set(steps.map(({ stack }) => stack.name));
  return steps.flatMap((step): readonly Problem[] => {
    const roles = step.stack.mark?.kind === "break-glass" ? retained.length : 0;
    if (step.deletes.length + roles === 0) return [];
    const left = stillNeeded(step, stacks, going).filter(
      ({ name }) => deletions(plans.get(name)!.planned.plan).length > 0,
    );
    if (left.length === 0) return [];
    return [
      {
        code: "DISMANTLE-ORDER",
        message: `${step.stack.name} cannot go while ${listed(
          left.map(({ name }) => name),
          NAMED,
        )} is there: ${step.why}.`,
        fix: `Take those away first, or all of it: ${KEYLESS} dismantle ${environment}`,
      },
    ];
  });
}

/** What differs between a state and AWS, but for what is gone already: an interrupted run may have deleted it. */
function driftProblems(
  { environment }: DismantleOptions,
  { steps }: Preview,
  plans: ReadonlyMap<string, Planned>,
): readonly Problem[] {
  return steps.flatMap(({ stack, gone }): readonly Problem[] => {
    const { emptied, planned } = plans.get(stack.name)!;
    const { plan } = planned;
    const changed = plan.drift
      .filter((change) => !gone.includes(change.address) && differs(change, emptied.written.get(base(change.address))))
      .map(({ address }) => address);
    const more: Problem[] = plan.incomplete
      ? [
          {
            code: "DISMANTLE-INCOMPLETE",
            message: `The plan of ${stack.name} leaves something out, so that nobody knows what stays.`,
            fix: "Plan again without targets (TF_CLI_ARGS_plan).",
          },
        ]
      : [];
    if (changed.length === 0) return more;
    return [
      ...more,
      {
        code: "DISMANTLE-DRIFT",
        message: `AWS is not as the state of ${stack.name} says: ${listed(changed, NAMED)} differ.`,
        fix: `Somebody has changed it since the last apply. Find out who and why, then ${KEYLESS} apply ${environment} puts it back as it was, or the baseline takes it in.`,
      },
    ];
  });
}

/**
 * Of what the provider computes (attached policies, confirmed subscriptions, accounts with an instance) the state knows only how it was when it was read.
 * Of a resource that is synthesized no more nobody knows what was written: whatever differs counts.
 */
function differs(change: ResourceChange, written: ReadonlySet<string> | undefined): boolean {
  return changedAttributes(change).some((name) => written?.has(name) ?? true);
}

/** An address without the key of an instance. */
const base = (address: string): string => address.replace(/\[.*$/s, "");

/** IAM deletes no user who has a password, a key or a device, and the provider takes those away only where the state says so. */
function credentialProblems(
  { environment }: DismantleOptions,
  { steps }: Preview,
  plans: ReadonlyMap<string, Planned>,
): readonly Problem[] {
  return steps.flatMap(({ stack }): readonly Problem[] => {
    const users = deletions(plans.get(stack.name)!.planned.plan).filter(
      ({ type, before }) => type === "aws_iam_user" && text(before, "force_destroy") !== "true",
    );
    if (users.length === 0) return [];
    return [
      {
        code: "DISMANTLE-USER-CREDENTIALS",
        message: `${listed(
          users.map(({ address }) => address),
          NAMED,
        )} of ${stack.name} was applied by an earlier release: IAM does not delete a user who has enrolled, and the state does not say that password and devices may go with the user.`,
        fix: `${KEYLESS} apply ${environment} ${stack.name}: that changes the state (force_destroy) and nothing in AWS.`,
      },
    ];
  });
}

/** Of a part it is no matter; all of it is not gone while a state has something. */
async function stateProblems(
  { stacks, leftStates }: DismantleOptions,
  { steps }: Preview,
): Promise<readonly Problem[]> {
  if (steps.length < stacks.length) return [];
  return leftStateProblems(await leftStates()).map((problem) => ({ code: "DISMANTLE-STATE-LEFT", ...problem }));
}

function lockedOutProblems({ environment }: DismantleOptions, { lockedOut, at }: Leaving): readonly Problem[] {
  return lockedOut.map((what) => ({
    code: "DISMANTLE-LOCKS-OUT",
    message: `Read at ${at}: ${what}.`,
    fix: `Nothing was changed by this step. Make a sign-in path that stays, or come by it, and run ${KEYLESS} dismantle ${environment} again (docs/dismantle.md).`,
  }));
}

/** What could not be read, but for what hangs on a thing that AWS no longer has. */
function isUnread({ verdict, details }: Claim): boolean {
  return (
    verdict === "not-readable" &&
    !details.every((detail) => / failed: \w*(NotFound|NoSuch)\w*:|does not exist/.test(detail))
  );
}

/** Of a section that has lost something it is no matter what is missing: only what nobody has planned, and what could not be read. */
async function verifyFaults(
  options: DismantleOptions,
  { verified, notVerified }: Preview,
): Promise<{ readonly at?: string; readonly faults: readonly Problem[] }> {
  const sections = SECTIONS.filter((name) => verified.includes(name) || notVerified.includes(name));
  if (sections.length === 0) return { faults: [] };
  const { claims, to } = await options.verify(sections);
  const isFault = (claim: Claim): boolean =>
    claim.verdict !== "seen" &&
    !claim.waitsForPerson &&
    (!notVerified.includes(claim.section) || isUnread(claim) || isOfUnplanned(claim));
  const failed = claims.filter(isFault);
  const faults = failed.slice(0, NAMED).map((claim, index) => ({
    code: "DISMANTLE-NOT-AS-PLANNED",
    message: `${claim.kind} ${claim.name} in ${placeText(claim)} is ${claim.verdict.replace("-", " ")}: ${claim.details.join("; ")}.${index === NAMED - 1 ? moreLine(failed.length - NAMED, " ").join("") : ""}`,
    fix: `What somebody else has added may be in use, and would go too or be in the way: ${KEYLESS} verify ${options.environment} names all of it. Fix it, and run it again.`,
  }));
  return { at: to, faults };
}

/** Applies the plans, in order. */
async function takeAway(
  options: DismantleOptions,
  place: Workplace,
  steps: readonly StepPreview[],
  plans: ReadonlyMap<string, Planned>,
): Promise<readonly string[]> {
  const { binary, environment, say, projectRoot } = options;
  const file = journalFile(projectRoot, environment);
  const byName = new Map(steps.map((step) => [step.stack.name, step]));
  let looked: Promise<void> | undefined;
  /** Just before emergency access goes, once: the steps before have taken an hour, perhaps. */
  const lookAgain = (): Promise<void> =>
    (looked ??= (async () => {
      const left = steps.filter(({ stack }) => isEmergencyAccess(stack));
      const leaving = await options.leave(goingOf(left.map(({ stack }) => plans.get(stack.name)!.planned.plan)), true);
      const problems = [...lockedOutProblems(options, leaving), ...(await filledProblems(options, place, left, plans))];
      if (problems.length > 0) throw new BaselineError(problems, 3);
      say(`another sign-in path was seen in ${leaving.reached.length} member accounts at ${leaving.at}`);
    })());
  const { done, failures, notBegun } = await runInOrder(
    steps.map(({ stack, after }) => ({ ...stack, dependencies: after })),
    options.concurrency ?? 2,
    async ({ name }) => {
      const { emptied } = plans.get(name)!;
      const step = byName.get(name)!;
      try {
        if (isEmergencyAccess(step.stack) && step.deletes.length > 0) await lookAgain();
        await applyPlanned(binary, place, emptied);
        const left = await addressesInState(binary, place, emptied);
        if (left.length > 0)
          throw new BaselineError(
            [
              {
                code: "DISMANTLE-LEFT",
                message: `The state of ${name} still has ${listed(left, NAMED)}.`,
                fix: `Run ${KEYLESS} dismantle ${environment} again: it plans what is left.`,
              },
            ],
            1,
          );
      } catch (error) {
        note(file, { at: timeOf(options), event: "failed", stack: name });
        say(`${name}: failed`);
        throw error;
      }
      note(file, {
        at: timeOf(options),
        event: "gone",
        stack: name,
        deleted: step.deletes.length,
        letGo: step.letGo.length,
      });
      say(`${name}: gone`);
    },
    place.stopped,
  );
  failWhatFailed(options, place, { done, failures, notBegun });
  return unique(done);
}

/** Stacks that must be empty before emergency access goes, and whose states have something again: an apply of somebody else's. */
async function filledProblems(
  { binary, stacks, environment }: DismantleOptions,
  place: Workplace,
  steps: readonly StepPreview[],
  plans: ReadonlyMap<string, Planned>,
): Promise<readonly Problem[]> {
  const going = new Set(steps.map(({ stack }) => stack.name));
  const needed = unique(steps.flatMap((step) => stillNeeded(step, stacks, going)));
  const problems: Problem[] = [];
  for (const { name } of needed) {
    const { emptied } = plans.get(name)!;
    const there = (await addressesInState(binary, place, emptied)).filter(
      (address) => !emptied.letGo.includes(base(address)),
    );
    if (there.length > 0)
      problems.push({
        code: "DISMANTLE-ORDER",
        message: `The state of ${name} has ${listed(there, NAMED)}, and had nothing of it when it was planned or taken away: somebody has applied it meanwhile.`,
        fix: `Emergency access was not touched. Stop what applies, and run ${KEYLESS} dismantle ${environment} again.`,
      });
  }
  return problems;
}

/** @throws what stopped it, with what is gone and what was not begun */
function failWhatFailed(
  { environment, say }: DismantleOptions,
  place: Workplace,
  { done, failures, notBegun }: InOrder,
): void {
  const rest = [
    `Gone: ${done.join(", ") || "nothing"}.`,
    ...(notBegun.length > 0 ? [`Not begun: ${notBegun.join(", ")}.`] : []),
  ].join(" ");
  const fault = failures.find(({ error }) => !(error instanceof TerraformFailed));
  if (fault) {
    say(rest);
    throw fault.error;
  }
  if (place.stopped() && (failures.length > 0 || notBegun.length > 0))
    throw new BaselineError(
      [
        {
          ...stoppedProblem(
            rest.replace(/^Gone/, "Taken away"),
            failures.map(({ stack }) => stack),
            environment,
          ),
          fix: `Run ${KEYLESS} dismantle ${environment} again: it plans what is left.`,
        },
      ],
      1,
    );
  if (failures.length > 0)
    throw new BaselineError(
      failures.map(({ stack, error }) => ({
        code: "DISMANTLE-FAILED",
        message: `${stack} cannot be taken away: ${indented((error as TerraformFailed).message)}`,
        fix: `${rest} ${nextStep((error as TerraformFailed).message, environment)}`,
      })),
      1,
    );
}

/**
 * No state has these roles: they go last, when their StackSet is gone, by the role that Terraform uses in member accounts.
 *
 * @returns how many were deleted
 * @throws BaselineError exit code 1 where one could not be deleted, 3 where AWS has the StackSet still
 */
async function deleteRetained(options: DismantleOptions, place: Workplace, { retained }: Preview): Promise<number> {
  if (retained.length === 0 || !options.retained) return 0;
  checkStopped(place);
  if (await options.retained.hasStackSet())
    throw new BaselineError(
      retainedProblems(options, {
        retainedNotKnown: [`AWS has StackSet ${options.retained.stackSetName} again: its roles are in use`],
      }),
      3,
    );
  const { accountIds, notRead } = await options.retained.remove(retained);
  options.say(
    `break-glass role, which its StackSet had left: deleted in ${count(accountIds.length, "member account")}`,
  );
  if (notRead.length > 0)
    throw new BaselineError(
      notRead.slice(0, NAMED).map(({ accountId, why }) => ({
        code: "DISMANTLE-ROLE-STAYS",
        message: `The break-glass role of ${accountId} could not be deleted: ${why}.`,
        fix: `Fix what AWS names, and run ${KEYLESS} dismantle ${options.environment} again.`,
      })),
      1,
    );
  return accountIds.length;
}

/** @throws BaselineError exit code 3 where AWS shows something that should be gone */
async function seeNothingLeft(
  options: DismantleOptions,
  { steps }: Preview,
  plans: ReadonlyMap<string, Planned>,
): Promise<void> {
  const { environment, stacks, say } = options;
  // Of a part the rest is still there, rightly.
  if (steps.length < stacks.length) {
    say("AWS was not looked at for what is left: that is done when all of the environment goes");
    return;
  }
  // What an earlier run has let go of, too.
  const letGo = new Set(
    steps.flatMap(({ stack }) => plans.get(stack.name)!.emptied.letGo.map((address) => `${stack.name} ${address}`)),
  );
  const { found, names, types, at } = await options.left(letGo);
  if (found.length > 0)
    throw new BaselineError(
      found.slice(0, NAMED).map((what, index) => ({
        code: "DISMANTLE-STILL-THERE",
        message: `The states are empty, and AWS was read at ${at}: ${what}.${index === NAMED - 1 ? moreLine(found.length - NAMED, " ").join("") : ""}`,
        fix: `Whose it is shows ${KEYLESS} sync ${environment} --existing. What is managed by nobody else delete by hand.`,
      })),
      3,
    );
  say(`read back from AWS at ${at}: of ${names} names that this environment makes none is left`);
  const others = uniqueSorted(
    [...plans.values()].flatMap(({ emptied, planned }) =>
      [...emptied.addresses, ...deletions(planned.plan).map(({ address }) => address)].map(
        (address) => address.split(".")[0]!,
      ),
    ),
  ).filter((type) => !types.includes(type));
  if (others.length > 0) say(`not looked for by name, only Terraform's word that they are gone: ${others.join(", ")}`);
}

function nextStep(words: string, environment: string): string {
  if (/Error acquiring the state lock/.test(words))
    return `${KEYLESS} recover ${environment} breaks a lock that is certainly dead, and says whose another one is. Then run it again.`;
  if (/StackSetNotEmpty|StackSet is not empty/i.test(words))
    return "An account has kept its instance, for example a suspended one: aws cloudformation list-stack-instances shows which and why, delete-stack-instances (with --retain-stacks for an account that is closed) removes it. Then run it again.";
  return "When the cause is fixed, run it again: it plans what is left.";
}
