import { SKIP_REASONS, SkipReason } from "../modules/evidence/cloudtrail/skipped";
import { NOT_BOUND, NotBound } from "../modules/evidence/impact/caller";
import type { ImpactReport } from "../modules/evidence/impact/types";
import { paint, untrusted } from "./output";
import { listed, moreLine } from "../modules/kernel/words";
import { count } from "../modules/kernel/words";

/** What was read and what was left out, in a few lines. */
export function renderEvidence({ read, evidence, notBound }: ImpactReport): readonly string[] {
  const { days, regions, silentAccounts } = evidence;
  const lines = [
    `${count(read.events, "event")} in ${filesText(read)} (${megabytes(read.bytes)})${evidence.first === undefined ? "" : `, ${evidence.first} to ${evidence.last ?? ""}`}: ${count(days.length, "day")}, ${count(regions.length, "region")}`,
  ];
  if (read.eventsBeforeSince > 0) lines.push(`${count(read.eventsBeforeSince, "event")} before --since left out`);
  if (silentAccounts.length > 0)
    lines.push(
      paint.yellow(
        `no event at all from ${count(silentAccounts.length, "account")}: ${shortList(silentAccounts.map(({ name }) => name))}`,
      ),
    );
  lines.push(...notReadLines(read));
  const nobody = Object.entries(notBound) as [NotBound, number][];
  if (nobody.length > 0)
    lines.push(`not asked: ${nobody.map(([reason, n]) => `${n} by ${NOT_BOUND[reason]}`).join("; ")}`);
  return lines;
}

/** What was left out of the logs, with the first files; nothing where all was read. What would have been in it is not known. */
export function notReadLines({
  skipped,
  problems,
}: Pick<ImpactReport["read"], "skipped" | "problems">): readonly string[] {
  const { selection = 0, ...left } = skipped;
  const reasons = Object.entries(left) as [SkipReason, number][];
  return [
    ...(selection > 0 ? [`${count(selection, "file")} with ${SKIP_REASONS.selection}`] : []),
    ...(reasons.length > 0
      ? [`not read: ${reasons.map(([reason, n]) => `${n} ${SKIP_REASONS[reason]}`).join(", ")}`]
      : []),
    ...problems
      .slice(0, 5)
      .map(({ file, problem }) => paint.yellow(`  ${untrusted(file, 200)}: ${untrusted(problem)}`)),
    ...moreLine(problems.length - 5, "  "),
  ];
}

export function shortList(names: readonly string[], most = 5): string {
  return listed(
    names.map((name) => untrusted(name)),
    most,
  );
}

/** Files, and answers of Athena, which count as files. */
function filesText({ files, queries = [] }: ImpactReport["read"]): string {
  const own = files - queries.length;
  return [
    ...(own > 0 || queries.length === 0 ? [count(own, "file")] : []),
    ...(queries.length > 0 ? [`${count(queries.length, "answer")} of Athena (${queries[0]!.table})`] : []),
  ].join(" and ");
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
