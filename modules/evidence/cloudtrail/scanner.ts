import { gunzipSync } from "node:zlib";
import { CloudTrailEvent } from "./event";
import { fieldNumber, KeyTable, RECORD_KEYS, slotOf } from "./fields";
import { ANSWER_MEMBERS, announcedBy, unfinished } from "./shapes/answers";
import { canonicalEvent, isRow, missingFields, missingMembers, Row } from "./shapes/canonical";
import { Found, LIST_HOLDERS, LIST_NAMES, Unwrapper } from "./shapes/unwrap";
import type { SkipCounter, SkipReason } from "./skipped";

/**
 * Reads events out of bytes as they come, wherever the chunks are cut. Never holds more than one record; what is not asked for is
 * skipped byte by byte and never becomes a JavaScript value.
 *
 * Understood are `{"Records":[…]}` as CloudTrail writes it, several of these one after the other, one event per line with or without
 * something in front of it, a plain array, and whatever `shapes/unwrap.ts` finds in records that are no event themselves. Only those become
 * JavaScript values.
 */

/** CloudTrail's own limit is 256 KB for an event and 1 MB with "event size" raised. */
export const MAX_RECORD_BYTES = 2 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/** The bytes end before the value does. */
const INCOMPLETE = -1;
/** What stands there is not JSON. */
const MALFORMED = -2;
/** A list of records begins; `entered` says where. */
const ENTERED = -3;

/** Members that hold lists of records, and those whose object holds such a list. */
const LISTS = LIST_NAMES.map((name) => Buffer.from(name));
const HOLDERS = LIST_HOLDERS.map((name) => Buffer.from(name));

const EVENT_NAME = fieldNumber("eventName");
const EVENT_SOURCE = fieldNumber("eventSource");
const DIGEST = [fieldNumber("digestS3Object"), fieldNumber("digestEndTime"), fieldNumber("awsAccountId")];
const INSIGHT = fieldNumber("insightDetails");
const IDENTITY_TYPE = fieldNumber("userIdentity.type");
/** Every identity has one of them, in this spelling. */
const IDENTITY_IDS = [
  fieldNumber("userIdentity.accountId"),
  fieldNumber("userIdentity.principalId"),
  fieldNumber("userIdentity.invokedBy"),
];
const REQUEST = fieldNumber("requestParameters");

/** In front of a record on its line: a time, the name of a log stream. */
const LONGEST_PREFIX = 4096;
/** What one record's compressed bytes may become. */
const LARGEST_INNER = 32 * 1024 * 1024;
/** Messages within messages. */
const DEEPEST = 6;

type Where =
  /** Between values at the top of the file. */
  | "top"
  /** In a list of records. */
  | "list"
  /** In the object that held the list, behind it. */
  | "wrapper"
  /** In a value that is too large, up to its end. */
  | "skip"
  /** In a line that is not JSON, up to its end. */
  | "line"
  /** Behind broken JSON: nothing further is read of this file. */
  | "lost";

export class CloudTrailScanner {
  events = 0;
  private where: Where = "top";
  /** How many objects the list stands in. */
  private wrapped = 0;
  private opened = 0;
  /** Values of the lists of the object that is read, and how many there are according to itself. */
  private listed = 0;
  private announced = 0;
  /** Bytes not yet used are `bytes[at]` to `bytes[end]`. */
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private end = 0;
  /** Memory for bytes that have to outlive their chunk. */
  private own: Buffer = Buffer.alloc(0);
  /** A record that was incomplete is looked at again when this many bytes are there: twice as many, so that time stays linear. */
  private wanted = 0;
  private entered = 0;
  private seen = 0;
  private ended = false;
  private digests = 0;
  private skip = { depth: 0, inText: false, escaped: false, after: "top" as Where };
  private readonly event = new CloudTrailEvent();
  /** For records that were wrapped in others, and for what they hold: one for all of them. */
  private inner: CloudTrailEvent | undefined;
  private below: CloudTrailScanner | undefined;
  private columns: Set<string> | undefined;
  /** Members of records in another form than CloudTrail's. */
  private rowMembers: Set<string> | undefined;
  /** Events were found in the answer of a query. */
  private selected = false;
  private readonly unwrapper: Unwrapper;

