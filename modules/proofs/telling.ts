import { asList } from "../policy/document";
import type { PolicyDocument, PolicyStatement } from "../policy/types";
import { isService } from "../policy/vocabulary/reference";
import { globsMeet } from "./glob";

/** Everything in a document by which it can tell one account from another. Takes too much rather than too little. */
export interface Telling {
  /** Account ids that it names. */
  readonly ids: ReadonlySet<string>;
  /** Patterns of ids, of which a match says all that the document can say of an account. */
  readonly patterns: readonly string[];
  /** It tells accounts apart in a way that no list says: each may be another one to it. */
  readonly each: boolean;
  /** It depends on where in the tree an account is. */
  readonly paths: boolean;
}

/** Operators that read a value as a number, a time, bytes or an address: what they say of an id is not in the text of its digits. */
const READS = /^(?:For(?:All|Any)Values?:)?(?:Numeric|Date|Binary|IpAddress|NotIpAddress)/i;
/** Keys that are never an account's id: no document ties them to one. */
const NEVER_AN_ID = [
  "aws:currenttime",
  "aws:epochtime",
  "aws:multifactorauthage",
  "aws:sourceip",
  "aws:tokenissuetime",
  "aws:vpcsourceip",
];
/**
 * Keys that may follow from an account: those that AWS derives from principal and resource, those that questions fix, and claims of tokens.
 * Whatever else a service knows by itself (`ec2:MetadataHttpPutResponseHopLimit`) is open in every question, which `prove` checks: so it says
 * the same of every account.
 */
export function mayFollowFromAccount(key: string): boolean {
  const prefix = key.slice(0, key.indexOf(":")).toLowerCase();
  return prefix === "iam" || prefix === "sts" || !isService(prefix) || /account/i.test(key);
}
/** Where a variable ends or begins next to a digit, a wildcard or another variable, the value makes a part of an id. */
const PART_OF_AN_ID = /\}[\d*?$]|[\d*?]\$\{/;

/** @param json a document or a statement as JSON without blanks */
export function tellingOf(json: string): Telling {
  const ids = new Set<string>();
  const patterns = new Set<string>();
  let each = readsAnId(json) || PART_OF_AN_ID.test(json);
  for (const [text] of json.matchAll(/[\d*?]*\d[\d*?]*/g)) {
    if (/^\d+$/.test(text)) {
      if (text.length === 12) ids.add(text);
    } else if (/^\*?\d+\*?$/.test(text) || /^[\d?]{12}$/.test(text)) patterns.add(text);
    // A wildcard between digits may stand for what is around an id in an ARN: which accounts it means no pattern of an id alone says.
    else each = true;
  }
  return { ids, patterns: [...patterns], each, paths: /orgpaths/i.test(json) };
}

function readsAnId(json: string): boolean {
  const lower = json.toLowerCase();
  if (NEVER_AN_ID.some((key) => lower.includes(`\${${key}`))) return true;
  // Most documents compare nothing of the kind.
  if (!/numeric|date|binary|ipaddress/.test(lower)) return false;
  return conditionsIn(JSON.parse(json)).some((condition) =>
    Object.entries(condition).some(
      ([operator, keys]) =>
        READS.test(operator) &&
        Object.entries(keys).some(
          ([key, values]) =>
            !NEVER_AN_ID.includes(key.toLowerCase()) &&
            // Of a variable the value may be an id, whatever key it is compared with.
            (mayFollowFromAccount(key) || JSON.stringify(values).includes("${")),
        ),
    ),
  );
}

type Condition = NonNullable<PolicyStatement["Condition"]>;

/** Conditions of a document, or of one statement. */
function conditionsIn(read: unknown): readonly Condition[] {
  const { Statement, Condition: own } = read as Partial<PolicyDocument> & Pick<PolicyStatement, "Condition">;
  return [own, ...asList(Statement ?? []).map(({ Condition: one }) => one)].filter((one) => one !== undefined);
}

/** What documents can say of this account and not of others. */
export function told(all: readonly Telling[], account: { readonly id: string; readonly parentId: string }): string {
  if (all.some(({ ids, each }) => each || ids.has(account.id))) return account.id;
  const path = all.some(({ paths }) => paths) ? `${account.parentId}:` : "";
  const patterns = all
    .map((one) => one.patterns.map((pattern) => (globsMeet(pattern, account.id) ? "1" : "0")).join(""))
    .join("/");
  return `${path}${patterns}`;
}
