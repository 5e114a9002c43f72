/** Names of the roles that credential hygiene makes in every account. Guardrails exempt and protect them by these. */

export const KEYLESS_ROLE_PATH = "/keyless/";
/** Reads credentials, for `keyless inventory`. The default name: `credentialHygiene.inventory.roleName` changes it. */
export const INVENTORY_ROLE = "KeylessInventory";
/** Deactivates, deletes and, for undo, reactivates access keys, for `keyless retire`. */
export const RETIREMENT_ROLE = "KeylessRetirement";
