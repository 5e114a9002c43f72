import { z } from "zod";
import { parseAgainst } from "../../config/load";
import { BaselineError, Problem } from "../../kernel/errors";
import type { AccessChange, ChangeClass, Review } from "../types";

/** The gate: which classes stop a plan, and which named changes somebody has approved. */

const approval = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z-]+-[0-9a-f]{32}$/, "the id of a change, as the review prints it")
    .describe("Id of the change, as the review prints it. Bound to what changes: any other change has another id."),
  reason: z.string().min(10, "say why in ten characters or more").max(500).describe("Why it may pass."),
  approver: z.string().min(1).max(200).describe("Who approves it."),
  expires: z.iso.date({ error: "a date such as 2026-12-31" }).describe("Last day on which the approval counts (UTC)."),
});

export const approvalsSchema = z
  .strictObject({
    version: z.literal(1),
    approvals: z.array(approval).default([]).describe("Changes that may pass although their class would stop them."),
  })
  .describe("Approvals of changes that the review would stop.");

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

export interface Gate {
  /** Changes that stop the plan. */
  readonly stopping: readonly AccessChange[];
  /** Changes that would, and are approved. */
  readonly approved: readonly { readonly change: AccessChange; readonly approval: Approval }[];
  /** Approvals that count no longer, of changes that are here. */
  readonly expired: readonly Approval[];
  /** Approvals of changes that are not here. */
  readonly unused: readonly Approval[];
  readonly failOn: readonly ChangeClass[];
}

/** @param today date such as 2026-12-31, in UTC */
export function gate(
  review: Review,
  failOn: readonly ChangeClass[],
  approvals: readonly Approval[],
  today: string,
): Gate {
  const byId = new Map(approvals.map((one) => [one.id, one]));
  const stopped = review.changes.filter((change) => failOn.includes(change.class));
  const live = (change: AccessChange): Approval | undefined => {
    const one = byId.get(change.id);
    return one && one.expires >= today ? one : undefined;
  };
  const ids = new Set(review.changes.map((change) => change.id));
  return {
    stopping: stopped.filter((change) => !live(change)),
    approved: stopped.flatMap((change) => {
      const one = live(change);
      return one ? [{ change, approval: one }] : [];
    }),
    expired: approvals.filter((one) => ids.has(one.id) && one.expires < today),
    unused: approvals.filter((one) => !ids.has(one.id)),
    failOn,
  };
}
