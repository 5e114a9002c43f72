import type { Suspect } from "../cloudtrail/suspects";

/**
 * What `keyless inventory` reads of the accounts, and what it makes of it. Plain data; times are ISO 8601 in UTC, so that the same text
 * goes into files and comes back. No secret is in here: IAM shows none after it was made.
 */

/** Something that could not be read, in one account. */
export interface CollectionProblem {
  readonly code:
    | "INVENTORY-ACCESS-DENIED"
    | "INVENTORY-THROTTLED"
    | "INVENTORY-TIMEOUT"
    | "INVENTORY-NOT-UNDERSTOOD"
    | "INVENTORY-REPORT-ONLY"
    | "INVENTORY-FAILED";
  /** What was read: `iam:ListUsers`, `sts:AssumeRole`. */
  readonly what: string;
  readonly message: string;
}

export type KeyStatus = "Active" | "Inactive" | "Expired";

export interface LastUse {
  readonly at: string;
  /** Service and region as IAM names them; absent where IAM does not say. */
  readonly service?: string;
  readonly region?: string;
}

export interface AccessKeyFacts {
  readonly id: string;
  readonly status: KeyStatus;
  readonly createdAt: string;
  /** Absent: never used since IAM began to record use. */
  readonly lastUse?: LastUse;
  /** Its last use could not be read: it may be in use. @default false */
  readonly useUnknown?: true;
}

/** A credential of a service (CodeCommit, Keyspaces, Bedrock), a signing certificate or an SSH key: IAM does not say when it was used. */
export interface OtherCredentialFacts {
  readonly id: string;
  readonly status: KeyStatus;
  readonly createdAt: string;
  /** For credentials of a service: `bedrock.amazonaws.com`. */
  readonly service?: string;
  readonly expiresAt?: string;
}

export interface UserFacts {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly createdAt: string;
  /** From the tag `owner`, `Owner`, `team` or `Team`. */
  readonly owner?: string;
  /** Absent: no console password. */
  readonly password?: { readonly createdAt: string; readonly lastUsedAt?: string };
  readonly mfa: boolean;
  readonly accessKeys: readonly AccessKeyFacts[];
  readonly serviceCredentials: readonly OtherCredentialFacts[];
  readonly certificates: readonly OtherCredentialFacts[];
  readonly sshKeys: readonly OtherCredentialFacts[];
}

export interface RootFacts {
  /** IAM shows no ids of root's keys. */
  readonly accessKeys: readonly {
    readonly slot: 1 | 2;
    readonly status: KeyStatus;
    readonly createdAt?: string;
    readonly lastUse?: LastUse;
  }[];
  readonly mfa: boolean;
  /** Absent where IAM does not say. */
  readonly password?: boolean;
  readonly passwordLastUsedAt?: string;
}

/** One account as it was read. */
export interface AccountFacts {
  readonly accountId: string;
  /** `complete`: all was read; `partial`: some was not; `failed`: nothing was. */
  readonly status: "complete" | "partial" | "failed";
  readonly collectedAt: string;
  readonly problems: readonly CollectionProblem[];
  /** The credential report lags by up to four hours. Absent where none could be had. */
  readonly reportGeneratedAt?: string;
  /** Read from a credential report alone, without AWS: it is as old as the report, and keys have no ids. @default false */
  readonly reportOnly?: true;
  readonly root?: RootFacts;
  /** Sorted by name. */
  readonly users: readonly UserFacts[];
}

/** What was read of CloudTrail, so that an answer can say of when it is. */
export interface EvidenceRead {
  readonly source: "logs" | "event history";
  /** First and last event. @default - there was none */
  readonly from?: string;
  readonly to?: string;
  /** Files, records, keys or accounts that were left out. */
  readonly leftOut: number;
}

