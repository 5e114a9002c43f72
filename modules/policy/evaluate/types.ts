import type { PolicyDocument } from "../types";
import type { Layer } from "./statements";

export interface NamedPolicy {
  /** Says where the policy comes from, for explanations. */
  readonly name: string;
  readonly document: PolicyDocument;
}

/** The policies that take part. A layer that is absent is not looked at: the answer is what the others say. */
export interface PolicySet {
  /**
   * One entry for each level of the chain root → OU → … → account of the *principal*, with all SCPs attached there, `FullAWSAccess`
   * included. Absent: SCPs do not bind (management account).
   */
  readonly scps?: readonly (readonly NamedPolicy[])[];
  /** The same for the account of the *resource*. `RCPFullAWSAccess` need not be given: it cannot be detached. */
  readonly rcps?: readonly (readonly NamedPolicy[])[];
  /** Identity policies of the principal, its groups' included. Absent: taken as allowing (only the guardrails are asked). */
  readonly identity?: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** Session policies; all together they are one layer. */
  readonly session?: readonly NamedPolicy[];
  /** Resource policy; for `sts:AssumeRole*` the role's trust policy. */
  readonly resource?: NamedPolicy;
}

export type TruthName = "true" | "false" | "unknown";

export interface DecidingCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  readonly result: TruthName;
}

/** A statement that decides; or, without `statement`, a layer of which nothing allows. */
export interface Deciding {
  readonly layer: Layer;
  /** SCPs and RCPs: the position in the chain; 0 is the root. */
  readonly level?: number;
  /** Name of the policy; of a layer that does not allow the names of all its policies, with commas. */
  readonly policy: string;
  /** The position in its policy, from 0. */
  readonly statement?: number;
  readonly sid?: string;
  readonly effect?: "Allow" | "Deny";
  /** RCPs: whether they reach the service is not certain. @default - the policy binds */
  readonly binds?: "unknown";
  readonly conditions: readonly DecidingCondition[];
}

export interface Verdict {
  readonly decision: "allowed" | "denied" | "unknown";
  readonly kind: "explicit-allow" | "explicit-deny" | "implicit-deny" | "unknown";
  /**
   * Denied explicitly: every statement that denies. Denied implicitly: each layer that does not allow, each followed by its statements
   * that would but for a condition. Not known: every statement and layer that leaves it open. Allowed: the statements that allow.
   */
  readonly deciding: readonly Deciding[];
}
