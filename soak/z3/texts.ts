/** Patterns of policies, read again for Z3: nothing of the decision procedure or of the evaluator is used here. */

type Token = { readonly text: string } | { readonly any: "text" | "segment"; readonly one: boolean };

/** `*` and `?`; within one of the first five parts of an ARN they stop at its colons. */
function tokens(pattern: string, arn: boolean): readonly Token[] {
  let colons = 0;
  return [...pattern].map((char): Token => {
    if (char === ":") colons++;
    if (char !== "*" && char !== "?") return { text: char };
    return { any: arn && colons < 5 ? "segment" : "text", one: char === "?" };
  });
}

/** A text of a dimension: one of a few, which are numbered, or any, which Z3 has as a string. */
export interface Dimension {
  readonly name: string;
  readonly few: readonly string[] | undefined;
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const SEGMENT = '(re.diff re.allchar (str.to_re ":"))';

function expression(all: readonly Token[]): string {
  const parts = all.map((token) => {
    if ("text" in token) return `(str.to_re ${quote(token.text)})`;
    const one = token.any === "segment" ? SEGMENT : "re.allchar";
    return token.one ? one : `(re.* ${one})`;
  });
  return parts.length === 0 ? '(str.to_re "")' : parts.length === 1 ? parts[0]! : `(re.++ ${parts.join(" ")})`;
}

function regExp(all: readonly Token[]): RegExp {
  const source = all.map((token) => {
    if ("text" in token) return token.text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return `${token.any === "segment" ? "[^:]" : "[^]"}${token.one ? "" : "*"}`;
  });
  return new RegExp(`^${source.join("")}$`);
}

export const or = (all: readonly string[]): string =>
  all.length === 0 ? "false" : all.length === 1 ? all[0]! : `(or ${all.join(" ")})`;
export const and = (all: readonly string[]): string =>
  all.length === 0 ? "true" : all.length === 1 ? all[0]! : `(and ${all.join(" ")})`;
export const not = (one: string): string => `(not ${one})`;

/** That a dimension's text matches a pattern. */
export function matches({ name, few }: Dimension, pattern: string, arn: boolean): string {
  const all = tokens(pattern, arn);
  if (few) {
    const form = regExp(all);
    return or(few.flatMap((text, i) => (form.test(text) ? [`(= ${name} ${i})`] : [])));
  }
  return all.every((token) => "text" in token)
    ? `(= ${name} ${quote(pattern)})`
    : `(str.in_re ${name} ${expression(all)})`;
}

export function is({ name, few }: Dimension, text: string, anyCase: boolean): string {
  const same = (one: string): boolean => (anyCase ? one.toLowerCase() === text.toLowerCase() : one === text);
  if (few) return or(few.flatMap((one, i) => (same(one) ? [`(= ${name} ${i})`] : [])));
  if (!anyCase) return `(= ${name} ${quote(text)})`;
  const letter = (char: string): string =>
    or2([...new Set([char.toLowerCase(), char.toUpperCase()])].map((one) => `(str.to_re ${quote(one)})`));
  return `(str.in_re ${name} (re.++ (str.to_re "") ${[...text].map(letter).join(" ")}))`;
}

const or2 = (all: readonly string[]): string => (all.length === 1 ? all[0]! : `(re.union ${all.join(" ")})`);

export const declared = ({ name, few }: Dimension): string =>
  few
    ? `(declare-const ${name} Int)(assert (and (>= ${name} 0) (< ${name} ${few.length})))`
    : `(declare-const ${name} String)`;
