import { renderInventory } from "../cli/inventory/render";
import { assess } from "../modules/evidence/inventory/assess";
import type { InventoryContext } from "../modules/evidence/inventory/context";
import { inventoryCsv } from "../modules/evidence/inventory/csv";
import { inventoryHtml } from "../modules/evidence/inventory/html/report";
import { protection } from "../modules/evidence/inventory/protection";
import { histories, sightings } from "../modules/evidence/retire/history";
import { retirePlan } from "../modules/evidence/retire/plan";
import { summarize } from "../modules/evidence/inventory/summary";
import type { AccountFacts } from "../modules/evidence/inventory/types";

export interface InventoryTiming {
  readonly step: string;
  readonly milliseconds: number;
  /** Size of what was made. @default - nothing that has one */
  readonly megabytes?: number;
}

const NOW = new Date("2026-11-24T12:00:00Z");
const ago = (days: number): string => new Date(NOW.getTime() - days * 86_400_000).toISOString();

/** Accounts with users of two keys each, in every state of use. */
export function manyAccounts(
  accounts: number,
  keys: number,
): { readonly context: InventoryContext; readonly facts: readonly AccountFacts[] } {
  const ids = Array.from({ length: accounts }, (_, n) => String(100_000_000_000 + n));
  const perAccount = Math.max(1, Math.round(keys / accounts / 2));
  const facts = ids.map((accountId, a): AccountFacts => ({
    accountId,
    status: "complete",
    collectedAt: NOW.toISOString(),
    problems: [],
    root: { accessKeys: [], mfa: true },
    users: Array.from({ length: perAccount }, (_, u) => {
      const name = `${["deploy", "jane.doe", "erp-sync", "backup"][(a + u) % 4]}-${u}`;
      const key = (n: number): AccountFacts["users"][number]["accessKeys"][number] => {
        const used = (a * 7 + u * 13 + n * 131) % 500;
        return {
          id: `AKIA${String(a).padStart(8, "0")}${String(u * 2 + n).padStart(8, "0")}`,
          status: used % 9 === 0 ? "Inactive" : "Active",
          createdAt: ago(500 + used),
          ...(used % 5 === 0 ? {} : { lastUse: { at: ago(used), service: "s3", region: "eu-central-1" } }),
        };
      };
      return {
        name,
        arn: `arn:aws:iam::${accountId}:user/${name}`,
        path: "/",
        createdAt: ago(1000),
        mfa: false,
        accessKeys: [key(0), key(1)],
        serviceCredentials: [],
        certificates: [],
        sshKeys: [],
      };
    }),
  }));
  const context: InventoryContext = {
    environment: "bench",
    organizationId: "o-bench00001",
    managementAccountId: ids[0]!,
    days: { maxUnusedDays: 90, inactiveDaysBeforeDelete: 30 },
    accounts: ids.map((id, n) => ({
      id,
      name: `account-${n}`,
      organizationalUnit: `Unit${n % 40}/Team${n % 7}`,
      snippets: {
        accountName: `account-${n}`,
        oidcProviders: [],
        identityCenter: { permissionSet: "ReadOnly", group: "Everybody" },
      },
    })),
    protection: protection({ homeAccountId: ids[0]!, userPath: "/break-glass/", userNames: [] }, new Map()),
    inventoryRole: "KeylessInventory",
  };
  return { context, facts };
}

/** Times what `keyless inventory` and `keyless retire` make of so many keys, reading of the accounts apart. */
export function timeInventory(accounts: number, keys: number): readonly InventoryTiming[] {
  const { context, facts } = manyAccounts(accounts, keys);
  const timings: InventoryTiming[] = [];
  const timed = <T>(step: string, work: () => T): T => {
    const start = process.hrtime.bigint();
    const made = work();
    const megabytes = typeof made === "string" ? { megabytes: Buffer.byteLength(made) / 1e6 } : {};
    timings.push({ step, milliseconds: Number(process.hrtime.bigint() - start) / 1e6, ...megabytes });
    return made;
  };
  const inventory = timed("verdicts", () => assess(facts, context, new Map(), NOW));
  const summary = timed("figures", () => summarize(inventory));
  timed("table of 50 rows", () => renderInventory(inventory, summary, { maxRows: 50 }));
  timed("table of all rows", () => renderInventory(inventory, summary));
  timed("JSON", () => JSON.stringify(inventory, null, 2));
  timed("CSV", () => inventoryCsv(inventory));
  timed("HTML report", () => inventoryHtml(inventory, []));
  timed("plan of retire", () =>
    retirePlan({
      inventory,
      histories: histories(sightings(inventory)),
      remembered: new Map(),
      protection: context.protection,
      days: context.days,
      now: NOW,
    }),
  );
  return timings;
}
