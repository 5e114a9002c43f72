import { Attachment, sortAttachments } from "../../../organization/targets";
import { byKey } from "../../../kernel/lists";
import { policyDocument, policySize } from "../../../policy/document";
import type { PolicyDocument, PolicyStatement } from "../../../policy/types";
import { AttributedStatement, mergeStatements } from "./merge";

/** What is packed: one guardrail with its exceptions, where it is enforced. It is never divided over two policies at one place. */
export interface PackingUnit {
  /** Id of the guardrail. */
  readonly id: string;
  readonly statements: readonly PolicyStatement[];
  /** Where it is to bind: the fewest places. */
  readonly places: readonly Attachment[];
}

export interface PackingInput {
  /** In the order of the catalogue. */
  readonly units: readonly PackingUnit[];
  readonly policyCharacters: number;
  readonly policiesPerTarget: number;
  /** By id of the place: policies that are attached there besides, others' and ours that are not packed. */
  readonly besides: ReadonlyMap<string, number>;
  /** What our policies held when the facts were taken: a hint, so that small edits change little. @default - none */
  readonly prior?: readonly (readonly string[])[];
}

/** One policy: a set of guardrails, which is also its identity, and everything that follows from it. */
export interface PackedPolicy {
  /** The guardrail's id, or the short names of several, sorted: part of name and Terraform address. */
  readonly key: string;
  /** Ids, in the order of the catalogue. */
  readonly guardrails: readonly string[];
  readonly document: PolicyDocument;
  /** By index of the statement: the guardrails that it comes from. */
  readonly origins: readonly (readonly string[])[];
  readonly characters: number;
  /** Sorted by kind, then id. */
  readonly attachments: readonly Attachment[];
}

/** A place that would have more policies than AWS allows, however they are packed. */
export interface FullPlace {
  readonly place: Attachment;
  readonly policies: readonly PackedPolicy[];
  readonly besides: number;
}

export interface Packing {
  /** Sorted by key. */
  readonly policies: readonly PackedPolicy[];
  /** Guardrails that do not fit into one policy by themselves, with their characters. */
  readonly tooLarge: readonly { readonly id: string; readonly characters: number }[];
  readonly tooFull: readonly FullPlace[];
  /** Characters of a policy with the guardrail alone, in the order of the catalogue. */
  readonly characters: ReadonlyMap<string, number>;
}

/**
 * Packs guardrails into policies.
 *
 * A policy *is* its set of guardrails: its key says them, and only what these say can change inside it. So no statement ever moves from
 * one policy to another by an update; what moves is an attachment, and attachments are ordered (see stacks/guardrails.ts).
 *
 * Guardrails that bind at the same places share policies, as few as their characters allow. Where a place would then have too many
 * policies, its guardrails are packed together for this place alone.
 */
export function packGuardrails(input: PackingInput): Packing {
  const { units, policyCharacters, policiesPerTarget, besides, prior = [] } = input;
  const size = sizes(units);
  const order = new Map(units.map((unit, index) => [unit.id, index]));
  const tooLarge = units
    .filter((unit) => size([unit.id]) > policyCharacters)
    .map(({ id }) => ({ id, characters: size([id]) }));
  const pack = (ids: readonly string[]): readonly Bin[] =>
    partition(ids, prior, (bin) => bin.length === 1 || size(bin) <= policyCharacters, order);

  const groups = new Map<string, { readonly places: readonly Attachment[]; readonly ids: string[] }>();
  for (const { id, places } of units) {
    if (places.length === 0) continue;
    const key = sortAttachments(places)
      .map((place) => place.id)
      .join(" ");
    const group = groups.get(key);
    if (group) group.ids.push(id);
    else groups.set(key, { places, ids: [id] });
  }
  const byPlace = new Map<string, { readonly place: Attachment; bins: readonly Bin[] }>();
  for (const { places, ids } of groups.values()) {
    const bins = pack(ids);
    for (const place of places)
      byPlace.set(place.id, { place, bins: [...(byPlace.get(place.id)?.bins ?? []), ...bins] });
  }
  const limit = (place: Attachment): number => policiesPerTarget - (besides.get(place.id) ?? 0);
  for (const entry of byPlace.values()) {
    if (entry.bins.length <= limit(entry.place)) continue;
    const together = pack(sorted(entry.bins.flat(), order));
    if (together.length < entry.bins.length) entry.bins = together;
  }

  const policies = new Map<string, { readonly bin: Bin; readonly places: Attachment[] }>();
  for (const { place, bins } of byPlace.values()) {
    for (const bin of bins) {
      const key = policyKey(bin);
      const policy = policies.get(key) ?? { bin, places: [] };
      policy.places.push(place);
      policies.set(key, policy);
    }
  }
  const packed = [...policies]
    .map(([key, { bin, places }]): PackedPolicy => {
      const merged = mergeStatements(bin.flatMap((id) => attributed(units[order.get(id)!]!)));
      const document = policyDocument(merged.map(({ statement }) => statement));
      return {
        key,
        guardrails: bin,
        document,
        origins: merged.map(({ guardrails }) => guardrails),
        characters: policySize(document),
        attachments: sortAttachments(places),
      };
    })
    .sort(byKey((policy) => policy.key));
  const tooFull = sortAttachments(
    [...byPlace.values()].filter(({ place, bins }) => bins.length > limit(place)).map(({ place }) => place),
  ).map((place) => ({
    place,
    policies: packed.filter((policy) => policy.attachments.some(({ id }) => id === place.id)),
    besides: besides.get(place.id) ?? 0,
  }));
  return { policies: packed, tooLarge, tooFull, characters: new Map(units.map(({ id }) => [id, size([id])])) };
}

