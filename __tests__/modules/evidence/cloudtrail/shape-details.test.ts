import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readKeyUsage, KeyUsageResult } from "../../../../modules/evidence/cloudtrail/key-usage";
import { CloudTrailScanner } from "../../../../modules/evidence/cloudtrail/scanner";
import { canonicalEvent, missingFields } from "../../../../modules/evidence/cloudtrail/shapes/canonical";
import { TableReader } from "../../../../modules/evidence/cloudtrail/shapes/csv";
import { SkipCounter } from "../../../../modules/evidence/cloudtrail/skipped";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";

/** What tools add to events, leave out of them, and how files are damaged. */

const KEY = "AKIAIOSFODNN7EXAMPLE";
const IDENTITY = `{type=IAMUser, principalid=AIDAEXAMPLE, arn=arn:aws:iam::012345678901:user/ci, accountid=012345678901, accesskeyid=${KEY}, username=ci}`;
const ROW = {
  eventname: "GetObject",
  eventsource: "s3.amazonaws.com",
  eventtime: "2026-01-15T12:00:00Z",
  awsregion: "us-east-1",
};

async function usage(content: string | Buffer, file = "log"): Promise<KeyUsageResult> {
  const root = mkdtempSync(join(tmpdir(), "keyless-details-"));
  try {
    writeFileSync(join(root, file), content);
    return await readKeyUsage([parseSource(root)]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("columns next to useridentity", () => {
  const identity = (row: object): unknown => canonicalEvent({ ...ROW, ...row })?.["userIdentity"];
  const whole = identity({ useridentity: IDENTITY });

  test.each([
    ["username", "ci"],
    ["accesskeyid", null],
    ["principalid", "AIDAOTHER"],
    ["invokedby", null],
    ["useridentity.username", "other"],
    ["user_name", ""],
  ])("%s does not replace it, in front of it or behind it", (name, value) => {
    expect(whole).toMatchObject({ type: "IAMUser", accessKeyId: KEY });
    expect(identity({ useridentity: IDENTITY, [name]: value })).toEqual(whole);
    expect(identity({ [name]: value, useridentity: IDENTITY })).toEqual(whole);
  });

  test("without it they are its members, but not those that have a column of their own", () => {
    expect(identity({ username: "ci", accesskeyid: KEY })).toEqual({ userName: "ci", accessKeyId: KEY });
    // Which key it is, a query may have taken out of the answer of the call.
    expect(
      identity({ "useridentity.type": "AssumedRole", "useridentity.accesskeyid": null, accesskeyid: KEY }),
    ).toEqual({ type: "AssumedRole" });
    expect(identity({ useridentity: null, "useridentity.type": "Root", username: "ci" })).toMatchObject({
      type: "Root",
    });
  });

  test("the time of the event is not that of its delivery", () => {
    expect(canonicalEvent({ ...ROW, "@timestamp": "2026-02-02 00:00:00" })).toMatchObject({ eventTime: ROW.eventtime });
    const { eventtime: _, ...untimed } = ROW;
    expect(canonicalEvent({ ...untimed, "@timestamp": "2026-02-02 00:00:00" })).toMatchObject({
      eventTime: "2026-02-02T00:00:00Z",
    });
  });

  test("in a table and in lines of JSON the key is found", async () => {
    const row = { ...ROW, useridentity: IDENTITY, username: "ci", accesskeyid: null };
    const csv = `${Object.keys(row).join(",")}\n${Object.values(row)
      .map((value) => `"${value ?? ""}"`)
      .join(",")}\n`;
    for (const content of [csv, `${JSON.stringify(row)}\n`])
      expect((await usage(content)).keys).toMatchObject([{ accessKeyId: KEY, events: 1 }]);
  });
});

test("an identity without capitals in a record with them is read", async () => {
  const record = {
    eventName: "GetObject",
    eventSource: "s3.amazonaws.com",
    eventTime: "2026-01-15T12:00:00Z",
    awsRegion: "us-east-1",
    userIdentity: {
      type: "IAMUser",
      arn: "arn:aws:iam::012345678901:user/ci",
      accountid: "012345678901",
      accesskeyid: KEY,
    },
  };
  expect((await usage(`${JSON.stringify(record)}\n`)).keys).toMatchObject([{ accessKeyId: KEY, events: 1 }]);
});

test("a page of Athena's answer without the names is no event, whatever its first row", async () => {
  const cells = (values: readonly string[]): unknown => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });
  const rows = [1, 2, 3].map((n) => cells([`2026-01-1${n}T12:00:00Z`, "s3.amazonaws.com", "GetObject"]));
  const { report } = await usage(JSON.stringify({ ResultSet: { Rows: rows } }), "page-2.json");
  expect(report.events).toBe(0);
  expect(report.skipped).toMatchObject({ notAnEvent: 3 });
});

/** Bytes that are copied while a content comes in pieces of this size. */
function copied(content: Buffer, size: number, push: (chunk: Buffer) => void): number {
  let bytes = 0;
  const { concat } = Buffer;
  const prototype = Buffer.prototype as Buffer;
  const { copy } = prototype;
  const concats = jest.spyOn(Buffer, "concat").mockImplementation((list, length) => {
    bytes += list.reduce((sum, one) => sum + one.length, 0);
    return concat(list, length);
  });
  const counting: Buffer["copy"] = function (this: Buffer, target, targetStart, start, end) {
    const done = copy.call(this, target, targetStart, start, end);
    bytes += done;
    return done;
  };
  prototype.copy = counting;
  try {
    for (let at = 0; at < content.length; at += size) push(content.subarray(at, at + size));
  } finally {
    concats.mockRestore();
    prototype.copy = copy;
  }
  return bytes;
}

test("a record or a row that comes in very many pieces costs no more than a few times its size", () => {
  const long = "x".repeat(400_000);
  const skipped = new SkipCounter();
  let events = 0;
  const scanner = new CloudTrailScanner(() => events++, skipped);
  const record = Buffer.from(
    JSON.stringify({ ...ROW, userIdentity: IDENTITY, eventName: "A", eventSource: "b", requestParameters: { long } }),
  );
  expect(copied(record, 50, (chunk) => scanner.push(chunk))).toBeLessThan(10 * record.length);
  scanner.finish();
  const table = new TableReader(scanner.found, skipped);
  const rows = Buffer.from(`eventname,eventsource,useragent\nA,b,"${long}"\nA,c,"x"\n`);
  expect(copied(rows, 50, (chunk) => table.push(chunk))).toBeLessThan(10 * rows.length);
  table.finish();
  expect(events).toBe(3);
});

describe("an answer that is not whole, or does not say so", () => {
  const record = {
    eventName: "GetObject",
    eventSource: "s3.amazonaws.com",
    eventTime: "2026-01-15T12:00:00Z",
    awsRegion: "us-east-1",
    sourceIPAddress: "203.0.113.9",
    eventType: "AwsApiCall",
    readOnly: true,
    recipientAccountId: "012345678901",
    managementEvent: true,
    userIdentity: { type: "IAMUser", accountId: "012345678901", accessKeyId: KEY },
  };
  const text = JSON.stringify(record);
  const message = { timestamp: 1, message: text, ingestionTime: 2 };
  const insights = { results: [[{ field: "@message", value: text }]] };
  const lake = {
    QueryResultRows: [
      Object.entries(record).map(([name, value]) => ({
        [name]: typeof value === "string" ? value : JSON.stringify(value),
      })),
    ],
  };
  const hits = { hits: [{ _source: record }] };
  const search = {
    timed_out: false,
    _shards: { total: 1, failed: 0 },
    hits: { total: { value: 1, relation: "eq" }, ...hits },
  };

  test.each<[string, unknown, RegExp | undefined]>([
    ["a page", { Events: [{ CloudTrailEvent: text }], NextToken: "x" }, /a next page/],
    ["pages in a list", [{ Events: [{ CloudTrailEvent: text }], NextToken: "x" }], /a next page/],
    ["pages in a list of which the last is whole", [{ Events: [{ CloudTrailEvent: text }] }], undefined],
    ["get-log-events", { events: [message], nextForwardToken: "f/1", nextBackwardToken: "b/1" }, /get-log-events/],
    ["filter-log-events", { events: [message], searchedLogStreams: [] }, undefined],
    ["Insights, running", { status: "Running", ...insights }, /status Running/],
    ["Insights, cancelled", { ...insights, status: "Cancelled" }, /status Cancelled/],
    ["Insights, more", { ...insights, statistics: { recordsMatched: 2 } }, /1 of 2 records/],
    ["Insights", { ...insights, statistics: { recordsMatched: 1 }, status: "Complete" }, undefined],
    ["Lake, running", { QueryStatus: "RUNNING", ...lake }, /had not finished/],
    ["Lake, more", { QueryStatus: "FINISHED", QueryStatistics: { TotalResultsCount: 1200 }, ...lake }, /1 of 1200/],
    ["Splunk, a preview", { preview: true, result: { _raw: text } }, /preview/],
    ["Splunk, a preview of many", { preview: true, results: [{ _raw: text }] }, /preview/],
    ["Splunk", { preview: false, result: { _raw: text } }, undefined],
    ["Elastic, timed out", { ...search, timed_out: true }, /timed out/],
    ["Elastic, failed", { ...search, _shards: { total: 5, failed: 1 } }, /shards failed/],
    ["Elastic, counted up to", { hits: { total: { value: 1, relation: "gte" }, ...hits } }, /stopped counting/],
    ["Elastic, more", { hits: { total: { value: 9, relation: "eq" }, ...hits } }, /1 of 9/],
    ["Elastic, old", { hits: { total: 9, ...hits } }, /1 of 9/],
    [
      "msearch, counted up to",
      { responses: [search, { hits: { total: { value: 1, relation: "gte" }, ...hits } }] },
      /stopped counting/,
    ],
    ["msearch, failed", { responses: [{ ...search, _shards: { failed: 2 } }] }, /shards failed/],
    ["msearch, more", { responses: [{ hits: { total: { value: 9 }, ...hits } }] }, /1 of 9/],
    ["msearch", { took: 1, responses: [search, search] }, undefined],
  ])("%s", async (_, answer, problem) => {
    const { report } = await usage(JSON.stringify(answer));
    expect(report.events).toBeGreaterThan(0);
    expect(report.skipped).toMatchObject({ selection: 1 });
    const said = report.problems.map((one) => one.problem).join("\n");
    if (problem) expect(said).toMatch(problem);
    else expect(said).toBe("");
    expect(report.skipped.morePages ?? 0).toBe(problem === undefined ? 0 : 1);
  });

  test.each<[string, object, string | undefined]>([
    ["all", {}, undefined],
    ["no category", { managementEvent: undefined }, "eventCategory"],
    ["no type and no account", { eventType: undefined, recipientAccountId: null }, "eventType, recipientAccountId"],
    ["no identity", { userIdentity: undefined }, "userIdentity"],
  ])("records of which somebody left out fields: %s", async (_, left, missing) => {
    const some = { ...record, ...left };
    const small = Object.fromEntries(Object.entries(some).map(([name, value]) => [name.toLowerCase(), value]));
    const said =
      missing === undefined
        ? []
        : [{ file: "log", problem: `records without ${missing}: what they would say is not known` }];
    for (const content of [some, some].map((one) => JSON.stringify({ _source: one })))
      expect((await usage(`${content}\n${content}\n`)).report.problems).toEqual(said);
    expect((await usage(`${JSON.stringify(small)}\n`)).report.problems).toEqual(said);
    // One of the records has it: it is not the query that leaves it out.
    expect((await usage(`${JSON.stringify(small)}\n${JSON.stringify({ _source: record })}\n`)).report.problems).toEqual(
      [],
    );
  });

  test("one member of the parameters is not all of them", () => {
    const all = missingFields(["requestParameters.bucketName", "resources.arn"]);
    expect(all).toContain("requestParameters");
    expect(all).toContain("resources");
  });
});

describe("compressed files", () => {
  const event = (n: number): string =>
    `${JSON.stringify({ eventName: "A", eventSource: "b", eventTime: "2026-01-15T12:00:00Z", awsRegion: "us-east-1", userIdentity: { type: "IAMUser", accountId: "012345678901", accessKeyId: KEY }, n, userAgent: `${n * 7919}`.repeat(40) })}\n`;
  const many = (from: number): Buffer => gzipSync(Array.from({ length: 50 }, (_, n) => event(from + n)).join(""));
  // More than is unpacked in one go.
  const noise = gzipSync(
    Array.from(
      { length: 12_000 },
      (_, n) =>
        `{"n":"${createHash("sha512").update(`${n}`).digest("base64")}${createHash("sha512").update(`x${n}`).digest("base64")}"}\n`,
    ).join(""),
  );

  test.each<[string, readonly Buffer[], object, number]>([
    ["whole", [many(0)], {}, 50],
    ["two members", [many(0), many(50)], {}, 100],
    ["two members and zeros", [many(0), many(50), Buffer.alloc(512)], {}, 100],
    ["a second member without its end", [many(0), many(50).subarray(0, -8)], { truncated: 1 }, 100],
    ["a second member of which there is the beginning", [many(0), many(50).subarray(0, 12)], { truncated: 1 }, 50],
    ["zeros and another member", [many(0), Buffer.alloc(512), many(50)], { damagedGzip: 1 }, 50],
  ])("%s", async (_, parts, skipped, events) => {
    for (const more of [[], [noise]]) {
      const { report } = await usage(Buffer.concat([...more, ...parts]));
      const { notAnEvent, ...others } = report.skipped;
      expect([notAnEvent ?? 0, others, report.events]).toEqual([more.length * 12_000, skipped, events]);
    }
  });

  test("something that is no gzip behind it", async () => {
    for (const more of [[], [noise]])
      expect((await usage(Buffer.concat([...more, many(0), Buffer.from("more")]))).report.skipped).toMatchObject({
        damagedGzip: 1,
      });
  });

  test("a zstd file that asks for 2 GB is refused, also in a later frame", async () => {
    const zstd = (descriptor: readonly number[], blocks: readonly number[]): Buffer =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...descriptor, ...blocks]);
    const line = Buffer.from(event(1));
    const raw = [((line.length << 3) | 1) & 0xff, (line.length >> 5) & 0xff, 0, ...line];
    const good = zstd([0, 0x50], raw);
    const bad = zstd([0, 0xa8], raw);
    expect((await usage(good)).report).toMatchObject({ events: 1, skipped: {} });
    for (const content of [bad, Buffer.concat([good, bad])]) {
      const { report } = await usage(content);
      expect(report.skipped).toEqual({ damagedGzip: 1 });
      expect(report.problems[0]!.problem).toContain("a window of more than 128 MB");
    }
  });
});
