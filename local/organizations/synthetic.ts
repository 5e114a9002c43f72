import type { Account, AttachedPolicy, Organization, OrganizationalUnit } from "../../modules/organization/types";

export interface SyntheticOptions {
  /** OUs below the root, each with `Prod` and `NonProd` below it. @default 5 */
  readonly units?: number;
  /** @default 10 groups, all synced */
  readonly groups?: number;
  /** @default "eu-central-1" */
  readonly region?: string;
}

export const SYNTHETIC_MANAGEMENT_ACCOUNT = "100000000000";

/** Facts of an organization of any size: the same for the same arguments, with ids of the form AWS gives. */
export function syntheticOrganization(accounts: number, options: SyntheticOptions = {}): Organization {
  const unitCount = options.units ?? 5;
  const region = options.region ?? "eu-central-1";
  const rootId = "r-synt";
  const ouId = (number: number): string => `ou-synt-${String(number).padStart(8, "0")}`;

  const organizationalUnits: OrganizationalUnit[] = [];
  const leaves: string[] = [];
  for (let unit = 0; unit < unitCount; unit++) {
    const [parent, prod, nonProd] = [ouId(unit * 3 + 1), ouId(unit * 3 + 2), ouId(unit * 3 + 3)];
    organizationalUnits.push(
      { id: parent, name: `Unit${unit + 1}`, parentId: rootId },
      { id: prod, name: "Prod", parentId: parent },
      { id: nonProd, name: "NonProd", parentId: parent },
    );
    leaves.push(prod, nonProd);
  }
  const members = Array.from({ length: Math.max(0, accounts - 1) }, (_, index): Account => {
    const parentId = leaves[index % leaves.length] ?? rootId;
    const tags = {
      tier: (index % 2 === 0 ? "prod" : "nonprod") as string,
      unit: `unit${(Math.floor(index / 2) % Math.max(1, unitCount)) + 1}`,
    };
    return {
      id: String(200_000_000_000 + index),
      name: `account-${String(index + 1).padStart(5, "0")}`,
      status: "ACTIVE",
      parentId,
      tags,
    };
  });
  const management: Account = {
    id: SYNTHETIC_MANAGEMENT_ACCOUNT,
    name: "management",
    status: "ACTIVE",
    parentId: rootId,
    tags: { tier: "management" },
  };
  const all = [management, ...members];
  const fullAccess: AttachedPolicy = {
    id: "p-FullAWSAccess",
    name: "FullAWSAccess",
    type: "SERVICE_CONTROL_POLICY",
    awsManaged: true,
    ours: false,
    content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    targetIds: [rootId, ...organizationalUnits.map((ou) => ou.id), ...all.map((account) => account.id)].sort(),
  };
  return {
    id: "o-synthetic1",
    managementAccountId: SYNTHETIC_MANAGEMENT_ACCOUNT,
    rootId,
    enabledPolicyTypes: ["SERVICE_CONTROL_POLICY"],
    trustedServices: [
      "access-analyzer.amazonaws.com",
      "cloudtrail.amazonaws.com",
      "config-multiaccountsetup.amazonaws.com",
      "config.amazonaws.com",
      "iam.amazonaws.com",
      "member.org.stacksets.cloudformation.amazonaws.com",
      "sso.amazonaws.com",
    ],
    delegatedAdministrators: [],
    delegationPolicy: "",
    organizationalUnits,
    accounts: all,
    policies: [fullAccess],
    enabledRegions: [
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
    ],
    trails: [{ name: "organization-trail", homeRegion: region, organization: true, multiRegion: true, logging: true }],
    rootAccessFeatures: [],
    identityCenter: {
      instanceArn: "arn:aws:sso:::instance/ssoins-0000000000000001",
      identityStoreId: "d-0000000001",
      region,
      groups: Array.from({ length: options.groups ?? 10 }, (_, index) => ({
        id: `00000000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`,
        displayName: `Group${String(index + 1).padStart(3, "0")}`,
        synced: true,
      })),
      permissionSets: [],
    },
  };
}
