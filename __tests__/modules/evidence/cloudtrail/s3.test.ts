import { createServer, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { busyEvent, identities, logEvent, logFile, logPath } from "../../../../local/cloudtrail-logs";
import { readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { duckDbCopy, ocsf } from "../../../support/cloudtrail-shapes";

/** As much of S3 as reading a bucket takes: lists in pages of two, objects, and the errors that matter. */
class Bucket {
  readonly requests: string[] = [];
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  constructor(
    private readonly name: string,
    private readonly objects: Readonly<Record<string, Buffer | "denied">>,
  ) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://localhost");
    const range = /^bytes=(\d+)-(\d+)$/
      .exec(request.headers.range ?? "")
      ?.slice(1)
      .map(Number);
    this.requests.push(
      `${request.method ?? ""} ${decodeURIComponent(url.pathname)}${range ? ` ${range.join("-")}` : ""}`,
    );
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split("/");
    const error = (status: number, code: string): void =>
      void response
        .writeHead(status, { "content-type": "application/xml" })
        .end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    if (bucket !== this.name) return error(404, "NoSuchBucket");
    if (url.searchParams.get("list-type") === "2") {
      const keys = Object.keys(this.objects)
        .filter((key) => key.startsWith(url.searchParams.get("prefix") ?? ""))
        .sort();
      const from = Number(url.searchParams.get("continuation-token") ?? "0");
      const page = keys.slice(from, from + 2);
      const more = from + 2 < keys.length;
      const contents = page
        .map(
          (key) =>
            `<Contents><Key>${key}</Key><Size>${this.objects[key] === "denied" ? 10 : this.objects[key]!.length}</Size></Contents>`,
        )
        .join("");
      response
        .writeHead(200, { "content-type": "application/xml" })
        .end(
          `<ListBucketResult><IsTruncated>${String(more)}</IsTruncated>${more ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ""}${contents}</ListBucketResult>`,
        );
      return;
    }
    const object = this.objects[rest.join("/")];
    if (object === undefined) return error(404, "NoSuchKey");
    if (object === "denied") return error(403, "AccessDenied");
    response
      .writeHead(range ? 206 : 200, { "content-type": "application/json" })
      .end(range ? object.subarray(range[0], range[1]! + 1) : object);
  }
}

const KEY = "AKIAIOSFODNN7EXAMPLE";
const event = (n: number) =>
  logEvent({
    n,
    call: "s3:GetObject",
    time: "2026-01-15T12:00:00Z",
    identity: identities.user("444444444401", "ci", KEY),
  });
const path = (day: number, serial: string): string =>
  logPath("o-exampleorg1", "444444444401", "eu-central-1", `2026-01-${String(day).padStart(2, "0")}T12:00:00Z`, serial);
/** Larger than what is fetched in one piece; noise keeps gzip from shrinking it below. */
const LARGE = logFile(
  Array.from({ length: 3000 }, (_, n) => ({
    ...busyEvent(n),
    noise: [...Array(12)].map((__, i) => Math.imul(n * 12 + i + 1, 2654435761)).join(),
  })),
);

let bucket: Bucket;
const environment = { ...process.env };
const open = async (objects: Readonly<Record<string, Buffer | "denied">>): Promise<void> => {
  bucket = new Bucket("org-trail", objects);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: await bucket.start(),
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: "eu-central-1",
    AWS_MAX_ATTEMPTS: "1",
  });
};
afterEach(async () => {
  await bucket.stop();
  process.env = { ...environment };
});

