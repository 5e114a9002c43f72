import { BaselineError } from "../modules/errors";
import { CHANGE_CLASSES, ChangeClass } from "../modules/plan-review/types";

/** What stops a pull request or an apply unless it is approved. */
export const GATE_CLASSES: readonly ChangeClass[] = ["weakens", "destroys-guard", "unknown"];

/** Reads a comma-separated list of classes. */
export function parseClasses(text: string | undefined): readonly ChangeClass[] {
  if (text === undefined) return [];
  return text.split(",").map((name) => {
    const found = CHANGE_CLASSES.find((cls) => cls === name.trim());
    if (!found) throw new BaselineError([{ code: "REVIEW-CLASS", message: `There is no class ${JSON.stringify(name.trim())}.`, mend: `Known: ${CHANGE_CLASSES.join(", ")}.` }]);
    return found;
  });
}
