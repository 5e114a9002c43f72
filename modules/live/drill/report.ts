import { listed } from "../../kernel/words";
import { escapeHtml } from "../../page/escape";
import { htmlPage } from "../../page/shell";
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
    ? `Passed: ${user.name} got into all ${accounts.length} accounts ${accountsFrom(record)} as ${role}, nobody else of those asked did, CloudTrail shows the calls, and the mail of the alarm was reported to have arrived.`
    : `${outcome === "failed" ? "Failed" : "Not decided"}: ${user.name} got into ${into} of ${accounts.length} accounts ${accountsFrom(record)} as ${role}; ${open} of ${refusals.length + alarms.length} other questions are not answered as they should be.`;
}

/** What the list has beside the accounts that were tried. One of them that it lacks is no matter: nobody gets into that. */
const LISTED = {
  passed: "no other active one",
  failed: "others",
  unknown: "some of which nobody knows whether they are active",
} as const;

/** How it is known which accounts there are. */
function accountsFrom({ accountList }: DrillRecord): string {
  const from =
    accountList?.factsOf === undefined ? "from facts whose date is not known" : `from facts of ${accountList.factsOf}`;
  if (accountList?.listedAt === undefined) return `(${from}; AWS was not asked whether there are others)`;
  return `(${from}; at ${accountList.listedAt} AWS listed ${LISTED[accountList.outcome]})`;
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
    ["who", `${record.user.name}, kept by ${record.user.holder}`],
    ["when", `${record.from} to ${record.to}`],
    [
      "accounts",
      `${record.accounts.length} ${accountsFrom(record)}${(record.accountList?.details ?? []).map((one) => `; ${one}`).join("")}`,
    ],
    ["next by", record.nextBy],
  ];
}

/** For a pull request and for reading on GitHub. */
export function drillMarkdown(record: DrillRecord): string {
  const cell = (text: string): string =>
    text
      .replace(/[\\|<>`*_[\]#]/g, (character) => `\\${character}`)
      // GitHub looks for mentions in what is rendered.
      .replaceAll("@", "@&#8203;")
      .replace(/\s+/g, " ");
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

/** One file that needs no network and runs no script. */
export function drillHtml(record: DrillRecord): string {
  const title = `Break-glass drill of ${record.environment}, ${record.from.slice(0, 10)}`;
  const tone = { passed: "yes", failed: "no", unknown: "open" }[record.outcome];
  const cell = (text: string, index: number): string =>
    index === 0
      ? `<td><span class="outcome o-${text.toLowerCase().replace(/[^a-z]/g, "")}">${escapeHtml(text)}</span></td>`
      : `<td>${escapeHtml(text)}</td>`;
  const section = ({ title: heading, head, rows }: Table): string =>
    `<section class="panel"><h2>${heading}</h2>${
      rows.length === 0
        ? "<p>Nothing was asked: this part shows nothing.</p>"
        : `<div class="scroll" tabindex="0" role="region" aria-label="${heading}"><table><thead><tr>${head
            .map((one) => `<th scope="col">${one || "result"}</th>`)
            .join(
              "",
            )}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("")}</tbody></table></div>`
    }</section>`;
  return htmlPage({
    title,
    body: `<header>
<h1>${escapeHtml(title)}</h1>
<p class="verdict ${tone}">${escapeHtml(drillVerdict(record))}</p>
<p class="dim small">What was tried was seen in AWS at the time that its row names; what was judged, nobody tried: each row says which.</p>
</header>
<main>
<section class="panel"><h2>The drill</h2><dl>${facts(record)
      .map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`)
      .join("")}</dl></section>
${tables(record).map(section).join("\n")}
</main>`,
  });
}
