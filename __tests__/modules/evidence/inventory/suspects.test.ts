import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyUsage } from "../../../../modules/evidence/cloudtrail/key-usage";
import { parseSource } from "../../../../modules/evidence/cloudtrail/source";
import { listOf, mergeSuspects, note, type Suspects } from "../../../../modules/evidence/cloudtrail/suspects";
import { EventsByKey } from "../../../../modules/evidence/inventory/collect/events-by-key";
import { type CloudTrailEvidence, mergeEvidence } from "../../../../modules/evidence/inventory/results";
import { usageFromLogs } from "../../../../modules/evidence/inventory/from-logs";
import type { KeyUsage } from "../../../../modules/evidence/inventory/types";
import { classifyUse } from "../../../../modules/evidence/inventory/use-kind";

/** A stolen key is seen beside the many calls of whom it belongs to. */

const KEY = "AKIAABCDEFGHIJKLMNOP";
interface Call {
  readonly call: string;
  readonly from?: string;
  readonly agent?: string;
  readonly error?: string;
}
const SERVER = { from: "203.0.113.9", agent: "aws-sdk-java/2.25.0 Linux/5.15" };
const THIEF = { from: "45.9.1.2", agent: "Boto3/1.26 Python/3.11" };
const LISTS = ["sts:GetCallerIdentity", "iam:ListUsers", "s3:ListBuckets", "ec2:DescribeInstances", "ses:GetSendQuota"];
const REFUSED = ["iam:ListUsers", "iam:CreateUser", "secretsmanager:ListSecrets", "ses:GetSendQuota", "iam:ListRoles"];
/** Heavy and varied: twelve addresses, twelve programs and twelve calls, so that nothing rare is among the ten most frequent. */
const production = (n: number): readonly Call[] =>
  Array.from({ length: n }, (_, i) => ({
    call: `s3:Call${i % 12}`,
    from: `203.0.113.${i % 12}`,
    agent: `aws-sdk-java/2.${i % 12}`,
  }));
const thief = (of: Partial<Call> = {}): readonly Call[] => [
  ...LISTS.map((call) => ({ ...THIEF, ...of, call })),
  ...REFUSED.map((call) => ({ ...THIEF, ...of, call, error: "AccessDenied" })),
];

async function fromLogs(calls: readonly Call[]): Promise<KeyUsage> {
  const folder = mkdtempSync(join(tmpdir(), "keyless-logs-"));
  const Records = calls.map(({ call, from = SERVER.from, agent = SERVER.agent, error }, i) => ({
    eventVersion: "1.08",
    eventID: `e-${i}`,
    eventTime: new Date(Date.UTC(2026, 10, 20) + i * 1000).toISOString().replace(".000", ""),
    eventSource: `${call.split(":")[0]}.amazonaws.com`,
    eventName: call.split(":")[1],
    awsRegion: "eu-central-1",
    sourceIPAddress: from,
    userAgent: agent,
    userIdentity: { type: "IAMUser", accessKeyId: KEY, accountId: "222222222222", userName: "a" },
    eventType: "AwsApiCall",
    recipientAccountId: "222222222222",
    errorCode: error,
  }));
  writeFileSync(join(folder, "a.json"), JSON.stringify({ Records }));
  const { keys } = await readKeyUsage([parseSource(folder)], { threads: 0 });
  rmSync(folder, { recursive: true });
  return usageFromLogs(keys).get(KEY)!;
}
function lookedUp(calls: readonly Call[]): KeyUsage {
  const events = new EventsByKey();
  for (const { call, from = SERVER.from, agent = SERVER.agent, error } of calls)
    events.add({
      accessKeyId: KEY,
      at: "2026-11-20T10:00:00Z",
      service: `${call.split(":")[0]}.amazonaws.com`,
      name: call.split(":")[1]!,
      sourceAddress: from,
      userAgent: agent,
      errorCode: error,
    });
  return events.build().get(KEY)!;
}
const verdict = (usage: KeyUsage) => classifyUse(usage, { userName: "x", signsIn: false });

