import { asList } from "../document";
import type { PolicyStatement } from "../types";
import { CompiledCondition, compileCondition, conditionsHold } from "./conditions";
import { arnPattern, glob, resolve, resourceMatches, template, UNRESOLVED, wildcards } from "./patterns";
import { CompiledPrincipal, compileNotPrincipal, compilePrincipal } from "./principals";
import { NOT_KNOWN, PreparedRequest } from "./request";
import { and, FALSE, not, some, TRUE, Truth, UNKNOWN } from "./truth";

/** Where a policy stands. */
export type Layer = "scp" | "rcp" | "identity" | "boundary" | "session" | "resource";

export interface CompiledStatement {
  /** The position in its policy, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  /** Of an action in lower case. No variable can stand in an action, so nothing else of the request matters. */
  readonly action: (action: string) => Truth;
  readonly resource: (request: PreparedRequest) => Truth;
  readonly principal: CompiledPrincipal | undefined;
  /** Written with NotPrincipal. */
  readonly exceptPrincipals: boolean;
  readonly conditions: readonly CompiledCondition[];
  /** Matches every request whose action it matches. */
  readonly always: boolean;
  /** What it costs to ask it, in values that are compared. */
  readonly weight: number;
  /** The same for its actions. */
  readonly actionWeight: number;
}

export function compileStatement(
  statement: PolicyStatement,
  index: number,
  layer: Layer,
  version: string | undefined,
): CompiledStatement {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html: older policies know no variables.
  const withVariables = version === "2012-10-17";
  const resource = compileResource(statement, layer, withVariables);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      compileCondition(operator, key, asList(values).map(String), withVariables),
    ),
  );
  // The Principal of an RCP can only be "*", and other policies have none.
  const bound = layer === "resource" ? principalOf(statement) : undefined;
  return {
    index,
    sid: statement.Sid,
    effect: statement.Effect,
    action: compileAction(statement),
    resource: resource ?? always,
    principal: bound,
    exceptPrincipals: statement.NotPrincipal !== undefined,
    conditions,
    always: resource === undefined && conditions.length === 0 && bound === undefined,
    weight: weightOf(statement),
    actionWeight: weightOfTexts([...asList(statement.Action), ...asList(statement.NotAction)]),
  };
}

/** Texts with both wildcards are searched position by position, in texts of up to 2,048 characters; all others go fast. */
const VALUES_OF_A_CHARACTER = 4;

function weightOf({ Resource, NotResource, Principal, NotPrincipal, Condition }: PolicyStatement): number {
  const texts = [
    Resource,
    NotResource,
    ...[Principal, NotPrincipal].flatMap((element) => (typeof element === "object" ? Object.values(element) : [])),
    ...Object.values(Condition ?? {}).flatMap((keys) => Object.values(keys)),
  ].flatMap((values) => asList(values).map(String));
  return weightOfTexts(texts);
}

function weightOfTexts(texts: readonly string[]): number {
  return (
    1 +
    Math.ceil(
      texts.reduce(
        (sum, text) => sum + (text.includes("?") && text.includes("*") ? text.length * VALUES_OF_A_CHARACTER : 0.25),
        0,
      ),
    )
  );
}

const always = (): Truth => TRUE;

function principalOf({ Principal, NotPrincipal, Effect, Resource, NotResource }: PolicyStatement): CompiledPrincipal {
  if (Principal !== undefined) return compilePrincipal(Principal);
  if (NotPrincipal === undefined || (Resource === undefined && NotResource === undefined)) return REFUSED;
  return compileNotPrincipal(NotPrincipal, Effect);
}

/** AWS refuses a statement without a principal in a resource policy, and NotPrincipal in a trust policy. */
const REFUSED: CompiledPrincipal = {
  direct: () => UNKNOWN,
  user: () => FALSE,
  role: () => FALSE,
  account: () => FALSE,
  any: () => UNKNOWN,
};

function compileAction({ Action, NotAction }: PolicyStatement): (action: string) => Truth {
  if (Action !== undefined) return actionList(asList(Action));
  if (NotAction === undefined) return () => UNKNOWN;
  const listed = actionList(asList(NotAction));
  return (action) => not(listed(action));
}

function actionList(texts: readonly string[]): (action: string) => Truth {
  const exact = new Set<string>();
  const patterns: { readonly pattern: string; readonly sure: boolean }[] = [];
  for (const text of texts.map((t) => t.toLowerCase())) {
    if (text === "*") return always;
    if (!/[*?]/.test(text)) exact.add(text);
    // AWS documents wildcards in the name of an action, not in that of a service.
    else
      patterns.push({ pattern: wildcards(text), sure: text.startsWith("*:") || !/[*?]/.test(text.split(":", 1)[0]!) });
  }
  return (action) =>
    exact.has(action)
      ? TRUE
      : some(patterns, ({ pattern, sure }) => (glob(action, pattern) ? (sure ? TRUE : UNKNOWN) : FALSE));
}

/** `undefined` where it matches every resource. */
function compileResource(
  { Resource, NotResource }: PolicyStatement,
  layer: Layer,
  withVariables: boolean,
): ((request: PreparedRequest) => Truth) | undefined {
  if (Resource === undefined && NotResource === undefined) {
    // A trust policy has none: the role is the resource. Elsewhere AWS refuses the statement.
    return layer === "resource" ? undefined : () => UNKNOWN;
  }
  if (Resource !== undefined && asList(Resource).includes("*")) return undefined;
  const negated = Resource === undefined;
  const templates = asList(Resource ?? NotResource).map((text) => template(text, true, withVariables));
  const early = new Set(templates.filter((_, i) => variableInHead(asList(Resource ?? NotResource)[i]!, withVariables)));
  const completed = layer === "identity" || layer === "session" || layer === "boundary";
  const listed = (request: PreparedRequest): Truth =>
    some(templates, (text) => {
      const pattern = resolve(text, request);
      if (pattern === NOT_KNOWN) return UNKNOWN;
      if (pattern === UNRESOLVED) return negated ? UNKNOWN : FALSE;
      const matched = resourceMatches(request.resource, text.arn ?? arnPattern(pattern), completed);
      return matched === TRUE && early.has(text) ? UNKNOWN : matched;
    });
  return negated ? (request) => not(listed(request)) : listed;
}

/**
 * Variables stand in the last part of an ARN only: what AWS makes of others is not documented.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
 */
export function variableInHead(text: string, withVariables: boolean): boolean {
  const first = withVariables ? text.indexOf("${") : -1;
  return first >= 0 && text.slice(0, first).split(":").length < 6;
}

/** Everything but the action: whether the statement speaks of this request. */
export function speaksOf(statement: CompiledStatement, request: PreparedRequest): Truth {
  if (statement.always) return TRUE;
  const target =
    statement.principal === undefined
      ? statement.resource(request)
      : and(statement.resource(request), statement.principal.any(request));
  return target === FALSE ? FALSE : and(target, conditionsHold(statement.conditions, request));
}
