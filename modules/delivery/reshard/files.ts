import { isMap, isSeq, parseDocument } from "yaml";
import type { Move } from "../../config/moves";
import { yamlComments } from "../../config/yaml-comments";
import { BaselineError } from "../../kernel/errors";
import { canonicalJson } from "../../kernel/json";

/**
 * `baseline.yaml` with another number of shards and nothing else changed.
 *
 * @throws BaselineError RESHARD-EDIT where that cannot be done, so that a person has to
 */
export function withShards(file: string, text: string, shards: number): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  // Without what an alias shares: a copy of each.
  const expected = JSON.parse(JSON.stringify(document.toJS())) as { identityCenter: Record<string, unknown> };
  expected.identityCenter["shards"] = shards;
  document.setIn(["identityCenter", "shards"], shards);
  const after = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  if (
    canonicalJson(parseDocument(after).toJS()) !== canonicalJson(expected) ||
    canonicalJson(yamlComments(after)) !== canonicalJson(yamlComments(text))
  )
    throw new BaselineError([
      {
        code: "RESHARD-EDIT",
        message: `${file} cannot be changed without changing its comments or other entries.`,
        fix: `Set identityCenter.shards to ${shards} by hand, and take moves.yaml from --output.`,
        place: { file },
      },
    ]);
  return after;
}

/** `moves.yaml` whose list of what is adopted names the stacks in which it will be. */
export function withAdoptedMoved(text: string, moves: readonly Pick<Move, "from" | "to">[]): string {
  const target = new Map(
    moves.flatMap(({ from, to }) => (from && to ? [[`${from.stack} ${from.address}`, to.stack] as const] : [])),
  );
  const document = parseDocument(text, { keepSourceTokens: true });
  const adopted = document.get("adopted", true);
  let changed = false;
  for (const item of isSeq(adopted) ? adopted.items : []) {
    if (!isMap(item)) continue;
    const stack = target.get(`${String(item.getIn(["to", "stack"]))} ${String(item.getIn(["to", "address"]))}`);
    if (stack === undefined) continue;
    item.setIn(["to", "stack"], stack);
    changed = true;
  }
  return changed ? document.toString({ lineWidth: 0, flowCollectionPadding: true }) : text;
}
