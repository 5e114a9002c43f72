import { closeSync, createReadStream, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip, gunzipSync } from "node:zlib";
import { Decompress } from "fzstd";
import type { AsyncBuffer } from "hyparquet";
import { openPlainFile, readBytes } from "../../kernel/read-text";
import type { CloudTrailEvent } from "./event";
import { CloudTrailScanner } from "./scanner";
import { TableReader, tableForm } from "./shapes/csv";
import { otherForm, Packing, packingOf } from "./shapes/packing";
import { readParquet } from "./shapes/parquet";
import { TooLargeWindow, ZstdWindows } from "./shapes/zstd-windows";
import { doubtful, SkipCounter, SkipCounts, SkipReason } from "./skipped";
import type { LogFile } from "./log-file";

/** Who takes what is found in a file. */
export interface FileVisitor {
  readonly event: (event: CloudTrailEvent) => void;
  /** @default - digests are only counted */
  readonly digest?: (digest: CloudTrailEvent) => void;
  /** The bytes as they are stored, for a digest of what was read. @default - not asked for */
  readonly bytes?: (chunk: Buffer) => void;
}

const CHUNK = 256 * 1024;
/** Compressed files up to this size are unpacked in one go, which is several times as fast for the small files that CloudTrail writes. */
const AT_ONCE = 1024 * 1024;
/** What such a file may become; a larger one is unpacked piece by piece. */
const AT_ONCE_UNPACKED = 32 * 1024 * 1024;
/** Parquet that is compressed as a whole, or that a bucket's object begins as: it is read from its end, and so kept. */
const LARGEST_KEPT = 128 * 1024 * 1024;
/** Compressed again and again: no tool does it more often. */
const MOST_LAYERS = 4;
/** Bytes in which a text must show that it has records. */
const HEAD = 64 * 1024;

const buffer = Buffer.allocUnsafe(CHUNK);

/** Reads objects of buckets. */
export interface ObjectReader {
  stream(file: LogFile): Promise<Readable | undefined>;
  /** Bytes from `start` up to, not with, `end`. */
  slice(file: LogFile, start: number, end: number): Promise<ArrayBuffer>;
}

/** Whether a file is an object that is small enough to be fetched before its turn. */
export function canBeFetchedAhead(file: LogFile): boolean {
  return "bucket" in file.place && file.bytes <= AT_ONCE;
}

/**
 * Reads one file and shows its events to the visitor. Never throws for what is wrong with the file: that is counted, and the file named.
 * `content` is that of a small object that was fetched ahead, `objects` is needed for all other objects.
 */
export async function readLogFile(
  file: LogFile,
  visitor: FileVisitor,
  skipped: SkipCounter,
  objects?: ObjectReader,
  content?: Promise<Buffer>,
): Promise<void> {
  const own = new SkipCounter();
  const scanner = new CloudTrailScanner(visitor.event, own, undefined, visitor.digest);
  const sink = new Sink(scanner, own, file.named, visitor.bytes);
  let damage: string | undefined;
  try {
    damage =
      "path" in file.place
        ? await readLocal(file.place.path, file.bytes, sink)
        : content
          ? await readContent(await content, sink)
          : await readObject(file, objects!, sink);
    if (damage === undefined) damage = await sink.finish();
    if (sink.cut && own.all().truncated === undefined) own.add("truncated");
    if (damage !== undefined) {
      own.add("damagedGzip");
      damage = `the compression is damaged (${damage})`;
    }
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    // A visitor that fails is our fault, not the file's.
    if (code === undefined && !isServiceError(error)) throw error;
    own.add("unreadable");
    damage = code ?? name;
  }
  // Nothing in it was like a log: one file, however many lines it has.
  if (!file.named && damage === undefined && !sink.isTable && scanner.events === 0 && isNoLog(own.all()))
    skipped.add("otherFile", 1, file.name);
  else {
    if (scanner.hasSelection) own.add("selection");
    skipped.merge(own.all());
    const doubts = Object.keys(doubtful(own.all())) as SkipReason[];
    if (damage !== undefined) skipped.problem({ file: file.name, problem: damage });
    else if (doubts.length > 0)
      skipped.problem({ file: file.name, problem: doubts.map((reason) => own.words(reason)).join(", ") });
  }
}

/** Nothing was recognised: neither records nor a form that is known. */
function isNoLog(counts: SkipCounts): boolean {
  return (Object.keys(counts) as SkipReason[]).every((reason) => UNRECOGNISED.has(reason));
}

