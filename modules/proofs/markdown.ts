import { causesOf } from "./causes";
import { askedSets, cellText, legend, matrix } from "./matrix";
import { counterexampleText } from "./problems";
import { proofsOf, ProofReport } from "./types";
import { unique } from "../kernel/lists";
import { count, moreLine } from "../kernel/words";

/** A report as Markdown, as it is printed with `--markdown`. */
export function proofMarkdown(report: ProofReport): string {
  const all = matrix(report);
  const { principals, chains } = all;
  const accounts = report.chains.reduce((sum, chain) => sum + chain.accounts, 0);
  const heads = proofsOf(report).map((proof) => proof.title);
  const open = report.counterexamples.filter((one) => !one.accepted);
  const accepted = report.counterexamples.filter((one) => one.accepted);
  return [
    `## Proofs of \`${report.environment}\``,
    "",
    `${report.questions.toLocaleString("en-US")} sets of requests in ${chains.length} distinct chains of SCPs, which bind ${accounts} accounts. ${open.length === 0 ? "Every proof holds" : `**${count(open.length, "counterexample")}**`}${accepted.length > 0 ? `, ${accepted.length} accepted` : ""}.`,
    "",
    ...proofsOf(report).map((proof) => `- *${proof.title}*: ${proof.says}.`),
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
        [...row.scps, ...row.rcps].map(code).join(", ") || "none bind",
        String(row.enforced),
        row.claims,
        ...row.cells.map(cellText),
      ]),
    ),
    "",
    legend(all, "below"),
    ...(open.length > 0
      ? [
          "",
          "### Counterexamples",
          ...causesOf(open).flatMap((cause) => [
            "",
            `${text(cause.title)}:`,
            "",
            ...cause.counterexamples.map((one) => `- ${code(one.id)}: ${text(counterexampleText(one))}`),
          ]),
        ]
      : []),
    ...(accepted.length > 0
      ? [
          "",
          "### Accepted, not proven",
          "",
          ...accepted.map(
            (one) =>
              `- ${code(one.id)} (${text(one.accepted!.owner)}: ${text(one.accepted!.reason)}): ${text(counterexampleText(one))}`,
          ),
        ]
      : []),
    ...couldBecome(report),
    "",
    "### What was asked",
    "",
    "Each set was decided as a whole, for every account with a chain of its own; accounts and the names are examples from this environment.",
    "",
    ...table(
      ["principal", "proof", "set of requests"],
      askedSets(report).map(({ principal, proof, sets }) => [principal, proof, summed(sets)]),
    ),
    "",
  ].join("\n");
}

/** Bounded is not harmless: for each role one request for everything that it could still do. */
function couldBecome({ reaches = [] }: ProofReport): readonly string[] {
  if (reaches.length === 0) return [];
  return [
    "",
    "### What the pipeline's roles could still do",
    "",
    "In the management account, where no SCP binds. Each line is a way that is known and a request that the evaluator lets through; a way that nobody has thought of is not here.",
    "",
    ...table(
      ["role", "whoever controls it could", "for instance"],
      reaches.map(({ role, what, witness }) => [role, what, `\`${witness.action}\` on \`${witness.resource}\``]),
    ),
  ];
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(" | ")} |`;
  return [line(heading), `|${heading.map(() => "---|").join("")}`, ...rows.map(line)];
}

/** Names come from other people's accounts: none is a link, an image, a mention or a cell of its own. */
function text(value: string): string {
  return (
    value
      .replace(/[|<>[\]]/g, (character) => `&#${character.charCodeAt(0)};`)
      // GitHub looks for mentions in what is rendered: nothing but another character behind it helps.
      .replaceAll("@", "@&#8203;")
      .replace(/[\r\n\u0085\u2028\u2029]+/g, " ")
  );
}

/** A name in which nothing is Markdown. One in a table goes through `text`, too. */
function code(name: string): string {
  return `\`${name.replace(/[`\r\n\u0085\u2028\u2029]+/g, " ")}\``;
}

/** The first few sets, and how many more there are: the report as JSON has all. */
function summed(sets: readonly string[]): string {
  const shown = sets.slice(0, 8).map((set) => set.replace(/\d{12}/g, "<account>"));
  const distinct = unique(shown);
  return [...distinct, ...moreLine(sets.length - 8)].join("; ");
}
