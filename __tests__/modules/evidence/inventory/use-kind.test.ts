import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { classifyUse } from "../../../../modules/evidence/inventory/use-kind";
import type { Verdict } from "../../../../modules/evidence/inventory/types";
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
