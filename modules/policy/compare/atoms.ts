import { asList } from "../document";
import type { OneOrMany, PolicyDocument, PolicyStatement, PrincipalElement } from "../types";
import { arnPatternContains, networkContains, patternContains, resourcePatternContains } from "./patterns";
import { isSlow, listSteps, Steps, textSteps } from "./steps";

/**
 * The smallest parts of a policy that mean something by themselves: one action (or `NotAction` list), one resource (or `NotResource`
 * list), one principal, the conditions. A statement is the union of its atoms, so that reordered, merged and split statements have the
 * same atoms.
 */
export interface Atom {
  readonly effect: "Allow" | "Deny";
  /** In lower case. */
  readonly action: Part;
  readonly resource: Part;
  readonly principal: Part;
  readonly conditions: readonly AtomCondition[];
  /** 2008-10-17 has no variables: the same text means something else. */
  readonly version: PolicyDocument["Version"];
  /** Where it comes from, for people; no part of the meaning. */
  readonly origin: AtomOrigin;
  /** Equal for atoms that mean the same. */
  readonly key: string;
  /** What comparing it costs: how many texts it has, their characters, and those of texts that are slow. */
  readonly texts: number;
  readonly characters: number;
  readonly slow: number;
}

export interface AtomOrigin {
  readonly policy: string;
  readonly statement: number;
  readonly sid?: string;
  /** The statement as it is written. */
  readonly source: PolicyStatement;
}

/** One pattern, everything but a list of patterns, or (where single ones would be too many) all of a list of patterns. */
export type Part =
  { readonly is: string } | { readonly not: readonly string[] } | { readonly among: readonly string[] };

export interface AtomCondition {
  /** As written. */
  readonly operator: string;
  /** In lower case. */
  readonly key: string;
  /** Sorted, without doubles. */
  readonly values: readonly string[];
}

