import { addDay, DaySet, daySet, listDays } from "../cloudtrail/days";
import type { CloudTrailEvent } from "../cloudtrail/event";

/**
 * What there are logs of, by account and region: the least that a claim about them can rest on. A region with events says nothing about
 * another one, and an account nothing about its neighbour.
 */

/** Logs of one account in one region. Plain data, for other threads too. */
export interface PlaceCoverage {
  days: DaySet;
  /** Seconds since 1970 of the first and the last that counts. */
  first: number;
  last: number;
  events: number;
}

/** What there is of a place: its logs, and digest files where these count. */
export interface PlaceSeen extends PlaceCoverage {
  readonly digests: number;
}

/** When logging of a trail was stopped and started, seconds since 1970; -1: not seen. */
export interface TrailSwitch {
  stopped: number;
  started: number;
}

export interface Coverage {
  /** By `<account> <region>`. */
  readonly places: Map<string, PlaceCoverage>;
  /** Digest files, which show that the trail delivered when there was nothing to log; by the same. */
  readonly digests: Map<string, PlaceCoverage>;
  /** Accounts of which there are events in CloudTrail's own files, and those of which some are in answers of queries. */
  readonly logged: Set<string>;
  readonly answered: Set<string>;
  /** By `<account> <region> <trail>`, as the calls name it. */
  readonly trails: Map<string, TrailSwitch>;
  /** Events that changed something. None at all: the trail may record reads alone. */
  writes: number;
  /** Events after the time that counts as now. */
  later: number;
}

/** Made-up logs must not cost memory: an organization of 10,000 accounts has fewer. */
const MOST_PLACES = 400_000;
const MOST_TRAILS = 50_000;

export function emptyCoverage(): Coverage {
  return {
    places: new Map(),
    digests: new Map(),
    logged: new Set(),
    answered: new Set(),
    trails: new Map(),
    writes: 0,
    later: 0,
  };
}

/** Calls after which a trail delivers nothing, or may leave something out, and those that undo it. */
export const STOPS: ReadonlySet<string> = new Set(["StopLogging", "DeleteTrail"]);
export const STARTS: ReadonlySet<string> = new Set(["StartLogging", "CreateTrail"]);

/**
 * Takes note of an event. Only management events count: a trail of data events alone records no call that a guardrail of this catalogue
 * is asked about, and an event that does not say may be one of data. What is later than now is no evidence of the days before.
 *
 * @param until the time that counts as now, seconds since 1970
 */
export function noteEvent(
  coverage: Coverage,
  event: CloudTrailEvent,
  accounts: ReadonlySet<string>,
  until: number,
): void {
  const account = event.text("recipientAccountId");
  const region = event.text("awsRegion");
  if (account === undefined || region === undefined || !accounts.has(account)) return;
  if (event.has("eventCategory") ? !event.is("eventCategory", "Management") : event.flag("managementEvent") !== true)
    return;
  const seconds = event.seconds();
  if (seconds > until) {
    coverage.later += event.count;
    return;
  }
  // An event that does not say is not held against the trail.
  if (event.flag("readOnly") !== true) coverage.writes += event.count;
  (event.isAnswer ? coverage.answered : coverage.logged).add(account);
  const place = placeOf(coverage.places, `${account} ${region}`, seconds);
  if (place) place.events += event.count;
  if (event.is("eventSource", "cloudtrail.amazonaws.com")) noteTrail(coverage, event, account, region, seconds);
}

/** Takes note of a digest file: the trail of that account and region delivered up to its end. */
export function noteDigest(
  coverage: Coverage,
  digest: CloudTrailEvent,
  accounts: ReadonlySet<string>,
  until: number,
): void {
  const account = digest.text("awsAccountId");
  const end = Date.parse(digest.text("digestEndTime") ?? "") / 1000;
  // `AWSLogs/…/<account>/CloudTrail-Digest/<region>/…`
  const region = /\/CloudTrail-Digest\/([a-z0-9-]+)\//.exec(`/${digest.text("digestS3Object") ?? ""}`)?.[1];
  if (account === undefined || region === undefined || !accounts.has(account) || !(end >= 0) || end > until) return;
  const place = placeOf(coverage.digests, `${account} ${region}`, end);
  if (place) place.events++;
}

/**
 * What there is of one place. A digest speaks of CloudTrail's own log files: where the events of an account come out of answers of queries, or
 * only those of others are there, it does not show that nothing is missing.
 */
