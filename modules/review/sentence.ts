import { andMore } from "../kernel/words";
/**
 * A sentence with other people's names in it. The names stay apart from our own words until the very end, because only whoever prints
 * knows how to make them harmless: in a terminal, in Markdown, in HTML.
 */
export interface Sentence {
  readonly parts: readonly SentencePart[];
  /** Ids of the accounts that it speaks of, and of OUs without any, where it names them all: what a map shows. */
  readonly places?: readonly string[];
}

export type SentencePart =
  | {
      readonly text: string;
      /** What the text stands for where a list is shortened: ` and 7 more`. */
      readonly rest?: readonly Sentence[];
    }
  | { readonly name: string };

type Value = string | number | Sentence;

/** Tagged template: texts are ours, strings that are put in are names; numbers and sentences go in as they are. */
export function say(texts: TemplateStringsArray, ...values: readonly Value[]): Sentence {
  const parts: SentencePart[] = [];
  let places: readonly string[] | undefined;
  texts.forEach((text, i) => {
    if (text) parts.push({ text });
    const value = values[i];
    if (value === undefined) return;
    if (typeof value === "string") parts.push({ name: value });
    else if (typeof value === "number") parts.push({ text: String(value) });
    else {
      parts.push(...value.parts);
      if (value.places) places = places ? [...places, ...value.places] : value.places;
    }
  });
  return places ? { parts, places } : { parts };
}

/** Our own words as a sentence. */
export function words(text: string): Sentence {
  return { parts: text ? [{ text }] : [] };
}

/** `a, b and c`; beyond the limit `a, b, c and 4 more`, which remembers the four: `complete` tells them. */
export function listOf(items: readonly (string | Sentence)[], limit = 5): Sentence {
  const shown = items.slice(0, limit);
  const more = items.length - shown.length;
  const parts: SentencePart[] = [];
  shown.forEach((item, i) => {
    if (i > 0) parts.push({ text: i === shown.length - 1 && more === 0 ? " and " : ", " });
    parts.push(...(typeof item === "string" ? [{ name: item }] : item.parts));
  });
  if (more > 0)
    parts.push({
      text: andMore(more),
      rest: items.slice(limit).map((item) => (typeof item === "string" ? { parts: [{ name: item }] } : item)),
    });
  return { parts };
}

/** The sentence with every list in full. */
export function complete(sentence: Sentence): Sentence {
  return {
    parts: sentence.parts.flatMap((part): readonly SentencePart[] => {
      if (!("text" in part) || !part.rest) return [part];
      const { rest } = part;
      return rest.flatMap((item, i) => [{ text: i === rest.length - 1 ? " and " : ", " }, ...complete(item).parts]);
    }),
  };
}

/** The sentence as plain text with every list in full: for comparing, where nothing may be hidden. */
export function completeText(sentence: Sentence): string {
  return plainText(complete(sentence));
}

/** The sentence as plain text, for sorting, ids and programs. Whoever shows it to people escapes it. */
export function plainText(sentence: Sentence): string {
  return sentence.parts.map((part) => ("text" in part ? part.text : part.name)).join("");
}