  constructor(
    private readonly visit: (event: CloudTrailEvent) => void,
    private readonly skipped: SkipCounter,
    private readonly maxRecordBytes: number = MAX_RECORD_BYTES,
    private readonly visitDigest?: (digest: CloudTrailEvent) => void,
    private readonly depth = 0,
  ) {
    this.unwrapper = new Unwrapper(this.found);
  }

  /** Where readers of other forms put what they find. */
  readonly found: Found = {
    event: (event) => this.rewritten(event),
    text: (text) => this.within(Buffer.from(text)),
    bytes: (bytes) => this.within(bytes),
    skip: (reason: SkipReason) => this.skipped.add(reason),
    columns: (names) => {
      this.columns ??= new Set();
      for (const name of names) if (this.columns.size < 1000) this.columns.add(name);
    },
    members: (row) => {
      this.rowMembers ??= new Set();
      for (const [name, value] of Object.entries(row))
        if (value !== null && value !== undefined && this.rowMembers.size < 1000) this.rowMembers.add(name);
    },
    selection: () => {
      this.selected = true;
    },
    unfinished: (why) => {
      this.skipped.add("morePages");
      this.skipped.detail("morePages", why);
    },
  };

  /** Whether events were found in the answer of a query. */
  get hasSelection(): boolean {
    return this.selected && this.events > 0;
  }

  /** Records of digest files so far. */
  get digestsSeen(): number {
    return this.digests;
  }

  /** Takes the next bytes. They may be overwritten afterwards: what is needed longer is copied. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.seen += chunk.length;
    if (this.where === "lost") return;
    const rest = this.end - this.at;
    if (rest === 0) {
      this.bytes = chunk;
      this.at = 0;
      this.end = chunk.length;
    } else {
      this.keep(chunk.length);
      chunk.copy(this.bytes, this.end);
      this.end += chunk.length;
    }
    if (this.end - this.at >= this.wanted) this.drain();
    if (this.end === this.at) {
      this.at = this.end = 0;
    } else if (this.bytes === chunk) this.keep(0);
  }

  /** The file has ended. */
  finish(): void {
    this.ended = true;
    if (this.wanted > 0) this.drain();
    if (this.seen === 0) this.skipped.add("empty");
    else if (this.where === "line") this.where = "top";
    else if (this.where !== "lost" && (this.where !== "top" || this.end > this.at)) this.skipped.add("truncated");
    if (this.digests > 0) this.skipped.add("digest", this.digests);
    this.finishTable();
  }

  /** The table has ended, if it was one: says which columns it did not have. */
  finishTable(): void {
    const missing = this.columns ? missingFields(this.columns) : [];
    const lacking = this.rowMembers && this.events > 0 ? missingMembers(this.rowMembers) : [];
    this.columns = this.rowMembers = undefined;
    if (missing.length + lacking.length === 0) return;
    this.skipped.add("columns");
    const what = missing.length > 0 ? `a table without ${missing.join(", ")}` : `records without ${lacking.join(", ")}`;
    this.skipped.detail("columns", `${what}: what they would say is not known`);
  }

  /** Brings what is left to the beginning of a buffer of our own, with room for more. */
  private keep(more: number): void {
    // Nothing is moved while there is room: a record may come in very many pieces.
    if (this.bytes === this.own && this.end + more <= this.own.length) return;
    const rest = this.end - this.at;
    const size = rest + more;
    const target = this.own.length >= size ? this.own : Buffer.allocUnsafe(Math.max(64 * 1024, 2 * size));
    this.bytes.copy(target, 0, this.at, this.end);
    this.own = target;
    this.bytes = target;
    this.at = 0;
    this.end = rest;
  }

