import type { Move } from "../../config/moves";
import { isObject, Json } from "../../kernel/json";
import { byKey } from "../../kernel/lists";
import { shardName, shardOf } from "../../sections/identity-center/names";

type Entry = Omit<Move, "place">;

/** A resource, or an instance of one, that a state holds. */
interface Held {
  readonly address: string;
  readonly type: string;
  readonly id: string;
  /** ARN of the permission set that it is, or belongs to. */
  readonly permissionSet: string;
  /** Of a permission set: its name. */
  readonly name: string | undefined;
}

/** What a plan would still do, by address: a state that is not what its stack says cannot be divided. */
export function pending(plan: Json): readonly string[] {
  return objects(plan["resource_changes"]).flatMap(({ address, change }) => {
    if (!isObject(change)) return [];
    const actions = Array.isArray(change["actions"]) ? change["actions"] : [];
    const still = actions.some((action) => action !== "no-op" && action !== "read") || isObject(change["importing"]);
    return still ? [String(address)] : [];
  });
}

/** What a state holds that belongs to no permission set which it holds itself: nobody knows where it would go. */
export class UnknownHolding extends Error {
  constructor(readonly address: string) {
    super(address);
  }
}

/**
 * Moves of the permission sets that another number of shards puts into another stack, with all that hangs on them. Where a resource has
 * instances the old state lets go of all of them at once, and the new one imports each.
 *
 * @param plans plan of each shard's stack, by the stack's name without the environment: its state is in it
 * @param shards number of shards from then on
 * @returns sorted; nothing where everything stays
 * @throws UnknownHolding
 */
export function movesBetween(plans: ReadonlyMap<string, Json>, shards: number): readonly Entry[] {
  const moves = new Map<string, Entry>();
  for (const [stack, plan] of plans) {
    const held = heldIn(plan);
    const names = new Map(
      held.flatMap(({ permissionSet, name }) => (name === undefined ? [] : [[permissionSet, name]])),
    );
    for (const { address, id, permissionSet } of held) {
      const name = names.get(permissionSet);
      if (name === undefined) throw new UnknownHolding(`${stack} ${address}`);
      const to = shardName(shardOf(name, shards));
      if (to === stack) continue;
      const bare = address.replace(/\[.*$/s, "");
      const entries: readonly Entry[] =
        bare === address
          ? [{ from: { stack, address }, to: { stack: to, address }, id }]
          : [{ from: { stack, address: bare } }, { to: { stack: to, address }, id }];
      for (const entry of entries) moves.set(keyOf(entry), entry);
    }
  }
  return [...moves.values()].sort(byKey(keyOf));
}

const keyOf = ({ from, to }: Entry): string => `${(from ?? to)!.address} ${from?.stack ?? ""} ${to?.stack ?? ""}`;

function heldIn(plan: Json): readonly Held[] {
  const values = isObject(plan["prior_state"]) ? plan["prior_state"]["values"] : undefined;
  const root = isObject(values) ? values["root_module"] : undefined;
  return objects(isObject(root) ? root["resources"] : undefined)
    .filter(({ mode }) => mode === "managed")
    .map((resource): Held => {
      const own = isObject(resource["values"]) ? resource["values"] : {};
      const type = String(resource["type"]);
      const isSet = type === "aws_ssoadmin_permission_set";
      return {
        address: String(resource["address"]),
        type,
        id: String(own["id"]),
        permissionSet: String(own[isSet ? "arn" : "permission_set_arn"]),
        name: isSet ? String(own["name"]) : undefined,
      };
    });
}

function objects(value: unknown): readonly Json[] {
  return (Array.isArray(value) ? (value as unknown[]) : []).filter(isObject);
}
