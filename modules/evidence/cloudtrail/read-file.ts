import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { CloudTrailEvent } from "./event";
import { CloudTrailScanner } from "./scanner";
import type { SkipCounter } from "./skipped";
import type { LogFile } from "./log-file";

/** What reading one file gave, beside the events. */
export interface FileResult {
  readonly events: number;
  /** Why it could not be read, or not to its end. */
  readonly problem?: string;
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
 * Reads one file and shows its events to the visitor. Never throws for what is wrong with the file: that is counted. `content` is that
 * of a small object that was fetched ahead, `objects` is needed for all other objects.
 */
export async function readLogFile(
  file: LogFile,
  visit: (event: CloudTrailEvent) => void,
  skipped: SkipCounter,
  objects?: ObjectReader,
  content?: Promise<Buffer>,
): Promise<FileResult> {
  const scanner = new CloudTrailScanner(visit, skipped);
  try {
    const damage =
      "path" in file.place
        ? await readLocal(file.place.path, file.bytes, scanner)
        : content
          ? await readContent(await content, scanner)
          : await readObject(await objects!.stream(file), scanner);
    if (damage === undefined) scanner.finish();
    else skipped.add("damagedGzip");
    return {
      events: scanner.events,
      ...(damage === undefined ? {} : { problem: `the compression is damaged (${damage})` }),
    };
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    // A visitor that fails is our fault, not the file's.
    if (code === undefined && !isServiceError(error)) throw error;
    skipped.add("unreadable");
    return { events: scanner.events, problem: code ?? name };
  }
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
async function readLocal(path: string, bytes: number, scanner: CloudTrailScanner): Promise<string | undefined> {
  const descriptor = openSync(path, "r");
  try {
    let read = readSync(descriptor, buffer, 0, CHUNK, null);
    if (!isGzip(buffer, read)) {
      for (; read > 0; read = readSync(descriptor, buffer, 0, CHUNK, null)) scanner.push(buffer.subarray(0, read));
      return undefined;
    }
  } finally {
    closeSync(descriptor);
  }
  if (bytes <= AT_ONCE) return readContent(readFileSync(path), scanner);
  return unpack(createReadStream(path, { highWaterMark: CHUNK }), scanner);
}

async function readContent(content: Buffer, scanner: CloudTrailScanner): Promise<string | undefined> {
  if (!isGzip(content, content.length)) scanner.push(content);
  else if (!unpackAtOnce(content, scanner)) return unpack(Readable.from([content]), scanner);
  return undefined;
}

async function readObject(body: Readable | undefined, scanner: CloudTrailScanner): Promise<string | undefined> {
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
  if (isGzip(first, first.length)) return unpack(Readable.from(all()), scanner);
  for await (const chunk of all()) scanner.push(chunk);
  return undefined;
}

/** By its first bytes: names lie, because some tools unpack what they download and keep the name. */
function isGzip(bytes: Uint8Array, length: number): boolean {
  return length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** False when it is too large for that, or damaged: nothing has been read then. */
function unpackAtOnce(content: Buffer, scanner: CloudTrailScanner): boolean {
  let unpacked: Buffer;
  try {
    unpacked = gunzipSync(content, { ...CUT_IS_FINE, maxOutputLength: AT_ONCE_UNPACKED });
  } catch {
    return false;
  }
  scanner.push(unpacked);
  return true;
}

async function unpack(packed: Readable, scanner: CloudTrailScanner): Promise<string | undefined> {
  const gunzip = createGunzip({ ...CUT_IS_FINE, chunkSize: CHUNK });
  packed.on("error", (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) scanner.push(chunk);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_")) throw error;
    return code;
  } finally {
    packed.destroy();
  }
}
