import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { LogEvent, logFile } from "../../local/cloudtrail-logs";

/** The same events in every form that logs of CloudTrail are kept in, each written as the tool that makes it does. */

export interface Shape {
  /** As docs/cloudtrail-shapes.md calls it. */
  readonly name: string;
  readonly file: string;
  readonly content: string | Buffer;
}

type Row = Readonly<Record<string, unknown>>;

const text = (event: LogEvent): string => JSON.stringify(event);
const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const milliseconds = (event: LogEvent): number => Date.parse(String(event["eventTime"]));
/** `2026-01-31 12:34:56.000`, as engines of SQL write it. */
const sqlTime = (time: unknown): string => String(time).replace("T", " ").replace("Z", ".000");

function csv(rows: readonly (readonly string[])[], delimiter = ",", always = false): string {
  const cell = (value: string): string =>
    always || /["\n\r,;\t]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  return rows.map((row) => `${row.map(cell).join(delimiter)}\n`).join("");
}

/** A value as Athena writes a row, a map or a list into text. */
function presto(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(presto).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}=${presto(inner)}`)
      .join(", ")}}`;
  return String(value as string);
}

/** `userIdentity` with all members that the table of AWS's documentation declares. */
function identityRow(event: LogEvent): Row | null {
  const identity = (event["userIdentity"] ?? null) as Row | null;
  if (identity === null) return null;
  const session = identity["sessionContext"] as Row | undefined;
  const issuer = session?.["sessionIssuer"] as Row | undefined;
  const attributes = session?.["attributes"] as Row | undefined;
  return {
    type: identity["type"],
    principalid: identity["principalId"],
    arn: identity["arn"],
    accountid: identity["accountId"],
    invokedby: identity["invokedBy"],
    accesskeyid: identity["accessKeyId"],
    username: identity["userName"],
    onbehalfof: null,
    sessioncontext: session && {
      attributes: { mfaauthenticated: attributes?.["mfaAuthenticated"], creationdate: attributes?.["creationDate"] },
      sessionissuer: issuer && {
        type: issuer["type"],
        principalid: issuer["principalId"],
        arn: issuer["arn"],
        accountid: issuer["accountId"],
        username: issuer["userName"],
      },
      ec2roledelivery: null,
      sourceidentity: session["sourceIdentity"],
    },
  };
}

const COLUMNS = [
  "eventVersion",
  "userIdentity",
  "eventTime",
  "eventSource",
  "eventName",
  "awsRegion",
  "sourceIPAddress",
  "userAgent",
  "errorCode",
  "errorMessage",
  "requestParameters",
  "responseElements",
  "additionalEventData",
  "requestID",
  "eventID",
  "readOnly",
  "resources",
  "eventType",
  "apiVersion",
  "recipientAccountId",
  "serviceEventDetails",
  "sharedEventID",
  "vpcEndpointId",
  "eventCategory",
] as const;
const PACKED = new Set(["requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"]);

function resourcesOf(event: LogEvent): readonly Row[] | undefined {
  return (event["resources"] as readonly Row[] | undefined)?.map(({ ARN, accountId, type }) => ({
    arn: ARN,
    accountid: accountId,
    type,
  }));
}

/** A cell of Athena's table: rows as text, parameters as JSON, nothing for NULL. */
function athenaCell(event: LogEvent, column: (typeof COLUMNS)[number]): string {
  if (column === "userIdentity") return event["userIdentity"] === undefined ? "" : presto(identityRow(event));
  if (column === "resources") return event["resources"] === undefined ? "" : presto(resourcesOf(event));
  const value = event[column];
  if (value === undefined || (value === null && !PACKED.has(column))) return "";
  return PACKED.has(column) ? JSON.stringify(value) : String(value as string);
}

