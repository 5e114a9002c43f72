import { addDay, DaySet, daySet, listDays } from "../cloudtrail/days";
import type { CloudTrailEvent } from "../cloudtrail/event";
import type { Organization } from "../../organization/types";
import { isObject, Json } from "../../kernel/json";

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
  /** Events that changed something. */
  writes: number;
}

/** What there is of a place: its logs, and digest files where these count. */
export interface PlaceSeen extends PlaceCoverage {
  readonly digests: number;
}

/** When logging of a trail was stopped and started, and when it was told to record less and all again; seconds since 1970, -1: not seen. */
export interface TrailSwitch {
  stopped: number;
  started: number;
  narrowed: number;
  widened: number;
}

export interface Coverage {
  /** By `<account> <region>`. */
  readonly places: Map<string, PlaceCoverage>;
  /** Digest files without log files, which show that the trail delivered when there was nothing to log; by the same. */
  readonly digests: Map<string, PlaceCoverage>;
  /** Digest files that name log files: on their days there was something to log, so it has to be in the logs. By the same. */
  readonly busy: Map<string, PlaceCoverage>;
  /** Accounts of which there are events in CloudTrail's own files, and those of which some are in answers of queries. */
  readonly logged: Set<string>;
  readonly answered: Set<string>;
  /** By `<account> <region> <trail>`, as the calls name it. */
  readonly trails: Map<string, TrailSwitch>;
  /** Events after the time that counts as now. */
  later: number;
}

/** Seconds. */
const DAY = 86_400;
/** Made-up logs must not cost memory: an organization of 10,000 accounts has fewer. */
const MOST_PLACES = 400_000;
const MOST_TRAILS = 50_000;

