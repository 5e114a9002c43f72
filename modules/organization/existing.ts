/**
 * What AWS holds beside the facts: the things that a baseline can meet when it is applied, and those that it can take over. A snapshot with the
 * time of reading, written by `keyless sync --existing` to `existing.yaml`. Nothing in it is asked of AWS at synth.
 */

export type Tags = Readonly<Record<string, string>>;

/** A permission set with all that it allows and where it is assigned. */
export interface ExistingPermissionSet {
  readonly name: string;
  readonly arn: string;
  /** Empty: none. */
  readonly description: string;
  /** As AWS has it, ISO 8601: `PT1H`. */
  readonly sessionDuration: string;
  readonly relayState?: string | undefined;
  /** ARNs, sorted. */
  readonly awsManagedPolicies: readonly string[];
  readonly customerManagedPolicies: readonly { readonly name: string; readonly path: string }[];
  /** As AWS returned it. */
  readonly inlinePolicy?: string | undefined;
  readonly permissionsBoundary?:
    | { readonly managedPolicyArn: string }
    | { readonly customerManagedPolicy: { readonly name: string; readonly path: string } }
    | undefined;
  readonly tags: Tags;
  /** By principal, sorted. */
  readonly assignments: readonly {
    readonly principalType: "GROUP" | "USER";
    readonly principalId: string;
    /** Ids, sorted. */
    readonly accounts: readonly string[];
  }[];
}

/** What the facts leave out of an SCP or RCP of a customer's own. */
export interface ExistingPolicy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: Tags;
}

export interface ExistingOidcProvider {
  readonly accountId: string;
  readonly arn: string;
  /** With `https://` in front. */
  readonly url: string;
  /** Sorted. */
  readonly audiences: readonly string[];
  readonly tags: Tags;
  /** Names of the roles of the account that trust it, sorted. */
  readonly usedBy: readonly string[];
}

/** A thing by name that the baseline would make as well. */
export interface ExistingThing {
  /** Terraform's type. */
  readonly type: string;
  readonly accountId: string;
  /** Absent: the type is global. */
  readonly region?: string | undefined;
  readonly name: string;
  readonly tags: Tags;
}

/** Where the names were looked for: what is in the list and in no `things` was not there at the time. */
export interface ExistingLook {
  readonly type: string;
  readonly accountId: string;
  readonly region?: string | undefined;
  /** Names that were looked for there, sorted; others are not known. Empty for OIDC providers: all of an account are read. */
  readonly names: readonly string[];
}

export interface ExistingGap {
  readonly accountId: string;
  readonly what: string;
  readonly why: string;
}

export interface Existing {
  readonly version: 1;
  readonly organizationId: string;
  /** ISO 8601 in UTC, to the second. */
  readonly readAt: string;
  /** Sorted by name. */
  readonly permissionSets: readonly ExistingPermissionSet[];
  readonly policies: readonly ExistingPolicy[];
  readonly oidcProviders: readonly ExistingOidcProvider[];
  readonly things: readonly ExistingThing[];
  /** Names that were wanted, by type. Where each was looked for is in `looked`. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly looked: readonly ExistingLook[];
  /** What could not be read: nothing is known of it. */
  readonly notRead: readonly ExistingGap[];
}
