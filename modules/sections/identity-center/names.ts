import { createHash } from "node:crypto";

const PLAIN = /^[A-Za-z0-9-]{1,64}$/;
const ENDS_LIKE_A_HASH = /-[0-9a-f]{8}$/;

/**
 * A name as part of a Terraform address: letters, digits and dashes, so that `_` can separate the parts of an address.
 *
 * Different names give different slugs: a name that is not plain, or that ends as a hash would, carries a hash of itself. Plain
 * names are kept as they are, because people read addresses in plans.
 */
export function slug(name: string): string {
  if (PLAIN.test(name) && !ENDS_LIKE_A_HASH.test(name)) return name;
  const readable = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${readable || "x"}-${hash}`;
}

/** The shard of a permission set: a hash of its name alone, so that other permission sets and accounts do not move it. */
export function shardOf(permissionSet: string, shards: number): number {
  return createHash("sha256").update(permissionSet).digest().readUInt32BE(0) % shards;
}

/** Name of a shard's stack, without the environment: `identity-center-02`. */
export function shardName(shard: number): string {
  return `${IDENTITY_CENTER}-${String(shard).padStart(2, "0")}`;
}

/** Most shards that a baseline may have. */
export const MOST_SHARDS = 64;

/** Names of all stacks that may hold permission sets, without the environment. */
export function permissionSetStacks(): readonly string[] {
  return [...Array.from({ length: MOST_SHARDS }, (_, i) => shardName(i)), IDENTITY_CENTER_MANAGEMENT];
}

/**
 * How many shards suit an organization. A shard is what is read when one of its permission sets changes, and a state of its own costs a start of
 * Terraform: few accounts are read at once, of many only a part.
 */
export function suitableShards(accounts: number): number {
  if (accounts < 50) return 1;
  if (accounts < 500) return 2;
  if (accounts < 2_000) return 4;
  return accounts < 10_000 ? 8 : 16;
}

/** Stack of our groups and the access control attributes, without the environment. */
export const IDENTITY_CENTER = "identity-center";
/** Pattern of the names of all shards' stacks. */
export const SHARD_NAMES_LIKE = `${IDENTITY_CENTER}-??`;
/** Stack of the permission sets that are managed from the management account in any case, without the environment. */
export const IDENTITY_CENTER_MANAGEMENT = `${IDENTITY_CENTER}-management`;

/**
 * Id in its stack of the resource that holds a group's assignments with one permission set, from the slugs of both; its instances are
 * keyed by account id. Frozen: it is the Terraform address.
 */
export function assignmentId(permissionSetKey: string, groupKey: string): string {
  return `assignment_${permissionSetKey}_${groupKey}`;
}
