import { AccountClient, ListRegionsCommand } from "@aws-sdk/client-account";
import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from "@aws-sdk/client-cloudtrail";
import { IAMClient, ListOrganizationsFeaturesCommand } from "@aws-sdk/client-iam";
import { IdentitystoreClient, paginateListGroups } from "@aws-sdk/client-identitystore";
import {
  DescribeOrganizationCommand,
  DescribePolicyCommand,
  DescribeResourcePolicyCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedServicesForAccountCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
  paginateListAccounts,
  paginateListDelegatedAdministrators,
  paginateListOrganizationalUnitsForParent,
  paginateListPolicies,
  paginateListTargetsForPolicy,
  type PolicyType,
} from "@aws-sdk/client-organizations";
import {
  DescribePermissionSetCommand,
  ListInstancesCommand,
  ListTagsForResourceCommand as ListSsoTags,
  paginateListPermissionSets,
  paginateListPermissionSetsProvisionedToAccount,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { clientSettings } from "../../local/client-settings";
import type {
  Account,
  AttachedPolicy,
  DelegatedAdministrator,
  IdentityCenterInstance,
  Organization,
  OrganizationalUnit,
} from "../../modules/organization/types";
import { defined } from "../../modules/kernel/optional";

/** AWS answers with an error where there is none. */
async function delegationPolicyOf(client: OrganizationsClient): Promise<string> {
  try {
    return (await client.send(new DescribeResourcePolicyCommand({}))).ResourcePolicy?.Content ?? "";
  } catch (error) {
    if ((error as Error).name === "ResourcePolicyNotFoundException") return "";
    throw error;
  }
}

/** Reads an organization through the SDK, independently of `keyless sync`: what a seed must give back. */
export async function readOrganization(endpoint: string, region: string): Promise<Organization> {
  const settings = clientSettings(endpoint, { region });
  const client = new OrganizationsClient(settings);
  const { Organization: described } = await client.send(new DescribeOrganizationCommand({}));
  const [root] = (await client.send(new ListRootsCommand({}))).Roots ?? [];
  const rootId = root?.Id ?? "";
  const organizationalUnits: OrganizationalUnit[] = [];
  const visit = async (parentId: string): Promise<void> => {
    const below: OrganizationalUnit[] = [];
    for await (const { OrganizationalUnits } of paginateListOrganizationalUnitsForParent(
      { client },
      { ParentId: parentId },
    )) {
      for (const ou of OrganizationalUnits ?? []) below.push({ id: ou.Id ?? "", name: ou.Name ?? "", parentId });
    }
    organizationalUnits.push(...below);
    for (const ou of below) await visit(ou.id);
  };
  await visit(rootId);
  const accounts: Account[] = [];
  for await (const { Accounts } of paginateListAccounts({ client }, {})) {
    for (const account of Accounts ?? []) {
      const [parent] = (await client.send(new ListParentsCommand({ ChildId: account.Id }))).Parents ?? [];
      const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceId: account.Id }));
      const tags = Object.fromEntries((Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
      accounts.push({
        id: account.Id ?? "",
        name: account.Name ?? "",
        status: account.Status as Account["status"],
        parentId: parent?.Id ?? "",
        tags,
      });
    }
  }
  const enabledPolicyTypes = (root?.PolicyTypes ?? []).map((type) => type.Type ?? "").sort();
  const policies: AttachedPolicy[] = [];
  for (const type of enabledPolicyTypes) {
    for await (const { Policies } of paginateListPolicies({ client }, { Filter: type as PolicyType })) {
      for (const { Id = "", Name = "", AwsManaged = false } of Policies ?? []) {
        const targetIds: string[] = [];
        for await (const { Targets } of paginateListTargetsForPolicy({ client }, { PolicyId: Id }))
          Targets?.forEach((target) => targetIds.push(target.TargetId ?? ""));
        const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId: Id }));
        const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceId: Id }));
        const ours = (Tags ?? []).some((tag) => tag.Key === "keyless:environment");
        policies.push({
          id: Id,
          name: Name,
          type: type as AttachedPolicy["type"],
          awsManaged: AwsManaged,
          ours,
          content: Policy?.Content ?? "",
          targetIds: targetIds.sort(),
        });
      }
    }
  }
  const delegatedAdministrators: DelegatedAdministrator[] = [];
  for await (const { DelegatedAdministrators } of paginateListDelegatedAdministrators({ client }, {})) {
    for (const { Id = "" } of DelegatedAdministrators ?? []) {
      const { DelegatedServices } = await client.send(new ListDelegatedServicesForAccountCommand({ AccountId: Id }));
      delegatedAdministrators.push({
        accountId: Id,
        services: (DelegatedServices ?? []).map((service) => service.ServicePrincipal ?? "").sort(),
      });
    }
  }
  const { EnabledServicePrincipals } = await client.send(new ListAWSServiceAccessForOrganizationCommand({}));
  const { Regions } = await new AccountClient(settings).send(
    new ListRegionsCommand({ MaxResults: 50, RegionOptStatusContains: ["ENABLED", "ENABLED_BY_DEFAULT"] }),
  );
  const { EnabledFeatures } = await new IAMClient(settings).send(new ListOrganizationsFeaturesCommand({}));
  const trailClient = new CloudTrailClient(settings);
  const { trailList } = await trailClient.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  const trails = [];
  for (const trail of trailList ?? []) {
    const { IsLogging } = await trailClient.send(new GetTrailStatusCommand({ Name: trail.TrailARN }));
    trails.push({
      name: trail.Name ?? "",
      homeRegion: trail.HomeRegion ?? "",
      organization: trail.IsOrganizationTrail ?? false,
      multiRegion: trail.IsMultiRegionTrail ?? false,
      logging: IsLogging ?? false,
    });
  }
  const identityCenter = await readIdentityCenter(settings, described?.MasterAccountId ?? "");
  return {
    id: described?.Id ?? "",
    managementAccountId: described?.MasterAccountId ?? "",
    rootId,
    enabledPolicyTypes,
    trustedServices: (EnabledServicePrincipals ?? []).map((service) => service.ServicePrincipal ?? "").sort(),
    delegatedAdministrators,
    delegationPolicy: await delegationPolicyOf(client),
    organizationalUnits,
    accounts,
    policies,
    enabledRegions: (Regions ?? []).map((one) => one.RegionName ?? "").sort(),
    trails,
    rootAccessFeatures: [...(EnabledFeatures ?? [])].sort(),
    ...defined({ identityCenter }),
  };
}

