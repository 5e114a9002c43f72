import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { CloudTrailEvent } from "./event";
import { Portion, PortionReader, PortionResult } from "./portion";
import type { Question } from "./questions/question";
import { makeReducer, ReducerSpec } from "./reducer";
import { FileProblem, SkipCounter, SkipCounts } from "./skipped";
import { logFiles, LogSource } from "./source";
import type { LogFile } from "./log-file";

/** What was read, and what was not. */
export interface ReadReport {
  readonly files: number;
  /** As stored: compressed where it is compressed. */
  readonly bytes: number;
  readonly events: number;
  readonly eventsBeforeSince: number;
  /** Times of the first and the last event, seconds since 1970; -1 when there was none. */
  readonly first: number;
  readonly last: number;
  /** Everything left out, by reason. */
  readonly skipped: SkipCounts;
  /** The first files that could not be read, or not to the end. */
  readonly problems: readonly FileProblem[];
  /** SHA-256 over names, sizes and contents of what was read, in hexadecimal. @default - not asked for */
  readonly digest?: string;
  /** Queries of an engine, each of which counts as a file. @default - no engine was asked */
  readonly queries?: readonly QueryRead[];
}

/** A query that an engine has answered. */
export interface QueryRead {
  readonly name: string;
  readonly table: string;
  /** The engine's own id. */
  readonly id: string;
  /** Bytes that it has read. */
  readonly bytes: number;
  readonly rows: number;
}

/** An engine of SQL over a table of CloudTrail's records. */
export interface Engine {
  /** Asks, and shows what the answers stand for. */
  read(
    questions: readonly Question[],
    since: number | undefined,
    visit: (event: CloudTrailEvent) => void,
  ): Promise<EngineReport>;
}

/** What an engine has read. */
export interface EngineReport {
  readonly queries: readonly QueryRead[];
  readonly events: number;
  readonly eventsBeforeSince: number;
  /** Seconds since 1970; -1 when there was no event. */
  readonly first: number;
  readonly last: number;
  readonly skipped: SkipCounts;
  readonly problems: readonly FileProblem[];
  /** SHA-256 over questions and answers, in hexadecimal. */
  readonly digest: string;
}

export interface ReadOptions {
  /** Asked besides the sources. @default - none */
  readonly engine?: Engine;
  /** Events before this time, seconds since 1970, are left out. @default - all are read */
  readonly since?: number;
  /** Whether digest files are read, as evidence of quiet days. @default false */
  readonly digests?: boolean;
  /** Whether a digest of what was read is wanted. @default false */
  readonly digest?: boolean;
  /** Threads. 0 reads in this one. @default - as many as there are processors, at most 8; 0 for little that is local */
  readonly threads?: number;
  /** Called after each portion, with what was read so far. */
  readonly onProgress?: (files: number, events: number, bytes: number) => void;
}

/** The size of a portion. Fixed, so that partial summaries are the same on any machine. */
const PORTION_FILES = 200;
const PORTION_BYTES = 32 * 1024 * 1024;
const MOST_THREADS = 8;

/**
 * Reads all events of the sources and hands the partial summaries to `merge`, in the order of the files. Memory does not grow with the
 * logs: files are found, read and forgotten one after the other.
 *
 * @param questions what an engine is asked, where there is one
 */
