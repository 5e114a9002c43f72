import type { Environment } from "../sections/environment";
import type { KeySets, PrincipalSet, TextSet } from "../policy/decide";
import type { NamedPolicy, PolicyRequest, PolicySet } from "../policy/evaluate";
import type { PolicyDocument } from "../policy/types";
import type { TargetState } from "../sections/target-state";
import type { Account } from "../organization/types";

/** What is proven, in the order in which people ask. */
export const PROOFS = [
  {
    id: "no-mint",
    title: "No mint",
    says: "nobody without a live exception can make or revive a long-term credential",
  },
  {
    id: "no-lock-out",
    title: "No lock-out",
    says: "break glass gets in with MFA, does its recovery list, and does not get in without",
  },
  {
    id: "still-manageable",
    title: "Still manageable",
    says: "the pipeline can create, change and destroy the resources of the stacks",
  },
  { id: "clean-up", title: "Clean-up works", says: "who cleans up can deactivate and delete credentials" },
  {
    id: "exemptions-hold",
    title: "Exemptions hold",
    says: "nobody can become a principal that a guardrail exempts, or change what the baseline rests on",
  },
  {
    id: "landing-zone",
    title: "Landing zone works",
    says: "AWS Control Tower can enrol accounts and register OUs",
  },
  {
    id: "pipeline-bounded",
    title: "Pipeline bounded",
    says: "no role that applies makes a role beyond its boundary in the management account, or changes break glass, the pipeline or policies of others",
  },
] as const;

export type ProofId = (typeof PROOFS)[number]["id"];

/** The proofs that an environment has: without a landing zone nothing is to be proven of one. */
export function proofsOf({ cells }: Pick<ProofReport, "cells">): readonly (typeof PROOFS)[number][] {
  return PROOFS.filter(({ id }) => id !== "landing-zone" || cells.some(({ proof }) => proof === id));
}

/** Everything that the proofs look at. */
export interface ProofInput extends TargetState {
  readonly environment: Environment;
}

/** A policy of the organization and where it is attached. */
export interface AttachedDocument {
  readonly name: string;
  readonly type: "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY";
  /** Written by this baseline: its exemptions are this baseline's to prove. */
  readonly ours: boolean;
  readonly document: PolicyDocument;
  /** Ids of the root, OUs and accounts. */
  readonly targetIds: readonly string[];
}

/** Kinds of principals: rows of the matrix. Those that are named are one principal each; the others are sets. */
export const KINDS = [
  { id: "break-glass-user", title: "break-glass users" },
  { id: "break-glass", title: "break-glass role" },
  { id: "pipeline-plan", title: "pipeline, plan" },
  { id: "pipeline-apply", title: "pipeline, apply" },
  { id: "pipeline-member", title: "pipeline's role in members" },
  { id: "stack-set", title: "StackSet execution" },
  { id: "landing-zone", title: "landing zone's role" },
  { id: "remediation", title: "hygiene remediation" },
  { id: "inventory", title: "inventory" },
  { id: "retirement", title: "retirement" },
  { id: "permission-set", title: "Identity Center sets" },
  { id: "administrator", title: "any other role" },
  { id: "iam-user", title: "any other IAM user" },
  { id: "root", title: "root user" },
  { id: "assumed-root", title: "central root session" },
  { id: "web-identity", title: "any web identity" },
  { id: "outsider", title: "anybody outside the account" },
  { id: "exception", title: "exceptions, live" },
  { id: "expired-exception", title: "exceptions, after their end" },
] as const;

export type PrincipalKind = (typeof KINDS)[number]["id"];

/** A root, OU or account on the way down to an account. */
export interface Level {
  readonly id: string;
  /** OU path, `(root)`, or the account's name. */
  readonly label: string;
}

/** Accounts of one OU that share a chain, or one account that has a chain of its own. */
export interface ChainPlace {
  /** Label of the OU, or the account's name. */
  readonly label: string;
  /** From the root down, the account itself last: the levels of the policies, in their order. */
  readonly levels: readonly Level[];
  readonly accounts: readonly Account[];
}

