import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identities, LogEvent, logEvent, logFile } from "../../local/cloudtrail-logs";
import { AthenaServer, ServerSettings } from "../support/athena-server";
import { OUR_COLUMNS, Tables } from "../support/athena-tables";
import { CliRun, environmentOf, keyless } from "../support/cli";
import { ROOT } from "../support/environments";
import { temporaryProject } from "../support/project";
import { Warm } from "../support/warm";

jest.setTimeout(120_000);

/** The commands with `--athena`, against a server that speaks Athena's API and runs the queries on DuckDB. */

const ACCOUNT = "444444444401";
const AT = ["--at", "2026-02-01T00:00:00Z"];
const ATHENA = ["--athena", "security.logs", "--yes"];
const OUTPUT = "s3://results/athena/";

const EVENTS: readonly LogEvent[] = Array.from({ length: 40 }, (_, n) =>
  logEvent({
    n,
    call: n % 4 === 0 ? "iam:CreateAccessKey" : "s3:GetObject",
    region: "us-east-1",
    time: `2026-01-${String(1 + (n % 30)).padStart(2, "0")}T12:00:00Z`,
    account: ACCOUNT,
    identity:
      n % 3 === 0 ? identities.user(ACCOUNT, "it's", "AKIAIOSFODNN7EXAMPLE") : identities.role(ACCOUNT, `R${n % 7}`),
    request: { userName: `u'${n % 5}"; DROP TABLE x --`, bucketName: "data" },
  }),
);

const project = temporaryProject();
const warm = new Warm();
let logs: string;
let tables: Tables;
const servers: AthenaServer[] = [];

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), "keyless-logs-"));
  writeFileSync(join(logs, "a.json"), logFile(EVENTS));
  tables = await Tables.of({ "security.logs": EVENTS }, undefined, OUR_COLUMNS);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(async () => {
  await warm.stop();
  tables.close();
  project.remove();
  rmSync(logs, { recursive: true, force: true });
});

async function serve(more: Partial<ServerSettings> = {}): Promise<AthenaServer> {
  const server = await AthenaServer.start({ tables, output: OUTPUT, objects: [1_000_000, 2_000_000], ...more });
  servers.push(server);
  return server;
}

const run = (server: AthenaServer, ...args: string[]): Promise<CliRun> =>
  warm.keyless(project.root, args, server.environment);

/** What two answers have in common: all but where they were read. */
function said(text: string): Record<string, unknown> {
  const { read, ...rest } = JSON.parse(text) as { readonly read: { readonly events: number } } & Record<
    string,
    unknown
  >;
  return { ...rest, events: read.events };
}

test("impact: the same as from files, over several pages, with what it reads said before", async () => {
  const server = await serve({ page: 3 });
  const athena = await keyless(project.root, ["impact", "example", ...ATHENA, ...AT, "--json"], server.environment);
  const local = await warm.keyless(project.root, ["impact", "example", "--cloudtrail", logs, ...AT, "--json"]);
  expect(athena.stderr).toBe(
    `Athena: 2 queries over security.logs in workgroup primary (eu-central-1): calls, logs by account and region
  the table has no partitions: every query reads all of it
  reads at most: 3.0 MB in 2 objects by each query, 6.0 MB in all. AWS charges for what is read: https://aws.amazon.com/athena/pricing/
  the workgroup has no limit for one query
  results are written to ${OUTPUT}
`,
  );
  expect(athena.status).toBe(0);
  expect(said(athena.stdout)).toEqual(said(local.stdout));
  expect(said(athena.stdout)).toMatchObject({ events: 40, guardrails: expect.arrayContaining([]) as unknown });
  expect(server.calls.filter((call) => call === "GetQueryResults").length).toBeGreaterThan(4);
  expect((JSON.parse(athena.stdout) as { read: unknown }).read).toMatchObject({
    files: 2,
    bytes: 20_000_000,
    skipped: { selection: 2 },
    queries: [
      { name: "calls", table: "security.logs", bytes: 10_000_000 },
      { name: "logs by account and region", rows: 2 },
    ],
  });
});

