import { present } from "./present";
import type { KeyStatus, LastUse } from "./types";

/**
 * The credential report of IAM: one row per user and one for root.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */

export interface ReportKey {
  readonly active: boolean;
  readonly rotatedAt?: string;
  readonly lastUsedAt?: string;
  readonly region?: string;
  readonly service?: string;
}

export interface ReportRow {
  readonly user: string;
  readonly arn: string;
  readonly createdAt?: string;
  /** Absent for root, where IAM says `not_supported`. */
  readonly passwordEnabled?: boolean;
  readonly passwordLastUsedAt?: string;
  readonly passwordChangedAt?: string;
  readonly mfa: boolean;
  readonly keys: readonly [ReportKey, ReportKey];
  /** Signing certificates: the report has two. */
  readonly certificates: readonly { readonly active: boolean; readonly rotatedAt?: string }[];
}

/** User names cannot hold angle brackets, so this is nobody's. */
export const ROOT_USER = "<root_account>";

export class ReportNotUnderstood extends Error {
  constructor(why: string) {
    super(`The credential report cannot be read: ${why}`);
    this.name = "ReportNotUnderstood";
  }
}

/** Keys that are there: a slot that never held one has neither a time nor is it active. */
export function keysIn(keys: ReportRow["keys"]): readonly {
  readonly slot: 1 | 2;
  readonly status: KeyStatus;
  readonly createdAt?: string;
  readonly lastUse?: LastUse;
}[] {
  return keys.flatMap(({ active, rotatedAt: createdAt, lastUsedAt: at, service, region }, i) => {
    if (!active && createdAt === undefined) return [];
    const slot: 1 | 2 = i === 0 ? 1 : 2;
    const lastUse = at === undefined ? undefined : present({ at, service, region });
    return [present({ slot, status: active ? ("Active" as const) : ("Inactive" as const), createdAt, lastUse })];
  });
}

const NEEDED = ["user", "arn", "mfa_active", "access_key_1_active", "access_key_2_active"];

/** Reads a report by the names of its columns: AWS adds columns at the end now and then. */
export function parseCredentialReport(csv: string): readonly ReportRow[] {
  const [heading, ...lines] = parseCsv(csv);
  if (!heading) throw new ReportNotUnderstood("it is empty");
  const column = new Map(heading.map((name, index) => [name, index]));
  const missing = NEEDED.filter((name) => !column.has(name));
  if (missing.length > 0) throw new ReportNotUnderstood(`it has no column ${missing.join(", ")}`);
  return lines.map((line, index) => {
    if (line.length < NEEDED.length) throw new ReportNotUnderstood(`row ${index + 2} has ${line.length} columns`);
    const text = (name: string): string | undefined => {
      const at = column.get(name);
      const value = at === undefined ? undefined : line[at];
      return value === undefined || ["", "N/A", "no_information", "not_supported"].includes(value) ? undefined : value;
    };
    const time = (name: string): string | undefined => {
      const value = text(name);
      if (value === undefined) return undefined;
      const at = Date.parse(value);
      if (Number.isNaN(at)) throw new ReportNotUnderstood(`row ${index + 2} has no time in ${name}`);
      return new Date(at).toISOString().replace(/\.000Z$/, "Z");
    };
    const flag = (name: string): boolean | undefined => {
      const value = text(name)?.toLowerCase();
      return value === undefined ? undefined : value === "true";
    };
    const key = (slot: 1 | 2): ReportKey =>
      present({
        active: flag(`access_key_${slot}_active`) ?? false,
        rotatedAt: time(`access_key_${slot}_last_rotated`),
        lastUsedAt: time(`access_key_${slot}_last_used_date`),
        region: text(`access_key_${slot}_last_used_region`),
        service: text(`access_key_${slot}_last_used_service`),
      });
    return present({
      user: text("user") ?? "",
      arn: text("arn") ?? "",
      createdAt: time("user_creation_time"),
      passwordEnabled: flag("password_enabled"),
      passwordLastUsedAt: time("password_last_used"),
      passwordChangedAt: time("password_last_changed"),
      mfa: flag("mfa_active") ?? false,
      keys: [key(1), key(2)] as const,
      certificates: [1, 2].map((n) =>
        present({ active: flag(`cert_${n}_active`) ?? false, rotatedAt: time(`cert_${n}_last_rotated`) }),
      ),
    });
  });
}

/** CSV as RFC 4180 has it: quotes, doubled quotes and line breaks inside them. Empty lines are skipped. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = (): void => {
    row.push(cell);
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === ",") {
      row.push(cell);
      cell = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      endRow();
    } else cell += c;
  }
  endRow();
  return rows;
}
