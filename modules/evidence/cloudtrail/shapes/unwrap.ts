import type { SkipReason } from "../skipped";
import { announcedBy, unfinished } from "./answers";
import { canonicalEvent, isEventTable, isRow, Row } from "./canonical";
import { fromEcs, isEcs } from "./ecs";
import { fromOcsf, isOcsf } from "./ocsf";

/** What was found in a value that is no event itself. */
export interface Found {
  /** A record in CloudTrail's form. */
  readonly event: (event: Row) => void;
  /** Text that holds whatever a file may hold. */
  readonly text: (text: string) => void;
  /** Bytes of the kind, compressed or not. */
  readonly bytes: (bytes: Buffer) => void;
  readonly skip: (reason: SkipReason) => void;
  /** A row of a table that has these columns, and may have others. */
  readonly columns: (names: Iterable<string>) => void;
  /** A record whose members are left out where they have no value. */
  readonly members: (row: Row) => void;
  /** What follows is the answer of a query, a search or a rule, which may have left events out. */
  readonly selection: () => void;
  /** An answer that is not whole, and why. */
  readonly unfinished: (why: string) => void;
}

/** Members that hold lists of records, wherever they are. */
export const LIST_NAMES = [
  "Records",
  "Events",
  "logEvents",
  "events",
  "results",
  "records",
  "hits",
  "responses",
  "Messages",
  "QueryResultRows",
  "Rows",
] as const;
/** Members whose object holds such a list: Elastic's `hits.hits`, Athena's `ResultSet.Rows`. */
export const LIST_HOLDERS = ["hits", "ResultSet"] as const;

/** Members that hold a record as text, in the order in which they are looked for. */
const WHOLE_TEXTS = ["CloudTrailEvent", "@message", "_raw", "eventJson"] as const;
const TEXTS = [...WHOLE_TEXTS, "message", "Message", "Body", "body", "log"] as const;
/** Members that hold one as an object or as text. */
const HOLDERS = ["_source", "detail", "result", "Sns", "event", "payload", "awslogs", "kinesis", "dynamodb"] as const;
/** Of these a search, or a rule of EventBridge, has chosen what is in them. */
const SELECTED: ReadonlySet<string> = new Set(["_source", "detail", "result"]);
/** Members that hold bytes in base64: Kinesis, Firehose (to a function, and what it could not deliver), CloudWatch Logs to a function. */
const BYTES = ["Data", "data", "rawData"] as const;

const MOST_DEPTH = 8;

/** Looks for events in values as other tools and services wrap them. */
export class Unwrapper {
  /** Column names of Athena's answer, which are its first row. */
  private header: readonly string[] | undefined;

  constructor(private readonly found: Found) {}

  /** Another list begins. */
  reset(): void {
    this.header = undefined;
  }

  value(value: unknown, depth = 0): void {
    if (depth > MOST_DEPTH) this.found.skip("notAnEvent");
    else if (typeof value === "string") this.found.text(value);
    else if (Array.isArray(value)) this.array(value as readonly unknown[], depth);
    else if (isRow(value)) this.row(value, depth);
    else this.found.skip("notAnEvent");
  }

  private array(values: readonly unknown[], depth: number): void {
    const cells = values.filter(isRow);
    const row = cells.length === values.length && values.length > 0 ? asTableRow(cells) : undefined;
    if (row) this.tableRow(row, depth);
    else if (values.length === 0) this.found.skip("notAnEvent");
    else values.forEach((value) => this.value(value, depth + 1));
  }

  private tableRow(row: Row, depth: number): void {
    this.found.selection();
    const text = firstText(row, TEXTS);
    if (text !== undefined) return this.value(text, depth + 1);
    this.found.columns(Object.keys(row));
    this.event(row);
  }

  private event(row: Row, whole = false): void {
    const event = canonicalEvent(row, whole);
    if (event) this.found.event(event);
    else this.found.skip("notAnEvent");
  }

