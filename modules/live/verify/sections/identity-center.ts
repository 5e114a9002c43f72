import { IdentitystoreClient, paginateListGroups } from "@aws-sdk/client-identitystore";
import {
  DescribeInstanceAccessControlAttributeConfigurationCommand,
  DescribePermissionSetCommand,
  GetInlinePolicyForPermissionSetCommand,
  GetPermissionsBoundaryForPermissionSetCommand,
  paginateListAccountAssignments,
  paginateListAccountsForProvisionedPermissionSet,
  paginateListCustomerManagedPolicyReferencesInPermissionSet,
  paginateListManagedPoliciesInPermissionSet,
  paginateListPermissionSets,
  type PermissionSet,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { mapBounded } from "../../../aws/bounded";
import { AwsFailure, unless } from "../../../aws/failure";
import type { IdentityCenterState, PermissionSetState } from "../../../sections/identity-center/types";
import { partitionOf } from "../../../organization/partition";
import { differing, Finding, listDifferences, missing, seen, valueDifference } from "../claim";
import type { Check, Reader } from "../live";
import type { Planned } from "../planned";
import { otherAdministratorsFinding, policyDocumentOf } from "./other-administrators";
import { moreLine } from "../../../kernel/words";

const SECTION = "identity-center";
/** Identity Center takes 20 requests a second for all of its callers together. */
const CALLS_AT_A_TIME = 4;
/** Differences that a claim names; more are counted. */
const NAMED = 20;
const CUSTOMER_POLICY = "customer managed policy ";

/** Permission sets with all that they allow, all assignments, groups; and administrators by sets that are not managed here. */
export function identityCenterChecks(planned: Planned): readonly Check[] {
  const state = planned.state.identityCenter;
  if (!state) return [];
  const managing = planned.place(state.managingAccountId, state.region);
  const claimed = state.shards.flatMap((shard) =>
    shard.permissionSets.flatMap((set) => setChecks(planned, state, set, planned.place(shard.accountId, state.region))),
  );
  return [
    ...state.groups.map((group): Check => ({
      section: SECTION,
      kind: "group",
      name: group.name,
      promise: "group of this baseline",
      place: managing,
      look: async (reader) =>
        (await groupIds(reader, state)).has(group.name) ? seen() : missing("there is no group of this name"),
    })),
    ...(state.accessControlAttributes.length > 0
      ? [
          {
            section: SECTION,
            kind: "access-control-attributes",
            name: "attributes for access control",
            promise: "these attributes and no others",
            place: managing,
            look: (reader: Reader) => attributesFinding(reader, state),
          } as const,
        ]
      : []),
    ...claimed,
    {
      section: SECTION,
      kind: "other-administrators",
      name: "permission sets not managed by keyless",
      promise: "none with administrator access but those in the facts",
      place: planned.place(planned.state.settings.managementAccountId, state.region),
      look: (reader) => otherAdministrators(reader, planned, state),
    },
  ];
}

function setChecks(
  planned: Planned,
  state: IdentityCenterState,
  set: PermissionSetState,
  place: Check["place"],
): readonly Check[] {
  const count = set.assignments.reduce((sum, one) => sum + one.accounts.length, 0);
  return [
    {
      section: SECTION,
      kind: "permission-set",
      name: set.name,
      promise: "permission set with these policies and no others",
      place,
      look: (reader) => setFinding(reader, planned, state, set),
    },
    {
      section: SECTION,
      kind: "assignments",
      name: set.name,
      promise: `${count} assignments, and no others`,
      place,
      look: (reader) => assignmentsFinding(reader, planned, state, set),
    },
  ];
}

const adminOf = (reader: Reader, { region }: IdentityCenterState): SSOAdminClient =>
  reader.client(SSOAdminClient, region);

/** Every permission set of the instance, by name; AWS refuses a second one of the same name. */
function setsByName(reader: Reader, state: IdentityCenterState): Promise<ReadonlyMap<string, PermissionSet>> {
  return reader.once("permission sets", async () => {
    const client = adminOf(reader, state);
    const { instanceArn: InstanceArn } = state;
    const arns: string[] = [];
    for await (const { PermissionSets = [] } of paginateListPermissionSets({ client }, { InstanceArn }))
      arns.push(...PermissionSets);
    const sets = await mapBounded(
      arns,
      CALLS_AT_A_TIME,
      async (arn) =>
        (await client.send(new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn: arn }))).PermissionSet,
    );
    return new Map(sets.flatMap((set) => (set ? [[set.Name ?? "", set] as const] : [])));
  });
}

