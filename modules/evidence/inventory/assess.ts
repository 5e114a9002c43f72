import type { InventoryAccount, InventoryContext } from "./context";
import { ROOT_USER } from "./credential-report";
import { present } from "./present";
import { replacementOf } from "./replacement";
import { daysBetween, isoSeconds } from "./time";
import type {
  AccountFacts,
  AccountSummary,
  Credential,
  CredentialKind,
  EvidenceRead,
  Inventory,
  KeyStatus,
  KeyUsage,
  LastUse,
  OtherCredentialFacts,
  UserFacts,
} from "./types";
import { lastUsedAt, verdictOf } from "./verdict";

/** Usage of access keys by id, from CloudTrail. */
export type UsageByKey = ReadonlyMap<string, KeyUsage>;

/**
 * Makes the inventory of what was read: a verdict for each credential. Accounts that were not read are listed as such.
 *
 * @param usage what CloudTrail said of keys @default - it was not asked
 * @param reads what was read of CloudTrail, the latest first
 * @param now until when days count; in an account of which there is a credential report alone, until that was made
 */
export function assess(
  facts: readonly AccountFacts[],
  context: InventoryContext,
  usage: UsageByKey | undefined,
  now: Date,
  reads: readonly EvidenceRead[] = [],
): Inventory {
  const factsOf = new Map(facts.map((one) => [one.accountId, one]));
  const credentials: Credential[] = [];
  const accounts = context.accounts.map((account): AccountSummary => {
    const found = factsOf.get(account.id);
    if (!found)
      return {
        id: account.id,
        name: account.name,
        organizationalUnit: account.organizationalUnit,
        status: "not-read",
        problems: [],
        users: 0,
      };
    const until = found.reportOnly ? new Date(found.collectedAt) : now;
    credentials.push(...credentialsOf(found, account, context, { usage, reads }, until));
    return present({
      id: account.id,
      name: account.name,
      organizationalUnit: account.organizationalUnit,
      status: found.status,
      problems: found.problems,
      collectedAt: found.collectedAt,
      reportGeneratedAt: found.reportGeneratedAt,
      users: found.users.length,
      root: found.root,
    });
  });
  return {
    format: "keyless-inventory/1",
    environment: context.environment,
    organizationId: context.organizationId,
    generatedAt: isoSeconds(now),
    days: context.days,
    ...(facts.some(({ reportOnly }) => reportOnly) ? { reportsOnly: true as const } : {}),
    masked: false,
    accounts,
    credentials: credentials.sort(compareCredentials),
  };
}

/** What CloudTrail said, and of when. */
interface Asked {
  readonly usage: UsageByKey | undefined;
  readonly reads: readonly EvidenceRead[];
}

/** What the credential is, before anything is made of it. */
interface Found {
  readonly kind: CredentialKind;
  readonly id: string;
  readonly status: KeyStatus;
  readonly createdAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly lastUse?: LastUse | undefined;
  readonly useUnknown?: true | undefined;
  readonly service?: string | undefined;
}

interface Holder {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly owner?: string;
  readonly mfa: boolean;
  readonly signInAt?: string;
}

function credentialsOf(
  facts: AccountFacts,
  account: InventoryAccount,
  context: InventoryContext,
  usage: Asked,
  now: Date,
): readonly Credential[] {
  const row = (holder: Holder, found: Found): Credential =>
    credential(holder, found, facts, account, context, usage, now);
  const root: Holder = {
    name: ROOT_USER,
    arn: `arn:aws:iam::${account.id}:root`,
    path: "/",
    mfa: facts.root?.mfa ?? false,
  };
  return [
    ...(facts.root?.accessKeys ?? []).map((key) =>
      row(root, {
        kind: "root-access-key",
        id: `root-key-${key.slot}`,
        status: key.status,
        createdAt: key.createdAt,
        lastUse: key.lastUse,
      }),
    ),
    ...facts.users.flatMap((user) => {
      const holder = holderOf(user);
      const others = (kind: CredentialKind, list: readonly OtherCredentialFacts[]): readonly Credential[] =>
        list.map((one) => row(holder, { kind, ...one }));
      return [
        ...(user.password
          ? [
              row(holder, {
                kind: "password",
                id: "password",
                status: "Active",
                createdAt: user.password.createdAt,
                lastUse: user.password.lastUsedAt ? { at: user.password.lastUsedAt } : undefined,
              }),
            ]
          : []),
        ...user.accessKeys.map((key) => row(holder, { kind: "access-key", ...key })),
        ...others("service-credential", user.serviceCredentials),
        ...others("signing-certificate", user.certificates),
        ...others("ssh-key", user.sshKeys),
      ];
    }),
  ];
}

function holderOf(user: UserFacts): Holder {
  return present({
    name: user.name,
    arn: user.arn,
    path: user.path,
    owner: user.owner,
    mfa: user.mfa,
    signInAt: user.password?.lastUsedAt,
  });
}

function credential(
  holder: Holder,
  found: Found,
  facts: AccountFacts,
  account: InventoryAccount,
  context: InventoryContext,
  asked: Asked,
  now: Date,
): Credential {
  const { kind, id, status, createdAt, lastUse, useUnknown } = found;
  const usage = kind === "access-key" ? asked.usage?.get(id) : undefined;
  const isRoot = kind === "root-access-key";
  const signsIn = holder.signInAt !== undefined && daysBetween(holder.signInAt, now) < context.days.maxUnusedDays;
  const verdict = verdictOf(
    present({
      kind,
      status,
      createdAt,
      lastUse,
      useUnknown,
      usage,
      isBreakGlass: !isRoot && context.protection.isBreakGlass(account.id, holder.name, holder.path),
      exception: isRoot ? undefined : context.protection.exception(holder.arn, now),
      hints: { userName: holder.name, signsIn, askedCloudTrail: asked.usage !== undefined, reads: asked.reads },
    }),
    context.days.maxUnusedDays,
    now,
  );
  const used = lastUsedAt(present({ lastUse, usage }));
  const since = used ?? createdAt;
  return present({
    kind,
    id,
    accountId: account.id,
    accountName: account.name,
    organizationalUnit: account.organizationalUnit,
    user: holder.name,
    userArn: holder.arn,
    owner: holder.owner,
    status,
    mfa: kind === "password" || isRoot ? holder.mfa : undefined,
    createdAt,
    expiresAt: found.expiresAt,
    lastUsedAt: used,
    useUnknown,
    lastUsedService: found.service ?? lastUse?.service,
    lastUsedRegion: lastUse?.region,
    ageDays: createdAt === undefined ? undefined : daysBetween(createdAt, now),
    idleDays: since === undefined ? undefined : daysBetween(since, now),
    verdict,
    replacement: replacementOf(
      present({ kind, verdict: verdict.kind, userName: holder.name, service: found.service, usage }),
      account.snippets,
      context.environment,
    ),
    usage,
    collectedAt: facts.collectedAt,
  });
}

/** Account, user, kind, id: the order of every output. */
export function compareCredentials(a: Credential, b: Credential): number {
  return compare(a.accountId, b.accountId) || compare(a.user, b.user) || compare(a.kind, b.kind) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
