import { managedPolicyProblem } from "../policy/vocabulary/managed-policies";
import type { DocumentPath } from "./document";
import type { ProblemList } from "./problem-list";

const PREFIX = /^arn:[^:]+:iam::aws:policy\//;

/**
 * The name, with its path, of an AWS managed policy that somebody wrote as a name or as an ARN. AWS refuses to attach one that does not
 * exist, in the middle of an apply. One that is written as a whole ARN may be newer than our list: a warning says that we do not know it.
 */
export function readManagedPolicy(problems: ProblemList, written: string, path: DocumentPath): string {
  const name = written.replace(PREFIX, "");
  const problem = managedPolicyProblem(name);
  if (problem)
    problems[name === written ? "error" : "warning"]("POLICY-UNKNOWN-MANAGED", path, problem.message, problem.fix);
  return name;
}
