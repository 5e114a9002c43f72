import type { z } from "zod";
import type { workloadIdentitySection } from "./schema";
import type { PolicyDocument } from "../../policy/types";
import type { CertificateAuthority } from "./certificates";
import type { OidcKind } from "./oidc";
import type { RevocationList } from "./revocation";
import type { SectionEnvironment } from "../section-environment";

/** An environment as this section sees it. */
export type WorkloadIdentityEnvironment = SectionEnvironment<{
  readonly workloadIdentity?: WorkloadIdentitySection | undefined;
}>;

/** The section `workloadIdentity` of `baseline.yaml`, parsed. */
export type WorkloadIdentitySection = z.infer<typeof workloadIdentitySection>;

export interface TrustAnchorState {
  readonly name: string;
  /** Stands for the real one in the trust policies of its workloads. */
  readonly arn: string;
  /** Canonical PEM, nothing but certificates; or the ARN of an AWS Private CA. */
  readonly source:
    | { readonly certificateBundle: string; readonly authorities: readonly CertificateAuthority[] }
    | { readonly privateCaArn: string };
  /** What `keyless crl` keeps in AWS: no Terraform resource has it. @default - none */
  readonly revocationLists?: readonly NamedRevocationList[];
}

/** A revocation list as the baseline names it: a file, read and checked; or an address, of which nothing is known here. */
export type NamedRevocationList = { readonly file: string; readonly list: RevocationList } | { readonly url: string };

/** The role of a workload. */
export interface WorkloadRole {
  /** Name of the workload, part of Terraform addresses. */
  readonly workload: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly trust: PolicyDocument;
  /** Sorted by name. */
  readonly managedPolicies: readonly { readonly name: string; readonly key: string; readonly arn: string }[];
  readonly inlinePolicy?: PolicyDocument;
  readonly permissionsBoundary?: string;
}

/** A workload outside AWS that holds a certificate. */
export interface AnywhereWorkload {
  readonly trustAnchor: string;
  /** For people: `CN=billing-batch, OU=Billing`. */
  readonly subject: string;
  readonly sessionSeconds: number;
  readonly role: WorkloadRole;
}

export interface OidcProviderState {
  readonly name: string;
  readonly kind: OidcKind;
  readonly url: string;
  readonly arn: string;
  /** Sorted. */
  readonly audiences: readonly string[];
  /** Somebody else manages it. @default - this baseline makes it */
  readonly existing?: true;
}

/** A workload that holds an OIDC token. */
export interface OidcWorkload {
  readonly provider: string;
  readonly issuerUrl: string;
  readonly kind: OidcKind;
  /** Sorted. */
  readonly subjects: readonly string[];
  readonly role: WorkloadRole;
}

/** What one account and region holds: one Terraform state. */
export interface WorkloadIdentityStack {
  /** Name without the environment. */
  readonly name: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly region: string;
  /** Everything below sorted by name. */
  readonly trustAnchors: readonly TrustAnchorState[];
  readonly rolesAnywhere: readonly AnywhereWorkload[];
  readonly oidcProviders: readonly OidcProviderState[];
  readonly oidcRoles: readonly OidcWorkload[];
}

/** Machines as they are to be. Plain data. */
export interface WorkloadIdentityState {
  /** Sorted by name. */
  readonly stacks: readonly WorkloadIdentityStack[];
  /** Audiences that workloads need of a provider which is made elsewhere in this baseline: the pipeline's. Sorted. */
  readonly audiencesElsewhere: readonly string[];
  /** Providers that somebody else manages and that workloads use, sorted by ARN. */
  readonly existingProviders: readonly (OidcProviderState & { readonly accountId: string })[];
}
