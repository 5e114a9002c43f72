import { BaselineError } from "../../kernel/errors";
import { defined } from "../../kernel/optional";
import { allOf, anyOf, identifier, literal, oneOf } from "../cloudtrail/questions/sql";
import type { AthenaTable } from "./table";

/** Which partitions of a table are read, and where their objects are. */
export interface PartitionPlan {
  /** Condition of SQL. @default - all of the table is read */
  readonly condition?: string;
  /** For people: what is left out by it, or why nothing is. */
  readonly said: string;
  /** Where the objects are that are read. Absent: `unknown` says why. */
  readonly objects?: readonly ObjectRange[];
  readonly unknown?: string;
}

/** Objects of a bucket below a prefix, those up to a key left out. */
export interface ObjectRange {
  readonly bucket: string;
  readonly prefix: string;
  readonly after?: string;
}

/** What is known besides the table. */
export interface Surroundings {
  /** Seconds since 1970. @default - all is read */
  readonly since?: number;
  /** Of the organization, for partitions whose values have to be given. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

type Role = "account" | "region" | "date" | "year" | "month" | "day" | "other";

/** Athena takes so many values of a partition whose values the query has to give: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html#partition-projection-injected-type */
const MOST_INJECTED = 1000;
/** Folders that are listed at most. */
const MOST_RANGES = 2000;

/**
 * Decides which partitions are read. What a partition means is told by its place in the template of locations, or by its type; only for tables without
 * projection do `year`, `month` and `day` go by their names, as AWS's documentation has them.
 */
export function partitionPlan(table: AthenaTable, around: Surroundings): PartitionPlan {
  const roles = rolesOf(table);
  const injected = injectedConditions(table, roles, around);
  const date = around.since === undefined ? undefined : dateCondition(table, roles, around.since);
  const conditions = [...injected.map(({ condition }) => condition), ...(date ? [date] : [])];
  const keys = table.partitionKeys.map(({ name }) => name);
  const said =
    keys.length === 0
      ? "the table has no partitions: every query reads all of it"
      : `partitioned by ${keys.join(", ")}; ${
          around.since === undefined
            ? "all days are read (--since reads fewer)"
            : date === undefined
              ? "which of them are days is not known from the table: all days are read"
              : `read from ${new Date(around.since * 1000).toISOString().slice(0, 10)} on`
        }${injected.length > 0 ? `; of ${injected.map(({ key }) => key).join(", ")} those of the facts` : ""}`;
  return {
    ...(conditions.length === 0 ? {} : { condition: allOf(conditions) }),
    said,
    ...objectsOf(table, roles, injected, date === undefined ? undefined : around.since),
  };
}

function isProjected({ parameters }: AthenaTable): boolean {
  return parameters.get("projection.enabled")?.toLowerCase() === "true";
}

function templateOf({ parameters }: AthenaTable): string | undefined {
  return parameters.get("storage.location.template");
}

const property = ({ parameters }: AthenaTable, key: string, name: string): string | undefined =>
  parameters.get(`projection.${key}.${name}`);

/** What each partition key means. */
function rolesOf(table: AthenaTable): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  if (!isProjected(table)) {
    const names = new Set(table.partitionKeys.map(({ name }) => name));
    for (const { name } of table.partitionKeys)
      roles.set(
        name,
        names.has("year") && names.has("month") && ["year", "month", "day"].includes(name) ? (name as Role) : "other",
      );
    return roles;
  }
  for (const { name } of table.partitionKeys)
    roles.set(name, property(table, name, "type")?.toLowerCase() === "date" ? "date" : "other");
  // `…/<account>/CloudTrail/<region>/<year>/<month>/<day>/`: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
  const segments = (templateOf(table) ?? "").split("/");
  const at = segments.lastIndexOf("CloudTrail");
  if (at < 0) return roles;
  const after = segments.slice(at + 2).filter(Boolean);
  const places: readonly (readonly [number, Role])[] = [
    [at - 1, "account"],
    [at + 1, "region"],
    ...(after.length >= 3
      ? (["year", "month", "day"] as const).map((role, n) => [at + 2 + n, role] as const)
      : ([[at + 2, "date"]] as const)),
  ];
  for (const [place, role] of places) {
    const key = /^\$\{(.+)\}$/.exec(segments[place] ?? "")?.[1];
    if (key !== undefined && roles.has(key)) roles.set(key, role);
  }
  return roles;
}

interface Injected {
  readonly key: string;
  readonly values: readonly string[];
  readonly condition: string;
}

/** Partitions whose values have to be in the query. */
function injectedConditions(
  table: AthenaTable,
  roles: ReadonlyMap<string, Role>,
  { accounts, regions }: Surroundings,
): readonly Injected[] {
  if (!isProjected(table)) return [];
  return table.partitionKeys
    .filter(({ name }) => property(table, name, "type")?.toLowerCase() === "injected")
    .map(({ name: key }) => {
      const role = roles.get(key);
      const values = role === "account" ? accounts : role === "region" ? regions : [];
      if (values.length === 0 || values.length > MOST_INJECTED)
        throw new BaselineError([
          {
            code: "ATHENA-TABLE",
            message:
              values.length === 0
                ? `${table.database}.${table.name} wants the values of the partition ${JSON.stringify(key)} (projection type injected) in the query, and they are not known.`
                : `${table.database}.${table.name} takes at most ${MOST_INJECTED} values of the partition ${JSON.stringify(key)} (projection type injected), and there are ${values.length}.`,
            fix: "Give a table with a projection of type enum for it: docs/athena.md has one.",
          },
        ]);
      return { key, values, condition: oneOf(identifier(key), values) };
    });
}

