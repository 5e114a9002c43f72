import { Dirent, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { BaselineError } from "../../kernel/errors";
import type { LogFile } from "./log-file";
import { dayNumber } from "./event";
import type { SkipCounter } from "./skipped";

/** Where logs are: a file, a folder with whatever is below it, or a prefix of a bucket. */
export type LogSource =
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string };

/** Reads what `--cloudtrail` says; a local path must be there. */
export function parseSource(text: string): LogSource {
  if (text.startsWith("s3://")) {
    const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text);
    if (!match)
      throw new BaselineError([
        {
          code: "CLOUDTRAIL-SOURCE",
          message: `${JSON.stringify(text)} is not a bucket with a prefix.`,
          fix: "Write it as s3://bucket/AWSLogs/.",
        },
      ]);
    return { kind: "s3", bucket: match[1]!, prefix: match[2] ?? "" };
  }
  const why = whyNot(text);
  if (why !== undefined)
    throw new BaselineError([
      {
        code: "CLOUDTRAIL-SOURCE",
        message: `${text} ${why}.`,
        fix: "Give a folder or a file of CloudTrail logs, or s3://bucket/prefix.",
        place: { file: text },
      },
    ]);
  return { kind: "local", path: text };
}

/** Why logs cannot be read there. */
function whyNot(path: string): string | undefined {
  try {
    const found = statSync(path);
    return found.isFile() || found.isDirectory() ? undefined : "is a pipe or a device";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "does not exist" : `cannot be read (${code ?? "no reason known"})`;
  }
}

/** Names under which logs are stored. */
const LOG_NAME = /\.(json|jsonl|ndjson)(\.(gz|zst))?$/i;
/** `…/2026/01/31/<file>`: the day on which CloudTrail delivered it. */
const DAY_IN_NAME = /(?:^|\/)(\d{4})\/(\d{2})\/(\d{2})\/[^/]+$/;

/** Which files are looked for. */
export interface FindOptions {
  /** Files that were delivered before the day of this time are left out. @default - all are read */
  readonly since?: number;
  /** Whether digest files are read: each, because one that names no log file says nothing of the other hours. @default - none */
  readonly digests?: boolean;
}

/** Says of each file whether it is worth opening; what is left out is counted. */
class Chooser {
  constructor(
    private readonly options: FindOptions,
    private readonly skipped: SkipCounter,
  ) {}

  wanted(name: string): boolean {
    const { since } = this.options;
    if (name.includes("/CloudTrail-Digest/") && !this.options.digests) this.skipped.add("digest");
    else if (since !== undefined && deliveredBefore(name, since)) this.skipped.add("beforeSince");
    else return true;
    return false;
  }
}

/** Nothing that happened since then can be in a file that was delivered on an earlier day. */
function deliveredBefore(name: string, since: number): boolean {
  const match = DAY_IN_NAME.exec(name);
  return match !== null && (dayNumber(Number(match[1]), Number(match[2]), Number(match[3])) + 1) * 86400 <= since;
}

/**
 * The files of a source in the order of their names, found as they are asked for: a bucket may hold millions. Links to folders are not
 * followed, so that nothing is read twice or for ever.
 */
export async function* logFiles(
  source: LogSource,
  skipped: SkipCounter,
  options: FindOptions = {},
): AsyncGenerator<LogFile> {
  const chooser = new Chooser(options, skipped);
  if (source.kind === "s3") {
    // The SDK is loaded where it is used.
    const { listObjects } = await import("./s3");
    let found = false;
    for await (const file of listObjects(source)) {
      found = true;
      if (!file.name.endsWith("/") && chooser.wanted(file.name)) yield { ...file, named: LOG_NAME.test(file.name) };
    }
    if (!found)
      throw new BaselineError([
        {
          code: "CLOUDTRAIL-SOURCE",
          message: `There is nothing below s3://${source.bucket}/${source.prefix}.`,
          fix: `aws s3 ls s3://${source.bucket}/ shows what is there.`,
        },
      ]);
    return;
  }
  const stats = statSync(source.path);
  if (!stats.isDirectory()) {
    const name = basename(source.path);
    if (stats.isFile()) yield { name, bytes: stats.size, named: LOG_NAME.test(name), place: { path: source.path } };
    else skipped.add("notRegular", 1, source.path);
    return;
  }
  yield* folder(source.path, "", chooser, skipped);
}

function* folder(path: string, name: string, chooser: Chooser, skipped: SkipCounter): Generator<LogFile> {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    skipped.add("unreadable", 1, name === "" ? path : name);
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    const innerName = name === "" ? entry.name : `${name}/${entry.name}`;
    if (entry.isDirectory()) {
      yield* folder(inner, innerName, chooser, skipped);
      continue;
    }
    const bytes = regularSize(inner);
    if (bytes === undefined) skipped.add("notRegular", 1, innerName);
    // A leading slash, because the day may begin the name where a folder of one account is read.
    else if (chooser.wanted(`/${innerName}`))
      yield { name: innerName, bytes, named: LOG_NAME.test(innerName), place: { path: inner } };
  }
}

/** Size of a file, or of the one that a link means; nothing for folders, pipes and links that lead nowhere. */
function regularSize(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}
