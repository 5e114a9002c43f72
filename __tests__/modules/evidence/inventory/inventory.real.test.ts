import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetAccessKeyLastUsedCommand, IAMClient, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { run } from "../../../../cli/index";
import { clientSettings, memberClientSettings, seeded } from "../../../../local/client-settings";
import { exampleOrganization } from "../../../../local/organizations/example";
import { exampleCredentials } from "../../../../local/organizations/example-credentials";
import { makeAccessRoles } from "../../../../local/access-roles";
import { environmentOf, makePipelineRoles, pipelineSession } from "../../../../local/pipeline";
import { type LocalAws, startLocalAws } from "../../../../local/runner";
import { seedCredentials, type SeededKeyId } from "../../../../local/seed-credentials";
import { JournalEntry, JournalWriter, readJournal } from "../../../../modules/evidence/retire/journal";
import { takeLock } from "../../../../modules/evidence/retire/lock";
import type { Credential, Inventory } from "../../../../modules/evidence/inventory/types";
import { exampleState, ROOT } from "../../../support/environments";
import { temporaryProject } from "../../../support/project";
import { describeReal } from "../../../support/real";

jest.setTimeout(120_000);

const facts = exampleOrganization(ROOT);
const seed = exampleCredentials(facts);
const active = facts.accounts.filter((account) => account.status === "ACTIVE");

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describeReal("keyless inventory and retire against the local AWS", () => {
  const project = temporaryProject();
  const journal = join(project.root, ".keyless/retire/example.jsonl");
  let local: LocalAws;
  let keys: readonly SeededKeyId[];

  /** The command line in this process: a process of its own takes two seconds to start. One at a time, because they share the output. */
  const keyless = async (...args: readonly string[]): Promise<Ran> => {
    let [out, err] = ["", ""];
    const spies = [
      jest.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true)),
      jest.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true)),
    ];
    const before = process.exitCode;
    process.exitCode = 0;
    try {
      await run(args, project.root);
      return { code: Number(process.exitCode), out, err };
    } finally {
      process.exitCode = before;
      spies.forEach((spy) => spy.mockRestore());
    }
  };
  const inventory = async (...args: readonly string[]): Promise<Inventory> =>
    JSON.parse((await keyless("inventory", "example", "--json", ...args)).out) as Inventory;
  /** Statuses of all access keys, through the API. */
  const statuses = async (): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>();
    for (const account of active) {
      const iam = new IAMClient(
        account.id === facts.managementAccountId
          ? clientSettings(local.endpoint, { region: "us-east-1" })
          : await memberClientSettings(local.endpoint, account.id, "us-east-1"),
      );
      for (const user of seed.users.filter((one) => one.accountId === account.id)) {
        for (const key of (await iam.send(new ListAccessKeysCommand({ UserName: user.name }))).AccessKeyMetadata ?? [])
          found.set(key.AccessKeyId ?? "", key.Status ?? "");
      }
      iam.destroy();
    }
    return found;
  };
  const isIdle = ({ key, user }: SeededKeyId): boolean =>
    !key.inactive && (key.lastUsedDaysAgo ?? key.createdDaysAgo) >= 45 && user !== "break-glass-1";
  const countOf = (calls: Readonly<Record<string, number>>, name: string): number => calls[name] ?? 0;

  const environment = { ...process.env };
  beforeAll(async () => {
    local = await startLocalAws({ facts, region: "eu-central-1" });
    keys = await seedCredentials(local.endpoint, facts.managementAccountId, seed, new Date());
    // Inventory and retirement are the pipeline's: its roles, and those that trust them in every account.
    const { pipeline, credentialHygiene } = exampleState();
    const { endpoint, region, managementAccountId } = local;
    const accounts = active.map(({ id }) => id);
    await makePipelineRoles(endpoint, region, pipeline!);
    await makeAccessRoles(endpoint, managementAccountId, accounts, credentialHygiene!.access);
    const session = await pipelineSession(endpoint, region, pipeline!, "apply");
    Object.assign(process.env, local.exports, environmentOf(session), { NO_COLOR: "1" });
  }, 60_000);
  afterAll(async () => {
    process.env = environment;
    await local?.stop();
    project.remove();
  });

  test("the seed is large enough to mean something", () => {
    expect(active.length).toBeGreaterThanOrEqual(12);
    expect(seed.users.length).toBeGreaterThanOrEqual(60);
    expect(new Set(seed.users.map((user) => user.name)).size).toBe(14);
  });

  test("every credential that was seeded is found, with its times and its verdict; through the role, with calls that read only", async () => {
    local.resetCalls();
    const found = await inventory("--lookup-events");
    expect(found.accounts.map((account) => account.status)).toEqual(active.map(() => "complete"));
    const calls = Object.keys(local.calls());
    expect(
      calls.filter(
        (call) =>
          !/^(iam:(Get|List|GenerateCredentialReport)|cloudtrail:LookupEvents|sts:(AssumeRole|GetCallerIdentity))/.test(
            call,
          ),
      ),
    ).toEqual([]);
    expect(countOf(local.calls(), "sts:AssumeRole")).toBeGreaterThanOrEqual(active.length);
    expect(local.missing()).toEqual([]);
    const byId = new Map(found.credentials.map((one) => [one.id, one]));
    for (const { id, key, user } of keys) {
      const one = byId.get(id)!;
      expect([user, one.ageDays, one.idleDays]).toEqual([
        user,
        key.createdDaysAgo,
        key.lastUsedDaysAgo === undefined ? key.createdDaysAgo : one.usage ? one.idleDays : key.lastUsedDaysAgo,
      ]);
    }
    const verdicts = (user: string, kind: string): readonly string[] =>
      [
        ...new Set(
          found.credentials.filter((one) => one.user === user && one.kind === kind).map((one) => one.verdict.kind),
        ),
      ].sort();
    expect(verdicts("batch", "access-key")).toEqual(["aws-compute", "unused"]);
    expect(verdicts("importer", "access-key")).toEqual(["never-used"]);
    expect(verdicts("github-deploy", "access-key")).toEqual(["ci"]);
    expect(verdicts("old-backup", "access-key")).toEqual(["inactive", "unused"]);
    expect(verdicts("jane.doe", "access-key")).toEqual(["person"]);
    expect(verdicts("erp-sync", "access-key")).toEqual(["external-workload", "never-used"]);
    expect(verdicts("trainee", "access-key")).toEqual(["new"]);
    expect(verdicts("break-glass-1", "access-key")).toEqual(["break-glass"]);
    expect(verdicts("john.roe", "password")).toEqual(["unused"]);
    expect(verdicts("first-login", "password")).toEqual(["never-used"]);
    expect(verdicts("bedrock-app", "service-credential")).toEqual(["unknown"]);
    expect(
      found.credentials
        .filter((one) => one.kind === "root-access-key")
        .map((one) => [one.accountName, one.verdict.kind]),
    ).toEqual([
      ["log-archive", "never-used"],
      ["security-tooling", "in-use"],
    ]);
    expect(found.credentials.find((one) => one.user === "batch")!.owner).toBe("data-platform");
    expect(
      found.credentials.filter((one) => one.kind === "password" && one.user === "jane.doe").every((one) => one.mfa),
    ).toBe(true);
    expect(
      found.accounts.filter((account) => account.root && !account.root.mfa).map((account) => account.name),
    ).toEqual(["log-archive", "identity"]);
  });

  test("one account denies, one throttles, one answers garbage: the rest is complete, the report says so, and --resume reads only these", async () => {
    const [denied, throttled, garbled] = ["222222222201", "333333333302", "444444444403"];
    local.faults.add({ operation: "iam:*", kind: "refuse", code: "AccessDenied", accountId: denied });
    local.faults.add({ operation: "iam:ListUsers", kind: "throttle", accountId: throttled, times: 2 });
    local.faults.add({ operation: "iam:*", kind: "garbage", accountId: garbled });
    const first = await keyless("inventory", "example", "--json", "--html", "report.html");
    local.faults.clear();
    expect(first.code).toBe(1);
    expect(first.err).toContain("2 accounts not read");
    const found = JSON.parse(first.out) as Inventory;
    const bad = found.accounts
      .filter((account) => account.status !== "complete")
      .map((account) => [account.id, account.status, [...new Set(account.problems.map((problem) => problem.code))]]);
    expect(bad).toEqual([
      [denied, "failed", ["INVENTORY-ACCESS-DENIED"]],
      [garbled, "failed", ["INVENTORY-NOT-UNDERSTOOD"]],
    ]);
    expect(found.credentials.some((one) => one.accountId === throttled)).toBe(true);
    const html = readFileSync(join(project.root, "report.html"), "utf8");
    expect(html).toContain("INVENTORY-ACCESS-DENIED");
    expect(html).toContain("INVENTORY-NOT-UNDERSTOOD");

    local.resetCalls();
    const second = await keyless("inventory", "example", "--json", "--resume");
    expect(second.code).toBe(0);
    expect(countOf(local.calls(), "sts:AssumeRole")).toBe(2);
    expect((JSON.parse(second.out) as Inventory).credentials.length).toBeGreaterThan(found.credentials.length);
  });

  test("an account that throttles for good is given up after its time, and says so", async () => {
    local.faults.add({ operation: "iam:*", kind: "throttle", accountId: "444444444401" });
    const ran = await keyless(
      "inventory",
      "example",
      "--json",
      "--account",
      "data-prod",
      "--account",
      "data-dev",
      "--timeout",
      "2",
    );
    local.faults.clear();
    expect(ran.code).toBe(1);
    expect(
      (JSON.parse(ran.out) as Inventory).accounts.map((account) => [
        account.name,
        account.status,
        account.problems.map((problem) => problem.code),
      ]),
    ).toEqual([
      ["data-prod", "failed", ["INVENTORY-TIMEOUT"]],
      ["data-dev", "complete", []],
    ]);
    await inventory("--account", "data-prod");
  });

  test("retire prints and stops", async () => {
    const before = await statuses();
    const { out, code } = await keyless("retire", "example");
    expect(code).toBe(0);
    expect(out).toContain(`${keys.filter(isIdle).length} steps. Nothing was done`);
    expect(await statuses()).toEqual(before);
    expect(existsSync(journal)).toBe(false);
  });

  test("retire --apply deactivates the unused keys and no others; a key that was used a moment ago is left; again there is nothing to do; undo gives back what was taken", async () => {
    const before = await statuses();
    const idle = keys.filter(isIdle);
    const used = idle[0]!;
    const iam = new IAMClient(
      used.accountId === facts.managementAccountId
        ? clientSettings(local.endpoint, { region: "us-east-1" })
        : await memberClientSettings(local.endpoint, used.accountId, "us-east-1"),
    );
    await iam.send(
      seeded(new GetAccessKeyLastUsedCommand({ AccessKeyId: used.id }), { lastUsedAt: new Date().toISOString() }),
    );
    iam.destroy();

    // Interrupted first: three steps, then the rest.
    expect((await keyless("retire", "example", "--apply", "--limit", "3")).code).toBe(0);
    const rest = await keyless("retire", "example", "--apply");
    expect(rest.code).toBe(0);
    const after = await statuses();
    const expected = new Map(
      [...before].map(([id, status]) => [
        id,
        idle.some((one) => one.id === id) && id !== used.id ? "Inactive" : status,
      ]),
    );
    expect(after).toEqual(expected);

    const again = await keyless("retire", "example", "--apply", "--json");
    expect(
      (JSON.parse(again.out) as { steps: unknown[] }).steps.filter(
        (step) => (step as Credential & { keyId: string }).keyId !== used.id,
      ),
    ).toEqual([]);
    await keyless("inventory", "example");
    expect((JSON.parse((await keyless("retire", "example", "--json")).out) as { steps: unknown[] }).steps).toEqual([]);

    expect((await keyless("retire", "example", "--undo")).out).toContain(`${idle.length - 1} steps. Nothing was done`);
    expect(await statuses()).toEqual(expected);
    expect((await keyless("retire", "example", "--undo", "--apply")).code).toBe(0);
    expect(await statuses()).toEqual(before);
    expect((await keyless("retire", "example", "--undo")).out).toContain("nothing to undo");
    const texts = readFileSync(journal, "utf8");
    expect(texts).not.toContain("SecretAccessKey");
  });

  test("keys that were seen inactive for the days are deleted, and only these", async () => {
    const off = keys.filter((one) => one.key.inactive);
    const old = new Date(Date.now() - 31 * 86_400_000).toISOString();
    const seen: readonly JournalEntry[] = off
      .slice(0, 3)
      .map((one) => ({ at: old, event: "seen-inactive", accountId: one.accountId, user: one.user, keyId: one.id }));
    const other = join(project.root, "other.jsonl");
    const writer = new JournalWriter(other);
    seen.forEach((entry) => writer.write(entry));
    writer.close();
    const ran = await keyless(
      "retire",
      "example",
      "--apply",
      "--json",
      "--journal",
      "other.jsonl",
      ...off.flatMap((one) => ["--key", one.id]),
    );
    expect(ran.code).toBe(0);
    const left = await statuses();
    for (const one of off)
      expect([one.id, left.get(one.id)]).toEqual([
        one.id,
        seen.some((entry) => entry.keyId === one.id) ? undefined : "Inactive",
      ]);
    expect(readJournal(other).filter((entry) => entry.event === "deleted")).toHaveLength(3);
  });

  test("while one run works, another is told to wait", async () => {
    const lock = takeLock(join(project.root, "both.jsonl.lock"), new Date());
    const before = await statuses();
    const ran = await keyless("retire", "example", "--apply", "--journal", "both.jsonl");
    lock.release();
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("RETIRE-LOCKED")]);
    expect(await statuses()).toEqual(before);
  });
});
