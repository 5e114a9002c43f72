import { WHY_REFUSED } from "../gate/approvals";
import type { Organization } from "../../organization/types";
import type { Gate } from "../gate/gate";
import { listOf, say, Sentence, words } from "../sentence";
import type { AccessChange, ChangeClass, ResourceLine, Review, WitnessView } from "../types";
import { plural } from "../../kernel/words";

/** What every format is made from. */
export interface Report {
  readonly review: Review;
  readonly gate: Gate;
  /** Heading of the report, for example the environment's name. @default none */
  readonly title?: string;
  /** Accounts and OUs, for formats that show them. @default - those that the plans name */
  readonly facts?: Organization;
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
        `${count(cls)} ${{ "destroys-guard": plural(count(cls), "destroys a guard", "destroy guards"), weakens: plural(count(cls), "weakens", "weaken"), unknown: "cannot be decided", strengthens: plural(count(cls), "strengthens", "strengthen") }[cls]}`,
    );
  const head =
    parts.length === 0
      ? "Nothing changes in terms of access"
      : `${plural(
          parts.reduce((sum, part) => sum + Number(part.split(" ")[0]), 0),
          "Change of access",
          "Changes of access",
        )}: ${parts.join(", ")}`;
  const end =
    gate.stopping.length > 0
      ? `The gate refuses ${gate.stopping.length}.`
      : gate.failOn.length === 0
        ? ""
        : `The gate lets it pass${
            gate.approved.length + gate.waived.length > 0
              ? `, ${[
                  ...(gate.approved.length > 0 ? [`${gate.approved.length} by approval`] : []),
                  ...(gate.waived.length > 0 ? [`${gate.waived.length} by a waiver`] : []),
                ].join(", ")}`
              : ""
          }.`;
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

/** By what a change passes that would stop. */
export function passedBy(change: AccessChange, gate: Gate): Sentence | undefined {
  const approved = gate.approved.find((one) => one.change === change);
  if (approved) {
    const { id, approver, expires, reason } = approved.approval;
    return id === change.id
      ? say`approved by ${approver} until ${words(expires)}: ${reason}`
      : say`approved with its whole stack (${id}) by ${approver} until ${words(expires)}: ${reason}`;
  }
  const waived = gate.waived.find((one) => one.change === change);
  return waived && say`waived by rule ${waived.waiver.name}`;
}

/** What approvals and rules did, and what they did not do and why. */
export function gateNotes({ review, gate }: Report): readonly Sentence[] {
  const whole = new Map<string, number>();
  for (const { change, approval } of gate.approved)
    if (approval.id !== change.id) whole.set(approval.id, (whole.get(approval.id) ?? 0) + 1);
  const approvalOf = (id: string) => gate.approved.find(({ approval }) => approval.id === id)!.approval;
  const stops = new Set(gate.stopping.flatMap(({ stacks }) => stacks));
  return [
    ...gate.approved.flatMap(({ change, approval: { id, approver, expires, reason } }) =>
      id === change.id ? [say`${id} approved by ${approver} until ${words(expires)}: ${reason}`] : [],
    ),
    ...[...whole].map(([id, count]) => {
      const { approver, expires, reason } = approvalOf(id);
      return say`${id}, a new stack as a whole (${count} changes), approved by ${approver} until ${words(expires)}: ${reason}`;
    }),
    ...gate.refused.map(({ approval, state }) =>
      state === "expired"
        ? say`${approval.id}: the approval does not count. It ended on ${words(approval.expires)}.`
        : say`${approval.id}: the approval does not count, because ${words(WHY_REFUSED[state])}`,
    ),
    ...gate.unused.map(({ id }) => say`${id} is taken out of the approvals, and no such change is here.`),
    ...gate.rules.map(({ rule, how, changes }) => say`Rule ${rule}: ${how} (${listOf(changes, 3)})`),
    ...(review.newStacks ?? [])
      .filter(({ stack, id }) => stops.has(stack) && !whole.has(id))
      .map(
        ({ stack, id, resources }) => say`Stack ${stack} is new (${resources} resources): ${id} approves all of it.`,
      ),
  ];
}

/** Beside the principal of a witness that is nobody's in particular. */
export function invented({ invented: is }: WitnessView): string {
  return is ? " (an example, no principal that is known here)" : "";
}
