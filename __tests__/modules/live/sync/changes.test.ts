import type { Organization } from "../../../../modules/organization/types";
import { organizationChanges } from "../../../../modules/live/sync/changes";
import { exampleWith } from "../../../support/environments";

const before = exampleWith().environment!.organization;
const center = before.identityCenter!;

/** Changes as one would read them. */
function told(after: Organization, from: Organization = before): readonly string[] {
  return organizationChanges(from, after).map(
    ({ kind, what, name, details }) => `${kind} ${what} ${name}${details.length > 0 ? `: ${details.join("; ")}` : ""}`,
  );
}

const withAccount = (id: string, change: Partial<Organization["accounts"][number]>): Organization => ({
  ...before,
  accounts: before.accounts.map((a) => (a.id === id ? { ...a, ...change } : a)),
});
const withPolicy = (id: string, change: Partial<Organization["policies"][number]>): Organization => ({
  ...before,
  policies: before.policies.map((p) => (p.id === id ? { ...p, ...change } : p)),
});
const search = {
  id: "444444444499",
  name: "search",
  status: "ACTIVE",
  parentId: "ou-exmp-wrkprod1",
  tags: {},
} as const;
const fullAccess = before.policies[0]!;

test("nothing changed", () => expect(told(before)).toEqual([]));

