import type { PolicyComparison } from "../policy/compare";
import { asList } from "../policy/document";
import type { PolicyStatement, PrincipalElement } from "../policy/types";
import type { StatementLine, WitnessView } from "./types";

/** Statements and witnesses as short lines. */

function values(list: readonly string[]): string {
  return list.length <= 6 ? list.join(", ") : `${list.slice(0, 5).join(", ")} and ${list.length - 5} more`;
}

function principal(element: PrincipalElement | undefined): string {
  if (element === undefined) return "";
  return element === "*" ? "*" : Object.entries(element).map(([kind, list]) => `${kind} ${values(asList(list))}`).join(", ");
}

/** `Deny iam:CreateAccessKey on * where ArnNotLike aws:PrincipalArn …` */
export function statementText(statement: PolicyStatement): string {
  const parts: string[] = [statement.Effect];
  if (statement.NotAction !== undefined) parts.push(`everything but ${values(asList(statement.NotAction))}`);
  else parts.push(values(asList(statement.Action)));
  if (statement.NotResource !== undefined) parts.push(`on everything but ${values(asList(statement.NotResource))}`);
  else if (statement.Resource !== undefined) parts.push(`on ${values(asList(statement.Resource))}`);
  if (statement.Principal !== undefined) parts.push(`to ${principal(statement.Principal)}`);
  if (statement.NotPrincipal !== undefined) parts.push(`to everybody but ${principal(statement.NotPrincipal)}`);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => Object.entries(keys).map(([key, list]) => `${operator} ${key} ${values(asList(list))}`));
  if (conditions.length > 0) parts.push(`where ${conditions.join(" and ")}`);
  return parts.join(" ");
}

/** The statements of which something goes and those of which something comes, each once. */
export function statementDiff(comparison: Pick<PolicyComparison, "added" | "removed">): readonly StatementLine[] {
  const lines = (sign: "-" | "+", list: PolicyComparison["added"]): readonly StatementLine[] => {
    const found = new Map<string, StatementLine>();
    for (const { origin } of list) {
      const text = `${origin.policy}${origin.sid ? ` ${origin.sid}` : ` statement ${origin.statement + 1}`}: ${statementText(origin.source)}`;
      found.set(text, { sign, text });
    }
    return [...found.values()];
  };
  return [...lines("-", comparison.removed), ...lines("+", comparison.added)];
}

export function witnessView(witness: PolicyComparison["gained"][number]): WitnessView {
  const { request } = witness;
  return {
    principal: request.principal.arn,
    action: actionName(witness),
    resource: request.resource,
    context: Object.fromEntries(Object.entries(request.context ?? {}).map(([key, value]) => [key, Array.isArray(value) ? value.join(", ") : String(value)])),
    before: witness.before,
    after: witness.after,
  };
}

/** The action as the policy writes it, where it names it: upper and lower case are for people. */
export function actionName(witness: PolicyComparison["gained"][number]): string {
  const { action } = witness.request;
  const { source } = witness.atom.origin;
  const written = [...asList(source.Action), ...asList(source.NotAction)].find((one) => one.toLowerCase() === action.toLowerCase());
  return written ?? action;
}
