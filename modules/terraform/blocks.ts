import { isObject, Json } from "../kernel/json";

/**
 * Blocks of Terraform JSON in every form that Terraform takes: a mapping, or a list of mappings, at each level of labels.
 * https://developer.hashicorp.com/terraform/language/syntax/json#block-mapping-and-labels
 */

export interface Block {
  readonly labels: readonly string[];
  readonly body: Json;
}

/**
 * @param value of a property such as `resource`
 * @param labels how many labels a block of the kind has: two for resources, one for modules, none for `moved`
 */
export function blocksOf(value: unknown, labels: number): readonly Block[] {
  return within(value, labels, []);
}

function within(value: unknown, left: number, labels: readonly string[]): readonly Block[] {
  if (Array.isArray(value)) return value.flatMap((one) => within(one, left, labels));
  if (!isObject(value)) return [];
  if (left === 0) return [{ labels, body: value }];
  return Object.entries(value)
    .filter(([name]) => name !== "//")
    .flatMap(([name, one]) => within(one, left - 1, [...labels, name]));
}

/** Kinds of blocks by how many labels they have; of a provider or without a label there may be several of one name. */
const TWO_LABELS = ["resource", "data", "ephemeral", "action"] as const;
const ONE_LABEL = ["module", "variable", "output", "check"] as const;

/**
 * A stack with each kind of block as one mapping by its labels: what a review compares must not depend on the form that it is written in.
 * Two blocks of one address, which Terraform refuses, become a list.
 */
export function withPlainBlocks(stack: Json): Json {
  const plain: Record<string, unknown> = { ...stack };
  for (const [kinds, labels] of [
    [TWO_LABELS, 2],
    [ONE_LABEL, 1],
  ] as const)
    for (const kind of kinds) if (needsIt(stack[kind], labels)) plain[kind] = merged(blocksOf(stack[kind], labels));
  for (const kind of ["locals", "terraform"])
    if (Array.isArray(stack[kind]))
      plain[kind] = Object.assign({}, ...blocksOf(stack[kind], 0).map(({ body }) => body));
  if (Array.isArray(stack["provider"])) {
    const providers: Record<string, Json[]> = {};
    for (const { labels, body } of blocksOf(stack["provider"], 1)) (providers[labels[0]!] ??= []).push(body);
    plain["provider"] = providers;
  }
  return plain;
}

/** Whether a list stands where a synth writes a mapping. */
function needsIt(value: unknown, labels: number): boolean {
  if (Array.isArray(value)) return true;
  return labels > 0 && isObject(value) && Object.values(value).some((one) => needsIt(one, labels - 1));
}

function merged(blocks: readonly Block[]): Json {
  const root: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { labels, body } of blocks) {
    let at = root;
    for (const label of labels.slice(0, -1)) at = (at[label] ??= Object.create(null)) as Record<string, unknown>;
    const name = labels.at(-1)!;
    const known = at[name];
    at[name] = known === undefined ? body : [...(Array.isArray(known) ? (known as unknown[]) : [known]), body];
  }
  return root;
}

/**
 * The first key that stands twice in one mapping. Terraform reads both, as two blocks; whoever parses JSON sees the last one only.
 *
 * @param text JSON that parses
 */
export function keyTwice(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let last: string | undefined;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") last = token;
    else {
      const key = JSON.parse(last!) as string;
      const known = open.at(-1);
      if (known?.has(key)) return key;
      known?.add(key);
    }
  }
  return undefined;
}
