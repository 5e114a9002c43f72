import { remembered } from "../remembered";
import { ABSENT, NOT_KNOWN, PreparedRequest } from "./request";
import { FALSE, TRUE, Truth, truth, UNKNOWN } from "./truth";

/** Texts of policies with wildcards and variables. */

/** Stand for the wildcards in a pattern, so that `${*}` can be a plain asterisk. Private use characters, which AWS allows in no policy. */
export const ANY = "\uE000";
export const ONE = "\uE001";

/**
 * What stands between the wildcards is looked for from left to right, each piece at its first place: no pattern makes it go back further
 * than to the last wildcard.
 */
export function glob(text: string, pattern: string): boolean {
  const first = pattern.indexOf(ANY);
  if (first < 0) return text.length === pattern.length && pieceAt(text, pattern, 0);
  const last = pattern.lastIndexOf(ANY);
  const end = text.length - (pattern.length - last - 1);
  if (first > end || !pieceAt(text, pattern.slice(0, first), 0) || !pieceAt(text, pattern.slice(last + 1), end))
    return false;
  let at = first;
  for (let from = first + 1; from <= last;) {
    const to = pattern.indexOf(ANY, from);
    if (to > from) {
      const piece = pattern.slice(from, to);
      const found = findPiece(text, piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    from = to + 1;
  }
  return true;
}

/** A piece has no wildcard but those for one character. */
function pieceAt(text: string, piece: string, at: number): boolean {
  if (!piece.includes(ONE)) return text.startsWith(piece, at);
  if (at + piece.length > text.length) return false;
  for (let i = 0; i < piece.length; i++) if (piece[i] !== ONE && piece[i] !== text[at + i]) return false;
  return true;
}

function findPiece(text: string, piece: string, from: number): number {
  if (!piece.includes(ONE)) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at++) if (pieceAt(text, piece, at)) return at;
  return -1;
}

/** The pattern of a plain policy text: `*` and `?` become wildcards. */
export function wildcards(text: string): string {
  return text.replaceAll("*", ANY).replaceAll("?", ONE);
}

export type Part = { readonly text: string } | { readonly key: string; readonly fallback: string | undefined };

/** A policy text, taken apart once. */
export interface Template {
  readonly withWildcards: boolean;
  readonly parts: readonly Part[];
  /** The whole pattern where there is no variable in it. */
  readonly fixed: string | undefined;
  /** The same, taken apart. */
  readonly arn: ArnPattern | undefined;
}

/**
 * @param withWildcards whether `*` and `?` are wildcards here (`StringLike`, ARNs, resources) or plain characters (`StringEquals`)
 * @param withVariables false in policies of version 2008-10-17, where `${…}` is plain text
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function template(source: string, withWildcards: boolean, withVariables: boolean): Template {
  const plain = (text: string): string => (withWildcards ? wildcards(text) : text);
  if (!withVariables || !source.includes("${")) {
    const fixed = plain(source);
    return { withWildcards, parts: [{ text: fixed }], fixed, arn: arnPattern(fixed) };
  }
  const parts: Part[] = [];
  let end = 0;
  for (const match of source.matchAll(/\$\{([^}]*)\}/g)) {
    parts.push({ text: plain(source.slice(end, match.index)) });
    end = match.index + match[0].length;
    const inner = match[1] ?? "";
    if (inner === "*" || inner === "?" || inner === "$") parts.push({ text: inner });
    else {
      const [, key = inner, fallback] = /^\s*([^,]*?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inner) ?? [];
      parts.push({ key: key.toLowerCase(), fallback });
    }
  }
  parts.push({ text: plain(source.slice(end)) });
  const fixed = parts.every((part) => "text" in part)
    ? parts.map((part) => ("text" in part ? part.text : "")).join("")
    : undefined;
  return { withWildcards, parts, fixed, arn: fixed === undefined ? undefined : arnPattern(fixed) };
}

/** The variable has no value in this request: the text matches nothing. */
export const UNRESOLVED: unique symbol = Symbol("unresolved");

/**
 * The pattern for a request. A variable without a value and without a default makes the text match nothing. A key with several
 * values cannot be a variable, and a value with a wildcard in it has no documented meaning: both are not known.
 */
export function resolve(text: Template, request: PreparedRequest): string | typeof UNRESOLVED | typeof NOT_KNOWN {
  if (text.fixed !== undefined) return text.fixed;
  let result = "";
  let unknown = false;
  for (const part of text.parts) {
    if ("text" in part) {
      result += part.text;
      continue;
    }
    const values = request.values(part.key);
    if (values === NOT_KNOWN) unknown = true;
    else if (values === ABSENT) {
      if (part.fallback === undefined) return UNRESOLVED;
      result += part.fallback;
    } else if (request.isMultivalued(part.key) || (text.withWildcards && /[*?]/.test(values[0]!))) unknown = true;
    else result += values[0]!;
  }
  return unknown ? NOT_KNOWN : result;
}

/** The six components of an ARN; the last one keeps its colons. ARNs come again and again. */
export const components = remembered(8_192, (text): readonly string[] => {
  const parts = text.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
});

interface Component {
  readonly pattern: string;
  /** Fits everything. */
  readonly any: boolean;
  /** Has no wildcard. */
  readonly plain: boolean;
}

/** A pattern of an ARN, taken apart once. */
export interface ArnPattern {
  readonly whole: string;
  readonly components: readonly Component[];
}

export function arnPattern(pattern: string): ArnPattern {
  const parts = components(pattern).map((text): Component => ({
    pattern: text,
    any: text === ANY,
    plain: !text.includes(ANY) && !text.includes(ONE),
  }));
  return { whole: pattern, components: parts };
}

/**
 * `ArnEquals` and `ArnLike`, which are the same: each of the six components is compared by itself. A value that is no ARN matches
 * none; what AWS makes of a pattern that is no ARN is not documented.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function arnMatches(value: string, { whole, components: wanted }: ArnPattern): Truth {
  if (wanted.length < 6) return glob(value, whole) && components(value).length === 6 ? UNKNOWN : FALSE;
  let from = 0;
  for (let i = 0; i < 5; i++) {
    const to = value.indexOf(":", from);
    if (to < 0 || !fits(value, from, to, wanted[i]!)) return FALSE;
    from = to + 1;
  }
  return truth(fits(value, from, value.length, wanted[5]!));
}

function fits(value: string, from: number, to: number, { pattern, any, plain }: Component): boolean {
  if (any) return true;
  if (plain) return to - from === pattern.length && value.startsWith(pattern, from);
  return glob(value.slice(from, to), pattern);
}

/**
 * The `Resource` element. AWS documents wildcards within a component of an ARN and is silent on whether one crosses a colon before the
 * sixth: where that would decide, the answer is not known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 *
 * @param completed whether AWS completes a short ARN with wildcards (`arn:aws:sqs` is `arn:aws:sqs:*:*:*`); it says so of identity-based policies
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html#arns-paths-wildcards
 */
export function resourceMatches(resource: string, arn: ArnPattern, completed: boolean): Truth {
  const pattern = arn.whole;
  if (pattern === ANY || pattern === resource) return TRUE;
  if (arn.components.length === 6 && arnMatches(resource, arn) === FALSE)
    return glob(resource, pattern) ? UNKNOWN : FALSE;
  const wanted = arn.components.map((component) => component.pattern);
  const found = components(resource);
  if (wanted.length < 6 && found.length === 6 && wanted[0] === "arn") {
    if (!wanted.every((component, i) => glob(found[i]!, component))) return glob(resource, pattern) ? UNKNOWN : FALSE;
    // A wildcard at the end can mean nothing else.
    return completed || pattern.endsWith(ANY) ? TRUE : UNKNOWN;
  }
  if (!glob(resource, pattern)) return FALSE;
  if (wanted.length !== found.length || !wanted.every((component, i) => glob(found[i]!, component))) return UNKNOWN;
  return wanted.length === 6 && wildcardInType(found, wanted) ? UNKNOWN : TRUE;
}

/**
 * AWS allows no wildcard in the type of a resource, "such as the term user in an IAM ARN", and does not say what one does there. Buckets have no type.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html#arns-paths-wildcards
 */
function wildcardInType(found: readonly string[], wanted: readonly string[]): boolean {
  const pattern = wanted[5]!;
  if (pattern === ANY || found[2] === "s3" || !/[/:]/.test(found[5]!)) return false;
  const [type = ""] = pattern.split(/[/:]/, 1);
  return type.includes(ANY) || type.includes(ONE);
}