const UNRECOGNISED: ReadonlySet<SkipReason> = new Set([
  "notAnEvent",
  "notJson",
  "brokenJson",
  "truncated",
  "tooLarge",
  "otherFile",
]);

interface Reader {
  push(chunk: Buffer): void;
  finish(): void;
}

/** Finds out what the bytes are, by how they begin, and passes them on to whoever reads that. */
class Sink {
  private reader: Reader | undefined;
  private head: Buffer = Buffer.alloc(0);
  private decoder: TextDecoder | undefined;
  /** Of a Parquet file that does not come from a file that can be read at any place. */
  private kept: Buffer[] | undefined;
  private keptBytes = 0;
  /** Nothing more of the file is asked for. */
  closed = false;
  /** What it is compressed with ends in the middle. */
  cut = false;
  /** Its first line is that of a table of events. */
  isTable = false;

  constructor(
    readonly scanner: CloudTrailScanner,
    readonly skipped: SkipCounter,
    private readonly named: boolean,
    readonly stored: ((chunk: Buffer) => void) | undefined,
  ) {}

  push(chunk: Buffer): void {
    if (this.closed || chunk.length === 0) return;
    if (this.decoder) this.take(Buffer.from(this.decoder.decode(chunk, { stream: true })));
    else if (this.kept) this.keep(chunk);
    else this.take(chunk);
  }

  private take(chunk: Buffer): void {
    if (this.reader) return this.reader.push(chunk);
    const head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    if (this.decide(head, false)) return;
    // A copy: the chunk may be overwritten.
    this.head = Buffer.from(head);
  }

  /** The file has ended. Returns what is wrong with what it was packed in. */
  async finish(): Promise<string | undefined> {
    if (this.closed) return undefined;
    if (!this.reader && !this.kept && this.head.length > 0) this.decide(this.head, true);
    if (this.decoder) this.take(Buffer.from(this.decoder.decode()));
    if (this.decoder && !this.reader && this.head.length > 0) this.decide(this.head, true);
    if (this.kept) await this.parquet(bufferOf(Buffer.concat(this.kept)));
    else if (!this.closed) {
      if (this.reader && this.reader !== this.scanner) {
        this.reader.finish();
        this.scanner.finishTable();
      } else this.scanner.finish();
    }
    return undefined;
  }

  async parquet(file: AsyncBuffer): Promise<void> {
    this.closed = true;
    await readParquet(file, this.scanner.found, this.skipped);
    this.scanner.finishTable();
  }

  /** Decides who reads what begins like this; false when more is needed to know. */
  private decide(head: Buffer, all: boolean): boolean {
    const first = head.findIndex((byte) => byte > 0x20);
    const byte = head[first];
    // What a log begins with: there is no need to look further.
    if (byte === 0x7b || (byte === 0x5b && first + 1 < head.length && head[first + 1] !== 0)) {
      if (head[first + 1] !== 0 || head[0] === 0xff) return this.begin(this.scanner, head);
    }
    if (head.length < 8 && !all) return false;
    const packing = this.decoder ? undefined : packingOf(head);
    if (packing === "utf-16le" || packing === "utf-16be") {
      this.decoder = new TextDecoder(packing);
      this.head = Buffer.alloc(0);
      this.push(head);
      return this.reader !== undefined || this.closed || this.head.length > 0;
    }
    if (packing === "parquet") {
      this.kept = [];
      this.keep(head);
      return true;
    }
    const other = otherForm(head);
    if (other !== undefined) {
      this.skipped.add("packed");
      this.skipped.detail("packed", other);
      this.closed = true;
      return true;
    }
    if (head[0] === 0xef && head[1] === 0xbb) return this.text(head, 3, all);
    return this.text(head, 0, all);
  }

  private text(head: Buffer, from: number, all: boolean): boolean {
    const seen = head.subarray(from, HEAD);
    const start = seen.findIndex((byte) => byte > 0x20);
    const first = start < 0 ? undefined : seen[start];
    if (first === 0x7b || first === 0x5b) return this.begin(this.scanner, head);
    const newline = start < 0 ? -1 : seen.indexOf(0x0a, start);
    const whole = all || head.length >= HEAD;
    if (newline < 0 && !whole) return false;
    const line = seen.toString("utf8", Math.max(start, 0), newline < 0 ? seen.length : newline).replace(/\r$/, "");
    this.isTable = !seen.includes(0) && tableForm(line) !== undefined;
    if (this.isTable) return this.begin(new TableReader(this.scanner.found, this.skipped), head.subarray(from));
    if (this.named || hasRecord(seen)) return this.begin(this.scanner, head);
    // The first lines may be something else: a heading, a message of the tool that wrote the rest.
    if (!whole && !seen.includes(0)) return false;
    this.skipped.add("otherFile");
    this.closed = true;
    return true;
  }

