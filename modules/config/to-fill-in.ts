import type { Problem } from "../kernel/errors";
import type { DocumentPath, YamlDocument } from "./document";
import { formatPath } from "./document";

/** What `keyless init` writes where only a person knows the value. */
export const TO_FILL_IN = "TO FILL IN";

/** Warns of every value that is still as `keyless init` wrote it. */
export function toFillIn(document: YamlDocument): readonly Problem[] {
  const problems: Problem[] = [];
  const walk = (value: unknown, path: DocumentPath): void => {
    if (typeof value === "string" && value.startsWith(TO_FILL_IN)) {
      problems.push({
        code: "CONFIG-TO-FILL-IN",
        message: `${formatPath(path)} is still to be filled in.`,
        fix: value.slice(TO_FILL_IN.length).replace(/^:\s*/, "Write ").replace(/$/, "."),
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
