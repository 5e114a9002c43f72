import { asList } from "../document";
import { CONDITION_OPERATORS } from "../evaluate/conditions";
import { glob, template, wildcards } from "../evaluate/patterns";
import { accountOfArn } from "../evaluate/request";
import { Layer, variableInHead } from "../evaluate/statements";
import { FALSE, TRUE, Truth, UNKNOWN } from "../evaluate/truth";
import type { PolicyStatement, PrincipalElement } from "../types";
import { ACTION, AccountOf, Box, Context, Look, PRINCIPAL, RESOURCE, Setting, Test, withPart } from "./box";
import { keyValues } from "./key-values";
import type { Language } from "./language";
import { isMixed, Mask, maskMap, maskOr, NEVER } from "./masks";
import { ANY_TEXT, literally } from "./pattern";
import { globTokens, ofAccount, ofSomeAccount, resourceTruths } from "./policy-texts";
import {
  conditionTest,
  constant,
  directPlace,
  negation,
  textTest,
  valueOf,
  variablesOf,
  variableValues,
  withSingleValues,
} from "./tests";
import { isEmpty, subtract, texts } from "./values";
import type { DecidingStatement } from "./types";

/** Statements as rows of tests, each of one dimension: `evaluate/statements.ts` and `evaluate/principals.ts` for boxes. */

export type Grade = "direct" | "user" | "role" | "account";

export interface BoxStatement {
  readonly at: DecidingStatement;
  readonly effect: "Allow" | "Deny";
  readonly action: Test;
  /** Everything but the principal. */
  readonly tests: readonly Test[];
  /** Those of them that no condition key has a part in. */
  readonly withoutKeys: readonly Test[];
  /** Patterns of which one at least matches every resource that it may cover; absent: nothing so simple can be said. */
  readonly covers: readonly string[] | undefined;
  /** Resource policies: whether it names the principal, in whatever grade. */
  readonly principal: Test | undefined;
  readonly grades: Readonly<Record<Grade, Test>> | undefined;
  /** Written with NotPrincipal. */
  readonly exceptPrincipals: boolean;
  /** Condition keys that it looks at, in lower case, and with what; as variables with none. */
  readonly operators: readonly { readonly key: string; readonly operator: string }[];
}

const OPERATORS = new Set(CONDITION_OPERATORS);

/** @param at where it stands */
export function boxStatement(
  statement: PolicyStatement,
  at: DecidingStatement,
  version: string | undefined,
  setting: Setting,
): BoxStatement {
  const withVariables = version === "2012-10-17";
  const action = actionTest(statement);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      key: key.toLowerCase(),
      operator,
      values: asList(values).map(String),
      test: conditionTest(operator, key, asList(values).map(String), withVariables, OPERATORS),
    })),
  );
  const resource = resourceTest(statement, at.layer, withVariables);
  const principal = at.layer === "resource" ? principalTests(statement, setting) : undefined;
  const variables = variablesOf(
    [...asList(statement.Resource), ...asList(statement.NotResource), ...conditions.flatMap((c) => c.values)].map(
      (text) => template(text, true, withVariables),
    ),
  );
  return {
    at,
    effect: statement.Effect,
    action,
    tests: [action, ...(resource ? [resource] : []), ...conditions.map((condition) => condition.test)],
    withoutKeys:
      resource && !asList(statement.Resource ?? statement.NotResource).some((text) => text.includes("${"))
        ? [action, resource]
        : [action],
    covers: coveredBy(statement),
    principal: principal?.any,
    grades: principal?.grades,
    exceptPrincipals: statement.NotPrincipal !== undefined,
    operators: [
      ...conditions.map(({ key, operator }) => ({ key, operator })),
      ...variables.map((key) => ({ key, operator: "" })),
    ],
  };
}

/** Wildcards go across colons here, and variables stand for anything. Short ARNs may be completed, which patterns of theirs do not say. */
export function coveredBy({ Resource }: PolicyStatement): readonly string[] | undefined {
  if (Resource === undefined) return undefined;
  const found = asList(Resource).map((text) => text.replace(/\$\{[^}]*\}/g, "*"));
  return found.every((text) => text.split(":").length >= 6) ? found : undefined;
}

