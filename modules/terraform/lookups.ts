import { isObject, Json } from "../kernel/json";
import { uniqueSorted } from "../kernel/lists";

/** Data sources of a stack's root module: what a value that they have found stands for. */
export interface Lookup {
  /** `data.aws_identitystore_group.platform` */
  readonly address: string;
  /** Its arguments before and after, in one form for plans and synths; a plan knows only what is configured now. */
  readonly before: unknown;
  readonly after: unknown;
  /** What it has found, as far as it is known. */
  readonly values: ReadonlySet<string>;
}

/** @param plan JSON of `terraform show -json` */
export function planLookups(plan: Json): readonly Lookup[] {
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const found = new Map<string, Set<string>>();
  const state = isObject(plan["prior_state"]) ? plan["prior_state"] : {};
  for (const resource of list(deep(state, "values", "root_module", "resources"))) {
    const values = resource["values"];
    if (resource["mode"] !== "data" || !isObject(values)) continue;
    const address = `data.${String(resource["type"])}.${String(resource["name"])}`;
    const known = found.get(address) ?? new Set();
    Object.values(values).forEach((value) => typeof value === "string" && known.add(value));
    found.set(address, known);
  }
  return list(deep(configuration, "root_module", "resources")).flatMap((resource): readonly Lookup[] => {
    if (resource["mode"] !== "data") return [];
    const address = `data.${String(resource["type"])}.${String(resource["name"])}`;
    const query = constants(resource["expressions"]);
    return [{ address, before: query, after: query, values: found.get(address) ?? new Set() }];
  });
}

/** @param before `cdk.tf.json`, parsed */
export function synthLookups(before: Json | undefined, after: Json | undefined): readonly Lookup[] {
  const [old, now] = [queries(before), queries(after)];
  return uniqueSorted([...old.keys(), ...now.keys()]).map((address) => ({
    address,
    before: old.get(address) ?? null,
    after: now.get(address) ?? null,
    values: new Set(),
  }));
}

function queries(stack: Json | undefined): ReadonlyMap<string, unknown> {
  const data = isObject(stack?.["data"]) ? stack["data"] : {};
  return new Map(
    Object.entries(data).flatMap(([type, byName]) =>
      Object.entries(isObject(byName) ? byName : {}).flatMap(([name, body]) =>
        isObject(body) ? [[`data.${type}.${name}`, constants(body)] as const] : [],
      ),
    ),
  );
}

/** A plan writes a constant as `{ constant_value }` and a block as a list of one. */
function constants(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length === 1 && isObject(value[0]) ? constants(value[0]) : value.map(constants);
  if (!isObject(value)) return value ?? null;
  if ("constant_value" in value) return constants(value["constant_value"]);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "//" && name !== "provider")
      .map(([name, item]) => [name, constants(item)]),
  );
}

function deep(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}
