import { byKey } from "../../../kernel/lists";
import type { AccountSummary, Credential, CredentialKind, Inventory, VerdictKind } from "../types";

/**
 * What an inventory finds, in a form between its own and those of the tools that collect findings. One for each credential that should go,
 * and one for each account of which not everything is known: an account without findings is one that was read.
 */
export interface Finding {
  /** The same in every run, for the same credential: tools update what they have by it. At most 512 characters. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  /** What was judged: one rule of ours. */
  readonly rule: CredentialKind | "account-not-read";
  readonly title: string;
  readonly description: string;
  /** What to do. */
  readonly remedy: string;
  readonly severity: Severity;
  /** `unknown`: it was not read; never taken for one that passes. */
  readonly result: "fails" | "unknown";
  readonly subject: Subject;
  /** When it came to be, where that is known; else when it was read. */
  readonly createdAt: string;
  readonly seenAt: string;
  /** Facts about it, as texts. */
  readonly details: Readonly<Record<string, string>>;
}

export type Severity = "low" | "medium" | "high" | "critical";

export type Subject =
  | { readonly kind: "account" }
  | { readonly kind: "user"; readonly arn: string }
  | {
      readonly kind: "access-key";
      readonly keyId: string;
      readonly userArn: string;
      readonly userName: string;
      readonly status: "Active" | "Inactive";
    };

/** Left alone by design, with an owner and an end: the rollout and its review speak of them. */
const BY_DESIGN: ReadonlySet<VerdictKind> = new Set(["break-glass", "excepted"]);

const KINDS: Readonly<Record<CredentialKind, string>> = {
  "access-key": "Long-term access key",
  "root-access-key": "Access key of the root user",
  password: "Console password of an IAM user",
  "service-credential": "Long-term credential of a service",
  "signing-certificate": "Signing certificate of an IAM user",
  "ssh-key": "SSH key of an IAM user",
};

/** @throws nothing; sorted by id */
export function findingsOf(inventory: Inventory): readonly Finding[] {
  const prefix = `keyless/${inventory.organizationId}`;
  const credentials = inventory.credentials
    .filter(({ verdict }) => !BY_DESIGN.has(verdict.kind))
    .map((one) => ofCredential(prefix, one));
  const accounts = inventory.accounts
    .filter(({ status }) => status !== "complete")
    .map((one) => ofAccount(prefix, one, inventory.generatedAt));
  return [...credentials, ...accounts].sort(byKey(({ id }) => id));
}

function ofCredential(prefix: string, credential: Credential): Finding {
  const { accountId, accountName, kind, id, user, status, verdict, replacement, createdAt, collectedAt } = credential;
  return {
    id: [prefix, accountId, kind, user, id].join("/"),
    accountId,
    accountName,
    rule: kind,
    title: `${KINDS[kind]}: ${user} in ${accountName} (${verdict.kind})`,
    description: `${status}. ${verdict.reason}`,
    remedy: replacement.advice,
    severity: severityOf(credential),
    // It is there; that nothing is known of its use makes it no better.
    result: "fails",
    subject: subjectOf(credential),
    createdAt: createdAt ?? collectedAt,
    seenAt: collectedAt,
    details: detailsOf(credential),
  };
}

function severityOf({ kind, status, verdict, mfa }: Credential): Severity {
  if (verdict.kind === "stolen") return "critical";
  if (kind === "root-access-key") return status === "Active" ? "critical" : "high";
  if (status !== "Active" || verdict.kind === "inactive" || verdict.kind === "new") return "low";
  return kind === "password" && mfa === false ? "high" : "medium";
}

function subjectOf({ kind, id, user, userArn, status }: Credential): Subject {
  if (kind === "root-access-key") return { kind: "account" };
  // A credential report has no ids of keys.
  return kind === "access-key" && /^AKIA[A-Z0-9]{12,124}$/.test(id)
    ? {
        kind: "access-key",
        keyId: id,
        userArn,
        userName: user,
        status: status === "Active" ? "Active" : "Inactive",
      }
    : { kind: "user", arn: userArn };
}

function detailsOf(credential: Credential): Readonly<Record<string, string>> {
  const { verdict, owner, organizationalUnit, status, lastUsedAt, lastUsedService, ageDays, idleDays, replacement } =
    credential;
  const known: Readonly<Record<string, string | number | undefined>> = {
    Verdict: verdict.kind,
    Status: status,
    Owner: owner,
    OrganizationalUnit: organizationalUnit,
    LastUsedAt: lastUsedAt,
    LastUsedService: lastUsedService,
    AgeDays: ageDays,
    IdleDays: idleDays,
    ReplaceBy: replacement.by,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    ),
  );
}

function ofAccount(prefix: string, account: AccountSummary, generatedAt: string): Finding {
  const { id, name, status, problems, collectedAt, organizationalUnit } = account;
  const why = problems.map(({ what, message }) => `${what}: ${message}`).join("; ");
  const read = status === "partial" ? "were read in part" : "were not read";
  const seenAt = collectedAt ?? generatedAt;
  return {
    id: [prefix, id, "account-not-read"].join("/"),
    accountId: id,
    accountName: name,
    rule: "account-not-read",
    title: `Long-term credentials of ${name} ${read}`,
    description: `What is not listed here may still be there.${why === "" ? "" : ` ${why}`}`,
    remedy: "Run the inventory again with --resume once the role can be assumed in this account.",
    severity: "medium",
    result: "unknown",
    subject: { kind: "account" },
    // Without a time of its own it would be new in every run.
    createdAt: seenAt,
    seenAt,
    details: { Status: status, ...(organizationalUnit === "" ? {} : { OrganizationalUnit: organizationalUnit }) },
  };
}
