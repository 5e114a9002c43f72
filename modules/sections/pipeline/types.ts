import type { PolicyDocument } from "../../policy/types";
import type { BreakGlassState } from "../break-glass/resolve";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { GuardrailsState } from "../guardrails/resolve";
import type { IdentityCenterState } from "../identity-center/types";
import type { OidcProviderState, WorkloadIdentityState, WorkloadRole } from "../workload-identity/types";
import type { z } from "zod";
import type { SectionEnvironment } from "../section-environment";
import type { pipelineSection } from "./schema";

/** The section `pipeline` of `baseline.yaml`, parsed. */
export type PipelineSection = z.output<typeof pipelineSection>;

/** An environment as this section sees it. */
export type PipelineEnvironment = SectionEnvironment<{ readonly pipeline?: PipelineSection | undefined }>;

/** What the pipeline's permissions depend on. */
export interface PipelineNeeds {
  readonly breakGlass: BreakGlassState;
  readonly guardrails: GuardrailsState;
  readonly identityCenter?: IdentityCenterState;
  readonly workloadIdentity?: WorkloadIdentityState;
  readonly credentialHygiene?: CredentialHygieneState;
}

/** How the providers of stacks in member accounts read them: everything that Terraform does before it applies. */
export interface MemberPlanRole {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly description: string;
  readonly trust: PolicyDocument;
  readonly policyName: string;
  /** With CloudFormation's name for the account it is in. */
  readonly permissions: PolicyDocument;
}

/** The pipeline as it is to be. Plain data. */
export interface PipelineState {
  readonly managementAccountId: string;
  readonly rootId: string;
  readonly provider: OidcProviderState;
  /** Roles in the management account, with all that they may do. */
  readonly plan: PipelineRole;
  /**
   * What a run that applies comes as: it reads as the plan does, and becomes the role of the section that it applies. Absent in HCP Terraform, where
   * the token of each workspace names it: the roles of the sections trust those tokens.
   */
  readonly apply?: PipelineRole;
  /** One for each section that a pipeline applies. Sorted by key. */
  readonly sections: readonly SectionRole[];
  /** What roles that the sections make in the management account may do at most. Sorted by key. */
  readonly boundaries: readonly PolicyPart[];
  /** In every member account, through a StackSet or through the accounts' own stacks. */
  readonly memberPlan: MemberPlanRole;
  readonly rollout: "stackset" | "terraform";
}

/** A managed policy. */
export interface PolicyPart {
  readonly key: string;
  readonly name: string;
  readonly document: PolicyDocument;
}

export interface PipelineRole {
  /** `workload` is `plan`, `apply`, or `apply_<section>`, part of Terraform addresses. */
  readonly role: WorkloadRole;
  /** What it may do, and no other role: one managed policy for each kind of stack, and one for what all of them need. Sorted by key. */
  readonly policies: readonly PolicyPart[];
  /** Policies of the plan role that it has as well. @default - none */
  readonly shared?: readonly PolicyPart[];
  /** Of tokens, sorted. Empty: no token will do, another role becomes it. */
  readonly subjects: readonly string[];
}

/** The role that applies the stacks of one section, and can do nothing else. */
export interface SectionRole extends PipelineRole {
  /** Key of the policy: `guardrails`, `identity-center`. */
  readonly key: string;
  /** Names of its stacks without the environment, sorted. */
  readonly stacks: readonly string[];
  /** Boundaries that the roles must have that it makes in the management account. Empty: it makes none. */
  readonly boundaries: readonly string[];
}

/** All that a role of the pipeline may do. */
export function policiesOf({ policies, shared = [] }: PipelineRole): readonly PolicyPart[] {
  return [...policies, ...shared];
}

/** Every role of the pipeline in the management account. */
export function rolesOf({ plan, apply, sections }: PipelineState): readonly PipelineRole[] {
  return [plan, ...(apply ? [apply] : []), ...sections];
}