  private row(row: Row, depth: number): void {
    const notice = noticeOf(row);
    if (notice) return this.found.skip(notice);
    // `lookup-events` and others write some of the fields beside the record: the record says more.
    const text = firstText(row, WHOLE_TEXTS) ?? originalOf(row);
    if (text !== undefined) {
      this.found.selection();
      return this.found.text(text);
    }
    if (this.known(row) || this.held(row, depth)) return;
    if (isRow(row["fields"]) || isDotted(row)) this.found.selection();
    if (isRow(row["fields"])) return this.row(firstOfEach(row["fields"]), depth + 1);
    if (isDotted(row)) return this.row(nested(row), depth + 1);
    this.found.skip("notAnEvent");
  }

  /** A record in a form whose fields are known; false where it is none. */
  private known(row: Row): boolean {
    if (isEventTable(Object.keys(row)) && !isEnvelope(row)) {
      this.found.members(row);
      // A record as CloudTrail writes it stays as it is.
      if (typeof row["eventName"] === "string" && typeof row["eventSource"] === "string")
        this.found.text(JSON.stringify(row));
      else {
        this.found.selection();
        this.event(row);
      }
      return true;
    }
    if (isOcsf(row)) {
      const event = fromOcsf(row);
      if (event) {
        this.found.members(event);
        this.event(event, true);
      } else this.found.skip("notAnEvent");
      return true;
    }
    if (!isEcs(row)) return false;
    const event = fromEcs(row);
    this.found.selection();
    this.found.members(event);
    this.event(event);
    return true;
  }

  /** What an envelope holds; false where it is none. */
  private held(row: Row, depth: number): boolean {
    this.noteAnswer(row);
    if (Array.isArray(row["Data"])) {
      this.cells(row["Data"] as readonly unknown[], depth);
      return true;
    }
    const text = firstText(row, TEXTS);
    const bytes = text === undefined ? firstText(row, BYTES) : undefined;
    // Of `filter-log-events`.
    if (text !== undefined && "ingestionTime" in row) this.found.selection();
    if (text !== undefined) this.found.text(text);
    else if (bytes !== undefined) this.base64(bytes);
    else {
      const holder = HOLDERS.find((name) => isRow(row[name]) || typeof row[name] === "string");
      const list = LIST_NAMES.find((name) => Array.isArray(row[name]));
      const lists = LIST_HOLDERS.find((name) => isRow(row[name]));
      if (holder !== undefined && SELECTED.has(holder)) this.found.selection();
      if (holder) this.value(row[holder], depth + 1);
      else if (list) (row[list] as readonly unknown[]).forEach((value) => this.value(value, depth + 1));
      else if (lists) this.value(row[lists], depth + 1);
      else return false;
    }
    return true;
  }

  /** An answer within another: of several searches, or pages that were put into a list. */
  private noteAnswer(row: Row): void {
    const list = LIST_NAMES.map((name) => row[name]).find((value) => Array.isArray(value)) as
      readonly unknown[] | undefined;
    if (!list && !LIST_HOLDERS.some((name) => isRow(row[name])) && !("preview" in row && "result" in row)) return;
    const announced = announcedBy(row);
    const why =
      unfinished(row) ??
      (list && announced > list.length ? `an answer with ${list.length} of ${announced} records` : undefined);
    if (why !== undefined) this.found.unfinished(why);
  }

  private base64(text: string): void {
    const bytes = Buffer.from(text, "base64");
    const first = bytes[0];
    if (first === 0x1f || first === 0x7b || first === 0x5b) this.found.bytes(bytes);
    else this.found.text(text);
  }

