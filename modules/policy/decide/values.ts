import type { Steps } from "../compare/steps";
import { addressText, allAddresses } from "./addresses";
import { combineCuts, Cut, Cuts, cutsKey } from "./cuts";
import { Language, Languages } from "./language";

/** Sets of values of one kind, closed under intersection and difference. */
export type Values = Texts | Listed | Numbers | Moments | Addresses;

export interface Texts {
  readonly kind: "texts";
  readonly key: string;
  readonly language: Language;
}
/** A handful of texts, each by itself. */
export interface Listed {
  readonly kind: "listed";
  readonly key: string;
  /** Sorted, without doubles. */
  readonly texts: readonly string[];
}
export interface Numbers {
  readonly kind: "numbers";
  readonly key: string;
  readonly cuts: Cuts<number>;
}
/** Whole milliseconds since 1970. */
export interface Moments {
  readonly kind: "moments";
  readonly key: string;
  readonly cuts: Cuts<number>;
}
export interface Addresses {
  readonly kind: "addresses";
  readonly key: string;
  readonly v4: Cuts<bigint>;
  readonly v6: Cuts<bigint>;
}

/** What work on sets of texts needs. */
export interface Work {
  readonly languages: Languages;
  readonly steps: Steps;
}

export const texts = (language: Language): Texts => ({ kind: "texts", key: `t${language.id}`, language });
export const listed = (all: readonly string[]): Listed => {
  const sorted = [...new Set(all)].sort();
  return { kind: "listed", key: `l${JSON.stringify(sorted)}`, texts: sorted };
};
export const numbers = (cuts: Cuts<number>): Numbers => ({ kind: "numbers", key: `n${cutsKey(cuts)}`, cuts });
export const addresses = (v4: Cuts<bigint>, v6: Cuts<bigint>): Addresses => ({
  kind: "addresses",
  key: `a${cutsKey(v4)}/${cutsKey(v6)}`,
  v4,
  v6,
});
/** Ends between two milliseconds are moved to the next one. */
export const moments = (cuts: Cuts<number>): Moments => {
  const whole = cuts.map((cut): Cut<number> => ({
    at: cut.after ? Math.floor(cut.at) + 1 : Math.ceil(cut.at),
    after: false,
  }));
  const pairs = whole.filter((cut, i) => (i % 2 === 0 ? cut.at < whole[i + 1]!.at : whole[i - 1]!.at < cut.at));
  // Two that touch are one.
  const joined = pairs.filter((cut, i) => pairs[i - 1]?.at !== cut.at && pairs[i + 1]?.at !== cut.at);
  return { kind: "moments", key: `m${cutsKey(joined)}`, cuts: joined };
};

/** 1970 to 9999: what a date in ISO 8601 with four digits can say. */
const ALL_MOMENTS: Cuts<number> = [
  { at: 0, after: false },
  { at: Date.UTC(9999, 11, 31, 23, 59, 59), after: false },
];

export const everyNumber = (): Numbers =>
  numbers([
    { at: -Infinity, after: true },
    { at: Infinity, after: false },
  ]);
export const everyMoment = (): Moments => moments(ALL_MOMENTS);
export const everyAddress = (): Addresses => addresses(allAddresses(4), allAddresses(6));

/** Both of one kind. */
export function intersect(a: Values, b: Values, { languages }: Work): Values {
  if (a.kind === "texts" && b.kind === "texts") return texts(languages.both(a.language, b.language));
  if (a.kind === "listed" && b.kind === "listed") return listed(a.texts.filter((text) => b.texts.includes(text)));
  return cut(a, b, (x, y) => x && y);
}

export function subtract(a: Values, b: Values, { languages }: Work): Values {
  if (a.kind === "texts" && b.kind === "texts") return texts(languages.minus(a.language, b.language));
  if (a.kind === "listed" && b.kind === "listed") return listed(a.texts.filter((text) => !b.texts.includes(text)));
  return cut(a, b, (x, y) => x && !y);
}

export function unite(a: Values, b: Values, { languages }: Work): Values {
  if (a.kind === "texts" && b.kind === "texts") return texts(languages.either(a.language, b.language));
  if (a.kind === "listed" && b.kind === "listed") return listed([...a.texts, ...b.texts]);
  return cut(a, b, (x, y) => x || y);
}

function cut(a: Values, b: Values, holds: (inA: boolean, inB: boolean) => boolean): Values {
  if (a.kind === "numbers" && b.kind === "numbers") return numbers(combineCuts(a.cuts, b.cuts, holds));
  if (a.kind === "moments" && b.kind === "moments") return moments(combineCuts(a.cuts, b.cuts, holds));
  if (a.kind === "addresses" && b.kind === "addresses")
    return addresses(combineCuts(a.v4, b.v4, holds), combineCuts(a.v6, b.v6, holds));
  throw new Error(`sets of ${a.kind} and of ${b.kind} have nothing in common`);
}

export function isEmpty(values: Values, { languages, steps }: Work): boolean {
  switch (values.kind) {
    case "texts":
      return languages.isEmpty(values.language, steps);
    case "listed":
      return values.texts.length === 0;
    case "addresses":
      return values.v4.length === 0 && values.v6.length === 0;
    default:
      return values.cuts.length === 0;
  }
}

/** One of the values, as a request has it; the plainest that is at hand. */
export function sample(values: Values, { languages, steps }: Work): string | undefined {
  switch (values.kind) {
    case "texts":
      return languages.plain(values.language, steps);
    case "listed":
      return values.texts[0];
    case "numbers":
      return values.cuts.length === 0 ? undefined : numberText(aNumber(values.cuts[0]!, values.cuts[1]!));
    case "moments":
      return values.cuts.length === 0 ? undefined : momentText(values.cuts[0]!.at, values.cuts[1]!.at);
    case "addresses":
      return anAddress(values);
  }
}

/** The value of a set that has no other. */
export function only(values: Values, work: Work): string | undefined {
  switch (values.kind) {
    case "texts":
      return work.languages.only(values.language, work.steps);
    case "listed":
      return values.texts.length === 1 ? values.texts[0] : undefined;
    default:
      return undefined;
  }
}

/** A whole number where there is one, the nearest to 0 that is quickly found. */
function aNumber(from: Cut<number>, to: Cut<number>): number {
  const within = (value: number): boolean =>
    (value > from.at || (value === from.at && !from.after)) && (value < to.at || (value === to.at && to.after));
  const lowest = from.at === -Infinity ? Math.min(0, to.at === Infinity ? 0 : Math.ceil(to.at) - 1) : from.at;
  const found = [0, 1, lowest, Math.floor(lowest) + 1, to.at].find((value) => Number.isInteger(value) && within(value));
  return found ?? (within(from.at) ? from.at : (from.at + to.at) / 2);
}

function numberText(value: number): string {
  const text = String(value);
  return text.includes("e") ? BigInt(Math.trunc(value)).toString() : text;
}

/** A whole second where there is one. */
function momentText(from: number, to: number): string {
  const second = Math.ceil(from / 1000) * 1000;
  return new Date(second < to ? second : from).toISOString().replace(".000Z", "Z");
}

function anAddress({ v4, v6 }: Addresses): string | undefined {
  // Nobody has the first address of all; the next one is as good.
  for (const [family, cuts] of [
    [4, v4],
    [6, v6],
  ] as const) {
    const [from, to] = cuts;
    if (from && to) return addressText(family, from.at + 1n < to.at ? from.at + 1n : from.at);
  }
  return undefined;
}
