import type { ImpactReport } from "../modules/evidence/impact/types";
import type { Readiness, ReadyRow } from "../modules/evidence/impact/ready";
import { renderEvidence } from "./evidence";
import { heading, paint, table, untrusted } from "./output";
import { moreLine } from "../modules/kernel/words";
import { count } from "../modules/kernel/words";

const NAMES_SHOWN = 10;

/** Readiness for people: the table first, then what stands in the way, by name. */
export function renderReady(result: Readiness, report: ImpactReport | undefined): string {
  const lines = [
    `${heading(result.environment)}  as of ${result.at}, ${count(result.daysWanted, "day")} of evidence wanted`,
    "",
  ];
  if (report) lines.push(...renderEvidence(report));
  if (result.quietRegions.length > 0)
    lines.push(`accepted, not seen: nothing runs in ${result.quietRegions.join(", ")} (--quiet-region)`);
  if (result.wholeAnswers > 0)
    lines.push(
      `accepted, not seen: answers of queries (${count(result.wholeAnswers, "file")}) leave out no event (--whole-answers)`,
    );
  if (report) lines.push("");
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
  for (const row of result.rows) lines.push("", ...details(row));
  const waiting = result.rows.filter(({ ready }) => !ready).length;
  lines.push(
    "",
    waiting === 0
      ? paint.green("Ready: change mode: observe to mode: enforce in guardrails.rollout.")
      : paint.red(`Not ready: ${waiting} of ${result.rows.length}.`),
  );
  return lines.join("\n");
}

function details(row: ReadyRow): readonly string[] {
  const { guardrail, organizationalUnit, ready, obstacles, notes } = row;
  return [
    heading(`${guardrail} in ${untrusted(organizationalUnit)}`),
    ...obstacles.flatMap(({ code, message, names }) => [
      `  ${paint.red(code)} ${untrusted(message, 300)}`,
      ...names.slice(0, NAMES_SHOWN).map((name) => `    ${untrusted(name, 300)}`),
      ...moreLine(names.length - NAMES_SHOWN, "    ", ": --json names them"),
    ]),
    ...(ready ? restsOn(row) : []),
    ...notes.map((note) => `  ${paint.yellow("note")} ${untrusted(note, 300)}`),
  ];
}

/** What a yes rests on, by account and region. */
function restsOn({ evidence, accounts }: ReadyRow): readonly string[] {
  const name = new Map(accounts.map((account) => [account.id, account.name]));
  const places = evidence.map(
    ({ accountId, region, days, events, digests, first = "", last = "" }) =>
      `    ${untrusted(name.get(accountId) ?? accountId)} ${region}: ${count(days.length, "day")}, ${first.slice(0, 10)} to ${last.slice(0, 10)}, ${count(events, "event")}${digests > 0 ? ` and ${count(digests, "digest")}` : ""}`,
  );
  return [
    "  Rests on these logs, in which no call would be denied or is not known:",
    ...places.slice(0, NAMES_SHOWN),
    ...moreLine(places.length - NAMES_SHOWN, "    ", ": --json names them"),
  ];
}
