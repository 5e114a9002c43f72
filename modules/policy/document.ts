import { canonicalJson } from "../kernel/json";
import { PolicyDocument, PolicyStatement, OneOrMany } from "./types";
import { uniqueSorted } from "../kernel/lists";

/** A policy document of the current policy language version. */
export function policyDocument(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** The values of an element that may be one string or a list of strings. */
export function asList<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as readonly T[];
}

/** A policy document as AWS is to receive it: canonical, with lists of actions, resources and condition values sorted. */
export function policyJson(document: PolicyDocument): string {
  return canonicalJson({ ...document, Statement: document.Statement.map(normalizeStatement) });
}

/** The size that AWS counts against the quota of a policy: characters of the JSON as it is sent. */
export function policySize(document: PolicyDocument): number {
  return policyJson(document).length;
}

/**
 * Sorts the lists of a statement whose order has no meaning and writes a list of one as a plain string, which is both how AWS
 * returns it and two bytes shorter.
 */
export function normalizeStatement(statement: PolicyStatement): PolicyStatement {
  const normal = (values: OneOrMany<string> | undefined): OneOrMany<string> | undefined => {
    if (values === undefined) return undefined;
    const sorted = uniqueSorted(asList(values));
    return sorted.length === 1 ? sorted[0]! : sorted;
  };
  const record = (element: PolicyStatement["Principal"]): unknown =>
    element === undefined || element === "*"
      ? element
      : Object.fromEntries(Object.entries(element).map(([kind, values]) => [kind, normal(values)]));
  const condition =
    statement.Condition &&
    Object.fromEntries(
      Object.entries(statement.Condition).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, normal(values)])),
      ]),
    );
  return withoutUndefined({
    Sid: statement.Sid,
    Effect: statement.Effect,
    Principal: record(statement.Principal),
    NotPrincipal: record(statement.NotPrincipal),
    Action: normal(statement.Action),
    NotAction: normal(statement.NotAction),
    Resource: normal(statement.Resource),
    NotResource: normal(statement.NotResource),
    Condition: condition,
  }) as unknown as PolicyStatement;
}

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined));
}

/**
 * A policy document as the value of a Terraform argument.
 *
 * @param references ARNs of the document that stand for something only Terraform knows → the expression for it, which must be an ARN
 * too: it is put in after the JSON was written, so that the bytes around it are the canonical ones.
 */
export function terraformPolicy(document: PolicyDocument, references: Readonly<Record<string, string>> = {}): string {
  return Object.entries(references).reduce(
    (text, [arn, expression]) => text.replaceAll(JSON.stringify(arn), () => `"${expression}"`),
    policyJson(document),
  );
}
