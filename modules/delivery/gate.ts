import { createHash } from "node:crypto";
import { join } from "node:path";
import { requireEnvironmentFolder } from "../config/load";
import type { Move } from "../config/moves";
import { movesHere } from "../sections/load";
import { BaselineError, Problem } from "../kernel/errors";
import { canonicalJson } from "../kernel/json";
import { Agreed, agreedInHistory, rulesInCheckout } from "../review/gate/agreed";
import { rulesChangesSince } from "../review/gate/file-changes";
import { judge } from "../review/gate/gate";
import { completeText } from "../review/sentence";
import { factsBeside, readIntentAt } from "../review/read-inputs";
import type { Report } from "../review/render/report";
import { reviewPlans, withChanges } from "../review/review";
import { ChangeClass, classesOf } from "../review/types";
import type { StackPlan } from "../terraform/stack-plan";
import type { Reviewed, ReviewedGate } from "./record";

/** The gate of an environment: what a plan and an apply judge by. One for both, so that an apply judges as the review did. */
export interface DeliveryGate {
  readonly agreed: Agreed;
  /** Of the checkout: what its stacks may move, import and remove. */
  readonly moves: readonly Move[];
  /** Hash of the facts of the checkout. */
  readonly facts: string;
  /** Classes that stop, in their order. */
  readonly failOn: readonly ChangeClass[];
  /** Classes at which the environment's gate stops though `--fail-on` does not name them. */
  readonly kept: readonly ChangeClass[];
  readonly review: (plans: readonly StackPlan[]) => Report;
}

/**
 * Reads what a review rests on before anything is planned, so that a mistake in it is reported at once.
 *
 * @param failOn classes that stop besides the environment's own @default - none
 * @param since what the branch has been since what was last applied, oldest first @default - the commit before
 * @param today date such as 2026-12-31, in UTC
 */
export function deliveryGate(
  projectRoot: string,
  environment: string,
  failOn: readonly ChangeClass[] | undefined,
  since: readonly string[] | undefined,
  today: string,
): DeliveryGate {
  const folder = join(projectRoot, requireEnvironmentFolder(projectRoot, environment));
  const agreed = agreedInHistory(projectRoot, environment, since);
  const facts = factsBeside(folder);
  const intent = readIntentAt(projectRoot, environment, agreed.commits?.at(-1));
  const moves = movesHere(projectRoot, environment);
  // What the checkout makes stricter counts at once, whichever commits are named.
  const classes = classesOf(agreed.rules.failOn, rulesInCheckout(projectRoot, environment).failOn, failOn);
  return {
    agreed,
    moves,
    facts: hashOf(facts ?? null),
    failOn: classes,
    kept: failOn === undefined ? [] : classes.filter((cls) => !failOn.includes(cls)),
    review: (plans) => ({
      ...judge(
        withChanges(
          reviewPlans(plans, facts, undefined, agreed.rules, intent, moves),
          rulesChangesSince(environment, agreed.ruleStates),
        ),
        classes,
        agreed.approvals,
        today,
        agreed.rules,
      ),
      title: environment,
    }),
  };
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Which gate plans have passed, for the record. */
export function recordedGate({ agreed, failOn, facts }: DeliveryGate, { review, gate }: Report): ReviewedGate {
  return {
    failOn: [...failOn],
    since: [...(agreed.commits ?? [])],
    rules: hashOf(agreed.rules),
    facts,
    changes: review.changes.map(({ id, class: cls }) => ({ id, class: cls })),
    approved: gate.approved.map(({ change, approval: { id, approver, expires, reason } }) => ({
      id: change.id,
      approval: id,
      approver,
      expires,
      reason,
    })),
    waived: gate.waived.map(({ change, waiver }) => ({ id: change.id, waiver: waiver.name })),
  };
}

const AGAIN = "Nothing was applied. Plan again, and have it reviewed.";

function refused(code: string, messages: readonly string[], fix = AGAIN): BaselineError {
  return new BaselineError(
    messages.map((message): Problem => ({ code, message, fix })),
    3,
  );
}

/**
 * Holds what a record says of its gate against the environment's gate as it is here, before anything is planned.
 *
 * @throws BaselineError exit code 3 where the environment's gate is stricter, or other commits or rules count
 */
export function checkRecordedGate({ gate }: Reviewed, here: DeliveryGate): void {
  const missing = here.failOn.filter((cls) => !gate.failOn.includes(cls));
  if (missing.length > 0)
    throw refused("DELIVERY-GATE", [
      `The gate of the environment also stops ${missing.join(", ")}, and the record's gate did not.`,
    ]);
  const own = recordedGate(here, NOTHING);
  if (own.since.join() !== gate.since.join())
    throw refused(
      "DELIVERY-GATE",
      [
        `The record rests on what was agreed to in ${gate.since.join(", ") || "no commit"}, and here ${own.since.join(", ") || "no commit"} counts.`,
      ],
      "Nothing was applied. Give the same --since to plan and apply, or plan again.",
    );
  if (own.rules !== gate.rules)
    throw refused("DELIVERY-GATE", ["The record rests on other rules (review.yaml) than those that count here."]);
  if (own.facts !== gate.facts)
    throw refused("DELIVERY-GATE", [
      "The record rests on other facts (organization.yaml) than those of this checkout: what was judged is another organization.",
    ]);
}

const NOTHING: Report = {
  review: { changes: [], notes: [], resources: [], stacks: [] },
  gate: { stopping: [], approved: [], waived: [], refused: [], unused: [], rules: [], failOn: [] },
};

/** Sentences of changes that are named one by one. */
const NAMED = 5;

/**
 * Judges plans again. What the record says is not believed: it has to be what is found here.
 *
 * @param complete the plans are all that was judged then. Else some of it is done already: the pipeline's own stack, by a person
 * @throws BaselineError exit code 3 where the gate says no, or the record says something else
 */
export function judgeAgain(
  { gate: recorded }: Reviewed,
  here: DeliveryGate,
  plans: readonly StackPlan[],
  complete: boolean,
): void {
  const report = here.review(plans);
  const { stopping } = report.gate;
  if (stopping.length > 0)
    throw refused(
      "DELIVERY-GATE",
      [
        ...stopping.slice(0, NAMED).map((change) => `${change.id} ${change.class}: ${completeText(change.sentence)}`),
        ...(stopping.length > NAMED ? [`${stopping.length - NAMED} more changes stop.`] : []),
      ],
      "Nothing was applied. The gate refuses here, whatever the record contains. Approve it in an earlier commit, or fix it, and plan again.",
    );
  const own = recordedGate(here, report);
  const differing = (["changes", "approved", "waived"] as const).filter((key) => {
    const now: readonly unknown[] = own[key];
    const then = new Set(recorded[key].map((one) => canonicalJson(one)));
    return now.some((one) => !then.has(canonicalJson(one))) || (complete && now.length !== then.size);
  });
  if (differing.length > 0)
    throw refused("DELIVERY-GATE", [
      `The record says something else than what is judged here: ${differing.join(", ")}.`,
    ]);
}
