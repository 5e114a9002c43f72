import type { Sentence } from "./sentence";

/** Making other people's names harmless, for each place where they are shown. */

/** One line, without control characters, and without those that reorder or hide text. */
export function oneLine(text: string, limit = 300): string {
  const clean = text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
    .replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "�");
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}

/**
 * A code span of GitHub Flavored Markdown: nothing in it is Markdown, HTML, a mention or a reference. The fence is longer than any run of
 * backticks inside. https://github.github.com/gfm/#code-spans
 */
export function codeSpan(text: string, limit?: number): string {
  const clean = oneLine(text, limit).trim() || "(empty)";
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

export function htmlSentence(sentence: Sentence): string {
  return sentence.parts
    .map((part) => ("text" in part ? html(part.text) : `<code>${html(oneLine(part.name))}</code>`))
    .join("");
}
