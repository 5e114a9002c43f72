import { ABSENT, NOT_KNOWN, PreparedRequest } from "../evaluate/request";
import { template, Template } from "../evaluate/patterns";
import { FALSE, TRUE, Truth, UNKNOWN } from "../evaluate/truth";
import { Box, Context, Look, PRINCIPAL, Setting, Test, withPart } from "./box";
import { byTruth, compareAll, hasWildcards, isNegated, PolicyValue } from "./comparisons";
import { keyValues, KeyValues, onlyOf, Parts, parts, partsOf } from "./key-values";
import type { Language } from "./language";
import { allBut, ANY_TEXT, literally, NO_WILDCARD, Token } from "./pattern";
import { ALWAYS, Mask, maskNot, maskOf, NEVER, OPEN } from "./masks";
import { ofAccount, ofSomeAccount, patternOf, Place, within } from "./policy-texts";
import { isEmpty, listed, Listed, sample, subtract, texts, Values } from "./values";

export function constant(truth: Truth): Test {
  const look: Look = { mask: maskOf(truth) };
  return { look: () => look };
}

export function negation(of: Test): Test {
  return {
    look: (box, context) => {
      const found = of.look(box, context);
      return { ...found, mask: maskNot(found.mask) };
    },
  };
}

/**
 * A test of one dimension that is a text: the texts for which it is true, and those for which it is not known.
 *
 * @param truthOf the same for one text, if it can be said without an automaton
 */
export function textTest(
  dimension: string,
  name: string,
  truths: (place: Place, context: Context) => { readonly yes: Language; readonly open: Language },
  truthOf?: (text: string) => Truth,
): Test {
  let known: { readonly space: object; readonly number: number } | undefined;
  return {
    look: (box, context) => {
      const { space } = context;
      if (known?.space !== space) known = { space, number: space.numberOf(`${dimension} ${name}`) };
      const of = box.get(dimension)!;
      const found = space.partsOf(known.number, of, context.steps, () => {
        if (truthOf && of.present?.kind === "listed")
          return partsOf(of, UNKNOWN, undefined, (values) => byTruth((values as Listed).texts, truthOf), context);
        const { yes, open } = truths(directPlace(context), context);
        const { languages } = context;
        return partsOf(
          of,
          UNKNOWN,
          undefined,
          (values) => {
            if (values.kind === "listed")
              return byTruth(values.texts, (text) =>
                languages.has(yes, text) ? TRUE : languages.has(open, text) ? UNKNOWN : FALSE,
              );
            if (values.kind !== "texts") return undefined;
            const part = (language: Language): Values => texts(languages.both(values.language, language));
            return { yes: part(yes), open: part(open), no: part(languages.not(languages.either(yes, open))) };
          },
          context,
        );
      });
      return lookAt(box, dimension, found!);
    },
  };
}

export function lookAt(box: Box, dimension: string, { mask, yes, open, no }: Parts): Look {
  return (mask & (mask - 1)) === 0
    ? { mask }
    : { mask, split: () => [no, open, yes].flatMap((part) => (part ? [withPart(box, dimension, part)] : [])) };
}

export function directPlace({ languages }: Context): Place {
  return {
    matching: (tokens) => languages.matching(tokens),
    all: languages.everything,
    both: (...of) => languages.both(...of),
    either: (...of) => languages.either(...of),
    minus: (a, b) => languages.minus(a, b),
    nothing: languages.nothing,
  };
}

/** A place within the ARN of the principal. */
function liftedPlace(context: Context, lift: (tokens: readonly Token[]) => readonly (readonly Token[])[]): Place {
  const { languages } = context;
  const matching = (tokens: readonly Token[]): Language =>
    languages.either(...lift(tokens).map((row) => languages.matching(row)));
  return { ...directPlace(context), matching, all: matching([ANY_TEXT]) };
}

/** Where the value of a key is found in a box. */
export type KeyPlace =
  /** The same for all requests of the setting. */
  | { readonly kind: "fixed"; readonly values: KeyValues }
  /** A part of the principal's ARN. */
  | { readonly kind: "lifted"; readonly place: (context: Context) => Place; readonly name: string }
  | { readonly kind: "own"; readonly dimension: string };

/** Keys that are the same thing. */
const SAME: Readonly<Record<string, string>> = { "aws:epochtime": "aws:currenttime" };

