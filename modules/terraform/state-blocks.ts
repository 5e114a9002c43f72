import { BLOCK_KINDS, BlockKind } from "../config/moves";
import { canonicalJson, isObject, Json } from "../kernel/json";
import { byKey } from "../kernel/lists";
import { blocksOf } from "./blocks";

/** Blocks that change what a state holds, and nothing in AWS: `import`, `moved` and `removed`. */

export interface StateBlock {
  readonly kind: BlockKind;
  readonly body: Json;
}

/** Those of a stack, sorted, whatever form they are written in. */
export function stateBlocks(stack: Json | undefined): readonly StateBlock[] {
  return BLOCK_KINDS.flatMap((kind) =>
    blocksOf(stack?.[kind], 0)
      .map(({ body }): StateBlock => {
        const { "//": _comment, ...rest } = body;
        return { kind, body: rest };
      })
      .sort(byKey((one) => canonicalJson(one))),
  );
}

export function blockKey({ kind, body }: StateBlock): string {
  return `${kind} ${canonicalJson(body)}`;
}

/** Where the resource at an address was before, by `moved` blocks, which may follow one upon another. Of an instance too, where its resource is moved. */
export function addressesBefore(address: string, blocks: readonly StateBlock[]): readonly string[] {
  const found: string[] = [];
  for (let at: string | undefined = address; at !== undefined && !found.includes(at);) {
    if (at !== address) found.push(at);
    const here: string = at;
    const next = blocks.flatMap(({ kind, body: { from, to } }): readonly string[] => {
      if (kind !== "moved" || typeof from !== "string" || typeof to !== "string") return [];
      if (to === here) return [from];
      return here.startsWith(`${to}[`) ? [`${from}${here.slice(to.length)}`] : [];
    });
    at = next[0];
  }
  return found;
}

/** Whether Terraform lets go of the resource without deleting it. */
export function isLetGo(address: string, blocks: readonly StateBlock[]): boolean {
  return blocks.some(({ kind, body }) => {
    if (kind !== "removed" || typeof body["from"] !== "string") return false;
    const [lifecycle] = blocksOf(body["lifecycle"], 0);
    return lifecycle?.body["destroy"] === false && (address === body["from"] || address.startsWith(`${body["from"]}[`));
  });
}

export function isImported(address: string, blocks: readonly StateBlock[]): boolean {
  return blocks.some(({ kind, body }) => kind === "import" && body["to"] === address);
}

/** What a person reads of a block. */
export function blockText({ kind, body }: StateBlock): string {
  const one = (key: string): string => {
    const value = body[key];
    return typeof value === "string" ? value : isObject(value) || Array.isArray(value) ? canonicalJson(value) : "?";
  };
  switch (kind) {
    case "import":
      return `import of ${one("to")}`;
    case "moved":
      return `move of ${one("from")} to ${one("to")}`;
    case "removed":
      return `removal of ${one("from")}`;
  }
}
