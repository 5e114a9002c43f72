import { instant, number } from "../evaluate/conditions";
import { arnPattern, arnMatches, glob } from "../evaluate/patterns";
import type { Truth } from "../evaluate/truth";
import { FALSE, TRUE, UNKNOWN } from "../evaluate/truth";
import { networkOf } from "./addresses";
import { after, before, Cut, Cuts, union } from "./cuts";
import type { Language } from "./language";
import type { Token } from "./pattern";
import { arnTruths, globTokens, ignoringCase, Place, Truths } from "./policy-texts";
import {
  addresses,
  everyAddress,
  everyMoment,
  everyNumber,
  intersect,
  listed,
  numbers,
  subtract,
  texts,
  Values,
  Work,
} from "./values";

/** What an operator says to sets of values, without prefix and suffix. The evaluator says it for one value. */

/** A value of a policy as a pattern: wildcards as in `evaluate/patterns.ts`, variables put in. `unresolved`: a variable has no value. */
export type PolicyValue =
  | { readonly pattern: string }
  /** It matches nothing; negated that is not documented. */
  | "unresolved"
  /** A variable with a value that has no documented meaning. */
  | "open"
  /** Matches any text that this pattern matches, or not: a variable is open. */
  | { readonly perhaps: string };

export interface Comparison {
  /** `StringLike`, without `ForAnyValue:` and `IfExists`. */
  readonly base: string;
  readonly values: readonly PolicyValue[];
}

const TEXTUAL = /^(String(Not)?(Equals|EqualsIgnoreCase|Like)|Arn(Not)?(Equals|Like)|Bool|BinaryEquals)$/;

export const isNegated = (base: string): boolean => base.includes("Not");

/** Whether `*` and `?` are wildcards in its values. */
export const hasWildcards = (base: string): boolean => /Like$|^Arn/.test(base);

export interface Compared {
  readonly yes: Values;
  readonly open: Values;
  readonly no: Values;
  /** Of these it is not known which of yes and no they are. Absent: there are none. */
  readonly tied?: Values;
}

/** `undefined`: the operator compares another kind of values, or letters with unusual cases. */
export function compareAll({ base, values }: Comparison, of: Values, place: Place, work: Work): Compared | undefined {
  if (of.kind === "texts") return compareTexts(base, values, of, place, work);
  if (of.kind === "listed") {
    if (values.some((value) => typeof value === "object" && "perhaps" in value)) return undefined;
    return byTruth(of.texts, (text) => one(base, values, text));
  }
  const patterns = values.map((value) => (typeof value === "object" && "pattern" in value ? value.pattern : undefined));
  const matched = ranges(base, patterns, of.kind);
  if (!matched) return undefined;
  const yes = intersect(matched.yes, of, work);
  const rest = subtract(of, matched.yes, work);
  const nothing = subtract(of, of, work);
  // A value that is none of its kind is compared with nothing.
  const [open, no] = matched.open ? [rest, nothing] : [nothing, rest];
  return isNegated(base) ? { yes: no, open, no: yes } : { yes, open, no };
}

/** Of a handful of texts each by itself. */
export function byTruth(all: readonly string[], truthOf: (text: string) => Truth): Compared {
  const found: Record<Truth, string[]> = { [FALSE]: [], [UNKNOWN]: [], [TRUE]: [] };
  for (const text of all) found[truthOf(text)].push(text);
  return { yes: listed(found[TRUE]), open: listed(found[UNKNOWN]), no: listed(found[FALSE]) };
}

/** The evaluator's comparison of one value with those of a policy. */
function one(base: string, values: readonly PolicyValue[], text: string): Truth {
  const negated = isNegated(base);
  let matched: Truth = FALSE;
  for (const value of values) {
    const truth: Truth =
      value === "open"
        ? UNKNOWN
        : value === "unresolved"
          ? negated
            ? UNKNOWN
            : FALSE
          : "pattern" in value
            ? matches(base, value.pattern, text)
            : UNKNOWN;
    if (truth > matched) matched = truth;
  }
  return negated ? ((2 - matched) as Truth) : matched;
}

function matches(base: string, pattern: string, text: string): Truth {
  const truth = (value: boolean): Truth => (value ? TRUE : FALSE);
  switch (base.replace("Not", "")) {
    case "StringEquals":
    case "BinaryEquals":
      return truth(text === pattern);
    case "StringEqualsIgnoreCase":
      return truth(text.toLowerCase() === pattern.toLowerCase());
    case "StringLike":
      return truth(glob(text, pattern));
    case "ArnEquals":
    case "ArnLike":
      return arnMatches(text, arnPattern(pattern));
    case "Bool":
      return isTruth(pattern) && isTruth(text) ? truth(text.toLowerCase() === pattern.toLowerCase()) : UNKNOWN;
    default: {
      const found = ranges(base, [pattern], /Ip/.test(base) ? "addresses" : /^Date/.test(base) ? "moments" : "numbers");
      return found === undefined ? UNKNOWN : inRange(base, found.yes, found.open, text);
    }
  }
}

const isTruth = (text: string): boolean => /^(true|false)$/i.test(text);

