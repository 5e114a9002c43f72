import type { SkipCounter } from "../skipped";
import { canonicalEvent, isEventTable, Row } from "./canonical";
import type { Found } from "./unwrap";
import { nested } from "./unwrap";
import { fromEcs, isEcs } from "./ecs";

/** Columns that hold a whole record as text: CloudWatch Logs and Insights, Splunk, `lookup-events`, Elastic. */
const WHOLE = ["@message", "_raw", "cloudtrailevent", "eventjson", "event.original", "_source", "message"];
const DELIMITERS = [",", ";", "\t"];
/** No row of an event is larger. */
const MAX_ROW_BYTES = 4 * 1024 * 1024;

const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** How a table is read: what its first line says. */
export interface TableForm {
  readonly delimiter: string;
  readonly columns: readonly string[];
  /** The column that holds the whole record. */
  readonly whole?: number;
}

/** The form of a table of events by its first line; nothing where it is none. */
export function tableForm(line: string): TableForm | undefined {
  for (const delimiter of DELIMITERS) {
    const columns = fieldsOf(line.replace(/^\ufeff/, ""), delimiter);
    const names = columns.map((name) => name.trim().toLowerCase());
    const whole = WHOLE.map((name) => names.indexOf(name)).find((n) => n >= 0);
    if (columns.length > 1 || names[0] !== "message")
      if (whole !== undefined && (columns.length === 1 || names[whole] !== "message" || names.includes("timestamp")))
        return { delimiter, columns, whole };
    if (isEventTable(columns) || (names.includes("event.action") && names.includes("event.provider")))
      return { delimiter, columns };
  }
  return undefined;
}

/** Reads a table out of bytes as they come, wherever the chunks are cut. Never holds more than one row. */
export class TableReader {
  private form: TableForm | undefined;
  private rest: Buffer = Buffer.alloc(0);
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private lost = false;

  constructor(
    private readonly found: Found,
    private readonly skipped: SkipCounter,
  ) {}

  push(chunk: Buffer): void {
    if (this.lost) return;
    // A row that is not whole is looked at again when twice as much is there, so that time stays linear.
    if (this.waitingBytes + chunk.length < this.rest.length) {
      this.waiting.push(Buffer.from(chunk));
      this.waitingBytes += chunk.length;
      return;
    }
    this.scan(Buffer.concat([this.rest, ...this.waiting, chunk]));
  }

  private scan(bytes: Buffer): void {
    this.waiting = [];
    this.waitingBytes = 0;
    let start = 0;
    let quoted = false;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === NEWLINE && !quoted) {
        this.line(bytes, start, i);
        start = i + 1;
      }
    }
    // A copy: the chunk may be overwritten.
    this.rest = Buffer.from(bytes.subarray(start));
    if (this.rest.length > MAX_ROW_BYTES) {
      // A quote that is not closed: where the next row begins cannot be known.
      this.skipped.add("tooLarge");
      this.lost = true;
    }
  }

  finish(): void {
    if (this.lost) return;
    if (this.waiting.length > 0) this.scan(Buffer.concat([this.rest, ...this.waiting]));
    let quotes = 0;
    for (const byte of this.rest) if (byte === QUOTE) quotes++;
    if (quotes % 2 === 1) this.skipped.add("truncated");
    else if (this.rest.length > 0) this.line(this.rest, 0, this.rest.length);
  }

  private line(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString("utf8", start, bytes[end - 1] === 0x0d ? end - 1 : end);
    if (!this.form) {
      this.form = tableForm(text);
      if (this.form) this.found.selection();
      if (this.form && this.form.whole === undefined) this.columns(this.form);
      return;
    }
    if (text.trim() === "") return;
    const { form } = this;
    const fields = fieldsOf(text, form.delimiter);
    // Headings that a tool repeats.
    if (fields.length === form.columns.length && fields.every((field, i) => field === form.columns[i])) return;
    if (fields.length !== form.columns.length) return this.skipped.add("notAnEvent");
    if (form.whole !== undefined) return this.found.text(fields[form.whole]!);
    const row = Object.fromEntries(form.columns.map((name, i) => [name, cell(fields[i]!)]));
    const ecs = ecsRow(row);
    if (ecs) this.found.members(ecs);
    const event = canonicalEvent(ecs ?? row);
    if (event) this.found.event(event);
    else this.skipped.add("notAnEvent");
  }

  private columns({ columns }: TableForm): void {
    // A table of Elastic's fields leaves out what no document had.
    if (isEventTable(columns)) this.found.columns(columns);
  }
}

/** A row of a table whose columns are Elastic's fields, `event.action` and the like. */
function ecsRow(row: Row): Row | undefined {
  if (!("event.action" in row)) return undefined;
  const tree = nested(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
  return isEcs(tree) ? fromEcs(tree) : undefined;
}

/** What tools write where there is no value. */
function cell(text: string): string | null {
  return text === "" || text === "-" || text === "(null)" ? null : text;
}

/** The fields of a row; quotes inside of a quoted one are doubled. */
export function fieldsOf(line: string, delimiter: string): readonly string[] {
  const fields: string[] = [];
  let i = 0;
  for (;;) {
    if (line[i] === '"') {
      let field = "";
      for (;;) {
        const end = line.indexOf('"', i + 1);
        if (end < 0) return [...fields, field + line.slice(i + 1)];
        field += line.slice(i + 1, end);
        i = end + 1;
        if (line[i] !== '"') break;
        field += '"';
      }
      const next = line.indexOf(delimiter, i);
      fields.push(field + line.slice(i, next < 0 ? undefined : next));
      if (next < 0) return fields;
      i = next + 1;
    } else {
      const next = line.indexOf(delimiter, i);
      fields.push(line.slice(i, next < 0 ? undefined : next));
      if (next < 0) return fields;
      i = next + 1;
    }
  }
}
