import { KEYLESS } from "../modules/kernel/command";
import { count, moreLine, plural } from "../modules/kernel/words";
import type { Verification } from "../modules/live/verify/run";
import { groupClaims, placeText, sectionCounts } from "../modules/live/verify/summary";
import { paint, table, untrusted } from "./output";

/** Failed claims that the table names. */
const NAMED = 50;

/** What was seen in AWS, for a terminal: counts by section, and each claim that fails. */
export function renderVerification(verification: Verification, all: boolean): string {
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
  const things = groupClaims(claims).length;
  lines.push(
    "",
    failed.length === 0
      ? `${paint.green("as planned")}: all ${count(claims.length, "claim")} on ${count(things, "thing")} were seen in AWS`
      : `${paint.red("not as planned")}: ${count(failed.length, "claim")} of ${claims.length} ${plural(failed.length, "fails", "fail")}`,
  );
  return `${lines.join("\n")}\n`;
}
