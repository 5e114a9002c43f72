import {
  DescribePermissionSetCommand,
  GetInlinePolicyForPermissionSetCommand,
  GetPermissionsBoundaryForPermissionSetCommand,
  paginateListAccountAssignments,
  paginateListAccountsForProvisionedPermissionSet,
  paginateListCustomerManagedPolicyReferencesInPermissionSet,
  paginateListManagedPoliciesInPermissionSet,
  paginateListTagsForResource,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { mapBounded } from "../../aws/bounded";
import { unless } from "../../aws/failure";
import { awsClient, AwsSession } from "../../aws/session";
import { byKey } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import type { ExistingPermissionSet } from "../../organization/existing";
import type { IdentityCenterInstance } from "../../organization/types";

/** Identity Center takes 20 requests a second for all of its callers together. */
const CONCURRENCY = 4;

interface Target {
  readonly InstanceArn: string;
  readonly PermissionSetArn: string;
}

/** Every permission set of the facts with its policies, tags and assignments. */
export async function readExistingSets(
  session: AwsSession,
  { instanceArn: InstanceArn, region, permissionSets }: IdentityCenterInstance,
  say: (step: string) => void,
): Promise<readonly ExistingPermissionSet[]> {
  const client = awsClient(SSOAdminClient, session, region);
  const sets: ExistingPermissionSet[] = [];
  try {
    // One after the other: the calls of one set are made several at a time.
    for (const { arn } of permissionSets) {
      say(`permission sets with assignments: ${sets.length + 1} of ${permissionSets.length}`);
      sets.push(await readSet(client, { InstanceArn, PermissionSetArn: arn }, say));
    }
  } finally {
    client.destroy();
  }
  return sets.sort(byKey((set) => `${set.name} ${set.arn}`));
}

async function readSet(
  client: SSOAdminClient,
  target: Target,
  say: (step: string) => void,
): Promise<ExistingPermissionSet> {
  const { PermissionSet: set = {} } = await client.send(new DescribePermissionSetCommand(target));
  const awsManagedPolicies: string[] = [];
  for await (const page of paginateListManagedPoliciesInPermissionSet({ client }, target))
    awsManagedPolicies.push(...(page.AttachedManagedPolicies ?? []).map((policy) => policy.Arn ?? ""));
  const customerManagedPolicies: { readonly name: string; readonly path: string }[] = [];
  for await (const page of paginateListCustomerManagedPolicyReferencesInPermissionSet({ client }, target))
    customerManagedPolicies.push(
      ...(page.CustomerManagedPolicyReferences ?? []).map(({ Name = "", Path = "/" }) => ({ name: Name, path: Path })),
    );
  const { InlinePolicy } = await client.send(new GetInlinePolicyForPermissionSetCommand(target));
  const boundary = await unless(
    ({ code }) => code.startsWith("ResourceNotFound"),
    async () => (await client.send(new GetPermissionsBoundaryForPermissionSetCommand(target))).PermissionsBoundary,
    () => undefined,
  );
  const tags: [string, string][] = [];
  for await (const { Tags = [] } of paginateListTagsForResource(
    { client },
    { InstanceArn: target.InstanceArn, ResourceArn: target.PermissionSetArn },
  ))
    tags.push(...Tags.map(({ Key = "", Value = "" }): [string, string] => [Key, Value]));
  const reference = boundary?.CustomerManagedPolicyReference;
  return {
    name: set.Name ?? "",
    arn: target.PermissionSetArn,
    description: set.Description ?? "",
    sessionDuration: set.SessionDuration ?? "PT1H",
    ...(set.RelayState ? { relayState: set.RelayState } : {}),
    awsManagedPolicies: awsManagedPolicies.sort(),
    customerManagedPolicies: customerManagedPolicies.sort(byKey(({ name, path }) => `${name} ${path}`)),
    ...(InlinePolicy ? { inlinePolicy: InlinePolicy } : {}),
    ...defined({
      permissionsBoundary: boundary?.ManagedPolicyArn
        ? { managedPolicyArn: boundary.ManagedPolicyArn }
        : reference
          ? { customerManagedPolicy: { name: reference.Name ?? "", path: reference.Path ?? "/" } }
          : undefined,
    }),
    tags: Object.fromEntries(tags.sort(byKey(([key]) => key))),
    assignments: await readAssignments(client, target, set.Name ?? "", say),
  };
}

async function readAssignments(
  client: SSOAdminClient,
  target: Target,
  name: string,
  say: (step: string) => void,
): Promise<ExistingPermissionSet["assignments"]> {
  const accounts: string[] = [];
  for await (const { AccountIds = [] } of paginateListAccountsForProvisionedPermissionSet({ client }, target))
    accounts.push(...AccountIds);
  const reached = new Map<string, Set<string>>();
  let done = 0;
  await mapBounded(accounts, CONCURRENCY, async (AccountId) => {
    for await (const { AccountAssignments = [] } of paginateListAccountAssignments(
      { client },
      { ...target, AccountId },
    ))
      for (const { PrincipalType = "", PrincipalId = "" } of AccountAssignments) {
        const key = `${PrincipalType} ${PrincipalId}`;
        reached.set(key, (reached.get(key) ?? new Set()).add(AccountId));
      }
    say(`assignments of ${name}: ${++done} of ${accounts.length} accounts`);
  });
  return [...reached].sort(byKey(([key]) => key)).map(([key, ids]) => {
    const [type, ...id] = key.split(" ");
    return {
      principalType: type === "USER" ? "USER" : "GROUP",
      principalId: id.join(" "),
      accounts: [...ids].sort(),
    };
  });
}
