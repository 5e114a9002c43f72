import type { Known, MapAccount, PagePlace, Source } from "../page/types";

/**
 * What the page of `keyless report` shows. Plain data, and types alone: the browser's code shares this file. Accounts, OUs, chains and
 * policies are named by their positions, because the same ones stand in thousands of rows.
 */

export interface PageAccount extends MapAccount {
  readonly chain: number;
}

/** `e` enforced, `o` observed, `-` off, `x` not bound: the management account. One character for each account. */
export type ModeLetter = "e" | "o" | "-" | "x";

export interface PageGuardrail {
  readonly id: string;
  readonly denies: string;
  readonly modes: string;
  /** Whom exceptions spare: positions of exceptions. */
  readonly exceptions: readonly number[];
}

export interface PageStatement {
  readonly sid: string;
  /** The statement as JSON, indented. */
  readonly text: string;
}

export interface PagePolicy {
  readonly name: string;
  readonly type: "SCP" | "RCP";
  readonly owner: "this baseline" | "AWS" | "others";
  readonly known: Known;
  /** Statements that deny. */
  readonly denies: readonly PageStatement[];
  readonly allows: number;
}

export interface PageChain {
  readonly name: string;
  readonly levels: readonly { readonly place: string; readonly policies: readonly number[] }[];
  readonly rcps: readonly number[];
  /** Guardrails that No mint asks about: how many are enforced there, of how many. Of the others its proof says nothing. */
  readonly claims: readonly [enforced: number, of: number];
  /** The worst status of each proof, in the order of `proofs`. */
  readonly status: readonly ProofStatus[];
}

export type ProofStatus = "proven" | "failed" | "unknown" | "accepted" | "not claimed" | "not bound" | "not asked";

export interface PageProof {
  readonly id: string;
  readonly title: string;
  readonly says: string;
}

export interface PageCell {
  readonly status: ProofStatus;
  readonly text: string;
  readonly sets: readonly string[];
}

export interface PageCounterexample {
  readonly id: string;
  readonly proof: string;
  readonly place: string;
  readonly accounts: number;
  readonly sentence: string;
  readonly because: string;
  readonly policy?: string;
  readonly statement?: string;
  readonly decision: string;
  readonly accepted?: { readonly reason: string; readonly owner: string };
}

/** Whether a set or a role makes administrators. `unknown`: by policies of the accounts', of which the baseline has the names only. */
export type AdministratorAnswer = "yes" | "no" | "unknown";

/** One group with one permission set. */
export interface PagePeople {
  readonly set: string;
  readonly group: string;
  readonly administrator: AdministratorAnswer;
  /** The set and all of its assignments together. */
  readonly seen: SeenLetter;
  readonly accounts: readonly number[];
}

export interface PageWorkload {
  readonly account: number;
  readonly name: string;
  readonly role: string;
  /** `GitHub Actions: repo:acme/app:…`. */
  readonly how: string;
  readonly administrator: AdministratorAnswer;
  readonly seen: SeenLetter;
}

export interface PageException {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  /** Last day, `YYYY-MM-DD`. */
  readonly expires: string;
  readonly guardrails: readonly string[];
  readonly principals: readonly { readonly account: number; readonly arn: string }[];
}

/** `p` planned, `s` seen, `m` missing, `d` different, `n` not readable: one character for each account. */
export type SeenLetter = "p" | "s" | "m" | "d" | "n";

export interface PageBreakGlass {
  readonly role: string;
  readonly home: number;
  readonly users: readonly { readonly name: string; readonly holder: string }[];
  readonly mfaMaxAgeMinutes: number;
  readonly sourceNetworks: readonly string[];
  readonly rollout: string;
  readonly alarmRegions: readonly string[];
  readonly subscribers: number;
  readonly seen: string;
  readonly drills: PageDrills;
}

/** Records of drills; absent evidence is absent, not passed. */
export interface PageDrills {
  /** Days after which the next one is due. */
  readonly everyDays: number;
  /** Newest first. */
  readonly counted: readonly {
    readonly to: string;
    readonly outcome: "passed" | "failed" | "unknown";
    readonly accounts: { readonly passed: number; readonly of: number };
    readonly others: { readonly passed: number; readonly of: number };
    readonly file: string;
  }[];
  /** Records that count for nothing, with why. */
  readonly refused: readonly { readonly file: string; readonly why: string }[];
}

export interface PageKeys {
  readonly at: string;
  /** By account; -1 where the account was not read. */
  readonly active: readonly number[];
  readonly unused: readonly number[];
  readonly root: readonly number[];
  /** Earlier inventories and this one. */
  readonly progress: readonly {
    readonly at: string;
    readonly activeAccessKeys: number;
    readonly unused: number;
    /** Accounts that were read completely, of how many: of the others nobody knows. */
    readonly complete: number;
    readonly accounts: number;
  }[];
  /** Access keys that look stolen. */
  readonly stolen: number;
  /** Credentials other than working access keys that are inactive or unused. */
  readonly rest: number;
}

export interface PageClaim {
  readonly section: string;
  readonly kind: string;
  readonly name: string;
  readonly verdict: "missing" | "different" | "not-readable";
  readonly details: readonly string[];
  /** -1: an account that the facts do not know. */
  readonly account: number;
  readonly region?: string;
  readonly at: string;
}

export interface PageVerification {
  readonly from: string;
  readonly to: string;
  readonly seen: number;
  /** Sections that were looked at, sorted. */
  readonly sections: readonly string[];
  /** Claims that are not seen. */
  readonly failed: readonly PageClaim[];
}

export interface PageStep {
  readonly stage: "find" | "remove" | "prevent" | "replace" | "way-in";
  /** What to do, as a sentence. */
  readonly what: string;
  readonly why: string;
  /** A command to run first, or the YAML to change. */
  readonly command?: string;
  readonly yaml?: string;
}

/** Where one OU (or the accounts directly below the root) stands. */
export interface PageJourney {
  readonly place: number;
  readonly accounts: number;
  /** Pairs of guardrail and account that can be bound: how many are enforced, how many observed. */
  readonly enforced: number;
  readonly observed: number;
  readonly bindable: number;
  readonly next?: PageStep;
}

export interface PageData {
  readonly environment: string;
  readonly organizationId: string;
  /** When the page was made, ISO 8601 in UTC. */
  readonly madeAt: string;
  readonly command: string;
  readonly sources: readonly Source[];
  readonly places: readonly PagePlace[];
  readonly accounts: readonly PageAccount[];
  readonly management: number;
  readonly guardrails: readonly PageGuardrail[];
  readonly policies: readonly PagePolicy[];
  readonly chains: readonly PageChain[];
  readonly proofs: readonly PageProof[];
  readonly matrix: readonly { readonly title: string; readonly cells: readonly PageCell[] }[];
  readonly counterexamples: readonly PageCounterexample[];
  readonly people: readonly PagePeople[];
  readonly workloads: readonly PageWorkload[];
  /** Roles of the pipeline in every member account, for people. */
  readonly pipeline?: {
    readonly member: string;
    readonly management: readonly string[];
    /** What was seen of the roles of each account: one character for each. */
    readonly seen: string;
  };
  readonly exceptions: readonly PageException[];
  readonly breakGlass: PageBreakGlass;
  readonly keys?: PageKeys;
  readonly verification?: PageVerification;
  readonly steps: readonly PageStep[];
  readonly journey: readonly PageJourney[];
}
