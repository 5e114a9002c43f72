import { AwsError, page, text, type AwsRequest, type JsonObject } from "../aws-message";
import type { FrontContext, Gap } from "../gap";

/** Regions that every account has from the beginning. */
const DEFAULT_REGIONS = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];
const OPT_IN_REGIONS = [
  "af-south-1",
  "ap-east-1",
  "ap-south-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-1",
  "eu-south-2",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
];

/** moto knows alternate contacts; the front adds regions. */
export function accountGap(context: FrontContext): Gap {
  const changed = new Map<string, Map<string, string>>();
  const statusesOf = (accountId: string): ReadonlyMap<string, string> =>
    new Map([
      ...DEFAULT_REGIONS.map((region) => [region, "ENABLED_BY_DEFAULT"] as const),
      ...OPT_IN_REGIONS.map((region) => [region, "DISABLED"] as const),
      ...(changed.get(accountId) ?? []),
    ]);
  const accountOf = (request: AwsRequest): string => {
    const asked = text(request.input["AccountId"]) || request.accountId;
    if (asked !== request.accountId && request.accountId !== context.managementAccountId)
      throw new AwsError("AccessDeniedException", "Only the management account may ask for other accounts.", 403);
    return asked;
  };
  const set = (request: AwsRequest, status: string): JsonObject => {
    const account = accountOf(request);
    const region = text(request.input["RegionName"]);
    if (!statusesOf(account).has(region)) throw new AwsError("ValidationException", `There is no region ${region}.`);
    changed.set(account, new Map([...(changed.get(account) ?? []), [region, status]]));
    return {};
  };
  return {
    service: "account",
    routes: {
      "POST /listRegions": "ListRegions",
      "POST /getRegionOptStatus": "GetRegionOptStatus",
      "POST /enableRegion": "EnableRegion",
      "POST /disableRegion": "DisableRegion",
      "POST /getAlternateContact": "GetAlternateContact",
      "POST /putAlternateContact": "PutAlternateContact",
      "POST /deleteAlternateContact": "DeleteAlternateContact",
    },
    operations: {
      ListRegions: (request) => {
        const wanted = request.input["RegionOptStatusContains"];
        const regions = [...statusesOf(accountOf(request))]
          .filter(([, status]) => !Array.isArray(wanted) || wanted.includes(status))
          .map(([RegionName, RegionOptStatus]) => ({ RegionName, RegionOptStatus }))
          .sort((a, b) => (a.RegionName < b.RegionName ? -1 : 1));
        const { items, next } = page(
          regions,
          request.input["NextToken"],
          Number(text(request.input["MaxResults"], "50")),
        );
        return { Regions: items, NextToken: next };
      },
      GetRegionOptStatus: (request) => ({
        RegionName: request.input["RegionName"],
        RegionOptStatus: statusesOf(accountOf(request)).get(text(request.input["RegionName"])),
      }),
      EnableRegion: (request) => set(request, "ENABLED"),
      // AWS refuses to disable a default region. The facts of an organization may list fewer regions, so the seed may.
      DisableRegion: (request) => set(request, "DISABLED"),
    },
  };
}