/** Somebody by name, for questions about one request. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** For people: `permission set Developer`, `administrator role`. */
  readonly name: string;
  readonly request: PolicyRequest["principal"];
  /** What is known of every request of this principal. */
  readonly context: NonNullable<PolicyRequest["context"]>;
  /** Its policies, where they are known. Absent: it is taken to be allowed everything. */
  readonly identity?: readonly NamedPolicy[];
  /** Of an exception: ids of the guardrails that it is excepted from. */
  readonly exceptedFrom?: readonly string[];
}

/** Principals of one kind, as a set: a named one, or any of a type but some. */
export interface Row {
  readonly kind: PrincipalKind;
  /** In words: `KeylessRetirement`, `any role but those that guardrails spare`. */
  readonly name: string;
  readonly sets: readonly PrincipalSet[];
  /** Its policies, where they are known. Absent: it is taken to be allowed everything. */
  readonly identity?: readonly NamedPolicy[];
}

/** One thing that is asked of the policies: what AWS says to every request of a set. */
export interface Question {
  readonly proof: ProofId;
  readonly expected: "allowed" | "denied";
  /** The union of these asks. */
  readonly rows: readonly Row[];
  readonly actions: readonly string[];
  /** Of a pattern in `actions`: those that are not asked about. @default - none */
  readonly exceptActions?: readonly string[];
  readonly resources: TextSet;
  /** The resources in words: `any user`. */
  readonly on: string;
  /** Account of the resources. @default - from their ARNs; the principal's where an ARN names none */
  readonly resourceAccountId?: string;
  /** Condition keys, beside those of the place. What is not named is open. */
  readonly keys?: KeySets;
  /** What the keys mean, in words: `with MFA, from an allowed network`. @default - any values of all condition keys */
  readonly when?: string;
  /** Keys that neither the baseline nor the facts fix: an answer that depends on one of them is not known. In lower case. @default - none */
  readonly unfixed?: readonly string[];
  /** What it would mean if the answer were another one, as a sentence; `{action}` stands for the action. */
  readonly otherwise: string;
  /** The end of the id; questions that share it are one counterexample. @default - the action */
  readonly key?: string;
  /** Index in the facts' `delegatedAdministrators`: the delegation makes it possible. @default - no delegation does */
  readonly delegate?: number;
  /** Where the principal is, with its SCPs, when it is not the account of the resource. */
  readonly from?: ChainPlace;
  /** Policies to ask. The same object for many questions is made ready once. @default - those of the chain */
  readonly policies?: PolicySet;
  /** The SCPs of `policies` are RCPs, which bind the service as the facts say. @default - they are SCPs */
  readonly rcpsAsked?: true;
  /** The statement whose spare is asked about: its owner can end it. @default - it is not about a spare of one statement */
  readonly sparedBy?: SparingStatement;
  /** Where all of this is denied, too, the question holds: what it asks about decides nothing. @default - it is asked by itself */
  readonly unless?: Question;
  /** Whatever is not proven is unknown for this reason, the end of a sentence. @default - a witness is a counterexample */
  readonly unsettled?: string;
  /** A fact that is missing: whatever is not proven is unknown for this reason. @default - nothing is missing */
  readonly missing?: MissingFact;
}

/** A Deny statement that spares somebody. */
export interface SparingStatement {
  readonly policy: string;
  /** Its Sid, or its place from 1. */
  readonly statement: string;
}

/** A fact that nobody has read or written. */
export interface MissingFact {
  /** Its key in organization.yaml. */
  readonly fact: string;
  /** What is not known, as the end of a sentence. */
  readonly why: string;
  /** How it comes to be known, as a sentence. */
  readonly fix: string;
}

