import { RECORD_FIELDS } from "../fields";
import { parseStructText } from "./struct-text";
import { isoTime } from "./times";

export type Row = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Names of fields by their names in lower case: SQL engines keep no capitals. */
interface Names {
  readonly name: string;
  readonly below?: ReadonlyMap<string, Names>;
}

type Tree = { readonly [name: string]: true | Tree };

function namesOf(tree: Tree): ReadonlyMap<string, Names> {
  return new Map(
    Object.entries(tree).map(([name, below]) => [
      name.toLowerCase(),
      below === true ? { name } : { name, below: namesOf(below) },
    ]),
  );
}

const NAMES = namesOf(RECORD_FIELDS);

/** Columns of the console's event history, and of a query that takes one member of `useridentity`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["awsaccesskey", "useridentity.accesskeyid"],
  ["username", "useridentity.username"],
  ["accesskeyid", "useridentity.accesskeyid"],
  ["principalid", "useridentity.principalid"],
  ["invokedby", "useridentity.invokedby"],
  // Of Insights, where the query did not ask for the event's own.
  ["@timestamp", "eventtime"],
]);

/** Fields that every event may have and that a conclusion rests on: a table without one of them does not say all that an event says. */
const NEEDED = [
  "eventtime",
  "useridentity",
  "awsregion",
  "sourceipaddress",
  "useragent",
  "errorcode",
  "requestparameters",
  "responseelements",
  "additionaleventdata",
  "resources",
  "readonly",
  "eventtype",
  "recipientaccountid",
  "vpcendpointid",
] as const;

/** A column's name without capitals, spaces and underscores: `Event name`, `event_name` and `eventname` are one. Dots are kept. */
export function columnName(name: string): string {
  const plain = fieldName(name);
  return ALIASES.get(plain) ?? plain;
}

function fieldName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[ _-]+/g, "");
}

/** Which of the fields that a conclusion needs a table with these columns does not have, in CloudTrail's spelling. */
export function missingFields(columns: Iterable<string>): readonly string[] {
  const there = new Set([...columns].map(columnName));
  // Of parameters some members are not the whole; of the identity these say all that is asked for.
  const identity = ["type", "arn", "accountid", "accesskeyid", "invokedby", "sessioncontext.sessionissuer.arn"];
  const has = (field: string): boolean =>
    there.has(field) || (field === "useridentity" && identity.every((name) => there.has(`useridentity.${name}`)));
  const missing: string[] = NEEDED.filter((field) => !has(field)).map((field) => NAMES.get(field)!.name);
  // Without either, an event of data looks like one of management.
  return has("eventcategory") || has("managementevent") ? missing : [...missing, "eventCategory"];
}

/** Fields that every event has: where no record of a file has one, somebody has left it out. */
const ALWAYS = [
  "eventtime",
  "useridentity",
  "awsregion",
  "sourceipaddress",
  "readonly",
  "eventtype",
  "recipientaccountid",
] as const;

/** Which of the fields that every event has are in no record of a file, by the members that its records have. */
export function missingMembers(members: Iterable<string>): readonly string[] {
  const there = new Set([...members].map(columnName));
  const has = (field: string): boolean => there.has(field) || there.has(`${field}.type`);
  const missing: string[] = ALWAYS.filter((field) => !has(field)).map((field) => NAMES.get(field)!.name);
  return has("eventcategory") || has("managementevent") ? missing : [...missing, "eventCategory"];
}

/** Whether a column is one of an event's fields that are asked for here, or holds some of its members. */
export function isRecordField(column: string): boolean {
  return NAMES.has(columnName(column).split(".")[0]!);
}

/** Whether a table or a record with these names is one of events. */
export function isEventTable(columns: Iterable<string>): boolean {
  const names = new Set([...columns].map(columnName));
  return names.has("eventname") && names.has("eventsource");
}

/**
 * The record of CloudTrail that a row of another form stands for: names in their spelling, texts of rows and JSON read, times as CloudTrail
 * writes them. Fields that nothing here asks for are left out. Nothing where the row names no call, or has a field that cannot be read.
 */
export function canonicalEvent(row: Row, whole = false): Row | undefined {
  const tree = new Map<string, unknown>();
  const plain = Object.entries(row).map(([key, value]) => ({ name: fieldName(key), key, value }));
  const columns = new Set(plain.map(({ name }) => name));
  // Whole values first, then their members in columns of their own, then what may be one of them: the order of the columns says nothing.
  for (const members of [false, true])
    for (const { name, key, value } of plain) {
      if (ALIASES.has(name) || key.includes(".") !== members) continue;
      const [first = "", ...below] = key.split(".");
      put(tree, [fieldName(first), ...below], value);
    }
  for (const { name, value } of plain) {
    const alias = ALIASES.get(name);
    if (alias !== undefined && !columns.has("useridentity") && !columns.has(alias)) put(tree, alias.split("."), value);
    else if (alias === "eventtime") put(tree, [alias], value);
  }
  if (typeof tree.get("eventname") !== "string" || typeof tree.get("eventsource") !== "string") return undefined;
  const event = record(tree, NAMES);
  if (event === undefined || event["eventName"] === undefined || event["eventSource"] === undefined) return undefined;
  return whole ? event : withDoubt(event);
}

