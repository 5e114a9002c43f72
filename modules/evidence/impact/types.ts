import type { GuardrailMode } from "../../sections/guardrails/resolve";
import type { Occurrences } from "../cloudtrail/key-usage";
import type { ReadReport } from "../cloudtrail/read";
import type { SkipCounts } from "../cloudtrail/skipped";
import type { NotBound } from "./caller";
import type { ReplayDecision } from "./replay";

/** What the guardrails would have said of the calls in logs. Plain data. */

/** Calls of one principal in one account and what a guardrail would say of them. */
export interface ImpactCall {
  readonly guardrail: string;
  /** Mode of the guardrail in the account today. */
  readonly mode: GuardrailMode;
  readonly account: { readonly id: string; readonly name: string; readonly organizationalUnit: string };
  readonly principal: string;
  readonly principalType: string;
  readonly action: string;
  readonly decision: ReplayDecision;
  /** Denied: the statements that deny. Not known: why. */
  readonly because: readonly string[];
  /** Exceptions of `baseline.yaml` that let the calls through. */
  readonly coveredBy: readonly string[];
  /** Calls that AWS did not refuse because a permission is missing: what the guardrail would change. */
  readonly calls: number;
  /** Of these: failed for another reason (the user was there already, throttling …). */
  readonly failed: number;
  /** Calls that were refused already: the guardrail changes nothing for them. */
  readonly refused: number;
  readonly first: string;
  readonly last: string;
  readonly sourceAddresses: Occurrences;
  readonly userAgents: Occurrences;
  /** Names from the calls: users, roles, buckets. */
  readonly resources: Occurrences;
}

export interface ImpactGuardrail {
  readonly id: string;
  readonly denies: string;
  readonly accounts: number;
  readonly observed: number;
  readonly enforced: number;
  /** Would be denied, and no exception covers it. */
  readonly denied: Sum;
  readonly covered: Sum;
  readonly unknown: Sum;
  /** Calls of the actions that the guardrail speaks of, and lets through. */
  readonly allowed: number;
  /** Calls that AWS refused already. */
  readonly refused: number;
}

export interface Sum {
  readonly principals: number;
  readonly calls: number;
}

/** What there is to judge by. */
export interface Evidence {
  /** Times of the first and the last event; absent when there was none. */
  readonly first?: string;
  readonly last?: string;
  /** Days, in UTC, of which there are events from any account; sorted. */
  readonly days: readonly string[];
  /** Regions of the events, sorted. */
  readonly regions: readonly string[];
  /** Accounts in which a guardrail is asked and of which there is no event at all; sorted. */
  readonly silentAccounts: readonly { readonly id: string; readonly name: string }[];
}

export interface ImpactReport {
  readonly environment: string;
  /** Exceptions are judged as of this time. */
  readonly at: string;
  readonly since?: string;
  readonly guardrails: readonly ImpactGuardrail[];
  /** Denied without an exception first, then not known, denied with one, allowed; the most frequent first. */
  readonly calls: readonly ImpactCall[];
  /** Events of watched actions that no guardrail speaks to, by reason. */
  readonly notBound: { readonly [reason in NotBound]?: number };
  readonly evidence: Evidence;
  readonly read: {
    readonly files: number;
    readonly bytes: number;
    readonly events: number;
    readonly eventsBeforeSince: number;
    readonly skipped: SkipCounts;
    readonly problems: ReadReport["problems"];
    /** SHA-256 over names, sizes and contents of the files. @default - not asked for */
    readonly digest?: string;
    /** Queries of an engine of SQL, each of which counts as a file. @default - none */
    readonly queries?: ReadReport["queries"];
  };
  /** YAML for `baseline.yaml`. Absent: nothing would be denied that an exception could cover. */
  readonly suggestedExceptions?: string;
}
