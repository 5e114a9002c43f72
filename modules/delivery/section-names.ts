import { SECTIONS, type SectionName } from "../live/verify/claim";
import { sectionOf, type StackMark } from "../sections/stack-kinds";

/** The section of a stack, as verify calls it; nothing where verify has none. */
export function sectionNameOf(mark: StackMark | undefined): SectionName | undefined {
  if (mark === undefined) return undefined;
  const name = sectionOf(mark.kind).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return SECTIONS.find((one) => one === name);
}