test("all objects below a prefix, page by page, small ones and large ones, packed or not", async () => {
  await open({
    [path(14, "a")]: gzipSync(logFile([event(1)])),
    [path(15, "a")]: gzipSync(logFile([event(2), event(3)])),
    [path(15, "b")]: Buffer.from(LARGE),
    [path(15, "c")]: gzipSync(LARGE, { level: 0 }),
    [path(16, "a")]: Buffer.from(logFile([event(4)])),
    "other/elsewhere.json": Buffer.from(logFile([event(5)])),
    "AWSLogs/o-exampleorg1/444444444401/CloudTrail-Digest/eu-central-1/2026/01/15/d.json.gz": gzipSync("{}"),
    "AWSLogs/": Buffer.alloc(0),
  });
  const { keys, report } = await readKeyUsage([parseSource("s3://org-trail/AWSLogs/")]);
  expect(keys.find((key) => key.accessKeyId === KEY)).toMatchObject({ events: 4 });
  expect(report).toMatchObject({ files: 5, events: 4 + 2 * 3000, skipped: { digest: 1 }, problems: [] });
  expect(bucket.requests.filter((request) => request.includes("Digest"))).toEqual([]);
});

test("Parquet of Security Lake: of a large object only the pieces with columns that are needed", async () => {
  const noise = (n: number): string => [...Array(60)].map((__, i) => Math.imul(n * 60 + i + 1, 2654435761)).join();
  const made = await duckDbCopy(
    Array.from({ length: 5000 }, (_, n) => JSON.stringify({ ...ocsf(event(n)), enrichments: [noise(n)] })).join("\n"),
    "parquet",
  );
  const small = await duckDbCopy(JSON.stringify(ocsf(event(1))), "parquet");
  expect(made.length).toBeGreaterThan(1024 * 1024);
  await open({ "aws/CLOUD_TRAIL_MGMT/2.0/large.gz.parquet": made, "aws/CLOUD_TRAIL_MGMT/2.0/small.gz.parquet": small });
  const { keys, report } = await readKeyUsage([parseSource("s3://org-trail/aws/")]);
  expect(report).toMatchObject({ files: 2, events: 5001, skipped: {}, problems: [] });
  expect(keys).toMatchObject([{ accessKeyId: KEY, events: 5001 }]);
  const pieces = bucket.requests.flatMap((request) => / (\d+)-(\d+)$/.exec(request)?.slice(1).map(Number) ?? []);
  expect(pieces.length).toBeGreaterThan(4);
  const asked = pieces.reduce((sum, at, i) => (i % 2 === 1 ? sum + at - pieces[i - 1]! + 1 : sum), 0);
  expect(asked).toBeLessThan(made.length / 2 + 512 * 1024);
  // With a digest of what was read, the whole object is read too.
  const whole = await readKeyUsage([parseSource("s3://org-trail/aws/")], { digest: true });
  expect(whole.keys).toEqual(keys);
  expect(whole.report.digest).toMatch(/^[0-9a-f]{64}$/);
}, 60_000);

test("days before --since are not fetched", async () => {
  await open({ [path(14, "a")]: gzipSync(logFile([event(1)])), [path(15, "a")]: gzipSync(logFile([event(2)])) });
  const { report } = await readKeyUsage([parseSource("s3://org-trail/AWSLogs/")], {
    since: Date.UTC(2026, 0, 15) / 1000,
  });
  expect(report).toMatchObject({ files: 1, events: 1, skipped: { beforeSince: 1 } });
  expect(bucket.requests.filter((request) => request.includes("2026/01/14"))).toEqual([]);
});

test("an object that may not be read is named and counted, the others are read", async () => {
  await open({ [path(14, "a")]: "denied", [path(15, "a")]: gzipSync(logFile([event(2)])) });
  const { report } = await readKeyUsage([parseSource("s3://org-trail/AWSLogs/")]);
  expect(report).toMatchObject({
    files: 2,
    events: 1,
    skipped: { unreadable: 1 },
    problems: [{ file: `s3://org-trail/${path(14, "a")}`, problem: "AccessDenied" }],
  });
});

test("no bucket, nothing in it", async () => {
  await open({ "a/b.json": Buffer.from(logFile([event(1)])) });
  await expect(readKeyUsage([parseSource("s3://no-such-bucket/")])).rejects.toThrow(/CLOUDTRAIL-S3[^]*NoSuchBucket/);
  await expect(readKeyUsage([parseSource("s3://org-trail/nothing/")])).rejects.toThrow(
    /CLOUDTRAIL-SOURCE[^]*nothing below/,
  );
});
