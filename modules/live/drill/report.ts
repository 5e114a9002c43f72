import { listed } from "../../kernel/words";
import type { DrillRecord, Outcome } from "./types";

/** One table of a report: the same for Markdown and HTML. */
interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SAID: Readonly<Record<Outcome, string>> = { passed: "passed", failed: "FAILED", unknown: "unknown" };

/** In one sentence: what the drill shows, and what it does not. */
export function drillVerdict(record: DrillRecord): string {
  const { accounts, refusals, alarms, outcome, role, user } = record;
  const into = accounts.filter((one) => one.outcome === "passed").length;
  const open = [...refusals, ...alarms].filter((one) => one.outcome !== "passed").length;
  return outcome === "passed"
    ? `Passed: ${user.name} got into all ${accounts.length} accounts as ${role}, nobody else of those asked did, and the alarms came.`
    : `${outcome === "failed" ? "Failed" : "Not decided"}: ${user.name} got into ${into} of ${accounts.length} accounts as ${role}; ${open} of ${refusals.length + alarms.length} other questions are not answered as they should be.`;
}

function tables({ accounts, refusals, alarms }: DrillRecord): readonly Table[] {
  // The same question is judged in every account: one row for those that have the same answer.
  const groups = new Map<string, { row: readonly string[]; accounts: string[] }>();
  for (const { question, how, outcome, details, accountId } of refusals) {
    const key = JSON.stringify([question, how, outcome, details]);
    const group = groups.get(key) ?? { row: [SAID[outcome], question, how, details.join("; ")], accounts: [] };
    group.accounts.push(accountId);
    groups.set(key, group);
  }
  return [
    {
      title: "Accounts",
      head: ["", "account", "at", "what happened", "what to do"],
      rows: accounts.map((one) => [
        SAID[one.outcome],
        `${one.accountName} (${one.accountId})`,
        one.at,
        one.details.join("; ") || "role assumed, identity read",
        one.fix ?? "",
      ]),
    },
    {
      title: "Who must not get in",
      head: ["", "who", "how it is known", "accounts", "what"],
      rows: [...groups.values()].map(
        ({ row: [outcome = "", question = "", how = "", details = ""], accounts: where }) => [
          outcome,
          question,
          how,
          where.length === 1 ? where[0]! : `${where.length}: ${listed(where, 3)}`,
          details,
        ],
      ),
    },
    {
      title: "Alarms",
      head: ["", "what", "after", "details"],
      rows: alarms.map((one) => [
        SAID[one.outcome],
        one.what,
        one.delaySeconds === undefined ? "" : `${one.delaySeconds} s`,
        one.details.join("; "),
      ]),
    },
  ];
}

function facts(record: DrillRecord): readonly (readonly [string, string])[] {
  return [
    ["environment", `${record.environment} (${record.organizationId})`],
    ["who", `${record.user.name}, held by ${record.user.holder}`],
    ["when", `${record.from} to ${record.to}`],
    ["next by", record.nextBy],
  ];
}

/** For a pull request and for reading on GitHub. */
export function drillMarkdown(record: DrillRecord): string {
  const cell = (text: string): string =>
    text.replace(/[\\|<>`*_[\]@#]/g, (character) => `\\${character}`).replace(/\s+/g, " ");
  return [
    `# Break-glass drill of ${cell(record.environment)}, ${record.from.slice(0, 10)}`,
    "",
    cell(drillVerdict(record)),
    "",
    ...facts(record).map(([name, value]) => `- ${name}: ${cell(value)}`),
    ...tables(record).flatMap(({ title, head, rows }) => [
      "",
      `## ${title}`,
      "",
      `| ${head.join(" | ")} |`,
      `|${head.map(() => "---").join("|")}|`,
      ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    ]),
    "",
  ].join("\n");
}

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}" +
  "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}" +
  ".passed{color:#116329}.FAILED{color:#a40e26;font-weight:600}.unknown{color:#7d4e00;font-weight:600}" +
  "@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}.passed{color:#57ab5a}.FAILED{color:#ff7b72}.unknown{color:#d4a72c}}";

/** One file that needs no network and runs no script. */
export function drillHtml(record: DrillRecord): string {
  const html = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const title = `Break-glass drill of ${html(record.environment)}, ${record.from.slice(0, 10)}`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>`,
    `<p>${html(drillVerdict(record))}</p>`,
    `<table><tbody>${facts(record)
      .map(([name, value]) => `<tr><th scope="row">${name}</th><td>${html(value)}</td></tr>`)
      .join("")}</tbody></table>`,
    ...tables(record).map(
      (table) =>
        `<h2>${table.title}</h2><table><thead><tr>${table.head.map((one) => `<th scope="col">${one || "result"}</th>`).join("")}</tr></thead><tbody>${table.rows
          .map(
            (row) =>
              `<tr>${row.map((one, index) => (index === 0 ? `<td class="${html(one)}">${html(one)}</td>` : `<td>${html(one)}</td>`)).join("")}</tr>`,
          )
          .join("")}</tbody></table>`,
    ),
    "</main></body></html>",
    "",
  ].join("\n");
}
