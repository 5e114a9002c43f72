import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identities, logEvent, logFile } from "../../local/cloudtrail-logs";
import { CliRun, keyless } from "../support/cli";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

jest.setTimeout(60_000);

/** In the example keys are denied in Workloads. */
const ACCOUNT = "444444444401";
const AT = ["--at", "2026-02-01T00:00:00Z"];

const project = temporaryProject();
let logs: string;
beforeAll(() => (logs = mkdtempSync(join(tmpdir(), "keyless-logs-"))));
afterAll(() => {
  project.remove();
  rmSync(logs, { recursive: true, force: true });
});

const HOSTILE = "\u001b[2J\u001b]0;owned\u0007<script>alert(1)</script>=cmd|' /C calc'!A0\u202e\u009b31m\nfake line";

function write(name: string, events: readonly object[]): string {
  const folder = join(logs, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a.json"), logFile(events as never));
  return folder;
}

const create = (role: string, more: object = {}): object =>
  logEvent({
    call: "iam:CreateAccessKey",
    region: "us-east-1",
    time: "2026-01-15T12:00:00Z",
    account: ACCOUNT,
    identity: identities.role(ACCOUNT, role),
    request: { userName: "ci" },
    ...more,
  });

/** Nothing but printable characters and line feeds: nothing in it can be a command to a terminal. */
function expectHarmless({ stdout, stderr }: CliRun): void {
  expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
}

test("impact: a table, and the same as JSON", async () => {
  const folder = write("table", [
    create("Admin"),
    create("Admin"),
    create(HOSTILE, { userAgent: HOSTILE, sourceAddress: HOSTILE, request: { userName: HOSTILE } }),
  ]);
  const text = await keylessHere(project.root, ["impact", "example", "--cloudtrail", folder, ...AT]);
  expect(text.stderr).toBe("");
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(/deny-access-key-creation +\d+ \(\d+ enforced\) +3 by 2 /);
  expect(text.stdout).toContain(`arn:aws:iam::${ACCOUNT}:role/Admin`);
  expect(text.stdout).toContain("[2J");
  expect(text.stdout).not.toMatch(/^fake line/m);
  expectHarmless(text);
  const json = await keylessHere(project.root, ["impact", "example", "--cloudtrail", folder, ...AT, "--json"]);
  expectHarmless(json);
  const report = JSON.parse(json.stdout) as {
    readonly calls: readonly {
      readonly principal: string;
      readonly userAgents: { readonly top: readonly { readonly value: string }[] };
    }[];
  };
  expect(report.calls.map((call) => call.principal)).toEqual([
    `arn:aws:iam::${ACCOUNT}:role/Admin`,
    `arn:aws:iam::${ACCOUNT}:role/${HOSTILE}`,
  ]);
  expect(report.calls[1]!.userAgents.top[0]!.value).toBe(HOSTILE);
});

test("the same with one thread and with several", async () => {
  // More portions than threads: 200 files make one, and a thread must answer more than once.
  const folder = join(logs, "threads");
  mkdirSync(folder);
  for (let n = 0; n < 1450; n++)
    writeFileSync(
      join(folder, `${String(n).padStart(4, "0")}.json`),
      logFile([
        create(`role-${n % 7}`, { n, sourceAddress: `10.0.${n >> 8}.${n & 255}`, userAgent: `agent-${n}` }),
      ] as never),
    );
  const [one, several] = await Promise.all(
    ["0", "2"].map((threads) =>
      keyless(project.root, ["impact", "example", "--cloudtrail", folder, ...AT, "--json", "--threads", threads]),
    ),
  );
  expect(one!.status).toBe(0);
  expect(several!.stdout).toBe(one!.stdout);
  expect(JSON.parse(one!.stdout)).toMatchObject({ read: { files: 1450, events: 1450 } });
});

test("ready: 3 while anything stands in the way, 0 when nothing does", async () => {
  const month = Array.from({ length: 31 }, (_, day) =>
    create("Audit", { call: "iam:TagRole", time: `2026-01-${String(day + 1).padStart(2, "0")}T12:00:00Z` }),
  );
  // The example's own rollout is not the point: one guardrail is observed in one account.
  const { root, remove } = temporaryProject();
  try {
    const file = join(root, "environments/example/baseline.yaml");
    const text = readFileSync(file, "utf8");
    const section = text.slice(text.indexOf("guardrails:\n"), text.indexOf("breakGlass:\n"));
    writeFileSync(
      file,
      text.replace(
        section,
        () =>
          "guardrails:\n  rollout:\n    - guardrails: [deny-access-key-creation]\n      mode: observe\n      targets: [{ account: data-prod }]\n  observation:\n    subscribers: { emails: [guardrails@example.com] }\n",
      ),
    );
    const ready = (folder: string, ...more: readonly string[]): Promise<CliRun> =>
      keylessHere(root, ["ready", "example", "--cloudtrail", folder, ...AT, ...more]);
    const good = await ready(write("good", month));
    expect(good.stderr).toBe("");
    expect(good.stdout).toContain("Ready: change mode: observe");
    expect(good.status).toBe(0);
    const bad = await ready(write("bad", [...month, create("Admin"), create(HOSTILE)]));
    expect(bad.stdout).toContain(
      `    arn:aws:iam::${ACCOUNT}:role/Admin: iam:CreateAccessKey, 1 time, last 2026-01-15T12:00:00Z`,
    );
    expect(bad.status).toBe(3);
    expectHarmless(bad);
    const json = await ready(join(logs, "bad"), "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      ready: false,
      rows: [{ organizationalUnit: "Workloads/Prod", obstacles: [{ code: "WOULD-BE-DENIED" }] }],
    });
    expect(json.status).toBe(3);
    expect((await keylessHere(root, ["ready", "example", ...AT])).status).toBe(3);
  } finally {
    remove();
  }
});

test.each([
  ["no logs", ["impact", "example"], /error USAGE/],
  ["a folder that is not there", ["impact", "example", "--cloudtrail", "nowhere"], /error CLOUDTRAIL-SOURCE nowhere/],
  ["no time", ["impact", "example", "--cloudtrail", ".", "--since", "yesterday"], /error USAGE[^]*--since "yesterday"/],
  ["a day that is none", ["impact", "example", "--cloudtrail", ".", "--since", "2026-02-30"], /error USAGE/],
  ["no guardrail", ["impact", "example", "--cloudtrail", ".", "--guardrail", "deny-all"], /error GUARDRAIL-UNKNOWN/],
  ["no place", ["impact", "example", "--cloudtrail", ".", "--target", "Nowhere"], /error TARGET-UNKNOWN/],
  ["no environment", ["impact", "exmaple", "--cloudtrail", "."], /error ENV-UNKNOWN/],
  ["no number of days", ["ready", "example", "--days", "0"], /error USAGE/],
  ["no number of threads", ["impact", "example", "--cloudtrail", ".", "--threads", "many"], /error USAGE/],
  ["no inventory", ["ready", "example", "--inventory", "package.json"], /error INVENTORY-FILE package.json/],
  ["no option", ["impact", "example", "--cloud"], /Unknown option/],
])("%s: exit code 2 and one message", async (_, args, message) => {
  const { status, stdout, stderr } = await keylessHere(project.root, args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});
