import { GuardrailException } from "../modules/sections/guardrails/resolve";
import { Cause, causesOf } from "../modules/proofs/causes";
import { cellText, legend, matrix, MatrixCell } from "../modules/proofs/matrix";
import { counterexampleText } from "../modules/proofs/problems";
import { proofsOf, ProofReport } from "../modules/proofs/types";
import { heading, paint, printable, table } from "./output";
import { KEYLESS } from "../modules/kernel/command";
import { moreLine } from "../modules/kernel/words";
import { count } from "../modules/kernel/words";

/** How many causes are printed, and how many counterexamples of each. */
const SHOWN = 12;
const OF_EACH = 3;

/** A report as text, readable at a glance: the two tables first, then what does not hold. */
export function renderProofs(report: ProofReport, expired: readonly GuardrailException[]): string {
  const all = matrix(report);
  const { principals, chains } = all;
  const accounts = report.chains.reduce((sum, chain) => sum + chain.accounts, 0);
  const heads = proofsOf(report).map((proof) => proof.title.toLowerCase());
  const open = report.counterexamples.filter((one) => !one.accepted);
  const accepted = report.counterexamples.filter((one) => one.accepted);
  const causes = causesOf(open);
  return [
    `${heading(report.environment)}  ${report.questions.toLocaleString("en-US")} sets of requests in ${count(chains.length, "distinct chain")} of SCPs, which bind ${count(accounts, "account")}`,
    "",
    ...proofsOf(report).map((proof) => `${paint.bold(proof.title)}: ${proof.says}`),
    "",
    table(
      ["principal", ...heads],
      principals.map((row) => [row.title, ...row.cells.map(painted)]),
    ),
    "",
    table(
      ["where", "accounts", "claims", ...heads],
      chains.map((row) => [row.name, String(row.accounts), row.claims, ...row.cells.map(painted)]),
    ),
    "",
    paint.dim(
      legend(all, `that ${KEYLESS} prove ${report.environment} --markdown lists under What was asked`).replaceAll(
        "`",
        "",
      ),
    ),
    ...section(
      "Counterexamples, by what decides",
      causes
        .slice(0, SHOWN)
        .flatMap((cause) => [
          `${paint.bold(printable(cause.title.replace(/\.$/, "")))}: ${count(cause.counterexamples.length, "counterexample")}`,
          ...cause.counterexamples
            .slice(0, OF_EACH)
            .map(
              (one) =>
                `  ${paint.red(one.decision === "unknown" ? "unknown" : "failed")} ${paint.bold(printable(one.id))}\n    ${printable(textUnder(cause, counterexampleText(one)))}`,
            ),
          ...moreLine(cause.counterexamples.length - OF_EACH, "  … "),
        ]),
    ),
    ...moreLine(causes.length - SHOWN, "… ", " causes"),
    ...(open.length > 0
      ? ["", paint.dim(`All of them: ${KEYLESS} prove ${report.environment} --json. What to do: ${KEYLESS} validate.`)]
      : []),
    ...section(
      "Accepted, not proven",
      accepted.map(
        (one) =>
          `${paint.yellow("accepted")} ${paint.bold(printable(one.id))}\n  ${printable(one.accepted!.owner)}: ${printable(one.accepted!.reason)}\n  ${printable(counterexampleText(one))}`,
      ),
    ),
    ...section(
      "Accepted, and no longer there",
      report.staleAcceptances.map(
        ({ what: id }) => `${paint.yellow("stale")} ${printable(id)}: take it out of proofs.accepted`,
      ),
    ),
    ...section(
      "Ended exceptions",
      expired.map(
        (one) =>
          `${paint.yellow("ended")} ${paint.bold(one.name)} ended on ${one.expires}: it no longer has effect, AWS denies again. Remove it (${printable(one.owner)}).`,
      ),
    ),
    "",
    open.length === 0
      ? paint.green("every proof holds") +
        (accepted.length > 0 ? `, but for ${count(accepted.length, "accepted counterexample")}` : "")
      : paint.red(`${count(open.length, "counterexample")}`),
  ].join("\n");
}

/** What the cause's title says is not said again. */
function textUnder({ title }: Cause, text: string): string {
  return text.startsWith(`${title} `) ? text.slice(title.length + 1) : text;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", heading(title), ...lines];
}

function painted(cell: MatrixCell): string {
  const text = cellText(cell);
  switch (cell.status) {
    case "proven":
      return paint.green(text);
    case "failed":
    case "unknown":
      return paint.red(text);
    case "accepted":
      return paint.yellow(text);
    default:
      return paint.dim(text);
  }
}
