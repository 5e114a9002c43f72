import { CloudTrailEvent, timeText } from "./event";
import { KEY_USAGE_QUESTION } from "./questions/key-usage";
import { ReadOptions, ReadReport, readLogs } from "./read";
import type { Reducer, ReducerSpec } from "./reducer";
import type { LogSource } from "./source";
import { isDenial } from "./denials";
import { listOf, mergeSuspects, note, type Suspect, type Suspects } from "./suspects";
import { beyond, count, Counted, counted, mergeTally, Tally, tally } from "./tally";

/** What a long-term access key was used for, from CloudTrail. */
export interface LoggedKeyUsage {
  readonly accessKeyId: string;
  /** Account of the key's owner. @default - no event said */
  readonly accountId?: string;
  /** ARN of the owner: an IAM user, or root. */
  readonly principalArn?: string;
  /** Name of the IAM user. @default - root, or no event said */
  readonly userName?: string;
  readonly events: number;
  /** Calls that AWS refused because a permission is missing. */
  readonly denied: number;
  /** `2026-01-31T12:34:56Z` */
  readonly firstEvent: string;
  readonly lastEvent: string;
  /** IP addresses, or names of AWS services that called on its behalf. */
  readonly sourceAddresses: Occurrences;
  readonly userAgents: Occurrences;
  /** `s3`, `iam`: event sources without `.amazonaws.com`. */
  readonly services: Occurrences;
  readonly regions: Occurrences;
  /** `s3:GetObject`: service and event name. */
  readonly calls: Occurrences;
  /** Who asked what the key is good for, or was refused, by network and agent; the worst first, bounded. */
  readonly suspects: readonly Suspect[];
  /** The latest events, the last one first. */
  readonly lastEvents: readonly LoggedKeyEvent[];
}

export interface Occurrences {
  /** The most frequent first. */
  readonly top: readonly { readonly value: string; readonly count: number; readonly last: string }[];
  /** Occurrences of all values that are not in `top`. */
  readonly others: number;
}

export interface LoggedKeyEvent {
  readonly time: string;
  readonly call: string;
  readonly region: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  readonly error?: string;
}

export interface KeyUsageResult {
  /** By access key id, sorted. */
  readonly keys: readonly LoggedKeyUsage[];
  /** Keys beyond the most that are followed: their events are in no usage. */
  readonly keysLeftOut: number;
  readonly report: ReadReport;
}

const TOP = 10;
const LAST_EVENTS = 5;
/** An organization of 10,000 accounts has fewer; made-up logs may have more. */
const MOST_KEYS = 100_000;

interface Gathered {
  accountId: string | undefined;
  principalArn: string | undefined;
  userName: string | undefined;
  events: number;
  denied: number;
  first: number;
  last: number;
  readonly sourceAddresses: Tally;
  readonly userAgents: Tally;
  readonly services: Tally;
  readonly regions: Tally;
  readonly calls: Tally;
  readonly suspects: Suspects;
  latest: Latest[];
}

interface Latest {
  readonly seconds: number;
  readonly call: string;
  readonly region: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  readonly error: string | undefined;
}

/** What the keys of a portion of the logs did. */
export interface KeyUsagePartial {
  readonly keys: Map<string, Gathered>;
  readonly leftOut: Set<string>;
}

/** `iam.amazonaws.com` → `iam`. */
export function serviceOf(eventSource: string): string {
  return eventSource.endsWith(".amazonaws.com") ? eventSource.slice(0, -".amazonaws.com".length) : eventSource;
}

class KeyUsageReducer implements Reducer<KeyUsagePartial> {
  private keys = new Map<string, Gathered>();
  private leftOut = new Set<string>();

  visit(event: CloudTrailEvent): void {
    // Long-term keys begin with AKIA; those of sessions (ASIA) are as many as there are sessions.
    if (!event.startsWith("userIdentity.accessKeyId", "AKIA")) return;
    const id = event.text("userIdentity.accessKeyId")!;
    let key = this.keys.get(id);
    if (!key) {
      if (this.keys.size >= MOST_KEYS || id.length > 128) {
        if (this.leftOut.size < MOST_KEYS) this.leftOut.add(id.slice(0, 128));
        return;
      }
      key = gathered();
      this.keys.set(id, key);
    }
    const seconds = event.seconds();
    const error = event.text("errorCode");
    const service = serviceOf(event.text("eventSource")!);
    const latest: Latest = {
      seconds,
      call: `${service}:${event.text("eventName")!}`,
      region: event.text("awsRegion") ?? "",
      sourceAddress: event.text("sourceIPAddress") ?? "",
      userAgent: event.text("userAgent") ?? "",
      error,
    };
    key.accountId ??= event.text("userIdentity.accountId");
    key.principalArn ??= event.text("userIdentity.arn");
    if (event.is("userIdentity.type", "IAMUser")) key.userName ??= event.text("userIdentity.userName");
    const n = event.count;
    key.events += n;
    if (isDenial(error)) key.denied += n;
    if (seconds < key.first) key.first = seconds;
    if (seconds > key.last) key.last = seconds;
    count(key.sourceAddresses, latest.sourceAddress, seconds, n);
    count(key.userAgents, latest.userAgent, seconds, n);
    count(key.services, service, seconds, n);
    count(key.regions, latest.region, seconds, n);
    count(key.calls, latest.call, seconds, n);
    note(key.suspects, {
      address: latest.sourceAddress,
      agent: latest.userAgent,
      call: latest.call,
      error,
      count: n,
    });
    // Events come nearly in order: most are later than those kept.
    if (key.latest.length < LAST_EVENTS || seconds >= key.latest[LAST_EVENTS - 1]!.seconds)
      key.latest = latestOf([...key.latest, latest]);
  }