function groupIds(reader: Reader, state: IdentityCenterState): Promise<ReadonlyMap<string, string>> {
  return reader.once("groups", async () => {
    const client = reader.client(IdentitystoreClient, state.region);
    const found = new Map<string, string>();
    for await (const { Groups = [] } of paginateListGroups({ client }, { IdentityStoreId: state.identityStoreId }))
      Groups.forEach((group) => found.set(group.DisplayName ?? "", group.GroupId ?? ""));
    return found;
  });
}

const isNotFound = ({ code }: AwsFailure): boolean => code.startsWith("ResourceNotFound");

async function setFinding(
  reader: Reader,
  { documents }: Planned,
  state: IdentityCenterState,
  set: PermissionSetState,
): Promise<Finding> {
  const found = (await setsByName(reader, state)).get(set.name);
  if (!found) return missing("there is no permission set of this name");
  const client = adminOf(reader, state);
  const target = { InstanceArn: state.instanceArn, PermissionSetArn: found.PermissionSetArn ?? "" };
  const { managed, customer } = await policiesOf(client, target);
  const { InlinePolicy } = await client.send(new GetInlinePolicyForPermissionSetCommand(target));
  const boundary = await unless(
    isNotFound,
    async () => (await client.send(new GetPermissionsBoundaryForPermissionSetCommand(target))).PermissionsBoundary,
    () => undefined,
  );
  const plannedBoundary =
    set.permissionsBoundary === undefined
      ? undefined
      : "managedPolicyArn" in set.permissionsBoundary
        ? set.permissionsBoundary.managedPolicyArn
        : customerPolicy(set.permissionsBoundary.customerManagedPolicy);
  const foundBoundary =
    boundary?.ManagedPolicyArn ??
    (boundary?.CustomerManagedPolicyReference
      ? customerPolicy({
          name: boundary.CustomerManagedPolicyReference.Name ?? "",
          path: boundary.CustomerManagedPolicyReference.Path ?? "/",
        })
      : undefined);
  return differing([
    ...valueDifference("session", `PT${set.sessionHours}H`, found.SessionDuration),
    ...valueDifference("relay state", set.relayStateUrl ?? "", found.RelayState ?? ""),
    ...listDifferences(
      "the permission set",
      [...set.managedPolicies.map((policy) => policy.arn), ...set.customerManagedPolicies.map(customerPolicy)],
      [...managed, ...customer],
    ),
    ...(set.inlinePolicy
      ? documents.differences("inline policy", "identity", set.inlinePolicy, InlinePolicy, reader.accountId)
      : InlinePolicy
        ? ["the permission set has an inline policy, which is not planned"]
        : []),
    ...valueDifference("permissions boundary", plannedBoundary, foundBoundary),
    ...(await staleAccounts(client, target)).map((id) => `account ${id} has an older version of it`),
  ]);
}

/** A set that was changed holds in an account only when it is provisioned there again. */
async function staleAccounts(
  client: SSOAdminClient,
  target: { readonly InstanceArn: string; readonly PermissionSetArn: string },
): Promise<readonly string[]> {
  const stale: string[] = [];
  for await (const { AccountIds = [] } of paginateListAccountsForProvisionedPermissionSet(
    { client },
    { ...target, ProvisioningStatus: "LATEST_PERMISSION_SET_NOT_PROVISIONED" },
  ))
    stale.push(...AccountIds);
  return stale;
}

const customerPolicy = ({ name, path }: { readonly name: string; readonly path: string }): string =>
  `${CUSTOMER_POLICY}${path}${name}`;

async function policiesOf(
  client: SSOAdminClient,
  target: { readonly InstanceArn: string; readonly PermissionSetArn: string },
): Promise<{ readonly managed: readonly string[]; readonly customer: readonly string[] }> {
  const managed: string[] = [];
  for await (const page of paginateListManagedPoliciesInPermissionSet({ client }, target))
    managed.push(...(page.AttachedManagedPolicies ?? []).map((policy) => policy.Arn ?? ""));
  const customer: string[] = [];
  for await (const page of paginateListCustomerManagedPolicyReferencesInPermissionSet({ client }, target))
    customer.push(
      ...(page.CustomerManagedPolicyReferences ?? []).map((policy) =>
        customerPolicy({ name: policy.Name ?? "", path: policy.Path ?? "/" }),
      ),
    );
  return { managed, customer };
}

