import type { ImpactCall, ImpactReport, Sum } from "../modules/evidence/impact/types";
import { isCovered, isNotKnown, wouldBeDenied } from "../modules/evidence/impact/report";
import { renderEvidence, shortList } from "./evidence";
import { heading, paint, table, untrusted } from "./output";
import { moreLine } from "../modules/kernel/words";

const SHOWN = 40;

/** An impact report for people. */
export function renderImpact(report: ImpactReport, all: boolean): string {
  const { guardrails, calls } = report;
  const sum = ({ principals, calls: n }: Sum): string => (n === 0 ? "-" : `${n} by ${principals}`);
  const lines = [
    `${heading(report.environment)}  guardrails as of ${report.at}${report.since === undefined ? "" : `, events since ${report.since}`}`,
    "",
    ...renderEvidence(report),
    "",
  ];
  if (guardrails.length === 0)
    return [...lines, "No guardrail is in the rollout. Name one: --guardrail deny-access-key-creation."].join("\n");
  lines.push(
    table(
      ["guardrail", "accounts", "would be denied", "covered", "not known", "allowed", "refused already"],
      guardrails.map((g) => [
        g.id,
        `${g.accounts} (${g.enforced} enforced)`,
        sum(g.denied),
        sum(g.covered),
        sum(g.unknown),
        String(g.allowed),
        String(g.refused),
      ]),
    ),
  );
  lines.push(...section("Would be denied", calls.filter(wouldBeDenied), all));
  lines.push(...section("Not known: the events do not tell what decides", calls.filter(isNotKnown), all));
  lines.push(...section("Covered by an exception", calls.filter(isCovered), all));
  if (all) {
    lines.push(
      ...section(
        "Allowed",
        calls.filter((call) => call.decision === "allowed" && call.calls > 0),
        all,
      ),
    );
    lines.push(
      ...section(
        "Refused already",
        calls.filter((call) => call.refused > 0),
        all,
      ),
    );
  }
  if (report.suggestedExceptions !== undefined) {
    lines.push(
      "",
      heading("Exceptions that would let these through"),
      paint.dim("Better than an exception is a role without long-term credentials. For baseline.yaml:"),
      report.suggestedExceptions.trimEnd(),
    );
  }
  return lines.join("\n");
}

function section(title: string, calls: readonly ImpactCall[], all: boolean): readonly string[] {
  if (calls.length === 0) return [];
  const shown = all ? calls : calls.slice(0, SHOWN);
  return [
    "",
    heading(title),
    table(
      ["principal", "call", "times", "last", "account", "guardrail", "why", "from"],
      shown.map((call) => [
        untrusted(call.principal, 90),
        untrusted(call.action, 60),
        `${call.calls}${call.failed > 0 ? ` (${call.failed} failed)` : ""}${call.refused > 0 ? ` + ${call.refused} refused` : ""}`,
        call.last,
        untrusted(call.account.name, 40),
        call.guardrail,
        shortList(call.coveredBy.length > 0 ? call.coveredBy : call.because, 3),
        shortList(
          call.sourceAddresses.top.map(({ value }) => value),
          2,
        ),
      ]),
    ),
    ...moreLine(calls.length - shown.length, "", ": --all shows them"),
  ];
}