/** Keys that follow from the principal, as `PreparedRequest` has it; all others are dimensions of their own. */
export function placeOf(key: string, { type, principalAccount }: Setting): KeyPlace {
  const known = type === "user" || type === "role" || type === "root" || type === "assumedRoot";
  if (known && key === "aws:principalarn") return { kind: "lifted", place: directPlace, name: "arn" };
  if (key === "aws:principalservicename" && type === "service")
    return { kind: "lifted", place: directPlace, name: "arn" };
  if (known && key === "aws:principalaccount") {
    if (principalAccount === "several") return { kind: "lifted", place: accountPlace, name: "account" };
    // An ARN without an account says nothing of it.
    if (principalAccount === "none") return { kind: "own", dimension: key };
    return { kind: "fixed", values: keyValues(false, listed([principalAccount])) };
  }
  if (type === "user" && key === "aws:username") return { kind: "lifted", place: namePlace, name: "name" };
  const values = new PreparedRequest({ principal: { type, arn: "arn" }, action: "a:b", resource: "*" }).values(key);
  if (values === NOT_KNOWN) return { kind: "own", dimension: SAME[key] ?? key };
  return { kind: "fixed", values: values === ABSENT ? keyValues(true) : keyValues(false, listed(values)) };
}

function accountPlace(context: Context): Place {
  const place = liftedPlace(context, (tokens) => {
    const inside = within(tokens, ":");
    return inside ? [ofAccount(inside)] : [];
  });
  const some = context.languages.matching(ofSomeAccount);
  return { ...place, matching: (tokens) => context.languages.both(place.matching(tokens), some), all: some };
}

function namePlace(context: Context): Place {
  return liftedPlace(context, (tokens) => {
    const inside = within(tokens, "/");
    return inside ? [inside, [ANY_TEXT, ...literally("/"), ...inside]] : [];
  });
}

/** Texts without a slash. */
export const NAME = allBut("/");

const TRUTHS: Readonly<Record<Truth, Mask>> = { [FALSE]: NEVER, [UNKNOWN]: OPEN, [TRUE]: ALWAYS };

type SetOperator = "ForAllValues" | "ForAnyValue" | undefined;

