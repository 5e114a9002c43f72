import type { CloudTrailEvidence } from "../inventory/results";
import { latest } from "../inventory/time";
import type { Inventory } from "../inventory/types";

/** When access keys were last used, by key id: ids are unique in all of AWS. */
export type LastUses = ReadonlyMap<string, string>;

/** The latest use of each access key that any of these inventories, or CloudTrail, shows. Shortened ids cannot be told apart and say nothing. */
export function lastUses(inventories: readonly Inventory[], cloudTrail: CloudTrailEvidence | undefined): LastUses {
  const found = new Map<string, string>();
  const see = (id: string, at: string | undefined): void => {
    const use = latest(found.get(id), at);
    if (use !== undefined) found.set(id, use);
  };
  for (const { masked, credentials } of inventories) {
    if (masked) continue;
    for (const one of credentials) if (one.kind === "access-key") see(one.id, one.lastUsedAt);
  }
  cloudTrail?.usage.forEach(({ accessKeyId, lastAt }) => see(accessKeyId, lastAt));
  return found;
}

/** An inventory that knows of every use that any look has seen. */
export function withLastUses(inventory: Inventory, uses: LastUses): Inventory {
  return {
    ...inventory,
    credentials: inventory.credentials.map((one) => {
      const used = one.kind === "access-key" ? latest(one.lastUsedAt, uses.get(one.id)) : undefined;
      return used === undefined ? one : { ...one, lastUsedAt: used };
    }),
  };
}