/** Ids in the order of the catalogue. */
type Bin = readonly string[];

const attributed = (unit: PackingUnit): readonly AttributedStatement[] =>
  unit.statements.map((statement) => ({ statement, guardrails: [unit.id] }));

/** Characters of a policy with these guardrails; each set is measured once. */
function sizes(units: readonly PackingUnit[]): (ids: Bin) => number {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const known = new Map<string, number>();
  return (ids) => {
    const key = ids.join(" ");
    const found =
      known.get(key) ??
      policySize(
        policyDocument(
          mergeStatements(ids.flatMap((id) => attributed(byId.get(id)!))).map(({ statement }) => statement),
        ),
      );
    known.set(key, found);
    return found;
  };
}

/**
 * Divides guardrails into as few sets as fit, changing as few of the earlier sets as this allows: first the earlier sets as they were
 * with the rest in new ones; if that is more than needed, the rest goes where there is room; if that is still more, everything
 * is packed again.
 */
function partition(
  ids: readonly string[],
  prior: readonly (readonly string[])[],
  fits: (bin: Bin) => boolean,
  order: ReadonlyMap<string, number>,
): readonly Bin[] {
  const fresh = [firstFit([], ids, fits, order), firstFit([], [...ids].reverse(), fits, order)].reduce((a, b) =>
    b.length < a.length ? b : a,
  );
  const kept = keep(ids, prior, fits, order);
  const rest = ids.filter((id) => !kept.some((bin) => bin.includes(id)));
  const beside = [...kept, ...firstFit([], rest, fits, order)];
  const among = firstFit(kept, rest, fits, order);
  return [...([beside, among].find((bins) => bins.length <= fresh.length) ?? fresh)].sort(
    (a, b) => order.get(a[0]!)! - order.get(b[0]!)!,
  );
}

/** Earlier sets of which every guardrail is still here; one that has outgrown its policy gives up its last ones. */
function keep(
  ids: readonly string[],
  prior: readonly (readonly string[])[],
  fits: (bin: Bin) => boolean,
  order: ReadonlyMap<string, number>,
): readonly Bin[] {
  const taken = new Set<string>();
  const kept: Bin[] = [];
  const candidates = prior
    .filter((set) => set.length > 0 && set.every((id) => ids.includes(id)))
    .map((set) => sorted(set, order));
  for (const candidate of [...candidates].sort((a, b) => b.length - a.length || (a.join(" ") < b.join(" ") ? -1 : 1))) {
    if (candidate.some((id) => taken.has(id))) continue;
    let bin = candidate;
    while (!fits(bin)) bin = bin.slice(0, -1);
    bin.forEach((id) => taken.add(id));
    kept.push(bin);
  }
  return kept;
}

function firstFit(
  start: readonly Bin[],
  ids: readonly string[],
  fits: (bin: Bin) => boolean,
  order: ReadonlyMap<string, number>,
): readonly Bin[] {
  const bins = [...start];
  for (const id of ids) {
    const index = bins.findIndex((bin) => fits(sorted([...bin, id], order)));
    if (index === -1) bins.push([id]);
    else bins[index] = sorted([...bins[index]!, id], order);
  }
  return bins;
}

function sorted(ids: readonly string[], order: ReadonlyMap<string, number>): Bin {
  return [...ids].sort((a, b) => order.get(a)! - order.get(b)!);
}

/** Short name of a guardrail: the first letters of its words. A test holds them apart. */
export function shortName(id: string): string {
  return id
    .split("-")
    .map((word) => word.slice(0, 1))
    .join("");
}

/** Key of a policy with these guardrails: what it is called tells what it holds, so that the facts show it without a tag or a state. */
export function policyKey(guardrails: readonly string[]): string {
  return guardrails.length === 1 ? guardrails[0]! : guardrails.map(shortName).sort().join("-");
}

/** The guardrails of a key; nothing where it is not one of ours or names a guardrail that is no more. */
export function guardrailsOfKey(key: string, known: readonly string[]): readonly string[] | undefined {
  if (known.includes(key)) return [key];
  const found = key.split("-").map((short) => known.find((id) => shortName(id) === short));
  return found.length > 1 && found.every((id) => id !== undefined) ? found : undefined;
}
