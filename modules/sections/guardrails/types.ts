import type { EventPattern } from "../alarms/documents";
import type { BreakGlassIdentity } from "../break-glass/documents";
import type { OrganizationPolicyType } from "../../organization/types";
import type { PolicyStatement } from "../../policy/types";
import type { z } from "zod";
import type { SectionEnvironment } from "../section-environment";
import type { guardrailsSection } from "./schema";

/** An environment as this section sees it. */
export type GuardrailsEnvironment = SectionEnvironment<{ readonly guardrails: z.output<typeof guardrailsSection> }>;

/** What the statements of a guardrail may depend on: names and ids of this environment, nothing else. */
export interface GuardrailContext {
  readonly organizationId: string;
  readonly managementAccountId: string;
  readonly breakGlass: BreakGlassIdentity;
  /** How the break-glass role reaches member accounts: it decides who may write it. */
  readonly breakGlassRollout: "stackset" | "terraform";
  /** Role that the pipeline assumes in member accounts. */
  readonly memberRole: string;
  /** Further names of it, in some accounts; sorted. @default - it has one name */
  readonly otherMemberRoles?: readonly string[];
  /** Its name in the home account of break glass. @default - `memberRole` */
  readonly homeMemberRole?: string;
  /** Role of a landing zone that needs room beside these guardrails. @default - there is none */
  readonly landingZoneRole?: string;
  /** Absent: credential hygiene is not managed here. */
  readonly credentialHygiene?: CredentialHygieneContext;
  /** Whom restrict-web-identity lets in. Absent: nobody. */
  readonly webIdentity?: WebIdentityContext;
  /** Whom restrict-outside-accounts lets in. @default - nobody */
  readonly outsideAccounts?: readonly OutsideAccount[];
}

/** Accounts outside the organization whose principals may assume roles here for a while. Plain data. */
export interface OutsideAccount {
  readonly name: string;
  /** Ids, sorted. */
  readonly accounts: readonly string[];
  /** Names of roles, with their path, in any account; sorted. Empty: every role that trusts the account. */
  readonly roles: readonly string[];
  readonly owner: string;
  readonly reason: string;
  /** Last day on which it holds, `YYYY-MM-DD`, in UTC. */
  readonly expires: string;
  /** The last second of that day, as policies write it: after it AWS denies again. */
  readonly endsAt: string;
}

/** What guardrails need to know of credential hygiene. */
export interface CredentialHygieneContext {
  /** Account of the organization rules, the analyzer and the alarm hub. */
  readonly managingAccountId: string;
  /** Names, below `/keyless/`, of the roles that may change the status of a credential; sorted. */
  readonly cleanUpRoles: readonly string[];
}

/** One issuer of web identities and whom of its subjects roles may trust. */
export interface TrustedWebIdentity {
  /** Host and path of the issuer, the prefix of its condition keys: `token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** Claim that names the owner, for example `sub`. */
  readonly claim: string;
  /** Values of the claim; `*` only behind the owner's name. Sorted. */
  readonly values: readonly string[];
}

export interface WebIdentityContext {
  /** Sorted by issuer. */
  readonly trusted: readonly TrustedWebIdentity[];
}

/** Who a guardrail does not bind by design. */
export interface Exemption {
  readonly who: string;
  readonly why: string;
  /** What keeps others from becoming this principal. */
  readonly cannotBeAbusedBecause: string;
}

/** One request and what the guardrail is to say of it. */
export interface GuardrailCase {
  readonly name: string;
  readonly action: string;
  readonly resource: string;
  /** ARN of the principal, as `aws:PrincipalArn` presents it. */
  readonly principal: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly expected: "denied" | "untouched";
}

/** Events of CloudTrail that a rollout in mode `observe` watches: what the guardrail would deny, or close to it. Plain data. */
export interface Observation {
  /** For example `iam.amazonaws.com`. Absent: any. */
  readonly eventSource?: string;
  /** Names of events, sorted. Absent: every event. */
  readonly eventNames?: readonly string[];
  /** Further conditions on the event's `detail`, as an EventBridge pattern writes them. @default - none */
  readonly detail?: EventPattern;
}

/** One guardrail of the catalogue: one claim, its statements, and the cases that hold it to the claim. */
export interface Guardrail {
  /** Also the name of its file. */
  readonly id: string;
  /** @default "SERVICE_CONTROL_POLICY" */
  readonly policyType?: OrganizationPolicyType;
  /** What it denies, in one sentence. */
  readonly denies: string;
  readonly why: string;
  readonly exemptions: readonly Exemption[];
  /** What can go wrong when it is enforced, and where that shows. */
  readonly hazards: readonly string[];
  readonly mapping: {
    /** CIS AWS Foundations Benchmark v3.0 */
    readonly cis: readonly string[];
    /**
     * CIS AWS Foundations Benchmark v7.0.0, numbers and titles as in prowler-cloud/prowler, prowler/compliance/aws/cis_7.0_aws.json
     * (0e868f02602c). Version 7 has no more of "no access keys during initial setup" (1.11) and "one active access key" (1.13).
     */
    readonly cis7: readonly string[];
    /** NIST SP 800-53 Rev. 5 */
    readonly nist80053: readonly string[];
  };
  /** Ids of guardrails that must bind wherever this one does: they keep others from becoming one of its exempt principals. @default - none */
  requires?(context: GuardrailContext): readonly string[];
  /** Statements of its policy; every one a Deny. None: there is nothing to deny in this environment. */
  statements(context: GuardrailContext): readonly PolicyStatement[];
  /** Denied and still-allowed cases. */
  cases(context: GuardrailContext): readonly GuardrailCase[];
  /** What the mode `observe` looks out for. */
  observes(context: GuardrailContext): readonly Observation[];
}
