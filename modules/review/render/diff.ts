import { oneLine } from "../escape";
import type { StatementLine } from "../types";

/** One line of a diff as people read it: what stays is context. */
export interface DiffLine {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

/** Where a statement may be broken: before what it is on, whom it is to, and each condition. */
const JOINTS = / (?=on |to |where |and [A-Z][A-Za-z:]* \S+ )/;

/** Characters of a part that still fit beside each other. */
const WIDE = 80;

/** Statements a line for each part, so that a long one need not be read twice for the word that differs. */
export function diffLines(diff: readonly StatementLine[]): readonly DiffLine[] {
  const found: DiffLine[] = [];
  for (let i = 0; i < diff.length; i++) {
    const [one, next] = [diff[i]!, diff[i + 1]];
    const pair = one.sign === "-" && next?.sign === "+" && headOf(one) === headOf(next);
    if (!pair) {
      found.push(...partsOf(one).map((text) => ({ sign: one.sign, text })));
      continue;
    }
    found.push(...merged(partsOf(one), partsOf(next)));
    i++;
  }
  return found;
}

/** `policy Sid`: the same statement on both sides. */
function headOf(line: StatementLine): string {
  return line.text.slice(0, line.text.indexOf(": "));
}

function partsOf(line: StatementLine): readonly string[] {
  return oneLine(line.text, Infinity)
    .split(JOINTS)
    .flatMap((part, i) => {
      const indent = i === 0 ? "" : "    ";
      // A long list has a line for each of its members, so that one more is one line; without commas, which the last one has not.
      const [first, ...more] = part.length > WIDE ? part.split(/, | (?=and \d+ more$)/) : [part];
      return [`${indent}${first!}`, ...more.map((member) => `${indent}    ${member}`)];
    });
}

/** Parts of both in order; equal ones once. */
function merged(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const found: DiffLine[] = [];
  let at = 0;
  for (const part of before) {
    const same = after.indexOf(part, at);
    if (same < 0) {
      found.push({ sign: "-", text: part });
      continue;
    }
    found.push(...after.slice(at, same).map((text) => ({ sign: "+" as const, text })), { sign: " ", text: part });
    at = same + 1;
  }
  return [...found, ...after.slice(at).map((text) => ({ sign: "+" as const, text }))];
}
