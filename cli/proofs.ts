import { GuardrailException } from "../modules/sections/guardrails/resolve";
import { cellText, matrix, MatrixCell } from "../modules/proofs/matrix";
import { counterexampleText } from "../modules/proofs/problems";
import { PROOFS, ProofReport } from "../modules/proofs/types";
import { count, heading, paint, printable, table } from "./output";
import { KEYLESS } from "../modules/kernel/command";

/** How many counterexamples are printed in full. */
const SHOWN = 12;

/** A report as text, readable at a glance: the two tables first, then what does not hold. */
export function renderProofs(report: ProofReport, expired: readonly GuardrailException[]): string {
  const { principals, chains } = matrix(report);
  const accounts = report.chains.reduce((sum, chain) => sum + chain.accounts, 0);
  const heads = PROOFS.map((proof) => proof.title.toLowerCase());
  const open = report.counterexamples.filter((one) => !one.accepted);
  const accepted = report.counterexamples.filter((one) => one.accepted);
  return [
    `${heading(report.environment)}  ${report.questions.toLocaleString("en-US")} requests in ${count(chains.length, "distinct chain")} of SCPs, which bind ${count(accounts, "account")}`,
    "",
    ...PROOFS.map((proof) => `${paint.bold(proof.title)}: ${proof.says}`),
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
      "proven 11/13: holds in 11 accounts of the 13 that it could be claimed for. not claimed: no guardrail that says so is enforced.\nclaims: how many guardrails of those that no mint asks about are enforced there; of the others it says nothing.\nnot bound: SCPs do not bind the management account. -: not asked of this principal.",
    ),
    ...section(
      "Counterexamples",
      open
        .slice(0, SHOWN)
        .map(
          (one) =>
            `${paint.red(one.decision === "unknown" ? "unknown" : "failed")} ${paint.bold(printable(one.id))}\n  ${printable(counterexampleText(one))}`,
        ),
    ),
    ...(open.length > SHOWN
      ? [`… and ${open.length - SHOWN} more: ${KEYLESS} prove ${report.environment} --json`]
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
      report.staleAcceptances.map((id) => `${paint.yellow("stale")} ${printable(id)}: take it out of proofs.accepted`),
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
