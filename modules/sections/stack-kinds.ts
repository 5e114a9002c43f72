import { SectionKey, SECTIONS, StackKind } from "./sections";

/**
 * What each synthesized stack says of itself. The mark is the constant default of a variable: a synth and a plan both contain it
 * (`configuration.root_module.variables`), no resource and no tag changes by it, and no run can set it to something else there.
 */
export const STACK_MARK = "keyless_stack";

export type { StackKind } from "./sections";

const KINDS = new Map(
  SECTIONS.flatMap((card) =>
    card.stacks.map(({ kind, appliedBy, holds }) => [
      kind,
      {
        section: card.key as SectionKey,
        appliedBy,
        types: new Set(holds.filter(({ lookedUp }) => !lookedUp).flatMap(({ types }) => types)),
      },
    ]),
  ),
);
const ALL_TYPES = new Set([...KINDS.values()].flatMap(({ types }) => [...types]));

/** Kinds of Terraform states, of all sections. */
export const STACK_KINDS = [...KINDS.keys()] as readonly StackKind[];

/** What a stack is. Plain data. */
export interface StackMark {
  readonly kind: StackKind;
  /** Key of the section of `baseline.yaml` that the stack comes from. */
  readonly section: SectionKey;
  readonly environment: string;
}

/** The mark of a stack of a kind. */
export function stackMark(kind: StackKind, environment: string): StackMark {
  return { environment, kind, section: KINDS.get(kind)!.section };
}

export function isStackKind(text: unknown): text is StackKind {
  return STACK_KINDS.some((kind) => kind === text);
}

/** Key of the section that stacks of a kind come from. */
export function sectionOf(kind: StackKind): SectionKey {
  return KINDS.get(kind)!.section;
}

/** Whether a person applies stacks of a kind, whoever applies the others. */
export function isAppliedByHand(kind: StackKind): boolean {
  return KINDS.get(kind)?.appliedBy === "person";
}

/** Whether a stack of a kind cannot hold such a resource: only stacks of other kinds do. A type that no kind knows contradicts nothing. */
export function contradicts(kind: StackKind, type: string): boolean {
  return ALL_TYPES.has(type) && !KINDS.get(kind)?.types.has(type);
}
