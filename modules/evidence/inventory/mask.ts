import type { Credential, Inventory } from "./types";

/** The kind of the id and its last four characters: enough to find the key again, too little to look for it elsewhere. */
export function maskId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id;
}

/** The same inventory with ids shortened, wherever they stand. Its file cannot be a plan's: ids are lost. */
export function masked(inventory: Inventory): Inventory {
  return {
    ...inventory,
    masked: true,
    credentials: inventory.credentials.map((one): Credential => ({
      ...one,
      id: maskId(one.id),
      ...(one.usage ? { usage: { ...one.usage, accessKeyId: maskId(one.usage.accessKeyId) } } : {}),
    })),
  };
}
