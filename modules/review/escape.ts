import type { Sentence } from "./sentence";

/** Making other people's names harmless, for each place where they are shown. */

/** Ranges of characters that reorder, hide or pad text, or are no text: each is shown by its number. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  // Halves of characters.
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffd],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

const isUnseen = (character: string): boolean => {
  const code = character.codePointAt(0)!;
  return UNSEEN.some(([from, to]) => from <= code && code <= to);
};

/** Scripts whose letters look like Latin ones: https://www.unicode.org/reports/tr39/#Confusable_Detection */
const LOOKS_LATIN = /[\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{sc=Cherokee}\p{sc=Coptic}\p{sc=Lisu}]/u;
/** Letters and digits in another dress: full width, mathematical, in circles. */
const DRESSED = /[\u2100-\u214f\u2460-\u24ff\uff01-\uff5e\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f189}]/u;
const OTHER_LETTER = /(?!\p{sc=Latin})\p{L}/u;
/** Code points that are named. */
const NAMED = 3;

const number = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

/** Letters that may be taken for others: of a script that looks like Latin, in another dress, or of any script in a word with Latin ones. */
function confusable(text: string): readonly string[] {
  // Most names are plain.
  if (!/[^\u0000-\u024f]/.test(text)) return [];
  const found = new Set<string>();
  for (const word of text.split(/[^\p{L}\p{M}\p{N}\p{S}]+/u)) {
    const mixed = /\p{sc=Latin}/u.test(word) && OTHER_LETTER.test(word);
    for (const character of word)
      if (LOOKS_LATIN.test(character) || DRESSED.test(character) || (mixed && OTHER_LETTER.test(character)))
        found.add(character);
  }
  return [...found];
}

/**
 * One line, without control characters. Those that reorder or hide text are shown by their number, and letters that may be taken for others
 * are named behind it.
 */
export function oneLine(text: string, limit = 300): string {
  const clean = text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
    .replace(/[^\u0020-\u007e]/gu, (character) => (isUnseen(character) ? `[${number(character)}]` : character));
  const short = clean.length > limit ? `${clean.slice(0, limit).replace(/\p{Surrogate}$/u, "")}…` : clean;
  const others = confusable(text);
  return others.length === 0
    ? short
    : `${short} [not Latin: ${others.slice(0, NAMED).map(number).join(", ")}${others.length > NAMED ? ", …" : ""}]`;
}

/**
 * A code span of GitHub Flavored Markdown: nothing in it is Markdown, HTML, a mention or a reference. The fence is longer than any run of
 * backticks inside. https://github.github.com/gfm/#code-spans
 */
export function codeSpan(text: string, limit?: number): string {
  // A comment is found again by one of HTML's: a name that holds the like would be taken for another, and the whole be refused.
  const clean = oneLine(text, limit).replaceAll("<!--", "<! --").trim() || "(empty)";
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = clean.startsWith("`") || clean.endsWith("`") ? " " : "";
  return `${fence}${pad}${clean}${pad}${fence}`;
}

export function markdownSentence(sentence: Sentence): string {
  return sentence.parts.map((part) => ("text" in part ? part.text : codeSpan(part.name))).join("");
}

export function textSentence(sentence: Sentence): string {
  return sentence.parts.map((part) => ("text" in part ? part.text : oneLine(part.name))).join("");
}

export function html(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}