function actionTest({ Action, NotAction }: PolicyStatement): Test {
  if (Action !== undefined) return actionList(asList(Action));
  if (NotAction === undefined) return constant(UNKNOWN);
  return negation(actionList(asList(NotAction)));
}

function actionList(written: readonly string[]): Test {
  const all = [...new Set(written.map((text) => text.toLowerCase()))].sort();
  if (all.includes("*")) return constant(TRUE);
  const patterns = all.map((text) => ({
    pattern: wildcards(text),
    sure: text.startsWith("*:") || !/[*?]/.test(text.split(":", 1)[0]!),
  }));
  return textTest(
    ACTION,
    JSON.stringify(all),
    (place) => {
      const of = (wanted: boolean): Language =>
        place.either(
          ...patterns.filter(({ sure }) => sure === wanted).map(({ pattern }) => place.matching(globTokens(pattern))),
        );
      const yes = of(true);
      return { yes, open: place.minus(of(false), yes) };
    },
    (text) => {
      const found = patterns.filter(({ pattern }) => glob(text, pattern));
      return found.some(({ sure }) => sure) ? TRUE : found.length > 0 ? UNKNOWN : FALSE;
    },
  );
}

function resourceTest(
  { Resource, NotResource }: PolicyStatement,
  layer: Layer,
  withVariables: boolean,
): Test | undefined {
  if (Resource === undefined && NotResource === undefined) return layer === "resource" ? undefined : constant(UNKNOWN);
  if (Resource !== undefined && asList(Resource).includes("*")) return undefined;
  const negated = Resource === undefined;
  const written = [...new Set(asList(Resource ?? NotResource))].sort();
  const completed = layer === "identity" || layer === "session" || layer === "boundary";
  const name = JSON.stringify([written, completed, withVariables, negated]);
  const templates = written.map((text) => template(text, true, withVariables));
  const early = written.map((text) => variableInHead(text, withVariables));
  const variables = variablesOf(templates);
  const truths = (
    patterns: readonly (string | undefined)[],
    context: Context,
  ): { readonly yes: Language; readonly open: Language } => {
    const place = directPlace(context);
    const found = patterns.flatMap((pattern, i) => {
      if (pattern === undefined) return [];
      const { yes, open } = resourceTruths(pattern, completed, place);
      return [early[i] ? { yes: place.nothing, open: place.either(yes, open) } : { yes, open }];
    });
    const yes = place.either(...found.map((one) => one.yes));
    return { yes, open: place.minus(place.either(...found.map((one) => one.open)), yes) };
  };
  if (variables.length === 0) {
    const listed = textTest(RESOURCE, name, (_, context) =>
      truths(
        templates.map((one) => one.fixed),
        context,
      ),
    );
    return negated ? negation(listed) : listed;
  }
  const look = (box: Box, context: Context): Look => {
    const known = variableValues(variables, box, context, true);
    if ("split" in known) return { mask: 7, split: known.split };
    const values = templates.map((one, i) => valueOf(one, written[i]!, known.values));
    const isOpen = values.some((value) => value === "open" || (value === "unresolved" && negated));
    const sure = values.map((value) => (typeof value === "object" && "pattern" in value ? value.pattern : undefined));
    const perhaps = values.map((value) =>
      typeof value === "object" && "perhaps" in value ? value.perhaps : undefined,
    );
    const all = textTest(RESOURCE, `${name} ${known.key}`, (place) => {
      const { yes, open } = truths(sure, context);
      return { yes, open: isOpen ? place.minus(place.all, yes) : open };
    });
    if (perhaps.every((one) => one === undefined)) return all.look(box, context);
    const of = box.get(RESOURCE)!;
    if (of.present?.kind !== "texts") return all.look(box, context);
    const place = directPlace(context);
    const certain = truths(sure, context).yes;
    const reach = truths(perhaps, context);
    const tied = place.minus(place.either(reach.yes, reach.open), certain);
    const apart = subtract(of.present, texts(tied), context);
    const within = texts(place.both(of.present.language, tied));
    if (isEmpty(within, context)) return all.look(box, context);
    const mask = 7;
    if (!isEmpty(apart, context))
      return {
        mask,
        split: () => [apart, within].map((part) => withPart(box, RESOURCE, keyValues(false, part))),
      };
    return {
      mask,
      reason: {
        code: "tied-keys",
        text: `the resource is compared with ${known.open.map((key) => `\${${key}}`).join(", ")}, which is open`,
      },
      narrow: () => withSingleValues(known.open, box, context),
    };
  };
  return negated ? negation({ look }) : { look };
}

