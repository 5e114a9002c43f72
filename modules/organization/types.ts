/**
 * The facts of an AWS organization: a snapshot with literal ids, written by `keyless sync`, reviewed like code.
 * Plain data; nothing here is asked of AWS at synth.
 */

/**
 * `ACTIVE` accounts are targets; all others stay out of everything.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
 */
export type AccountStatus = "PENDING_ACTIVATION" | "ACTIVE" | "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED";

export interface Account {
  /** Twelve digits. */
  readonly id: string;
  readonly name: string;
  readonly status: AccountStatus;
  /** Id of the OU or root that holds the account. */
  readonly parentId: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface OrganizationalUnit {
  /** `ou-…`. */
  readonly id: string;
  readonly name: string;
  /** Id of the parent OU or of the root. */
  readonly parentId: string;
}

export type OrganizationPolicyType = "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY";

/** An SCP or RCP as it is in the organization, ours or somebody else's. */
export interface AttachedPolicy {
  readonly id: string;
  readonly name: string;
  readonly type: OrganizationPolicyType;
  /** True for `FullAWSAccess` and its kin. */
  readonly awsManaged: boolean;
  /** True when its tag `keyless:environment` has this environment's name as the value: ours, so it is not counted as foreign. */
  readonly ours: boolean;
  /** Taken over by `adopted` of moves.yaml: ours, whatever its tags. @default - it is not. The file of the facts has no such key */
  readonly adopted?: true;
  /** The policy document as text, exactly as AWS returned it. */
  readonly content: string;
  /** Ids of the root, OUs and accounts it is attached to, sorted. */
  readonly targetIds: readonly string[];
}

export interface DelegatedAdministrator {
  readonly accountId: string;
  /** Service principals, sorted. */
  readonly services: readonly string[];
}

export interface IdentityCenterGroup {
  readonly id: string;
  readonly displayName: string;
  /** True when an identity provider synchronizes the group (SCIM): it has an external id and must not be created by us. */
  readonly synced: boolean;
}

export interface IdentityCenterPermissionSet {
  readonly name: string;
  readonly arn: string;
  /** True when its tag `keyless:environment` has this environment's name as the value. */
  readonly ours: boolean;
  /** Taken over by `adopted` of moves.yaml: ours, whatever its tags. @default - it is not. The file of the facts has no such key */
  readonly adopted?: true;
  /** True when it is provisioned in the management account: a delegated administrator cannot manage it. */
  readonly inManagementAccount: boolean;
}

export interface IdentityCenterInstance {
  readonly instanceArn: string;
  readonly identityStoreId: string;
  /** Region of the instance. */
  readonly region: string;
  readonly groups: readonly IdentityCenterGroup[];
  readonly permissionSets: readonly IdentityCenterPermissionSet[];
}

/** A CloudTrail trail of the management account. */
export interface Trail {
  readonly name: string;
  readonly homeRegion: string;
  readonly organization: boolean;
  readonly multiRegion: boolean;
  readonly logging: boolean;
}

export interface Organization {
  /** `o-…`. */
  readonly id: string;
  readonly managementAccountId: string;
  /** `r-…`. */
  readonly rootId: string;
  /** Policy types enabled on the root, sorted, for example `SERVICE_CONTROL_POLICY`. */
  readonly enabledPolicyTypes: readonly string[];
  /** Service principals with trusted access, sorted, for example `member.org.stacksets.cloudformation.amazonaws.com`. */
  readonly trustedServices: readonly string[];
  readonly delegatedAdministrators: readonly DelegatedAdministrator[];
  /** The resource-based delegation policy as AWS returns it; empty: there is none. Absent: it was not read. */
  readonly delegationPolicy?: string | undefined;
  /** Whether RCPs and resource-based policies bind signing in to the console. Absent: not known. */
  readonly consoleAuthorization?: "enabled" | "disabled" | undefined;
  readonly organizationalUnits: readonly OrganizationalUnit[];
  readonly accounts: readonly Account[];
  readonly policies: readonly AttachedPolicy[];
  /** Regions enabled in the management account, sorted. */
  readonly enabledRegions: readonly string[];
  readonly trails: readonly Trail[];
  /** Centralized root access features that are on, sorted: `RootCredentialsManagement`, `RootSessions`. */
  readonly rootAccessFeatures: readonly string[];
  /** Absent when the organization has no Identity Center instance. */
  readonly identityCenter?: IdentityCenterInstance | undefined;
}
