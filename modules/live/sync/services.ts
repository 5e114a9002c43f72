import { AccountClient, ListRegionsCommand } from "@aws-sdk/client-account";
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  ListTrailsCommand,
} from "@aws-sdk/client-cloudtrail";
import { IAMClient, ListOrganizationsFeaturesCommand } from "@aws-sdk/client-iam";
import {
  DelegatedAdministrator as Delegated,
  DescribeResourcePolicyCommand,
  OrganizationsClient,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
  paginateListDelegatedServicesForAccount,
} from "@aws-sdk/client-organizations";
import { mapBounded } from "../../aws/bounded";
import { isMissingApi, unless } from "../../aws/failure";
import { awsClient, AwsSession } from "../../aws/session";
import { byKey } from "../../kernel/lists";
import type { DelegatedAdministrator, Trail } from "../../organization/types";
import { CONCURRENCY } from "./tree";

export async function readTrustedServices(client: OrganizationsClient): Promise<readonly string[]> {
  const services: string[] = [];
  for await (const { EnabledServicePrincipals = [] } of paginateListAWSServiceAccessForOrganization({ client }, {})) {
    services.push(...EnabledServicePrincipals.map((service) => service.ServicePrincipal ?? ""));
  }
  return services.sort();
}

export async function readDelegatedAdministrators(
  client: OrganizationsClient,
): Promise<readonly DelegatedAdministrator[]> {
  const found: Delegated[] = [];
  for await (const { DelegatedAdministrators = [] } of paginateListDelegatedAdministrators({ client }, {}))
    found.push(...DelegatedAdministrators);
  const administrators = await mapBounded(
    found,
    CONCURRENCY,
    async ({ Id: accountId = "" }): Promise<DelegatedAdministrator> => {
      const services: string[] = [];
      for await (const { DelegatedServices = [] } of paginateListDelegatedServicesForAccount(
        { client },
        { AccountId: accountId },
      )) {
        services.push(...DelegatedServices.map((service) => service.ServicePrincipal ?? ""));
      }
      return { accountId, services: services.sort() };
    },
  );
  return [...administrators].sort(byKey((administrator) => administrator.accountId));
}

/**
 * The organization's resource-based delegation policy; empty where there is none, absent where AWS has no such call.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html
 */
export async function readDelegationPolicy(client: OrganizationsClient): Promise<string | undefined> {
  return unless(
    (failure) => isMissingApi(failure) || failure.code === "ResourcePolicyNotFoundException",
    async () => (await client.send(new DescribeResourcePolicyCommand({}))).ResourcePolicy?.Content ?? "",
    (failure) => (isMissingApi(failure) ? undefined : ""),
  );
}

/** Regions enabled in the account of the session; absent where the partition has no API for it. */
export async function readEnabledRegions(session: AwsSession): Promise<readonly string[] | undefined> {
  const client = awsClient(AccountClient, session);
  return unless(
    isMissingApi,
    async () => {
      const regions: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(
          new ListRegionsCommand({
            RegionOptStatusContains: ["ENABLED", "ENABLED_BY_DEFAULT"],
            MaxResults: 50,
            NextToken,
          }),
        );
        regions.push(...(page.Regions ?? []).map((region) => region.RegionName ?? ""));
        NextToken = page.NextToken;
      } while (NextToken);
      return regions.sort();
    },
    () => undefined,
  );
}

/** None where IAM has no trusted access, and where the partition does not know the feature. */
export async function readRootAccessFeatures(session: AwsSession): Promise<readonly string[]> {
  const client = awsClient(IAMClient, session);
  return unless(
    (failure) =>
      isMissingApi(failure) || /^(ServiceAccessNotEnabled|OrganizationNotInAllFeaturesMode)/.test(failure.code),
    async () => [...((await client.send(new ListOrganizationsFeaturesCommand({}))).EnabledFeatures ?? [])].sort(),
    () => [],
  );
}

/** Every trail of the account, asked for in its home region: only there it is not a shadow. */
export async function readTrails(session: AwsSession): Promise<readonly Trail[]> {
  const arns = new Map<string, string[]>();
  let NextToken: string | undefined;
  const home = awsClient(CloudTrailClient, session);
  do {
    const page = await home.send(new ListTrailsCommand({ NextToken }));
    for (const { TrailARN = "", HomeRegion = session.region } of page.Trails ?? [])
      arns.set(HomeRegion, [...(arns.get(HomeRegion) ?? []), TrailARN]);
    NextToken = page.NextToken;
  } while (NextToken);
  const byRegion = await mapBounded([...arns], CONCURRENCY, async ([region, names]): Promise<readonly Trail[]> => {
    const client = awsClient(CloudTrailClient, session, region);
    const { trailList = [] } = await client.send(
      new DescribeTrailsCommand({ trailNameList: names, includeShadowTrails: false }),
    );
    return mapBounded(trailList, CONCURRENCY, async (trail) => ({
      name: trail.Name ?? "",
      homeRegion: trail.HomeRegion ?? region,
      organization: trail.IsOrganizationTrail ?? false,
      multiRegion: trail.IsMultiRegionTrail ?? false,
      logging: (await client.send(new GetTrailStatusCommand({ Name: trail.TrailARN }))).IsLogging ?? false,
    }));
  });
  return byRegion.flat().sort(byKey((trail) => `${trail.name} ${trail.homeRegion}`));
}
