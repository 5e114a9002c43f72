import { Document, isMap, isSeq, parseDocument } from "yaml";
import { yamlComments } from "../../config/yaml-comments";
import { BaselineError } from "../../kernel/errors";
import { canonicalJson } from "../../kernel/json";

/** Lists of a YAML file, by path, to which entries are added. */
export type Additions = readonly { readonly path: readonly string[]; readonly items: readonly unknown[] }[];

/**
 * The text of a YAML file with entries at the end of its lists; lists and sections that are not there are made. What was in it stays, comments
 * too.
 *
 * @throws BaselineError where that cannot be done, so that a person has to
 */
export function withAdditions(file: string, text: string, additions: Additions): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  const before: unknown = document.toJS();
  for (const { path, items } of additions) if (items.length > 0) add(document, path, items);
  const after = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  const kept = canonicalJson(parseDocument(after).toJS()) === canonicalJson(plus(before, additions));
  const lost = yamlComments(text).filter((one) => !yamlComments(after).includes(one));
  if (!kept || lost.length > 0)
    throw new BaselineError([
      {
        code: "ADOPT-MERGE",
        message: `${file} cannot be added to without changing ${kept ? `its comments (${lost[0] ?? ""})` : "what is in it"}.`,
        fix: "Take the entries that are printed, and put them in by hand.",
        place: { file },
      },
    ]);
  return after;
}

function add(document: Document.Parsed | Document, path: readonly string[], items: readonly unknown[]): void {
  const found = document.getIn(path, true);
  const nodes = items.map((item) => document.createNode(item, { aliasDuplicateObjects: false }));
  if (isSeq(found)) {
    // Entries of several lines are not written on one.
    if (found.items.length === 0) found.flow = false;
    nodes.forEach((node) => found.add(node));
    return;
  }
  const parent = path.slice(0, -1);
  const section = document.getIn(parent, true);
  if (isMap(section) && section.items.length === 0) section.flow = false;
  if (parent.length > 0 && !isMap(document.getIn(parent, true))) document.setIn(parent, document.createNode({}));
  document.setIn(path, document.createNode(items, { aliasDuplicateObjects: false }));
}

/** A value with entries at the end of its lists. */
function plus(value: unknown, additions: Additions): unknown {
  const copy = structuredClone(value ?? {}) as Record<string, unknown>;
  for (const { path, items } of additions) {
    if (items.length === 0) continue;
    let at = copy;
    for (const key of path.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    const last = path.at(-1)!;
    at[last] = [...((at[last] as unknown[] | null | undefined) ?? []), ...items];
  }
  return copy;
}
