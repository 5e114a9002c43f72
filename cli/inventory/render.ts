import type { Credential, Inventory } from "../../modules/evidence/inventory/types";
import { InventorySummary, isLiveKey } from "../../modules/evidence/inventory/summary";
import { heading, paint, printable, table } from "../output";
import { KEYLESS } from "../../modules/kernel/command";
import { moreLine } from "../../modules/kernel/words";
import { count } from "../../modules/kernel/words";

export interface RenderOptions {
  /** Rows of the table of credentials. @default - no limit */
  readonly maxRows?: number;
}

/** An inventory as text: figures first, then who has what, then what could not be read. */
export function renderInventory(inventory: Inventory, summary: InventorySummary, options: RenderOptions = {}): string {
  const { accounts } = summary;
  const read = accounts.complete + accounts.partial;
  const shown = ordered(inventory.credentials);
  const rows = options.maxRows === undefined ? shown : shown.slice(0, options.maxRows);
  return [
    `${heading(inventory.environment)}  ${inventory.organizationId}: ${read} of ${count(accounts.total, "account")} read, ${count(summary.users, "user")}, ${count(summary.credentials, "credential")}`,
    "",
    heading("Credentials"),
    shown.length === 0
      ? read > 0
        ? paint.green("no long-term credential")
        : "nothing was read"
      : columns(["account", "user", "credential", "age", "last used", "verdict", "replace by"], rows.map(row)),
    ...moreLine(shown.length - rows.length, "… ", ": --all shows them, --html makes a report to search in").map(
      paint.dim,
    ),
    "",
    heading("Figures"),
    pairs([
      [
        "active access keys",
        `${summary.activeAccessKeys}, of which ${summary.retirable} unused for ${inventory.days.maxUnusedDays} days or more${inventory.reportsOnly ? "" : `: ${KEYLESS} retire ${inventory.environment}`}`,
      ],
      [
        "root",
        `${count(summary.rootAccessKeys, "access key")}, ${count(summary.rootWithoutMfa, "account")} without MFA`,
      ],
      ["passwords without MFA", String(summary.passwordsWithoutMfa)],
      ...summary.byVerdict.map(({ verdict, count: n }) => [verdict, String(n)] as const),
    ]),
    ...problemLines(inventory),
    "",
    paint.dim(
      inventory.reportsOnly
        ? "From credential reports alone, each as old as it is: what was used or made since is not known. Keys have no ids, so retire needs an inventory from AWS."
        : "Passwords, MFA and root's keys come from the credential report, which lags by up to four hours.",
    ),
  ].join("\n");
}

/** What calls for action first: incidents, then unused, then in use, then the rest; the longest idle first. */
function ordered(credentials: readonly Credential[]): readonly Credential[] {
  const rank = (one: Credential): number =>
    one.verdict.kind === "stolen"
      ? -1
      : one.verdict.kind === "break-glass" || one.verdict.kind === "excepted"
        ? 3
        : one.kind === "root-access-key"
          ? 0
          : isLiveKey(one)
            ? 1
            : 2;
  return [...credentials].sort((a, b) => rank(a) - rank(b) || (b.idleDays ?? 0) - (a.idleDays ?? 0));
}

function row(one: Credential): readonly string[] {
  const used =
    one.lastUsedAt === undefined
      ? one.verdict.kind === "unknown"
        ? "?"
        : "never"
      : `${one.lastUsedAt.slice(0, 10)}${one.lastUsedService ? ` ${one.lastUsedService}` : ""}${one.lastUsedRegion ? ` ${one.lastUsedRegion}` : ""}`;
  return [
    one.accountName,
    one.user,
    one.kind === "access-key" ? one.id : one.kind === "password" ? "password" : `${one.kind} ${one.id}`,
    one.ageDays === undefined ? "?" : `${one.ageDays} d`,
    used,
    one.verdict.kind,
    one.replacement.by,
  ].map(plain);
}

/** Aligned columns like `table`, in time linear in the rows: twenty thousand are printed in a moment. Cells are one line and plain. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, at) => rows.reduce((most, cells) => Math.max(most, cells[at]!.length), text.length));
  const line = (cells: readonly string[]): string =>
    cells.map((text, at) => (at === cells.length - 1 ? text : text.padEnd(widths[at]!))).join("  ");
  return [paint.dim(line(head)), ...rows.map(line)].join("\n");
}

/** One line, without anything that a terminal would act on. */
export function plain(text: string): string {
  return printable(text.replace(/[\u001b\u009b]/g, "�").replace(/\s+/g, " "));
}

function problemLines(inventory: Inventory): readonly string[] {
  const failed = inventory.accounts.filter((account) => account.problems.length > 0 || account.status === "not-read");
  if (failed.length === 0) return [];
  const lines = failed.map((account) => {
    const why =
      account.status === "not-read"
        ? "not read"
        : account.problems.map((problem) => `${problem.code} ${problem.what}: ${plain(problem.message)}`).join("; ");
    return `  ${account.status === "partial" ? paint.yellow(account.status) : paint.red(account.status)} ${plain(account.name)} (${account.id}): ${why}`;
  });
  return [
    "",
    heading("Accounts that were not read completely"),
    ...lines,
    ...(inventory.reportsOnly
      ? []
      : [paint.dim(`  ${KEYLESS} inventory ${inventory.environment} --resume reads only these again.`)]),
  ];
}

/** A table without a heading. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  return table(["", ""], rows).split("\n").slice(1).join("\n");
}
