import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { readiness, ReadyOptions, ReadyRow } from "../../../../modules/evidence/impact/ready";
import { readImpact } from "../../../../modules/evidence/impact/report";
import { LogEvent, logFile } from "../../../../local/cloudtrail-logs";
import { AT, fixture, iam, identities, logEvent, SANDBOX } from "./fixture";

/** Folders of logs that miss something, and folders that are whole: what the gate says of each. */

const OTHER = "666666666602";
const EU = "eu-central-1";
const US = "us-east-1";
const made = fixture();

const day = (n: number): string => `2026-01-${String(n).padStart(2, "0")}T12:00:00Z`;
const JANUARY = Array.from({ length: 31 }, (_, n) => n + 1);

/** One event of a day: a change by somebody whom no guardrail stops. */
const event = (account: string, region: string, time: string): LogEvent =>
  region === US
    ? iam("TagRole", identities.role(account, "Audit"), { account, time, request: { roleName: "x" } })
    : logEvent({ call: "ec2:CreateTags", identity: identities.role(account, "Audit"), account, region, time });
const month = (account: string, region: string, days: readonly number[] = JANUARY): readonly LogEvent[] =>
  days.map((n) => event(account, region, day(n)));
const WHOLE: readonly LogEvent[] = [SANDBOX, OTHER].flatMap((a) => [...month(a, US), ...month(a, EU)]);
const without = (account: string, region?: string): readonly LogEvent[] =>
  WHOLE.filter((e) => e["recipientAccountId"] !== account || (region !== undefined && e["awsRegion"] !== region));
const denied = iam("CreateAccessKey", identities.role(SANDBOX, "Admin"), {
  account: SANDBOX,
  time: day(20),
  request: { userName: "ci" },
});
const trail = (call: string, time: string, name = "organization-trail"): LogEvent =>
  logEvent({
    call: `cloudtrail:${call}`,
    identity: identities.role(SANDBOX, "Audit"),
    account: SANDBOX,
    region: EU,
    time,
    request: { name },
  });
const digest = (account: string, region: string, n: number): Readonly<Record<string, unknown>> => ({
  awsAccountId: account,
  digestStartTime: day(n).replace("12:", "11:"),
  digestEndTime: day(n),
  digestS3Bucket: "logs",
  digestS3Object: `AWSLogs/o-exampleorg1/${account}/CloudTrail-Digest/${region}/2026/01/${n}/x.json.gz`,
  logFiles: [],
});

/** One that names a log file, which nobody has brought. */
const busy = (account: string, region: string, n: number): unknown => ({
  ...digest(account, region, n),
  digestEndTime: day(n).replace("12:", "13:"),
  logFiles: [{ s3Bucket: "logs", s3Object: "AWSLogs/x.json.gz", hashValue: "0", oldestEventTime: day(n) }],
});
const lines = (all: readonly unknown[]): string => all.map((one) => JSON.stringify(one)).join("\n");
const selectors = (more: object, call = "PutEventSelectors"): LogEvent =>
  logEvent({
    call: `cloudtrail:${call}`,
    identity: identities.role(SANDBOX, "Audit"),
    account: SANDBOX,
    region: EU,
    time: day(20),
    request: { [call === "UpdateTrail" ? "name" : "trailName"]: "organization-trail", ...more },
  });
const reads = (events: readonly LogEvent[]): readonly LogEvent[] => events.map((one) => ({ ...one, readOnly: true }));
const ALL_SELECTED = { eventSelectors: [{ readWriteType: "All", includeManagementEvents: true, dataResources: [] }] };

type Files = Readonly<Record<string, string | Buffer | { readonly link: string }>>;
const text = logFile;
const whole: Files = { "whole.json": text(WHOLE) };
const files = (events: readonly LogEvent[], more: Files = {}): Files => ({ "events.json": text(events), ...more });

/** `deny-access-key-creation` speaks of IAM alone, `deny-root-user` of every action. */
type Guardrail = "deny-access-key-creation" | "deny-root-user";

const lookup = (events: readonly LogEvent[]): string =>
  JSON.stringify({ Events: events.map((e) => ({ CloudTrailEvent: JSON.stringify(e) })) });
const of = (account: string): readonly LogEvent[] => WHOLE.filter((e) => e["recipientAccountId"] === account);