  private drain(): void {
    this.wanted = 0;
    while (this.at < this.end) {
      if (this.where === "skip") this.skipOn();
      else if (this.where === "line") this.skipLine();
      else if (this.where === "lost") this.at = this.end;
      else if (!this.next()) return;
    }
  }

  /** Takes one thing; false when more bytes are needed. */
  private next(): boolean {
    const { bytes } = this;
    const byte = bytes[this.at]!;
    if (isSpace(byte) || (byte === COMMA && this.where !== "top")) {
      this.at++;
      return true;
    }
    if (this.where === "wrapper") return this.wrapperMember(byte);
    if (this.where === "list" && byte === CLOSE_ARRAY) {
      this.at++;
      this.where = this.wrapped > 0 ? "wrapper" : "top";
      return true;
    }
    if (byte === OPEN_OBJECT) return this.object();
    if (this.where === "top") {
      if (byte === OPEN_ARRAY) {
        this.at++;
        this.where = "list";
        this.wrapped = 0;
        this.unwrapper.reset();
      } else if (byte === QUOTE) return this.line();
      else if (byte === 0xef && this.seen === this.end - this.at) {
        // A byte order mark at the very beginning, which some editors put there; anything else that begins like it is no JSON either way.
        if (this.end - this.at < 3) return this.need(INCOMPLETE);
        this.at += 3;
      } else return this.line();
      return true;
    }
    // Something in a list that is no object: a message as text, a row of a table.
    const after = skipValue(bytes, this.at, this.end);
    if (after < 0) return this.need(after);
    if (after - this.at > this.maxRecordBytes) return this.giveUp();
    const from = this.at;
    this.at = after;
    this.listed++;
    if (byte === QUOTE || byte === OPEN_ARRAY) this.unwrap(bytes, from, after);
    else this.skipped.add("notAnEvent");
    return true;
  }

  /** A line that does not begin like a record: something may stand in front of it, or the record may be a text. */
  private line(): boolean {
    const { bytes, end, at } = this;
    const newline = bytes.subarray(at, end).indexOf(NEWLINE);
    const stop = newline < 0 ? end : at + newline;
    if (bytes[at] === QUOTE) {
      const after = skipText(bytes, at, stop);
      if (after < 0 && newline < 0 && !this.ended) return this.need(INCOMPLETE);
      if (after > 0 && onlySpace(bytes, after, stop)) {
        this.at = after;
        this.unwrap(bytes, at, after);
        return true;
      }
    }
    for (let i = at; i < stop && i - at <= LONGEST_PREFIX; i++) {
      if (bytes[i] !== OPEN_OBJECT) continue;
      let next = i + 1;
      while (next < stop && isSpace(bytes[next]!)) next++;
      if (bytes[next] === QUOTE && next < stop) {
        this.at = i;
        return true;
      }
    }
    if (newline < 0 && end - at <= LONGEST_PREFIX && !this.ended) return this.need(INCOMPLETE);
    this.badLine();
    return true;
  }

  private object(): boolean {
    const { bytes, event, at } = this;
    event.bytes = bytes;
    event.starts.fill(-1);
    const top = this.where === "top";
    this.opened = top ? 1 : 0;
    const after = this.members(at + 1, RECORD_KEYS, top);
    // The same whether it came in one piece or not.
    if ((after === ENTERED ? this.entered : after) - at > this.maxRecordBytes) return this.giveUp();
    if (after === ENTERED) {
      this.at = this.entered;
      this.where = "list";
      this.wrapped = this.opened;
      this.unwrapper.reset();
      this.listed = this.announced = 0;
      this.noteWhole();
      return true;
    }
    if (after < 0) return this.need(after);
    this.at = after;
    this.listed++;
    this.record(event, at, after);
    return true;
  }

