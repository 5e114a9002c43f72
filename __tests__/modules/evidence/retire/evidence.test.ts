import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assess } from "../../../../modules/evidence/inventory/assess";
import {
  addEvidence,
  mergeEvidence,
  readResults,
  resultsFile,
  startResults,
} from "../../../../modules/evidence/inventory/results";
import { classifyUse } from "../../../../modules/evidence/inventory/use-kind";
import type { KeyUsage } from "../../../../modules/evidence/inventory/types";
import { execute } from "../../../../modules/evidence/retire/execute";
import { histories } from "../../../../modules/evidence/retire/history";
import type { JournalEntry } from "../../../../modules/evidence/retire/journal";
import { BRAKES, RetirePlan, retirePlan, RetireStep, withinBrakes } from "../../../../modules/evidence/retire/plan";
import { account, ago, CONTEXT, key, MEMBER, NOW, user } from "../inventory/fixture";
import { FakeAws, undoOf } from "./fake-aws";

/** One truth about a key: what CloudTrail said counts for retirement, whichever run has asked it. */

const used = (accessKeyId: string, daysAgo: number, events = 3): KeyUsage => ({
  accessKeyId,
  events,
  firstAt: ago(daysAgo + 1),
  lastAt: ago(daysAgo),
  sourceAddresses: [],
  userAgents: [],
  services: [],
  lastEvents: [],
});
const heading = {
  format: "keyless-inventory-results/1",
  environment: "test",
  organizationId: "o-exampleorg1",
  startedAt: ago(0),
} as const;
const folder = mkdtempSync(join(tmpdir(), "keyless-evidence-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** IAM says of all three that they were last used 300 days ago. */
const facts = account([user("a", [key("K1", 500, 300), key("K2", 500, 300), key("K3", 500, 300)])]);
function planOf(file: string): RetirePlan {
  const { accounts, cloudTrail } = readResults(file, "test")!;
  const inventory = assess([...accounts.values()], CONTEXT, cloudTrail?.usage, NOW);
  return retirePlan({
    inventory,
    histories: histories([]),
    remembered: histories([]),
    protection: CONTEXT.protection,
    days: CONTEXT.days,
    now: NOW,
  });
}

test("a key that CloudTrail has seen in use is not retired, also by a plan that does not ask CloudTrail itself", () => {
  const file = resultsFile(folder, "test");
  startResults(file, heading, [facts]);
  addEvidence(file, { askedAt: ago(3), usage: new Map([["K1", used("K1", 5)]]) });
  addEvidence(file, { askedAt: ago(2), usage: new Map([["K2", used("K2", 60)]]) });
  const plan = planOf(file);
  expect(plan.left).toMatchObject([{ keyId: "K1", reason: "in-use" }]);
  expect(plan.steps.map(({ keyId, idleSince }) => [keyId, idleSince])).toEqual([
    ["K2", ago(60)],
    ["K3", ago(300)],
  ]);
  // The next run does not ask CloudTrail: what it said before is carried over.
  startResults(file, heading, [facts], readResults(file, "test")!.cloudTrail);
  expect(planOf(file)).toEqual(plan);
});

test("of two runs the later use counts, and neither forgets a key", () => {
  const one = {
    askedAt: ago(2),
    usage: new Map([
      ["A", used("A", 5)],
      ["B", used("B", 9)],
    ]),
  };
  const two = {
    askedAt: ago(1),
    usage: new Map([
      ["A", used("A", 7, 99)],
      ["C", used("C", 1)],
    ]),
  };
  for (const merged of [mergeEvidence(one, two)!, mergeEvidence(two, one)!]) {
    expect(merged.askedAt).toBe(ago(1));
    expect([...merged.usage.values()].map(({ accessKeyId, lastAt }) => [accessKeyId, lastAt]).sort()).toEqual([
      ["A", ago(5)],
      ["B", ago(9)],
      ["C", ago(1)],
    ]);
  }
});

test("a poorer look takes nothing from a richer one: calls, refused ones, addresses, and above all a key in the wrong hands", () => {
  const of = (usage: KeyUsage, askedAt = ago(1)) => ({ askedAt, usage: new Map([["K", usage]]) });
  const both = (a: KeyUsage, b: KeyUsage): readonly KeyUsage[] =>
    [mergeEvidence(of(a), of(b)), mergeEvidence(of(b), of(a))].map((merged) => merged!.usage.get("K")!);
  const times = (...values: readonly string[]) => values.map((value) => ({ value, count: 1 }));
  const kind = (usage: KeyUsage): string => classifyUse(usage, { userName: "u", signsIn: false }).kind;
  const calls = times("iam:ListUsers", "iam:ListRoles", "s3:ListBuckets", "sts:GetCallerIdentity");
  const tried = {
    ...used("K", 5, 200),
    denied: 150,
    calls,
    userAgents: times("Boto3/1.34"),
    sourceAddresses: times("203.0.113.5"),
  };
  const scanned = { ...used("K", 9, 10), userAgents: times("TruffleHog") };
  const poor = { ...used("K", 1, 1), userAgents: times("Boto3/1.34") };
  const long = { ...used("K", 2, 9000), denied: 0, userAgents: times("aws-sdk-js exec-env/AWS_Lambda_nodejs20.x") };
  for (const stolen of [tried, scanned])
    for (const other of [poor, long])
      for (const merged of both(stolen, other)) {
        expect([kind(stolen), kind(other), kind(merged)]).toEqual([
          "stolen",
          expect.not.stringMatching("stolen"),
          "stolen",
        ]);
        expect(merged.lastAt).toBe(other.lastAt);
      }
  for (const merged of both(
    { ...used("K", 5, 200), denied: 3, calls: times("s3:PutObject"), sourceAddresses: times("203.0.113.5") },
    { ...used("K", 1, 2), sourceAddresses: times("192.0.2.1", "192.0.2.2") },
  ))
    expect(merged).toMatchObject({
      events: 200,
      denied: 3,
      firstAt: ago(6),
      lastAt: ago(1),
      calls: [{ value: "s3:PutObject" }],
      sourceAddresses: [{ value: "192.0.2.1" }, { value: "192.0.2.2" }],
    });
});

test("that CloudTrail was not asked is never said where it was", () => {
  const of = user("github-deploy", [key("K", 500, 3)]);
  const reason = (usage: ReadonlyMap<string, KeyUsage> | undefined): string =>
    assess([account([of])], CONTEXT, usage, NOW).credentials[0]!.verdict.reason;
  expect(reason(undefined)).toContain("CloudTrail was not asked");
  expect(reason(new Map())).toContain("what was read of CloudTrail shows no call of it");
});

const step = (edit: Partial<RetireStep> = {}): RetireStep => ({
  action: "deactivate",
  accountId: MEMBER,
  accountName: "shop",
  user: "a",
  keyId: "K1",
  why: "",
  idleSince: ago(300),
  ...edit,
});

async function take(one: RetireStep, offset = 0, status: "Active" | "Inactive" = "Active", lastUsedAt = ago(300)) {
  const aws = new FakeAws(NOW, MEMBER);
  aws.keys.set("K1", {
    user: "a",
    id: "K1",
    createdAt: Date.parse(ago(500)),
    status,
    lastUsedAt: Date.parse(lastUsedAt),
  });
  const look = aws.look.bind(aws);
  aws.look = async (s) => {
    const live = await look(s);
    return live && { ...live, clockOffsetMs: offset };
  };
  const journal: JournalEntry[] = [];
  const [outcome] = await execute({
    steps: [one],
    api: aws,
    days: CONTEXT.days,
    reactivatedAt: () => undefined,
    write: (entry) => void journal.push(entry),
    now: () => NOW,
  });
  return { outcome: outcome!, calls: aws.calls, journal };
}

test.each([
  ["months ahead", -200 * 86_400_000, "ahead of"],
  ["eleven minutes behind", 11 * 60_000, "behind"],
])("a clock that is %s is told, and nothing is done or written down", async (_, offset, words) => {
  for (const action of ["deactivate", "delete", "reactivate"] as const) {
    const { outcome, calls, journal } = await take(step({ action, inactiveSince: ago(90) }), offset);
    expect(outcome).toMatchObject({ result: "failed" });
    expect(outcome.why).toContain(words);
    expect([calls, journal]).toEqual([[], []]);
  }
});

test("a use that the plan knew of and IAM does not show stays known at the step", async () => {
  const { outcome, calls } = await take(step({ idleSince: ago(3) }));
  expect([outcome.result, calls]).toEqual(["left", []]);
});

test("undo leaves a key that somebody has used and switched off again since", async () => {
  const entry = { accountId: MEMBER, user: "a", keyId: "K1" };
  const journal = [
    { at: ago(20), event: "deactivating" as const, ...entry },
    { at: ago(20), event: "deactivated" as const, ...entry },
  ];
  const [one] = undoOf(journal, NOW).steps;
  expect((await take(one!, 0, "Inactive", ago(5))).outcome).toMatchObject({ result: "left" });
  expect((await take(one!, 0, "Inactive", ago(21))).outcome).toMatchObject({ result: "done" });
});

test("a run without a limit brakes by account and in all; a person may say how many", () => {
  const many = Array.from({ length: 200 }, (_, n) => step({ accountId: String(n % 15), keyId: `K${n}` }));
  const braked = withinBrakes(many, undefined);
  expect(braked).toHaveLength(BRAKES.steps);
  expect(
    withinBrakes(
      many.filter(({ accountId }) => accountId === "3"),
      undefined,
    ),
  ).toHaveLength(BRAKES.stepsPerAccount);
  expect(withinBrakes(many, 120)).toHaveLength(120);
});