/** Value of `assumedRoot` where the form of the log does not keep it. */
export const NOT_KEPT = "not kept";

/** Tables of Athena, CloudTrail Lake and Elastic do not keep whether a session of the root user is one of central root access. */
function withDoubt(event: Row): Row {
  const identity = event["userIdentity"];
  if (!isRow(identity) || identity["type"] !== "Root") return event;
  const session = isRow(identity["sessionContext"]) ? identity["sessionContext"] : {};
  const byKey = typeof identity["accessKeyId"] === "string" && identity["accessKeyId"].startsWith("AKIA");
  return byKey || session["assumedRoot"] !== undefined
    ? event
    : { ...event, userIdentity: { ...identity, sessionContext: { ...session, assumedRoot: NOT_KEPT } } };
}

/** Puts the value of `a.b.c` where it belongs, never in the place of another one. Parameters of calls keep their spelling. */
function put(tree: Map<string, unknown>, [name = "", ...below]: readonly string[], value: unknown): void {
  const known = tree.get(name);
  if (below.length === 0) {
    if (isNothing(known)) tree.set(name, value);
    return;
  }
  if (isNothing(value) || !(known instanceof Map || isNothing(known))) return;
  const members = known instanceof Map ? (known as Map<string, unknown>) : new Map<string, unknown>();
  if (members !== known) tree.set(name, members);
  put(members, below, value);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || value === "null";
}

function record(tree: ReadonlyMap<string, unknown>, names: ReadonlyMap<string, Names>): Row | undefined {
  const found: [string, unknown][] = [];
  for (const [key, value] of tree) {
    const known = names.get(fieldName(key));
    if (!known) continue;
    const read = field(value, known);
    if (read === NOT_READ) return undefined;
    if (read !== undefined && read !== null) found.push([known.name, read]);
  }
  return Object.fromEntries(found);
}

/** A value that is there and was not understood. */
const NOT_READ = Symbol("not read");

const OBJECTS = new Set(["requestParameters", "responseElements", "additionalEventData", "insightDetails"]);
const FLAGS = new Set(["readOnly", "managementEvent"]);
const TIMES = new Set(["eventTime", "creationDate"]);

function field(value: unknown, { name, below }: Names): unknown {
  if (value === null || value === undefined || value === "") return undefined;
  if (below) return inner(value, below);
  if (OBJECTS.has(name) || name === "resources") return object(value, name);
  if (FLAGS.has(name)) return flag(value);
  if (TIMES.has(name)) return isoTime(value) ?? String(value);
  if (name === "accountId" || name === "recipientAccountId") return accountId(value);
  // Splunk's add-on for AWS puts `success` where there is no error.
  if (name === "errorCode" && value === "success") return undefined;
  if (typeof value === "string") return value === "null" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : NOT_READ;
}

/** Ids of accounts are 12 digits; where a tool took one for a number, the zeros in front are gone. */
function accountId(value: unknown): unknown {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return NOT_READ;
  const text = String(value);
  return /^\d{1,11}$/.test(text) ? text.padStart(12, "0") : text === "null" ? undefined : text;
}

/** An object whose members are known: as one, as text, or put together from columns. */
function inner(value: unknown, below: ReadonlyMap<string, Names>): unknown {
  const read = typeof value === "string" ? fromText(value) : value;
  if (read === NOT_READ || read === null || read === undefined) return read;
  const entries = read instanceof Map ? (read as ReadonlyMap<string, unknown>) : isRow(read) ? lower(read) : undefined;
  return (entries && record(entries, below)) ?? NOT_READ;
}

function object(value: unknown, name: string): unknown {
  const read = typeof value === "string" ? fromText(value) : value instanceof Map ? plain(value) : value;
  return name === "resources" && Array.isArray(read) ? read.map(resource) : read;
}

function flag(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function lower(row: Row): ReadonlyMap<string, unknown> {
  const tree = new Map<string, unknown>();
  for (const [key, value] of Object.entries(row)) put(tree, key.split("."), value);
  return tree;
}

function plain(tree: ReadonlyMap<string, unknown>): Row {
  return Object.fromEntries([...tree].map(([key, value]) => [key, value instanceof Map ? plain(value) : value]));
}

/** JSON, or a row as Athena writes it; `null` is nothing. */
function fromText(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "null") return undefined;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    const value = parseStructText(trimmed);
    return typeof value === "object" && value !== null ? value : NOT_READ;
  }
}

/** `ARN` is the one name with capitals in a resource. */
function resource(value: unknown): unknown {
  if (!isRow(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.toLowerCase();
      return [name === "arn" ? "ARN" : name === "accountid" || name === "account_id" ? "accountId" : key, inner];
    }),
  );
}