/** `compilePrincipal` and `compileNotPrincipal`. */
function principalTests(
  { Principal, NotPrincipal, Effect, Resource, NotResource }: PolicyStatement,
  setting: Setting,
): { readonly any: Test; readonly grades: Readonly<Record<Grade, Test>> } {
  const never = constant(FALSE);
  const alone = (any: Test): { readonly any: Test; readonly grades: Readonly<Record<Grade, Test>> } => ({
    any,
    grades: { direct: any, user: never, role: never, account: never },
  });
  if (Principal !== undefined) {
    const named = namedIn(Principal, setting);
    const grade = (wanted: Grade): Test => anyOf(named.filter((one) => one.grade === wanted).map((one) => one.test));
    return {
      any: anyOf(named.map((one) => one.test)),
      grades: { direct: grade("direct"), user: grade("user"), role: grade("role"), account: grade("account") },
    };
  }
  // AWS refuses a statement without a principal in a resource policy, and NotPrincipal in a trust policy.
  if (NotPrincipal === undefined || (Resource === undefined && NotResource === undefined))
    return alone(constant(UNKNOWN));
  const texts = namedTexts(NotPrincipal);
  if (NotPrincipal === "*" || texts.some(([kind, text]) => kind === "AWS" && text === "*")) return alone(never);
  const named = namedIn(NotPrincipal, setting);
  const forms = formsOf(setting).map((grade) =>
    anyOf(named.filter((one) => one.grade === grade).map((one) => one.test)),
  );
  return alone(
    joint(forms, (...listed) =>
      listed.every((form) => form === TRUE)
        ? FALSE
        : listed.every((form) => form === FALSE) && Effect === "Deny"
          ? TRUE
          : UNKNOWN,
    ),
  );
}

function formsOf({ type }: Setting): readonly Grade[] {
  switch (type) {
    case "user":
      return ["user", "account"];
    case "role":
      return ["direct", "role", "account"];
    case "root":
    case "assumedRoot":
      return ["account"];
    default:
      return ["direct"];
  }
}

/** A test that is made of others. */
export function joint(of: readonly Test[], truth: (...truths: Truth[]) => Truth): Test {
  return {
    look: (box, context) => {
      const looks = of.map((one) => one.look(box, context));
      const mask = maskMap(
        looks.map((look) => look.mask),
        truth,
      );
      return isMixed(mask) ? { ...firstMixed(looks), mask } : { mask };
    },
  };
}

/** The look to go on with: one that falls into parts, if there is one. */
export function firstMixed(looks: readonly Look[]): Look {
  const mixed = looks.filter((look) => isMixed(look.mask));
  return mixed.find((look) => look.split) ?? mixed[0] ?? { mask: NEVER };
}

export function anyOf(of: readonly Test[]): Test {
  if (of.length === 0) return constant(FALSE);
  if (of.length === 1) return of[0]!;
  return combined(of, maskOr, NEVER);
}

export function combined(of: readonly Test[], combine: (a: Mask, b: Mask) => Mask, neutral: Mask): Test {
  return {
    look: (box, context) => {
      const looks = of.map((one) => one.look(box, context));
      const mask = looks.reduce((result, look) => combine(result, look.mask), neutral);
      return isMixed(mask) ? { ...firstMixed(looks), mask } : { mask };
    },
  };
}

function namedTexts(element: PrincipalElement): readonly (readonly [string, string])[] {
  if (element === "*") return [["AWS", "*"]];
  return Object.entries(element).flatMap(([kind, values]) => asList(values).map((text) => [kind, text] as const));
}

interface Named {
  readonly grade: Grade;
  readonly test: Test;
}

const direct = (test: Test): readonly Named[] => [{ grade: "direct", test }];

const arnTest = (name: string, of: Parameters<typeof textTest>[2]): Test => textTest(PRINCIPAL, name, of);

const arnIs = (text: string): Test =>
  arnTest(`is ${text}`, (place) => ({ yes: place.matching(literally(text)), open: place.nothing }));

