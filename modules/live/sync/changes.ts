import { organizationTree } from "../../organization/tree";
import { byKey, uniqueSorted } from "../../kernel/lists";
import type { Account, AttachedPolicy, IdentityCenterInstance, Organization } from "../../organization/types";

/** One difference between two snapshots, in terms of the organization rather than of lines. */
export interface FactChange {
  readonly kind: "added" | "removed" | "changed";
  /** What it is, for example `account` or `trusted service`. */
  readonly what: string;
  /** Its name for people, with the id where the name alone says too little. */
  readonly name: string;
  /** What is different, one part each; for something added where it is. */
  readonly details: readonly string[];
}

/** Says what is different, in the order in which one would tell it: the tree, accounts, policies, services, people. */
export function organizationChanges(before: Organization, after: Organization): readonly FactChange[] {
  const labels = { before: labelsOf(before), after: labelsOf(after) };
  return [
    ...scalars(before, after),
    ...byId(before.organizationalUnits, after.organizationalUnits, (ou) => ou.id, {
      what: "OU",
      name: (ou, side) => `${labels[side].get(ou.id) ?? ou.name} (${ou.id})`,
      details: (old, now) => [
        ...renamed(old.name, now.name),
        ...moved(labels.before.get(old.parentId), labels.after.get(now.parentId), old.parentId !== now.parentId),
      ],
    }),
    ...byId(before.accounts, after.accounts, (account) => account.id, {
      what: "account",
      name: (account) => `${account.name} (${account.id})`,
      added: (account) => [
        `in ${labels.after.get(account.parentId) ?? account.parentId}`,
        ...(account.status === "ACTIVE" ? [] : [account.status]),
        ...Object.entries(account.tags).map(([key, value]) => `tag ${key}=${value}`),
      ],
      details: (old, now) => [
        ...renamed(old.name, now.name),
        ...moved(labels.before.get(old.parentId), labels.after.get(now.parentId), old.parentId !== now.parentId),
        ...different("status", old.status, now.status),
        ...tagChanges(old.tags, now.tags),
      ],
    }),
    ...byId(before.policies, after.policies, (policy) => policy.id, {
      what: "policy",
      name: (policy) => `${policy.name} (${policy.id})`,
      added: (policy) => [
        `attached to ${policy.targetIds.map((id) => labels.after.get(id) ?? id).join(", ") || "nothing"}`,
      ],
      details: (old, now) => policyChanges(old, now, labels),
    }),
    ...lists("policy type", before.enabledPolicyTypes, after.enabledPolicyTypes),
    ...lists("trusted service", before.trustedServices, after.trustedServices),
    ...byId(before.delegatedAdministrators, after.delegatedAdministrators, (one) => one.accountId, {
      what: "delegated administrator",
      name: (one, side) => `${labels[side].get(one.accountId) ?? one.accountId}`,
      added: (one) => one.services,
      details: (old, now) => listDetails(old.services, now.services),
    }),
    ...lists("region", before.enabledRegions, after.enabledRegions),
    ...lists("root access feature", before.rootAccessFeatures, after.rootAccessFeatures),
    ...delegationPolicyChanges(before.delegationPolicy, after.delegationPolicy),
    ...byId(before.trails, after.trails, (trail) => `${trail.name} ${trail.homeRegion}`, {
      what: "trail",
      name: (trail) => `${trail.name} (${trail.homeRegion})`,
      details: (old, now) => [
        ...different("organization trail", old.organization, now.organization),
        ...different("multi-region", old.multiRegion, now.multiRegion),
        ...different("logging", old.logging, now.logging),
      ],
    }),
    ...identityCenterChanges(before.identityCenter, after.identityCenter),
  ];
}

type Side = "before" | "after";
type Labels = Readonly<Record<Side, ReadonlyMap<string, string>>>;

/** Path of every OU and name of every account, by id. */
function labelsOf(organization: Organization): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const account of organization.accounts) labels.set(account.id, account.name);
  for (const [path, node] of organizationTree(organization).nodeByPath) labels.set(node.id, path || "(root)");
  return labels;
}

interface Kind<T> {
  readonly what: string;
  readonly name: (item: T, side: Side) => string;
  /** @default - nothing is said beside the name */
  readonly added?: (item: T) => readonly string[];
  readonly details: (before: T, after: T) => readonly string[];
}

function byId<T>(
  before: readonly T[],
  after: readonly T[],
  id: (item: T) => string,
  kind: Kind<T>,
): readonly FactChange[] {
  const { what } = kind;
  const old = new Map(before.map((item) => [id(item), item]));
  const now = new Map(after.map((item) => [id(item), item]));
  const changes: (FactChange & { readonly id: string })[] = [];
  for (const [key, item] of old)
    if (!now.has(key)) changes.push({ id: key, kind: "removed", what, name: kind.name(item, "before"), details: [] });
  for (const [key, item] of now) {
    const previous = old.get(key);
    if (previous === undefined)
      changes.push({ id: key, kind: "added", what, name: kind.name(item, "after"), details: kind.added?.(item) ?? [] });
    else {
      const details = kind.details(previous, item);
      if (details.length > 0) changes.push({ id: key, kind: "changed", what, name: kind.name(item, "after"), details });
    }
  }
  return changes.sort(byKey((change) => change.id)).map(({ id: _, ...change }) => change);
}