export function emptyCoverage(): Coverage {
  return {
    places: new Map(),
    digests: new Map(),
    busy: new Map(),
    logged: new Set(),
    answered: new Set(),
    trails: new Map(),
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
  (event.isAnswer ? coverage.answered : coverage.logged).add(account);
  const place = placeOf(coverage.places, `${account} ${region}`, seconds);
  if (place) {
    place.events += event.count;
    // An event that does not say is not held against the trail.
    if (event.flag("readOnly") !== true) place.writes += event.count;
  }
  if (event.is("eventSource", "cloudtrail.amazonaws.com")) noteTrail(coverage, event, account, region, seconds);
}

/**
 * Takes note of a digest file: the trail of that account and region delivered up to its end. Only one that names no log file says that there
 * was nothing to log.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
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
  const files = digest.json("logFiles");
  const isQuiet = Array.isArray(files) && files.length === 0;
  const place = placeOf(isQuiet ? coverage.digests : coverage.busy, `${account} ${region}`, end);
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
  const digests = counts ? quietDays(coverage, key) : undefined;
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
    writes: place.writes,
    digests: digests.events,
  };
}

/** What digests say of a place: not of days on which another one names log files. These are there, or are missing. */
function quietDays({ digests, busy }: Coverage, key: string): PlaceCoverage | undefined {
  const quiet = digests.get(key);
  const other = busy.get(key);
  if (!quiet || !other) return quiet;
  const logged = new Set(listDays(other.days));
  const [first, ...more] = listDays(quiet.days).filter((day) => !logged.has(day));
  if (first === undefined) return undefined;
  const days = daySet(first);
  for (const day of more) addDay(days, day);
  const lastDay = more.at(-1) ?? first;
  return {
    ...quiet,
    days,
    first: Math.max(quiet.first, first * DAY),
    last: Math.min(quiet.last, (lastDay + 1) * DAY - 1),
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
  const day = Math.floor(seconds / DAY);
  const known = places.get(key);
  if (known) {
    if (!addDay(known.days, day)) return undefined;
    if (seconds < known.first) known.first = seconds;
    if (seconds > known.last) known.last = seconds;
    return known;
  }
  if (places.size >= MOST_PLACES) return undefined;
  const made: PlaceCoverage = { days: daySet(day), first: seconds, last: seconds, events: 0, writes: 0 };
  places.set(key, made);
  return made;
}

function noteTrail(coverage: Coverage, event: CloudTrailEvent, account: string, region: string, seconds: number): void {
  const name = event.text("eventName") ?? "";
  if (event.text("errorCode") !== undefined) return;
  const request = event.json("requestParameters");
  const given = isObject(request) ? request : {};
  const what = STOPS.has(name)
    ? "stopped"
    : STARTS.has(name)
      ? "started"
      : name === "PutEventSelectors"
        ? recordsAll(given)
          ? "widened"
          : "narrowed"
        : name === "UpdateTrail" &&
            (given["isMultiRegionTrail"] === false || given["includeGlobalServiceEvents"] === false)
          ? "narrowed"
          : undefined;
  if (what === undefined) return;
  const trail = given["name"] ?? given["trailName"];
  const key = `${account} ${region} ${typeof trail === "string" ? trailName(trail) : ""}`;
  if (coverage.trails.size >= MOST_TRAILS && !coverage.trails.has(key)) return;
  const known = coverage.trails.get(key) ?? { stopped: -1, started: -1, narrowed: -1, widened: -1 };
  known[what] = Math.max(known[what], seconds);
  coverage.trails.set(key, known);
}

/**
 * Whether event selectors take every management event.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html, API_AdvancedEventSelector.html
 */
function recordsAll(request: Json): boolean {
  const basic = listOf(request["eventSelectors"]).some(
    (one) =>
      one["includeManagementEvents"] !== false &&
      (one["readWriteType"] === undefined || one["readWriteType"] === "All") &&
      (one["excludeManagementEventSources"] === undefined ||
        (Array.isArray(one["excludeManagementEventSources"]) && one["excludeManagementEventSources"].length === 0)),
  );
  const advanced = listOf(request["advancedEventSelectors"]).some((one) => {
    const fields = listOf(one["fieldSelectors"]);
    const [field] = fields;
    const values = field?.["equals"];
    return (
      fields.length === 1 &&
      field!["field"] === "eventCategory" &&
      Array.isArray(values) &&
      values.includes("Management")
    );
  });
  return basic || advanced;
}

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Calls name a trail by its name or its ARN. */
function trailName(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1).slice(0, 128);
}

/** Adds what another portion of the logs holds. */
export function mergeCoverage(into: Coverage, from: Coverage): void {
  mergePlaces(into.places, from.places);
  mergePlaces(into.digests, from.digests);
  mergePlaces(into.busy, from.busy);
  for (const account of from.logged) into.logged.add(account);
  for (const account of from.answered) into.answered.add(account);
  for (const [key, more] of from.trails) {
    const known = into.trails.get(key) ?? more;
    into.trails.set(key, {
      stopped: Math.max(known.stopped, more.stopped),
      started: Math.max(known.started, more.started),
      narrowed: Math.max(known.narrowed, more.narrowed),
      widened: Math.max(known.widened, more.widened),
    });
  }
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
    known.writes += more.writes;
  }
}

/** Trails whose logging was stopped and not started again, or that record less and were not told to record all again; `<account> <region> <trail>`, sorted. */
export function stoppedTrails({ trails }: Coverage): readonly string[] {
  return [...trails]
    .filter(([, { stopped, started, narrowed, widened }]) => stopped > started || narrowed > widened)
    .map(([key]) => key)
    .sort();
}

/** Accounts in which trails of the organization are managed: what is stopped there stops everywhere. */
export function trailManagers({
  managementAccountId,
  delegatedAdministrators,
}: Pick<Organization, "managementAccountId" | "delegatedAdministrators">): readonly string[] {
  return [
    managementAccountId,
    ...delegatedAdministrators
      .filter(({ services }) => services.includes("cloudtrail.amazonaws.com"))
      .map(({ accountId }) => accountId),
  ];
}

/** Accounts of which there is an event that changed something, in any region. Where there is none, a trail may record reads alone. */
export function accountsWithWrites({ places }: Coverage): ReadonlySet<string> {
  return new Set([...places].filter(([, { writes }]) => writes > 0).map(([key]) => key.split(" ")[0]!));
}
