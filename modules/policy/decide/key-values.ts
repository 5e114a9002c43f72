import type { Truth } from "../evaluate/truth";
import { FALSE, TRUE, UNKNOWN } from "../evaluate/truth";
import { ALWAYS, Mask, NEVER, OPEN } from "./masks";
import { intersect, isEmpty, only, sample, unite, Values, Work } from "./values";

/** What the requests of a box may have in one dimension: nothing, one value out of a set, or several. */
export interface KeyValues {
  /** The same for the same set. */
  readonly key: string;
  /** The key may be absent. */
  readonly absent: boolean;
  /** Values that it may have; of several, each. */
  readonly present: Values | undefined;
  /** Several values: of each of these sets there is at least one. Absent: the key has one value. */
  readonly some: readonly Values[] | undefined;
}

export function keyValues(absent: boolean, present?: Values, some?: readonly Values[]): KeyValues {
  const unique = some && [...new Map(some.map((one) => [one.key, one])).values()];
  const key = `${absent ? "-" : ""}${present?.key ?? ""}${
    unique
      ? `*${unique
          .map((one) => one.key)
          .sort()
          .join("*")}`
      : ""
  }`;
  return { key, absent, present, some: unique };
}

/** Parts of a set by what a test says to them; parts that are empty are left out. */
export interface Parts {
  readonly mask: Mask;
  readonly yes?: KeyValues;
  readonly open?: KeyValues;
  readonly no?: KeyValues;
}

/** Parts of a set of single values, by what a comparison says. */
export type Compare = (
  values: Values,
) => { readonly yes: Values; readonly open: Values; readonly no: Values } | undefined;

/** `undefined`: the comparison cannot tell its parts. */
export function partsOf(
  of: KeyValues,
  absent: Truth,
  set: "ForAllValues" | "ForAnyValue" | undefined,
  compare: Compare,
  work: Work,
): Parts | undefined {
  const present = of.present === undefined ? undefined : (presentParts(of, set, compare, work) ?? null);
  if (present === null) return undefined;
  const part = (truth: Truth, values: KeyValues | undefined): KeyValues | undefined => {
    const withAbsent = of.absent && absent === truth;
    if (!withAbsent) return values;
    return values ? keyValues(true, values.present, values.some) : keyValues(true);
  };
  const { yes, open, no } = present ?? { yes: undefined, open: undefined, no: undefined };
  return parts(part(TRUE, yes), part(UNKNOWN, open), part(FALSE, no));
}

export function parts(yes: KeyValues | undefined, open: KeyValues | undefined, no: KeyValues | undefined): Parts {
  return {
    mask: (yes ? ALWAYS : 0) | (open ? OPEN : 0) | (no ? NEVER : 0),
    ...(yes ? { yes } : {}),
    ...(open ? { open } : {}),
    ...(no ? { no } : {}),
  };
}

interface Present {
  readonly yes: KeyValues | undefined;
  readonly open: KeyValues | undefined;
  readonly no: KeyValues | undefined;
}

function presentParts(
  of: KeyValues,
  set: "ForAllValues" | "ForAnyValue" | undefined,
  compare: Compare,
  work: Work,
): Present | undefined {
  const values = of.present!;
  // A multivalued key needs a set operator; what AWS does without one is not documented.
  if (of.some && set === undefined) return { yes: undefined, open: keyValues(false, values, of.some), no: undefined };
  const compared = compare(values);
  if (!compared) return undefined;
  const { yes, open, no } = compared;
  if (!of.some) return { yes: single(yes, work), open: single(open, work), no: single(no, work) };
  const decisive = set === "ForAllValues" ? no : yes;
  const other = set === "ForAllValues" ? yes : no;
  // Every value and some value are the same question, asked the other way round.
  const decided = several(values, [...of.some, decisive], work);
  const left = several(without(decisive, compared, work), [...of.some, open], work);
  const rest = several(other, of.some, work);
  return set === "ForAllValues" ? { yes: rest, open: left, no: decided } : { yes: decided, open: left, no: rest };
}

function without(
  decisive: Values,
  { yes, open, no }: { readonly yes: Values; readonly open: Values; readonly no: Values },
  work: Work,
): Values {
  return unite(open, decisive === yes ? no : yes, work);
}

function single(values: Values, work: Work): KeyValues | undefined {
  return isEmpty(values, work) ? undefined : keyValues(false, values);
}

function several(all: Values, some: readonly Values[], work: Work): KeyValues | undefined {
  if (isEmpty(all, work)) return undefined;
  const within = some.map((one) => intersect(one, all, work));
  return within.some((one) => isEmpty(one, work)) ? undefined : keyValues(false, all, within);
}

/** No request can have it. */
export function isNone(of: KeyValues, work: Work): boolean {
  return !of.absent && (of.present === undefined || isEmpty(of.present, work));
}

/** One value, or the list of them; `undefined` for an absent key, which is preferred. */
export function sampleOf(of: KeyValues, work: Work): string | readonly string[] | undefined {
  if (of.absent || of.present === undefined) return undefined;
  if (!of.some) return sample(of.present, work);
  const from = of.some.length > 0 ? of.some : [of.present];
  return [...new Set(from.map((one) => sample(one, work)!))];
}

/** The only value of a key that is certainly there and has one. */
export function onlyOf(of: KeyValues, work: Work): string | undefined {
  return of.absent || of.present === undefined || of.some ? undefined : only(of.present, work);
}