function namedIn(element: PrincipalElement, setting: Setting): readonly Named[] {
  const { type, givenAccount, resourceAccount } = setting;
  return namedTexts(element).flatMap(([kind, text]): readonly Named[] => {
    switch (kind) {
      case "AWS":
        return named(text, setting);
      case "Service":
        return direct(type !== "service" ? constant(FALSE) : text === "*" ? constant(UNKNOWN) : arnIs(text));
      case "Federated": {
        if (type !== "webIdentity" && type !== "saml") return direct(constant(FALSE));
        if (text === "*") return direct(constant(UNKNOWN));
        const account = accountOfArn(text);
        if (account === undefined || account === resourceAccount) return direct(arnIs(text));
        // A role is assumed through a provider of its own account; of another one's AWS says nothing.
        const owned = resourceAccount === "several" ? resourceOf(account, givenAccount ?? account) : constant(FALSE);
        return direct(joint([arnIs(text), owned], (is, own) => (is === FALSE ? FALSE : own === TRUE ? TRUE : UNKNOWN)));
      }
      default:
        return direct(constant(type === "anonymous" || type === "service" ? FALSE : UNKNOWN));
    }
  });
}

/** Nothing tells whether it holds. */
export function several(what: string): Test {
  return { look: () => ({ mask: 7, reason: { code: "tied-keys", text: `${what} is not one for all requests` } }) };
}

function named(text: string, setting: Setting): readonly Named[] {
  const { type } = setting;
  if (text === "*") return direct(constant(TRUE));
  const account = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(text)?.[1];
  if (account) return [{ grade: "account", test: inAccount(account, setting) }];
  const [, resourceAccount, resource] = /^arn:[^:]+:(?:iam|sts)::(\d{12}):(.+)$/.exec(text) ?? [];
  if (resourceAccount === undefined || resource === undefined)
    return direct(constant(type === "user" || type === "role" ? UNKNOWN : FALSE));
  if (/[*?]/.test(text)) {
    return direct(
      arnTest(`like ${text}`, (place) => ({
        yes: place.nothing,
        open: place.matching(globTokens(wildcards(text))),
      })),
    );
  }
  if (resource.startsWith("role/")) return [{ grade: "role", test: type === "role" ? arnIs(text) : constant(FALSE) }];
  if (resource.startsWith("user/")) return [{ grade: "user", test: type === "user" ? arnIs(text) : constant(FALSE) }];
  const [, kind, name] = /^(assumed-role|federated-user)\/([^/]+)/.exec(resource) ?? [];
  if (kind === undefined || name === undefined) return direct(arnIs(text));
  if (type !== (kind === "assumed-role" ? "role" : "user")) return direct(constant(FALSE));
  // Sets do not speak of sessions: which one it is is not known.
  const mayBe = arnTest(`ends with ${name}`, (place) => ({
    yes: place.either(place.matching([ANY_TEXT, ...literally(`/${name}`)]), place.matching(literally(name))),
    open: place.nothing,
  }));
  return direct(
    joint([mayBe, inAccount(resourceAccount, setting, true)], (ends, here) =>
      ends === TRUE && here === TRUE ? UNKNOWN : FALSE,
    ),
  );
}

/** Whether an account owns the resource, where each says it by itself: what names no account belongs to the principal's. */
function resourceOf(account: string, principalAccount: string): Test {
  const own = principalAccount === account;
  return textTest(RESOURCE, `of ${account} ${own}`, (place) => {
    const named = place.matching(ofAccount(literally(account)));
    const unnamed = place.minus(place.all, place.matching(ofSomeAccount));
    return { yes: own ? place.either(named, unnamed) : named, open: place.nothing };
  });
}

function isAccount(account: string, of: AccountOf): Truth {
  return of === "none" ? UNKNOWN : of === account ? TRUE : FALSE;
}

/** @param plainly an unknown account is another one */
function inAccount(account: string, { type, principalAccount }: Setting, plainly = false): Test {
  if (type !== "user" && type !== "role" && type !== "root" && type !== "assumedRoot") return constant(FALSE);
  if (principalAccount !== "several") {
    const truth = isAccount(account, principalAccount);
    return constant(plainly && truth === UNKNOWN ? FALSE : truth);
  }
  return arnTest(`of ${account} ${plainly}`, (place) => ({
    yes: place.matching(ofAccount(literally(account))),
    open: plainly ? place.nothing : place.minus(place.all, place.matching(ofSomeAccount)),
  }));
}
