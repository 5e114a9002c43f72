import type { Credential } from "../types";
import { visible } from "../../../page/escape";

/** Rows of the report's table: columns of numbers as they are, all others as positions in a table of texts. */
export interface ReportData {
  readonly columns: readonly string[];
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

const COLUMNS: readonly (readonly [name: string, value: (credential: Credential) => string | number | undefined])[] = [
  ["account", (c) => c.accountName],
  ["accountId", (c) => c.accountId],
  ["ou", (c) => c.organizationalUnit],
  ["user", (c) => c.user],
  ["owner", (c) => c.owner],
  ["kind", (c) => c.kind],
  ["id", (c) => c.id],
  [
    "credential",
    (c) =>
      c.kind === "access-key"
        ? c.id
        : c.kind === "password"
          ? `password${c.mfa === false ? " without MFA" : ""}`
          : `${c.kind} ${c.id}`,
  ],
  ["status", (c) => c.status],
  ["created", (c) => c.createdAt],
  ["expires", (c) => c.expiresAt],
  ["ageDays", (c) => c.ageDays],
  ["lastUsed", lastUsed],
  ["idleDays", (c) => c.idleDays],
  ["verdict", (c) => c.verdict.kind],
  ["reason", (c) => c.verdict.reason],
  ["by", (c) => c.replacement.by],
  ["advice", (c) => c.replacement.advice],
  ["snippet", (c) => c.replacement.snippet],
  ["evidence", evidence],
  ["readAt", (c) => c.collectedAt],
];
const NUMBERS = ["ageDays", "idleDays"];

export function reportData(credentials: readonly Credential[]): ReportData {
  const position = new Map<string, number>();
  const texts: string[] = [];
  const intern = (text: string): number => {
    const known = position.get(text);
    if (known !== undefined) return known;
    position.set(text, texts.length);
    texts.push(text);
    return texts.length - 1;
  };
  const rows = credentials.map((credential) =>
    COLUMNS.map(([, value]): number | null => {
      const found = value(credential);
      return found === undefined || found === ""
        ? found === undefined
          ? null
          : intern("")
        : typeof found === "number"
          ? found
          : intern(visible(found));
    }),
  );
  return { columns: COLUMNS.map(([name]) => name), numbers: NUMBERS, texts, rows };
}

function lastUsed(credential: Credential): string {
  if (credential.lastUsedAt === undefined) return credential.verdict.kind === "unknown" ? "" : "never";
  return [credential.lastUsedAt.slice(0, 10), credential.lastUsedService, credential.lastUsedRegion]
    .filter(Boolean)
    .join(" ");
}

/** What CloudTrail says, in lines. */
function evidence({ usage }: Credential): string | undefined {
  if (!usage) return undefined;
  const list = (name: string, values: readonly { readonly value: string; readonly count: number }[]): string =>
    values.length === 0 ? "" : `${name}: ${values.map((one) => `${one.value} (${one.count})`).join(", ")}`;
  return [
    `${usage.events} calls, ${usage.firstAt.slice(0, 10)} to ${usage.lastAt.slice(0, 10)}`,
    list("from", [
      ...usage.sourceAddresses,
      ...(usage.otherAddressCalls ? [{ value: "other addresses", count: usage.otherAddressCalls }] : []),
    ]),
    list("with", usage.userAgents),
    list("services", usage.services),
    usage.lastEvents.length === 0
      ? ""
      : `last: ${usage.lastEvents.map((event) => `${event.at} ${event.service} ${event.name}${event.errorCode ? ` (${event.errorCode})` : ""}`).join(", ")}`,
  ]
    .filter(Boolean)
    .join("; ");
}
