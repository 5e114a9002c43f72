import { SectionKey, SECTIONS } from "../../sections/sections";
import { sectionOf } from "../../sections/stack-kinds";
import type { ResourceChange } from "../../terraform/stack-plan";
import type { Area } from "../types";

/** What a change is listed under, and which stacks hold guards whatever a resource looks like: by what a stack says of itself, never by its name. */

const AREAS = new Map(SECTIONS.flatMap(({ key, area }) => (area ? [[key, area.name as Area]] : [])));

/**
 * The area of the stack's section.
 *
 * @param otherwise where the stack does not say what it is: from what the resource is
 */
export function areaOfStack(resource: Pick<ResourceChange, "kinds">, otherwise: Area): Area {
  const [kind] = resource.kinds ?? [];
  return kind === undefined ? otherwise : (AREAS.get(sectionOf(kind)) ?? otherwise);
}

/** What a resource is a guard of. */
export interface GuardOf {
  readonly section: SectionKey;
  /** `emergency access` */
  readonly of: string;
}

const GUARDS = SECTIONS.flatMap(({ key, guards = [] }) =>
  guards.map((guard) => ({ ...guard, section: key as SectionKey })),
);

/**
 * What a resource guards, by the card of the section that its stack, on either side, says it comes from. Undefined: nothing, or its
 * stack does not say what it is.
 */
export function guardOf({ type, kinds = [] }: Pick<ResourceChange, "type" | "kinds">): GuardOf | undefined {
  return GUARDS.find((guard) => guard.types.includes(type) && kinds.some((kind) => guard.kinds.includes(kind)));
}

/** Whether a resource's stack holds guards: everything in it works for one. */
export function isOfGuards({ kinds = [] }: Pick<ResourceChange, "kinds">): boolean {
  return GUARDS.some((guard) => kinds.some((kind) => guard.kinds.includes(kind)));
}