test("impact for people names Athena, and what is charged", async () => {
  const { stdout } = await run(await serve(), "impact", "example", ...ATHENA, ...AT);
  expect(stdout).toContain("40 events in 2 answers of Athena (security.logs) (20.0 MB)");
});

test("ready: answers of Athena are an obstacle by name until somebody vouches, and evidence is bound to them", async () => {
  const args = ["ready", "example", ...ATHENA, ...AT, "--guardrail", "deny-access-key-creation"];
  const without = await run(await serve(), ...args);
  expect(without.status).toBe(3);
  expect(without.stdout).toContain(
    "LOGS-SELECTED Events come out of 2 answers of Athena: what was left out is not known.",
  );
  expect(without.stdout).toContain("Athena security.logs: objects outside of its location and partitions");
  const evidence = join(logs, "..", `evidence-${process.pid}.json`);
  const vouched = await run(await serve(), ...args, "--whole-answers", "--evidence", evidence);
  expect(vouched.stdout).not.toContain("LOGS-SELECTED");
  const first = readFileSync(evidence, "utf8");
  expect(JSON.parse(first)).toMatchObject({ wholeAnswers: 2, logs: { files: 2, events: 40 } });
  await run(await serve(), ...args, "--whole-answers", "--evidence", evidence);
  expect(readFileSync(evidence, "utf8")).toBe(first);
  rmSync(evidence);
});

test("ready and move give the answer of files", async () => {
  const guardrail = ["--guardrail", "deny-access-key-creation", "--whole-answers", "--json"];
  const athena = await run(await serve(), "ready", "example", ...ATHENA, ...AT, ...guardrail);
  const local = await warm.keyless(project.root, ["ready", "example", "--cloudtrail", logs, ...AT, ...guardrail]);
  const rows = ({ stdout }: CliRun): unknown => (JSON.parse(stdout) as { rows: unknown }).rows;
  expect(rows(athena)).toEqual(rows(local));
  const moves = await run(await serve(), "move", "example", ...ATHENA, ...AT);
  expect(moves.stderr).toContain("moves, logs by account and region");
  expect(moves.stdout).toContain("There is no move");
});

