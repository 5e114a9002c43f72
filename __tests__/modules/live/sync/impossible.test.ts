import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { impossibleFacts } from "../../../../modules/live/sync/impossible";
import { readPlaces, readTags } from "../../../../modules/live/sync/tree";
import type { Organization } from "../../../../modules/organization/types";
import { exampleWith } from "../../../support/environments";

/** Answers that AWS cannot give. What stands between here and AWS can: a proxy, an endpoint that is not AWS's. */

const FACTS = exampleWith().environment!.organization;
const [ROOT, MANAGEMENT] = [FACTS.rootId, FACTS.managementAccountId];

test("the example's facts can be, and so can those of an organization without policies", () => {
  expect(impossibleFacts(FACTS)).toEqual([]);
  expect(impossibleFacts({ ...FACTS, enabledPolicyTypes: [], policies: [] })).toEqual([]);
  const closing = FACTS.policies.map((one) => ({
    ...one,
    targetIds: one.targetIds.filter((id) => id !== "777777777701"),
  }));
  // An account that is being closed may have lost its policies.
  expect(impossibleFacts({ ...FACTS, policies: closing })).toEqual([]);
});

const without = (id: string): Organization["policies"] => FACTS.policies.filter((policy) => policy.id !== id);
const moved = (id: string, parentId: string): Organization["organizationalUnits"] =>
  FACTS.organizationalUnits.map((ou) => (ou.id === id ? { ...ou, parentId } : ou));

test.each<[string, Partial<Organization>, readonly string[]]>([
  [
    "no policies at all",
    { policies: [] },
    [
      "SERVICE_CONTROL_POLICY is enabled, and AWS named no policy of this type",
      "RESOURCE_CONTROL_POLICY is enabled, and AWS named no policy of this type",
    ],
  ],
  [
    "no FullAWSAccess",
    { policies: without("p-FullAWSAccess") },
    ["SERVICE_CONTROL_POLICY is enabled, and AWS named no policy of this type that it manages itself (FullAWSAccess)"],
  ],
  [
    "an OU without any SCP",
    {
      policies: FACTS.policies.map((one) => ({
        ...one,
        targetIds: one.targetIds.filter((id) => id !== "ou-exmp-security"),
      })),
    },
    [
      "root, OU or account ou-exmp-security has no SERVICE_CONTROL_POLICY at all",
      "root, OU or account ou-exmp-security has no RESOURCE_CONTROL_POLICY at all",
    ],
  ],
  [
    "an account twice, in two OUs",
    { accounts: [...FACTS.accounts, { ...FACTS.accounts[1]!, parentId: ROOT }] },
    [`account ${FACTS.accounts[1]!.id} is in two places`],
  ],
  [
    "OUs that contain each other",
    {
      organizationalUnits: moved("ou-exmp-workload", "ou-exmp-wrkprod1"),
    },
    [
      "OU or account ou-exmp-workload, ou-exmp-wrknprod, ou-exmp-wrkprod1, 444444444401, 444444444402 and 4 more does not hang below the root r-exmp",
    ],
  ],
  [
    "a policy attached to a target that is not there",
    {
      policies: [
        { ...FACTS.policies[0]!, targetIds: ["ou-exmp-nowhere1", ...FACTS.policies[0]!.targetIds] },
        ...FACTS.policies.slice(1),
      ],
    },
    ["policy p-FullAWSAccess (FullAWSAccess) is attached to ou-exmp-nowhere1, which is not in the organization"],
  ],
  [
    "a policy twice",
    { policies: [...FACTS.policies, FACTS.policies[0]!] },
    ["policy p-FullAWSAccess (SERVICE_CONTROL_POLICY) is named twice"],
  ],
  [
    "no management account",
    { accounts: FACTS.accounts.filter(({ id }) => id !== MANAGEMENT) },
    [
      `the management account ${MANAGEMENT} is not among the accounts`,
      `policy p-FullAWSAccess (FullAWSAccess) is attached to ${MANAGEMENT}, which is not in the organization`,
      `policy p-RCPFullAWSAccess (RCPFullAWSAccess) is attached to ${MANAGEMENT}, which is not in the organization`,
    ],
  ],
])("%s", (_, edit, expected) => expect(impossibleFacts({ ...FACTS, ...edit })).toEqual(expected));

test("no accounts, and no root", () => {
  expect(impossibleFacts({ ...FACTS, accounts: [] })[0]).toBe(
    "the organization has no account, not even its management account",
  );
  expect(impossibleFacts({ ...FACTS, rootId: "" })[0]).toBe("the organization has no root");
});

/** Answers each command by its name. */
function answering(answers: Readonly<Record<string, (input: { ParentId?: string }) => object>>): OrganizationsClient {
  const client = new OrganizationsClient({ region: "us-east-1" });
  const send = (command: {
    readonly constructor: { readonly name: string };
    readonly input: object;
  }): Promise<object> => Promise.resolve(answers[command.constructor.name]?.(command.input) ?? {});
  return Object.assign(client, { send });
}

test("OUs that contain each other are not gone through for ever", async () => {
  const client = answering({
    ListOrganizationalUnitsForParentCommand: ({ ParentId }) => ({
      OrganizationalUnits: [{ Id: ParentId === "ou-b" ? "ou-a" : ParentId === "ou-a" ? "ou-b" : "ou-a", Name: "x" }],
    }),
  });
  await expect(readPlaces(client, "r-exmp")).rejects.toThrow(
    "This answer cannot be: OU ou-a is in two places, or contains itself.",
  );
});

test("a page that leads to itself is not asked for for ever", async () => {
  const client = answering({ ListTagsForResourceCommand: () => ({ Tags: [], NextToken: "again" }) });
  await expect(readTags(client, "444444444401")).rejects.toThrow("one page leads to itself");
});