export async function readLogs<Options, Partial>(
  sources: readonly LogSource[],
  reducer: ReducerSpec<Options>,
  merge: (partial: Partial) => void,
  options: ReadOptions = {},
  questions: readonly Question[] = [],
): Promise<ReadReport> {
  const skipped = new SkipCounter();
  const hash = options.digest ? createHash("sha256") : undefined;
  const total = { files: 0, bytes: 0, events: 0, eventsBeforeSince: 0, first: Number.POSITIVE_INFINITY, last: -1 };
  const take = (result: PortionResult<Partial>): void => {
    merge(result.partial);
    skipped.merge(result.skipped);
    result.problems.forEach((problem) => skipped.problem(problem));
    hash?.update(`${result.digest!}\n`);
    total.files += result.files;
    total.bytes += result.bytes;
    total.events += result.events;
    total.eventsBeforeSince += result.eventsBeforeSince;
    if (result.last >= 0) {
      total.first = Math.min(total.first, result.first);
      total.last = Math.max(total.last, result.last);
    }
    options.onProgress?.(total.files, total.events, total.bytes);
  };
  await readPortions(portions(sources, skipped, options), reducer, take, threadsFor(options));
  let queries: readonly QueryRead[] | undefined;
  if (options.engine) {
    const answers = makeReducer<Options, Partial>(reducer);
    const result = await options.engine.read(questions, options.since, (event) => answers.visit(event));
    take({
      ...result,
      partial: answers.take(),
      files: result.queries.length,
      bytes: result.queries.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    queries = result.queries;
  }
  return {
    ...total,
    first: total.last < 0 ? -1 : total.first,
    skipped: skipped.all(),
    problems: skipped.problems,
    ...(hash ? { digest: hash.digest("hex") } : {}),
    ...(queries ? { queries } : {}),
  };
}

async function* portions(
  sources: readonly LogSource[],
  skipped: SkipCounter,
  { since, digest, digests }: ReadOptions,
): AsyncGenerator<Portion> {
  let files: LogFile[] = [];
  let bytes = 0;
  const portion = (): Portion => ({
    files,
    ...(since === undefined ? {} : { since }),
    ...(digest ? { digest } : {}),
  });
  for (const source of sources) {
    for await (const file of logFiles(source, skipped, {
      ...(since === undefined ? {} : { since }),
      ...(digests ? { digests } : {}),
    })) {
      if (files.length > 0 && (files.length >= PORTION_FILES || bytes + file.bytes > PORTION_BYTES)) {
        yield portion();
        files = [];
        bytes = 0;
      }
      files.push(file);
      bytes += file.bytes;
    }
  }
  if (files.length > 0) yield portion();
}

/** Threads need compiled code; the tests run the sources, in one thread. */
function threadsFor(options: ReadOptions): number {
  if (extname(__filename) !== ".js") return 0;
  return options.threads ?? Math.min(availableParallelism(), MOST_THREADS);
}

async function readPortions<Options, Partial>(
  all: AsyncGenerator<Portion>,
  reducer: ReducerSpec<Options>,
  take: (result: PortionResult<Partial>) => void,
  threads: number,
): Promise<void> {
  // One portion is not worth a thread.
  const first = await all.next();
  if (first.done) return;
  const second = threads > 1 ? await all.next() : undefined;
  if (second === undefined || second.done) {
    const reader = new PortionReader(makeReducer<Options, Partial>(reducer));
    take(await reader.read(first.value));
    if (second === undefined) for await (const portion of all) take(await reader.read(portion));
    await reader.close();
    return;
  }
  await readInThreads(all, [first.value, second.value], reducer, take, threads);
}

async function readInThreads<Options, Partial>(
  all: AsyncGenerator<Portion>,
  begun: readonly Portion[],
  reducer: ReducerSpec<Options>,
  take: (result: PortionResult<Partial>) => void,
  threads: number,
): Promise<void> {
  const waiting = [...begun];
  const next = async (): Promise<Portion | undefined> => {
    const held = waiting.shift();
    if (held) return held;
    const step = await all.next();
    return step.done === true ? undefined : step.value;
  };
  const results = new Map<number, PortionResult<Partial>>();
  let given = 0;
  let taken = 0;
  let mayGoOn: (() => void)[] = [];
  const takeInOrder = (): void => {
    for (let result = results.get(taken); result; result = results.get(taken)) {
      results.delete(taken);
      taken++;
      take(result);
    }
    mayGoOn.forEach((go) => go());
    mayGoOn = [];
  };
  // The generator is asked by one thread's loop at a time: the number of a portion is its place in the order of the files.
  let asking: Promise<unknown> = Promise.resolve();
  const numbered = (): Promise<{ portion: Portion; number: number } | undefined> => {
    const answer = asking.then(async () => {
      const portion = await next();
      return portion && { portion, number: given++ };
    });
    asking = answer.catch(() => undefined);
    return answer;
  };
  const workers = Array.from(
    { length: threads },
    () => new Worker(join(__dirname, "worker.js"), { workerData: { reducer } }),
  );
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (;;) {
          // Whoever is far ahead waits: results must not pile up behind one large portion.
          while (given - taken > 4 * threads) await new Promise<void>((resolve) => mayGoOn.push(resolve));
          const task = await numbered();
          if (!task) return;
          results.set(task.number, await ask<Partial>(worker, task.portion));
          takeInOrder();
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask<Partial>(worker: Worker, portion: Portion): Promise<PortionResult<Partial>> {
  return new Promise((resolve, reject) => {
    // Each by its name: Worker listens to its own events too, and without those it hears no second answer.
    const done = (act: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      act();
    };
    const onMessage = (answer: { readonly result?: PortionResult<Partial>; readonly error?: string }): void =>
      done(() => (answer.result ? resolve(answer.result) : reject(new Error(answer.error))));
    const onError = (error: Error): void => done(() => reject(error));
    const onExit = (code: number): void => done(() => reject(new Error(`a thread that reads logs ended with ${code}`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(portion);
  });
}