export function placeSeen(coverage: Coverage, account: string, region: string): PlaceSeen | undefined {
  const { logged, answered } = coverage;
  const key = `${account} ${region}`;
  const place = coverage.places.get(key);
  const counts = !answered.has(account) && (logged.has(account) || answered.size === 0);
  const digests = counts ? coverage.digests.get(key) : undefined;
  if (!place || !digests) {
    const only = place ?? digests;
    return only && { ...only, events: place?.events ?? 0, digests: digests?.events ?? 0 };
  }
  const days = { base: place.days.base, bits: place.days.bits.slice() };
  for (const day of listDays(digests.days)) addDay(days, day);
  return {
    days,
    first: Math.min(place.first, digests.first),
    last: Math.max(place.last, digests.last),
    events: place.events,
    digests: digests.events,
  };
}

/** All places of which there is something, as `<account> <region>`. */
export function placesSeen(coverage: Coverage): ReadonlyMap<string, PlaceSeen> {
  const seen = new Map<string, PlaceSeen>();
  for (const key of [...coverage.places.keys(), ...coverage.digests.keys()]) {
    const [account = "", region = ""] = key.split(" ");
    const place = seen.has(key) ? undefined : placeSeen(coverage, account, region);
    if (place) seen.set(key, place);
  }
  return seen;
}

function placeOf(places: Map<string, PlaceCoverage>, key: string, seconds: number): PlaceCoverage | undefined {
  const day = Math.floor(seconds / 86_400);
  const known = places.get(key);
  if (known) {
    if (!addDay(known.days, day)) return undefined;
    if (seconds < known.first) known.first = seconds;
    if (seconds > known.last) known.last = seconds;
    return known;
  }
  if (places.size >= MOST_PLACES) return undefined;
  const made: PlaceCoverage = { days: daySet(day), first: seconds, last: seconds, events: 0 };
  places.set(key, made);
  return made;
}

function noteTrail(coverage: Coverage, event: CloudTrailEvent, account: string, region: string, seconds: number): void {
  const name = event.text("eventName") ?? "";
  const stops = STOPS.has(name);
  if ((!stops && !STARTS.has(name)) || event.text("errorCode") !== undefined) return;
  const request = event.json("requestParameters");
  const trail = typeof request === "object" && request !== null ? (request as { readonly name?: unknown }).name : "";
  const key = `${account} ${region} ${typeof trail === "string" ? trailName(trail) : ""}`;
  const known = coverage.trails.get(key) ?? { stopped: -1, started: -1 };
  if (coverage.trails.size >= MOST_TRAILS && !coverage.trails.has(key)) return;
  if (stops) known.stopped = Math.max(known.stopped, seconds);
  else known.started = Math.max(known.started, seconds);
  coverage.trails.set(key, known);
}

/** Calls name a trail by its name or its ARN. */
function trailName(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1).slice(0, 128);
}

/** Adds what another portion of the logs holds. */
export function mergeCoverage(into: Coverage, from: Coverage): void {
  mergePlaces(into.places, from.places);
  mergePlaces(into.digests, from.digests);
  for (const account of from.logged) into.logged.add(account);
  for (const account of from.answered) into.answered.add(account);
  for (const [key, { stopped, started }] of from.trails) {
    const known = into.trails.get(key);
    if (known) {
      known.stopped = Math.max(known.stopped, stopped);
      known.started = Math.max(known.started, started);
    } else into.trails.set(key, { stopped, started });
  }
  into.writes += from.writes;
  into.later += from.later;
}

function mergePlaces(into: Map<string, PlaceCoverage>, from: ReadonlyMap<string, PlaceCoverage>): void {
  for (const [key, more] of from) {
    const known = into.get(key);
    if (!known) {
      if (into.size < MOST_PLACES) into.set(key, more);
      continue;
    }
    for (const day of listDays(more.days)) addDay(known.days, day);
    known.first = Math.min(known.first, more.first);
    known.last = Math.max(known.last, more.last);
    known.events += more.events;
  }
}

/** Trails whose logging was stopped and not started again, as `<account> <region> <trail>`; sorted. */
export function stoppedTrails({ trails }: Coverage): readonly string[] {
  return [...trails]
    .filter(([, { stopped, started }]) => stopped > started)
    .map(([key]) => key)
    .sort();
}
