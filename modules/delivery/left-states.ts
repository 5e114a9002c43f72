import { KEYLESS } from "../kernel/command";
import type { Problem } from "../kernel/errors";
import { count } from "../kernel/words";
import type { LeftState } from "../terraform/left-states";

/** What a person does about states that no stack is synthesized for. */
export function leftStateProblems(states: readonly LeftState[]): readonly Omit<Problem, "code">[] {
  return states.map(({ name, where, resources }) => ({
    message: `${where} has ${resources === undefined ? "something that is no state" : count(resources, "resource")}, and stack ${name} is not synthesized any more: nobody manages what it made.`,
    fix: `Put what was removed back into the baseline, npm run synth, ${KEYLESS} dismantle <env> ${name}, and remove it again (docs/large-changes.md). When nothing of it is in AWS any more, delete the state.`,
  }));
}