/** All assignments of the set, also those that somebody made by hand, in every account where it is provisioned. */
async function assignmentsFinding(
  reader: Reader,
  planned: Planned,
  state: IdentityCenterState,
  set: PermissionSetState,
): Promise<Finding> {
  const found = (await setsByName(reader, state)).get(set.name);
  if (!found) return missing("there is no permission set of this name");
  const ids = await groupIds(reader, state);
  const groupNames = new Map([...ids].map(([name, id]) => [id, name]));
  const client = adminOf(reader, state);
  const target = { InstanceArn: state.instanceArn, PermissionSetArn: found.PermissionSetArn ?? "" };
  const accounts: string[] = [];
  for await (const { AccountIds = [] } of paginateListAccountsForProvisionedPermissionSet({ client }, target))
    accounts.push(...AccountIds);
  const has = new Set<string>();
  await mapBounded(accounts, CALLS_AT_A_TIME, async (AccountId) => {
    for await (const page of paginateListAccountAssignments({ client }, { ...target, AccountId }))
      for (const one of page.AccountAssignments ?? []) has.add(`${AccountId} ${one.PrincipalType} ${one.PrincipalId}`);
  });
  const wanted = new Map<string, string>();
  const lacking: string[] = [];
  for (const { group, groupId, accounts: places } of set.assignments) {
    const id = groupId ?? ids.get(group);
    if (id === undefined) lacking.push(`group ${group} does not exist`);
    else
      for (const account of places)
        wanted.set(`${account.id} GROUP ${id}`, `${group} in ${account.name} (${account.id})`);
  }
  const named = (key: string): string => {
    const [accountId = "", type = "", id = ""] = key.split(" ");
    const account = planned.place(accountId).accountName;
    return `${type === "GROUP" ? `group ${groupNames.get(id) ?? id}` : `user ${id}`} in ${account === undefined ? accountId : `${account} (${accountId})`}`;
  };
  return differing(
    shortened([
      ...lacking,
      ...[...wanted].filter(([key]) => !has.has(key)).map(([, what]) => `no assignment to ${what}`),
      ...[...has].filter((key) => !wanted.has(key)).map((key) => `assigned to ${named(key)}, which is not planned`),
    ]),
  );
}

function shortened(details: readonly string[]): readonly string[] {
  const sorted = [...details].sort();
  return [...sorted.slice(0, NAMED), ...moreLine(sorted.length - NAMED)];
}

async function attributesFinding(reader: Reader, state: IdentityCenterState): Promise<Finding> {
  const configuration = await unless(
    isNotFound,
    async () =>
      (
        await adminOf(reader, state).send(
          new DescribeInstanceAccessControlAttributeConfigurationCommand({ InstanceArn: state.instanceArn }),
        )
      ).InstanceAccessControlAttributeConfiguration,
    () => undefined,
  );
  if (!configuration) return missing("attributes for access control are off");
  const text = (key: string, sources: readonly string[]): string => `${key} from ${[...sources].sort().join(", ")}`;
  return differing(
    listDifferences(
      "the instance",
      state.accessControlAttributes.map(({ key, sources }) => text(key, sources)),
      (configuration.AccessControlAttributes ?? []).map((one) => text(one.Key ?? "", one.Value?.Source ?? [])),
    ),
  );
}

/** Administrator access by sets that are not of this baseline: those that the facts show are known, a new one is not. */
async function otherAdministrators(reader: Reader, planned: Planned, state: IdentityCenterState): Promise<Finding> {
  const own = new Set(state.shards.flatMap((shard) => shard.permissionSets.map((set) => set.name)));
  const known = new Set(
    (planned.environment.organization.identityCenter?.permissionSets ?? [])
      .filter((set) => !set.ours)
      .map((set) => set.name),
  );
  const client = adminOf(reader, state);
  const target = (name: string) => ({
    InstanceArn: state.instanceArn,
    PermissionSetArn: all.get(name)?.PermissionSetArn ?? "",
  });
  const all = await setsByName(reader, state);
  const sets = await mapBounded(
    [...all.keys()].filter((name) => !own.has(name)),
    CALLS_AT_A_TIME,
    async (name) => {
      const { managed, customer } = await policiesOf(client, target(name));
      const { InlinePolicy } = await client.send(new GetInlinePolicyForPermissionSetCommand(target(name)));
      return {
        name,
        managed,
        customer: customer.map((one) => one.slice(CUSTOMER_POLICY.length)),
        inline: InlinePolicy,
      };
    },
  );
  const partition = partitionOf(state.region);
  return otherAdministratorsFinding(sets, known, {
    accounts: ({ name }) =>
      reader.once(`accounts of ${name}`, async () => {
        const accounts: string[] = [];
        for await (const { AccountIds = [] } of paginateListAccountsForProvisionedPermissionSet(
          { client },
          target(name),
        ))
          accounts.push(...AccountIds);
        return accounts;
      }),
    document: (accountId, policy) =>
      accountId === "aws"
        ? reader.once(`policy ${policy}`, () => policyDocumentOf(reader, policy))
        : reader.within(accountId, (inside) =>
            policyDocumentOf(inside, `arn:${partition}:iam::${accountId}:policy${policy}`),
          ),
  });
}
