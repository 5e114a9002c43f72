import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { identities, LogEvent, logEvent } from "../../local/cloudtrail-logs";
import { assess } from "../../modules/evidence/inventory/assess";
import { inventoryContext } from "../../modules/evidence/inventory/context";
import { resultsFile, startResults } from "../../modules/evidence/inventory/results";
import { targetState } from "../../modules/proofs/environment";
import { parseEvidence } from "../../modules/sections/guardrails/evidence";
import { loadEnvironment } from "../../modules/sections/load";
import { account, ago, key, user } from "../modules/evidence/inventory/fixture";
import { keylessHere } from "../support/in-process";
import { temporaryProject } from "../support/project";

/** `keyless move` from the first proposal to the files for others. */

const { root, remove } = temporaryProject();
afterAll(remove);
const SHOP = "444444444403";
const KEYS = {
  deploy: "AKIADEPLOYAAAAAAAAAA",
  batch: "AKIABATCHAAAAAAAAAAA",
  odd: "AKIAODDAAAAAAAAAAAAA",
  old: "AKIAOLDAAAAAAAAAAAAA",
};
const now = new Date();
const context = inventoryContext(loadEnvironment(root, "example"), targetState(loadEnvironment(root, "example")));
const folder = join(root, "environments/example/moves-of-keys");
const logs = join(root, "logs.json");

const used = (id: string, name: string, call: string, userAgent: string, more: object = {}): LogEvent =>
  logEvent({ call, time: ago(2, now), account: SHOP, identity: identities.user(SHOP, name, id), userAgent, ...more });

beforeAll(() => {
  const events = [
    used(KEYS.deploy, "deploy", "ecs:UpdateService", "aws-sdk-js configure-aws-credentials-for-github-actions"),
    used(KEYS.deploy, "deploy", "ecs:DeleteService", "aws-sdk-js configure-aws-credentials-for-github-actions", {
      error: "AccessDenied",
    }),
    used(KEYS.deploy, "deploy", "sts:AssumeRole", "aws-sdk-js configure-aws-credentials-for-github-actions", {
      request: { roleArn: `arn:aws:iam::${SHOP}:role/release` },
    }),
    used(KEYS.batch, "batch", "s3:ListBuckets", "Boto3 os/windows#2022Server\n# evil: true"),
    used(KEYS.odd, "odd", "s3:ListBuckets", "curl", { sourceAddress: "10.0.0.9" }),
  ];
  writeFileSync(logs, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const users = Object.entries(KEYS).map(([name, id]) =>
    user(
      name,
      [key(id, 900, undefined, { lastUse: { at: ago(name === "old" ? 400 : 2, now) } })],
      name === "batch" ? { owner: "Finance" } : {},
      SHOP,
    ),
  );
  startResults(
    resultsFile(root, "example"),
    {
      format: "keyless-inventory-results/1",
      environment: "example",
      organizationId: context.organizationId,
      startedAt: ago(0, now),
    },
    [account(users, SHOP, { collectedAt: ago(0, now) })],
  );
});

const move = (...args: readonly string[]) => keylessHere(root, ["move", "example", ...args]);

test("without a move there is none; that is not the end of all moves", async () => {
  for (const args of [[], ["--next"]])
    expect(await move(...args)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/There is no move in .*--propose writes them/),
    });
});

test("--propose writes what is known, leaves the rest a comment, and never overwrites", async () => {
  const { stdout, status } = await move("--propose", "--cloudtrail", logs);
  expect(status).toBe(0);
  const names = readdirSync(folder);
  expect(names).toEqual(["batch-aaaa.yaml", "deploy-aaaa.yaml"]);
  expect(stdout).toMatch(new RegExp(`${KEYS.odd}.*nobody knows what uses it`));
  expect(stdout).toMatch(new RegExp(`${KEYS.old}.*retire example`));
  const text = readFileSync(join(folder, "deploy-aaaa.yaml"), "utf8");
  expect(parse(text)).toMatchObject({
    key: KEYS.deploy,
    account: "shop-prod",
    destination: { oidc: { workload: "deploy", system: "github" } },
    actions: ["ecs:UpdateService", "sts:AssumeRole"],
  });
  expect(text).toMatch(/# AWS refused it these.*ecs:DeleteService/);
  expect(text).toMatch(/# It becomes these roles.*role\/release/);
  const batch = readFileSync(join(folder, "batch-aaaa.yaml"), "utf8");
  expect(parse(batch)).toMatchObject({
    owner: "Finance",
    destination: { rolesAnywhere: { workload: "batch", host: "windows" } },
  });
  expect(Object.keys(parse(batch) as object)).not.toContain("evil");
  writeFileSync(join(folder, "deploy-aaaa.yaml"), text.replace(/^owner: .*$/m, "owner: =Shop team"));
  const again = await move("--propose", "--cloudtrail", logs);
  expect([again.stdout.split("\n")[0], readFileSync(join(folder, "deploy-aaaa.yaml"), "utf8")]).toEqual([
    "wrote nothing",
    expect.stringContaining("=Shop team"),
  ]);
});

test("--propose writes nothing where it does not belong, or where no key has an id", async () => {
  const aside = join(root, "aside");
  renameSync(folder, aside);
  const outside = mkdtempSync(join(tmpdir(), "keyless-outside-"));
  for (const target of [outside, join(outside, "nowhere")]) {
    symlinkSync(target, folder);
    expect(await move("--propose", "--cloudtrail", logs)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("leads out of environments/example"),
    });
    rmSync(folder);
  }
  expect(readdirSync(outside)).toEqual([]);
  rmSync(outside, { recursive: true });
  const file = join(root, "reports.json");
  const report = account([user("u", [key("access-key-1", 900)], {}, SHOP)], SHOP);
  const inventory = assess([{ ...report, reportOnly: true }], context, undefined, now);
  writeFileSync(file, JSON.stringify(inventory));
  expect(await move("--propose", "--inventory", file)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("no ids of keys"),
  });
  expect(existsSync(folder)).toBe(false);
  renameSync(aside, folder);
});