  private record(event: CloudTrailEvent, from: number, to: number): void {
    const { starts, bytes } = event;
    if (isText(event, EVENT_NAME) && isText(event, EVENT_SOURCE)) {
      if (event.is("eventType", "AwsCloudTrailInsight")) this.skipped.add("insight");
      // Another tool wrote the record: the identity or the parameters as text. Or it is an envelope that names its own source.
      else if (
        starts[IDENTITY_TYPE]! < 0 ||
        IDENTITY_IDS.every((field) => starts[field]! < 0) ||
        (starts[REQUEST]! >= 0 && bytes[starts[REQUEST]!] === QUOTE) ||
        event.startsWith("eventSource", "aws:")
      )
        this.odd(event, from, to);
      else this.show(event);
    } else if (starts[INSIGHT]! >= 0 && bytes[starts[INSIGHT]!] === OPEN_OBJECT) this.skipped.add("insight");
    else if (DIGEST.every((field) => isText(event, field))) {
      this.digests++;
      this.visitDigest?.(event);
    } else this.unwrap(bytes, from, to);
  }

  /** A record with the name and source of an event, and something that CloudTrail does not write. */
  private odd(event: CloudTrailEvent, from: number, to: number): void {
    if (event.startsWith("eventSource", "aws:")) return this.unwrap(event.bytes, from, to);
    const row = parsed(event.bytes, from, to);
    const names = isRow(row) ? Object.keys(row) : [];
    const text = (name: string): boolean => isRow(row) && typeof row[name] === "string" && row[name] !== "";
    if (
      isRow(row) &&
      (text("userIdentity") ||
        isLowerCase(row["userIdentity"]) ||
        isPacked(row["requestParameters"]) ||
        names.some(isDotted))
    ) {
      this.found.selection();
      this.found.members(row);
      const rewritten = canonicalEvent(row);
      if (rewritten) this.rewritten(rewritten);
      else this.skipped.add("notAnEvent");
      return;
    }
    this.show(event);
  }

  private show(event: CloudTrailEvent): void {
    event.isAnswer = this.selected;
    this.events++;
    this.visit(event);
  }

  private unwrap(bytes: Buffer, from: number, to: number): void {
    const value = parsed(bytes, from, to);
    if (value === undefined) this.skipped.add("notAnEvent");
    else this.unwrapper.value(value);
  }

  /** A record of another form, in CloudTrail's: it is shown like any other. */
  private rewritten(row: Row): void {
    const event = (this.inner ??= new CloudTrailEvent());
    event.bytes = Buffer.from(JSON.stringify(row));
    event.starts.fill(-1);
    const outer = { bytes: this.bytes, end: this.end };
    this.bytes = event.bytes;
    this.end = event.bytes.length;
    this.members(1, RECORD_KEYS, false, event);
    this.bytes = outer.bytes;
    this.end = outer.end;
    this.show(event);
  }

  /** What a record holds as text or bytes: whatever a file may hold. */
  private within(content: Buffer): void {
    if (this.depth >= DEEPEST) return this.skipped.add("notAnEvent");
    let bytes = content;
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      try {
        bytes = gunzipSync(bytes, { maxOutputLength: LARGEST_INNER });
      } catch (error) {
        return this.skipped.add(
          (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "tooLarge" : "damagedGzip",
        );
      }
    }
    const below = (this.below ??= new CloudTrailScanner(
      (event) => {
        this.selected ||= event.isAnswer;
        this.show(event);
      },
      this.skipped,
      this.maxRecordBytes,
      (digest) => this.visitDigest?.(digest),
      this.depth + 1,
    ));
    below.restart();
    below.push(bytes);
    below.finish();
  }

  /** As new, for another content. */
  private restart(): void {
    this.where = "top";
    this.wrapped = this.at = this.end = this.wanted = this.seen = this.digests = 0;
    this.ended = false;
    this.unwrapper.reset();
  }

  /** Takes note of what an answer says of itself: a next page, the number of hits or of records that matched. */
  private noteWhole(): void {
    const { event } = this;
    const answer = Object.fromEntries(ANSWER_MEMBERS.filter((name) => event.has(name)).map((n) => [n, event.json(n)]));
    const why = unfinished(answer);
    if (why !== undefined) this.found.unfinished(why);
    this.announced = Math.max(this.announced, announcedBy(answer));
  }

