import { isMap, isScalar, isSeq, parseDocument, stringify, YAMLMap, YAMLSeq } from "yaml";
import { oneLine } from "../escape";
import type { Approval } from "./approvals";

/** Edits of a file of approvals that leave everything else in it as it is: comments, order, quotes. */

/** An approval, and what it is of in words, which become a comment. */
export interface NewEntry {
  readonly approval: Approval;
  readonly sentence: string;
}

const EMPTY = "version: 1\napprovals:\n";

function block({ approval, sentence }: NewEntry, indent: string): string {
  const { id, reason, approver, expires } = approval;
  const lines = stringify({ id, reason, approver, expires }, { lineWidth: 0 }).trimEnd().split("\n");
  return [
    `${indent}# ${oneLine(sentence, 300)}`,
    ...lines.map((line, i) => `${indent}${i === 0 ? "- " : "  "}${line}`),
    "",
  ].join("\n");
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

/** Where the list is in the text, where it has a line of its own for each entry. */
function listOf(text: string): { readonly seq: YAMLSeq; readonly indent: string } | undefined {
  const { contents } = parseDocument(text);
  const seq = isMap(contents) ? (contents as YAMLMap).get("approvals", true) : undefined;
  if (!isSeq(seq) || seq.flow || !seq.range || seq.items.length === 0) return undefined;
  const first = lineStart(text, seq.range[0]);
  const indent = text.slice(first, seq.range[0]);
  return /^ *$/.test(indent) ? { seq, indent } : undefined;
}

/**
 * @param text a valid file @default - a new one
 * @returns the file with entries at the end of its list
 */
export function withApprovals(text: string | undefined, entries: readonly NewEntry[]): string {
  const given = text === undefined ? EMPTY : text.endsWith("\n") || text === "" ? text : `${text}\n`;
  const list = listOf(given);
  const added = (indent: string): string => entries.map((entry) => block(entry, indent)).join("");
  if (list) {
    const end = endOf(given, list.seq, list.seq.items.length - 1);
    return given.slice(0, end) + added(list.indent) + given.slice(end);
  }
  const document = parseDocument(given);
  const seq = isMap(document.contents) ? (document.contents as YAMLMap).get("approvals", true) : undefined;
  if (isSeq(seq) && seq.items.length > 0) {
    // A list on one line: written again, with the entries of it.
    entries.forEach(({ approval }) => seq.add(document.createNode(approval)));
    return document.toString({ lineWidth: 0 });
  }
  // No list, or an empty one.
  const without = given.replace(/^approvals:[^\S\n]*(?:\[\s*\]|null|~)?[^\S\n]*(#[^\n]*)?\n?/m, "");
  return `${without}${without.endsWith("\n") || without === "" ? "" : "\n"}approvals:\n${added("  ")}`;
}

/** Offset of the line after an entry; comments below it are the next entry's. */
function endOf(text: string, seq: YAMLSeq, i: number): number {
  const item = seq.items[i] as { readonly range?: readonly [number, number, number] | null };
  const last = Math.max(item.range![0], item.range![1] - 1);
  const newline = text.indexOf("\n", last);
  return newline < 0 ? text.length : newline + 1;
}

/** Offset of an entry's first line, with the comments that stand right above it. */
function startOf(text: string, seq: YAMLSeq, i: number): number {
  const item = seq.items[i] as { readonly range?: readonly [number, number, number] | null };
  let start = lineStart(text, item.range![0]);
  const before = i === 0 ? lineStart(text, seq.range![0]) : endOf(text, seq, i - 1);
  for (;;) {
    if (start === 0) return start;
    const above = lineStart(text, start - 1);
    if ((i > 0 && above < before) || !/^\s*#/.test(text.slice(above, start))) return start;
    start = above;
  }
}

/** The file without some entries, and without the comments right above them. */
export function withoutApprovals(text: string, ids: ReadonlySet<string>): string {
  const list = listOf(text);
  const idOf = (item: unknown): unknown => (isMap(item) ? item.get("id") : isScalar(item) ? item.value : undefined);
  if (!list) {
    const document = parseDocument(text);
    const seq = isMap(document.contents) ? (document.contents as YAMLMap).get("approvals", true) : undefined;
    if (isSeq(seq)) seq.items = seq.items.filter((item) => !ids.has(String(idOf(item))));
    return document.toString({ lineWidth: 0 });
  }
  const { seq } = list;
  const gone = seq.items.map((item) => ids.has(String(idOf(item))));
  let result = text;
  for (let i = seq.items.length - 1; i >= 0; i--)
    if (gone[i]) result = result.slice(0, startOf(text, seq, i)) + result.slice(endOf(text, seq, i));
  return gone.every(Boolean)
    ? result.replace(/^approvals:[^\S\n]*(#[^\n]*)?$/m, "approvals: [] $1").replace(/ +$/gm, "")
    : result;
}
