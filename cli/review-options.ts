import { CHANGE_CLASSES, ChangeClass } from "../modules/review/types";
import { usage } from "./usage";

/** The classes of a change in access, worst first, for the help. */
export const CLASS_NAMES = CHANGE_CLASSES.join(", ");

/** Reads a comma-separated list of classes, or none by its name. */
export function parseClasses(text: string | undefined): readonly ChangeClass[] {
  if (text === undefined || text.trim() === "none") return [];
  return text.split(",").map((name) => {
    const found = CHANGE_CLASSES.find((cls) => cls === name.trim());
    if (!found)
      throw usage(
        "REVIEW-CLASS",
        `There is no class ${JSON.stringify(name.trim())}.`,
        `Known: ${CHANGE_CLASSES.join(", ")}; or none.`,
      );
    return found;
  });
}

/** The day that approvals are checked against, in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Reads how many stacks are worked on at a time: each takes the memory of a provider, about 200 MB. */
export function parseParallelism(text: string): number {
  if (/^([1-9]|[1-4]\d|50)$/.test(text)) return Number(text);
  throw usage("PARALLELISM", `${JSON.stringify(text)} is no number of stacks.`, "Use 1 to 50.");
}

/** Says that a gate stops at more than `--fail-on` names. */
export function sayKept(kept: readonly string[]): void {
  if (kept.length > 0)
    process.stderr.write(
      `--fail-on adds to the gate of the environment and takes nothing away: ${kept.join(", ")} ${kept.length === 1 ? "stops" : "stop"} all the same.\n`,
    );
}
