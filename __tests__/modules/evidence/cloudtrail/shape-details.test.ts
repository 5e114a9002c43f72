import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyUsage, KeyUsageResult } from "../../../../modules/evidence/cloudtrail/key-usage";
import { CloudTrailScanner } from "../../../../modules/evidence/cloudtrail/scanner";
import { canonicalEvent } from "../../../../modules/evidence/cloudtrail/shapes/canonical";
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
