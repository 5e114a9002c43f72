import { unique } from "./lists";

/** A mapping of somebody else's JSON: nothing is known of its values. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as a mapping; nothing where it is none, or is no JSON. */
export function parsedObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a mapping of a JSON text has a key twice: readers take the first, the last, or refuse it (RFC 8259, section 4). */
export function hasRepeatedKey(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, name, colon] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*(:)?|[{}[\]]/gs)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined && name !== undefined) {
      const keys = open.at(-1);
      const key = JSON.parse(name) as string;
      if (keys?.has(key)) return true;
      keys?.add(key);
    }
  }
  return false;
}

/** Names of the members that differ, sorted. */
export function differing(before: Json, after: Json): readonly string[] {
  return unique([...Object.keys(before), ...Object.keys(after)])
    .filter((key) => canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null))
    .sort();
}

/**
 * JSON with sorted keys and no white space: the same data gives the same bytes. Arrays keep their order, because the caller
 * decides whether the order has a meaning.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries.map(([k, v]) => [k, sortKeys(v)]));
  }
  return value;
}
