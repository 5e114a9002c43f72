import { createHash } from "node:crypto";
import { Script } from "node:vm";
import fc from "fast-check";
import { renderInventory } from "../../../../cli/inventory/render";
import { assess } from "../../../../modules/evidence/inventory/assess";
import { parseCsv } from "../../../../modules/evidence/inventory/credential-report";
import { cell, inventoryCsv } from "../../../../modules/evidence/inventory/csv";
import { inventoryHtml } from "../../../../modules/evidence/inventory/html/report";
import { SCRIPT } from "../../../../modules/evidence/inventory/html/page-script";
import { summarize } from "../../../../modules/evidence/inventory/summary";
import type { Inventory } from "../../../../modules/evidence/inventory/types";
import { account, CONTEXT, key, MEMBER, NOW, user, ago } from "./fixture";

/** Names and user agents as somebody who wants to be executed would choose them. IAM would refuse some; the report must not rely on that. */
const HOSTILE = [
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "<!--<script>",
  '=HYPERLINK("http://x","y")',
  "+1+1|cmd",
  "-2+3",
  "@SUM(A1)",
  "\t=1+1",
  "\u001b[31mred\u001b[0m\u001b]0;title\u0007",
  "\u009b31m",
  "\u202efdp.exe",
  "line\r\nbreak",
  "\u2028\u2029",
  "日本語 🔑",
];

function hostile(texts: readonly string[]): Inventory {
  const users = texts.map((text, n) =>
    user(text, [key(`AKIA${String(n).padStart(16, "0")}`, 500, 1)], { owner: text }),
  );
  const usage = new Map(
    users.map((one) => [
      one.accessKeys[0]!.id,
      {
        accessKeyId: one.accessKeys[0]!.id,
        events: 3,
        firstAt: ago(9),
        lastAt: ago(1),
        sourceAddresses: [{ value: one.name, count: 3 }],
        userAgents: [{ value: one.name, count: 3 }],
        services: [{ value: one.name, count: 3 }],
        lastEvents: [{ at: ago(1), service: one.name, name: one.name, errorCode: one.name }],
      },
    ]),
  );
  const failed = account([], "111111111111", {
    status: "failed",
    problems: texts.map((message) => ({ code: "INVENTORY-FAILED" as const, what: "iam:ListUsers", message })),
  });
  return assess([account(users, MEMBER), failed], CONTEXT, usage, NOW);
}

describe("the report", () => {
  const html = inventoryHtml(hostile(HOSTILE), []);
  const scripts = [...html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];

  test("has exactly two scripts: its data and its own, whose hash the policy names", () => {
    expect(scripts.map((match) => match[1])).toEqual([' id="data" type="application/json"', ""]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toContain(`'sha256-${createHash("sha256").update(scripts[1]![2]!).digest("base64")}'`);
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
    expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  test("names nothing outside itself", () => {
    expect(inventoryHtml(hostile(["plain"]), []).replace(/<script id="data"[\s\S]*?<\/script>/, "")).not.toMatch(
      /\b(src|href)=|url\(|@import|fetch\(|XMLHttpRequest/,
    );
  });

  test("its script parses, and makes elements by text only", () => {
    expect(() => new Script(SCRIPT)).not.toThrow();
    expect(SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(/);
  });

  test("no text of others' is markup: outside the data every one of them is escaped", () => {
    const markup = html.replace(/<script[\s\S]*?<\/script>/g, "");
    expect(markup).not.toMatch(/<img|<svg onload|<!--/);
    expect(markup).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(html).not.toMatch(/[\u001b\u009b\u202e\u2028\u2029]/);
  });

  test("its data comes back as it went in, for any text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...HOSTILE)), { minLength: 1, maxLength: 5 }),
        (texts) => {
          const page = inventoryHtml(hostile(texts), []);
          const found = [...page.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
          const data = JSON.parse(found[0]![2]!) as { rows: unknown[] };
          return found.length === 2 && data.rows.length === texts.length && (page.match(/<script/g) ?? []).length === 2;
        },
      ),
      { numRuns: 60 },
    );
  });

  test("shows progress when earlier inventories are given, of this environment only", () => {
    const now = hostile(["a"]);
    const before = { ...hostile(["a", "b"]), generatedAt: "2026-10-01T00:00:00Z" };
    expect(inventoryHtml(now, [before])).toContain(
      'aria-label="Active access keys from 2 on 2026-10-01 to 1 on 2026-11-24',
    );
    expect(inventoryHtml(now, [{ ...before, environment: "other" }])).toContain("One inventory so far");
  });

  test("an empty inventory is a report, too", () =>
    expect(inventoryHtml(assess([], CONTEXT, new Map(), NOW), [])).toContain("No long-term credential was found"));

  test("the same inventory gives the same bytes", () => expect(inventoryHtml(hostile(HOSTILE), [])).toBe(html));
});

describe("CSV", () => {
  test("no cell is a formula, for any text", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom(...HOSTILE)),
        (text) => !/^"?\s*[=+\-@|%\t\r]/.test(cell(text)),
      ),
    );
  });

  test("has one row for each credential, whatever the names hold", () => {
    const rows = parseCsv(inventoryCsv(hostile(HOSTILE)));
    expect(rows).toHaveLength(HOSTILE.length + 1);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([rows[0]!.length]));
    expect(rows.map((row) => row[3])).toContain('\'=HYPERLINK("http://x","y")');
  });
});

test("the table lets no control character through to the terminal", () => {
  const inventory = hostile(HOSTILE);
  const text = renderInventory(inventory, summarize(inventory)).replace(/\u001b\[\d+m/g, "");

  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  expect(text).toContain("�[31mred");
});

test("the table is cut where asked, and says so", () => {
  const inventory = hostile(HOSTILE);
  expect(renderInventory(inventory, summarize(inventory), { maxRows: 3 })).toContain(
    `… and ${HOSTILE.length - 3} more`,
  );
});
