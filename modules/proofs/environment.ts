import { BaselineError, sortProblems } from "../kernel/errors";
import type { Environment } from "../sections/environment";
import { ResolvedEnvironment, resolveUnproven, TargetState } from "../sections/target-state";
import { proofProblems } from "./problems";
import { prove } from "./prove";

/** Resolving and proving are two steps; here is who does both. */

/**
 * Resolves all sections, says everything that is wrong, and proves what resolves: a proof that does not hold is a problem like any
 * other, so that nothing is synthesized that locks somebody out.
 */
export function resolveEnvironment(environment: Environment): ResolvedEnvironment {
  const unproven = resolveUnproven(environment);
  if (!unproven.state) return unproven;
  const problems = sortProblems([
    ...unproven.problems,
    ...proofProblems(environment, prove({ environment, ...unproven.state })),
  ]);
  return problems.some((problem) => problem.severity !== "warning")
    ? { problems }
    : { state: unproven.state, problems };
}

/** Resolves an environment or throws everything that is wrong with it: exit code 2, or 3 where only proofs do not hold. */
export function targetState(environment: Environment): TargetState {
  const { state, problems } = resolveEnvironment(environment);
  if (!state) throw new BaselineError(problems.filter((p) => p.severity !== "warning"));
  return state;
}