export interface NamedDocument {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** A statement of more combinations stays one atom of lists: forty actions on forty resources are usual nowhere. */
const COMBINATIONS = 1_000;

/** Levels come again in every chain that goes through them. */
const levels = new WeakMap<readonly NamedDocument[], { readonly atoms: readonly Atom[]; readonly taken: number }>();

/** Atoms of the documents of a level, without doubles and without those that another one covers. Sorted by key. */
export function atomsOf(documents: readonly NamedDocument[], steps: Steps): readonly Atom[] {
  const known = levels.get(documents);
  if (known && steps.take(known.taken)) return known.atoms;
  const before = steps.taken;
  const atoms = atomsWithin(documents, steps);
  // Where the steps ended, others may have enough for more.
  if (steps.left > 0) levels.set(documents, { atoms, taken: steps.taken - before });
  return atoms;
}

function atomsWithin(documents: readonly NamedDocument[], steps: Steps): readonly Atom[] {
  const found = new Map<string, Atom>();
  for (const { name, document } of documents) {
    document.Statement.forEach((statement, index) => {
      for (const atom of statementAtoms(
        statement,
        document.Version ?? "2008-10-17",
        { policy: name, statement: index, source: statement, ...(statement.Sid ? { sid: statement.Sid } : {}) },
        steps,
      )) {
        if (!found.has(atom.key)) found.set(atom.key, atom);
      }
    });
  }
  const all = [...found.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  // Quadratic, so only where it stays cheap; without it the comparison is as right, and only says less often that nothing changed.
  if (all.length > 400) return all;
  return all.filter(
    (atom, i) =>
      !all.some((other, j) => i !== j && covers(other, atom, steps) && !(covers(atom, other, steps) && j > i)),
  );
}

/** Chains share most of their policies. */
const split = new WeakMap<
  PolicyStatement,
  { readonly policy: string; readonly statement: number; readonly version: string; readonly atoms: readonly Atom[] }
>();

/** A policy may have an element as a list of one, a string, or (a statement) not in a list at all. */
function statementAtoms(
  statement: PolicyStatement,
  version: PolicyDocument["Version"],
  origin: AtomOrigin,
  steps: Steps,
): readonly Atom[] {
  const known = split.get(statement);
  if (
    known &&
    known.policy === origin.policy &&
    known.statement === origin.statement &&
    known.version === version &&
    steps.take(known.atoms.length)
  )
    return known.atoms;
  const lower = (values: OneOrMany<string> | undefined): readonly string[] | undefined =>
    values === undefined ? undefined : asList(values).map((v) => v.toLowerCase());
  const actions = parts(lower(statement.Action), lower(statement.NotAction));
  const resources = parts(list(statement.Resource), list(statement.NotResource));
  const principals = parts(principalList(statement.Principal), principalList(statement.NotPrincipal));
  // The version decides about variables alone.
  const meant = JSON.stringify(statement).includes("${") ? version : "2012-10-17";
  const atom = (action: Part, resource: Part, principal: Part, conditions: readonly AtomCondition[]): Atom => {
    const key = keyOf({ effect: statement.Effect, action, resource, principal, conditions, version: meant });
    const texts = [action, resource, principal].flatMap(textsOf).concat(conditions.flatMap((c) => c.values));
    return {
      effect: statement.Effect,
      action,
      resource,
      principal,
      conditions,
      version: meant,
      origin,
      key,
      texts: texts.length,
      characters: key.length,
      slow: texts.reduce((sum, text) => sum + (isSlow(text) ? text.length : 0), 0),
    };
  };
  const variants = conditionVariants(statement, true);
  const count = actions.length * resources.length * principals.length * variants.length;
  if (count > COMBINATIONS || !steps.take(count))
    return conditionVariants(statement, false).map((conditions) =>
      atom(together(actions), together(resources), together(principals), conditions),
    );
  const atoms = variants.flatMap((conditions) =>
    actions.flatMap((action) =>
      resources.flatMap((resource) => principals.map((principal) => atom(action, resource, principal, conditions))),
    ),
  );
  split.set(statement, { policy: origin.policy, statement: origin.statement, version, atoms });
  return atoms;
}

/** Equal for atoms that mean the same. */
export function keyOf({
  effect,
  action,
  resource,
  principal,
  conditions,
  version,
}: Omit<Atom, "origin" | "key" | "texts" | "characters" | "slow">): string {
  return JSON.stringify([
    action,
    conditions.map((c) => [c.key, c.operator, c.values]),
    effect,
    principal,
    resource,
    version,
  ]);
}

function together(parts: readonly Part[]): Part {
  const [only] = parts;
  return parts.length === 1 && only
    ? only
    : { among: [...new Set(parts.flatMap((part) => ("is" in part ? [part.is] : [])))].sort() };
}

function list(values: OneOrMany<string> | undefined): readonly string[] | undefined {
  return values === undefined ? undefined : asList(values);
}

function parts(is: readonly string[] | undefined, not: readonly string[] | undefined): readonly Part[] {
  if (not !== undefined) return [{ not: [...new Set(not)].sort() }];
  return (is ?? ["*"]).map((one) => ({ is: one }));
}

/** `AWS:arn…`, `Service:…`; `*` for everybody. */
function principalList(element: PrincipalElement | undefined): readonly string[] | undefined {
  if (element === undefined) return undefined;
  if (element === "*") return ["*"];
  return Object.entries(element).flatMap(([kind, values]) =>
    asList(values).map((value) =>
      kind === "AWS" && value === "*"
        ? "*"
        : `${kind}:${kind === "AWS" && /^\d{12}$/.test(value) ? `arn:aws:iam::${value}:root` : value}`,
    ),
  );
}

/** Operators for which a list of values means the union of its values: one atom each, so that split statements are the same. */
const UNION =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress|NumericEquals|DateEquals|BinaryEquals|Bool)$/;

/** The conditions of a statement, once for each choice of one value where several are a union and are to be split. */
function conditionVariants(statement: PolicyStatement, split: boolean): readonly (readonly AtomCondition[])[] {
  let variants: readonly (readonly AtomCondition[])[] = [[]];
  const entries = Object.entries(statement.Condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]): AtomCondition => ({
        operator,
        key: key.toLowerCase(),
        values: [...new Set(asList(values).map(String))].sort(),
      })),
    )
    .sort((a, b) => (`${a.operator} ${a.key}` < `${b.operator} ${b.key}` ? -1 : 1));
  for (const entry of entries) {
    const choices =
      split && UNION.test(entry.operator) && entry.values.length > 1 && variants.length * entry.values.length <= 64
        ? entry.values.map((value) => ({ ...entry, values: [value] }))
        : [entry];
    variants = variants.flatMap((variant) => choices.map((choice) => [...variant, plainer(choice)]));
  }
  return variants;
}

