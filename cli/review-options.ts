import { CHANGE_CLASSES, ChangeClass } from "../modules/review/types";
import { usage } from "./usage";

/** What stops a pull request or an apply unless it is approved. */
export const GATE_CLASSES: readonly ChangeClass[] = ["weakens", "destroys-guard", "unknown"];

/** Reads a comma-separated list of classes. */
export function parseClasses(text: string | undefined): readonly ChangeClass[] {
  if (text === undefined) return [];
  return text.split(",").map((name) => {
    const found = CHANGE_CLASSES.find((cls) => cls === name.trim());
    if (!found)
      throw usage(
        "REVIEW-CLASS",
        `There is no class ${JSON.stringify(name.trim())}.`,
        `Known: ${CHANGE_CLASSES.join(", ")}.`,
      );
    return found;
  });
}

/** The day that approvals are held against, in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Reads how many stacks are worked on at a time: each takes the memory of a provider, about 200 MB. */
export function parseParallelism(text: string): number {
  if (/^([1-9]|[1-4]\d|50)$/.test(text)) return Number(text);
  throw usage("PARALLELISM", `${JSON.stringify(text)} is no number of stacks.`, "Use 1 to 50.");
}
