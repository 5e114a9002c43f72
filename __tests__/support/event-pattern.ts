import type { EventPattern } from "../../modules/sections/alarms/documents";

/**
 * Matches an event against an EventBridge pattern: the operators that this project uses, and an error for any other, so that a
 * pattern cannot pass by not being understood. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 */
export function eventMatches(pattern: EventPattern, event: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or") return (wanted as readonly EventPattern[]).some((one) => eventMatches(one, event));
    const value = event[key];
    if (Array.isArray(wanted)) return wanted.some((one) => valueMatches(one, value));
    return typeof value === "object" && value !== null
      ? eventMatches(wanted as EventPattern, value as Record<string, unknown>)
      : eventMatches(wanted as EventPattern, {});
  });
}

function valueMatches(wanted: unknown, value: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return value === wanted;
  const [[operator, operand] = ["", undefined], ...others] = Object.entries(wanted);
  if (others.length > 0) throw new Error(`more than one operator: ${JSON.stringify(wanted)}`);
  const text = typeof value === "string" ? value : undefined;
  switch (operator) {
    case "exists":
      return (value !== undefined) === operand;
    case "suffix":
      return text?.endsWith(operand as string) ?? false;
    case "prefix":
      return text?.startsWith(operand as string) ?? false;
    case "anything-but":
      return value !== undefined && ![operand].flat().includes(value);
    case "wildcard":
      return (
        text !== undefined &&
        new RegExp(
          `^${(operand as string)
            .split("*")
            .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
            .join(".*")}$`,
        ).test(text)
      );
    default:
      throw new Error(`unknown operator ${operator}`);
  }
}
