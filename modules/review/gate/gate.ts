import type { AccessChange, ChangeClass, Review } from "../types";
import { Approval, ApprovalSides, ApprovalState, approvalStates } from "./approvals";
import { NO_RULES, ReviewRules, Waiver } from "./review-rules";
import { ActedRule, waiverOf, withRaisedClasses } from "./raise-and-waive";

/** The gate: which classes stop a plan, and what lets a change pass all the same. */

export interface Approved {
  readonly change: AccessChange;
  readonly approval: Approval;
}

export interface Waived {
  readonly change: AccessChange;
  readonly waiver: Waiver;
}

export interface Gate {
  /** Changes that stop the plan. */
  readonly stopping: readonly AccessChange[];
  /** Changes that would, and are approved: by their own id, or by that of their new stack. */
  readonly approved: readonly Approved[];
  /** Changes that would, and are waived by a rule. */
  readonly waived: readonly Waived[];
  /** Approvals of changes that are here, and that do not count, with why. */
  readonly refused: readonly { readonly approval: Approval; readonly state: Exclude<ApprovalState, "counts"> }[];
  /** Approvals that the change takes out though it has no such change. */
  readonly unused: readonly Approval[];
  /** Rules of `review.yaml` that have acted. */
  readonly rules: readonly ActedRule[];
  readonly failOn: readonly ChangeClass[];
}

/** A review as the rules see it, with what the gate says of it. */
export interface Judged {
  readonly review: Review;
  readonly gate: Gate;
}

/**
 * @param today date such as 2026-12-31, in UTC
 * @param rules of the base @default none
 */
export function judge(
  plain: Review,
  failOn: readonly ChangeClass[],
  approvals: ApprovalSides,
  today: string,
  rules: ReviewRules = NO_RULES,
): Judged {
  const { review, acted } = withRaisedClasses(plain, rules);
  const states = approvalStates(approvals, today);
  const counting = new Map(
    states.filter(({ state }) => state === "counts").map(({ approval }) => [approval.id, approval]),
  );
  const newStacks = new Map((review.newStacks ?? []).map(({ stack, id }) => [stack, id]));
  const approvalOf = (change: AccessChange): Approval | undefined => {
    // What a rule forbids by name is not for a single change to allow.
    if (change.rule !== undefined) return undefined;
    const own = counting.get(change.id);
    if (own) return own;
    // Only what is about the new stacks' resources and nothing else.
    if (change.addresses.length === 0 || change.stacks.length === 0) return undefined;
    const whole = change.stacks.map((stack) => counting.get(newStacks.get(stack) ?? ""));
    return whole.every((one) => one !== undefined) ? whole[0] : undefined;
  };
  const stopping: AccessChange[] = [];
  const approved: Approved[] = [];
  const waived: Waived[] = [];
  const refusedWaivers = new Map<string, ActedRule>();
  for (const change of review.changes) {
    if (!failOn.includes(change.class) && !(change.rule !== undefined && failOn.length > 0)) continue;
    const approval = approvalOf(change);
    const fitting = approval ? undefined : waiverOf(change, rules, today);
    if (approval) approved.push({ change, approval });
    else if (fitting && fitting.refused === undefined) waived.push({ change, waiver: fitting.waiver });
    else {
      stopping.push(change);
      if (fitting?.refused !== undefined) {
        const key = `${fitting.waiver.name} ${fitting.refused}`;
        const known = refusedWaivers.get(key);
        refusedWaivers.set(key, {
          rule: fitting.waiver.name,
          how: `the waiver does not count: ${fitting.refused}`,
          changes: [...(known?.changes ?? []), change.id],
        });
      }
    }
  }
  const ids = new Set([...review.changes.map(({ id }) => id), ...newStacks.values()]);
  const waivers = new Map<Waiver, string[]>();
  for (const { change, waiver } of waived) waivers.set(waiver, [...(waivers.get(waiver) ?? []), change.id]);
  const never = new Map<string, string[]>();
  for (const { rule, id } of review.changes) if (rule !== undefined) never.set(rule, [...(never.get(rule) ?? []), id]);
  return {
    review,
    gate: {
      stopping,
      approved,
      waived,
      refused: states.flatMap(({ approval, state }) =>
        state !== "counts" && ids.has(approval.id) ? [{ approval, state }] : [],
      ),
      unused: states.flatMap(({ approval, state }) => (state === "counts" && !ids.has(approval.id) ? [approval] : [])),
      rules: [
        ...acted,
        ...[...never].map(([rule, changes]) => ({ rule, how: "forbids it", changes })),
        ...[...waivers].map(([{ name, owner, expires, reason }, changes]) => ({
          rule: name,
          how: `waived by ${owner} until ${expires}: ${reason}`,
          changes,
        })),
        ...refusedWaivers.values(),
      ],
      failOn,
    },
  };
}
