import { closeSync, createReadStream, readSync } from "node:fs";
import { Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { openPlainFile, readBytes } from "../../kernel/read-text";
import type { CloudTrailEvent } from "./event";
import { CloudTrailScanner } from "./scanner";
import { doubtful, SKIP_REASONS, SkipCounter, SkipCounts, SkipReason } from "./skipped";
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
/** Gives everything that could be unpacked of a file that was cut off, without an error. */
const CUT_IS_FINE = { finishFlush: constants.Z_SYNC_FLUSH } as const;

const buffer = Buffer.allocUnsafe(CHUNK);

/** Reads objects of buckets. */
export interface ObjectReader {
  stream(file: LogFile): Promise<Readable | undefined>;
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
  const sink = new Sink(scanner, file.named, visitor.bytes);
  let damage: string | undefined;
  try {
    damage =
      "path" in file.place
        ? await readLocal(file.place.path, file.bytes, sink)
        : content
          ? await readContent(await content, sink)
          : await readObject(await objects!.stream(file), sink);
    if (sink.closed) return skipped.add("otherFile", 1, file.name);
    if (damage === undefined) scanner.finish();
    else {
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
  if (!file.named && damage === undefined && scanner.events === 0 && isNoLog(own.all()))
    skipped.add("otherFile", 1, file.name);
  else {
    skipped.merge(own.all());
    const doubts = Object.keys(doubtful(own.all())) as SkipReason[];
    if (damage !== undefined) skipped.problem({ file: file.name, problem: damage });
    else if (doubts.length > 0)
      skipped.problem({ file: file.name, problem: doubts.map((reason) => SKIP_REASONS[reason]).join(", ") });
  }
}

function isNoLog({ digest = 0, insight = 0, empty = 0 }: SkipCounts): boolean {
  return digest + insight + empty === 0;
}

/** Passes bytes on to the scanner, and stops early where a file that is not called a log does not begin like one. */
class Sink {
  private begun = false;
  /** Nothing more of the file is asked for. */
  closed = false;

  constructor(
    private readonly scanner: CloudTrailScanner,
    private readonly named: boolean,
    readonly stored: ((chunk: Buffer) => void) | undefined,
  ) {}

  push(chunk: Buffer): void {
    if (!this.begun && !this.named) {
      const first = chunk.find((byte) => byte > 0x20);
      if (first !== undefined) this.closed = !BEGINNINGS.has(first);
      this.begun = first !== undefined;
    }
    if (!this.closed) this.scanner.push(chunk);
  }
}

/** `{`, `[` and the first byte of a byte order mark. */
const BEGINNINGS: ReadonlySet<number> = new Set([0x7b, 0x5b, 0xef]);

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
  try {
    let read = readSync(descriptor, buffer, 0, CHUNK, null);
    if (!isGzip(buffer, read)) {
      for (; read > 0 && !sink.closed; read = readSync(descriptor, buffer, 0, CHUNK, null)) {
        sink.stored?.(buffer.subarray(0, read));
        sink.push(buffer.subarray(0, read));
      }
      return undefined;
    }
  } finally {
    closeSync(descriptor);
  }
  if (bytes <= AT_ONCE) return readContent(readBytes(path), sink);
  return unpack(createReadStream(path, { highWaterMark: CHUNK }), sink);
}

async function readContent(content: Buffer, sink: Sink): Promise<string | undefined> {
  sink.stored?.(content);
  if (!isGzip(content, content.length)) sink.push(content);
  else if (!unpackAtOnce(content, sink)) return unpack(Readable.from([content]), sink, false);
  return undefined;
}

async function readObject(body: Readable | undefined, sink: Sink): Promise<string | undefined> {
  if (!body) return undefined;
  const chunks = body[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  let first = Buffer.alloc(0);
  while (first.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield first;
    yield* chunks;
  }
  if (isGzip(first, first.length)) return unpack(Readable.from(all()), sink);
  for await (const chunk of all()) {
    if (sink.closed) break;
    sink.stored?.(chunk);
    sink.push(chunk);
  }
  return undefined;
}

/** By its first bytes: names lie, because some tools unpack what they download and keep the name. */
function isGzip(bytes: Uint8Array, length: number): boolean {
  return length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** False when it is too large for that, or damaged: nothing has been read then. */
function unpackAtOnce(content: Buffer, sink: Sink): boolean {
  let unpacked: Buffer;
  try {
    unpacked = gunzipSync(content, { ...CUT_IS_FINE, maxOutputLength: AT_ONCE_UNPACKED });
  } catch {
    return false;
  }
  sink.push(unpacked);
  return true;
}

async function unpack(packed: Readable, sink: Sink, note = true): Promise<string | undefined> {
  if (note && sink.stored) packed.on("data", sink.stored);
  const gunzip = createGunzip({ ...CUT_IS_FINE, chunkSize: CHUNK });
  packed.on("error", (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      if (sink.closed) break;
      sink.push(chunk);
    }
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_")) throw error;
    return code;
  } finally {
    packed.destroy();
  }
}
