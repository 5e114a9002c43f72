import { count } from "../../kernel/words";
import type { Bound } from "./bound";
import { bytesText } from "./bytes";
import type { AthenaPlan } from "./engine";

/** What is about to be asked, for people. */
export function planLines(plan: AthenaPlan, region: string): readonly string[] {
  const { table, workGroup, queries, partitions, bound, limit, outputLocation, missing } = plan;
  return [
    `Athena: ${count(queries.length, "query", "queries")} over ${table} in workgroup ${workGroup} (${region}): ${queries.join(", ")}`,
    `  ${partitions}`,
    `  reads at most: ${boundText(bound, queries.length)}. AWS charges for what is read: https://aws.amazon.com/athena/pricing/`,
    limit === undefined
      ? "  the workgroup has no limit for one query"
      : `  the workgroup cancels a query at ${bytesText(limit)}`,
    `  results are written to ${outputLocation ?? "Athena's own storage"}`,
    ...(missing.length > 0 ? [`  the table does not have ${missing.join(", ")}: what rests on it is not known`] : []),
  ];
}

function boundText(bound: Bound, queries: number): string {
  if (bound.kind === "unknown")
    return `unknown, ${bound.why}${bound.bytes === undefined ? "" : `, ${bytesText(bound.bytes)} so far`}`;
  const all = queries === 1 ? "" : ` by each query, ${bytesText(bound.bytes * queries)} in all`;
  return `${bytesText(bound.bytes)} in ${count(bound.objects, "object")}${all}`;
}
