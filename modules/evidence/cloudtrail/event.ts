import { FIELD_COUNT, FieldName, fieldNumber } from "./fields";
import { isoTime } from "./shapes/times";

/**
 * What an event may be counted for. Answers of queries come in two: groups of calls, and what there is of each account and region; neither
 * is counted for the other.
 */
export type EventPart = "all" | "calls" | "places";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * One event as a view of the bytes it was read from: fields are decoded when they are asked for, so that an event nobody is
 * interested in costs next to nothing. Valid until the visitor returns; copy what is to be kept.
 */
export class CloudTrailEvent {
  /** @internal Where each field's value begins and ends in `bytes`; -1 where the record has none. */
  readonly starts = new Int32Array(FIELD_COUNT);
  /** @internal */
  readonly ends = new Int32Array(FIELD_COUNT);
  /** @internal */
  bytes: Buffer = Buffer.alloc(0);
  /** Whether it was found in the answer of a query, which may have left others out. */
  isAnswer = false;
  /** How many events it stands for, which differ in nothing that is asked about. */
  count = 1;
  part: EventPart = "all";

  constructor(private readonly texts: TextTable = new TextTable()) {}

  has(name: FieldName): boolean {
    return this.starts[fieldNumber(name)]! >= 0;
  }

  /** A field that is a text; nothing where it is missing, `null`, or something else. */
  text(name: FieldName): string | undefined {
    const field = fieldNumber(name);
    const start = this.starts[field]!;
    if (start < 0 || this.bytes[start] !== QUOTE) return undefined;
    return this.texts.decode(this.bytes, start + 1, this.ends[field]! - 1);
  }

  /** Whether a field is a text that begins with these characters (ASCII); makes no string. */
  startsWith(name: FieldName, prefix: string): boolean {
    const field = fieldNumber(name);
    const start = this.starts[field]!;
    if (start < 0 || this.bytes[start] !== QUOTE || this.ends[field]! - start - 2 < prefix.length) return false;
    for (let i = 0; i < prefix.length; i++) if (this.bytes[start + 1 + i] !== prefix.charCodeAt(i)) return false;
    return true;
  }

  /** Whether a field is exactly this text (ASCII); makes no string. */
  is(name: FieldName, value: string): boolean {
    const field = fieldNumber(name);
    return this.ends[field]! - this.starts[field]! - 2 === value.length && this.startsWith(name, value);
  }

  /** A field that is `true` or `false`; nothing where it is missing or something else. Makes no value of the rest. */
  flag(name: FieldName): boolean | undefined {
    const field = fieldNumber(name);
    const start = this.starts[field]!;
    const length = this.ends[field]! - start;
    if (start < 0) return undefined;
    return this.bytes[start] === 0x74 && length === 4
      ? true
      : this.bytes[start] === 0x66 && length === 5
        ? false
        : undefined;
  }

  /** A field of any kind, parsed; nothing where it is missing or cannot be parsed. */
  json(name: FieldName): unknown {
    const field = fieldNumber(name);
    const start = this.starts[field]!;
    if (start < 0) return undefined;
    try {
      return JSON.parse(this.bytes.toString("utf8", start, this.ends[field])) as unknown;
    } catch {
      return undefined;
    }
  }

  /** Time of the event in seconds since 1970, UTC; -1 where it has none, or one that is no time. */
  seconds(): number {
    const field = TIME;
    const at = this.starts[field]!;
    if (at < 0) return -1;
    const seconds = this.bytes[at] === QUOTE ? secondsOf(this.bytes, at + 1, this.ends[field]! - 1) : -1;
    return seconds >= 0 ? seconds : this.otherSeconds();
  }

  /** A time that another tool wrote into a record of CloudTrail's form. */
  private otherSeconds(): number {
    const time = isoTime(this.json("eventTime"));
    return time === undefined ? -1 : Date.parse(time) / 1000;
  }
}

const TIME = fieldNumber("eventTime");

/** `2026-01-31T12:34:56Z` in bytes as seconds since 1970; -1 where it is not of this form. Fractions of a second are cut. */
export function secondsOf(bytes: Uint8Array, start: number, end: number): number {
  if (
    end - start < 20 ||
    bytes[start + 4] !== 0x2d ||
    bytes[start + 7] !== 0x2d ||
    bytes[start + 10] !== 0x54 ||
    bytes[start + 13] !== 0x3a ||
    bytes[start + 16] !== 0x3a ||
    bytes[end - 1] !== 0x5a
  )
    return -1;
  if (end - start > 20 && bytes[start + 19] !== 0x2e) return -1;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  const hour = two(bytes, start + 11);
  const minute = two(bytes, start + 14);
  const second = two(bytes, start + 17);
  // NaN of a character that is no digit fails every comparison.
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60))
    return -1;
  return dayNumber(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar. `Date.UTC` does the same at several times the cost. */
export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

/** `2026-01-31T12:34:56Z` of seconds since 1970. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

const TEXT_SLOTS = 1 << 15;
/** Longer texts seldom repeat. */
const LONGEST_KEPT = 200;

/**
 * Decodes texts, and gives the same string for the same bytes without making it again: names of services, actions, principals and
 * programs repeat millions of times in a log. One string per slot, the last one seen: the table cannot grow.
 */
export class TextTable {
  private readonly strings: (string | undefined)[] = Array<string | undefined>(TEXT_SLOTS);

  decode(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST_KEPT) return decodeText(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      // Escapes and characters beyond ASCII are rare enough to be made each time.
      if (byte >= 0x80 || byte === BACKSLASH) return decodeText(bytes, start, end);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = (hash ^ (hash >>> 15)) & (TEXT_SLOTS - 1);
    const known = this.strings[slot];
    if (known !== undefined && known.length === length && sameBytes(known, bytes, start)) return known;
    const made = bytes.toString("latin1", start, end);
    this.strings[slot] = made;
    return made;
  }
}

function sameBytes(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** The text between two quotes, escapes resolved; broken escapes stay as they are. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start, end);
  if (!raw.includes("\\")) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}
