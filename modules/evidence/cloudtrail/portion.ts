import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { canBeFetchedAhead, readLogFile } from "./read-file";
import type { Reducer } from "./reducer";
import type { ObjectPlace } from "./s3";
import { FileProblem, SkipCounter, SkipCounts } from "./skipped";
import type { LogFile } from "./log-file";

/** Files that are read together, by one thread. */
export interface Portion {
  readonly files: readonly LogFile[];
  /** Events before this time, in seconds since 1970, are left out. */
  readonly since?: number;
  /** Whether a digest of the files is wanted. @default false */
  readonly digest?: boolean;
}

export interface PortionResult<Partial> {
  readonly partial: Partial;
  readonly files: number;
  readonly bytes: number;
  readonly events: number;
  /** Events left out because they are older than asked for. */
  readonly eventsBeforeSince: number;
  /** Seconds since 1970; -1 when there was no event with a time. */
  readonly first: number;
  readonly last: number;
  readonly skipped: SkipCounts;
  readonly problems: readonly FileProblem[];
  /** SHA-256 over names, sizes and contents of the files, in hexadecimal. @default - not asked for */
  readonly digest?: string;
}

/** Objects asked for at the same time: the way to S3 and back takes longer than reading what comes. */
const FETCHED_AHEAD = 8;

/** Reads the files of a portion one after the other. */
export class PortionReader<Partial> {
  private objects: Promise<Objects> | undefined;

  constructor(private readonly reducer: Reducer<Partial>) {}

  async read(portion: Portion): Promise<PortionResult<Partial>> {
    const { reducer } = this;
    const { since = -1 } = portion;
    const skipped = new SkipCounter();
    const hash = portion.digest ? createHash("sha256") : undefined;
    let events = 0;
    let before = 0;
    let untimed = 0;
    let first = Number.POSITIVE_INFINITY;
    let last = -1;
    let bytes = 0;
    const fetched = new Map<LogFile, Promise<Buffer>>();
    for (const [i, file] of portion.files.entries()) {
      for (const ahead of portion.files.slice(i, i + FETCHED_AHEAD))
        if (canBeFetchedAhead(ahead) && !fetched.has(ahead)) fetched.set(ahead, this.fetch(ahead));
      hash?.update(`${JSON.stringify(file.name)} ${file.bytes}\n`);
      await readLogFile(
        file,
        {
          event: (event) => {
            const seconds = event.seconds();
            if (seconds < 0) {
              untimed++;
              return;
            }
            if (seconds < since) {
              before++;
              return;
            }
            events++;
            if (seconds < first) first = seconds;
            if (seconds > last) last = seconds;
            reducer.visit(event);
          },
          ...(reducer.visitDigest ? { digest: (digest) => reducer.visitDigest!(digest) } : {}),
          ...(hash ? { bytes: (chunk) => void hash.update(chunk) } : {}),
        },
        skipped,
        {
          stream: async (object) => (await this.s3()).stream(object.place as ObjectPlace),
          slice: async (object, start, end) => (await this.s3()).slice(object.place as ObjectPlace, start, end),
        },
        fetched.get(file),
      );
      fetched.delete(file);
      bytes += file.bytes;
    }
    if (untimed > 0) skipped.add("noTime", untimed);
    return {
      partial: reducer.take(),
      files: portion.files.length,
      bytes,
      events,
      eventsBeforeSince: before,
      first: last < 0 ? -1 : first,
      last,
      skipped: skipped.all(),
      problems: skipped.problems,
      ...(hash ? { digest: hash.digest("hex") } : {}),
    };
  }

  private fetch(file: LogFile): Promise<Buffer> {
    const content = this.s3().then((s3) => s3.fetch(file.place as ObjectPlace));
    // Whoever reads the file hears of it; until then nobody listens, which would end the process.
    content.catch(() => undefined);
    return content;
  }

  /** The SDK is loaded with the first object. */
  private s3(): Promise<Objects> {
    return (this.objects ??= import("./s3").then(({ s3Client, fetchObject, streamObject, sliceObject }) => {
      const client = s3Client();
      return {
        fetch: (place) => fetchObject(client, place),
        stream: (place) => streamObject(client, place),
        slice: (place, start, end) => sliceObject(client, place, start, end),
        close: () => client.destroy(),
      };
    }));
  }

  async close(): Promise<void> {
    if (this.objects) (await this.objects).close();
  }
}

interface Objects {
  readonly fetch: (place: ObjectPlace) => Promise<Buffer>;
  readonly stream: (place: ObjectPlace) => Promise<Readable | undefined>;
  readonly slice: (place: ObjectPlace, start: number, end: number) => Promise<ArrayBuffer>;
  readonly close: () => void;
}