const STOLEN: readonly (readonly [string, readonly Call[]])[] = [
  ["tried out from a network of its own", thief()],
  ["tried out from the server's own network, with another program", thief({ from: "203.0.113.200" })],
  ["tried out over many networks, a call from each", thief().map((one, i) => ({ ...one, from: `${20 + i}.9.1.2` }))],
  [
    "tried out by a program that calls itself otherwise each time",
    [
      ...LISTS.map((call, i) => ({ ...THIEF, call, agent: `list/${i}` })),
      ...Array.from({ length: 300 }, (_, i) => ({
        ...THIEF,
        call: REFUSED.slice(1, 4)[i % 3]!,
        agent: `try/${i}`,
        error: "AccessDenied",
      })),
    ],
  ],
  ["a tool that tries keys, once", [{ call: "s3:GetObject", from: "45.9.1.2", agent: "TruffleHog" }]],
];
test.each(STOLEN)("%s, in ten thousand calls of production", async (_, calls) => {
  const usage = await fromLogs([...production(10_000), ...calls]);
  expect(usage.userAgents.map(({ value }) => value)).not.toContain("TruffleHog");
  expect(verdict(usage)).toMatchObject({ kind: "stolen", reason: expect.stringContaining("treat as an incident") });
});
test.each(STOLEN)("%s, in the event history", (_, calls) =>
  expect(verdict(lookedUp([...production(600), ...calls])).kind).toBe("stolen"),
);

test.each<[string, readonly Call[]]>([
  ["production alone", []],
  [
    "one permission that is missing, a thousand times",
    Array.from({ length: 1000 }, () => ({ call: "s3:PutAcl", error: "AccessDenied" })),
  ],
  ["a tool that lists what there is, and may", LISTS.flatMap((call) => [{ call }, { call }])],
  [
    "lists, and one permission that is missing",
    [
      ...LISTS.map((call) => ({ call })),
      ...Array.from({ length: 50 }, () => ({ call: "iam:ListUsers", error: "AccessDenied" })),
    ],
  ],
  ["a person who was refused a few calls", LISTS.slice(0, 3).map((call) => ({ call, error: "AccessDenied" }))],
  ["a service that lists on its behalf", thief({ from: "config.amazonaws.com" })],
])("%s: no incident", async (_, calls) => {
  expect(verdict(await fromLogs([...production(1000), ...calls])).kind).not.toBe("stolen");
});

test("what is noted is bounded, the worst stay, and the order of portions does not matter", () => {
  const portion = (from: number, to: number): Suspects => {
    const all: Suspects = new Map();
    for (let i = from; i < to; i++)
      note(all, { address: `${i % 250}.${i >> 8}.1.1`, agent: `a${i}`, call: "s3:X", error: "AccessDenied", count: 1 });
    return all;
  };
  const worst: Suspects = new Map();
  for (const { call, from, agent, error } of thief())
    note(worst, { address: from!, agent: agent!, call, error, count: 1 });
  const [one, other]: [Suspects, Suspects] = [new Map(), new Map()];
  for (const part of [portion(0, 300), worst, portion(300, 900)]) mergeSuspects(one, part);
  for (const part of [worst, portion(300, 900), portion(0, 300)]) mergeSuspects(other, part);
  expect(one.size).toBeLessThanOrEqual(128);
  expect(listOf(one)[0]).toEqual(listOf(other)[0]);
  expect(listOf(one)[0]).toMatchObject({ network: "45.9", denied: 5, asked: expect.arrayContaining(LISTS) });
});

test("what two looks saw of a thief counts together, and nothing is added up", async () => {
  const lists = thief().slice(0, 5);
  const refusals = [
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "s3:PutBucketPolicy",
    "ses:SendEmail",
    "ec2:RunInstances",
  ].map((call) => ({ ...THIEF, call, error: "AccessDenied" }));
  const looks = await Promise.all([lists, refusals, refusals].map((part) => fromLogs([...production(1000), ...part])));
  expect(looks.map((usage) => verdict(usage).kind)).not.toContain("stolen");
  const merged = looks
    .map((usage): CloudTrailEvidence => ({ askedAt: "2026-11-20T10:00:00Z", usage: new Map([[KEY, usage]]) }))
    .reduce<CloudTrailEvidence | undefined>(mergeEvidence, undefined)!
    .usage.get(KEY)!;
  expect(verdict(merged)).toMatchObject({ kind: "stolen", reason: expect.stringContaining("5 calls of 5 kinds") });
});

test("where the event history has more than was read, every number is one of at least so many", () => {
  const events = new EventsByKey();
  for (let i = 0; i < 50; i++)
    events.add({
      accessKeyId: KEY,
      at: "2026-11-20T10:00:00Z",
      service: "s3.amazonaws.com",
      name: "GetObject",
      sourceAddress: SERVER.from,
      userAgent: SERVER.agent,
      errorCode: i < 2 ? "AccessDenied" : undefined,
    });
  const usage = (): KeyUsage => events.build().get(KEY)!;
  expect(verdict(usage()).reason).toContain("; 50 calls, 2 refused");
  events.cap(KEY);
  expect(usage()).toMatchObject({ capped: true, denied: 2, calls: [{ value: "s3:GetObject", count: 50 }] });
  expect(verdict(usage()).reason).toContain("; at least 50 calls, 2 refused");
});
