import type { Atom, AtomOrigin, PolicyComparison } from "../policy/compare";
import type { Witness } from "../policy/decide";
import { asList } from "../policy/document";
import type { PolicyRequest } from "../policy/evaluate";
import type { PolicyStatement, PrincipalElement } from "../policy/types";
import { actionName as knownAction, expandAction } from "../policy/vocabulary";
import { mostDangerousFirst } from "../policy/danger";
import { say, Sentence, words } from "./sentence";
import type { StatementLine, WitnessView } from "./types";
import { unique, uniqueSorted } from "../kernel/lists";

/** Statements and witnesses as short lines. */

function values(list: readonly string[]): string {
  return list.join(", ");
}

function principal(element: PrincipalElement | undefined): string {
  if (element === undefined) return "";
  return element === "*"
    ? "*"
    : Object.entries(element)
        .map(([kind, list]) => `${kind} ${values(asList(list))}`)
        .join(", ");
}

/** `Deny iam:CreateAccessKey on * where ArnNotLike aws:PrincipalArn …` */
export function statementText(statement: PolicyStatement): string {
  const parts: string[] = [statement.Effect];
  if (statement.NotAction !== undefined)
    parts.push(`everything but ${values(mostDangerousFirst(asList(statement.NotAction)))}`);
  else parts.push(values(mostDangerousFirst(asList(statement.Action))));
  if (statement.NotResource !== undefined) parts.push(`on everything but ${values(asList(statement.NotResource))}`);
  else if (statement.Resource !== undefined) parts.push(`on ${values(asList(statement.Resource))}`);
  if (statement.Principal !== undefined) parts.push(`to ${principal(statement.Principal)}`);
  if (statement.NotPrincipal !== undefined) parts.push(`to everybody but ${principal(statement.NotPrincipal)}`);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, list]) => `${operator} ${key} ${values(asList(list))}`),
  );
  if (conditions.length > 0) parts.push(`where ${conditions.join(" and ")}`);
  return parts.join(" ");
}

/**
 * The statements that change, before and after. A statement is the same one where policy and Sid (or, without Sids, its place) are.
 *
 * @param only atoms whose statements are shown @default - every one that differs
 */
export function statementDiff(
  comparison: Pick<PolicyComparison, "added" | "removed" | "statements">,
  only: readonly Atom[] = [...comparison.removed, ...comparison.added],
): readonly StatementLine[] {
  const keys = uniqueSorted(only.map((atom) => originKey(atom.origin)));
  const lines = (sign: "-" | "+", origins: readonly AtomOrigin[]): ReadonlyMap<string, StatementLine> =>
    new Map(
      origins.map((origin) => [
        originKey(origin),
        {
          sign,
          text: `${origin.policy}${origin.sid ? ` ${origin.sid}` : ` statement ${origin.statement + 1}`}: ${statementText(origin.source)}`,
        },
      ]),
    );
  const [before, after] = [lines("-", comparison.statements.before), lines("+", comparison.statements.after)];
  return keys.flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    return old && now && old.text === now.text ? [] : [old, now].filter((line) => line !== undefined);
  });
}

function originKey(origin: AtomOrigin): string {
  return `${origin.policy} ${origin.sid ?? origin.statement}`;
}

export function witnessView(witness: PolicyComparison["gained"][number]): WitnessView {
  const { request, real, before, after } = witness;
  const action = written(witness) ?? expandAction(request.action).map(knownAction)[0] ?? request.action;
  return { ...requestView(request), principal: real ?? request.principal.arn, action, before, after };
}

/** A request that was allowed and is denied, as the decision procedure has confirmed it. */
export function deniedView({ request, verdict }: Witness): WitnessView {
  return { ...requestView(request), before: "allowed", after: verdict.decision };
}

function requestView({ principal, action, resource, context }: PolicyRequest): Omit<WitnessView, "before" | "after"> {
  return {
    principal: principal.arn,
    action,
    resource,
    context: Object.fromEntries(
      Object.entries(context ?? {}).map(([key, value]) => [
        key,
        Array.isArray(value) ? value.join(", ") : String(value),
      ]),
    ),
  };
}

/** The action as the policy writes it, with its wildcards: what changes is the pattern, the request is an example. */
export function actionName(witness: PolicyComparison["gained"][number]): string {
  const { atom, request } = witness;
  return written(witness, "is" in atom.action ? atom.action.is : undefined) ?? request.action;
}

/** Every action of the witnesses, each once: where an atom stands for a list of patterns, all of the list. */
export function actionNames(witnesses: PolicyComparison["gained"]): readonly string[] {
  return unique(
    witnesses.flatMap((witness) => {
      const { action } = witness.atom;
      return "among" in action
        ? action.among.map((pattern) => written(witness, pattern) ?? pattern)
        : [actionName(witness)];
    }),
  );
}

/** A pattern that is compared in lower case, by default the action of the request, as the policy writes it. */
function written(
  { atom, request }: PolicyComparison["gained"][number],
  pattern = request.action.toLowerCase(),
): string | undefined {
  const { source } = atom.origin;
  return [...asList(source.Action), ...asList(source.NotAction)].find((one) => one.toLowerCase() === pattern);
}

/** Who a witness stands for: a stand-in of ours goes by what the policy says of it. */
export function whoIs(witness: PolicyComparison["gained"][number]): Sentence {
  const { arn, type } = witness.request.principal;
  if (type === "webIdentity") return say`tokens of ${arn.replace(/^.*:oidc-provider\//, "")}`;
  if (type === "saml") return say`assertions of ${arn.replace(/^.*:saml-provider\//, "")}`;
  const { principal } = witness.atom;
  const standIn = /:(role\/(Admin|example)|user\/example)$/.test(arn);
  if (!standIn) return say`${arn}`;
  const root = "is" in principal ? /^AWS:arn:[^:]*:iam::(\d{12}):root$/.exec(principal.is) : null;
  return root ? say`account ${root[1]!}` : words("anybody");
}

/** Condition keys, in lower case, of the statements that differ. */
export function changedKeys(comparison: Pick<PolicyComparison, "added" | "removed">): ReadonlySet<string> {
  return new Set(
    [...comparison.added, ...comparison.removed].flatMap(({ origin }) =>
      Object.values(origin.source.Condition ?? {}).flatMap((keys) => Object.keys(keys).map((key) => key.toLowerCase())),
    ),
  );
}
