import { join } from "node:path";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { clientSettings } from "../../local/client-settings";
import { exampleOrganization } from "../../local/organizations/example";
import { syntheticOrganization } from "../../local/organizations/synthetic";
import { type LocalAws, startLocalAws } from "../../local/runner";
import type { Organization } from "../../modules/organization/types";
import { readOrganization, sortedFacts } from "../support/read-organization";
import { describeReal } from "../support/real";

const example = exampleOrganization(join(__dirname, "..", ".."));

/** The example does not use everything that facts can say; this one does. */
const unusual: Organization = {
  ...example,
  enabledRegions: ["eu-central-1", "eu-south-1", "us-east-1"],
  rootAccessFeatures: ["RootCredentialsManagement", "RootSessions"],
  accounts: example.accounts.map((account) =>
    account.id === "666666666602" ? { ...account, status: "PENDING_CLOSURE" as const } : account,
  ),
  policies: [
    ...example.policies.map((policy) =>
      policy.name === "FullAWSAccess"
        ? { ...policy, targetIds: policy.targetIds.filter((id) => id !== "ou-exmp-workload") }
        : { ...policy, ours: policy.name === "sandbox-limits" },
    ),
  ],
  delegationPolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Reads",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::222222222202:root" },
        Action: "organizations:ListAccounts",
        Resource: "*",
      },
    ],
  }),
  trails: [
    { name: "local-trail", homeRegion: "eu-central-1", organization: false, multiRegion: false, logging: false },
  ],
  ...(example.identityCenter
    ? {
        identityCenter: {
          ...example.identityCenter,
          groups: example.identityCenter.groups.map((group, index) => ({ ...group, synced: index > 0 })),
          permissionSets: [
            {
              name: "Ours",
              arn: `${example.identityCenter.instanceArn.replace(":instance/", ":permissionSet/")}/ps-aaaabbbbccccdddd`,
              ours: true,
              inManagementAccount: true,
            },
            ...example.identityCenter.permissionSets,
          ],
        },
      }
    : {}),
};
const { identityCenter: _, ...withoutIdentityCenter } = syntheticOrganization(3);

describeReal("a seeded organization", () => {
  test.each<[string, Organization]>([
    ["the example", example],
    ["every kind of fact", unusual],
    ["230 accounts, more than any page", syntheticOrganization(230)],
    ["no Identity Center", withoutIdentityCenter],
  ])(
    "%s: what is read back is what was seeded",
    async (_name, facts) => {
      const local = await startLocalAws({ facts });
      try {
        expect(
          sortedFacts(await readOrganization(local.endpoint, facts.identityCenter?.region ?? "eu-central-1")),
        ).toEqual(sortedFacts(facts));
        expect(local.missing()).toEqual([]);
      } finally {
        await local.stop();
      }
    },
    120_000,
  );

  test("is the same organization each time, to the generated ids", async () => {
    const join = async (local: LocalAws): Promise<unknown> => {
      const { Accounts } = await new OrganizationsClient(clientSettings(local.endpoint, { region: "us-east-1" })).send(
        new ListAccountsCommand({}),
      );
      return Accounts?.map(({ Id, Name, Email, Arn }) => ({ Id, Name, Email, Arn }));
    };
    const seen: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const local = await startLocalAws({ facts: example });
      seen.push(await join(local));
      await local.stop();
    }
    expect(seen[0]).toEqual(seen[1]);
  }, 60_000);
});

describe("a synthetic organization", () => {
  test("is the same for the same arguments, and has the accounts asked for", () => {
    expect(syntheticOrganization(1000)).toEqual(syntheticOrganization(1000));
    expect(new Set(syntheticOrganization(1000).accounts.map((account) => account.id)).size).toBe(1000);
  });

  test("places every account in an OU that exists", () => {
    const facts = syntheticOrganization(57, { units: 3 });
    const places = new Set([facts.rootId, ...facts.organizationalUnits.map((ou) => ou.id)]);
    expect(facts.accounts.filter((account) => !places.has(account.parentId))).toEqual([]);
  });
});
