import { z } from "zod";
import { parseAgainst } from "../../config/load";
import { BaselineError, Problem } from "../../kernel/errors";

/** Approvals of named changes: `environments/<env>/approvals.yaml`. */

/** Id of a change, or of a new stack as a whole. */
export const CHANGE_ID = /^[a-z][a-z-]*-[0-9a-f]{32}$/;

const approval = z.strictObject({
  id: z
    .string()
    .regex(CHANGE_ID, "the id of a change or of a new stack, as the review prints it")
    .describe("Id as the review prints it. Bound to what changes: any other change has another id."),
  reason: z.string().min(10, "say why in ten characters or more").max(500).describe("Why it may pass."),
  approver: z.string().min(1).max(200).describe("Who approves it."),
  expires: z.iso.date({ error: "a date such as 2026-12-31" }).describe("Last day on which the approval counts (UTC)."),
});

/** `environments/<env>/approvals.yaml` */
export const approvalsSchema = z
  .strictObject({
    version: z.literal(1),
    approvals: z.array(approval).default([]).describe("Changes that may pass although their class would stop them."),
  })
  .describe(
    "Approvals of changes that the review would stop. Each serves once: it counts for the change that takes it out of this file.",
  );

export type Approval = z.infer<typeof approval>;

/**
 * Reads an approval file.
 *
 * @throws BaselineError with every problem and its place
 */
export function parseApprovals(file: string, content: string): readonly Approval[] {
  const problems: Problem[] = [];
  const parsed = parseAgainst(file, content, approvalsSchema, problems);
  if (!parsed) throw new BaselineError(problems);
  const { approvals } = parsed.value;
  approvals.forEach((one, i) => {
    if (approvals.findIndex((other) => other.id === one.id) < i)
      problems.push({
        code: "APPROVAL-TWICE",
        message: `Change ${one.id} is approved twice.`,
        fix: "Keep one of them.",
        place: parsed.document.place(["approvals", i, "id"]),
      });
  });
  if (problems.length > 0) throw new BaselineError(problems);
  return approvals;
}

/** Approvals as they are on both sides of a change. */
export interface ApprovalSides {
  /** Those of each state of the branch since the last apply, oldest first: somebody who may change the branch has agreed to them. */
  readonly bases: readonly (readonly Approval[])[];
  /** Those that the change leaves in the file, and those that it brings. */
  readonly head: readonly Approval[];
}

export const NO_APPROVALS: ApprovalSides = { bases: [], head: [] };

/** What an approval does for a change. Only `counts` lets it pass. */
export type ApprovalState =
  /** The base has it and the head takes it out: it serves this change, and no other after it. */
  | "counts"
  /** The base has it and so has the head: it would serve again. */
  | "kept"
  /** The change brings it along: nobody has agreed to it yet. */
  | "brought"
  /** Its last day is over. */
  | "expired";

/** Why an approval does not count, and what to do. */
export const WHY_REFUSED: Readonly<Record<Exclude<ApprovalState, "counts">, string>> = {
  kept: "it is still in approvals.yaml. An approval serves once: take it out in the same change.",
  brought: "this change brings it along. It counts once the base has it, for the change that takes it out.",
  expired: "its last day is over.",
};

/**
 * An approval serves once. It counts when the base has it and the head takes it out, so that after the merge it is gone: the same change,
 * made again after it was undone, needs another one. It does not lapse because something unrelated changes, for its id is made of what it
 * approves and of nothing else.
 *
 * Where several states of a branch are applied together, one that any of them had and that the next one took out counts.
 *
 * @param today date such as 2026-12-31, in UTC
 */
export function approvalStates(
  { bases, head }: ApprovalSides,
  today: string,
): readonly { readonly approval: Approval; readonly state: ApprovalState }[] {
  const left = new Set(head.map(({ id }) => id));
  const known = new Map<string, Approval>();
  bases.forEach((base) => base.forEach((approval) => known.set(approval.id, approval)));
  return [
    ...[...known.values()].map((approval) => ({
      approval,
      state: left.has(approval.id)
        ? ("kept" as const)
        : approval.expires < today
          ? ("expired" as const)
          : ("counts" as const),
    })),
    ...head.filter(({ id }) => !known.has(id)).map((approval) => ({ approval, state: "brought" as const })),
  ];
}
