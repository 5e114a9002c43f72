import type { z } from "zod";
import { CARDS } from "./cards";
import type { SectionCard } from "./card";

/** A card, whatever its section is. */
export type AnyCard = Omit<SectionCard, "needs" | "reads"> & {
  readonly needs?: readonly string[];
  readonly reads?: readonly string[];
};

/** Sections that need what no section resolves to. */
type Unmet = { [C in Card as SectionStates extends TypesOf<C>["needs"] ? never : C["key"]]: TypesOf<C>["needs"] };

/** The list of cards as the folds see it. Does not compile while a section needs what no section resolves to. */
export const SECTIONS: keyof Unmet extends never ? readonly AnyCard[] : Unmet = CARDS;

type Card = (typeof CARDS)[number];
type TypesOf<C extends Card> = NonNullable<C["types"]>;
type Resolving = { [C in Card as [TypesOf<C>["state"]] extends [never] ? never : C["key"]]: C };

/** Key of a section in `baseline.yaml`. */
export type SectionKey = Card["key"];

/** Schemas of all sections, by key. */
export type SectionSchemas = { [C in Card as C["key"]]: C["schema"] };

/** Kinds of Terraform states. */
export type StackKind = Card["stacks"][number]["kind"];

/** Keys of the sections that have stacks. */
export type SectionWithStacks = {
  [C in Card as [C["stacks"][number]["kind"]] extends [never] ? never : C["key"]]: C;
} extends infer With
  ? keyof With & SectionKey
  : never;

/** What a review lists changes under, of those that a section names. */
export type SectionArea = NonNullable<Card["area"]>["name"];

/** What sections resolve to, by key; a section that may be left out may be absent. */
export type SectionStates = {
  readonly [K in keyof Resolving as undefined extends z.output<Resolving[K]["schema"]> ? never : K]: TypesOf<
    Resolving[K]
  >["state"];
} & {
  readonly [K in keyof Resolving as undefined extends z.output<Resolving[K]["schema"]> ? K : never]?: TypesOf<
    Resolving[K]
  >["state"];
};

type Joined<T> = (T extends unknown ? (one: T) => void : never) extends (all: infer All) => void ? All : never;

/** The summaries of all sections together. */
export type SectionSummaries = Joined<TypesOf<Card>["summary"]>;
