import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { busyEvent, logFile } from "../../../../local/cloudtrail-logs";
import { duckDbCopy, ocsf } from "../../../support/cloudtrail-shapes";
import { ROOT } from "../../../support/environments";

jest.setTimeout(120_000);

/** Reads a file with little memory for JavaScript, and prints the number of events and the peak of the process's memory in megabytes. */
const READER = `
const { readKeyUsage } = require(process.argv[1] + "/modules/evidence/cloudtrail/key-usage.js");
const { parseSource } = require(process.argv[1] + "/modules/evidence/cloudtrail/source.js");
readKeyUsage([parseSource(process.argv[2])], { threads: 0 }).then(({ keys, report }) =>
  process.stdout.write(JSON.stringify({ events: report.events, keys: keys.length, skipped: report.skipped, peak: process.resourceUsage().maxRSS / 1024 })),
);`;

interface Run {
  readonly events: number;
  readonly keys: number;
  readonly skipped: object;
  readonly peak: number;
}

function read(path: string, heap = 48): Run {
  const dist = join(ROOT, "dist");
  if (!existsSync(dist)) throw new Error("dist is missing: run npm run build first (npm test does)");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heap}`, "-e", READER, dist, path],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Run;
}

const folder = mkdtempSync(join(tmpdir(), "keyless-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const events = Array.from({ length: 3000 }, (_, n) => JSON.stringify(busyEvent(n)));
const BLOCK = events.join(",");

/** A file of one line with so many blocks of 3,000 events, more than 4 MB each. */
function large(name: string, blocks: number, before = ""): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  writeSync(file, `{"Records":[${before}`);
  for (let n = 0; n < blocks; n++) writeSync(file, n === 0 ? BLOCK : `,${BLOCK}`);
  writeSync(file, "]}");
  closeSync(file);
  return path;
}

test("memory does not grow with the file", () => {
  const small = read(large("small.json", 2));
  const big = read(large("large.json", 40));
  expect(small).toMatchObject({ events: 6000, keys: 3, skipped: {} });
  expect(big).toMatchObject({ events: 120_000, keys: 3, skipped: {} });
  // The file is 170 MB larger.
  expect(big.peak - small.peak).toBeLessThan(60);
});

test("nor with what a compressed file becomes", () => {
  const member = gzipSync(logFile(events.map((event) => JSON.parse(event) as never)));
  const path = join(folder, "packed.json.gz");
  // Many compressed files, one after the other, are one.
  writeFileSync(path, Buffer.concat(Array.from({ length: 40 }, () => member)));
  const packed = read(path);
  expect(packed).toMatchObject({ events: 120_000, skipped: {} });
  expect(packed.peak).toBeLessThan(250);
});

test("a line of 100 MB is skipped, and what follows is read", () => {
  const line = read(large("line.json", 1, `"${"x".repeat(100e6)}",`));
  expect(line).toMatchObject({ events: 3000, skipped: { tooLarge: 1 } });
  expect(line.peak).toBeLessThan(250);
});

/** A file of so many equal blocks. */
function repeated(name: string, block: string | Buffer, times: number, before = ""): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  writeSync(file, before);
  for (let n = 0; n < times; n++) writeSync(file, Buffer.from(block));
  closeSync(file);
  return path;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const FORMS: [name: string, block: () => string | Buffer | Promise<Buffer>, before: string][] = [
  ["messages.csv", () => events.map((event) => `x,${quoted(event)}\n`).join(""), "@timestamp,@message\n"],
  ["tail.txt", () => events.map((event) => `2026-01-15T12:00:00 stream ${event}\n`).join(""), ""],
  ["utf-16.json", () => Buffer.from(`${events.join("\n")}\n`, "utf16le"), ""],
  ["frames.zst", () => duckDbCopy(events.join("\n"), "zst"), ""],
  [
    "subscription",
    () => JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: events.map((message) => ({ message })) }),
    "",
  ],
];

test.each(FORMS)("nor with a file of another form: %s", async (name, make, before) => {
  const block = await make();
  const small = read(repeated(`small-${name}`, block, 2, before));
  const big = read(repeated(name, block, 30, before));
  expect(small).toMatchObject({ events: 6000, keys: 3, skipped: {} });
  expect(big).toMatchObject({ events: 90_000, keys: 3, skipped: {} });
  // The file is more than 120 MB larger; when the garbage is collected is chance.
  expect(big.peak - small.peak).toBeLessThan(90);
});

test("nor with the row groups of a Parquet file", async () => {
  const rows = events.slice(0, 2000).map((event) => JSON.stringify(ocsf(JSON.parse(event) as never)));
  const of = async (times: number): Promise<string> =>
    repeated(`${times}.parquet`, await duckDbCopy(Array<string>(times).fill(rows.join("\n")).join("\n"), "parquet"), 1);
  const small = read(await of(2), 128);
  const big = read(await of(12), 128);
  expect(small).toMatchObject({ events: 4000, keys: 3, skipped: {} });
  expect(big).toMatchObject({ events: 24_000, keys: 3, skipped: {} });
  expect(big.peak - small.peak).toBeLessThan(100);
});
