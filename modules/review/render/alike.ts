import { canonicalJson } from "../../kernel/json";
import type { Sentence } from "../sentence";
import type { AccessChange, WitnessView } from "../types";

/**
 * Changes that say the same of somebody else. The sentence alone does not tell: it has neither conditions nor resources in it, so that a
 * wider statement could stand below a narrower one's name.
 */

/** Neighbours that are the same in everything that matters but the name of whom they are about. What one gains is told. */
export function alike(changes: readonly AccessChange[]): readonly (readonly AccessChange[])[] {
  const groups: { members: AccessChange[]; at: number | undefined }[] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const at = group && differsAt(group.members[0]!.sentence, change.sentence);
    if (
      group &&
      at !== undefined &&
      isOfSubject(change.sentence, at) &&
      (group.at === undefined || group.at === at) &&
      essenceOf(group.members[0]!, at) === essenceOf(change, at)
    ) {
      group.members.push(change);
      group.at = at;
    } else groups.push({ members: [change], at: undefined });
  }
  // Two are read as quickly one by one.
  return groups.flatMap(({ members }) => (members.length > 2 ? [members] : members.map((one) => [one])));
}

/** Whether a name says whom a sentence is about: the first one, or the account right after it. */
function isOfSubject({ parts }: Sentence, at: number): boolean {
  const first = parts.findIndex((part) => "name" in part);
  const between = parts[first + 1];
  return (
    at === first || (at === first + 2 && between !== undefined && "text" in between && between.text === " in account ")
  );
}

/** The only part in which two sentences differ, where it is a name. */
export function differsAt({ parts: one }: Sentence, { parts: other }: Sentence): number | undefined {
  if (one.length !== other.length) return undefined;
  const differing = one.flatMap((part, i) => (JSON.stringify(part) === JSON.stringify(other[i]) ? [] : [i]));
  const [at] = differing;
  return differing.length === 1 && at !== undefined && "name" in one[at]! && "name" in other[at]! ? at : undefined;
}

/** All that makes one change worse than another, without the name that tells them apart. */
function essenceOf(change: AccessChange, at: number): string {
  const part = change.sentence.parts[at]!;
  const name = "name" in part ? part.name : "";
  const nameless = (text: string): string => (name === "" ? text : text.split(name).join("\u0000"));
  const { area, administrator = false, lockOut = false, rule = "", raisedBy = "", subjects = [] } = change;
  return canonicalJson([
    change.class,
    area,
    administrator,
    lockOut,
    rule,
    raisedBy,
    [...new Set(subjects.map(({ type, attributes }) => `${type} ${attributes.join()}`))].sort(),
    change.diff.map(({ sign, text }) => `${sign} ${nameless(text)}`),
    change.witnesses.map((witness) => requestOf(witness, nameless)),
  ]);
}

/** The request of a witness; of accounts only whether they are one, because which one it is the statements say where it matters. */
function requestOf(
  { principal, action, resource, context, before, after }: WitnessView,
  nameless: (text: string) => string,
): unknown {
  const accounts = new Map<string, number>();
  const plain = (text: string): string =>
    nameless(text).replace(/\d{12}/g, (id) => {
      const number = accounts.get(id) ?? accounts.size;
      accounts.set(id, number);
      return `account ${number}`;
    });
  const kind = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:([^/]+)/.exec(principal)?.[1] ?? principal;
  return [
    plain(kind),
    /:999999999999:/.test(principal),
    action,
    plain(resource),
    plain(JSON.stringify(context)),
    before,
    after,
  ];
}
