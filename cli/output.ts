import Table from "cli-table3";
import pc from "picocolors";
import { formatPlace, Problem } from "../modules/kernel/errors";

/** Printing for people: aligned tables, colour where the terminal wants it (`NO_COLOR` is respected), nothing else. */

export const paint = pc;

/** A table without lines, two spaces between columns; the first row is the heading. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[] = [],
): string {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const instance = new Table({
    chars: none,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    head: heading.map((text) => paint.dim(text)),
    wordWrap: true,
    ...(widths.length > 0 ? { colWidths: [...widths] } : {}),
  });
  instance.push(...rows.map((row) => row.map(printable)));
  return instance
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Names come from other people's accounts: control characters in them must not reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, "�");
}

/**
 * Texts that anybody can write into a log (names, user agents): on top of `printable` no escape sequence, no line break, nothing that
 * turns the direction of writing; shortened to what fits into a table.
 */
export function untrusted(text: string, longest = 100): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "�");
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

/** JSON for programs that is also safe to look at: what a terminal could take for a command is escaped. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/** Two columns of problems: errors red, warnings yellow, the place first so that editors link it. */
export function problemText(problem: Problem): string {
  const warning = problem.severity === "warning";
  const label = warning ? paint.yellow("warning") : paint.red("error");
  const place = formatPlace(problem.place);
  const lines = [`${label} ${paint.bold(problem.code)}${place ? ` ${paint.cyan(place)}` : ""}`, `  ${problem.message}`];
  if (problem.fix) lines.push(`  ${paint.dim("fix:")} ${problem.fix}`);
  return lines.join("\n");
}

export function heading(text: string): string {
  return paint.bold(text);
}
