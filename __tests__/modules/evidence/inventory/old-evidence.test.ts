import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOfHistory, readOfLogs } from "../../../../modules/evidence/inventory/from-logs";
import { replacementOf } from "../../../../modules/evidence/inventory/replacement";
import { addEvidence, mergeEvidence, readResults, startResults } from "../../../../modules/evidence/inventory/results";
import type { EvidenceRead, KeyUsage } from "../../../../modules/evidence/inventory/types";
import { classifyUse } from "../../../../modules/evidence/inventory/use-kind";

/** What is old or only a name leads to no verdict and no YAML; every verdict says of when it is. */

const HINTS = { userName: "x", signsIn: false };
const usage = (agent: string, lastAt = "2026-11-02T00:00:00Z"): KeyUsage => ({
  accessKeyId: "K",
  events: 100,
  firstAt: "2026-10-01T00:00:00Z",
  lastAt,
  sourceAddresses: [{ value: "203.0.113.9", count: 100 }],
  userAgents: [{ value: agent, count: 100 }],
  services: [],
  lastEvents: [],
});
const CONTEXT = { accountName: "shop", oidcProviders: [] };
const snippet = (verdict: Parameters<typeof replacementOf>[0]["verdict"], userName: string, of?: KeyUsage) =>
  replacementOf({ kind: "access-key", verdict, userName, ...(of ? { usage: of } : {}) }, CONTEXT, "prod").snippet;

test.each(["github-deploy", "gitlab", "jenkins-ci", "terraform", "jane.doe", "jane@example.com"])(
  "the name %s is a hint, and no more",
  (userName) => {
    for (const askedCloudTrail of [true, false]) {
      const { kind, reason } = classifyUse(undefined, { ...HINTS, userName, askedCloudTrail });
      expect(kind).toBe("in-use");
      expect(reason).toMatch(/do not know by what: the user's name hints at (CI|a person) \(low confidence\)/);
      expect(snippet(kind, userName)).toBeUndefined();
    }
  },
);

test("YAML of OIDC comes from agents that name one system, and never from the user's name", () => {
  expect(snippet("ci", "gitlab", usage("configure-aws-credentials-for-github-actions"))).toContain("kind: github");
  expect(snippet("ci", "github", usage("gitlab-runner/16"))).toContain("kind: gitlab");
  expect(snippet("ci", "gitlab", usage("jenkins/2"))).toBeUndefined();
  expect(snippet("ci", "github")).toBeUndefined();
  const both = usage("gitlab-runner/16");
  expect(
    snippet("ci", "a", { ...both, userAgents: [...both.userAgents, { value: "github-actions", count: 1 }] }),
  ).toBeUndefined();
});

test.each<[string, string | undefined, string]>([
  ["the same day", "2026-11-02T10:00:00Z", "ci"],
  ["30 days later", "2026-12-02T00:00:00Z", "ci"],
  ["31 days later", "2026-12-03T00:00:00Z", "in-use"],
  ["a year later", "2027-11-02T00:00:00Z", "in-use"],
  ["before that, because IAM lags", "2026-10-20T00:00:00Z", "ci"],
  ["at an unknown time", undefined, "ci"],
  ["at a time that is none", "soon", "ci"],
])("calls of CI until 2 November, and a key that was used %s", (_, usedAt, kind) => {
  const verdict = classifyUse(usage("github-actions"), HINTS, usedAt);
  expect(verdict.kind).toBe(kind);
  expect(verdict.reason).toContain("2026-10-01 to 2026-11-02");
  if (kind === "in-use") expect(verdict.reason).toMatch(/^do not know by what now: .* 2026-11-02.* at that time by CI/);
});

test("an incident is one however old its calls are", () =>
  expect(classifyUse(usage("TruffleHog"), HINTS, "2027-11-02T00:00:00Z").kind).toBe("stolen"));

describe("what was read", () => {
  const logs = readOfLogs(
    { first: 1_790_000_000, last: 1_795_000_000, skipped: { truncated: 2, digest: 9, selection: 1 } },
    1,
  );
  const history = readOfHistory(new Date("2026-11-27T00:00:00Z"), 0);

  test("is of a time, and says what may be lacking: digests are not", () => {
    expect(logs).toEqual({ source: "logs", from: "2026-09-21T14:13:20Z", to: "2026-11-18T11:06:40Z", leftOut: 4 });
    expect(readOfLogs({ first: -1, last: -1, skipped: {} }, 0)).toEqual({ source: "logs", leftOut: 0 });
    expect(history).toMatchObject({ from: "2026-08-29T00:00:00Z", to: "2026-11-27T00:00:00Z", leftOut: 0 });
  });

  test.each<[string, readonly EvidenceRead[], string]>([
    ["one read", [logs], "; read: logs of 2026-09-21 to 2026-11-18, 4 left out"],
    ["two", [history, logs], "; read: event history of 2026-08-29 to 2026-11-27, and 1 earlier"],
    ["nothing in it", [{ source: "logs", leftOut: 0 }], "; read: logs of no event"],
  ])("is in the verdict: %s", (_, reads, words) => {
    for (const of of [usage("github-actions"), undefined])
      expect(classifyUse(of, { ...HINTS, askedCloudTrail: true, reads }).reason.endsWith(words)).toBe(true);
  });

  test("is kept in the results file, and files of older versions are read", () => {
    const folder = mkdtempSync(join(tmpdir(), "keyless-results-"));
    const file = join(folder, "results.jsonl");
    startResults(file, { format: "keyless-inventory-results/1", environment: "prod" } as never);
    addEvidence(file, { askedAt: "2026-11-26T00:00:00Z", usage: new Map() });
    addEvidence(file, { askedAt: "2026-11-27T00:00:00Z", usage: new Map(), reads: [logs] });
    addEvidence(file, { askedAt: "2026-11-28T00:00:00Z", usage: new Map(), reads: [history] });
    expect(readResults(file, "prod")?.cloudTrail?.reads).toEqual([history, logs]);
    rmSync(folder, { recursive: true });
  });

  test("is bounded", () => {
    const evidence = { askedAt: "2026-11-26T00:00:00Z", usage: new Map(), reads: [logs] };
    const all = Array.from({ length: 40 }, () => evidence).reduce((a, b) => mergeEvidence(a, b) as never);
    expect(all?.reads).toHaveLength(10);
  });
});