test("evidence of ready is bound to the moves that were given", async () => {
  const [moves, evidence] = [join(root, "moves.json"), join(root, "evidence.json")];
  writeFileSync(moves, (await move("--json", "--cloudtrail", logs)).stdout);
  const ready = async (...args: readonly string[]): Promise<unknown> => {
    await keylessHere(root, ["ready", "example", "--cloudtrail", logs, "--evidence", evidence, ...args]);
    return (parseEvidence(readFileSync(evidence, "utf8")) as { readonly moves?: string }).moves;
  };
  expect(await ready()).toBeUndefined();
  const first = await ready("--moves", moves);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await ready("--moves", moves)).toBe(first);
  writeFileSync(moves, readFileSync(moves, "utf8").replace('"silentDays": 14', '"silentDays": 15'));
  expect(await ready("--moves", moves)).not.toBe(first);
});

test("the list, the next thing, and the JSON say what each waits for and who acts", async () => {
  const list = await move("--cloudtrail", logs);
  expect([list.status, list.stdout]).toEqual([0, expect.stringContaining("workloadIdentity.oidcRoles has no deploy")]);
  const next = await move("--cloudtrail", logs, "--next");
  expect(next.stdout).toMatch(/^.*batch-aaaa.*\nplatform: .*\n {2}npx keyless move example --write --key AKIABATCH/);
  const json = JSON.parse((await move("--json")).stdout) as {
    format: string;
    moves: readonly Record<string, unknown>[];
  };
  expect([json.format, json.moves.map(({ state, mayDeactivate }) => [state, mayDeactivate])]).toEqual([
    "keyless-moves/1",
    [
      ["planned", false],
      ["planned", false],
    ],
  ]);
});

test("--write adds to baseline.yaml only what is complete, and leaves every other byte", async () => {
  const path = join(root, "environments/example/baseline.yaml");
  const before = readFileSync(path, "utf8");
  const printed = await move("--write", "--key", KEYS.deploy);
  expect([printed.status, printed.stdout]).toEqual([
    0,
    expect.stringContaining("# To fill in: destination.oidc.subject"),
  ]);
  expect(readFileSync(path, "utf8")).toBe(before);
  const file = join(folder, "deploy-aaaa.yaml");
  writeFileSync(
    file,
    readFileSync(file, "utf8").replace(
      "workload: deploy",
      'workload: deploy\n    subject: "repo:example/shop:environment:staging"',
    ),
  );
  const written = await move("--write", "--key", "deploy-aaaa");
  expect([written.status, written.stderr, written.stdout]).toEqual([
    0,
    "",
    expect.stringContaining("wrote workloadIdentity.oidcRoles"),
  ]);
  const after = readFileSync(path, "utf8");
  const lines = after.split("\n");
  expect(before.split("\n").filter((line) => !lines.includes(line))).toEqual([]);
  const { workloadIdentity } = parse(after) as { workloadIdentity: { oidcRoles: readonly Record<string, unknown>[] } };
  expect(workloadIdentity.oidcRoles.at(-1)).toMatchObject({
    name: "deploy",
    provider: "github",
    subjects: ["repo:example/shop:environment:staging"],
    inlinePolicy: { Statement: [{ Action: ["ecs:UpdateService", "sts:AssumeRole"] }] },
  });
  expect((await move("--write", "--key", "deploy-aaaa")).stdout).toContain("has it already");
  const kit = await move("--kit", KEYS.deploy);
  expect(kit.stdout).toContain(`role-to-assume: arn:aws:iam::${SHOP}:role/keyless/workloads/workload-deploy`);
});