describe("before a query", () => {
  test("nobody to ask, and no --yes: nothing is started", async () => {
    const server = await serve();
    const { status, stderr } = await run(server, "impact", "example", "--athena", "security.logs");
    expect(status).toBe(2);
    expect(stderr).toContain("error ATHENA-NOBODY-TO-ASK");
    expect(server.queries).toEqual([]);
  });

  test("more than the workgroup's limit: nothing is started", async () => {
    const server = await serve({ limit: 2_500_000 });
    const { status, stderr } = await run(server, "impact", "example", ...ATHENA);
    expect(status).toBe(2);
    expect(stderr).toContain(
      'error ATHENA-LIMIT\n  Each query over security.logs reads up to 3.0 MB, and the workgroup "primary" cancels a query at 2.5 MB.',
    );
    expect(server.queries).toEqual([]);
  });

  test("what cannot be listed is unknown, and said", async () => {
    const { status, stderr } = await run(
      await serve({ objects: "AccessDenied" }),
      "impact",
      "example",
      ...ATHENA,
      ...AT,
    );
    expect(status).toBe(0);
    expect(stderr).toContain("reads at most: unknown, its objects could not be listed (AccessDenied: no)");
  });

  test("no place for results", async () => {
    const server = await serve();
    (server as unknown as { settings: { output?: string } }).settings = {
      ...((server as never)["settings"] as object),
    };
    delete (server as unknown as { settings: { output?: string } }).settings.output;
    const refused = await run(server, "impact", "example", ...ATHENA, ...AT);
    expect(refused.stderr).toContain('error ATHENA-OUTPUT\n  The workgroup "primary" has no place for the results');
    const given = await run(server, "impact", "example", ...ATHENA, ...AT, "--output-location", OUTPUT);
    expect(given.status).toBe(0);
    expect(given.stderr).toContain(`results are written to ${OUTPUT}`);
  });

  test.each([
    ["security.logs; DROP TABLE x", "error ATHENA-TABLE"],
    ['security."logs', "error ATHENA-TABLE"],
    ["logs", "error ATHENA-TABLE"],
    ["a.b.c", "error ATHENA-TABLE"],
    ["security.nothing", "Table nothing not found"],
  ])("%s is no table", async (table, said) => {
    const { status, stderr } = await run(await serve(), "impact", "example", "--athena", table, "--yes");
    expect(status).not.toBe(0);
    expect(stderr).toContain(said);
  });

  test.each([
    [["--athena", "security.logs", "--workgroup", "a b"], "--workgroup"],
    [["--athena", "security.logs", "--output-location", "/tmp/x"], "--output-location"],
    [["--cloudtrail", ".", "--workgroup", "audit"], "--workgroup"],
  ])("%j is wrong usage", async (args, said) => {
    const { status, stderr } = await run(await serve(), "impact", "example", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(`error USAGE\n  ${said}`);
  });

  test("a call that AWS refuses is named", async () => {
    const { status, stderr } = await run(await serve({ denied: ["GetTableMetadata"] }), "impact", "example", ...ATHENA);
    expect(status).toBe(1);
    expect(stderr).toContain("error AWS-DENIED\n  AWS refuses athena:GetTableMetadata");
  });
});

describe("a query that gives no answer", () => {
  test("fails", async () => {
    const reason = "HIVE_BAD_DATA: Error parsing a column";
    const { status, stderr, stdout } = await run(await serve({ fails: reason }), "impact", "example", ...ATHENA);
    expect(status).toBe(1);
    expect(stderr).toContain(`error ATHENA-FAILED\n  Athena could not answer the query for calls`);
    expect(stderr).toContain(`${reason}; 10.0 MB read`);
    expect(stdout).toBe("");
  });

  test("is cancelled by somebody", async () => {
    const { status, stderr } = await run(
      await serve({ cancelled: "Query cancelled by user" }),
      "impact",
      "example",
      ...ATHENA,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("error ATHENA-CANCELLED\n  The query for calls");
  });

  test("is cancelled at the workgroup's limit, with AWS's words", async () => {
    const server = await serve({ limit: 5_000_000, scanned: 9_000_000, objects: "AccessDenied" });
    const { status, stderr } = await run(server, "impact", "example", ...ATHENA);
    expect(status).toBe(1);
    expect(stderr).toContain("the workgroup cancels a query at 5.0 MB");
    expect(stderr).toMatch(
      /error ATHENA-LIMIT\n {2}The workgroup "primary" has cancelled the query for calls \(\S+\): Bytes scanned limit was exceeded, which is 5.0 MB for one query; 5.0 MB read\. There is no answer\./,
    );
  });

  test("is stopped in AWS by Ctrl-C", async () => {
    const server = await serve({ looks: Number.POSITIVE_INFINITY });
    const child = spawn(process.execPath, [join(ROOT, "dist/cli/index.js"), "impact", "example", ...ATHENA], {
      cwd: project.root,
      env: environmentOf(project.root, server.environment),
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    server.onStart = () => void setTimeout(() => child.kill("SIGINT"), 200);
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(status).toBe(130);
    expect(stderr).toContain(
      "error ATHENA-STOPPED\n  The query for calls (00000000-0000-4000-8000-000000000001) was stopped.",
    );
    expect(server.calls.at(-1)).toBe("StopQueryExecution");
    expect(server.queries.map(({ state }) => state)).toEqual(["CANCELLED"]);
  });
});