/** A proof that does not hold: one request and what AWS would say to it. */
export interface Counterexample {
  /** Stable: `no-lock-out/Workloads/break-glass/ec2:StartInstances`. */
  readonly id: string;
  readonly proof: ProofId;
  /** The OU, account or `(root)` to which it belongs. */
  readonly place: string;
  /** The account it was found in, and how many there are. */
  readonly account: { readonly id: string; readonly name: string };
  readonly accounts: number;
  readonly principal: { readonly kind: PrincipalKind; readonly name: string; readonly arn: string };
  readonly action: string;
  readonly resource: string;
  readonly expected: "allowed" | "denied";
  readonly decision: "allowed" | "denied" | "unknown";
  /** Condition keys of the request that the deciding statements look at, as text. */
  readonly context: Readonly<Record<string, string>>;
  /** What decides, in words. */
  readonly because: string;
  /** What it means. */
  readonly otherwise: string;
  /** The fact that is missing, where one is. */
  readonly missing?: MissingFact;
  /** Name of the policy that decides. Absent: no policy does. */
  readonly policy?: string;
  /** Sid, or place from 1, of the statement that decides. Absent: no statement does. */
  readonly statement?: string;
  /** The statement that spares whoever makes the request possible. Absent: it is not about a spare of one statement. */
  readonly sparedBy?: SparingStatement;
  /** Others of the same kind for whom it is the same, sorted. */
  readonly alsoFor: readonly string[];
  /** Further actions of the same counterexample, sorted. */
  readonly alsoActions: readonly string[];
  /** Index in `guardrails.claims`: the environment promises what the rollout does not hold. @default - no promise is broken */
  readonly claim?: number;
  /** Index in the facts' `delegatedAdministrators`: the delegation makes it possible. @default - no delegation does */
  readonly delegate?: number;
  /** Present: somebody has taken it on, in `proofs.accepted`. */
  readonly accepted?: { readonly reason: string; readonly owner: string };
}

/** `not claimed`: no guardrail that says so is enforced there. `not bound`: no SCP binds the management account. */
export type CellStatus = "proven" | "failed" | "unknown" | "accepted" | "not claimed" | "not bound" | "not asked";

export interface Cell {
  readonly proof: ProofId;
  readonly chain: string;
  readonly kind: PrincipalKind;
  readonly status: CellStatus;
  /** Sets that were decided. */
  readonly questions: number;
  /** What was asked, in words: each set once, sorted. */
  readonly sets: readonly string[];
}

/** Accounts that the same policies bind. */
export interface ChainReport {
  /** OU path, `(root)`, or the name of an account. */
  readonly name: string;
  readonly places: readonly string[];
  readonly accounts: number;
  readonly managementAccount: boolean;
  /** From the root down: place and names of SCPs. Empty in the management account. */
  readonly levels: readonly { readonly place: string; readonly policies: readonly string[] }[];
  /** Names of the RCPs that bind what is in the accounts, sorted. Empty in the management account. */
  readonly rcps: readonly string[];
  /** Ids of the guardrails that are enforced there. */
  readonly enforced: readonly string[];
}

/** What a role could still become, or do to others, although it is bounded: AWS has nothing to take it away with. */
export interface Reach {
  readonly role: string;
  readonly what: string;
  /** One request that AWS would allow, confirmed by the evaluator. */
  readonly witness: { readonly action: string; readonly resource: string };
}

export interface ProofReport {
  readonly environment: string;
  readonly chains: readonly ChainReport[];
  readonly cells: readonly Cell[];
  /** Sorted by id. */
  readonly counterexamples: readonly Counterexample[];
  /** Indexes in `proofs.accepted` of what no longer occurs, in words. */
  readonly staleAcceptances: readonly { readonly index: number; readonly what: string }[];
  /** What the pipeline's roles could still become, although they are bounded. Absent: there is no pipeline, or nobody asked. */
  readonly reaches?: readonly Reach[];
  /** Sets of requests that were decided, for all chains. */
  readonly questions: number;
}
