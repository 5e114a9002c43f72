import type { z } from "zod";
import type { DocumentPath } from "./document";
import type { ProblemList } from "./environment";
import type { inlinePolicy } from "./schema/common";
import { asList, policyDocument } from "../policy/document";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { vocabularyProblems } from "../policy/vocabulary";

export type InlinePolicy = z.infer<typeof inlinePolicy>;

const ACTION = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(\*|arn:.+)$/;

/**
 * Reads an identity policy that a person wrote. AWS would refuse a malformed one in the middle of an apply; here it is refused
 * with its place.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readInlinePolicy(problems: ProblemList, policy: InlinePolicy, path: DocumentPath): PolicyDocument {
  const sids = new Set<string>();
  policy.Statement.forEach((statement, i) => {
    const at = [...path, "Statement", i];
    for (const element of ["Action", "Resource"] as const) {
      const not = `Not${element}` as const;
      if ((statement[element] === undefined) === (statement[not] === undefined)) {
        const found = statement[element] === undefined ? "neither" : "both";
        problems.error(
          "POLICY-STATEMENT",
          at,
          `A statement has either ${element} or ${not}; this one has ${found}.`,
          found === "neither" ? `Add ${element}.` : `Remove ${not} or ${element}.`,
        );
      }
    }
    for (const element of ["Action", "NotAction"] as const) {
      for (const action of asList(statement[element])) {
        if (!ACTION.test(action))
          problems.error(
            "POLICY-ACTION",
            [...at, element],
            `${JSON.stringify(action)} is not an action.`,
            "Write service:Operation, for example s3:GetObject; * and ? are wildcards.",
          );
      }
    }
    for (const element of ["Resource", "NotResource"] as const) {
      for (const resource of asList(statement[element])) {
        if (!RESOURCE.test(resource))
          problems.error(
            "POLICY-RESOURCE",
            [...at, element],
            `${JSON.stringify(resource)} is not a resource.`,
            'Write an ARN, or "*".',
          );
      }
    }
    if (statement.Sid) {
      if (sids.has(statement.Sid))
        problems.error(
          "POLICY-DUPLICATE-SID",
          [...at, "Sid"],
          `There are two statements with the Sid ${statement.Sid}.`,
          "Rename one of them: AWS refuses a policy with a Sid twice.",
        );
      sids.add(statement.Sid);
    }
  });
  return policyDocument(policy.Statement.map(statementOf));
}

/**
 * Warns of words that AWS does not know, where nothing else is wrong. A warning, because AWS takes such a policy, and may have
 * actions that are newer than the data.
 */
export function warnOfUnknownWords(problems: ProblemList, document: PolicyDocument, path: DocumentPath): void {
  if (problems.hasErrors) return;
  for (const problem of vocabularyProblems(document))
    problems.warning(problem.code, [...path, ...problem.path], problem.message, problem.mend);
}

/** The schema's optional elements may be `undefined`; a statement's are absent. */
function statementOf(statement: InlinePolicy["Statement"][number]): PolicyStatement {
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  return {
    Effect,
    ...(Sid ? { Sid } : {}),
    ...(Action === undefined ? {} : { Action }),
    ...(NotAction === undefined ? {} : { NotAction }),
    ...(Resource === undefined ? {} : { Resource }),
    ...(NotResource === undefined ? {} : { NotResource }),
    ...(Condition === undefined ? {} : { Condition }),
  };
}