  private begin(reader: Reader, head: Buffer): true {
    this.reader = reader;
    this.head = Buffer.alloc(0);
    reader.push(head);
    return true;
  }

  private keep(chunk: Buffer): void {
    this.keptBytes += chunk.length;
    if (this.keptBytes > LARGEST_KEPT) {
      this.skipped.add("tooLarge");
      this.closed = true;
      this.kept = undefined;
    } else this.kept!.push(Buffer.from(chunk));
  }
}

/** Whether some line has what may be a record in it. */
function hasRecord(head: Buffer): boolean {
  return !head.includes(0) && /\{\s*"|^[ \t]*"\{/m.test(head.toString("latin1"));
}

function bufferOf(bytes: Buffer): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (start, end) => arrayOf(bytes.subarray(start, end)),
  };
}

function arrayOf(bytes: Buffer): ArrayBuffer {
  const array = new ArrayBuffer(bytes.length);
  bytes.copy(new Uint8Array(array));
  return array;
}

function isServiceError(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    ("$metadata" in error ||
      "$response" in error ||
      (error as Error).name === "CredentialsProviderError" ||
      (error as Error).name === "TimeoutError")
  );
}

/** Returns what is wrong with the compression, if anything. */
async function readLocal(path: string, bytes: number, sink: Sink): Promise<string | undefined> {
  const descriptor = openPlainFile(path);
  let packing: Packing | undefined;
  try {
    let read = readSync(descriptor, buffer, 0, CHUNK, null);
    packing = packingOf(buffer.subarray(0, read));
    if (packing === "parquet") {
      if (sink.stored)
        for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) sink.stored(chunk as Buffer);
      await sink.parquet(fileBuffer(descriptor, bytes));
      return undefined;
    }
    if (packing !== "gzip" && packing !== "zstd") {
      // Whoever asked for the bytes gets all of them, of a file too that is no log.
      for (; read > 0 && !(sink.closed && !sink.stored); read = readSync(descriptor, buffer, 0, CHUNK, null)) {
        sink.stored?.(buffer.subarray(0, read));
        sink.push(buffer.subarray(0, read));
      }
      return undefined;
    }
  } finally {
    closeSync(descriptor);
  }
  if (bytes <= AT_ONCE && packing === "gzip") return readContent(readBytes(path), sink);
  return unpack(noted(createReadStream(path, { highWaterMark: CHUNK }), sink), sink);
}

async function readContent(content: Buffer, sink: Sink): Promise<string | undefined> {
  sink.stored?.(content);
  const unpacked = packingOf(content) === "gzip" ? (unpackAtOnce(content) ?? content) : content;
  const packing = packingOf(unpacked);
  if (packing === "gzip" || packing === "zstd") return unpack(once(unpacked), sink);
  sink.push(unpacked);
  return undefined;
}

async function readObject(file: LogFile, objects: ObjectReader, sink: Sink): Promise<string | undefined> {
  const body = await objects.stream(file);
  if (!body) return undefined;
  const chunks = noted(body as AsyncIterable<Buffer>, sink);
  const { first, all } = await peek(chunks);
  if (packingOf(first) !== "parquet") return unpack(all, sink);
  // Someone wants all bytes, or only the pieces with the columns that are needed.
  if (sink.stored) for await (const chunk of all) void chunk;
  else body.destroy();
  await sink.parquet({ byteLength: file.bytes, slice: (start, end) => objects.slice(file, start, end ?? file.bytes) });
  return undefined;
}

function fileBuffer(descriptor: number, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(end, byteLength) - start));
      let done = 0;
      while (done < bytes.length) {
        const read = readSync(descriptor, bytes, done, bytes.length - done, start + done);
        if (read === 0) break;
        done += read;
      }
      return arrayOf(bytes.subarray(0, done));
    },
  };
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield content;
}

/** The same bytes, after whoever asked for them as they are stored. */
async function* noted(chunks: AsyncIterable<Buffer>, { stored }: Sink): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    stored?.(chunk);
    yield chunk;
  }
}

