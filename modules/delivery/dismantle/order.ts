import { byKey } from "../../kernel/lists";
import type { StackKind } from "../../sections/stack-kinds";
import type { SynthesizedStack } from "../../terraform/environment-stacks";

/**
 * In which order the stacks of an environment can be taken away so that nobody is locked out meanwhile. Pure.
 *
 * It is the order of an apply, read backwards, but for one thing: guardrails are the last that an apply enforces, and what they exempt and protect
 * must outlive them, so that they go before everything else.
 */
interface Turn {
  /** Smaller goes earlier; the same number in any order. */
  readonly turn: number;
  /** Kinds of which nothing may be left before it goes, whatever else is asked for. */
  readonly after: readonly StackKind[];
  readonly why: string;
}

const APPLIED_BY_THE_PIPELINE: readonly StackKind[] = [
  "guardrails",
  "guardrail-observation",
  "credential-hygiene",
  "workload-identity",
  "permission-sets",
  "identity-center",
];

const TURNS: Readonly<Record<Exclude<StackKind, "hcp-workspaces">, Turn>> = {
  guardrails: {
    turn: 1,
    after: [],
    why: "guardrails deny what the next steps do to everybody but the roles that they exempt: they go while those roles are there",
  },
  "guardrail-observation": {
    turn: 2,
    after: [],
    why: "it watches calls that guardrails would deny, and denies nothing",
  },
  "credential-hygiene": {
    turn: 3,
    after: [],
    why: "its rules go before the roles that they remediate with: Terraform's state has that dependency",
  },
  "workload-identity": {
    turn: 4,
    after: [],
    why: "workloads lose their roles; nobody signs in through them to administer",
  },
  "permission-sets": {
    turn: 5,
    after: [],
    why: "people lose what this environment assigns; emergency access is still there",
  },
  "identity-center": {
    turn: 6,
    after: ["permission-sets"],
    why: "groups go after the assignments that name them",
  },
  pipeline: {
    turn: 7,
    after: APPLIED_BY_THE_PIPELINE,
    why: "the pipeline's roles, and the boundaries of roles in the steps before",
  },
  account: {
    turn: 8,
    after: ["guardrails"],
    why: "emergency access of one account, when nothing is left that it may be needed for",
  },
  "break-glass": {
    turn: 9,
    // Another sign-in path is seen before it goes, so that what else is there may stay; guardrails may not: they exempt the role by its name.
    after: ["guardrails", "account"],
    why: "the last: users, the role in every other account, and the alarms on their use",
  },
};

/** A stack in its turn. */
export interface Step {
  readonly stack: SynthesizedStack;
  readonly turn: number;
  readonly why: string;
  /** Names of the stacks that go before it. */
  readonly after: readonly string[];
}

const turnOf = ({ mark }: SynthesizedStack): Turn | undefined =>
  mark === undefined || mark.kind === "hcp-workspaces" ? undefined : TURNS[mark.kind];

/** Whether a stack of a kind can be taken away here at all. */
export function hasTurn(stack: SynthesizedStack): boolean {
  return turnOf(stack) !== undefined;
}

/** The steps, in order: by turn, then whoever depends on another stack before that one, then by name. */
export function stepsOf(stacks: readonly SynthesizedStack[]): readonly Step[] {
  const known = stacks.filter(hasTurn);
  const steps = known.map((stack): Step => {
    const own = turnOf(stack)!;
    const earlier = known.filter(
      (other) =>
        turnOf(other)!.turn < own.turn || (turnOf(other)!.turn === own.turn && other.dependencies.includes(stack.name)),
    );
    return { stack, turn: own.turn, why: own.why, after: earlier.map(({ name }) => name).sort() };
  });
  return [...steps].sort(byKey(({ after, stack }) => `${String(after.length).padStart(6, "0")} ${stack.name}`));
}

/** Stacks of the environment that must be empty before this one goes, and that are not going with it. */
export function stillNeeded(
  step: Step,
  all: readonly SynthesizedStack[],
  going: ReadonlySet<string>,
): readonly SynthesizedStack[] {
  const { after } = turnOf(step.stack)!;
  return all.filter(
    ({ name, mark }) => mark !== undefined && after.includes(mark.kind) && !going.has(name) && name !== step.stack.name,
  );
}

/** Whether it is the way in that is left when everything else is gone. */
export function isEmergencyAccess({ mark }: SynthesizedStack): boolean {
  return mark?.kind === "break-glass" || mark?.kind === "account";
}
