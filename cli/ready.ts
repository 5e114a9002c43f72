import type { ImpactReport } from "../modules/evidence/impact/types";
import type { Readiness, ReadyRow } from "../modules/evidence/impact/ready";
import { renderEvidence } from "./evidence";
import { count, heading, paint, table, untrusted } from "./output";

const NAMES_SHOWN = 10;

/** Readiness for people: the table first, then what stands in the way, by name. */
export function renderReady(result: Readiness, report: ImpactReport | undefined): string {
  const lines = [
    `${heading(result.environment)}  as of ${result.at}, ${count(result.daysWanted, "day")} of evidence wanted`,
    "",
  ];
  if (report) lines.push(...renderEvidence(report), "");
  if (result.rows.length === 0)
    return [...lines, "No guardrail is in mode observe there: nothing waits to be enforced."].join("\n");
  lines.push(
    table(
      ["guardrail", "OU", "accounts", "days", "may be enforced"],
      result.rows.map((row) => [
        row.guardrail,
        untrusted(row.organizationalUnit),
        String(row.accounts.length),
        String(row.days),
        row.ready ? paint.green("yes") : paint.red(`no: ${row.obstacles.map(({ code }) => code).join(", ")}`),
      ]),
    ),
  );
  for (const row of result.rows) if (row.obstacles.length > 0 || row.notes.length > 0) lines.push("", ...details(row));
  const waiting = result.rows.filter(({ ready }) => !ready).length;
  lines.push(
    "",
    waiting === 0
      ? paint.green("Ready: change mode: observe to mode: enforce in guardrails.rollout.")
      : paint.red(`Not ready: ${waiting} of ${result.rows.length}.`),
  );
  return lines.join("\n");
}

function details({ guardrail, organizationalUnit, obstacles, notes }: ReadyRow): readonly string[] {
  return [
    heading(`${guardrail} in ${untrusted(organizationalUnit)}`),
    ...obstacles.flatMap(({ code, message, names }) => [
      `  ${paint.red(code)} ${untrusted(message, 300)}`,
      ...names.slice(0, NAMES_SHOWN).map((name) => `    ${untrusted(name, 300)}`),
      ...(names.length > NAMES_SHOWN ? [`    and ${names.length - NAMES_SHOWN} more: --json names them`] : []),
    ]),
    ...notes.map((note) => `  ${paint.yellow("note")} ${untrusted(note, 300)}`),
  ];
}
