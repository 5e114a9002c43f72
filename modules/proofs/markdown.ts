import { cellText, matrix } from "./matrix";
import { counterexampleText } from "./problems";
import { PROOFS, ProofReport } from "./types";

/** A report as Markdown, as it is printed with `--markdown`. */
export function proofMarkdown(report: ProofReport): string {
  const { principals, chains } = matrix(report);
  const accounts = report.chains.reduce((sum, chain) => sum + chain.accounts, 0);
  const heads = PROOFS.map((proof) => proof.title);
  const open = report.counterexamples.filter((one) => !one.accepted);
  const accepted = report.counterexamples.filter((one) => one.accepted);
  return [
    `## Proofs of \`${report.environment}\``,
    "",
    `${report.questions.toLocaleString("en-US")} requests in ${chains.length} distinct chains of SCPs, which bind ${accounts} accounts. ${open.length === 0 ? "Every proof holds" : `**${open.length} counterexample${open.length === 1 ? "" : "s"}**`}${accepted.length > 0 ? `, ${accepted.length} accepted` : ""}.`,
    "",
    ...PROOFS.map((proof) => `- *${proof.title}*: ${proof.says}.`),
    "",
    ...table(
      ["principal", ...heads],
      principals.map((row) => [row.title, ...row.cells.map(cellText)]),
    ),
    "",
    ...table(
      ["where", "accounts", "SCPs and RCPs", "guardrails enforced", "claims", ...heads],
      chains.map((row) => [
        row.name,
        String(row.accounts),
        [...row.scps, ...row.rcps].map((name) => `\`${name}\``).join(", ") || "none bind",
        String(row.enforced),
        row.claims,
        ...row.cells.map(cellText),
      ]),
    ),
    "",
    LEGEND,
    ...(open.length > 0
      ? ["", "### Counterexamples", "", ...open.map((one) => `- \`${one.id}\`: ${text(counterexampleText(one))}`)]
      : []),
    ...(accepted.length > 0
      ? [
          "",
          "### Accepted, not proven",
          "",
          ...accepted.map(
            (one) =>
              `- \`${one.id}\` (${text(one.accepted!.owner)}: ${text(one.accepted!.reason)}): ${text(counterexampleText(one))}`,
          ),
        ]
      : []),
    "",
  ].join("\n");
}

/** What the words in the cells mean. */
export const LEGEND =
  "`proven 11/13`: holds in 11 accounts of the 13 that it could be claimed for. `not claimed`: no guardrail that says so is enforced. `claims`: how many guardrails of those that No mint asks about are enforced; of the others it says nothing. `not bound`: SCPs do not bind the management account. `-`: not asked of this principal.";

function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(" | ")} |`;
  return [line(heading), `|${heading.map(() => "---|").join("")}`, ...rows.map(line)];
}

/** Names come from other people's accounts. */
function text(value: string): string {
  return value.replace(/[|<>]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\r\n]+/g, " ");
}