/** A cell of CloudTrail Lake: times are timestamps, parameters maps of texts. */
function lakeCell(event: LogEvent, column: (typeof COLUMNS)[number]): string | null {
  const value = event[column];
  if (value === undefined || value === null) return null;
  if (column === "eventTime") return sqlTime(value);
  if (column === "userIdentity") {
    const row = identityRow(event)!;
    const session = row["sessioncontext"] as { readonly attributes: Row } | undefined;
    const created = session?.attributes["creationdate"];
    return presto(
      created === undefined
        ? row
        : {
            ...row,
            sessioncontext: { ...session, attributes: { ...session!.attributes, creationdate: sqlTime(created) } },
          },
    );
  }
  if (column === "resources") return presto(resourcesOf(event));
  if (!PACKED.has(column)) return String(value as string);
  return presto(
    Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, typeof inner === "object" ? JSON.stringify(inner) : inner]),
    ),
  );
}

/** The dictionary of AWS for Security Lake's second version: https://github.com/ocsf/examples, `mappings/markdown/AWS/v1.1.0/CloudTrail`. */
// eslint-disable-next-line complexity -- one line for each field of AWS's mapping
export function ocsf(event: LogEvent): Row {
  const identity = (event["userIdentity"] ?? {}) as Row;
  const session = (identity["sessionContext"] ?? {}) as Row;
  const issuer = (session["sessionIssuer"] ?? {}) as Row;
  const attributes = (session["attributes"] ?? {}) as Row;
  const address = String(event["sourceIPAddress"]);
  const json = (value: unknown): string | null =>
    value === null || value === undefined ? null : JSON.stringify(value);
  const unmapped: Record<string, string> = {};
  for (const name of ["recipientAccountId", "readOnly", "managementEvent", "sharedEventID"])
    if (event[name] !== undefined) unmapped[name] = String(event[name] as string);
  for (const [name, value] of Object.entries(issuer))
    if (name !== "arn") unmapped[`userIdentity.sessionContext.sessionIssuer.${name}`] = String(value as string);
  for (const name of ["assumedRoot", "sourceIdentity"])
    if (session[name] !== undefined) unmapped[`userIdentity.sessionContext.${name}`] = String(session[name] as string);
  for (const [name, value] of Object.entries((event["additionalEventData"] ?? {}) as Row))
    unmapped[`additionalEventData.${name}`] = String(value as string);
  const created = attributes["creationDate"];
  return {
    activity_id: event["readOnly"] === true ? 2 : 3,
    activity_name: event["readOnly"] === true ? "Read" : "Update",
    actor: {
      user: {
        type: identity["type"] ?? null,
        name: identity["userName"] ?? null,
        uid: identity["arn"] ?? null,
        uid_alt: identity["principalId"] ?? null,
        account: { uid: identity["accountId"] ?? null },
        credential_uid: identity["accessKeyId"] ?? null,
      },
      session: {
        created_time_dt: created ?? null,
        is_mfa: attributes["mfaAuthenticated"] === undefined ? null : attributes["mfaAuthenticated"] === "true",
        issuer: issuer["arn"] ?? null,
      },
      invoked_by: identity["invokedBy"] ?? null,
      idp: { name: identity["identityProvider"] ?? null },
    },
    api: {
      operation: event["eventName"],
      version: null,
      service: { name: event["eventSource"] },
      request: { data: json(event["requestParameters"]), uid: event["requestID"] },
      response: {
        error: event["errorCode"] ?? null,
        message: event["errorMessage"] ?? null,
        data: json(event["responseElements"]),
      },
    },
    category_name: "Application Activity",
    category_uid: 6,
    class_name: "API Activity",
    class_uid: 6003,
    cloud: { provider: "AWS", region: event["awsRegion"] },
    http_request: { user_agent: event["userAgent"] },
    metadata: {
      product: {
        name: "CloudTrail",
        vendor_name: "AWS",
        version: event["eventVersion"],
        feature: { name: event["eventCategory"] },
      },
      event_code: event["eventType"],
      profiles: ["cloud", "datetime"],
      uid: event["eventID"],
      version: "1.1.0",
    },
    resources: ((event["resources"] ?? []) as readonly Row[]).map(({ ARN, accountId, type }) => ({
      uid: ARN,
      account: { uid: accountId },
      type,
    })),
    severity: "Informational",
    severity_id: 1,
    src_endpoint: /^[\d.]+$/.test(address)
      ? { ip: address, domain: null, uid: event["vpcEndpointId"] ?? null }
      : { ip: null, domain: address, uid: event["vpcEndpointId"] ?? null },
    status: event["errorCode"] === undefined ? "Success" : "Failure",
    time: milliseconds(event),
    time_dt: sqlTime(event["eventTime"]),
    type_uid: 600302,
    observables: [],
    unmapped,
  };
}

