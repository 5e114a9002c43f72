import type { Row } from "./canonical";

/**
 * What the answer of a query, a search or a listing says of itself: that it is not whole, or how many records there are. The members are those
 * of the AWS CLI (`NextToken`, `status` of `logs get-query-results`, `QueryStatus` of `cloudtrail get-query-results`), of Elastic's
 * searches (`timed_out`, `_shards`, `hits.total`) and of Splunk's exports (`preview`).
 */
export const ANSWER_MEMBERS = [
  "NextToken",
  "nextToken",
  "nextForwardToken",
  "statistics",
  "total",
  "status",
  "QueryStatus",
  "QueryStatistics",
  "timed_out",
  "_shards",
  "preview",
] as const;

/** States of a query of Logs Insights in which its answer is not whole. */
const NOT_COMPLETE = new Set(["Scheduled", "Running", "Failed", "Cancelled", "Timeout", "Unknown"]);

/** Why an answer is not whole, or does not say whether it is; nothing where it says nothing of the kind. */
export function unfinished(answer: Row): string | undefined {
  const text = (name: string): string => (typeof answer[name] === "string" ? answer[name] : "");
  if (text("NextToken") !== "" || text("nextToken") !== "") return "an answer with a next page";
  // It is there behind the last page, too.
  if (text("nextForwardToken") !== "") return "an answer of get-log-events, which does not say whether there is more";
  if (NOT_COMPLETE.has(text("status"))) return `an answer of a query with status ${text("status")}`;
  if (text("QueryStatus") !== "" && text("QueryStatus") !== "FINISHED")
    return "an answer of a query that had not finished";
  if (answer["timed_out"] === true) return "an answer of a search that was timed out";
  const failed = member(answer["_shards"], "failed");
  if (typeof failed === "number" && failed > 0) return "an answer of a search of which some shards failed";
  if (answer["preview"] === true) return "a preview of a search";
  if (member(answer["total"], "relation") === "gte") return "an answer of a search that stopped counting";
  return undefined;
}

/** How many records there are according to the answer; 0 where it does not say. */
export function announcedBy(answer: Row): number {
  const numbers = [
    answer["total"],
    member(answer["total"], "value"),
    member(answer["statistics"], "recordsMatched"),
    member(answer["QueryStatistics"], "TotalResultsCount"),
  ];
  return Math.max(0, ...numbers.filter((n) => typeof n === "number"));
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Row)[name] : undefined;
}
