import type { EventPart } from "../event";
import type { Columns } from "./columns";
import { identifier, literal, where } from "./sql";

/**
 * A question to an engine of SQL. Its answer has a row for each group of events that are the same in all fields that matter, with how many there
 * are and when; of all other events it has the number. Rows are shown to the same reducers as events of files.
 */
export interface Question {
  /** For people. */
  readonly name: string;
  /** What the rows are good for. */
  readonly part: EventPart;
  /** Condition of the events that are shown one group at a time. More than are needed do no harm. */
  readonly chosen: (columns: Columns) => string;
  /**
   * Fields of the record by name in lower case, as expressions. Those of `requestparameters.`, `responseelements.` and `additionaleventdata.` are
   * JSON with CloudTrail's spelling behind the dot, `resources` is an ARN.
   */
  readonly fields: (columns: Columns) => Readonly<Record<string, string>>;
  /** Expressions by which groups are kept apart besides. @default - none */
  readonly apart?: (columns: Columns) => readonly string[];
  /** Whether every day of a group is asked for, or its latest times. */
  readonly times: "days" | "latest";
}

/** Where the events are. */
export interface Table {
  /** Catalog, database and table. */
  readonly path: readonly string[];
  readonly columns: Columns;
  /** Condition on partitions. @default - all are read */
  readonly partitions?: string;
}

/** The latest events of a group that are told one by one: as many as reports show. */
export const LATEST = 5;

/** What a row is. The names are those of reasons to skip, where it is no event that counts. */
export type RowKind = "event" | "rest" | "before" | "noTime" | "notAnEvent" | "insight";

export interface Query {
  readonly question: Question;
  readonly sql: string;
  /** Names of the fields, in the order of the columns behind the first four: first time, number, times, kind. */
  readonly fields: readonly string[];
}

/** Time of the event to the second, which can be compared with others as text. */
export const TIME = `substr("eventtime", 1, 19)`;
const TIME_FORM = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$";

/** The time that a condition compares with. */
export function timeLiteral(seconds: number): string {
  return literal(new Date(seconds * 1000).toISOString().slice(0, 19));
}

/** The query of a question. @param since events before it, seconds since 1970, are only counted */
export function queryOf(question: Question, table: Table, since: number | undefined): Query {
  const { columns } = table;
  const fields = Object.entries(question.fields(columns));
  const groups = [...fields.map(([, expression]) => expression), ...(question.apart?.(columns) ?? [])];
  const kinds = [
    ["insight", `"eventtype" = 'AwsCloudTrailInsight'`],
    ["notAnEvent", `"eventname" IS NULL OR "eventsource" IS NULL`],
    ["noTime", `NOT coalesce(regexp_like("eventtime", ${literal(TIME_FORM)}), false)`],
    ...(since === undefined ? [] : [["before", `${TIME} < ${timeLiteral(since)}`] as const]),
    ["event", question.chosen(columns)],
  ] as const satisfies readonly (readonly [RowKind, string])[];
  const kind = `CASE ${kinds
    .filter(([name]) => name !== "insight" || columns.isText("eventtype"))
    .map(([name, condition]) => `WHEN ${condition} THEN '${name}'`)
    .join("\n      ")}
      ELSE 'rest' END`;
  const names = groups.map((_, n) => `c${n}`);
  const times = question.times === "days" ? `array_sort(array_agg(DISTINCT substr(t, 1, 10)))` : `max(t, ${LATEST})`;
  const order = ["keyless_kind", ...names];
  const sql = `SELECT min(t) AS first_time, count(*) AS events, array_join(${times}, ' ') AS times, max(t) AS last_time, ${order.join(", ")}
FROM (
  SELECT keyless_kind, CASE WHEN keyless_kind IN ('event', 'rest') THEN ${TIME} END AS t${groups
    .map((expression, n) => `,\n    ${where("keyless_kind = 'event'", expression)} AS c${n}`)
    .join("")}
  FROM (
    SELECT *, ${kind} AS keyless_kind
    FROM ${table.path.map(identifier).join(".")}${table.partitions === undefined ? "" : `\n    WHERE ${table.partitions}`}
  )
)
GROUP BY ${order.join(", ")}
ORDER BY 1, ${order.join(", ")}`;
  return { question, sql, fields: fields.map(([name]) => name) };
}
