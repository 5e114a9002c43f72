import type { Outcome } from "../../modules/evidence/retire/execute";
import type { RetirePlan, RetireStep } from "../../modules/evidence/retire/plan";
import { heading, paint } from "../output";
import { columns, pairs, plain } from "./render";
import { moreLine } from "../../modules/kernel/words";
import { count } from "../../modules/kernel/words";

const REASONS: Readonly<Record<RetirePlan["left"][number]["reason"], string>> = {
  "in-use": "in use or new",
  "activated-again": "activated again by somebody",
  waiting: "inactive, waiting to be deleted",
  "break-glass": "break glass",
  excepted: "excepted",
  unknown: "last use not known",
  deleted: "deleted already",
  old: "deactivated too long ago",
};

const MAX_ROWS = 200;

/** What would be done, and what is left alone. */
export function renderPlan(plan: RetirePlan, steps: readonly RetireStep[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of plan.left) counts.set(REASONS[reason], (counts.get(REASONS[reason]) ?? 0) + 1);
  return [
    heading("Steps"),
    renderSteps(steps),
    ...leftTable("Waiting", plan, ["waiting"]),
    ...leftTable("Activated again", plan, ["activated-again"]),
    ...(counts.size > 0
      ? [
          "",
          heading("Left alone"),
          pairs([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, n]) => [reason, String(n)])),
        ]
      : []),
  ].join("\n");
}

/** What `--undo` would activate, and what it leaves. */
export function renderUndo(plan: RetirePlan, steps: readonly RetireStep[]): string {
  return [
    steps.length === 0 ? paint.green("nothing to undo") : renderSteps(steps),
    ...leftTable("Not activated again", plan, ["break-glass", "excepted", "unknown", "deleted", "old"]),
  ].join("\n");
}

function leftTable(title: string, plan: RetirePlan, reasons: readonly string[]): readonly string[] {
  const left = plan.left.filter(({ reason }) => reasons.includes(reason));
  if (left.length === 0) return [];
  const rows = left.slice(0, MAX_ROWS).map((key) => [key.accountName, key.user, key.keyId, key.why].map(plain));
  return ["", heading(title), columns(["account", "user", "access key", "why"], rows), ...more(left.length)];
}

export function renderSteps(steps: readonly RetireStep[]): string {
  if (steps.length === 0) return paint.green("nothing to do");
  const rows = steps
    .slice(0, MAX_ROWS)
    .map((step) => [step.action, step.accountName, step.user, step.keyId, step.why].map(plain));
  return [columns(["step", "account", "user", "access key", "why"], rows), ...more(steps.length)].join("\n");
}

function more(total: number): readonly string[] {
  return moreLine(total - MAX_ROWS, "… ", ": --json shows all").map(paint.dim);
}

const PAST = { deactivate: "deactivated", delete: "deleted", reactivate: "activated again" } as const;

/** One line for each step as it is taken. */
export function renderOutcome({ step, result, why }: Outcome): string {
  const label = {
    done: paint.green(PAST[step.action]),
    nothing: paint.dim("nothing to do"),
    left: paint.yellow("left alone"),
    failed: paint.red("failed"),
  }[result];
  return `${label} ${plain(step.accountName)} ${plain(step.user)} ${plain(step.keyId)}: ${plain(why)}`;
}

export function renderOutcomes(outcomes: readonly Outcome[], planned: number): string {
  const n = (result: Outcome["result"]): number => outcomes.filter((one) => one.result === result).length;
  const rest = planned - outcomes.length;
  return `${count(n("done"), "step")} done, ${n("nothing")} were so already, ${n("left")} left alone, ${n("failed")} failed${rest > 0 ? `, ${rest} not taken: run it again to go on` : ""}`;
}
