import type { PrincipalType } from "../evaluate/request";
import type { KeyValues } from "./key-values";
import type { Mask } from "./masks";
import type { Space } from "./space";
import type { Work } from "./values";
import type { Reason } from "./types";

/** A box in the space of requests: in each dimension a set, and every combination of their elements. */
export type Box = ReadonlyMap<string, KeyValues>;

/** Dimensions beside the condition keys, which go by their name in lower case. */
export const ACTION = "(action)";
export const PRINCIPAL = "(principal)";
export const RESOURCE = "(resource)";

export function withPart(box: Box, dimension: string, part: KeyValues): Box {
  return new Map(box).set(dimension, part);
}

/** An account that is the same for all requests: an id, `none` at all, or `several`: not one for all. */
export type AccountOf = string;

/** What is the same for all requests of an exploration. */
export interface Setting {
  readonly type: PrincipalType;
  readonly principalAccount: AccountOf;
  /** Given with the set: the ARN does not matter. */
  readonly givenAccount: string | undefined;
  readonly resourceAccount: AccountOf;
  /** The principals are of several accounts, none of which is the resource's. @default false */
  readonly foreign?: boolean;
}

export interface Context extends Work {
  readonly space: Space;
  readonly setting: Setting;
}

/** What a test says to the requests of a box, and how the box falls into parts where it says more than one thing. */
export interface Look {
  readonly mask: Mask;
  /** Boxes whose union is the box, each nearer to an answer. Absent: the test says one thing, or nothing tells its parts. */
  readonly split?: () => readonly Box[];
  /** Why nothing tells the parts. */
  readonly reason?: Pick<Reason, "code" | "text">;
  /** Boxes within it in which the test may be told: no proof, but witnesses. */
  readonly narrow?: () => readonly Box[];
}

export interface Test {
  look(box: Box, context: Context): Look;
}