/** Nothing when it is too large for that, or damaged: then it is unpacked piece by piece, which finds out what is wrong. */
function unpackAtOnce(content: Buffer): Buffer | undefined {
  try {
    const { buffer: unpacked, engine } = gunzipSync(content, {
      maxOutputLength: AT_ONCE_UNPACKED,
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return content.subarray(engine.bytesWritten).every((byte) => byte === 0) ? unpacked : undefined;
  } catch {
    return undefined;
  }
}

/** The first bytes, as many as tell how they are packed, and all of them. */
async function peek(chunks: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncGenerator<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  while (first.length < 8) {
    const next = await iterator.next();
    if (next.done) break;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first.length > 0) yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: all() };
}

/** Unpacks layer after layer: Firehose compresses what CloudWatch Logs has compressed. Returns what is wrong with the compression. */
async function unpack(packed: AsyncIterable<Buffer>, sink: Sink): Promise<string | undefined> {
  let layer = packed;
  try {
    for (let n = 0; ; n++) {
      const { first, all } = await peek(layer);
      const packing = packingOf(first);
      layer = all;
      if (packing !== "gzip" && packing !== "zstd") break;
      if (n >= MOST_LAYERS) return "packed too often";
      layer = packing === "gzip" ? gunzipped(layer, sink) : unzstd(layer);
    }
    for await (const chunk of layer) {
      if (sink.closed && !sink.stored) break;
      sink.push(chunk);
    }
    return undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (error instanceof Damaged) return error.message;
    if (!code.startsWith("Z_")) throw error;
    return code;
  }
}

/** Everything that could be unpacked; a cut is noted. Bytes behind the end that are not zeros are something that was not read. */
async function* gunzipped(packed: AsyncIterable<Buffer>, sink: Sink): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  let unpacked: Buffer[] = [];
  let failed: NodeJS.ErrnoException | undefined;
  gunzip.on("data", (chunk: Buffer) => unpacked.push(chunk));
  const over = new Promise<void>((resolve) => {
    gunzip.on("end", resolve);
    gunzip.on("error", (error) => {
      failed = error;
      resolve();
    });
  });
  let fed = 0;
  let lastByte = 0;
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length && !failed; at += GZIP_PIECE) {
        const piece = Buffer.from(chunk.subarray(at, at + GZIP_PIECE));
        const last = piece.findLastIndex((byte) => byte !== 0);
        if (last >= 0) lastByte = fed + last + 1;
        fed += piece.length;
        await Promise.race([new Promise<void>((resolve) => gunzip.write(piece, () => resolve())), over]);
        yield* unpacked;
        unpacked = [];
      }
      if (failed) break;
    }
    if (!failed) gunzip.end();
    await over;
    yield* unpacked;
  } finally {
    gunzip.destroy();
  }
  if (failed?.code === "Z_BUF_ERROR") sink.cut = true;
  else if (failed) throw failed as Error;
  else if (lastByte > gunzip.bytesWritten) throw new Damaged("gzip: there is something after its end");
}

/** Of this much comes out at most 32 MB. */
const GZIP_PIECE = 32 * 1024;

/** Of this much comes out at most 32 MB: a block has a head of 3 bytes and becomes 128 kB. */
const ZSTD_PIECE = 1024;

class Damaged extends Error {}

async function* unzstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let unpacked: Buffer[] = [];
  const windows = new ZstdWindows();
  const stream = new Decompress((chunk) => {
    // The library's buffer is used again.
    if (chunk.length > 0) unpacked.push(Buffer.from(chunk));
  });
  try {
    for await (const chunk of packed) {
      // Little by little: what comes out may be a thousand times as large.
      for (let at = 0; at < chunk.length; at += ZSTD_PIECE) {
        const piece = Buffer.from(chunk.subarray(at, at + ZSTD_PIECE));
        windows.push(piece);
        stream.push(piece);
        yield* unpacked;
        unpacked = [];
      }
    }
    stream.push(new Uint8Array(0), true);
  } catch (error) {
    yield* unpacked;
    if (error instanceof TooLargeWindow) throw new Damaged(`zstd: ${error.message}`);
    // The library's errors have numbers.
    if (typeof (error as { readonly code?: unknown }).code === "number" || error instanceof RangeError)
      throw new Damaged(`zstd: ${(error as Error).message}`);
    throw error;
  }
  yield* unpacked;
}
