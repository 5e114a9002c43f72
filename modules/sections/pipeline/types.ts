import type { PolicyDocument } from "../../policy/types";
import type { OidcProviderState, WorkloadRole } from "../workload-identity/types";
import type { z } from "zod";
import type { SectionEnvironment } from "../section-environment";
import type { pipelineSection } from "./schema";

/** The section `pipeline` of `baseline.yaml`, parsed. */
export type PipelineSection = z.output<typeof pipelineSection>;

/** An environment as this section sees it. */
export type PipelineEnvironment = SectionEnvironment<{ readonly pipeline?: PipelineSection | undefined }>;

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
  readonly apply: PipelineRole;
  /** In every member account, through a StackSet or through the accounts' own stacks. */
  readonly memberPlan: MemberPlanRole;
  readonly rollout: "stackset" | "terraform";
}

export interface PipelineRole {
  /** `workload` is `plan` or `apply`, part of Terraform addresses. */
  readonly role: WorkloadRole;
  /** What it may do: one managed policy for each kind of stack, and one for what all of them need. Sorted by key. */
  readonly policies: readonly { readonly key: string; readonly name: string; readonly document: PolicyDocument }[];
  /** Sorted. */
  readonly subjects: readonly string[];
}
