import type { CloudTrailEvent } from "../event";
import { CloudTrailScanner } from "../scanner";
import { canonicalEvent, Row } from "../shapes/canonical";
import { SkipCounter, SkipReason } from "../skipped";
import type { Query, RowKind } from "./question";

/** Reads the rows of an answer and shows the events that they stand for. */
export class AnswerReader {
  /** Events that count, those that are not shown one group at a time included. */
  events = 0;
  before = 0;
  /** `2026-01-31T12:34:56Z`. */
  first: string | undefined;
  last: string | undefined;
  private readonly scanner: CloudTrailScanner;
  private count = 1;

  constructor(
    private readonly query: Query,
    visit: (event: CloudTrailEvent) => void,
    private readonly skipped: SkipCounter,
  ) {
    const { part } = query.question;
    this.scanner = new CloudTrailScanner((event) => {
      event.count = this.count;
      event.part = part;
      event.isAnswer = true;
      visit(event);
    }, skipped);
  }

  /** @param cells first time, number, times, last time, kind, and the fields; `null` is NULL */
  row(cells: readonly (string | null)[]): void {
    const [first, number, times, last, kind, ...values] = cells;
    const count = Number(number);
    if (!Number.isSafeInteger(count) || count < 1) throw new Error("an answer of Athena without a number of events");
    if (kind !== "event" && kind !== "rest") return this.left(kind as RowKind, count);
    this.events += count;
    const begin = utc(first);
    const end = utc(last);
    if (begin !== undefined && (this.first === undefined || begin < this.first)) this.first = begin;
    if (end !== undefined && (this.last === undefined || end > this.last)) this.last = end;
    if (kind === "rest" || begin === undefined || end === undefined) return;
    const event = canonicalEvent(rowOf(this.query.fields, values));
    if (!event) return this.skipped.add("notAnEvent", count);
    const parts = (times ?? "").split(" ").filter(Boolean);
    const at = this.query.question.times === "days" ? daysOf(begin, end, parts) : latestOf(begin, parts, count);
    at.forEach((eventTime, n) => {
      // All that are not told one by one are at the first of the times.
      this.count = n === 0 ? count - (at.length - 1) : 1;
      this.scanner.found.event({ ...event, eventTime });
    });
  }

  private left(kind: RowKind, count: number): void {
    if (kind === "before") this.before += count;
    else this.skipped.add(kind as SkipReason, count);
  }
}

function utc(time: string | null | undefined): string | undefined {
  return time === null || time === undefined || time === "" ? undefined : `${time}Z`;
}

/** One time on each day: the first and the last of all of them, and the beginning of the days between. */
function daysOf(first: string, last: string, days: readonly string[]): readonly string[] {
  if (first === last) return [first];
  return [first, ...days.slice(1, -1).map((day) => `${day}T00:00:00Z`), last];
}

/** The first time, and the latest ones as often as there are events at them. */
function latestOf(first: string, latest: readonly string[], count: number): readonly string[] {
  const times = latest.map((time) => `${time}Z`).sort();
  return count > times.length ? [first, ...times] : times;
}

const JSON_COLUMNS = ["requestparameters", "responseelements", "additionaleventdata"];

/** A row as a table of Athena would have it. */
function rowOf(fields: readonly string[], values: readonly (string | null)[]): Row {
  const row: Record<string, unknown> = {};
  fields.forEach((field, n) => {
    const value = values[n];
    if (value === null || value === undefined) return;
    const dot = field.indexOf(".");
    const column = field.slice(0, dot);
    if (field === "resources") row[field] = [{ ARN: value }];
    else if (JSON_COLUMNS.includes(column)) {
      const inner = (row[column] ??= {}) as Record<string, unknown>;
      put(inner, field.slice(dot + 1).split("."), JSON.parse(value) as unknown);
    } else row[field] = value;
  });
  return row;
}

function put(into: Record<string, unknown>, [name = "", ...below]: readonly string[], value: unknown): void {
  if (below.length === 0) into[name] = value;
  else put((into[name] ??= {}) as Record<string, unknown>, below, value);
}
