import { SKIP_REASONS, SkipReason } from "../modules/evidence/cloudtrail/skipped";
import { NOT_BOUND, NotBound } from "../modules/evidence/impact/caller";
import type { ImpactReport } from "../modules/evidence/impact/types";
import { count, paint, untrusted } from "./output";

/** What was read and what was left out, in a few lines. */
export function renderEvidence({ read, evidence, notBound }: ImpactReport): readonly string[] {
  const { days, regions, silentAccounts } = evidence;
  const lines = [
    `${count(read.events, "event")} in ${count(read.files, "file")} (${megabytes(read.bytes)})${evidence.first === undefined ? "" : `, ${evidence.first} to ${evidence.last ?? ""}`}: ${count(days.length, "day")}, ${count(regions.length, "region")}`,
  ];
  if (read.eventsBeforeSince > 0) lines.push(`${count(read.eventsBeforeSince, "event")} before --since left out`);
  if (silentAccounts.length > 0)
    lines.push(
      paint.yellow(
        `no event at all from ${count(silentAccounts.length, "account")}: ${shortList(silentAccounts.map(({ name }) => name))}`,
      ),
    );
  const skipped = Object.entries(read.skipped) as [SkipReason, number][];
  if (skipped.length > 0)
    lines.push(`not read: ${skipped.map(([reason, n]) => `${n} ${SKIP_REASONS[reason]}`).join(", ")}`);
  for (const { file, problem } of read.problems.slice(0, 5))
    lines.push(paint.yellow(`  ${untrusted(file, 200)}: ${untrusted(problem)}`));
  if (read.problems.length > 5) lines.push(`  and ${read.problems.length - 5} more`);
  const nobody = Object.entries(notBound) as [NotBound, number][];
  if (nobody.length > 0)
    lines.push(`not asked: ${nobody.map(([reason, n]) => `${n} by ${NOT_BOUND[reason]}`).join("; ")}`);
  return lines;
}

export function shortList(names: readonly string[], most = 5): string {
  const shown = names
    .slice(0, most)
    .map((name) => untrusted(name))
    .join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