/** Elastic's pipeline: packages/aws/data_stream/cloudtrail/elasticsearch/ingest_pipeline/default.yml in elastic/integrations. */
export function ecs(event: LogEvent, keepOriginal: boolean): Row {
  const identity = (event["userIdentity"] ?? {}) as Row;
  const session = (identity["sessionContext"] ?? {}) as Row;
  const issuer = (session["sessionIssuer"] ?? {}) as Row;
  const attributes = (session["attributes"] ?? {}) as Row;
  const flattened = Object.fromEntries(
    [
      ["request_parameters", event["requestParameters"]],
      ["response_elements", event["responseElements"]],
      ["additional_eventdata", event["additionalEventData"]],
    ].filter(([, value]) => value !== null && value !== undefined),
  ) as Row;
  const all = {
    "@timestamp": String(event["eventTime"]).replace("Z", ".000Z"),
    aws: {
      cloudtrail: {
        event_version: event["eventVersion"],
        event_type: event["eventType"],
        event_category: event["eventCategory"],
        management_event: event["managementEvent"],
        read_only: event["readOnly"],
        recipient_account_id: event["recipientAccountId"],
        vpc_endpoint_id: event["vpcEndpointId"],
        error_code: event["errorCode"],
        error_message: event["errorMessage"],
        flattened,
        resources: (event["resources"] as readonly Row[] | undefined)?.map(({ ARN, accountId, type }) => ({
          arn: ARN,
          account_id: accountId,
          type,
        })),
        user_identity: {
          type: identity["type"],
          arn: identity["arn"],
          access_key_id: identity["accessKeyId"],
          invoked_by: identity["invokedBy"],
          session_context: {
            mfa_authenticated: attributes["mfaAuthenticated"],
            creation_date: attributes["creationDate"],
            session_issuer: {
              type: issuer["type"],
              arn: issuer["arn"],
              account_id: issuer["accountId"],
              principal_id: issuer["principalId"],
            },
          },
        },
      },
    },
    cloud: { account: { id: identity["accountId"] }, region: event["awsRegion"] },
    event: {
      action: event["eventName"],
      provider: event["eventSource"],
      id: event["eventID"],
      outcome: event["errorCode"] === undefined ? "success" : "failure",
      ...(keepOriginal ? { original: text(event) } : {}),
    },
    source: { address: event["sourceIPAddress"] },
    user: { id: identity["principalId"], name: issuer["userName"] ?? identity["userName"] },
    user_agent: { original: event["userAgent"], name: "Other" },
  };
  // The pipeline drops whatever is empty.
  const tidy = (value: unknown): unknown =>
    Array.isArray(value) || typeof value !== "object" || value === null
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .map(([name, inner]) => [name, tidy(inner)] as const)
            .filter(
              ([, inner]) =>
                inner !== undefined && inner !== null && (typeof inner !== "object" || Object.keys(inner).length > 0),
            ),
        );
  return tidy(all) as Row;
}

/** What a subscription of CloudWatch Logs sends. */
function subscription(events: readonly LogEvent[]): string {
  return JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "222222222201",
    logGroup: "cloudtrail",
    logStream: "222222222201_CloudTrail_us-east-1",
    subscriptionFilters: ["all"],
    logEvents: events.map((event, n) => ({ id: `3${n}`, timestamp: milliseconds(event), message: text(event) })),
  });
}
const CONTROL = JSON.stringify({
  messageType: "CONTROL_MESSAGE",
  owner: "CloudwatchLogs",
  logGroup: "",
  logStream: "",
  subscriptionFilters: [],
  logEvents: [{ id: "", timestamp: 1_768_478_400_000, message: "CWL CONTROL MESSAGE: Checking health of destination" }],
});