test("each owner gets a message, and the list is safe in a spreadsheet", async () => {
  const out = join(root, "messages");
  // Now the role is planned: its owner is waited for once AWS has it.
  const verified = join(root, "verified.json");
  writeFileSync(
    verified,
    JSON.stringify({
      environment: "example",
      organizationId: context.organizationId,
      from: ago(0, now),
      to: ago(0, now),
      calls: {},
      claims: [
        {
          section: "workload-identity",
          kind: "role",
          name: "workload-deploy",
          promise: "",
          verdict: "seen",
          details: [],
          at: ago(0, now),
          place: { accountId: SHOP },
        },
      ],
    }),
  );
  const { status, stderr } = await move("--messages", out, "--cloudtrail", logs, "--verify", verified);
  expect([status, stderr]).toEqual([0, ""]);
  expect(readdirSync(out).sort()).toEqual(["moves.csv", "moves.json", "shop-team.md"]);
  const text = readFileSync(join(out, "shop-team.md"), "utf8");
  expect(text).toContain(KEYS.deploy);
  expect(text).toContain(`--kit ${KEYS.deploy}`);
  expect(readFileSync(join(out, "moves.csv"), "utf8")).toContain(`"'=Shop team"`);
});

test("a folder of messages that is a file is one message", async () => {
  const { status, stderr } = await move("--messages", logs, "--cloudtrail", logs);
  expect([status, stderr]).toEqual([1, expect.stringContaining("a file is where a folder has to be")]);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("--write adds a workload that several keys move to once, and says so", async () => {
  const path = join(root, "environments/example/baseline.yaml");
  const before = readFileSync(path, "utf8");
  const files = ["twin-a", "twin-b", "twin-c"].map((name) => join(folder, `${name}.yaml`));
  files.forEach((file, n) =>
    writeFileSync(
      file,
      `version: 1
key: AKIATWIN${n}AAAAAAAAAAA
account: shop-prod
user: twin${n}
owner: Shop
usedBy: twins
destination:
  oidc: { workload: twins, system: github, subject: "repo:example/shop:environment:twins" }
actions: [${n === 2 ? "s3:PutObject" : "s3:ListAllMyBuckets"}]
`,
    ),
  );
  const { status, stdout } = await move("--write", "--key", "twin-a", "--key", "twin-b", "--key", "twin-c");
  const after = readFileSync(path, "utf8");
  expect(status).toBe(0);
  expect(after.match(/name: twins$/gm)).toHaveLength(1);
  expect(stdout).toContain("AKIATWIN1AAAAAAAAAAA: the baseline has it already, since this run.");
  expect(stdout).toMatch(
    /# AKIATWIN2AAAAAAAAAAA: not written; workloadIdentity.oidcRoles has it since this run, for AKIATWIN0/,
  );
  expect(stdout).toContain("s3:PutObject");
  expect((await keylessHere(root, ["validate", "example"])).stderr).not.toContain("twins");
  writeFileSync(path, before);
  files.forEach((file) => rmSync(file));
});

describe("mistakes have a code and a place", () => {
  const good = (): string => readFileSync(join(folder, "batch-aaaa.yaml"), "utf8");
  const wrong = join(root, "environments/example/moves-of-keys/wrong.yaml");
  const lines = `version: 1
key: AKIAIOSFODNN7EXAMPLE
account: shop-prod
user: x
owner: a
usedBy: b
destination: { exception: y }
`;
  test.each<[string, string, string]>([
    ["an unknown key", `${lines}silentDay: 3\n`, "wrong.yaml:8:1"],
    ["two destinations", lines.replace("exception: y", "exception: y, oidc: { workload: z }"), "KEY-MOVE-DESTINATION"],
    ["none", lines.replace("{ exception: y }", "{}"), "KEY-MOVE-DESTINATION"],
    ["an account that is none", lines.replace("shop-prod", "shop-prd"), "Did you mean shop-prod"],
    ["a wildcard", `${lines}actions: ["s3:*"]\n`, "without a wildcard"],
    ["a session's key", lines.replace("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"), "AKIA"],
    [
      "a line break in a workload",
      lines.replace("{ exception: y }", String.raw`{ rolesAnywhere: { workload: "x\nevil: true" } }`),
      "one line without control characters",
    ],
    ["one in an exception", lines.replace("exception: y", String.raw`exception: "y\u2028z"`), "one line"],
    [
      "one in a group",
      lines.replace("exception: y", String.raw`identityCenter: { permissionSet: a, group: "b\rc" }`),
      "one line",
    ],
    ["no number of days", `${lines}silentDays: 0\n`, "wrong.yaml:8"],
  ])("%s", async (_, text, expected) => {
    writeFileSync(wrong, text);
    const { status, stderr } = await move();
    expect([status, stderr]).toEqual([2, expect.stringContaining(expected)]);
    writeFileSync(wrong, lines);
  });

  test("a key in two files, a name that is none, options that exclude each other", async () => {
    writeFileSync(wrong, good());
    expect(await move()).toMatchObject({ status: 2, stderr: expect.stringContaining("KEY-MOVE-TWICE") });
    writeFileSync(wrong, lines);
    expect(await move("--kit", "AKIAIOSFODNN7EXAMPLF")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("AKIAIOSFODNN7EXAMPLE"),
    });
    expect(await move("--json", "--next")).toMatchObject({ status: 2 });
    expect(await move("--since", "3d")).toMatchObject({ status: 2 });
    mkdirSync(join(root, "other"), { recursive: true });
    expect(existsSync(wrong)).toBe(true);
  });
});
