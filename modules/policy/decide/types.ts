import type { PolicyRequest, PrincipalType } from "../evaluate/request";
import type { Layer } from "../evaluate/statements";
import type { Verdict } from "../evaluate/types";

/**
 * A set of requests, and what is decided of it. A set is written as constraints: everything that a constraint leaves open is in the set. So
 * a wide set is the careful one: what is proven of it holds of every smaller one.
 */

/**
 * Texts with wildcards, as in policies: `*` stands for any text (colons and slashes too, and no text at all), `?` for one character. All
 * others stand for themselves. In ARNs of principals and resources they stop at the first five colons, as they do in policies, and an
 * account that is `*` is an account id (of resources also none, or AWS's own). Paths and names of IAM with a colon in them are left out.
 */
export interface TextSet {
  /** A text is in the set when one of these matches it. */
  readonly like: readonly string[];
  /** …and none of these does. @default - none */
  readonly except?: readonly string[];
  /** …and one of these matches it, too, in whatever form. @default - no more is asked */
  readonly within?: readonly string[];
  /** Letters of `like` stand for themselves in either case. @default false */
  readonly anyCase?: boolean;
}

/** Values of a condition key. */
export type ValueSet =
  /** These texts and no others; `*` is an asterisk. */
  | { readonly oneOf: readonly (string | number | boolean)[] }
  | TextSet
  /** Numbers, both ends included. @default - no end */
  | { readonly numbers: { readonly from?: number; readonly to?: number } }
  /** Moments in ISO 8601 with a zone, both ends included. @default - no end */
  | { readonly dates: { readonly from?: string; readonly to?: string } }
  /** Addresses in CIDR notation, IPv4 and IPv6. */
  | { readonly networks: readonly string[]; readonly exceptNetworks?: readonly string[] };

/** What requests of a set may have for a condition key. */
export type KeySet =
  /** The key is in no request. */
  | "absent"
  /** The key is in every request, with any value of its kind. */
  | "present"
  /** The key is there or not, with any value of its kind. The kind (text, number, date, address, truth value; one or several) is AWS's, from the reference data; of keys that it does not know, what the policies compare them with. */
  | "anything"
  | (ValueSet & {
      /** Requests without the key are in the set too. @default false */
      readonly absent?: boolean;
      /** The key has several values (`aws:TagKeys`): any number, each out of the set. @default - as AWS's reference says */
      readonly several?: boolean;
      /** Of several values one at least is one of these. @default - of none more is asked */
      readonly having?: TextSet;
    });

export type KeySets = Readonly<Record<string, KeySet>>;

export interface PrincipalSet {
  readonly type: PrincipalType;
  /**
   * ARNs (of a service its name), as `RequestPrincipal.arn` has them. Of a session: the ARN of the role. Users, roles and root users have an
   * account id in theirs, whatever the patterns leave open.
   */
  readonly arns: TextSet;
  /** Account of the principals. @default - the one in the ARN */
  readonly accountId?: string;
  /** What holds of these principals alone: tags, `aws:userid`, `aws:SourceIdentity`. They stand in place of `RequestSet.keys`. @default - nothing */
  readonly keys?: KeySets;
}

export interface RequestSet {
  /** The union of these. */
  readonly principals: readonly PrincipalSet[];
  /**
   * Actions in any case. With wildcards it is every text of the form, and so the actions that AWS will have tomorrow too; to ask only
   * about those that it has today, name them (`expandAction`).
   */
  readonly actions: TextSet;
  /** ARNs, or `*` for actions that know none. In `like` a lone `*` is every ARN, and the asterisk itself. */
  readonly resources: TextSet;
  /** Account that owns the resources. @default - the one in the ARN; the principal's where the ARN names none */
  readonly resourceAccountId?: string;
  /**
   * Condition keys, in any case. Those that follow from the principal (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
   * `aws:username` …) follow from `principals` and cannot stand here. @default - all are what `otherKeys` says
   */
  readonly keys?: KeySets;
  /** What requests may have for keys that are not named. @default "anything" */
  readonly otherKeys?: "anything" | "absent";
}

/** One request of the set and what the evaluator says to it. */
export interface Witness {
  /** Complete: every key that a policy asks for is there, or certainly absent (`unlistedKeys: "absent"`). */
  readonly request: PolicyRequest & { readonly unlistedKeys: "absent" };
  readonly verdict: Verdict;
}

/** A statement that took part in a decision. */
export interface DecidingStatement {
  readonly layer: Layer;
  /** SCPs and RCPs: the position in the chain; 0 is the root. */
  readonly level?: number;
  readonly policy: string;
  /** The position in its policy, from 0. */
  readonly statement: number;
  readonly sid?: string;
}

/** Why it is not decided. */
export interface Reason {
  /**
   * - `not-documented`: for some requests of the set the evaluator itself says unknown (docs/evaluator.md)
   * - `tied-keys`: a policy compares two keys that are both open (a policy variable), and no value settles it for all
   * - `budget`: the steps ended
   * - `unsupported`: a test on a kind of values that the procedure has no sets for
   * - `disagreement`: the evaluator says otherwise of a witness: an internal error, please report
   */
  readonly code: "not-documented" | "tied-keys" | "budget" | "unsupported" | "disagreement";
  /** In words, with the statement or key that it is about. */
  readonly text: string;
  readonly at?: DecidingStatement;
  /** A request of the set for which it is not decided, where one is known. */
  readonly request?: PolicyRequest;
}

interface Common {
  /** How much work it was: steps, not time, so that the same question has the same answer on every machine. */
  readonly steps: number;
}

export type Decision =
  /** Every request of the set is denied: proven by coverage. */
  | (Common & {
      readonly verdict: "all-denied";
      /** One of them. */
      readonly denied: Witness;
      /** Deny statements whose union covers the set; empty where nothing allows it. Sorted. */
      readonly by: readonly DecidingStatement[];
    })
  /** Every request of the set is allowed: no statement denies any, and every level and layer allows. */
  | (Common & { readonly verdict: "all-allowed"; readonly allowed: Witness })
  /** Some are allowed and some are denied: one of each. */
  | (Common & { readonly verdict: "mixed"; readonly allowed: Witness; readonly denied: Witness })
  /** Neither is proven. Where one side has a witness, it is there: it refutes the other side. */
  | (Common & {
      readonly verdict: "unknown";
      readonly allowed?: Witness;
      readonly denied?: Witness;
      /** Never empty. */
      readonly reasons: readonly Reason[];
    })
  /** The set contains no request, so that nothing is proven of it. */
  | (Common & { readonly verdict: "empty" });

export interface DecideOptions {
  /** Steps at most; past them it is `unknown`. @default 200000, which is well under a second */
  readonly steps?: number;
  /** A request of every part of the set is put to the evaluator, for tests of the procedure itself. @default false: one for each decision */
  readonly checkParts?: boolean;
}
