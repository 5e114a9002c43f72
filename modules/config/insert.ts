import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, Node, parseDocument, stringify } from "yaml";

/**
 * Adds an item to a list of a YAML text, as text: every other byte stays as it is, comments included.
 *
 * @returns nothing where the place is not written in block style, or where the result would not be the same value with the item added
 */
export function insertItem(text: string, path: readonly string[], item: unknown): string | undefined {
  const before = parseDocument(text, { merge: false });
  if (before.errors.length > 0 || !isMap(before.contents)) return undefined;
  const wanted: unknown = withItem(before.toJS() as unknown, path, item);
  const found = placeFor(before.contents, path);
  if (found === undefined || wanted === undefined) return undefined;
  const { node, rest } = found;
  if ((node as { readonly flow?: boolean }).flow || !node.range) return undefined;
  const value = rest.reduceRight<unknown>((inside, key) => ({ [key]: inside }), [item]);
  const source = stringify(isSeq(node) ? [item] : value, { lineWidth: 0 });
  const indent = columnOf(text, node.range[0]);
  const end = text.indexOf("\n", Math.max(node.range[1] - 1, 0));
  const head = end < 0 ? `${text}\n` : text.slice(0, end + 1);
  const tail = end < 0 ? "" : text.slice(end + 1);
  const lines = source.replace(/^(?=.)/gm, " ".repeat(indent));
  const after = `${head}${lines}${tail}`;
  const check = parseDocument(after, { merge: false });
  return check.errors.length === 0 && isDeepStrictEqual(check.toJS(), wanted) ? after : undefined;
}

/** The deepest collection on the path, and what of the path is not there yet. */
function placeFor(
  root: Node,
  path: readonly string[],
): { readonly node: Node; readonly rest: readonly string[] } | undefined {
  let node = root;
  for (const [at, key] of path.entries()) {
    if (!isMap(node)) return undefined;
    const next = node.get(key, true) as Node | undefined;
    if (next === undefined) return { node, rest: path.slice(at) };
    node = next;
  }
  return isSeq(node) && node.items.length > 0 ? { node, rest: [] } : undefined;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

function withItem(value: unknown, path: readonly string[], item: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined)
    return Array.isArray(value) ? [...(value as unknown[]), item] : value === undefined ? [item] : undefined;
  if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) return undefined;
  const map = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...map, [key]: withItem(map[key], rest, item) };
}
