import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { table } from "../cli/output";
import { busyEvent, logFile } from "../local/cloudtrail-logs";
import { BaselineError } from "../modules/kernel/errors";

export const LOGS_HELP = `npm run bench -- logs [--events N] [--runs N] [--json]

Times how fast CloudTrail logs are read and replayed, each time as a process of its own. The start of the program, which is the same for
any amount of logs, is timed by itself.

  --events N      events to make (default: 300000; about 1.5 kB each)
  --runs N        runs of each; the fastest counts, because other work on the machine only ever slows down (default: 3)
  --json          print the figures as JSON
  --help          this text

Target: 100,000 events a second on one core from uncompressed files.
`;

export interface LogTiming {
  readonly what: string;
  readonly threads: number;
  readonly events: number;
  readonly megabytes: number;
  /** The whole process. */
  readonly milliseconds: number;
  /** The same process with nothing to read. */
  readonly startMilliseconds: number;
  /** Start not counted. */
  readonly eventsPerSecond: number;
  readonly peakMegabytes: number;
}

/** Events in one file; CloudTrail writes fewer into many more. */
const PLAIN_FILE = 30_000;
const PACKED_FILE = 1_500;

function writeFiles(folder: string, events: number, packed: boolean): number {
  mkdirSync(folder);
  let bytes = 0;
  const size = packed ? PACKED_FILE : PLAIN_FILE;
  for (let from = 0; from < events; from += size) {
    const path = join(folder, `${String(from).padStart(10, "0")}.json${packed ? ".gz" : ""}`);
    const list = Array.from({ length: Math.min(size, events - from) }, (_, i) => busyEvent(from + i));
    const text = logFile(list);
    bytes += text.length;
    if (packed) writeFileSync(path, gzipSync(text));
    else {
      const file = openSync(path, "w");
      writeSync(file, text);
      closeSync(file);
    }
  }
  return bytes;
}

const PEAK = `process.on("exit", () => require("node:fs").writeSync(3, String(process.resourceUsage().maxRSS)));`;

function run(
  code: string,
  args: readonly string[],
): Promise<{ readonly milliseconds: number; readonly peakMegabytes: number; readonly events: number }> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, ["-e", PEAK + code, ...args], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    let [output, errors, peak] = ["", "", ""];
    child.stdout!.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr!.on("data", (data: Buffer) => (errors += data.toString()));
    (child.stdio[3] as NodeJS.ReadableStream).on("data", (data: Buffer) => (peak += data.toString()));
    child.on("error", reject);
    child.on("close", (status) => {
      const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) reject(new Error(`the reader ended with ${status}: ${errors}`));
      else
        resolve({
          milliseconds,
          peakMegabytes: Number(peak) / 1024,
          events: Number(/"events": ?(\d+)/.exec(output.slice(output.lastIndexOf('"files"')))?.[1]),
        });
    });
  });
}

const KEYS = `
const { readKeyUsage } = require(process.argv[1] + "/modules/evidence/cloudtrail/key-usage.js");
const { parseSource } = require(process.argv[1] + "/modules/evidence/cloudtrail/source.js");
readKeyUsage([parseSource(process.argv[2])], { threads: Number(process.argv[3]) }).then(({ report }) => process.stdout.write(JSON.stringify(report)));`;

const impact = (guardrails: readonly string[]): string => `
const { run } = require(process.argv[1] + "/cli/index.js");
run(["impact", "example", "--cloudtrail", process.argv[2], "--threads", process.argv[3], "--json", ${guardrails.map((id) => `"--guardrail", "${id}"`).join(", ")}], process.cwd());`;

/** Guardrails that ask every call, whatever its name: the most work there can be. */
const EVERY_CALL = [
  "deny-long-term-key-use",
  "deny-root-user",
  "deny-access-key-creation",
  "deny-unmanaged-federation",
];

export async function benchLogs(args: readonly string[]): Promise<void> {
  let values: { events: string; runs: string; json?: boolean | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        events: { type: "string", default: "300000" },
        runs: { type: "string", default: "3" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new BaselineError([
      { code: "USAGE", message: (error as Error).message, fix: "npm run bench -- logs --help" },
    ]);
  }
  if (values.help) return void process.stdout.write(LOGS_HELP);
  const [events, runs] = [values.events, values.runs].map(Number) as [number, number];
  if (![events, runs].every((n) => Number.isInteger(n) && n > 0))
    throw new BaselineError([
      { code: "USAGE", message: "--events and --runs are whole numbers from 1.", fix: "npm run bench -- logs --help" },
    ]);
  const folder = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  const timings: LogTiming[] = [];
  try {
    const plain = join(folder, "plain");
    const packed = join(folder, "packed");
    const megabytes = writeFiles(plain, events, false) / 1e6;
    writeFiles(packed, events, true);
    const nothing = join(folder, "nothing");
    mkdirSync(nothing);
    const dist = join(__dirname, "..");
    const cores = availableParallelism();
    for (const [what, code, source, threads] of [
      ["use of keys, uncompressed", KEYS, plain, 0],
      ["use of keys, gzip", KEYS, packed, 0],
      ["impact of the rollout, uncompressed", impact([]), plain, 0],
      ["impact on every call, uncompressed", impact(EVERY_CALL), plain, 0],
      ["impact on every call, gzip", impact(EVERY_CALL), packed, 0],
      ["impact on every call, uncompressed", impact(EVERY_CALL), plain, cores],
      ["impact on every call, gzip", impact(EVERY_CALL), packed, cores],
    ] as const) {
      if (process.stderr.isTTY) process.stderr.write(`${what}, ${threads} threads\n`);
      const best = async (folderRead: string, expected: number): Promise<Awaited<ReturnType<typeof run>>> => {
        const all: Awaited<ReturnType<typeof run>>[] = [];
        for (let n = 0; n < runs; n++) all.push(await run(code, [dist, folderRead, String(threads)]));
        if (all.some((one) => one.events !== expected))
          throw new Error(`${all[0]?.events} events were read, not ${expected}`);
        return all.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
      };
      const start = await best(nothing, 0);
      const whole = await best(source, events);
      timings.push({
        what,
        threads,
        events,
        megabytes,
        milliseconds: whole.milliseconds,
        startMilliseconds: start.milliseconds,
        eventsPerSecond: Math.round(events / ((whole.milliseconds - start.milliseconds) / 1000)),
        peakMegabytes: whole.peakMegabytes,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ logs: timings }, null, 2)}\n`);
  else {
    process.stdout.write(
      `${table(
        ["logs", "threads", "events", "unpacked", "time", "of it start", "events a second", "peak memory"],
        timings.map((t) => [
          t.what,
          t.threads === 0 ? "-" : String(t.threads),
          String(t.events),
          `${Math.round(t.megabytes)} MB`,
          `${(t.milliseconds / 1000).toFixed(1)} s`,
          `${(t.startMilliseconds / 1000).toFixed(1)} s`,
          t.eventsPerSecond.toLocaleString("en-GB"),
          `${Math.round(t.peakMegabytes)} MB`,
        ]),
      )}\n`,
    );
  }
}
