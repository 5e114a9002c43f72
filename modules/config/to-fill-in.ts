import type { Problem } from "../kernel/errors";
import type { DocumentPath, YamlDocument } from "./document";
import { formatPath } from "./document";

/** What this program writes (`init`, exceptions that `impact` suggests) where only a person knows the value. */
export const TO_FILL_IN = "TO FILL IN";
export const TO_FILL_IN_CODE = "CONFIG-TO-FILL-IN";
/** `FILL-IN`: what suggested exceptions had before. */
const MARK = /^(?:TO FILL IN|FILL-IN)(?!\w):?\s*/;

/** Warns of every value that is still as this program wrote it. Nothing is locked out by it: an apply enforces guardrails only when break-glass users are enrolled. */
export function toFillIn(document: YamlDocument): readonly Problem[] {
  const problems: Problem[] = [];
  const walk = (value: unknown, path: DocumentPath): void => {
    if (typeof value === "string" && MARK.test(value)) {
      problems.push({
        code: TO_FILL_IN_CODE,
        message: `${formatPath(path)} is still to be filled in.`,
        fix: `Write ${value.replace(MARK, "") || "what belongs there"}.`,
        place: document.place(path),
        severity: "warning",
      });
    } else if (Array.isArray(value)) value.forEach((item, i) => walk(item, [...path, i]));
    else if (typeof value === "object" && value !== null)
      Object.entries(value).forEach(([key, member]) => walk(member, [...path, key]));
  };
  walk(document.value, []);
  return problems;
}