/** `Like` without a wildcard is `Equals`, and for ARNs both are the same with one: one name for one meaning. */
function plainer(condition: AtomCondition): AtomCondition {
  const operator = condition.operator.replace(/Arn(Not)?Equals/, "Arn$1Like");
  if (!/String(Not)?Like/.test(operator) || condition.values.some((value) => /[*?]|\$\{/.test(value)))
    return { ...condition, operator };
  return { ...condition, operator: operator.replace(/String(Not)?Like/, "String$1Equals") };
}

/** The atom as a statement by itself. */
export function statementOf({ effect, action, resource, principal, conditions, origin }: Atom): PolicyStatement {
  const Condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key, values } of conditions) Condition[operator] = { ...Condition[operator], [key]: values };
  const has = origin.source;
  return {
    Effect: effect,
    ...("not" in action ? { NotAction: action.not } : { Action: patternsOf(action) }),
    ...(has.Resource === undefined && has.NotResource === undefined
      ? {}
      : "not" in resource
        ? { NotResource: resource.not }
        : { Resource: patternsOf(resource) }),
    ...(has.Principal === undefined && has.NotPrincipal === undefined
      ? {}
      : "not" in principal
        ? { NotPrincipal: principalElement(principal.not) }
        : { Principal: principalElement(patternsOf(principal)) }),
    ...(conditions.length > 0 ? { Condition } : {}),
  };
}

function principalElement(list: readonly string[]): PrincipalElement {
  if (list.includes("*")) return "*";
  const byKind: Record<string, string[]> = {};
  for (const one of list) (byKind[one.slice(0, one.indexOf(":"))] ??= []).push(one.slice(one.indexOf(":") + 1));
  return byKind;
}

/** True when every request that `inner` matches is matched by `outer` too. Sound, not complete: without steps left it is false. Effects must be the same. */
export function covers(outer: Atom, inner: Atom, steps: Steps): boolean {
  if (outer.key === inner.key) return true;
  if (outer.effect !== inner.effect || outer.version !== inner.version) return false;
  return (
    // Nearly always the actions are apart, which costs next to nothing.
    steps.take(listSteps(textsOf(outer.action).length, textsOf(inner.action).length)) &&
    partContains(outer.action, inner.action, patternContains) &&
    steps.take(listSteps(outer.texts, inner.texts) + textSteps(outer.slow, inner.characters)) &&
    partContains(outer.resource, inner.resource, resourcePatternContains) &&
    principalPartContains(outer.principal, inner.principal) &&
    outer.conditions.every((condition) => inner.conditions.some((other) => implies(other, condition)))
  );
}

/** The patterns that a part is the union of. */
export function patternsOf(part: Exclude<Part, { readonly not: readonly string[] }>): readonly string[] {
  return "is" in part ? [part.is] : part.among;
}

export function textsOf(part: Part): readonly string[] {
  return "not" in part ? part.not : patternsOf(part);
}

/** Principals have no wildcards but the lone asterisk; who is meant by an account's root is the evaluator's to say, not ours. */
function principalPartContains(outer: Part, inner: Part): boolean {
  if (!("not" in outer)) {
    const wide = patternsOf(outer);
    return wide.includes("*") || (!("not" in inner) && patternsOf(inner).every((one) => wide.includes(one)));
  }
  return "not" in inner && outer.not.every((excluded) => inner.not.includes(excluded));
}

function partContains(outer: Part, inner: Part, contains: (outer: string, inner: string) => boolean): boolean {
  if (!("not" in outer)) {
    const wide = patternsOf(outer);
    return (
      wide.includes("*") ||
      (!("not" in inner) && patternsOf(inner).every((one) => wide.some((other) => contains(other, one))))
    );
  }
  if ("not" in inner) return outer.not.every((excluded) => inner.not.some((other) => contains(other, excluded)));
  // Patterns within everything but a list: only where no excluded one can meet them.
  return outer.not.every((excluded) => patternsOf(inner).every((one) => disjoint(excluded, one)));
}