  /**
   * Reads the members of an object from behind its `{`, and notes where the values of known fields stand. Returns the position
   * behind its `}`, or why there is none.
   */
  private members(from: number, table: KeyTable, lists: boolean, event = this.event): number {
    const { bytes, end } = this;
    const { starts, ends } = event;
    let i = from;
    for (;;) {
      while (i < end && (isSpace(bytes[i]!) || bytes[i] === COMMA)) i++;
      if (i >= end) return INCOMPLETE;
      if (bytes[i] === CLOSE_OBJECT) return i + 1;
      if (bytes[i] !== QUOTE) return MALFORMED;
      const key = i + 1;
      i = skipText(bytes, i, end);
      if (i < 0) return i;
      const keyEnd = i - 1;
      while (i < end && isSpace(bytes[i]!)) i++;
      if (i >= end) return INCOMPLETE;
      if (bytes[i] !== COLON) return MALFORMED;
      i++;
      while (i < end && isSpace(bytes[i]!)) i++;
      if (i >= end) return INCOMPLETE;
      if (lists) {
        if (bytes[i] === OPEN_ARRAY && isOneOf(LISTS, bytes, key, keyEnd)) {
          this.entered = i + 1;
          return ENTERED;
        }
        if (bytes[i] === OPEN_OBJECT && isOneOf(HOLDERS, bytes, key, keyEnd)) {
          this.opened++;
          i = this.members(i + 1, RECORD_KEYS, true, event);
          if (i < 0) return i;
          this.opened--;
          continue;
        }
      }
      const slot = slotOf(keyEnd - key, bytes[key]!, bytes[keyEnd - 3]!, table.factor);
      const name = table.names[slot];
      if (name !== undefined && sameName(name, bytes, key, keyEnd)) {
        const below = table.below[slot];
        if (below === undefined) {
          const start = i;
          i = skipValue(bytes, i, end);
          if (i < 0) return i;
          const field = table.fields[slot]!;
          starts[field] = start;
          ends[field] = i;
          continue;
        }
        if (bytes[i] === OPEN_OBJECT) {
          i = this.members(i + 1, below, false, event);
          if (i < 0) return i;
          continue;
        }
      }
      i = skipValue(bytes, i, end);
      if (i < 0) return i;
    }
  }

  private wrapperMember(byte: number): boolean {
    if (byte === CLOSE_OBJECT) {
      this.at++;
      this.leave();
      return true;
    }
    // The rest of the object is read like the beginning of one: it may hold another list.
    const { event } = this;
    event.bytes = this.bytes;
    event.starts.fill(-1);
    this.opened = this.wrapped;
    const after = this.members(this.at, RECORD_KEYS, true);
    if ((after === ENTERED ? this.entered : after) - this.at > this.maxRecordBytes) return this.giveUp();
    if (after === ENTERED) {
      this.at = this.entered;
      this.where = "list";
      this.wrapped = this.opened;
      this.unwrapper.reset();
      this.noteWhole();
      return true;
    }
    if (after < 0) return this.need(after);
    this.at = after;
    this.noteWhole();
    this.leave();
    return true;
  }

  /** Behind an object that held a list: in the one around it, or at the top. */
  private leave(): void {
    this.wrapped--;
    this.where = this.wrapped > 0 ? "wrapper" : "top";
    if (this.wrapped > 0 || this.announced <= this.listed) return;
    this.found.unfinished(`an answer with ${this.listed} of ${this.announced} records`);
  }

  /** What was to be read is not whole: waits for more, or gives it up. Returns whether to go on. */
  private need(reason: number): boolean {
    if (reason === MALFORMED) {
      if (this.where === "top") this.badLine();
      else {
        this.skipped.add("brokenJson");
        this.where = "lost";
      }
      return true;
    }
    const there = this.end - this.at;
    if (there < this.maxRecordBytes) {
      this.wanted = Math.min(2 * there, this.maxRecordBytes);
      return false;
    }
    return this.giveUp();
  }

