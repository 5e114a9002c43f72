import type { InventoryContext } from "../../../../modules/evidence/inventory/context";
import { exceptionsByArn, protection } from "../../../../modules/evidence/inventory/protection";
import type { AccessKeyFacts, AccountFacts, UserFacts } from "../../../../modules/evidence/inventory/types";

export const NOW = new Date("2026-11-24T12:00:00Z");
export const HOME = "111111111111";
export const MEMBER = "222222222222";

/** So many days before `NOW`. */
export const ago = (days: number, from: Date = NOW): string =>
  new Date(from.getTime() - days * 86_400_000).toISOString().replace(/\.\d{3}Z$/, "Z");

export const CONTEXT: InventoryContext = {
  environment: "test",
  organizationId: "o-exampleorg1",
  managementAccountId: HOME,
  days: { maxUnusedDays: 45, inactiveDaysBeforeDelete: 30 },
  accounts: [
    {
      id: HOME,
      name: "management",
      organizationalUnit: "",
      snippets: { accountName: "management", oidcProviders: [] },
    },
    {
      id: MEMBER,
      name: "shop",
      organizationalUnit: "Workloads/Prod",
      snippets: {
        accountName: "shop",
        oidcProviders: [],
        identityCenter: { permissionSet: "ReadOnly", group: "Shop" },
      },
    },
  ],
  protection: protection(
    { homeAccountId: HOME, userPath: "/break-glass/", userNames: ["break-glass-1", "break-glass-2"] },
    exceptionsByArn([
      {
        name: "legacy",
        owner: "erp",
        expires: "2026-12-31",
        principals: [{ kind: "user", arn: `arn:aws:iam::${MEMBER}:user/legacy` }],
      },
    ]),
  ),
  inventoryRole: "KeylessInventory",
};

export function key(
  id: string,
  createdDaysAgo: number,
  lastUsedDaysAgo?: number,
  more: Partial<AccessKeyFacts> = {},
): AccessKeyFacts {
  return {
    id,
    status: "Active",
    createdAt: ago(createdDaysAgo),
    ...(lastUsedDaysAgo === undefined
      ? {}
      : { lastUse: { at: ago(lastUsedDaysAgo), service: "s3", region: "eu-central-1" } }),
    ...more,
  };
}

export function user(
  name: string,
  accessKeys: readonly AccessKeyFacts[],
  more: Partial<UserFacts> = {},
  accountId = MEMBER,
): UserFacts {
  const path = more.path ?? "/";
  return {
    name,
    arn: `arn:aws:iam::${accountId}:user${path}${name}`,
    path,
    createdAt: ago(1000),
    mfa: false,
    accessKeys,
    serviceCredentials: [],
    certificates: [],
    sshKeys: [],
    ...more,
  };
}

export function account(
  users: readonly UserFacts[],
  accountId = MEMBER,
  more: Partial<AccountFacts> = {},
): AccountFacts {
  return {
    accountId,
    status: "complete",
    collectedAt: ago(0),
    problems: [],
    users,
    root: { accessKeys: [], mfa: true },
    ...more,
  };
}
