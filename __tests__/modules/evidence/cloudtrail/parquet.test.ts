import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compressors, readParquet } from "../../../../modules/evidence/cloudtrail/shapes/parquet";
import { SkipCounter } from "../../../../modules/evidence/cloudtrail/skipped";

/** Tables as engines write them, in several row groups and forms of compression, against what DuckDB itself reads back. */

const IDENTITY = `{'type': 'IAMUser', 'arn': 'arn:aws:iam::444444444401:user/u' || (n % 7), 'accountid': '444444444401', 'accesskeyid': 'AKIA' || (n % 5),
  'sessioncontext': CASE WHEN n % 3 = 0 THEN {'attributes': {'mfaauthenticated': 'false', 'creationdate': NULL::VARCHAR}, 'sessionissuer': NULL::STRUCT(arn VARCHAR)} END}`;
const TABLE = `SELECT TIMESTAMP '2026-01-15 12:00:00' + INTERVAL 1 SECOND * n AS eventtime, 's3.amazonaws.com' AS eventsource,
  'GetObject' || (n % 11) AS eventname, 'eu-central-1' AS awsregion, CASE WHEN n % 4 = 0 THEN 'AccessDenied' END AS errorcode,
  '{"bucketName": "b' || n || '"}' AS requestparameters, (n % 2 = 0) AS readonly,
  CASE WHEN n % 6 = 0 THEN NULL WHEN n % 6 = 1 THEN [] ELSE [{'arn': 'arn:aws:s3:::b' || n, 'accountid': NULL::VARCHAR}, {'arn': NULL, 'accountid': '444444444401'}] END AS resources,
  CASE WHEN n % 5 = 0 THEN NULL ELSE MAP {'9': 'nine', '1': 'one', 'MFAUsed': CASE WHEN n % 2 = 0 THEN 'Yes' END} END AS additionaleventdata,
  ${IDENTITY} AS useridentity, n AS other FROM range(5000) t(n)`;

const bytesOf = (bytes: Buffer): { byteLength: number; slice: (from: number, to?: number) => ArrayBuffer } => ({
  byteLength: bytes.length,
  slice: (from, to) => new Uint8Array(bytes.subarray(from, to)).buffer,
});

const NOTHING = {
  text: () => undefined,
  bytes: () => undefined,
  skip: () => undefined,
  columns: () => undefined,
  members: () => undefined,
  selection: () => undefined,
  unfinished: () => undefined,
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "keyless-parquet-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["zstd", "snappy", "gzip", "brotli", "uncompressed", "lz4_raw"])("%s", async (compression) => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const path = join(folder, `${compression}.parquet`);
  await connection.run(
    `COPY (${TABLE}) TO '${path}' (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE 2048, PARQUET_VERSION ${compression === "snappy" ? "v2" : "v1"})`,
  );
  const events: unknown[] = [];
  const skipped = new SkipCounter();
  const fail = (): never => {
    throw new Error("nothing else was to be found");
  };
  await readParquet(
    bytesOf(readFileSync(path)),
    { ...NOTHING, event: (event) => events.push(event), text: fail, bytes: fail, skip: fail },
    skipped,
  );
  if (compression === "lz4_raw") {
    // Not in the library: said, and nothing is read in silence.
    expect(skipped.all()).toEqual({ parquet: 1 });
    expect(skipped.words("parquet")).toMatch(/could not be read.*compression codec/);
    return;
  }
  expect(skipped.all()).toEqual({});
  expect(events).toHaveLength(5000);
  for (let n = 0; n < 5000; n++) {
    expect(events[n]).toEqual({
      eventTime: new Date(Date.UTC(2026, 0, 15, 12) + n * 1000).toISOString().replace(".000Z", "Z"),
      eventSource: "s3.amazonaws.com",
      eventName: `GetObject${n % 11}`,
      awsRegion: "eu-central-1",
      ...(n % 4 === 0 ? { errorCode: "AccessDenied" } : {}),
      requestParameters: { bucketName: `b${n}` },
      readOnly: n % 2 === 0,
      ...(n % 6 === 0
        ? {}
        : { resources: n % 6 === 1 ? [] : [{ ARN: `arn:aws:s3:::b${n}` }, { accountId: "444444444401" }] }),
      ...(n % 5 === 0 ? {} : { additionalEventData: { "9": "nine", "1": "one", MFAUsed: n % 2 === 0 ? "Yes" : null } }),
      userIdentity: {
        type: "IAMUser",
        arn: `arn:aws:iam::444444444401:user/u${n % 7}`,
        accountId: "444444444401",
        accessKeyId: `AKIA${n % 5}`,
        ...(n % 3 === 0 ? { sessionContext: { attributes: { mfaAuthenticated: "false" } } } : {}),
      },
    });
  }
});

test("a column named like what all objects have is refused, and changes nothing", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const path = join(folder, "proto.parquet");
  await connection.run(
    `COPY (SELECT 'a' AS eventname, 'b' AS eventsource, {'type': 'Root', '__proto__': {'polluted': 'yes'}} AS useridentity) TO '${path}' (FORMAT parquet)`,
  );
  const events: unknown[] = [];
  const skipped = new SkipCounter();
  await readParquet(bytesOf(readFileSync(path)), { ...NOTHING, event: (event) => events.push(event) }, skipped);
  const polluted = ({} as { readonly polluted?: string }).polluted;
  delete (Object.prototype as { polluted?: string }).polluted;
  expect(polluted).toBeUndefined();
  expect(events).toEqual([]);
  expect(skipped.words("parquet")).toBe("a Parquet file with a column __proto__");
});

test("a page that says that it becomes very large is refused", () => {
  for (const unpack of Object.values(compressors({ snappyUncompress: () => undefined })))
    expect(() => unpack(new Uint8Array(16), 2 ** 30)).toThrow(/a page of 1074 MB/);
});