function scalars(before: Organization, after: Organization): readonly FactChange[] {
  const details = [
    ...different("id", before.id, after.id),
    ...different("management account", before.managementAccountId, after.managementAccountId),
    ...different("root", before.rootId, after.rootId),
  ];
  return details.length > 0 ? [{ kind: "changed", what: "organization", name: after.id, details }] : [];
}

/** "" says that there is none; undefined, that nobody has read it. */
function delegationPolicyChanges(before: string | undefined, after: string | undefined): readonly FactChange[] {
  if (before === after) return [];
  const state = (text: string | undefined): string => (text === undefined ? "not read" : text === "" ? "none" : text);
  return [
    {
      kind: "changed",
      what: "delegation policy",
      name: "of the organization",
      details: [`${state(before)} → ${state(after)}`],
    },
  ];
}

function lists(what: string, before: readonly string[], after: readonly string[]): readonly FactChange[] {
  return [
    ...before
      .filter((name) => !after.includes(name))
      .map((name): FactChange => ({ kind: "removed", what, name, details: [] })),
    ...after
      .filter((name) => !before.includes(name))
      .map((name): FactChange => ({ kind: "added", what, name, details: [] })),
  ];
}

function listDetails(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((name) => !after.includes(name)).map((name) => `no longer ${name}`),
    ...after.filter((name) => !before.includes(name)).map((name) => `also ${name}`),
  ];
}

function renamed(before: string, after: string): readonly string[] {
  return before === after ? [] : [`was named ${before}`];
}

function moved(before: string | undefined, after: string | undefined, isMoved: boolean): readonly string[] {
  return isMoved ? [`moved from ${before ?? "an unknown place"} to ${after ?? "an unknown place"}`] : [];
}

function different(what: string, before: string | boolean, after: string | boolean): readonly string[] {
  return before === after ? [] : [`${what} ${String(before)} → ${String(after)}`];
}

function tagChanges(before: Account["tags"], after: Account["tags"]): readonly string[] {
  return uniqueSorted([...Object.keys(before), ...Object.keys(after)]).flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (old === now) return [];
    if (old === undefined) return [`tag ${key}=${now} is new`];
    return now === undefined ? [`tag ${key}=${old} is gone`] : [`tag ${key}=${old} → ${now}`];
  });
}

/** Attachments to something that is new or gone itself are no news: AWS attaches FullAWSAccess to whatever is made. */
function policyChanges(old: AttachedPolicy, now: AttachedPolicy, labels: Labels): readonly string[] {
  const known = (id: string): boolean => labels.before.has(id) && labels.after.has(id);
  const label = (id: string, side: Side): string => labels[side].get(id) ?? id;
  const [wasAttached, isAttached] = [new Set(old.targetIds), new Set(now.targetIds)];
  const attached = now.targetIds.filter((id) => !wasAttached.has(id));
  const detached = old.targetIds.filter((id) => !isAttached.has(id));
  return [
    ...renamed(old.name, now.name),
    ...(old.content === now.content ? [] : ["content changed"]),
    ...different("ours", old.ours, now.ours),
    ...different("type", old.type, now.type),
    ...different("AWS managed", old.awsManaged, now.awsManaged),
    ...attached.filter(known).map((id) => `attached to ${label(id, "after")}`),
    ...detached.filter(known).map((id) => `detached from ${label(id, "before")}`),
  ];
}

function identityCenterChanges(
  before: IdentityCenterInstance | undefined,
  after: IdentityCenterInstance | undefined,
): readonly FactChange[] {
  const what = "Identity Center instance";
  if (!before || !after) {
    if (after) return [{ kind: "added", what, name: after.instanceArn, details: [`in ${after.region}`] }];
    return before ? [{ kind: "removed", what, name: before.instanceArn, details: [] }] : [];
  }
  const details = [
    ...different("ARN", before.instanceArn, after.instanceArn),
    ...different("identity store", before.identityStoreId, after.identityStoreId),
    ...different("region", before.region, after.region),
  ];
  const yes = (value: boolean): string => (value ? "yes" : "no");
  return [
    ...(details.length > 0 ? [{ kind: "changed" as const, what, name: after.instanceArn, details }] : []),
    ...byId(before.groups, after.groups, (group) => group.id, {
      what: "group",
      name: (group) => group.displayName,
      added: (group) => [group.synced ? "synchronized by the identity provider" : "made in Identity Center"],
      details: (old, now) => [
        ...renamed(old.displayName, now.displayName),
        ...different("synchronized", yes(old.synced), yes(now.synced)),
      ],
    }),
    ...byId(before.permissionSets, after.permissionSets, (set) => set.arn, {
      what: "permission set",
      name: (set) => set.name,
      added: (set) => [
        set.ours ? "ours" : "not ours",
        ...(set.inManagementAccount ? ["in the management account"] : []),
      ],
      details: (old, now) => [
        ...renamed(old.name, now.name),
        ...different("ours", yes(old.ours), yes(now.ours)),
        ...different("in the management account", yes(old.inManagementAccount), yes(now.inManagementAccount)),
      ],
    }),
  ];
}
