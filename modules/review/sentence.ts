/**
 * A sentence with other people's names in it. The names stay apart from our own words until the very end, because only whoever prints
 * knows how to make them harmless: in a terminal, in Markdown, in HTML.
 */
export interface Sentence {
  readonly parts: readonly SentencePart[];
}

export type SentencePart = { readonly text: string } | { readonly name: string };

type Value = string | number | Sentence;

/** Tagged template: texts are ours, strings that are put in are names; numbers and sentences go in as they are. */
export function say(texts: TemplateStringsArray, ...values: readonly Value[]): Sentence {
  const parts: SentencePart[] = [];
  texts.forEach((text, i) => {
    if (text) parts.push({ text });
    const value = values[i];
    if (value === undefined) return;
    if (typeof value === "string") parts.push({ name: value });
    else if (typeof value === "number") parts.push({ text: String(value) });
    else parts.push(...value.parts);
  });
  return { parts };
}

/** Our own words as a sentence. */
export function words(text: string): Sentence {
  return { parts: text ? [{ text }] : [] };
}

/** `a, b and c`; beyond the limit `a, b, c and 4 more`. */
export function listOf(items: readonly (string | Sentence)[], limit = 5): Sentence {
  const shown = items.slice(0, limit);
  const more = items.length - shown.length;
  const parts: SentencePart[] = [];
  shown.forEach((item, i) => {
    if (i > 0) parts.push({ text: i === shown.length - 1 && more === 0 ? " and " : ", " });
    parts.push(...(typeof item === "string" ? [{ name: item }] : item.parts));
  });
  if (more > 0) parts.push({ text: ` and ${more} more` });
  return { parts };
}

/** The sentence as plain text, for sorting, ids and programs. Whoever shows it to people escapes it. */
export function plainText(sentence: Sentence): string {
  return sentence.parts.map((part) => ("text" in part ? part.text : part.name)).join("");
}
