import type { BreakGlassIdentity } from "../break-glass/documents";
import type { PolicyStatement } from "../policy/types";

/** What the statements of a guardrail may depend on: names and ids of this environment, nothing else. */
export interface GuardrailContext {
  readonly organizationId: string;
  readonly managementAccountId: string;
  readonly breakGlass: BreakGlassIdentity;
  /** How the break-glass role reaches member accounts: it decides who may write it. */
  readonly breakGlassRollout: "stackset" | "terraform";
  /** Role that the pipeline assumes in member accounts. */
  readonly memberRole: string;
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

/** One guardrail of the catalogue: one claim, its statements, and the cases that hold it to the claim. */
export interface Guardrail {
  /** Also the name of its file. */
  readonly id: string;
  /** What it denies, in one sentence. */
  readonly denies: string;
  readonly why: string;
  readonly exemptions: readonly Exemption[];
  /** What can go wrong when it is enforced, and where that shows. */
  readonly hazards: readonly string[];
  readonly mapping: {
    /** CIS AWS Foundations Benchmark v3.0 */
    readonly cis: readonly string[];
    /** NIST SP 800-53 Rev. 5 */
    readonly nist80053: readonly string[];
  };
  /** Statements of its SCP; every one a Deny. */
  statements(context: GuardrailContext): readonly PolicyStatement[];
  /** Denied and still-allowed cases. */
  cases(context: GuardrailContext): readonly GuardrailCase[];
}