  /** Skips what begins here, because it is too large. */
  private giveUp(): true {
    this.skipped.add("tooLarge");
    // Behind a list the object's members go on after the one that was too large.
    this.skip = {
      depth: this.where === "wrapper" ? this.wrapped : 0,
      inText: false,
      escaped: false,
      after: this.where === "wrapper" ? "top" : this.where,
    };
    this.where = "skip";
    return true;
  }

  private badLine(): void {
    this.skipped.add("notJson");
    this.where = "line";
  }

  private skipLine(): void {
    const newline = this.bytes.subarray(this.at, this.end).indexOf(NEWLINE);
    if (newline < 0) this.at = this.end;
    else {
      this.at += newline + 1;
      this.where = "top";
    }
  }

  /** Goes on to the end of a value of any size, keeping nothing of it. */
  private skipOn(): void {
    const { bytes, end, skip } = this;
    let i = this.at;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (skip.inText) {
        if (skip.escaped) skip.escaped = false;
        else if (byte === BACKSLASH) skip.escaped = true;
        else if (byte === QUOTE) {
          skip.inText = false;
          if (skip.depth === 0) break;
        }
      } else if (byte === QUOTE) skip.inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) skip.depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        skip.depth--;
        if (skip.depth === 0) break;
      }
    }
    if (i < end) {
      i++;
      this.where = skip.after;
    }
    this.at = i;
  }
}

function isText(event: CloudTrailEvent, field: number): boolean {
  const start = event.starts[field]!;
  return start >= 0 && event.bytes[start] === QUOTE;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function isOneOf(names: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): boolean {
  return names.some((name) => sameName(name, bytes, start, end));
}

function onlySpace(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isSpace(bytes[i]!)) return false;
  return true;
}

function parsed(bytes: Buffer, from: number, to: number): unknown {
  try {
    return JSON.parse(bytes.toString("utf8", from, to)) as unknown;
  } catch {
    return undefined;
  }
}

/** Parameters as text: JSON, or a row as Athena writes it. */
function isPacked(value: unknown): boolean {
  return typeof value === "string" && /^\s*\{/.test(value);
}

/** An identity as engines of SQL write it: without capitals. */
function isLowerCase(identity: unknown): boolean {
  return isRow(identity) && LOWER_CASE.some((name) => name in identity);
}
const LOWER_CASE = ["accountid", "principalid", "invokedby", "accesskeyid", "sessioncontext", "username"] as const;

/** A member of the identity as a member of the record. */
function isDotted(name: string): boolean {
  return /^userIdentity\./i.test(name);
}

function sameName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let k = 0; k < name.length; k++) if (name[k] !== bytes[start + k]) return false;
  return true;
}

/** From a `"` to behind the one that ends the text. */
function skipText(bytes: Uint8Array, from: number, end: number): number {
  let i = from + 1;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return INCOMPLETE;
}

/** From the first byte of a value to behind its last. Objects and arrays by counting brackets: what is inside is not looked at. */
function skipValue(bytes: Uint8Array, from: number, end: number): number {
  const first = bytes[from]!;
  if (first === QUOTE) return skipText(bytes, from, end);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return skipScalar(bytes, from, end);
  let depth = 1;
  let i = from + 1;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i++;
      for (;;) {
        if (i >= end) return INCOMPLETE;
        const inner = bytes[i]!;
        if (inner === QUOTE) break;
        i += inner === BACKSLASH ? 2 : 1;
      }
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth--;
      if (depth === 0) return i + 1;
    }
    i++;
  }
  return INCOMPLETE;
}

/** No number of a record is nearly as long. */
const LONGEST_SCALAR = 400;

/** A number, `true`, `false`, `null`: letters, digits and signs up to what ends a value. */
function skipScalar(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte))
      return i === from ? MALFORMED : i;
    const fits =
      (byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x2d ||
      byte === 0x2b ||
      byte === 0x2e ||
      byte === 0x45;
    if (!fits || i - from > LONGEST_SCALAR) return MALFORMED;
    i++;
  }
  return INCOMPLETE;
}
