import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogEvent, logEvent, logFile } from "../../../../local/cloudtrail-logs";
import { readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import type { Engine } from "../../../../modules/evidence/cloudtrail/read";
import { LogSource, parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { actionsOf, eventsOf } from "../../../../modules/evidence/impact/actions";
import { readImpact } from "../../../../modules/evidence/impact/report";
import { usageFromLogs } from "../../../../modules/evidence/inventory/from-logs";
import { readMoveUse } from "../../../../modules/evidence/move/read-use";
import { GUARDRAILS } from "../../../../modules/sections/guardrails/catalogue/guardrails";
import { OUR_COLUMNS, Tables } from "../../../support/athena-tables";
import { EVENTS, KEY, made, OTHER, ready, withoutAssumedRoot } from "../cloudtrail/events";
import { AT, SANDBOX } from "../impact/fixture";
import { engineOf, fakeAthena } from "./fake-athena";

/** Athena's queries, run by DuckDB over the same events, give the answers that local files give. */

jest.setTimeout(120_000);

interface From {
  readonly sources: readonly LogSource[];
  readonly engine?: Engine;
  readonly since?: number;
}

async function answers({ sources, ...options }: From): Promise<object> {
  const { environment, state } = made;
  const usage = await readKeyUsage(sources, options);
  const impact = await readImpact(environment, state, sources, { at: AT, digests: true, ...options });
  const { use } = await readMoveUse(
    sources,
    {
      roles: [`arn:aws:iam::${SANDBOX}:role/Admin`, `arn:aws:iam::${SANDBOX}:role/Audit`],
      keys: [KEY, "AKIAI44QH8DHBEXAMPLE"],
      accounts: [SANDBOX, OTHER],
      at: AT,
    },
    options,
  );
  const {
    read: { events, eventsBeforeSince },
    ...said
  } = impact.report;
  return {
    keys: usage.keys,
    keysLeftOut: usage.keysLeftOut,
    usedFor: [...usageFromLogs(usage.keys)],
    said,
    events,
    before: options.since === undefined ? eventsBeforeSince : undefined,
    coverage: { ...impact.coverage, logged: 0, answered: 0, places: places(impact.coverage.places) },
    ready: { ...ready(impact, true), wholeAnswers: 0 },
    moves: { ...use, coverage: { ...use.coverage, logged: 0, answered: 0, places: places(use.coverage.places) } },
  };
}

/** The order of events is not that of files. */
const places = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

async function both(
  events: readonly LogEvent[],
  since?: number,
  columns?: typeof OUR_COLUMNS,
): Promise<{ readonly local: object; readonly athena: object; readonly asked: readonly string[] }> {
  const root = mkdtempSync(join(tmpdir(), "keyless-same-"));
  const tables = await Tables.of({ "security.logs": events }, undefined, columns);
  try {
    writeFileSync(join(root, "trail.json"), logFile(columns ? events : events.map(withoutAssumedRoot)));
    const fake = fakeAthena({ tables, ...(columns ? { columns } : {}) });
    const more = since === undefined ? {} : { since };
    return {
      local: await answers({ sources: [parseSource(root)], ...more }),
      athena: await answers({ sources: [], engine: engineOf(fake), ...more }),
      asked: fake.asked,
    };
  } finally {
    tables.close();
    rmSync(root, { recursive: true, force: true });
  }
}

test("the set of events that is read in every shape", async () => {
  const { local, athena } = await both(EVENTS);
  expect(athena).toEqual(local);
});

test("since a time", async () => {
  const { local, athena } = await both(EVENTS, Date.parse("2026-01-20T12:00:00Z") / 1000);
  expect(athena).toEqual(local);
});

test("a table that keeps whether a session of the root user is central root access loses nothing", async () => {
  const { local, athena } = await both(EVENTS, undefined, OUR_COLUMNS);
  expect(athena).toEqual(local);
});

test("the same call many times, in one second and over days, later than now, of data, and about trails", async () => {
  const again = Array.from({ length: 60 }, (_, n) => ({
    ...EVENTS[70 + (n % 9)]!,
    eventTime: `2026-0${n % 7 === 0 ? 2 : 1}-${String(10 + (n % 5)).padStart(2, "0")}T0${n % 3}:00:0${n % 2}${n % 4 === 0 ? ".250" : ""}Z`,
    ...(n % 11 === 0 ? { eventCategory: "Data", managementEvent: false } : {}),
  }));
  const trails = ["StopLogging", "StartLogging", "StopLogging"].map((eventName, n) => ({
    ...EVENTS[0]!,
    eventSource: "cloudtrail.amazonaws.com",
    eventName,
    eventTime: `2026-01-1${n}T00:00:00Z`,
    requestParameters: { name: `arn:aws:cloudtrail:us-east-1:${SANDBOX}:trail/it's` },
  }));
  // What was done to a key counts each time, also where it is more often than is told one by one.
  const changes = Array.from({ length: 8 }, (_, n) => ({
    ...EVENTS[0]!,
    eventName: "UpdateAccessKey",
    eventTime: `2026-01-1${n}T00:00:00Z`,
    requestParameters: { userName: "ci", accessKeyId: KEY, status: "Inactive" },
  }));
  const { local, athena } = await both([...EVENTS, ...again, ...trails, ...changes], undefined, OUR_COLUMNS);
  expect(athena).toEqual(local);
});

test("events without a time or a name are a doubt, and Insights are none", async () => {
  const odd: readonly LogEvent[] = [
    { ...EVENTS[0]!, eventTime: "yesterday" },
    { ...EVENTS[0]!, eventName: null },
    { ...EVENTS[0]!, eventName: null, eventType: "AwsCloudTrailInsight", eventCategory: "Insight" },
  ];
  const tables = await Tables.of({ "security.logs": [...EVENTS, ...odd] });
  const { environment, state } = made;
  const engine = engineOf(fakeAthena({ tables }));
  const impact = await readImpact(environment, state, [], { at: AT, engine });
  tables.close();
  expect(impact.report.read).toMatchObject({
    events: EVENTS.length,
    skipped: { noTime: 1, notAnEvent: 1, insight: 1, selection: 2 },
  });
  expect(ready(impact, true).rows[0]!.obstacles.map(({ code }) => code)).toContain("LOGS-INCOMPLETE");
});

test("each guardrail alone: no call that it is asked about is left out by the query", async () => {
  // Names that differ from the action: versions of the API, operations of several services, other capitals.
  const calls = [
    "s3:CopyObject",
    "s3:ListObjectsV2",
    "lambda:CreateFunction20150331",
    "iam:UploadSshPublicKey",
    "bedrock:Converse",
  ];
  const others = [...calls, "monitoring:PutMetricAlarm", "email:SendEmail", "IAM:CREATEUSER"].map((call, n) =>
    logEvent({
      call,
      n,
      identity: EVENTS[0]!["userIdentity"] as object as never,
      account: SANDBOX,
      time: `2026-01-1${n}T00:00:00Z`,
    }),
  );
  const events = [...EVENTS, ...others];
  const root = mkdtempSync(join(tmpdir(), "keyless-same-"));
  const tables = await Tables.of({ "security.logs": events }, undefined, OUR_COLUMNS);
  try {
    writeFileSync(join(root, "trail.json"), logFile(events));
    const engine = engineOf(fakeAthena({ tables, columns: OUR_COLUMNS }));
    let called = 0;
    for (const { id } of GUARDRAILS) {
      const asked = { at: AT, guardrails: [id], targets: ["all"] };
      const { report: local } = await readImpact(made.environment, made.state, [parseSource(root)], asked);
      const { report: athena } = await readImpact(made.environment, made.state, [], { ...asked, engine });
      expect([id, { ...athena, read: athena.read.events }]).toEqual([id, { ...local, read: local.read.events }]);
      called += local.calls.length > 0 ? 1 : 0;
    }
    expect(called).toBeGreaterThan(5);
  } finally {
    tables.close();
    rmSync(root, { recursive: true, force: true });
  }
});

test("an event whose name differs from its action is among those that the action may mean", () => {
  const meant = (pattern: string, source: string, name: string): boolean =>
    eventsOf(pattern).some(
      (one) => source.startsWith(one.source) && name.toLowerCase().startsWith(one.name.toLowerCase()),
    );
  for (const [source, name] of [
    ["s3.amazonaws.com", "CopyObject"],
    ["s3.amazonaws.com", "ListObjectVersions"],
    ["lambda.amazonaws.com", "UpdateFunctionCode20150331v2"],
    ["monitoring.amazonaws.com", "PutMetricAlarm"],
    ["email.amazonaws.com", "SendEmail"],
    ["iam.amazonaws.com", "CreateMfaDevice"],
    ["bedrock.amazonaws.com", "ConverseStream"],
    ["iam.amazonaws.com", "CreateUser"],
  ] as const)
    for (const action of actionsOf(source, name)) expect([action, meant(action, source, name)]).toEqual([action, true]);
});