/** Who used a key, from CloudTrail. Texts are as the callers sent them: whoever prints them escapes them. */
export interface KeyUsage {
  readonly accessKeyId: string;
  readonly events: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Most frequent first; bounded. */
  readonly sourceAddresses: readonly Counted[];
  /** Calls from other addresses than these. @default 0 */
  readonly otherAddressCalls?: number;
  readonly userAgents: readonly Counted[];
  /** Event sources: `s3.amazonaws.com`. */
  readonly services: readonly Counted[];
  /** Calls that AWS refused. @default - not counted */
  readonly denied?: number;
  /** `s3:GetObject`; most frequent first, bounded. @default - not known */
  readonly calls?: readonly Counted[];
  /** Who asked what the key is good for, or was refused, by network and agent; the worst first, bounded. @default - nobody, or not counted */
  readonly suspects?: readonly Suspect[];
  /** There are more calls than were read: every number is one of at least so many. @default false */
  readonly capped?: true;
  /** Newest first; bounded. */
  readonly lastEvents: readonly {
    readonly at: string;
    readonly service: string;
    readonly name: string;
    readonly region?: string;
    readonly errorCode?: string;
  }[];
}

export interface Counted {
  readonly value: string;
  readonly count: number;
}

export type CredentialKind =
  "access-key" | "root-access-key" | "password" | "service-credential" | "signing-certificate" | "ssh-key";

/**
 * - `break-glass`, `excepted`: left alone by design;
 * - `inactive`: does not work, and can be made to work again;
 * - `new`: never used, but too young to say so; `never-used`; `unused` for `maxUnusedDays`;
 * - `stolen`: looks like a key in the wrong hands, an incident; `mixed`: used by several kinds of programs;
 * - `aws-compute`, `ci`, `person`, `external-workload`: in use, and by what;
 * - `in-use`: used lately, by what is not known; `unknown`: IAM does not say whether it is used.
 */
export const VERDICTS = [
  "stolen",
  "never-used",
  "unused",
  "new",
  "aws-compute",
  "ci",
  "person",
  "external-workload",
  "mixed",
  "in-use",
  "unknown",
  "inactive",
  "break-glass",
  "excepted",
] as const;
export type VerdictKind = (typeof VERDICTS)[number];

export interface Verdict {
  readonly kind: VerdictKind;
  readonly reason: string;
}

/** What takes the place of a credential. */
export interface Replacement {
  readonly by: "nothing" | "role" | "oidc" | "roles-anywhere" | "identity-center" | "find-out";
  readonly advice: string;
  /** YAML to add to `baseline.yaml`; what has to be filled in is said in its comments. */
  readonly snippet?: string;
}

/** One long-term credential with its verdict. */
export interface Credential {
  readonly kind: CredentialKind;
  /** Access key id, id of the certificate and so on; `password`, `root-key-1`. Unique together with account, user and kind. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  /** Path of the OU; empty below the root. */
  readonly organizationalUnit: string;
  /** `<root>` for the root user. */
  readonly user: string;
  readonly userArn: string;
  readonly owner?: string;
  readonly status: KeyStatus;
  readonly mfa?: boolean;
  readonly createdAt?: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  /** Its last use could not be read. @default false */
  readonly useUnknown?: true;
  readonly lastUsedService?: string;
  readonly lastUsedRegion?: string;
  /** Whole days since it was made. */
  readonly ageDays?: number;
  /** Whole days since it was last used, or made where it never was. */
  readonly idleDays?: number;
  readonly verdict: Verdict;
  readonly replacement: Replacement;
  readonly usage?: KeyUsage;
  /** When its account was read. */
  readonly collectedAt: string;
}

/** The days of `baseline.yaml`: the one source. */
export interface HygieneDays {
  readonly maxUnusedDays: number;
  readonly inactiveDaysBeforeDelete: number;
}

/** The result of `keyless inventory`: what `--json` prints, and what later runs read as history. */
export interface Inventory {
  readonly format: "keyless-inventory/1";
  readonly environment: string;
  readonly organizationId: string;
  /** When the verdicts were made; accounts have their own times. */
  readonly generatedAt: string;
  readonly days: HygieneDays;
  /** Made of credential reports alone: days count to the time of each report, and keys have no ids. @default false */
  readonly reportsOnly?: true;
  /** Access key ids are shortened. */
  readonly masked: boolean;
  readonly accounts: readonly AccountSummary[];
  /** Sorted by account id, user, kind, id. */
  readonly credentials: readonly Credential[];
}

export interface AccountSummary {
  readonly id: string;
  readonly name: string;
  readonly organizationalUnit: string;
  readonly status: AccountFacts["status"] | "not-read";
  readonly problems: readonly CollectionProblem[];
  readonly collectedAt?: string;
  readonly reportGeneratedAt?: string;
  readonly users: number;
  readonly root?: RootFacts;
}
