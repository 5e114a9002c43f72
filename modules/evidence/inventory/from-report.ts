import { BaselineError } from "../../kernel/errors";
import { byKey } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { keysIn, parseCredentialReport, ReportNotUnderstood, ReportRow, ROOT_USER } from "./credential-report";
import { present } from "./present";
import type { AccountFacts, CollectionProblem, OtherCredentialFacts, RootFacts, UserFacts } from "./types";

/** What a credential report does not hold. An inventory of reports alone says so of every account. */
const NOT_IN_REPORT: CollectionProblem = {
  code: "INVENTORY-REPORT-ONLY",
  what: "iam:GetCredentialReport",
  message:
    "read from a credential report alone: it has no ids of access keys, no tags, no credentials of services and no SSH keys",
};

/** By how much this machine's clock may be behind AWS's. */
const CLOCK_MS = 10 * 60_000;

const ACCOUNT = /^arn:[a-z-]+:iam::(\d{12}):(?:root$|user\/)/;

/**
 * One account, from a file of its credential report: the CSV, or what `aws iam get-credential-report` prints (JSON with the CSV in base64 and
 * `GeneratedTime`).
 *
 * The CSV does not say when it was made. It stands for the newest time in it: at the earliest it was made then, so that nothing counts as
 * unused for longer than the report shows.
 *
 * @param now a report from later is refused: days that are still to come would count as days without a use
 * @throws BaselineError INVENTORY-REPORT: it is no report, or holds rows of several accounts or of none
 */
export function factsOfReport(file: string, text: string, now: Date): AccountFacts {
  const { csv, generatedAt } = contentOf(file, text);
  const rows = rowsOf(file, csv);
  const [accountId, ...others] = [...new Set(rows.map(({ arn }) => ACCOUNT.exec(arn)?.[1]))];
  if (accountId === undefined || others.length > 0)
    throw notUnderstood(file, accountId === undefined ? "it names no account" : "it has rows of several accounts");
  const doubled = rows.find((row, i) => rows.findIndex(({ arn }) => arn === row.arn) < i);
  if (doubled) throw notUnderstood(file, `it has two rows of ${doubled.user}`);
  const asOf = generatedAt ?? newest(rows);
  if (asOf === undefined) throw notUnderstood(file, "it holds no time at all, so nothing says of when it is");
  if (Date.parse(asOf) > now.getTime() + CLOCK_MS)
    throw notUnderstood(file, `it is of ${asOf}, which is still to come`);
  return present({
    accountId,
    status: "partial" as const,
    collectedAt: asOf,
    problems: [NOT_IN_REPORT],
    reportGeneratedAt: asOf,
    reportOnly: true as const,
    root: rootOf(rows.find(({ user }) => user === ROOT_USER)),
    users: rows
      .filter(({ user }) => user !== ROOT_USER)
      .map(userOf)
      .sort(byKey(({ name }) => name)),
  });
}

/** The report in the file, with the time at which it was made where the file says it. */
function contentOf(file: string, text: string): { readonly csv: string; readonly generatedAt?: string } {
  if (!/^\uFEFF?\s*\{/.test(text)) return { csv: text.replace(/^\uFEFF/, "") };
  let answer: { readonly Content?: unknown; readonly GeneratedTime?: unknown };
  try {
    answer = JSON.parse(text.replace(/^\uFEFF/, "")) as typeof answer;
  } catch {
    throw notUnderstood(file, "it begins as JSON and is none");
  }
  const { Content: content, GeneratedTime: time } = answer;
  if (typeof content !== "string" || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(content))
    throw notUnderstood(file, "it has no Content in base64, as aws iam get-credential-report prints it");
  // The first AWS CLI, and the second where it is told so, prints seconds since 1970.
  const at = typeof time === "number" ? new Date(time * 1000) : typeof time === "string" ? new Date(time) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) throw notUnderstood(file, "it has no GeneratedTime");
  return {
    csv: Buffer.from(content, "base64").toString("utf8"),
    generatedAt: at.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

function rowsOf(file: string, csv: string): readonly ReportRow[] {
  try {
    return parseCredentialReport(csv);
  } catch (error) {
    if (!(error instanceof ReportNotUnderstood)) throw error;
    throw notUnderstood(file, error.message.replace(/^[^:]*: /, ""));
  }
}

function newest(rows: readonly ReportRow[]): string | undefined {
  return rows
    .flatMap((row) => [
      row.createdAt,
      row.passwordLastUsedAt,
      row.passwordChangedAt,
      ...row.keys.flatMap((key) => [key.rotatedAt, key.lastUsedAt]),
      ...row.certificates.map((certificate) => certificate.rotatedAt),
    ])
    .flatMap((time) => time ?? [])
    .sort()
    .at(-1);
}

function userOf(row: ReportRow): UserFacts {
  const { user, arn, passwordEnabled, passwordChangedAt, passwordLastUsedAt: lastUsedAt } = row;
  const createdAt = row.createdAt ?? "";
  return present({
    name: user,
    arn,
    path: arn.slice(arn.indexOf(":user") + 5, arn.length - user.length) || "/",
    createdAt,
    password: passwordEnabled ? { createdAt: passwordChangedAt ?? createdAt, ...defined({ lastUsedAt }) } : undefined,
    mfa: row.mfa,
    accessKeys: keysIn(row.keys).map(({ slot, ...key }) => ({ id: `access-key-${slot}`, createdAt, ...key })),
    serviceCredentials: [],
    certificates: row.certificates.flatMap(({ active, rotatedAt }, i): readonly OtherCredentialFacts[] =>
      active ? [{ id: `certificate-${i + 1}`, status: "Active", createdAt: rotatedAt ?? createdAt }] : [],
    ),
    sshKeys: [],
  });
}

function rootOf(row: ReportRow | undefined): RootFacts | undefined {
  if (row === undefined) return undefined;
  return present({ accessKeys: keysIn(row.keys), mfa: row.mfa, passwordLastUsedAt: row.passwordLastUsedAt });
}

function notUnderstood(file: string, why: string): BaselineError {
  return new BaselineError([
    {
      code: "INVENTORY-REPORT",
      message: `${file} is no credential report of one account: ${why}.`,
      place: { file },
      fix: "aws iam generate-credential-report, then aws iam get-credential-report > account.json; or the CSV that the console gives.",
    },
  ]);
}
