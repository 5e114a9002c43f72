import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { busyEvent, identities, LogEvent, logEvent, logFile, logPath } from "../../../../local/cloudtrail-logs";
import { BaselineError } from "../../../../modules/kernel/errors";
import { KeyUsageResult, readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import { readLogFile } from "../../../../modules/evidence/cloudtrail/read-file";
import { SkipCounter } from "../../../../modules/evidence/cloudtrail/skipped";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";

const ACCOUNT = "444444444401";
const KEY = "AKIAIOSFODNN7EXAMPLE";
const OTHER = "AKIAI44QH8DHBEXAMPLE";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "keyless-logs-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, content: string | Buffer): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const by = (key: string, name: string, time: string, call: string, more: object = {}): LogEvent =>
  logEvent({ call, time, identity: identities.user(ACCOUNT, name, key), ...more });
const usage = (path = root, since?: number): Promise<KeyUsageResult> =>
  readKeyUsage([parseSource(path)], since === undefined ? {} : { since });

test("what a key was used for, from a trail of an organization", async () => {
  put(
    logPath("o-exampleorg1", ACCOUNT, "eu-central-1", "2026-01-15T12:05:00Z", "a"),
    gzipSync(
      logFile([
        by(KEY, "ci", "2026-01-15T12:00:00Z", "s3:GetObject"),
        by(KEY, "ci", "2026-01-15T12:01:00Z", "s3:PutObject", { error: "AccessDenied", sourceAddress: "203.0.113.9" }),
        by(OTHER, "backup", "2026-01-15T12:02:00Z", "ec2:DescribeInstances", { error: "Client.UnauthorizedOperation" }),
        logEvent({ call: "s3:GetObject", identity: identities.role(ACCOUNT, "app") }),
        logEvent({ call: "sts:AssumeRole", identity: identities.service("ec2.amazonaws.com") }),
      ]),
    ),
  );
  put(
    logPath("o-exampleorg1", ACCOUNT, "us-east-1", "2026-01-16T12:05:00Z", "b"),
    gzipSync(
      logFile([
        by(KEY, "ci", "2026-01-16T09:00:00Z", "iam:ListUsers", { region: "us-east-1", userAgent: "Boto3/1.35" }),
      ]),
    ),
  );
  const { keys, keysLeftOut, report } = await usage();
  expect(keysLeftOut).toBe(0);
  expect(keys.map((k) => k.accessKeyId)).toEqual([OTHER, KEY]);
  expect(keys[1]).toMatchObject({
    accountId: ACCOUNT,
    userName: "ci",
    principalArn: `arn:aws:iam::${ACCOUNT}:user/ci`,
    events: 3,
    denied: 1,
    firstEvent: "2026-01-15T12:00:00Z",
    lastEvent: "2026-01-16T09:00:00Z",
    services: {
      top: [
        { value: "s3", count: 2, last: "2026-01-15T12:01:00Z" },
        { value: "iam", count: 1, last: "2026-01-16T09:00:00Z" },
      ],
      others: 0,
    },
    sourceAddresses: {
      top: [
        { value: "198.51.100.7", count: 2, last: "2026-01-16T09:00:00Z" },
        { value: "203.0.113.9", count: 1, last: "2026-01-15T12:01:00Z" },
      ],
      others: 0,
    },
    regions: {
      top: [
        { value: "eu-central-1", count: 2 },
        { value: "us-east-1", count: 1 },
      ],
    },
  });
  expect(keys[1]!.lastEvents.map((e) => [e.time, e.call, e.error])).toEqual([
    ["2026-01-16T09:00:00Z", "iam:ListUsers", undefined],
    ["2026-01-15T12:01:00Z", "s3:PutObject", "AccessDenied"],
    ["2026-01-15T12:00:00Z", "s3:GetObject", undefined],
  ]);
  expect(keys[0]).toMatchObject({ userName: "backup", denied: 1 });
  expect(report).toMatchObject({ files: 2, events: 6, eventsBeforeSince: 0, skipped: {}, problems: [] });
});

test("whatever else lies in the folder is counted, and keeps nothing from being read", async () => {
  const good = logFile([by(KEY, "ci", "2026-01-15T12:00:00Z", "s3:GetObject")]);
  const many = gzipSync(
    logFile(
      Array.from({ length: 300 }, (_, n) =>
        by(KEY, "ci", "2026-01-15T12:00:00Z", "s3:GetObject", { n, userAgent: `agent-${Math.imul(n, 2654435761)}` }),
      ),
    ),
  );
  const damaged = Buffer.from(many);
  damaged.fill(0, Math.floor(many.length / 2), Math.floor(many.length / 2) + 40);
  put("AWSLogs/x/CloudTrail-Digest/eu/2026/01/15/d.json.gz", gzipSync("{}"));
  put(
    "a/digest.json",
    JSON.stringify({ awsAccountId: ACCOUNT, digestEndTime: "2026-01-15T12:00:00Z", digestS3Object: "x" }),
  );
  put("a/readme.txt", "hello");
  put("a/good.json", good);
  put("a/unpacked-but-named.json.gz", good);
  put("a/packed-but-named.json", gzipSync(good));
  put("b/empty.json", "");
  put("b/cut.json.gz", many.subarray(0, many.length - 100));
  put("b/damaged.json.gz", damaged);
  put("b/garbage.json.gz", Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
  put("b/garbage.json", Buffer.from("\u0000\u0001\u0002 nothing of this is JSON"));
  put("b/two-members.json.gz", Buffer.concat([gzipSync(good), gzipSync(good)]));
  mkdirSync(join(root, "c.json"));
  symlinkSync(root, join(root, "z-loop"));
  symlinkSync(join(root, "nowhere"), join(root, "z-dangling.json"));
  const { keys, report } = await usage();
  // The files read to their end, and what came before the cut and the damage.
  expect(report.files).toBe(11);
  expect(keys[0]!.events).toBeGreaterThan(3 + 2 + 100);
  expect(keys[0]!.events).toBeLessThan(3 + 2 + 600);
  expect(keys[0]!.events).toBe(report.events);
  expect(report.skipped).toEqual({
    otherFile: 1,
    digest: 2,
    notRegular: 2,
    damagedGzip: 2,
    truncated: 1,
    empty: 1,
    notJson: 1,
  });
  expect(Object.fromEntries(report.problems.map(({ file, problem }) => [file, problem]))).toEqual({
    "a/readme.txt": "files in which nothing was recognised as a log",
    "b/cut.json.gz": "files that end in the middle of an event",
    "b/damaged.json.gz": expect.stringContaining("the compression is damaged") as string,
    "b/empty.json": "empty files",
    "b/garbage.json": "lines that are not JSON",
    "b/garbage.json.gz": expect.stringContaining("the compression is damaged") as string,
    "z-dangling.json": "links and special files",
    "z-loop": "links and special files",
  });
});

test("names say little: a log under any name is read, and what is no log is named", async () => {
  const good = logFile([by(KEY, "ci", "2026-01-15T12:00:00Z", "s3:GetObject")]);
  put("events.log", good);
  put("export", gzipSync(good));
  put("copy of events.json (1).bak", `\ufeff\n ${good}`);
  put("picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x7b, 0x22]));
  put("settings.cfg", '{"name": "value"}');
  put("packed.bin", gzipSync("no log at all"));
  const { keys, report } = await usage();
  expect(keys[0]!.events).toBe(3);
  expect(report.skipped).toEqual({ otherFile: 3 });
  expect(report.problems.map((p) => p.file)).toEqual(["packed.bin", "picture.png", "settings.cfg"]);
});

test("a file that is gone or may not be read is named, and the reading goes on", async () => {
  const skipped = new SkipCounter();
  await readLogFile(
    { name: "gone.json", bytes: 1, named: true, place: { path: join(root, "gone.json") } },
    { event: () => undefined },
    skipped,
  );
  expect(skipped.problems).toEqual([{ file: "gone.json", problem: "ENOENT" }]);
  expect(skipped.all()).toEqual({ unreadable: 1 });
});

test("--since leaves out older events, and files of earlier days without opening them", async () => {
  put("AWSLogs/x/CloudTrail/eu/2026/01/14/old.json", "this is not opened");
  put(
    "AWSLogs/x/CloudTrail/eu/2026/01/15/new.json",
    logFile([
      by(KEY, "ci", "2026-01-14T23:59:59Z", "s3:GetObject"),
      by(KEY, "ci", "2026-01-15T00:00:00Z", "s3:PutObject"),
      logEvent({ call: "s3:GetObject", time: "yesterday", identity: identities.user(ACCOUNT, "ci") }),
    ]),
  );
  const { keys, report } = await usage(root, Date.UTC(2026, 0, 15) / 1000);
  expect(keys.map((k) => k.firstEvent)).toEqual(["2026-01-15T00:00:00Z"]);
  expect(report).toMatchObject({ files: 1, events: 1, eventsBeforeSince: 1, skipped: { beforeSince: 1, noTime: 1 } });
});

test("lists stay short however many values there are, and nothing is lost from the sums", async () => {
  put(
    "a.json",
    logFile(
      Array.from({ length: 5000 }, (_, n) =>
        by(KEY, "ci", "2026-01-15T12:00:00Z", "s3:GetObject", {
          n,
          sourceAddress: n % 2 === 0 ? "203.0.113.1" : `10.0.${n >> 8}.${n & 255}`,
          userAgent: "x".repeat(4000),
        }),
      ),
    ),
  );
  const [key] = (await usage()).keys;
  expect(key!.sourceAddresses.top[0]).toMatchObject({ value: "203.0.113.1", count: 2500 });
  expect(key!.sourceAddresses.top).toHaveLength(10);
  expect(key!.sourceAddresses.top.reduce((sum, { count }) => sum + count, 0) + key!.sourceAddresses.others).toBe(5000);
  expect(key!.userAgents.top[0]!.value).toHaveLength(513);
});

test("one file, whatever its name", async () => {
  const path = put("export.log", Array.from({ length: 40 }, (_, n) => JSON.stringify(busyEvent(n))).join("\n"));
  expect((await usage(path)).report).toMatchObject({ files: 1, events: 40, skipped: {} });
});

test.each(["s3://", "s3://B", "s3://bucket_x/y", "/does/not/exist"])("%s is no source", (text) => {
  expect(() => parseSource(text)).toThrow(BaselineError);
  expect(parseSource("s3://my-bucket/AWSLogs/")).toEqual({ kind: "s3", bucket: "my-bucket", prefix: "AWSLogs/" });
  expect(parseSource("s3://my-bucket")).toEqual({ kind: "s3", bucket: "my-bucket", prefix: "" });
});
