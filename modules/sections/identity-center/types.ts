import type { z } from "zod";
import type { SectionEnvironment } from "../section-environment";
import type { identityCenterSection } from "./schema";
import type { PolicyDocument } from "../../policy/types";

/** The section `identityCenter` of `baseline.yaml`, parsed. */
export type IdentityCenterSection = z.infer<typeof identityCenterSection>;

/** An environment as this section sees it. */
export type IdentityCenterEnvironment = SectionEnvironment<{
  readonly identityCenter?: IdentityCenterSection | undefined;
}>;

/** A group that this baseline makes. */
export interface OwnGroup {
  readonly name: string;
  /** Part of Terraform addresses. */
  readonly key: string;
  /** Empty: none. */
  readonly description: string;
}

/** A customer managed policy, which must exist by this name and path in every account of the assignments. */
export interface CustomerManagedPolicy {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
}

export type PermissionsBoundary =
  { readonly managedPolicyArn: string } | { readonly customerManagedPolicy: CustomerManagedPolicy };

/** Accounts of one OU that an assignment reaches. For people: nothing in Terraform depends on OUs. */
export interface OrganizationalUnitReach {
  /** Path of the OU, `(root)` for accounts directly below the root. */
  readonly path: string;
  readonly accounts: number;
}

/** One group with one permission set, in all accounts that any entry of `assignments` says. */
export interface AssignmentState {
  readonly group: string;
  /** Part of Terraform addresses. */
  readonly groupKey: string;
  /** Absent: a group of ours that the facts do not show yet; it is looked up by name when Terraform runs. */
  readonly groupId?: string;
  /** Sorted by id. The name is for people: only the id is part of an address. */
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Sorted by path. */
  readonly organizationalUnits: readonly OrganizationalUnitReach[];
}

export interface PermissionSetState {
  readonly name: string;
  /** Part of Terraform addresses. */
  readonly key: string;
  /** Empty: none. */
  readonly description: string;
  readonly sessionHours: number;
  readonly relayStateUrl?: string;
  /** Sorted by name. */
  readonly managedPolicies: readonly { readonly name: string; readonly key: string; readonly arn: string }[];
  /** Sorted by name. */
  readonly customerManagedPolicies: readonly (CustomerManagedPolicy & { readonly key: string })[];
  readonly inlinePolicy?: PolicyDocument;
  readonly permissionsBoundary?: PermissionsBoundary;
  /** Sorted by group. */
  readonly assignments: readonly AssignmentState[];
}

/** Permission sets with their assignments that share a Terraform state. */
export interface PermissionSetShard {
  /** Name of the stack without the environment. */
  readonly name: string;
  /** Account the stack runs in. */
  readonly accountId: string;
  /** Sorted by name. May be empty: then the facts show one that is to go, and its stack has to be there to remove it. */
  readonly permissionSets: readonly PermissionSetState[];
}

/** Identity Center as it is to be. Plain data. */
export interface IdentityCenterState {
  readonly instanceArn: string;
  readonly identityStoreId: string;
  /** Region of the instance: all its stacks run there. */
  readonly region: string;
  /** The management account, or the delegated administrator. */
  readonly managingAccountId: string;
  /** Sorted by name. */
  readonly groups: readonly OwnGroup[];
  /** Sorted by key. */
  readonly accessControlAttributes: readonly { readonly key: string; readonly sources: readonly string[] }[];
  /** Sorted by name. */
  readonly shards: readonly PermissionSetShard[];
}