/** Formats in which texts have the order of times. */
const DATE_FORMATS: ReadonlySet<string> = new Set([
  "yyyy/MM/dd",
  "yyyy-MM-dd",
  "yyyyMMdd",
  "yyyy/MM",
  "yyyy-MM",
  "yyyy",
]);

function dateText(format: string, [year, month, day]: readonly [string, string, string]): string {
  return format.replace("yyyy", year).replace("MM", month).replace("dd", day);
}

function dateOf(since: number): readonly [string, string, string] {
  const [year = "", month = "", day = ""] = new Date(since * 1000).toISOString().slice(0, 10).split("-");
  return [year, month, day];
}

/** Days since then. Nothing that happened since can be in a file that was delivered on an earlier day. */
function dateCondition(table: AthenaTable, roles: ReadonlyMap<string, Role>, since: number): string | undefined {
  const date = dateOf(since);
  const keyOf = (role: Role): string | undefined => [...roles].find(([, one]) => one === role)?.[0];
  const key = keyOf("date");
  if (key !== undefined) {
    const format = property(table, key, "format") ?? "";
    const isText = !/date|timestamp|int/i.test(table.partitionKeys.find(({ name }) => name === key)?.type ?? "");
    if (!DATE_FORMATS.has(format) || !isText) return undefined;
    return `${identifier(key)} >= ${literal(dateText(format, date))}`;
  }
  const parts = (["year", "month", "day"] as const).map((role, n) => partOf(table, keyOf(role), date[n]!));
  const [year, month, day] = parts;
  if (!year) return undefined;
  if (!month) return year("<=");
  const later = day ? anyOf([month("<"), allOf([month("="), day("<=")])]) : month("<=");
  return anyOf([year("<"), allOf([year("="), later])]);
}

type Comparison = (operator: "<" | "<=" | "=") => string;

/** A year, month or day compared with a value; nothing where it is not known how the partition's values are written. */
function partOf(table: AthenaTable, key: string | undefined, value: string): Comparison | undefined {
  if (key === undefined) return undefined;
  const type = table.partitionKeys.find(({ name }) => name === key)?.type.toLowerCase() ?? "";
  const column = identifier(key);
  if (/int/.test(type)) return (operator) => `${Number(value)} ${operator} ${column}`;
  // Values that somebody has given may be 1 or 01. Projection computes with texts as they are.
  if (!isProjected(table)) return (operator) => `${Number(value)} ${operator} CAST(${column} AS integer)`;
  const padded = value.length === 4 || property(table, key, "digits") === "2" || isPaddedEnum(table, key);
  return padded ? (operator) => `${literal(value)} ${operator} ${column}` : undefined;
}

function isPaddedEnum(table: AthenaTable, key: string): boolean {
  const values = enumOf(table, key);
  return values !== undefined && values.every((one) => /^\d\d$/.test(one));
}

function enumOf(table: AthenaTable, key: string): readonly string[] | undefined {
  if (property(table, key, "type")?.toLowerCase() !== "enum") return undefined;
  return (property(table, key, "values") ?? "").split(",").map((one) => one.trim());
}

function placeOf(table: AthenaTable): string {
  const template = isProjected(table) ? templateOf(table) : undefined;
  return template ?? table.parameters.get("location") ?? "";
}

/** Where the objects are. Never fewer than are read. */
function objectsOf(
  table: AthenaTable,
  roles: ReadonlyMap<string, Role>,
  injected: readonly Injected[],
  since: number | undefined,
): Pick<PartitionPlan, "objects" | "unknown"> {
  const match = /^s3[an]?:\/\/([^/]+)\/?(.*)$/s.exec(placeOf(table));
  if (!match) return { unknown: "Athena does not tell where the table's objects are" };
  if (table.partitionKeys.length > 0 && !isProjected(table))
    return { unknown: "Athena does not tell where the partitions of a table without projection are" };
  const [, bucket = "", path = ""] = match;
  const [start = "", ...parts] = path.split("${");
  if (parts.length === 0)
    return { objects: [{ bucket, prefix: start === "" || start.endsWith("/") ? start : `${start}/` }] };
  let prefixes: readonly string[] = [start];
  for (const part of parts) {
    const [key = "", ...tail] = part.split("}");
    const role = roles.get(key);
    if (role === "date" || role === "year") {
      const after = since === undefined ? undefined : dayFolder(table, key, role, since);
      return {
        objects: prefixes.map((prefix) => ({ bucket, prefix, ...defined({ after: after && `${prefix}${after}` }) })),
      };
    }
    const values = injected.find((one) => one.key === key)?.values ?? enumOf(table, key);
    // More than these are listed where the values are not known.
    if (values === undefined || prefixes.length * values.length > MOST_RANGES) break;
    prefixes = prefixes.flatMap((prefix) => values.map((value) => `${prefix}${value}${tail.join("}")}`));
  }
  return { objects: prefixes.map((prefix) => ({ bucket, prefix })) };
}

/** The folder of a day, where the order of folders is that of days. */
function dayFolder(table: AthenaTable, key: string, role: "date" | "year", since: number): string | undefined {
  const format = role === "date" ? property(table, key, "format") : "yyyy/MM/dd";
  return format !== undefined && DATE_FORMATS.has(format) ? dateText(format, dateOf(since)) : undefined;
}