  /** A row of Athena's `get-query-results`: the first one has the names. */
  private cells(cells: readonly unknown[], depth: number): void {
    const values = cells.map((cell) => (isRow(cell) ? cell["VarCharValue"] : undefined));
    if (!this.header) {
      const names = values.map((value) => (typeof value === "string" ? value : ""));
      // A later page has no names: its first row is an event.
      if (isEventTable(names) || names.some((name) => (TEXTS as readonly string[]).includes(name))) this.header = names;
      else this.found.skip("notAnEvent");
      return;
    }
    this.tableRow(Object.fromEntries(this.header.map((name, i) => [name, values[i] ?? null])), depth);
  }
}

/** Rows of Insights (`[{field, value}]`) and of CloudTrail Lake (`[{column: value}]`). */
function asTableRow(cells: readonly Row[]): Row | undefined {
  if (cells.every((cell) => typeof cell["field"] === "string" && "value" in cell))
    return Object.fromEntries(cells.map((cell) => [cell["field"] as string, cell["value"]]));
  return cells.every((cell) => Object.keys(cell).length === 1) && cells.every((cell) => !isRow(Object.values(cell)[0]))
    ? Object.fromEntries(cells.flatMap((cell) => Object.entries(cell)))
    : undefined;
}

function firstText(row: Row, names: readonly string[]): string | undefined {
  const name = names.find((one) => typeof row[one] === "string");
  return name === undefined ? undefined : (row[name] as string);
}

/** The record as Elastic got it. */
function originalOf(row: Row): string | undefined {
  const original = isRow(row["event"]) ? row["event"]["original"] : undefined;
  return typeof original === "string" ? original : undefined;
}

/** Records that say something about logs and hold none. */
function noticeOf(row: Row): SkipReason | undefined {
  const { message } = row;
  if (row["id"] === "" && typeof message === "string" && message.startsWith("CWL CONTROL MESSAGE:")) return "control";
  if (row["messageType"] === "CONTROL_MESSAGE" || row["Event"] === "s3:TestEvent") return "control";
  if (row["Type"] === "SubscriptionConfirmation" || row["Type"] === "UnsubscribeConfirmation") return "control";
  if ("s3Bucket" in row && Array.isArray(row["s3ObjectKey"])) return "notice";
  if (isRow(row["s3"]) && isRow(row["s3"]["object"])) return "notice";
  if (row["eventType"] === "AwsCloudTrailInsight" || row["eventtype"] === "AwsCloudTrailInsight") return "insight";
  if (isRow(row["insightDetails"]) || row["eventCategory"] === "Insight") return "insight";
  if (typeof row["hashSignature"] === "string" && Array.isArray(row["files"])) return "signature";
  return undefined;
}

/** Records that Lambda gets from queues and streams have names of events too: `eventSource` is `aws:sqs`. */
function isEnvelope(row: Row): boolean {
  const source = row["eventSource"];
  return typeof source === "string" && source.startsWith("aws:");
}

/** `fields` of Elastic's answers: a list of values for each name. */
function firstOfEach(row: Row): Row {
  return nested(
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value,
      ]),
    ),
  );
}

function isDotted(row: Row): boolean {
  return Object.keys(row).some((name) => name.startsWith("aws.cloudtrail.") || name.startsWith("event."));
}

/** `{"a.b": 1}` as `{"a": {"b": 1}}`. */
export function nested(row: Row): Row {
  const tree = new Map<string, unknown>();
  for (const [key, value] of Object.entries(row)) {
    let inner = tree;
    const path = key.split(".");
    for (const part of path.slice(0, -1)) {
      const known = inner.get(part);
      const next = known instanceof Map ? (known as Map<string, unknown>) : new Map<string, unknown>();
      inner.set(part, next);
      inner = next;
    }
    const last = path.at(-1)!;
    if (!(inner.get(last) instanceof Map)) inner.set(last, value);
  }
  const rowOf = (map: ReadonlyMap<string, unknown>): Row =>
    Object.fromEntries([...map].map(([key, value]) => [key, value instanceof Map ? rowOf(value as never) : value]));
  return rowOf(tree);
}
