import { IdentitystoreClient, paginateListGroups } from "@aws-sdk/client-identitystore";
import {
  DescribePermissionSetCommand,
  InstanceMetadata,
  ListInstancesCommand,
  ListInstancesCommandOutput,
  ListRegionsCommand,
  paginateListPermissionSets,
  paginateListPermissionSetsProvisionedToAccount,
  paginateListTagsForResource,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { mapBounded } from "../../aws/bounded";
import { isDenied, isMissingApi, unless } from "../../aws/failure";
import { awsClient, AwsSession } from "../../aws/session";
import { ENVIRONMENT_TAG } from "../../config/settings";
import { byKey } from "../../kernel/lists";
import type {
  IdentityCenterGroup,
  IdentityCenterInstance,
  IdentityCenterPermissionSet,
} from "../../organization/types";

/** Identity Center takes 20 requests a second for all of its callers together. */
const CONCURRENCY = 4;

interface Found {
  readonly instanceArn: string;
  readonly identityStoreId: string;
  readonly region: string;
}

/** Reads the organization's instance with groups and permission sets; absent where there is none. */
export async function readIdentityCenter(
  session: AwsSession,
  environment: string,
  managementAccountId: string,
  regions: readonly string[],
  say: (step: string) => void,
): Promise<IdentityCenterInstance | undefined> {
  const instance = await findInstance(session, managementAccountId, regions, say);
  if (!instance) return undefined;
  const admin = awsClient(SSOAdminClient, session, instance.region);
  const groups = await readGroups(
    awsClient(IdentitystoreClient, session, instance.region),
    instance.identityStoreId,
    say,
  );
  return {
    ...instance,
    groups,
    permissionSets: await readPermissionSets(admin, environment, instance.instanceArn, managementAccountId, say),
  };
}

/** The instance lives in one region, which nothing else says: the likely ones are asked first, then every enabled one. */
async function findInstance(
  session: AwsSession,
  managementAccountId: string,
  regions: readonly string[],
  say: (step: string) => void,
): Promise<Found | undefined> {
  for (const region of regions) {
    say(`Identity Center: looking in ${region}`);
    const client = awsClient(SSOAdminClient, session, region);
    const instances: InstanceMetadata[] = [];
    let NextToken: string | undefined;
    do {
      // A region without Identity Center, or one that an SCP or a policy keeps us out of, has not the instance that matters here.
      const page: ListInstancesCommandOutput | undefined = await unless<ListInstancesCommandOutput | undefined>(
        (failure) => isMissingApi(failure) || (isDenied(failure) && region !== session.region),
        () => client.send(new ListInstancesCommand({ NextToken })),
        () => undefined,
      );
      instances.push(...(page?.Instances ?? []));
      NextToken = page?.NextToken;
    } while (NextToken);
    // Instances of single accounts are not the organization's.
    const found = instances.find(
      (one) =>
        one.OwnerAccountId === managementAccountId &&
        one.Status !== "DELETE_IN_PROGRESS" &&
        one.Status !== "CREATE_FAILED",
    );
    if (found?.InstanceArn && found.IdentityStoreId) {
      return {
        instanceArn: found.InstanceArn,
        identityStoreId: found.IdentityStoreId,
        region: await primaryRegion(client, found.InstanceArn, region),
      };
    }
  }
  return undefined;
}

/** An instance can be replicated to more regions; permission sets are managed in the first. https://docs.aws.amazon.com/singlesignon/latest/userguide/multi-region-iam-identity-center.html */
async function primaryRegion(client: SSOAdminClient, InstanceArn: string, foundIn: string): Promise<string> {
  return unless(
    (failure) => isMissingApi(failure) || isDenied(failure),
    async () =>
      ((await client.send(new ListRegionsCommand({ InstanceArn }))).Regions ?? []).find(
        (region) => region.IsPrimaryRegion,
      )?.RegionName ?? foundIn,
    () => foundIn,
  );
}

async function readGroups(
  client: IdentitystoreClient,
  IdentityStoreId: string,
  say: (step: string) => void,
): Promise<readonly IdentityCenterGroup[]> {
  const groups: IdentityCenterGroup[] = [];
  for await (const { Groups = [] } of paginateListGroups({ client }, { IdentityStoreId })) {
    for (const { GroupId = "", DisplayName = "", ExternalIds = [] } of Groups)
      groups.push({ id: GroupId, displayName: DisplayName, synced: ExternalIds.length > 0 });
    say(`Identity Center: ${groups.length} groups`);
  }
  return groups.sort(byKey((group) => `${group.displayName} ${group.id}`));
}

async function readPermissionSets(
  client: SSOAdminClient,
  environment: string,
  InstanceArn: string,
  managementAccountId: string,
  say: (step: string) => void,
): Promise<readonly IdentityCenterPermissionSet[]> {
  const inManagement = new Set<string>();
  for await (const { PermissionSets = [] } of paginateListPermissionSetsProvisionedToAccount(
    { client },
    { InstanceArn, AccountId: managementAccountId },
  ))
    PermissionSets.forEach((arn) => inManagement.add(arn));
  const arns: string[] = [];
  for await (const { PermissionSets = [] } of paginateListPermissionSets({ client }, { InstanceArn }))
    arns.push(...PermissionSets);
  let done = 0;
  const sets = await mapBounded(arns, CONCURRENCY, async (arn): Promise<IdentityCenterPermissionSet> => {
    const { PermissionSet } = await client.send(
      new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn: arn }),
    );
    let ours = false;
    for await (const { Tags = [] } of paginateListTagsForResource({ client }, { InstanceArn, ResourceArn: arn }))
      ours ||= Tags.some((tag) => tag.Key === ENVIRONMENT_TAG && tag.Value === environment);
    say(`permission sets: ${++done} of ${arns.length}`);
    return { name: PermissionSet?.Name ?? "", arn, ours, inManagementAccount: inManagement.has(arn) };
  });
  return [...sets].sort(byKey((set) => `${set.name} ${set.arn}`));
}