function inRange(base: string, yes: Values, open: boolean, text: string): Truth {
  if (yes.kind === "addresses") {
    const value = text.includes("/") ? undefined : networkOf(text);
    if (!value || open) return UNKNOWN;
    return contains(value.family === 4 ? yes.v4 : yes.v6, value.cuts[0]!.at) ? TRUE : FALSE;
  }
  const value = /^Date/.test(base) ? instant(text) : number(text);
  if (value === undefined || open || (yes.kind !== "numbers" && yes.kind !== "moments")) return UNKNOWN;
  return contains(yes.cuts, value) ? TRUE : FALSE;
}

function contains<N extends number | bigint>(cuts: Cuts<N>, value: N): boolean {
  return cuts.filter((cut) => (cut.after ? cut.at < value : cut.at <= value)).length % 2 === 1;
}

/** The values that one of the policy's values matches, and whether one of those is none of its kind. */
function ranges(
  base: string,
  values: readonly (string | undefined)[],
  kind: "numbers" | "moments" | "addresses",
): { readonly yes: Values; readonly open: boolean } | undefined {
  if (kind === "addresses") {
    if (!/^(Not)?IpAddress$/.test(base)) return undefined;
    const networks = values.map((value) => (value === undefined ? undefined : networkOf(value)));
    const of = (family: 4 | 6): Cuts<bigint> =>
      union(networks.flatMap((network) => (network?.family === family ? [network.cuts] : [])));
    return { yes: addresses(of(4), of(6)), open: networks.includes(undefined) };
  }
  const [, type, test] =
    /^(Numeric|Date)(?:Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)$/.exec(base) ?? [];
  if (test === undefined || (type === "Date") !== (kind === "moments")) return undefined;
  const read = kind === "moments" ? instant : number;
  const wanted = values.map((value) => (value === undefined ? undefined : read(value)));
  const cuts = union(wanted.flatMap((value) => (value === undefined ? [] : [range(test, value)])));
  return { yes: kind === "moments" ? { kind, key: "", cuts } : numbers(cuts), open: wanted.includes(undefined) };
}

function range(test: string, value: number): Cuts<number> {
  const first: Cut<number> = after(-Infinity);
  const last: Cut<number> = before(Infinity);
  switch (test) {
    case "Equals":
      return [before(value), after(value)];
    case "LessThan":
      return [first, before(value)];
    case "LessThanEquals":
      return [first, after(value)];
    case "GreaterThan":
      return [after(value), last];
    default:
      return [before(value), last];
  }
}

function compareTexts(
  base: string,
  values: readonly PolicyValue[],
  of: Extract<Values, { kind: "texts" }>,
  place: Place,
  { languages }: Work,
): Compared | undefined {
  if (!TEXTUAL.test(base)) return undefined;
  const negated = isNegated(base);
  const yes: Language[] = [];
  const open: Language[] = [];
  const tied: Language[] = [];
  for (const value of values) {
    if (value === "open") open.push(place.all);
    else if (value === "unresolved") {
      if (negated) open.push(place.all);
    } else {
      const found = truthsOf(base, "pattern" in value ? value.pattern : value.perhaps, place);
      if (!found) return undefined;
      if ("pattern" in value) {
        yes.push(found.yes);
        open.push(found.open);
      } else tied.push(found.yes, found.open);
    }
  }
  const within = (language: Language): Values => texts(languages.both(of.language, language));
  const matched = languages.either(...yes);
  const perhaps = languages.minus(languages.either(...tied), matched);
  const unknown = languages.minus(languages.either(...open), languages.either(matched, perhaps));
  const rest = languages.minus(place.all, languages.either(matched, perhaps, unknown));
  return {
    yes: within(negated ? rest : matched),
    open: within(unknown),
    no: within(negated ? matched : rest),
    ...(tied.length > 0 ? { tied: within(perhaps) } : {}),
  };
}

function truthsOf(base: string, pattern: string, place: Place): Truths | undefined {
  const exactly = (tokens: readonly Token[]): Truths => ({ yes: place.matching(tokens), open: place.nothing });
  switch (base.replace("Not", "")) {
    case "StringEquals":
    case "BinaryEquals":
      // A variable that is open is a wildcard here, too.
      return exactly(globTokens(pattern));
    case "StringEqualsIgnoreCase": {
      const tokens = ignoringCase(pattern);
      return tokens && exactly(tokens);
    }
    case "StringLike":
      return exactly(globTokens(pattern));
    case "Bool": {
      const cased = (text: string): Language => place.matching(ignoringCase(text)!);
      const both = place.either(cased("true"), cased("false"));
      return isTruth(pattern)
        ? { yes: cased(pattern), open: place.minus(place.all, both) }
        : { yes: place.nothing, open: place.all };
    }
    default:
      return arnTruths(pattern, place);
  }
}

/** A kind of values that an operator compares. */
export function kindOf(base: string): Values["kind"] | undefined {
  if (/^Numeric/.test(base)) return "numbers";
  if (/^Date/.test(base)) return "moments";
  if (/Ip/.test(base)) return "addresses";
  if (base === "Bool") return "listed";
  return base === "Null" ? undefined : "texts";
}

/** All values of a kind; of truth values the two as AWS sends them. */
export function everyValue(kind: Values["kind"], all: Language): Values {
  switch (kind) {
    case "texts":
      return texts(all);
    case "listed":
      return listed(["false", "true"]);
    case "numbers":
      return everyNumber();
    case "moments":
      return everyMoment();
    case "addresses":
      return everyAddress();
  }
}