  take(): KeyUsagePartial {
    const partial = { keys: this.keys, leftOut: this.leftOut };
    this.keys = new Map();
    this.leftOut = new Set();
    return partial;
  }
}

export function createReducer(): Reducer<KeyUsagePartial> {
  return new KeyUsageReducer();
}

/** The reducer, for whoever reads logs for several purposes at once. */
export const KEY_USAGE: ReducerSpec<undefined> = { module: __filename, options: undefined };

function gathered(): Gathered {
  return {
    accountId: undefined,
    principalArn: undefined,
    userName: undefined,
    events: 0,
    denied: 0,
    first: Number.POSITIVE_INFINITY,
    last: -1,
    sourceAddresses: tally(),
    userAgents: tally(),
    services: tally(),
    regions: tally(),
    calls: tally(),
    suspects: new Map(),
    latest: [],
  };
}

function latestOf(events: readonly Latest[]): Latest[] {
  const text = (e: Latest): string => [e.call, e.region, e.sourceAddress, e.userAgent, e.error ?? ""].join("\n");
  return [...events].sort((a, b) => b.seconds - a.seconds || (text(a) < text(b) ? -1 : 1)).slice(0, LAST_EVENTS);
}

/** Adds the usage of one portion to that of those before it. */
export function mergeKeyUsage(into: KeyUsagePartial, from: KeyUsagePartial): void {
  from.leftOut.forEach((id) => into.leftOut.size < MOST_KEYS && into.leftOut.add(id));
  for (const [id, more] of from.keys) {
    let key = into.keys.get(id);
    if (!key) {
      if (into.keys.size >= MOST_KEYS) {
        if (into.leftOut.size < MOST_KEYS) into.leftOut.add(id);
        continue;
      }
      key = gathered();
      into.keys.set(id, key);
    }
    key.accountId ??= more.accountId;
    key.principalArn ??= more.principalArn;
    key.userName ??= more.userName;
    key.events += more.events;
    key.denied += more.denied;
    key.first = Math.min(key.first, more.first);
    key.last = Math.max(key.last, more.last);
    for (const list of ["sourceAddresses", "userAgents", "services", "regions", "calls"] as const)
      mergeTally(key[list], more[list]);
    mergeSuspects(key.suspects, more.suspects);
    key.latest = latestOf([...key.latest, ...more.latest]);
  }
}

export function emptyKeyUsage(): KeyUsagePartial {
  return { keys: new Map(), leftOut: new Set() };
}

/** The usage as reports show it. */
export function keyUsages(partial: KeyUsagePartial): readonly LoggedKeyUsage[] {
  return [...partial.keys]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([accessKeyId, key]) => ({
      accessKeyId,
      ...(key.accountId === undefined ? {} : { accountId: key.accountId }),
      ...(key.principalArn === undefined ? {} : { principalArn: key.principalArn }),
      ...(key.userName === undefined ? {} : { userName: key.userName }),
      events: key.events,
      denied: key.denied,
      firstEvent: timeText(key.first),
      lastEvent: timeText(key.last),
      sourceAddresses: occurrences(key.sourceAddresses),
      userAgents: occurrences(key.userAgents),
      services: occurrences(key.services),
      regions: occurrences(key.regions),
      calls: occurrences(key.calls),
      suspects: listOf(key.suspects),
      lastEvents: key.latest.map(({ seconds, error, ...event }) => ({
        time: timeText(seconds),
        ...event,
        ...(error === undefined ? {} : { error }),
      })),
    }));
}

/** A tally with its times as text. */
export function occurrences(from: Tally, most = TOP): Occurrences {
  const time = ({ value, count: n, last }: Counted): Occurrences["top"][number] => ({
    value,
    count: n,
    last: timeText(last),
  });
  return { top: counted(from, most).map(time), others: beyond(from, most) };
}

/** Reads logs and tells, for every long-term access key in them, what it was used for. */
export async function readKeyUsage(sources: readonly LogSource[], options: ReadOptions = {}): Promise<KeyUsageResult> {
  const all = emptyKeyUsage();
  const report = await readLogs<undefined, KeyUsagePartial>(
    sources,
    KEY_USAGE,
    (partial) => mergeKeyUsage(all, partial),
    options,
    [KEY_USAGE_QUESTION],
  );
  return { keys: keyUsages(all), keysLeftOut: all.leftOut.size, report };
}
