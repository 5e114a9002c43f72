import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identities, logEvent, logFile } from "../../local/cloudtrail-logs";
import { addResult, resultsFile, startResults } from "../../modules/evidence/inventory/results";
import type { Inventory } from "../../modules/evidence/inventory/types";
import { account, key, user } from "../modules/evidence/inventory/fixture";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

jest.setTimeout(60_000);

const ACCOUNT = "444444444401";
const KEY = "AKIAABCDEFGHIJKLMNOP";

/** What an earlier run has read: with `--resume` nothing is asked of AWS. */
const project = temporaryProject();
const logs = mkdtempSync(join(tmpdir(), "keyless-logs-"));
// Anew for each: what one run has heard of CloudTrail the next one would know, too.
beforeEach(() => {
  const file = resultsFile(project.root, "example");
  startResults(file, {
    format: "keyless-inventory-results/1",
    environment: "example",
    organizationId: "o-exampleorg1",
    startedAt: "2026-11-24T12:00:00Z",
  });
  const read = account([user("ci", [key(KEY, 400, 1)], {}, ACCOUNT)], ACCOUNT);
  // Of an hour ago: what is older than a day is read again.
  addResult(file, { ...read, collectedAt: new Date(Date.now() - 3_600_000).toISOString() });
});
beforeAll(() => {
  const event = (time: string): object =>
    logEvent({
      call: "s3:PutObject",
      region: "eu-central-1",
      time,
      account: ACCOUNT,
      identity: identities.user(ACCOUNT, "ci", KEY),
    });
  // The names of days as CloudTrail writes them, and a file whose name says nothing.
  for (const [name, times] of [
    ["2026/01/30/111111111111_CloudTrail_eu-central-1_20260130T1200Z_a.json", ["2026-01-30T12:00:00Z"]],
    ["mixed.json", ["2026-01-31T11:59:59Z", "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z"]],
  ] as const) {
    mkdirSync(join(logs, name, ".."), { recursive: true });
    writeFileSync(join(logs, name), logFile(times.map(event) as never));
  }
});
afterAll(() => {
  project.remove();
  rmSync(logs, { recursive: true, force: true });
});

test.each([
  ["more than a day ago: it is no part of the same look", -25],
  ["in two days, by a wrong clock", 48],
])("what was read %s, is read again", async (_, hours) => {
  const file = resultsFile(project.root, "example");
  const read = account([user("ci", [key(KEY, 400, 1)], {}, ACCOUNT)], ACCOUNT);
  addResult(file, { ...read, collectedAt: new Date(Date.now() + hours * 3_600_000).toISOString() });
  const { status, stderr } = await inventory("--json");
  expect([status, stderr]).toEqual([1, expect.stringContaining("AWS-NO-CREDENTIALS")]);
});

const inventory = (...args: readonly string[]) =>
  keylessHere(project.root, ["inventory", "example", "--resume", "--account", "data-prod", ...args]);

test("damaged results are not overwritten: what they say of CloudTrail is kept aside, and that is told", async () => {
  const file = resultsFile(project.root, "example");
  appendFileSync(file, '{"cloudTrail":{"usage":[]}}\n');
  const damaged = readFileSync(file, "utf8");
  const { stderr } = await inventory("--json");
  expect(stderr).toMatch(/What it says of CloudTrail is damaged.* They are kept as .*example\.jsonl\.damaged/);
  expect(readFileSync(`${file}.damaged`, "utf8")).toBe(damaged);
});

test.each([
  [[], 4, "2026-01-30T12:00:00Z", /^CloudTrail: 4 events of 2 files, 1 key\n/],
  [
    ["--since", "2026-01-31"],
    3,
    "2026-01-31T11:59:59Z",
    /^CloudTrail: 3 events of 1 file, 1 key; left out: 1 files of days before --since\n/,
  ],
  [
    ["--since", "2026-01-31T12:00:00Z"],
    2,
    "2026-01-31T12:00:00Z",
    /^CloudTrail: 2 events of 1 file, 1 key; left out: 1 event before --since, 1 files of days before --since\n/,
  ],
] as const)("usage of a key from logs, %j: %d events", async (since, events, firstAt, said) => {
  const { status, stdout, stderr } = await inventory("--json", "--cloudtrail", logs, ...since);
  expect(stderr).toMatch(said);
  expect(status).toBe(0);
  const found = JSON.parse(stdout) as Inventory;
  expect(found.credentials.find((one) => one.id === KEY)!.usage).toMatchObject({ events, firstAt });
});

test.each([
  ["no time", ["--cloudtrail", ".", "--since", "yesterday"], /error USAGE[^]*--since "yesterday" is not a time[^]*90d/],
  [
    "no logs",
    ["--since", "90d"],
    /error USAGE[^]*--since says which events of the logs count, and there are no logs\.[^]*--cloudtrail \.\/logs/,
  ],
  ["no folder", ["--cloudtrail", "nowhere"], /error CLOUDTRAIL-SOURCE nowhere/],
  ["two forms of output", ["--json", "--csv"], /error USAGE[^]*--json and --csv/],
  ["findings beside another form", ["--csv", "--findings", "asff"], /error USAGE[^]*--csv and --findings/],
  ["findings without their ids", ["--findings", "ocsf", "--mask"], /error USAGE[^]*--mask/],
  ["findings of an unknown form", ["--findings", "sarif"], /asff, ocsf/],
  ["no number", ["--concurrency", "0"], /error USAGE[^]*--concurrency "0"/],
  [
    "no account",
    ["--account", "nobody"],
    /error ACCOUNT-UNKNOWN\n {2}There is no active account nobody\.\n {2}fix: Known: data-dev, /,
  ],
])("%s: exit code 2 and one message", async (_, args, message) => {
  const { status, stdout, stderr } = await keylessHere(project.root, ["inventory", "example", ...args]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});
