import { ANY, arnPattern, ONE, Part, Template } from "../evaluate/patterns";
import { Language } from "./language";
import { ACCOUNT_ID, allBut, ANY_ONE, ANY_TEXT, literally, Token } from "./pattern";

/** What texts of policies mean, as sets of texts. The evaluator (`evaluate/patterns.ts`) says it for one text; this must say the same. */

const COLON = literally(":");
const SEGMENT = allBut(":");

/** Takes rows of tokens for the text that a test looks at; they may be put into a longer text (`lifted`). */
export interface Place {
  readonly matching: (tokens: readonly Token[]) => Language;
  /** All texts that there can be. */
  readonly all: Language;
  readonly both: (...of: readonly Language[]) => Language;
  readonly either: (...of: readonly Language[]) => Language;
  readonly minus: (a: Language, b: Language) => Language;
  readonly nothing: Language;
}

/** Texts for which a test is true, and those for which it is not known; for all others it is false. */
export interface Truths {
  readonly yes: Language;
  readonly open: Language;
}

/** A piece of a pattern: its own wildcards may stop at a colon. */
export function globTokens(pattern: string, stopsAtColon = false): readonly Token[] {
  return pattern
    .split("")
    .map((char) =>
      char === ANY
        ? stopsAtColon
          ? SEGMENT
          : ANY_TEXT
        : char === ONE
          ? stopsAtColon
            ? { ...SEGMENT, star: false }
            : ANY_ONE
          : { chars: char, negated: false, star: false },
    );
}

const LAST = 5;

/** Six parts of an ARN, as far as they are given; parts that are missing are left open. */
function arnTokens(components: readonly string[]): readonly Token[] {
  return Array.from({ length: LAST + 1 }, (_, i) => {
    const component = components[i];
    const tokens = component === undefined ? [i < LAST ? SEGMENT : ANY_TEXT] : globTokens(component, i < LAST);
    return i === 0 ? tokens : [...COLON, ...tokens];
  }).flat();
}

/** Texts of exactly so many parts, fewer than six. */
function partsTokens(components: readonly string[]): readonly Token[] {
  return components.flatMap((component, i) => [...(i === 0 ? [] : COLON), ...globTokens(component, true)]);
}

/** `arnMatches`. */
export function arnTruths(pattern: string, place: Place): Truths {
  const components = arnPattern(pattern).components.map((component) => component.pattern);
  return components.length === 6
    ? { yes: place.matching(arnTokens(components)), open: place.nothing }
    : {
        yes: place.nothing,
        open: place.both(place.matching(globTokens(pattern)), place.matching(arnTokens([]))),
      };
}

/** `resourceMatches`. */
export function resourceTruths(pattern: string, completed: boolean, place: Place): Truths {
  if (pattern === ANY) return { yes: place.all, open: place.nothing };
  const components = arnPattern(pattern).components.map((component) => component.pattern);
  const anywhere = place.matching(globTokens(pattern));
  let yes: Language;
  if (components.length === 6) {
    yes = place.matching(arnTokens(components));
    const [type = ""] = components[LAST]!.split(/[/:]/, 1);
    if (components[LAST] !== ANY && (type.includes(ANY) || type.includes(ONE)))
      yes = place.minus(yes, typedOutsideS3(place));
  } else {
    yes = place.matching(partsTokens(components));
    if (components[0] === "arn" && (completed || pattern.endsWith(ANY)))
      yes = place.either(yes, place.matching(arnTokens(components)));
  }
  const completable = components.length < 6 && components[0] === "arn";
  return {
    yes,
    open: place.minus(completable ? place.either(anywhere, place.matching(arnTokens(components))) : anywhere, yes),
  };
}

/** ARNs whose resource has a type; buckets have none. */
function typedOutsideS3(place: Place): Language {
  const arn = (service: readonly Token[], resource: readonly Token[]): readonly Token[] => [
    ...[SEGMENT, ...COLON, SEGMENT, ...COLON],
    ...service,
    ...[...COLON, SEGMENT, ...COLON, SEGMENT, ...COLON],
    ...resource,
  ];
  const typed = place.matching(arn([SEGMENT], [ANY_TEXT, { chars: ":/", negated: false, star: false }, ANY_TEXT]));
  return place.minus(typed, place.matching(arn(literally("s3"), [ANY_TEXT])));
}

/** In any case, as `toLowerCase` has it. `undefined` where a letter of the text has unusual cases. */
export function ignoringCase(text: string): readonly Token[] | undefined {
  if (/[^\u0000-\u007f]/.test(text)) return undefined;
  return text.split("").map((char) => {
    const lower = char.toLowerCase();
    const upper = char.toUpperCase();
    // The sign for kelvin is a k, too.
    return {
      chars: lower === upper ? char : `${lower}${upper}${lower === "k" ? "\u212a" : ""}`,
      negated: false,
      star: false,
    };
  });
}

/** ARNs of an account. */
export function ofAccount(account: readonly Token[]): readonly Token[] {
  return [
    ...literally("arn:"),
    SEGMENT,
    ...COLON,
    SEGMENT,
    ...COLON,
    SEGMENT,
    ...COLON,
    ...account,
    ...COLON,
    ANY_TEXT,
  ];
}

export const ofSomeAccount = ofAccount(ACCOUNT_ID);

/** The tokens within a stretch that these characters end. `undefined`: they are in the text. */
export function within(tokens: readonly Token[], ends: string): readonly Token[] | undefined {
  const kept: Token[] = [];
  for (const token of tokens) {
    if (token.negated) kept.push({ ...token, chars: [...new Set(token.chars + ends)].sort().join("") });
    else {
      const chars = token.chars
        .split("")
        .filter((char) => !ends.includes(char))
        .join("");
      if (chars === "" && !token.star) return undefined;
      if (chars !== "") kept.push({ ...token, chars });
    }
  }
  return kept;
}

/** The pattern of a template whose variables have these values, or are open. */
export function patternOf(template: Template, valueOf: (part: Extract<Part, { key: string }>) => string): string {
  return template.fixed ?? template.parts.map((part) => ("text" in part ? part.text : valueOf(part))).join("");
}
