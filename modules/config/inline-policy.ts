import type { DocumentPath } from "./document";
import type { ProblemList } from "./problem-list";
import { asList } from "../policy/document";
import { readPolicy, statementPath, writtenPath } from "../policy/read";
import type { PolicyDocument } from "../policy/types";
import { vocabularyProblems } from "../policy/vocabulary";

const ACTION = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(\*|arn:.+)$/;

/**
 * Reads an identity policy or a service control policy that a person wrote, in any form that AWS takes. AWS would refuse a malformed one
 * in the middle of an apply; here it is refused with its place. Without `Version` it is one of 2012-10-17, which is how it is sent.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 *
 * @returns nothing where it cannot be read at all
 */
export function readInlinePolicy(
  problems: ProblemList,
  policy: unknown,
  path: DocumentPath,
): PolicyDocument | undefined {
  const read = readPolicy(policy, { version: "2012-10-17" });
  for (const problem of read.problems)
    problems.error(problem.code, [...path, ...problem.path], problem.message, problem.fix);
  if (!read.document) return undefined;
  if (read.document.Statement.length === 0)
    problems.error(
      "POLICY-FORM",
      [...path, "Statement"],
      "The policy has no statement.",
      "Write one, or remove the policy.",
    );
  const sids = new Set<string>();
  read.document.Statement.forEach((statement, i) => {
    const at = [...path, ...statementPath(policy, i)];
    // Trust policies have no resource; these have one always.
    if (statement.Resource === undefined && statement.NotResource === undefined)
      problems.error(
        "POLICY-STATEMENT",
        at,
        "A statement has either Resource or NotResource; this one has neither.",
        "Add Resource.",
      );
    for (const element of ["Action", "NotAction", "Resource", "NotResource"] as const) {
      const values = statement[element];
      if (values === undefined) continue;
      if (asList(values).length === 0)
        problems.error(
          "POLICY-STATEMENT",
          [...at, element],
          `${element} is an empty list: the statement would do nothing.`,
          `Name something in ${element}, or remove the statement.`,
        );
      const isAction = element.endsWith("Action");
      for (const value of asList(values))
        if (!(isAction ? ACTION : RESOURCE).test(value))
          problems.error(
            isAction ? "POLICY-ACTION" : "POLICY-RESOURCE",
            [...at, element],
            `${JSON.stringify(value)} is not ${isAction ? "an action" : "a resource"}.`,
            isAction
              ? "Write service:Operation, for example s3:GetObject; * and ? are wildcards."
              : 'Write an ARN, or "*".',
          );
    }
    if (statement.Sid === undefined) return;
    if (!/^[A-Za-z0-9]+$/.test(statement.Sid))
      problems.error(
        "POLICY-SID",
        [...at, "Sid"],
        `${JSON.stringify(statement.Sid)} is not a Sid.`,
        "A Sid has letters and digits only.",
      );
    if (sids.has(statement.Sid))
      problems.error(
        "POLICY-DUPLICATE-SID",
        [...at, "Sid"],
        `There are two statements with the Sid ${statement.Sid}.`,
        "Rename one of them: AWS refuses a policy with a Sid twice.",
      );
    sids.add(statement.Sid);
  });
  return read.document;
}

/**
 * Warns of words that AWS does not know, where nothing else is wrong. A warning, because AWS takes such a policy, and may have
 * actions that are newer than the data.
 *
 * @param written the document as it was written, for places
 */
export function warnOfUnknownWords(
  problems: ProblemList,
  document: PolicyDocument,
  written: unknown,
  path: DocumentPath,
): void {
  if (problems.hasErrors) return;
  for (const problem of vocabularyProblems(document))
    problems.warning(problem.code, [...path, ...writtenPath(written, problem.path)], problem.message, problem.fix);
}