test.each<[string, Organization, readonly string[]]>([
  [
    "an account moved",
    withAccount("444444444401", { parentId: "ou-exmp-sandbox1" }),
    ["changed account data-prod (444444444401): moved from Workloads/Prod to Sandbox"],
  ],
  [
    "an account renamed and suspended",
    withAccount("444444444401", { name: "data", status: "SUSPENDED" }),
    ["changed account data (444444444401): was named data-prod; status ACTIVE → SUSPENDED"],
  ],
  [
    "tags",
    withAccount("444444444401", { tags: { tier: "gold", owner: "anna" } }),
    ["changed account data-prod (444444444401): tag owner=anna is new; tag team=data is gone; tag tier=prod → gold"],
  ],
  [
    "an account gone",
    { ...before, accounts: before.accounts.filter((a) => a.id !== "444444444401") },
    ["removed account data-prod (444444444401)"],
  ],
  [
    "an account that came, with the policy that AWS attaches by itself",
    {
      ...before,
      accounts: [...before.accounts, search],
      policies: before.policies.map((p) => (p === fullAccess ? { ...p, targetIds: [...p.targetIds, search.id] } : p)),
    },
    ["added account search (444444444499): in Workloads/Prod"],
  ],
  [
    "an OU renamed",
    {
      ...before,
      organizationalUnits: before.organizationalUnits.map((ou) =>
        ou.id === "ou-exmp-infrastr" ? { ...ou, name: "Platform" } : ou,
      ),
    },
    ["changed OU Platform (ou-exmp-infrastr): was named Infrastructure"],
  ],
  [
    "an OU moved",
    {
      ...before,
      organizationalUnits: before.organizationalUnits.map((ou) =>
        ou.id === "ou-exmp-wrkprod1" ? { ...ou, parentId: "r-exmp" } : ou,
      ),
    },
    ["changed OU Prod (ou-exmp-wrkprod1): moved from Workloads to (root)"],
  ],
  [
    "a policy's content",
    withPolicy("p-exmpregion", { content: "{}" }),
    ["changed policy approved-regions (p-exmpregion): content changed"],
  ],
  [
    "a policy's attachments",
    withPolicy("p-exmpregion", { targetIds: ["444444444401", "r-exmp"] }),
    [
      "changed policy approved-regions (p-exmpregion): attached to data-prod; attached to (root); detached from Workloads",
    ],
  ],
  [
    "a policy of ours",
    {
      ...before,
      policies: [
        ...before.policies,
        { ...fullAccess, id: "p-ours", name: "keyless-x", awsManaged: false, ours: true, targetIds: ["r-exmp"] },
      ],
    },
    ["added policy keyless-x (p-ours): attached to (root)"],
  ],
  [
    "services",
    {
      ...before,
      trustedServices: [...before.trustedServices.filter((s) => s !== "sso.amazonaws.com"), "ram.amazonaws.com"],
      enabledPolicyTypes: ["SERVICE_CONTROL_POLICY", "TAG_POLICY"],
    },
    [
      "added policy type TAG_POLICY",
      "removed policy type RESOURCE_CONTROL_POLICY",
      "removed trusted service sso.amazonaws.com",
      "added trusted service ram.amazonaws.com",
    ],
  ],
  [
    "delegation",
    {
      ...before,
      delegatedAdministrators: [
        { accountId: "222222222202", services: ["config.amazonaws.com", "guardduty.amazonaws.com"] },
      ],
    },
    [
      "changed delegated administrator security-tooling: no longer access-analyzer.amazonaws.com; no longer config-multiaccountsetup.amazonaws.com; also guardduty.amazonaws.com",
      "removed delegated administrator identity",
    ],
  ],
  [
    "a trail, a region, root access",
    {
      ...before,
      trails: before.trails.map((t) => ({ ...t, logging: false })),
      enabledRegions: [...before.enabledRegions, "eu-south-1"],
      rootAccessFeatures: ["RootSessions"],
    },
    [
      "added region eu-south-1",
      "added root access feature RootSessions",
      "changed trail organization-trail (eu-central-1): logging true → false",
    ],
  ],
  [
    "people",
    {
      ...before,
      identityCenter: {
        ...center,
        groups: [...center.groups.slice(1), { id: "new", displayName: "Auditors", synced: false }],
        permissionSets: [
          { ...center.permissionSets[0]!, inManagementAccount: true },
          { name: "Dev", arn: "arn:x", ours: true, inManagementAccount: false },
        ],
      },
    },
    [
      "removed group Data",
      "added group Auditors: made in Identity Center",
      "changed permission set LegacyReadOnly: in the management account no → yes",
      "added permission set Dev: ours",
    ],
  ],
  [
    "no Identity Center any more",
    { ...before, identityCenter: undefined },
    ["removed Identity Center instance arn:aws:sso:::instance/ssoins-1111222233334444"],
  ],
  [
    "a delegation policy",
    { ...before, delegationPolicy: '{"Version":"2012-10-17","Statement":[]}' },
    ['changed delegation policy of the organization: none → {"Version":"2012-10-17","Statement":[]}'],
  ],
  [
    "a delegation policy that was not read",
    { ...before, delegationPolicy: undefined },
    ["changed delegation policy of the organization: none → not read"],
  ],
  [
    "another organization",
    { ...before, id: "o-other00001" },
    ["changed organization o-other00001: id o-exampleorg1 → o-other00001"],
  ],
])("%s", (_, after, expected) => expect([...told(after)].sort()).toEqual([...expected].sort()));

test("no difference in the facts stays unsaid", () => {
  // Every leaf of the snapshot, changed one at a time: a fact that is added to the format and forgotten here is found.
  const leaves: (readonly (string | number)[])[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value !== "object" || value === null) leaves.push(path);
    else
      for (const [key, member] of Object.entries(value))
        walk(member, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(before, []);
  const silent = leaves.filter((path) => {
    const after = structuredClone(before) as unknown as Record<string | number, unknown>;
    let owner = after;
    for (const part of path.slice(0, -1)) owner = owner[part] as Record<string | number, unknown>;
    const last = path.at(-1)!;
    owner[last] = typeof owner[last] === "boolean" ? !owner[last] : `${String(owner[last])}x`;
    return organizationChanges(before, after as unknown as Organization).length === 0;
  });
  // An attachment to something that does not exist is not told.
  expect(silent.filter((path) => path.at(-2) !== "targetIds")).toEqual([]);
});
