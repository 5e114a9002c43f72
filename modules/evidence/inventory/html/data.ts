import type { Credential, Inventory } from "../types";
import type { Source } from "../../../page/types";
import type { InventoryPage } from "./page-data";
import { visible } from "../../../page/escape";

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

export function inventoryPage(inventory: Inventory): InventoryPage {
  const { credentials } = inventory;
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
  return {
    environment: visible(inventory.environment),
    sources: sourcesOf(inventory),
    columns: COLUMNS.map(([name]) => name),
    numbers: NUMBERS,
    texts,
    rows,
  };
}

function sourcesOf({ accounts, generatedAt, days }: Inventory): readonly Source[] {
  const complete = accounts.filter(({ status }) => status === "complete").length;
  const rest = accounts.length - complete;
  return [
    {
      what: "Credentials",
      known: "inventory",
      text: `as read until ${generatedAt.slice(0, 16).replace("T", " ")} UTC in ${complete} of ${accounts.length} accounts; passwords, MFA and root's keys come from the credential report, which lags by up to four hours`,
    },
    ...(rest > 0
      ? [
          {
            what: "The rest",
            known: "unknown" as const,
            text: `${rest} ${rest === 1 ? "account was" : "accounts were"} not read, or in part: their credentials are missing here, or some of them`,
          },
        ]
      : []),
    {
      what: "Unused",
      known: "inventory",
      text: `not used for ${days.maxUnusedDays} days, or never and made as long ago`,
    },
  ];
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
    `${usage.capped ? "at least " : ""}${usage.events} calls, ${usage.firstAt.slice(0, 10)} to ${usage.lastAt.slice(0, 10)}`,
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
