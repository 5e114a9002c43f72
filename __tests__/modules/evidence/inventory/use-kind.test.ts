import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { classifyUse } from "../../../../modules/evidence/inventory/use-kind";
import type { KeyUsage, Verdict } from "../../../../modules/evidence/inventory/types";
import { EventsByKey } from "../../../../modules/evidence/inventory/collect/events-by-key";
import { usageFromLogs } from "../../../../modules/evidence/inventory/from-logs";
import { defined } from "../../../../modules/kernel/optional";
import { ROOT } from "../../../support/environments";
import { USE_CASES, UseCase } from "./use-cases";

/** What uses a key: never a confident answer that is wrong. What is not known is said to be so. */

function verdict({ agents, from, denied, calls }: UseCase): Verdict {
  const counted = agents.map((text) => {
    const [, n, value] = /^\[(\d+)\] (.*)$/.exec(text) ?? ["", "100", text];
    return { value: value!, count: Number(n) };
  });
  const events = counted.reduce((sum, { count }) => sum + count, 0);
  return classifyUse(
    {
      accessKeyId: "K",
      events,
      firstAt: "2026-11-01T00:00:00Z",
      lastAt: "2026-11-02T00:00:00Z",
      sourceAddresses: from.map((value) => ({ value, count: events })),
      userAgents: counted.sort((a, b) => b.count - a.count),
      services: [],
      lastEvents: [],
      ...defined({ denied, calls: calls?.map((value) => ({ value, count: 1 })) }),
    },
    { userName: "x", signsIn: false },
  );
}

test("there are at least sixty cases", () => expect(USE_CASES.length).toBeGreaterThanOrEqual(60));

test.each(USE_CASES)("$truth: $why", (one) => {
  const { kind, reason } = verdict(one);
  expect([one.truth, "in-use"]).toContain(kind);
  if (kind === "in-use") expect(reason).toContain("do not know");
  // How many calls, and how many were refused, is never cut.
  expect(reason).toMatch(/\d+ calls/);
  if (one.denied !== undefined) expect(reason).toContain(`${one.denied} refused`);
});

const usage = (agents: readonly (readonly [string, number])[], edit: Partial<KeyUsage> = {}): KeyUsage => ({
  accessKeyId: "K",
  events: agents.reduce((sum, [, n]) => sum + n, 0),
  firstAt: "2026-11-01T00:00:00Z",
  lastAt: "2026-11-02T00:00:00Z",
  sourceAddresses: [{ value: "203.0.113.9", count: 1 }],
  userAgents: agents.map(([value, count]) => ({ value, count })),
  services: [],
  lastEvents: [],
  ...edit,
});
const told = (of: KeyUsage): Verdict => classifyUse(of, { userName: "x", signsIn: false, askedCloudTrail: true });

test.each<readonly [string, KeyUsage]>([
  [
    "one of CI beside a hundred",
    usage([
      ["github-actions", 1],
      ["Boto3/1.34", 100],
    ]),
  ],
  [
    "one of CI beside thousands, and just too few of a person",
    usage([
      ["github-actions", 1],
      ["aws-cli os/macos", 999],
      ["Boto3/1.34", 9000],
    ]),
  ],
  [
    "a fifth of CI",
    usage([
      ["gitlab-runner", 20],
      ["aws-sdk-java/2", 80],
    ]),
  ],
  ["one of CI, and calls without an agent", usage([["gitlab-runner", 1]], { events: 500 })],
  [
    "one of Lambda beside a hundred",
    usage([
      ["Boto3 exec-env/AWS_Lambda_python3.12", 1],
      ["Boto3/1.34", 100],
    ]),
  ],
  ["a person, and mostly calls without an agent", usage([["aws-cli os/macos", 100]], { events: 500 })],
  ["calls without any agent", usage([], { events: 5 })],
  [
    "calls without any agent from a private address",
    usage([], { events: 5, sourceAddresses: [{ value: "10.1.2.3", count: 5 }] }),
  ],
])("what a few calls tell is not said of the many that do not: %s", (_, of) => {
  expect(told(of)).toMatchObject({ kind: "in-use", reason: expect.stringContaining("do not know") });
});

test("how many addresses there are is never cut, from logs or from the event history", () => {
  const occurrences = (n: number) => ({
    top: Array.from({ length: Math.min(n, 10) }, (_, i) => ({ value: `203.0.113.${i}`, count: 3, last: "" })),
    others: Math.max(0, n - 10) * 3,
  });
  const none = occurrences(0);
  const logged = (n: number): KeyUsage =>
    usageFromLogs([
      {
        ...{ accessKeyId: "K", events: n * 3, denied: 0, firstEvent: "", lastEvent: "", lastEvents: [] },
        ...{
          sourceAddresses: occurrences(n),
          userAgents: none,
          services: none,
          regions: none,
          calls: none,
          suspects: [],
        },
      },
    ]).get("K")!;
  const lookedUp = (n: number): KeyUsage => {
    const events = new EventsByKey();
    for (let i = 0; i < n; i++)
      events.add({
        accessKeyId: "K",
        at: "2026-11-01T00:00:00Z",
        service: "s3",
        name: "x",
        sourceAddress: `203.0.113.${i}`,
      });
    return events.build().get("K")!;
  };
  for (const of of [logged, lookedUp]) {
    expect(told(of(10)).reason).toContain("and 8 more");
    expect(told(of(11)).reason).toContain("and at least 9 more");
    expect(told(of(200)).reason).toContain("and at least 9 more");
    expect(of(200).sourceAddresses).toHaveLength(10);
  }
  expect(logged(200).otherAddressCalls).toBe(570);
  expect(lookedUp(200).otherAddressCalls).toBe(190);
});

test("docs/inventory.md has the table of what is taken for what (UPDATE_DOCS=1 writes it)", () => {
  const kinds = ["aws-compute", "ci", "person", "external-workload", "mixed", "stolen"] as const;
  const said = [...kinds, "in-use"] as const;
  const rows = kinds.map((truth) => {
    const of = USE_CASES.filter((one) => one.truth === truth).map((one) => verdict(one).kind);
    return `| ${truth} | ${said.map((kind) => of.filter((one) => one === kind).length || "").join(" | ")} |`;
  });
  const table = [
    `| it is | ${said.map((kind) => (kind === "in-use" ? "do not know" : kind)).join(" | ")} |`,
    `|---|${said.map(() => "---|").join("")}`,
    ...rows,
  ].join("\n");
  const file = join(ROOT, "docs/inventory.md");
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split("<!-- uses -->\n");
  const after = rest!.split("<!-- /uses -->")[1]!;
  const wanted = `${before}<!-- uses -->\n${table}\n<!-- /uses -->${after}`;
  if (process.env["UPDATE_DOCS"]) writeFileSync(file, wanted);
  const plain = (of: string): string =>
    of.replace(/ +/g, " ").replace(/-+\|/g, "-|").replace(/\| -/g, "|-").replace(/- \|/g, "-|");
  expect(plain(text)).toBe(plain(wanted));
});
