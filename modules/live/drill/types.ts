/** What a drill of break glass found: plain data, the same in the record, the report and the output. */

/** `unknown`: nobody could tell, and why is in the details; never counts as passed. */
export type Outcome = "passed" | "failed" | "unknown";

/** One account that the role was assumed in. */
export interface AccountTry {
  readonly accountId: string;
  readonly accountName: string;
  readonly outcome: Outcome;
  /** When the role was assumed, or refused; ISO 8601 in UTC. */
  readonly at: string;
  readonly details: readonly string[];
  /** What to do about it. @default - nothing: it passed */
  readonly fix?: string;
}

/** Somebody who must not get in. */
export interface Refusal {
  readonly question: string;
  /** Tried: AWS was called and refused. Judged: the evaluator answered from the trust policy as AWS showed it; nobody tried. */
  readonly how: "tried" | "judged on the trust policy as read";
  readonly accountId: string;
  readonly outcome: Outcome;
  readonly at: string;
  readonly details: readonly string[];
}

/** Whether the accounts that were tried are all that there are: they come from the facts, which are as old as the last sync. */
export interface AccountList {
  readonly outcome: Outcome;
  /** Day on which the facts changed last. @default - not known: they are not committed */
  readonly factsOf?: string;
  /** When AWS listed its accounts; ISO 8601 in UTC. @default - it did not */
  readonly listedAt?: string;
  readonly details: readonly string[];
}

/** What the calls must have raised. */
export interface AlarmTry {
  readonly what: string;
  readonly outcome: Outcome;
  readonly details: readonly string[];
  /** Between the first call and the moment when it was seen. */
  readonly delaySeconds?: number;
}

/** The record of one drill, as it is kept in `environments/<env>/drills/`. */
export interface DrillRecord {
  readonly version: 1;
  readonly environment: string;
  readonly organizationId: string;
  readonly user: { readonly name: string; readonly holder: string; readonly arn: string };
  readonly role: string;
  readonly from: string;
  readonly to: string;
  readonly accounts: readonly AccountTry[];
  /** @default - a record of an older version: nobody compared */
  readonly accountList?: AccountList;
  readonly refusals: readonly Refusal[];
  readonly alarms: readonly AlarmTry[];
  readonly outcome: Outcome;
  /** Day before which the next one is due: `2027-02-24`. */
  readonly nextBy: string;
}

/** The worst of several: one failure fails all, one unknown leaves all open. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("failed")) return "failed";
  return outcomes.includes("unknown") || outcomes.length === 0 ? "unknown" : "passed";
}