const notification = (event: LogEvent): Row => ({
  Type: "Notification",
  MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
  TopicArn: "arn:aws:sns:us-east-1:222222222201:trail",
  Message: JSON.stringify({
    version: "0",
    id: event["eventID"],
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.iam",
    time: event["eventTime"],
    detail: event,
  }),
  Timestamp: "2026-01-15T12:00:00.000Z",
});

/** Parts of a list, in order. */
function parts<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));
}

function utf16(content: string, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${content}`, "utf16le");
  return bigEndian ? bytes.swap16() : bytes;
}

export async function everyShape(events: readonly LogEvent[]): Promise<readonly Shape[]> {
  const file = logFile(events);
  const tail = (zone: string, stream: boolean): string =>
    events
      .map(
        (e) =>
          `${String(e["eventTime"]).replace("Z", zone)} ${stream ? "222222222201_CloudTrail_us-east-1 " : ""}${text(e)}\n`,
      )
      .join("");
  const athena = [
    COLUMNS.map((name) => name.toLowerCase()),
    ...events.map((e) => COLUMNS.map((c) => athenaCell(e, c))),
  ];
  const lake = events.map((e) => COLUMNS.map((c) => [c, lakeCell(e, c)] as const));
  const elasticFields = (e: LogEvent): Row => {
    const flat: Record<string, unknown> = {};
    const walk = (value: unknown, path: string): void => {
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        Object.entries(value).forEach(([name, inner]) => walk(inner, path === "" ? name : `${path}.${name}`));
      else flat[path] = [value];
    };
    walk(ecs(e, true), "");
    return flat;
  };
  return [
    { name: "CloudTrail's file", file: "trail.json", content: file },
    { name: "CloudTrail's file", file: "trail.json.gz", content: gzipSync(file) },
    { name: "packed twice", file: "firehose-2026-01-15-00-00", content: gzipSync(gzipSync(file)) },
    { name: "UTF-16", file: "powershell.json", content: utf16(file, false) },
    { name: "UTF-16", file: "big-endian.txt", content: utf16(file, true) },
    { name: "UTF-16", file: "no-mark.json", content: Buffer.from(file, "utf16le") },
    { name: "zstd", file: "trail.json.zst", content: await duckDbCopy(lines(events), "zst") },
    { name: "one event per line", file: "events.ndjson", content: lines(events) },
    { name: "a text per line", file: "messages.txt", content: lines(events.map(text)) },
    {
      name: "lookup-events",
      file: "lookup.json",
      content: JSON.stringify(
        {
          Events: events.map((e) => ({
            EventId: e["eventID"],
            EventName: e["eventName"],
            ReadOnly: String(e["readOnly"] as boolean),
            EventTime: e["eventTime"],
            EventSource: e["eventSource"],
            Username: "ci",
            Resources: [],
            CloudTrailEvent: text(e),
          })),
        },
        null,
        4,
      ),
    },
    {
      name: "filter-log-events",
      file: "filter-log-events.json",
      content: JSON.stringify(
        {
          events: events.map((e, n) => ({
            logStreamName: "222222222201_CloudTrail_us-east-1",
            timestamp: milliseconds(e),
            message: text(e),
            ingestionTime: milliseconds(e) + 1,
            eventId: `3${n}`,
          })),
          searchedLogStreams: [],
        },
        null,
        4,
      ),
    },
    { name: "logs tail", file: "tail.txt", content: tail(".123000+00:00", true) },
    { name: "logs tail", file: "tail-short", content: tail("", false) },
    { name: "export of CloudWatch Logs", file: "000000.gz", content: gzipSync(tail(".000Z", false)) },
    {
      name: "Insights",
      file: "insights.json",
      content: JSON.stringify({
        results: events.map((e, n) => [
          { field: "@timestamp", value: sqlTime(e["eventTime"]) },
          { field: "@message", value: text(e) },
          { field: "@ptr", value: `CmEKJgoi${n}` },
        ]),
        statistics: { recordsMatched: events.length, recordsScanned: events.length, bytesScanned: 1 },
        status: "Complete",
      }),
    },
    {
      name: "Insights",
      file: "logs-insights-results.csv",
      content: csv([["@timestamp", "@message"], ...events.map((e) => [sqlTime(e["eventTime"]), text(e)])]),
    },
    {
      name: "CloudTrail Lake",
      file: "lake.json",
      content: JSON.stringify({
        QueryStatus: "FINISHED",
        QueryStatistics: { ResultsCount: events.length, TotalResultsCount: events.length, BytesScanned: 1 },
        QueryResultRows: lake.map((row) => row.map(([name, value]) => ({ [name]: value }))),
      }),
    },
    {
      name: "CloudTrail Lake",
      file: "result_1.csv.gz",
      content: gzipSync(csv([[...COLUMNS], ...lake.map((row) => row.map(([, value]) => value ?? ""))], ",", true)),
    },
    {
      name: "CloudTrail Lake",
      file: "lake.jsonl",
      content: lines(lake.map((row) => Object.fromEntries(row.filter(([, value]) => value !== null)))),
    },
    { name: "Athena", file: "0a1b2c3d-result.csv", content: csv(athena, ",", true) },
    {
      name: "Athena",
      file: "get-query-results.json",
      content: JSON.stringify({
        ResultSet: {
          Rows: athena.map((row) => ({
            Data: row.map((value) => (value === "" ? {} : { VarCharValue: value })),
          })),
          ResultSetMetadata: { ColumnInfo: [] },
        },
        UpdateCount: 0,
      }),
    },
    {
      name: "Athena",
      file: "unload.gz",
      content: gzipSync(
        lines(
          events.map((e) =>
            Object.fromEntries(
              COLUMNS.map((c) => [
                c.toLowerCase(),
                c === "userIdentity"
                  ? identityRow(e)
                  : c === "resources"
                    ? resourcesOf(e)
                    : PACKED.has(c)
                      ? JSON.stringify(e[c] ?? null)
                      : e[c] === undefined
                        ? undefined
                        : String(e[c] as string),
              ]),
            ),
          ),
        ),
      ),
    },
    { name: "Security Lake", file: "ocsf.json", content: lines(events.map(ocsf)) },
    { name: "Security Lake", file: "ocsf.gz.parquet", content: await duckDbCopy(lines(events.map(ocsf)), "parquet") },
    {
      name: "Splunk",
      file: "splunk.json",
      content: lines(
        events.map((e, n) => ({
          preview: false,
          offset: n,
          ...(n === events.length - 1 ? { lastrow: true } : {}),
          result: { _time: "2026-01-15T12:00:00.000+00:00", sourcetype: "aws:cloudtrail", _raw: text(e) },
        })),
      ),
    },
    {
      name: "Splunk",
      file: "splunk-results.json",
      content: JSON.stringify({ preview: false, init_offset: 0, results: events.map((e) => ({ _raw: text(e) })) }),
    },
    {
      name: "Splunk",
      file: "1768478400_12.csv",
      content: csv(
        [["_time", "sourcetype", "_raw"], ...events.map((e) => ["1768478400", "aws:cloudtrail", text(e)])],
        ",",
        true,
      ),
    },
    {
      name: "Elastic",
      file: "search.json",
      content: JSON.stringify({
        took: 5,
        timed_out: false,
        _shards: { total: 1 },
        hits: {
          total: { value: events.length, relation: "eq" },
          max_score: null,
          hits: events.map((e, n) => ({ _index: "logs-aws.cloudtrail-default", _id: `${n}`, _source: ecs(e, false) })),
        },
      }),
    },
    {
      name: "Elastic",
      file: "elasticdump.ndjson",
      content: lines(events.map((e, n) => ({ _index: "cloudtrail", _id: `${n}`, _source: ecs(e, true) }))),
    },
    { name: "Elastic", file: "raw-source.ndjson", content: lines(events.map((e) => ({ _id: "1", _source: e }))) },
    {
      name: "Elastic",
      file: "fields.ndjson",
      content: lines(events.map((e) => ({ _id: "1", fields: elasticFields(e) }))),
    },
    {
      name: "EventBridge",
      file: "bridge",
      content: events.map((e) => JSON.stringify({ version: "0", detail: e })).join(""),
    },
    {
      name: "SQS",
      file: "receive-message",
      content: JSON.stringify({
        Messages: events.map((e) => ({
          MessageId: "x",
          ReceiptHandle: "y",
          MD5OfBody: "z",
          Body: JSON.stringify(notification(e)),
        })),
      }),
    },
    {
      name: "SQS",
      file: "lambda-sqs",
      content: JSON.stringify({
        Records: events.map((e) => ({ messageId: "x", body: text(e), eventSource: "aws:sqs", awsRegion: "us-east-1" })),
      }),
    },
    { name: "SNS", file: "sns", content: events.map((e) => JSON.stringify(notification(e))).join("") },
    {
      name: "Firehose",
      file: "trail-1-2026-01-15-12-00-00-x",
      content: gzipSync(parts(events, 20).map(subscription).join("") + CONTROL),
    },
    {
      name: "Firehose",
      file: "members",
      content: Buffer.concat(parts(events, 20).map((some) => gzipSync(subscription(some)))),
    },
    { name: "Firehose", file: "messages", content: events.map(text).join("") },
    {
      name: "Kinesis",
      file: "get-records",
      content: JSON.stringify({
        Records: parts(events, 20).map((some, n) => ({
          SequenceNumber: `4${n}`,
          ApproximateArrivalTimestamp: 1_768_478_400.1,
          Data: gzipSync(subscription(some)).toString("base64"),
          PartitionKey: "p",
        })),
        NextShardIterator: "AAAA",
        MillisBehindLatest: 0,
      }),
    },
    {
      name: "Kinesis",
      file: "lambda-kinesis",
      content: JSON.stringify({
        Records: parts(events, 20).map((some) => ({
          kinesis: { kinesisSchemaVersion: "1.0", data: gzipSync(subscription(some)).toString("base64") },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventName: "aws:kinesis:record",
          awsRegion: "us-east-1",
        })),
      }),
    },
    {
      name: "Kinesis",
      file: "lambda-logs",
      content: parts(events, 20)
        .map((some) => JSON.stringify({ awslogs: { data: gzipSync(subscription(some)).toString("base64") } }))
        .join("\n"),
    },
  ];
}

/** Packs lines with zstd, or writes records of OCSF as Security Lake does: Parquet, `unmapped` a map, times as timestamps. */
export async function duckDbCopy(ndjson: string, as: "zst" | "parquet"): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "keyless-duckdb-"));
  try {
    const from = join(folder, "in.ndjson");
    const to = join(folder, `out.${as}`);
    writeFileSync(from, ndjson);
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(
      as === "zst"
        ? `COPY (SELECT line FROM read_csv('${from}', columns={'line': 'VARCHAR'}, delim='\\x01', quote='', escape='', header=false, max_line_size=4000000))
           TO '${to}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01', COMPRESSION zstd)`
        : `COPY (SELECT * REPLACE (CAST(to_json(unmapped) AS MAP(VARCHAR, VARCHAR)) AS unmapped, time_dt::TIMESTAMP AS time_dt)
             FROM (SELECT * FROM read_json('${from}', format='newline_delimited', sample_size=-1, maximum_object_size=10000000)))
           TO '${to}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`,
    );
    connection.closeSync();
    instance.closeSync();
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