interface Case {
  readonly name: string;
  readonly files: Files;
  readonly guardrail?: Guardrail;
  readonly options?: Partial<ReadyOptions>;
  /** What stands in the way; none: ready. */
  readonly codes: readonly string[];
  /** What must be named. */
  readonly names?: string;
}

const MISSING: readonly Case[] = [
  { name: "no event at all", files: files([]), codes: ["SILENT-ACCOUNTS"], names: "sandbox-1" },
  { name: "one account of two", files: files(without(OTHER)), codes: ["SILENT-ACCOUNTS"], names: "sandbox-2" },
  { name: "the other account of two", files: files(without(SANDBOX)), codes: ["SILENT-ACCOUNTS"], names: "sandbox-1" },
  {
    name: "one account with a single event 34 days old",
    files: files([...without(OTHER), event(OTHER, US, "2025-12-29T12:00:00Z")]),
    codes: ["TOO-FEW-DAYS", "LOGS-OLD"],
    names: "sandbox-2 us-east-1: 33 days old",
  },
  {
    name: "one account with a single fresh event",
    files: files([...without(OTHER), event(OTHER, US, day(31))]),
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-2 us-east-1: 1 day",
  },
  {
    name: "a trail that stopped 21 days ago, of one account",
    files: files([...without(OTHER), ...month(OTHER, US, JANUARY.slice(0, 11)), ...older(OTHER, 30)]),
    codes: ["LOGS-OLD"],
    names: "sandbox-2 us-east-1: 20 days old",
  },
  {
    name: "a trail that stopped 21 days ago, of all",
    files: files([SANDBOX, OTHER].flatMap((a) => [...month(a, US, JANUARY.slice(0, 11)), ...older(a, 30)])),
    codes: ["LOGS-OLD"],
  },
  {
    name: "logs of one region for a guardrail on every action",
    files: files(WHOLE.filter((e) => e["awsRegion"] === US)),
    guardrail: "deny-root-user",
    codes: ["SILENT-REGIONS"],
    names: "sandbox-1 eu-central-1",
  },
  {
    name: "one region of one account, for a guardrail on every action",
    files: files(without(OTHER, EU)),
    guardrail: "deny-root-user",
    codes: ["SILENT-REGIONS"],
    names: "sandbox-2 eu-central-1",
  },
  {
    name: "a region that was logged for three days",
    files: files([...without(OTHER, EU), ...month(OTHER, EU, [29, 30, 31])]),
    guardrail: "deny-root-user",
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-2 eu-central-1: 3 days",
  },
  {
    name: "a region whose trail stopped",
    files: files([...without(OTHER, EU), ...month(OTHER, EU, JANUARY.slice(0, 15)), ...older(OTHER, 20, EU)]),
    guardrail: "deny-root-user",
    codes: ["LOGS-OLD"],
    names: "sandbox-2 eu-central-1: 16 days old",
  },
  {
    name: "the global region missing, for IAM",
    files: files(WHOLE.filter((e) => e["awsRegion"] !== US)),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "the global region missing, for every action",
    files: files(WHOLE.filter((e) => e["awsRegion"] !== US)),
    guardrail: "deny-root-user",
    codes: ["NO-GLOBAL-EVENTS"],
    names: "sandbox-1 us-east-1",
  },
  {
    name: "the global region of one account missing",
    files: files(without(OTHER, US)),
    guardrail: "deny-root-user",
    codes: ["NO-GLOBAL-EVENTS"],
    names: "sandbox-2 us-east-1",
  },
  {
    name: "a gap of ten days in one account",
    files: files([
      ...without(OTHER),
      ...month(
        OTHER,
        US,
        JANUARY.filter((n) => n < 10 || n > 19),
      ),
      ...older(OTHER, 15),
    ]),
    codes: ["LOGS-WITH-GAPS"],
    names: "sandbox-2 us-east-1: 10 days from 2026-01-10",
  },
  {
    name: "more days wanted than there are",
    files: whole,
    options: { days: 45 },
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-1 us-east-1: 31 days",
  },
  {
    name: "days that are yet to come",
    files: whole,
    options: { at: "2026-01-15T00:00:00Z" },
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-1 us-east-1: 14 days",
  },
  {
    name: "events of the right days, of the year before",
    files: files(WHOLE.map((e) => ({ ...e, eventTime: String(e["eventTime"]).replace("2026", "2025") }))),
    codes: ["LOGS-OLD"],
  },
  {
    name: "data events alone",
    files: files(WHOLE.map((e) => ({ ...e, eventCategory: "Data", managementEvent: false }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "data events alone, in the older form",
    files: files(WHOLE.map((e) => ({ ...e, eventCategory: undefined, managementEvent: false }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "network activity events alone",
    files: files(WHOLE.map((e) => ({ ...e, eventCategory: "NetworkActivity" }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "reads alone",
    files: files(WHOLE.map((e) => ({ ...e, readOnly: true }))),
    codes: ["ONLY-READS"],
  },
  {
    name: "another account's logs instead",
    files: files(WHOLE.map((e) => ({ ...e, recipientAccountId: "444444444401" }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "events that do not say in which account they happened",
    files: files(WHOLE.map((e) => ({ ...e, recipientAccountId: undefined }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  {
    name: "events that do not say in which region they happened",
    files: files(WHOLE.map((e) => ({ ...e, awsRegion: undefined }))),
    codes: ["SILENT-ACCOUNTS"],
  },
  { name: "a call that would be denied", files: files([...WHOLE, denied]), codes: ["WOULD-BE-DENIED"] },
  {
    name: "35 denied calls in a .log file",
    files: { ...whole, "old/refused.log": text(Array.from({ length: 35 }, () => denied)) },
    codes: ["WOULD-BE-DENIED"],
    names: "35 times",
  },
  {
    name: "denied calls in a packed file without an ending",
    files: { ...whole, export: gzipSync(text([denied])) },
    codes: ["WOULD-BE-DENIED"],
  },
  {
    name: "a file that is no log",
    files: { ...whole, "README.txt": "These are our logs.\n" },
    codes: ["LOGS-INCOMPLETE"],
    names: "README.txt",
  },
  {
    name: "a JSON file that is no log",
    files: { ...whole, "settings.json": '{"a": 1}' },
    codes: ["LOGS-INCOMPLETE"],
    names: "settings.json",
  },
  {
    name: "a table of events in an unknown form",
    files: { ...whole, "events.parquet": Buffer.from("PAR1\u0000\u0001PAR1") },
    codes: ["LOGS-INCOMPLETE"],
    names: "events.parquet",
  },
  { name: "an empty file", files: { ...whole, "x.json": "" }, codes: ["LOGS-INCOMPLETE"], names: "x.json" },
  {
    name: "a file that was cut off",
    files: { ...whole, "x.json": text(WHOLE).slice(0, 5000) },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json: files that end in the middle of an event",
  },
  {
    name: "a packed file that was cut off",
    files: { ...whole, "x.json.gz": gzipSync(text(WHOLE)).subarray(0, 900) },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json.gz",
  },
  {
    name: "a packed file that is damaged",
    files: { ...whole, "x.json.gz": damaged(gzipSync(text(WHOLE))) },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json.gz",
  },
  {
    name: "broken JSON in a list",
    files: { ...whole, "x.json": '{"Records":[{"eventName":' + "}]}" },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json",
  },
  {
    name: "a line that is not JSON",
    files: { ...whole, "x.jsonl": `${JSON.stringify(WHOLE[0])}\noops\n` },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.jsonl",
  },
  {
    name: "a record without the name of an event",
    files: { ...whole, "x.json": '{"Records":[{"eventTime":"2026-01-01T00:00:00Z"}]}' },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json",
  },
  {
    name: "an event without a time",
    files: { ...whole, "x.json": text([{ ...WHOLE[0]!, eventTime: "yesterday" }]) },
    codes: ["LOGS-INCOMPLETE"],
  },
  {
    name: "a record larger than any event",
    files: { ...whole, "x.json": text([{ ...WHOLE[0]!, requestParameters: "x".repeat(3_000_000) }]) },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json",
  },
  {
    name: "a link that leads nowhere",
    files: { ...whole, "x.json": { link: "nowhere" } },
    codes: ["LOGS-INCOMPLETE"],
    names: "x.json",
  },
  {
    name: "logging that was stopped yesterday",
    files: files([...WHOLE, trail("StopLogging", day(30))]),
    codes: ["TRAIL-STOPPED"],
    names: "organization-trail",
  },
  {
    name: "a trail that was deleted",
    files: files([...WHOLE, trail("StartLogging", day(2)), trail("DeleteTrail", day(30))]),
    codes: ["TRAIL-STOPPED"],
  },
  {
    name: "a trail started, then stopped, named by its ARN",
    files: files([
      ...WHOLE,
      trail("StartLogging", day(2)),
      trail("StopLogging", day(3), `arn:aws:cloudtrail:${EU}:${SANDBOX}:trail/organization-trail`),
    ]),
    codes: ["TRAIL-STOPPED"],
  },
  ...(
    [
      ["reads alone", { eventSelectors: [{ readWriteType: "ReadOnly", includeManagementEvents: true }] }],
      ["data events alone", { eventSelectors: [{ readWriteType: "All", includeManagementEvents: false }] }],
      [
        "all but KMS",
        { eventSelectors: [{ readWriteType: "All", excludeManagementEventSources: ["kms.amazonaws.com"] }] },
      ],
      [
        "data events of S3, with advanced selectors",
        { advancedEventSelectors: [{ fieldSelectors: [{ field: "eventCategory", equals: ["Data"] }] }] },
      ],
      [
        "management events that write, with advanced selectors",
        {
          advancedEventSelectors: [
            {
              fieldSelectors: [
                { field: "eventCategory", equals: ["Management"] },
                { field: "readOnly", equals: ["false"] },
              ],
            },
          ],
        },
      ],
      ["nothing at all", {}],
    ] as const
  ).map(([name, more]): Case => ({
    name: `a trail that was told to record ${name}`,
    files: files([...WHOLE, selectors(ALL_SELECTED), { ...selectors(more), eventTime: day(21) }]),
    codes: ["TRAIL-STOPPED"],
    names: "organization-trail",
  })),
  {
    name: "a trail that was told to record one region",
    files: files([...WHOLE, selectors({ isMultiRegionTrail: false }, "UpdateTrail")]),
    codes: ["TRAIL-STOPPED"],
  },
  {
    name: "an organization's trail, stopped in the management account",
    files: files([
      ...WHOLE,
      { ...trail("StopLogging", day(30)), recipientAccountId: made.environment.organization.managementAccountId },
    ]),
    codes: ["TRAIL-STOPPED"],
    names: "organization-trail",
  },
  {
    name: "reads alone, of one account of two",
    files: files([...without(OTHER), ...reads(of(OTHER))]),
    codes: ["ONLY-READS"],
    names: "sandbox-2",
  },
  {
    name: "digests that name log files which nobody brought",
    files: files(without(OTHER, EU), { "d.json": lines(JANUARY.map((n) => busy(OTHER, EU, n))) }),
    guardrail: "deny-root-user",
    codes: ["SILENT-REGIONS"],
    names: "sandbox-2 eu-central-1",
  },
  {
    name: "digests of quiet hours beside ones that name log files, in either order",
    files: files(without(OTHER, EU), {
      "d.json": lines(JANUARY.flatMap((n) => [digest(OTHER, EU, n), busy(OTHER, EU, n)])),
      "e.json": lines(JANUARY.flatMap((n) => [busy(OTHER, EU, n), digest(OTHER, EU, n)])),
    }),
    guardrail: "deny-root-user",
    codes: ["SILENT-REGIONS"],
  },
  {
    name: "quiet days but for three weeks of which log files are missing",
    files: files(without(OTHER, EU), {
      "d.json": lines(JANUARY.map((n) => (n > 5 && n < 27 ? busy : digest)(OTHER, EU, n))),
    }),
    guardrail: "deny-root-user",
    codes: ["TOO-FEW-DAYS", "LOGS-WITH-GAPS"],
    names: "sandbox-2 eu-central-1: 21 days from 2026-01-06",
  },
  {
    name: "digests of another account for a region without events",
    files: files(without(OTHER, EU), {
      "d.json": JANUARY.map((n) => JSON.stringify(digest(SANDBOX, EU, n))).join("\n"),
    }),
    guardrail: "deny-root-user",
    codes: ["SILENT-REGIONS"],
    names: "sandbox-2 eu-central-1",
  },
  {
    name: "digests of three days",
    files: files(without(OTHER, EU), {
      "d.json": [29, 30, 31].map((n) => JSON.stringify(digest(OTHER, EU, n))).join("\n"),
    }),
    guardrail: "deny-root-user",
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-2 eu-central-1: 3 days",
  },
  {
    name: "a quiet region that is not quiet, and of three days",
    files: files([...without(OTHER, EU), ...month(OTHER, EU, [29, 30, 31])]),
    guardrail: "deny-root-user",
    options: { quietRegions: [EU] },
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-2 eu-central-1: 3 days",
  },
  {
    name: "the answer of a query, for which nobody vouches",
    files: { "lookup.json": lookup(WHOLE) },
    codes: ["LOGS-SELECTED"],
  },
  {
    name: "an answer next to the logs, for which nobody vouches",
    files: { ...whole, "lookup.json": lookup(WHOLE.slice(0, 3)) },
    codes: ["LOGS-SELECTED"],
  },
  {
    name: "an answer that says that there is more, for which somebody vouches",
    files: { "lookup.json": lookup(WHOLE).replace(/}$/, ',"NextToken":"x"}') },
    options: { wholeAnswers: true },
    codes: ["LOGS-INCOMPLETE"],
    names: "a next page",
  },
  {
    name: "digests beside answers: they speak of log files",
    files: {
      "lookup.json": lookup(of(OTHER).filter((e) => e["awsRegion"] === US)),
      ...files(of(SANDBOX)),
      "d.json": JANUARY.map((n) => JSON.stringify(digest(OTHER, EU, n))).join("\n"),
    },
    guardrail: "deny-root-user",
    options: { wholeAnswers: true },
    codes: ["SILENT-REGIONS"],
    names: "sandbox-2 eu-central-1",
  },
  {
    name: "digests of every day where an answer has one day",
    files: {
      "lookup.json": lookup([...of(SANDBOX), ...month(OTHER, US, [31])]),
      "d.json": JANUARY.map((n) => JSON.stringify(digest(OTHER, US, n))).join("\n"),
    },
    options: { wholeAnswers: true },
    codes: ["TOO-FEW-DAYS"],
    names: "sandbox-2 us-east-1: 1 day",
  },
  {
    name: "events that do not say whether they are of data",
    files: files(WHOLE.map((e) => ({ ...e, eventCategory: undefined, managementEvent: undefined }))),
    codes: ["SILENT-ACCOUNTS"],
  },
];

const COMPLETE: readonly Case[] = [
  { name: "a month of both accounts, for IAM", files: whole, codes: [] },
  {
    name: "a month of both accounts and regions, for every action",
    files: whole,
    guardrail: "deny-root-user",
    codes: [],
  },
  { name: "the global region alone, for IAM", files: files(WHOLE.filter((e) => e["awsRegion"] === US)), codes: [] },
  { name: "the same in a packed file without an ending", files: { export: gzipSync(text(WHOLE)) }, codes: [] },
  {
    name: "the same, one event a line, under another name",
    files: { "all.log": WHOLE.map((e) => JSON.stringify(e)).join("\n") },
    guardrail: "deny-root-user",
    codes: [],
  },
  {
    name: "a quiet region with digests of every day",
    files: files(without(OTHER, EU), { "d.json": JANUARY.map((n) => JSON.stringify(digest(OTHER, EU, n))).join("\n") }),
    guardrail: "deny-root-user",
    codes: [],
  },
  {
    name: "a region for which somebody vouches",
    files: files(WHOLE.filter((e) => e["awsRegion"] === US)),
    guardrail: "deny-root-user",
    options: { quietRegions: [EU] },
    codes: [],
  },
  {
    name: "the answer of a query, for which somebody vouches",
    files: { "lookup.json": lookup(WHOLE) },
    guardrail: "deny-root-user",
    options: { wholeAnswers: true },
    codes: [],
  },
  {
    name: "working days alone, for six weeks",
    files: files([SANDBOX, OTHER].flatMap((a) => [...weekdays(a, US), ...weekdays(a, EU)])),
    guardrail: "deny-root-user",
    codes: [],
  },
  {
    name: "Insights events and digests beside the logs",
    files: {
      ...whole,
      "insight.json": text([{ ...WHOLE[0]!, eventType: "AwsCloudTrailInsight" }]),
      "d.json": JSON.stringify(digest(SANDBOX, EU, 3)),
    },
    codes: [],
  },
  {
    name: "a trail that was told to record less, and all again",
    files: files([...WHOLE, selectors({}), { ...selectors(ALL_SELECTED), eventTime: day(21) }]),
    codes: [],
  },
  {
    name: "a trail of another account, stopped",
    files: files([...WHOLE, { ...trail("StopLogging", day(30)), recipientAccountId: "444444444403" }]),
    codes: [],
  },
  {
    name: "quiet days, and log files on the others",
    files: files([...without(OTHER, EU), ...month(OTHER, EU, [3, 9])], {
      "d.json": lines(JANUARY.map((n) => (n === 3 || n === 9 ? busy : digest)(OTHER, EU, n))),
    }),
    guardrail: "deny-root-user",
    codes: [],
  },
  {
    name: "logging that was stopped and started again",
    files: files([...WHOLE, trail("StopLogging", day(3)), trail("StartLogging", day(4))]),
    codes: [],
  },
  {
    name: "a stop that AWS refused",
    files: files([...WHOLE, { ...trail("StopLogging", day(3)), errorCode: "AccessDenied" }]),
    codes: [],
  },
  {
    name: "a call that was refused already",
    files: files([...WHOLE, { ...denied, errorCode: "AccessDenied" }]),
    codes: [],
  },
];

/** Days of December, so that there are enough in all. */
function older(account: string, days: number, region = US): readonly LogEvent[] {
  return Array.from({ length: days }, (_, n) =>
    event(account, region, `2025-12-${String(31 - n).padStart(2, "0")}T12:00:00Z`),
  );
}

function weekdays(account: string, region: string): readonly LogEvent[] {
  const last = Date.parse("2026-01-31T12:00:00Z");
  return Array.from({ length: 46 }, (_, n) => new Date(last - n * 86_400_000))
    .filter((date) => date.getUTCDay() % 6 !== 0)
    .map((date) => event(account, region, `${date.toISOString().slice(0, 19)}Z`));
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0, copy.length >> 1, (copy.length >> 1) + 40);
  return copy;
}

async function ask({ files: contents, guardrail = "deny-access-key-creation", options = {} }: Case): Promise<ReadyRow> {
  const root = mkdtempSync(join(tmpdir(), "keyless-gate-"));
  try {
    for (const [name, content] of Object.entries(contents)) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      if (typeof content === "object" && "link" in content) symlinkSync(join(root, content.link), path);
      else writeFileSync(path, content);
    }
    const at = options.at ?? AT;
    const impact = await readImpact(made.environment, made.state, [parseSource(root)], {
      at,
      digests: true,
      digest: true,
    });
    const inventory = {
      format: "keyless-inventory/1" as const,
      environment: "example",
      organizationId: "o-exampleorg1",
      generatedAt: at,
      accounts: [SANDBOX, OTHER].map((id) => ({ id, name: id, status: "complete" as const })),
      credentials: [],
    };
    const all = readiness(made.environment, made.state, impact, inventory, { days: 30, ...options, at });
    return all.rows.find((row) => row.guardrail === guardrail)!;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("there are at least forty folders that miss something, and ten that are whole", () => {
  expect(MISSING.length).toBeGreaterThanOrEqual(40);
  expect(COMPLETE.length).toBeGreaterThanOrEqual(10);
});

test.each(MISSING)("refused: $name", async (one) => {
  const row = await ask(one);
  expect(row.ready).toBe(false);
  expect(row.obstacles.map(({ code }) => code)).toEqual(one.codes);
  if (one.names !== undefined) expect(row.obstacles.flatMap(({ names }) => names).join("\n")).toContain(one.names);
});

test.each(COMPLETE)("ready: $name", async (one) => {
  const row = await ask(one);
  expect(row.obstacles).toEqual([]);
  expect(row.ready).toBe(true);
  // A yes says what it rests on.
  expect(row.evidence.length).toBeGreaterThan(0);
  for (const { days } of row.evidence) expect(days.length).toBeGreaterThanOrEqual(30);
});
