import type { Gate } from "../gate/gate";
import type { AccessChange, ChangeClass, ResourceLine, Review } from "../types";

/** What every format is made from. */
export interface Report {
  readonly review: Review;
  readonly gate: Gate;
  /** Heading of the report, for example the environment's name. @default none */
  readonly title?: string;
}

export const CLASS_TITLES: Readonly<Record<ChangeClass, string>> = {
  "destroys-guard": "Destroys a guard",
  weakens: "Weakens",
  unknown: "Cannot be decided",
  strengthens: "Strengthens",
  neutral: "Neutral",
};

/** The one sentence that everything begins with. */
export function verdict({ review, gate }: Report): string {
  const count = (cls: ChangeClass): number => review.changes.filter((change) => change.class === cls).length;
  if (review.resources.length === 0 && review.changes.length === 0) return "Nothing changes.";
  const parts = (["destroys-guard", "weakens", "unknown", "strengthens"] as const)
    .filter((cls) => count(cls) > 0)
    .map(
      (cls) =>
        `${count(cls)} ${{ "destroys-guard": count(cls) === 1 ? "destroys a guard" : "destroy guards", weakens: count(cls) === 1 ? "weakens" : "weaken", unknown: "cannot be decided", strengthens: count(cls) === 1 ? "strengthens" : "strengthen" }[cls]}`,
    );
  const head =
    parts.length === 0
      ? "Nothing changes in terms of access"
      : `${parts.reduce((sum, part) => sum + Number(part.split(" ")[0]), 0) === 1 ? "Change of access" : "Changes of access"}: ${parts.join(", ")}`;
  const end =
    gate.stopping.length > 0
      ? `The gate says no to ${gate.stopping.length}.`
      : gate.failOn.length === 0
        ? ""
        : gate.approved.length > 0
          ? `The gate lets it pass, ${gate.approved.length} by approval.`
          : "The gate lets it pass.";
  return `${head}. ${end}`.trim();
}

export function byClass(changes: readonly AccessChange[], cls: ChangeClass): readonly AccessChange[] {
  return changes.filter((change) => change.class === cls);
}

/** `3 to create, 1 to delete` */
export function resourceCounts(resources: readonly ResourceLine[]): string {
  const actions = ["create", "update", "replace", "delete", "forget"] as const;
  return (
    actions
      .map((action) => [action, resources.filter((r) => r.action === action).length] as const)
      .filter(([, n]) => n > 0)
      .map(([action, n]) => `${n} to ${action}`)
      .join(", ") || "no resource changes"
  );
}