/** One operator with one key. */
export function conditionTest(
  written: string,
  key: string,
  values: readonly string[],
  withVariables: boolean,
  operators: ReadonlySet<string>,
): Test {
  const lower = key.toLowerCase();
  const [, set, base = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(written) ?? [];
  if (base === "Null" && !set && !ifExists) return nullTest(lower, values);
  if (base === "Null" || !operators.has(base)) return constant(UNKNOWN);
  const absent: Truth = ifExists || set === "ForAllValues" ? TRUE : set === undefined && isNegated(base) ? TRUE : FALSE;
  const textual = /^(String|Arn)/.test(base);
  const templates = values.map((value) => template(value, hasWildcards(base), withVariables && textual));
  const name = JSON.stringify([written, lower, values, withVariables]);
  return new ConditionTest(name, lower, base, set as SetOperator, absent, templates, values);
}

/** Values of a variable that are tried one by one at most. */
const FEW = 16;

class ConditionTest implements Test {
  private readonly variables: readonly string[];

  constructor(
    private readonly name: string,
    private readonly key: string,
    private readonly base: string,
    private readonly set: SetOperator,
    private readonly absent: Truth,
    private readonly templates: readonly Template[],
    private readonly written: readonly string[],
  ) {
    this.variables = variablesOf(templates);
  }

  look(box: Box, context: Context): Look {
    const place = placeOf(this.key, context.setting);
    const dimension = place.kind === "lifted" ? PRINCIPAL : place.kind === "own" ? place.dimension : undefined;
    const of = place.kind === "fixed" ? place.values : box.get(dimension!);
    if (!of) throw new Error(`the key ${this.key} has no dimension`);
    // Where the key is absent, values do not matter.
    const variables =
      of.present === undefined ? NO_VARIABLES : variableValues(this.variables, box, context, hasWildcards(this.base));
    if ("split" in variables) return { mask: NEVER | OPEN | ALWAYS, split: variables.split };
    const { values: known } = variables;
    const resolved = (): readonly PolicyValue[] =>
      this.templates.map((one, i) => valueOf(one, this.written[i]!, known));
    const test = context.space.numberOf(`${this.name} ${place.kind === "lifted" ? place.name : ""} ${variables.key}`);
    const compare = (values: Values): ReturnType<typeof compareAll> =>
      compareAll(
        { base: this.base, values: resolved() },
        values,
        place.kind === "lifted" ? place.place(context) : directPlace(context),
        context,
      );
    const found = context.space.partsOf(test, of, context.steps, () =>
      partsOf(
        of,
        this.absent,
        this.set,
        (values) => {
          const compared = compare(values);
          return compared?.tied && !isEmpty(compared.tied, context) ? undefined : compared;
        },
        context,
      ),
    );
    if (found) return dimension === undefined ? { mask: found.mask } : lookAt(box, dimension, found);
    return this.unsettled(of, dimension, box, context, compare, variables.open);
  }

  /** What of a key can be told apart is; the rest is tried with single values of the variables, and left open. */
  private unsettled(
    of: KeyValues,
    dimension: string | undefined,
    box: Box,
    context: Context,
    compare: (values: Values) => ReturnType<typeof compareAll>,
    open: readonly string[],
  ): Look {
    const mask = NEVER | OPEN | ALWAYS;
    const text = `${this.base} ${this.key}`;
    if (open.length === 0)
      return {
        mask,
        reason: { code: "unsupported", text: `${text} compares another kind of values than the key has` },
      };
    const reason: Look["reason"] = {
      code: "tied-keys",
      text: `${text} compares with ${open.map((key) => `\${${key}}`).join(", ")}, which is open`,
    };
    if (dimension !== undefined && !of.some && of.present) {
      const compared = compare(of.present);
      if (compared?.tied) {
        const { tied: rest } = compared;
        const apart = subtract(of.present, rest, context);
        if (of.absent || !isEmpty(apart, context)) {
          return {
            mask,
            split: () => [
              ...(isEmpty(rest, context) ? [] : [withPart(box, dimension, keyValues(false, rest))]),
              ...(isEmpty(apart, context) ? [] : [withPart(box, dimension, keyValues(false, apart))]),
              ...(of.absent ? [withPart(box, dimension, keyValues(true))] : []),
            ],
          };
        }
      }
    }
    return { mask, reason, narrow: () => withSingleValues(open, box, context) };
  }
}

/** Boxes within a box, in each of which the variables have one value. */
export function withSingleValues(variables: readonly string[], box: Box, context: Context): readonly Box[] {
  const dimensions = new Set(
    variables.flatMap((key) => {
      const place = placeOf(key, context.setting);
      return place.kind === "lifted" ? [PRINCIPAL] : place.kind === "own" ? [place.dimension] : [];
    }),
  );
  let boxes: readonly Box[] = [box];
  for (const dimension of dimensions)
    boxes = boxes.flatMap((one) => {
      const { present } = one.get(dimension)!;
      return (present ? singles(present, context) : []).map((value) =>
        withPart(one, dimension, keyValues(false, value)),
      );
    });
  return boxes.slice(0, FEW);
}

/** Two single values of a set. */
function singles(values: Values, context: Context): readonly Values[] {
  if (values.kind === "listed") return values.texts.slice(0, 2).map((text) => listed([text]));
  if (values.kind !== "texts") return [];
  const found: Values[] = [];
  let rest: Values = values;
  while (found.length < 2) {
    const text = sample(rest, context);
    if (text === undefined) break;
    const one = texts(context.languages.text(text));
    found.push(one);
    rest = subtract(rest, one, context);
  }
  return found;
}

/** Keys that stand as variables in these texts. */
export function variablesOf(templates: readonly Template[]): readonly string[] {
  return [
    ...new Set(templates.flatMap((one) => one.parts.flatMap((part) => ("key" in part ? [part.key] : [])))),
  ].sort();
}

/** Values of variables: `null` for an absent key; several values; one that is open and has a wildcard in it; not in it: open, without a wildcard. */
type VariableValues = ReadonlyMap<string, string | null | { readonly several: true } | { readonly wild: true }>;

export interface Variables {
  readonly values: VariableValues;
  /** The same for the same values. */
  readonly key: string;
  /** Variables that are open. */
  readonly open: readonly string[];
}

const NO_VARIABLES: Variables = { values: new Map(), key: "", open: [] };

/** @param inPatterns whether they stand in texts with wildcards */
export function variableValues(
  variables: readonly string[],
  box: Box,
  context: Context,
  inPatterns: boolean,
): Variables | { readonly split: () => readonly Box[] } {
  if (variables.length === 0) return NO_VARIABLES;
  const values = new Map<string, string | null | { readonly several: true } | { readonly wild: true }>();
  const open: string[] = [];
  for (const key of variables) {
    const place = placeOf(key, context.setting);
    if (place.kind === "lifted") {
      const one = liftedOnly(box.get(PRINCIPAL)!, place, context);
      if (one === undefined) open.push(key);
      else values.set(key, one);
      continue;
    }
    const of = place.kind === "fixed" ? place.values : box.get(place.dimension)!;
    if (of.present === undefined) {
      values.set(key, null);
      continue;
    }
    const dimension = place.kind === "own" ? place.dimension : undefined;
    if (of.absent && dimension !== undefined)
      return {
        split: () => [
          withPart(box, dimension, keyValues(true)),
          withPart(box, dimension, keyValues(false, of.present, of.some)),
        ],
      };
    if (of.some) {
      values.set(key, { several: true });
      continue;
    }
    const { present } = of;
    if (present.kind === "listed" && present.texts.length > 1 && present.texts.length <= FEW && dimension !== undefined)
      return {
        split: () => present.texts.map((text) => withPart(box, dimension, keyValues(false, listed([text])))),
      };
    const one = onlyOf(of, context);
    if (one !== undefined) {
      values.set(key, one);
      continue;
    }
    open.push(key);
    if (dimension === undefined) continue;
    const { plain, wild } = inPatterns ? byWildcards(present, context) : NO_PARTS;
    if (wild === undefined) continue;
    if (plain === undefined) values.set(key, { wild: true });
    else return { split: () => [wild, plain].map((part) => withPart(box, dimension, keyValues(false, part))) };
  }
  return { values, key: JSON.stringify([...values]), open };
}

const NO_PARTS: { readonly plain?: Values; readonly wild?: Values } = {};

/** What a wildcard in the value of a variable means is not documented: values that have one are told apart. */
function byWildcards(of: Values, context: Context): { readonly plain?: Values; readonly wild?: Values } {
  if (of.kind !== "texts") return NO_PARTS;
  const plain = texts(context.languages.both(of.language, context.languages.matching(NO_WILDCARD)));
  if (plain.key === of.key) return { plain };
  const wild = subtract(of, plain, context);
  return { ...(isEmpty(plain, context) ? {} : { plain }), ...(isEmpty(wild, context) ? {} : { wild }) };
}

/** The part of the principal's ARN that all have in common. */
function liftedOnly(of: KeyValues, place: Extract<KeyPlace, { kind: "lifted" }>, context: Context): string | undefined {
  if (of.present?.kind !== "texts") return undefined;
  const arn = context.languages.shortest(of.present.language, context.steps);
  if (arn === undefined) return undefined;
  const part =
    place.name === "arn"
      ? arn
      : place.name === "name"
        ? arn.slice(arn.lastIndexOf("/") + 1)
        : /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
  if (part === undefined) return undefined;
  const same = place.place(context).matching(literally(part));
  return context.languages.isEmpty(context.languages.minus(of.present.language, same), context.steps)
    ? part
    : undefined;
}

/** A text of a policy with what is known of its variables. */
export function valueOf(text: Template, _written: string, known: VariableValues): PolicyValue {
  let unresolved = false;
  let open = false;
  let perhaps = false;
  const pattern = patternOf(text, ({ key, fallback }) => {
    const value = known.get(key);
    if (value === undefined) {
      perhaps = true;
      return "\uE000";
    }
    if (value === null) {
      if (fallback === undefined) unresolved = true;
      return fallback ?? "";
    }
    if (typeof value === "object" && "wild" in value && !text.withWildcards) {
      perhaps = true;
      return "\uE000";
    }
    if (typeof value === "object" || (text.withWildcards && /[*?]/.test(value))) {
      open = true;
      return "";
    }
    return value;
  });
  if (unresolved) return "unresolved";
  if (open) return "open";
  return perhaps ? { perhaps: pattern } : { pattern };
}

function nullTest(key: string, values: readonly string[]): Test {
  const truthWhen = (absent: boolean): Truth => {
    const found = values.map((value): Truth =>
      /^(true|false)$/i.test(value) ? ((value.toLowerCase() === "true") === absent ? TRUE : FALSE) : UNKNOWN,
    );
    return found.reduce<Truth>((a, b) => (a > b ? a : b), FALSE);
  };
  return {
    look: (box, context) => {
      const place = placeOf(key, context.setting);
      if (place.kind === "lifted") return { mask: TRUTHS[truthWhen(false)] };
      const of = place.kind === "fixed" ? place.values : box.get(place.dimension)!;
      const byTruth = (truth: Truth): KeyValues | undefined => {
        const absent = of.absent && truthWhen(true) === truth;
        const present = of.present && truthWhen(false) === truth;
        if (!absent && !present) return undefined;
        return present ? keyValues(absent, of.present, of.some) : keyValues(true);
      };
      const found = parts(byTruth(TRUE), byTruth(UNKNOWN), byTruth(FALSE));
      return place.kind === "fixed" ? { mask: found.mask } : lookAt(box, place.dimension, found);
    },
  };
}
