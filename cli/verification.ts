import { KEYLESS } from "../modules/kernel/command";
import { count, moreLine, plural } from "../modules/kernel/words";
import type { FreshVerification } from "../modules/live/verify/run";
import { groupClaims, placeText, sectionCounts, sectionsText } from "../modules/live/verify/summary";
import { paint, table, untrusted } from "./output";

/** Failed claims that the table names. */
const NAMED = 50;

/** What was seen in AWS, for a terminal: counts by section, and each claim that fails. */
export function renderVerification(verification: FreshVerification, all: boolean): string {
  const { claims, environment, organizationId, from, to, calls } = verification;
  const failed = claims.filter((claim) => claim.verdict !== "seen");
  const number = (n: number): string => (n === 0 ? "" : String(n));
  const lines = [
    `${paint.bold(environment)}  ${organizationId}, read from AWS from ${from} to ${to} (${count(
      Object.values(calls).reduce((sum, n) => sum + n, 0),
      "call",
    )})`,
    "",
    table(
      ["section", "seen", "missing", "different", "not readable"],
      sectionCounts(claims).map(({ section, counts }) => [
        section,
        number(counts.seen),
        number(counts.missing),
        number(counts.different),
        number(counts["not-readable"]),
      ]),
    ),
  ];
  const shown = all ? claims : failed.slice(0, NAMED);
  if (shown.length > 0)
    lines.push(
      "",
      table(
        ["", "kind", "name", "where", "what"],
        shown.map((claim) => [
          claim.verdict.replace("-", " "),
          claim.kind,
          untrusted(claim.name),
          untrusted(placeText(claim)),
          untrusted(claim.details.length > 0 ? claim.details.join("; ") : claim.promise, 400),
        ]),
        [14, 22, 34, 34, 70],
      ),
    );
  if (!all) lines.push(...moreLine(failed.length - NAMED, "", `: ${KEYLESS} verify ${environment} --all, or --json`));
  lines.push("", verdictOf(verification, failed.length));
  return `${lines.join("\n")}\n`;
}

/** In one line, and of which sections: nobody looked at the others. */
function verdictOf(verification: FreshVerification, failed: number): string {
  const { claims, environment } = verification;
  const of = sectionsText(verification);
  if (claims.length === 0)
    return `${paint.red("nothing was looked at")}: ${environment} plans nothing ${of}, so nothing is known`;
  const things = groupClaims(claims).length;
  return failed === 0
    ? `${paint.green("as planned")}: all ${count(claims.length, "claim")} on ${count(things, "thing")} ${of} were seen in AWS`
    : `${paint.red("not as planned")}: ${count(failed, "claim")} of ${claims.length} ${plural(failed, "fails", "fail")} (${of})`;
}
