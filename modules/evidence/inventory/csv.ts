import { Credential, Inventory } from "./types";

const COLUMNS: readonly (readonly [
  heading: string,
  value: (credential: Credential) => string | number | boolean | undefined,
])[] = [
  ["account_id", (c) => c.accountId],
  ["account", (c) => c.accountName],
  ["ou", (c) => c.organizationalUnit],
  ["user", (c) => c.user],
  ["owner", (c) => c.owner],
  ["kind", (c) => c.kind],
  ["id", (c) => c.id],
  ["status", (c) => c.status],
  ["created", (c) => c.createdAt],
  ["age_days", (c) => c.ageDays],
  ["last_used", (c) => c.lastUsedAt],
  ["idle_days", (c) => c.idleDays],
  ["service", (c) => c.lastUsedService],
  ["region", (c) => c.lastUsedRegion],
  ["mfa", (c) => c.mfa],
  ["verdict", (c) => c.verdict.kind],
  ["reason", (c) => c.verdict.reason],
  ["replace_by", (c) => c.replacement.by],
  ["advice", (c) => c.replacement.advice],
  ["source_addresses", (c) => c.usage?.sourceAddresses.map((one) => one.value).join(" ")],
  ["user_agents", (c) => c.usage?.userAgents.map((one) => one.value).join(" | ")],
  ["read_at", (c) => c.collectedAt],
];

/** The credentials as CSV (RFC 4180), one row each. */
export function inventoryCsv(inventory: Inventory): string {
  const rows = inventory.credentials.map((credential) => COLUMNS.map(([, value]) => cell(value(credential))).join(","));
  return `${[COLUMNS.map(([heading]) => heading).join(","), ...rows].join("\r\n")}\r\n`;
}

/**
 * A cell that no spreadsheet takes for a formula: text that begins with a sign of one gets an apostrophe before it, and line breaks and
 * tabs become spaces. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function cell(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);

  const plain = value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  const safe = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/.test(plain) ? `'${plain}` : plain;
  return /[",;]/.test(safe) || safe !== safe.trim() || safe.startsWith("'") ? `"${safe.replaceAll('"', '""')}"` : safe;
}