async function readIdentityCenter(
  settings: ReturnType<typeof clientSettings>,
  managementAccountId: string,
): Promise<IdentityCenterInstance | undefined> {
  const admin = new SSOAdminClient(settings);
  const [instance] = (await admin.send(new ListInstancesCommand({}))).Instances ?? [];
  if (!instance?.InstanceArn || !instance.IdentityStoreId) return undefined;
  const { InstanceArn, IdentityStoreId } = instance;
  const groups = [];
  for await (const { Groups } of paginateListGroups(
    { client: new IdentitystoreClient(settings) },
    { IdentityStoreId },
  )) {
    for (const group of Groups ?? [])
      groups.push({
        id: group.GroupId ?? "",
        displayName: group.DisplayName ?? "",
        synced: (group.ExternalIds ?? []).length > 0,
      });
  }
  const inManagement: string[] = [];
  for await (const { PermissionSets } of paginateListPermissionSetsProvisionedToAccount(
    { client: admin },
    { InstanceArn, AccountId: managementAccountId },
  ))
    inManagement.push(...(PermissionSets ?? []));
  const permissionSets = [];
  for await (const { PermissionSets } of paginateListPermissionSets({ client: admin }, { InstanceArn })) {
    for (const arn of PermissionSets ?? []) {
      const { PermissionSet } = await admin.send(
        new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn: arn }),
      );
      const { Tags } = await admin.send(new ListSsoTags({ InstanceArn, ResourceArn: arn }));
      const ours = (Tags ?? []).some((tag) => tag.Key === "keyless:environment");
      permissionSets.push({
        name: PermissionSet?.Name ?? "",
        arn,
        ours,
        inManagementAccount: inManagement.includes(arn),
      });
    }
  }
  return {
    instanceArn: InstanceArn,
    identityStoreId: IdentityStoreId,
    region: settings.region,
    groups,
    permissionSets,
  };
}

/** The same facts in one order, to compare. */
export function sortedFacts(facts: Organization): Organization {
  const by = <T>(items: readonly T[], key: (item: T) => string): T[] =>
    [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const { identityCenter } = facts;
  return {
    ...facts,
    organizationalUnits: by(facts.organizationalUnits, (ou) => ou.id),
    accounts: by(facts.accounts, (account) => account.id),
    policies: by(facts.policies, (policy) => policy.id).map((policy) => ({
      ...policy,
      targetIds: [...policy.targetIds].sort(),
    })),
    delegatedAdministrators: by(facts.delegatedAdministrators, (admin) => admin.accountId),
    delegationPolicy: facts.delegationPolicy ?? "",
    trails: by(facts.trails, (trail) => trail.name),
    ...(identityCenter
      ? {
          identityCenter: {
            ...identityCenter,
            groups: by(identityCenter.groups, (group) => group.id),
            permissionSets: by(identityCenter.permissionSets, (set) => set.arn),
          },
        }
      : {}),
  };
}
