import { CloudTrailEvent, decodeText } from "./event";
import { fieldNumber, KeyTable, RECORD_KEYS, slotOf } from "./fields";
import type { SkipCounter } from "./skipped";

/**
 * Reads events out of bytes as they come, wherever the chunks are cut. Never holds more than one record; what is not asked for is
 * skipped byte by byte and never becomes a JavaScript value.
 *
 * Understood are all the ways in which events are commonly stored: `{"Records":[…]}` as CloudTrail writes it, several of these one
 * after the other, one event per line, a plain array, what `aws cloudtrail lookup-events` prints (`{"Events":[{"CloudTrailEvent":"…"}]}`),
 * exports of CloudWatch Logs (`logEvents`) and events as EventBridge passes them on (`detail`).
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

/** Members that hold lists of records. */
const LISTS = [Buffer.from("Records"), Buffer.from("Events"), Buffer.from("logEvents")];

const EVENT_NAME = fieldNumber("eventName");
const EVENT_SOURCE = fieldNumber("eventSource");
const DIGEST = fieldNumber("digestS3Object");
const DETAIL = fieldNumber("detail");
const EMBEDDED = [fieldNumber("CloudTrailEvent"), fieldNumber("message")];

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
  /** Whether the list stands in an object. */
  private wrapped = false;
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
  private digests = 0;
  private skip = { depth: 0, inText: false, escaped: false, after: "top" as Where };
  private readonly event = new CloudTrailEvent();

  constructor(
    private readonly visit: (event: CloudTrailEvent) => void,
    private readonly skipped: SkipCounter,
    private readonly maxRecordBytes: number = MAX_RECORD_BYTES,
    private readonly visitDigest?: (digest: CloudTrailEvent) => void,
  ) {}

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
    if (this.wanted > 0) this.drain();
    if (this.seen === 0) this.skipped.add("empty");
    else if (this.where === "line") this.where = "top";
    else if (this.where !== "lost" && (this.where !== "top" || this.end > this.at)) this.skipped.add("truncated");
    if (this.digests > 0) this.skipped.add("digest", this.digests);
  }

  /** Brings what is left to the beginning of a buffer of our own, with room for more. */
  private keep(more: number): void {
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
      this.where = this.wrapped ? "wrapper" : "top";
      return true;
    }
    if (byte === OPEN_OBJECT) return this.object();
    if (this.where === "top") {
      if (byte === OPEN_ARRAY) {
        this.at++;
        this.where = "list";
        this.wrapped = false;
      } else if (byte === 0xef && this.seen === this.end - this.at) {
        // A byte order mark at the very beginning, which some editors put there; anything else that begins like it is no JSON either way.
        if (this.end - this.at < 3) return this.need(INCOMPLETE);
        this.at += 3;
      } else this.badLine();
      return true;
    }
    // Something in a list that is no object.
    const after = skipValue(bytes, this.at, this.end);
    if (after < 0) return this.need(after);
    if (after - this.at > this.maxRecordBytes) return this.giveUp();
    this.skipped.add("notAnEvent");
    this.at = after;
    return true;
  }

  private object(): boolean {
    const { bytes, event, at } = this;
    event.bytes = bytes;
    event.starts.fill(-1);
    const after = this.members(at + 1, RECORD_KEYS, this.where === "top");
    // The same whether it came in one piece or not.
    if ((after === ENTERED ? this.entered : after) - at > this.maxRecordBytes) return this.giveUp();
    if (after === ENTERED) {
      this.at = this.entered;
      this.where = "list";
      this.wrapped = true;
      return true;
    }
    if (after < 0) return this.need(after);
    this.at = after;
    this.record(event);
    return true;
  }

  private record(event: CloudTrailEvent): void {
    const { starts, ends, bytes } = event;
    if (isText(event, EVENT_NAME) && isText(event, EVENT_SOURCE)) {
      if (event.is("eventType", "AwsCloudTrailInsight")) this.skipped.add("insight");
      else {
        this.events++;
        this.visit(event);
      }
      return;
    }
    for (const field of EMBEDDED) {
      if (isText(event, field))
        return this.embedded(Buffer.from(decodeText(bytes, starts[field]! + 1, ends[field]! - 1)), 0);
    }
    if (starts[DETAIL]! >= 0 && bytes[starts[DETAIL]!] === OPEN_OBJECT) return this.embedded(bytes, starts[DETAIL]!);
    if (starts[DIGEST]! >= 0) {
      this.digests++;
      this.visitDigest?.(event);
    } else this.skipped.add("notAnEvent");
  }

  /** A record inside of another. */
  private embedded(bytes: Buffer, at: number): void {
    const event = new CloudTrailEvent();
    event.bytes = bytes;
    event.starts.fill(-1);
    const outer = { bytes: this.bytes, end: this.end };
    this.bytes = bytes;
    if (bytes !== outer.bytes) this.end = bytes.length;
    const whole = bytes[at] === OPEN_OBJECT && this.members(at + 1, RECORD_KEYS, false, event) > 0;
    this.bytes = outer.bytes;
    this.end = outer.end;
    if (whole && isText(event, EVENT_NAME) && isText(event, EVENT_SOURCE)) {
      this.events++;
      this.visit(event);
    } else this.skipped.add("notAnEvent");
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
      if (lists && bytes[i] === OPEN_ARRAY && isList(bytes, key, keyEnd)) {
        this.entered = i + 1;
        return ENTERED;
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
      this.where = "top";
      return true;
    }
    // The rest of the object is read like the beginning of one: it may hold another list.
    const after = this.members(this.at, NO_KEYS, true);
    if ((after === ENTERED ? this.entered : after) - this.at > this.maxRecordBytes) return this.giveUp();
    if (after === ENTERED) {
      this.at = this.entered;
      this.where = "list";
      return true;
    }
    if (after < 0) return this.need(after);
    this.at = after;
    this.where = "top";
    return true;
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
      depth: this.where === "wrapper" ? 1 : 0,
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

/** A table that knows no name. */
const NO_KEYS: KeyTable = { names: [], fields: new Int32Array(0), below: [], factor: 1 };

function isText(event: CloudTrailEvent, field: number): boolean {
  const start = event.starts[field]!;
  return start >= 0 && event.bytes[start] === QUOTE;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function isList(bytes: Uint8Array, start: number, end: number): boolean {
  return LISTS.some((name) => sameName(name, bytes, start, end));
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