/** True when no text matches both. Only the plain case: literal beginnings, up to the first wildcard or variable, that differ. */
function disjoint(a: string, b: string): boolean {
  const wild = /[*?]|\$\{/;
  const left = a.slice(0, cut(a, wild));
  const right = b.slice(0, cut(b, wild));
  const n = Math.min(left.length, right.length);
  if (left.slice(0, n) !== right.slice(0, n)) return true;
  // IAM completes short ARNs: they are no plain texts.
  if ([a, b].some((text) => /^arn(:|$)/.test(text) && text.split(":").length < 6)) return false;
  // Both are plain texts, and not the same.
  return left.length === a.length && right.length === b.length && a !== b;
}

function cut(text: string, at: RegExp): number {
  const found = text.search(at);
  return found < 0 ? text.length : found;
}

/** True when a request that fulfils `a` always fulfils `b`. */
function implies(a: AtomCondition, b: AtomCondition): boolean {
  if (a.key !== b.key) return false;
  const [left, right] = [parse(a.operator), parse(b.operator)];
  if (!left || !right) return a.operator === b.operator && same(a.values, b.values);
  // Without IfExists the key must be there (or, negated, may be absent): the lenient form follows from the strict one.
  if (left.set !== right.set || (left.ifExists && !right.ifExists)) return false;
  const negated = /Not/.test(left.base);
  if (negated !== /Not/.test(right.base)) return false;
  const values = valueTest(left.base, right.base);
  if (!values) return left.base === right.base && same(a.values, b.values);
  // Positive: each value of a lies within one of b. Negated: what b excludes, a excludes too.
  return negated
    ? b.values.every((value) => a.values.some((other) => values(other, value)))
    : a.values.every((value) => b.values.some((other) => values(other, value)));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

interface Operator {
  readonly set: string | undefined;
  readonly base: string;
  readonly ifExists: boolean;
}

function parse(operator: string): Operator | undefined {
  const match = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator);
  return match ? { set: match[1], base: match[2]!, ifExists: match[3] !== undefined } : undefined;
}

/** Whether the values of the first operator lie within one value of the second: `(outer, inner)`. Nothing where the two do not compare. */
function valueTest(from: string, to: string): ((outer: string, inner: string) => boolean) | undefined {
  const equal = (outer: string, inner: string): boolean => outer === inner;
  const literal = (text: string): boolean => !/[*?]|\$\{/.test(text);
  switch (`${from} ${to}`) {
    case "StringEquals StringEquals":
    case "StringNotEquals StringNotEquals":
    case "Bool Bool":
    case "BinaryEquals BinaryEquals":
    case "Null Null":
      return from === "Bool" || from === "Null" ? (outer, inner) => outer.toLowerCase() === inner.toLowerCase() : equal;
    case "StringEqualsIgnoreCase StringEqualsIgnoreCase":
    case "StringNotEqualsIgnoreCase StringNotEqualsIgnoreCase":
      return (outer, inner) => outer.toLowerCase() === inner.toLowerCase();
    case "StringLike StringLike":
    case "StringNotLike StringNotLike":
      return patternContains;
    case "StringEquals StringLike":
      // The value is a plain text for StringEquals even where it looks like a pattern.
      return (outer, inner) => literal(inner) && patternContains(outer, inner);
    case "StringNotLike StringNotEquals":
      return (outer, inner) => literal(inner) && patternContains(outer, inner);
    case "ArnEquals ArnEquals":
    case "ArnEquals ArnLike":
    case "ArnLike ArnEquals":
    case "ArnLike ArnLike":
    case "ArnNotEquals ArnNotEquals":
    case "ArnNotEquals ArnNotLike":
    case "ArnNotLike ArnNotEquals":
    case "ArnNotLike ArnNotLike":
      return arnPatternContains;
    case "IpAddress IpAddress":
    case "NotIpAddress NotIpAddress":
      return networkContains;
    case "NumericLessThan NumericLessThan":
    case "NumericLessThanEquals NumericLessThanEquals":
    case "NumericLessThan NumericLessThanEquals":
      return ordered(Number, (outer, inner) => inner <= outer);
    case "NumericGreaterThan NumericGreaterThan":
    case "NumericGreaterThanEquals NumericGreaterThanEquals":
    case "NumericGreaterThan NumericGreaterThanEquals":
      return ordered(Number, (outer, inner) => inner >= outer);
    case "DateLessThan DateLessThan":
    case "DateLessThanEquals DateLessThanEquals":
    case "DateLessThan DateLessThanEquals":
      return ordered(isoTime, (outer, inner) => inner <= outer);
    case "DateGreaterThan DateGreaterThan":
    case "DateGreaterThanEquals DateGreaterThanEquals":
    case "DateGreaterThan DateGreaterThanEquals":
      return ordered(isoTime, (outer, inner) => inner >= outer);
    default:
      return undefined;
  }
}

function ordered(
  read: (text: string) => number,
  test: (outer: number, inner: number) => boolean,
): (outer: string, inner: string) => boolean {
  return (outer, inner) => {
    const [a, b] = [read(outer), read(inner)];
    return outer === inner || (!Number.isNaN(a) && !Number.isNaN(b) && test(a, b));
  };
}

/** Only dates with a zone, which have one meaning. */
function isoTime(text: string): number {
  return /Z$|[+-]\d{2}:?\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
}
