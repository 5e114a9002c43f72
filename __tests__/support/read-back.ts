import { memberRoleOf } from "../../modules/config/settings";
import {
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { ListPoliciesForTargetCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  ListAccountAssignmentsCommand,
  ListPermissionSetsCommand,
  DescribePermissionSetCommand,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { ListTrustAnchorsCommand, RolesAnywhereClient } from "@aws-sdk/client-rolesanywhere";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Environment } from "../../modules/sections/environment";
import type { TreeNode } from "../../modules/organization/tree";
import type { OrganizationPolicyType } from "../../modules/organization/types";
import type { TargetState } from "../../modules/sections/target-state";
import { uniqueSorted } from "../../modules/kernel/lists";

/** What is true in the (local) AWS, read through its API, not through Terraform's state. */
export interface ReadBack {
  /** Names of the SCPs and RCPs attached directly to each root and OU, by path. */
  readonly policiesByNode: readonly {
    readonly path: string;
    readonly policies: readonly string[];
    readonly resourcePolicies: readonly string[];
  }[];
  readonly roles: readonly {
    readonly accountId: string;
    readonly accountName: string;
    readonly present: boolean;
    readonly trust?: string;
    readonly maxSessionSeconds?: number;
    readonly policies: readonly string[];
  }[];
  readonly breakGlassUsers: readonly string[];
  /** Per account: permission set → number of groups. */
  readonly assignments: readonly {
    readonly accountId: string;
    readonly accountName: string;
    readonly permissionSets: Readonly<Record<string, number>>;
  }[];
  /** What machines sign in through, by account: Roles Anywhere trust anchors and OIDC providers. */
  readonly workloadEntries: readonly {
    readonly accountId: string;
    readonly accountName: string;
    readonly kind: "trust anchor" | "OIDC provider";
    readonly name: string;
    readonly detail: string;
  }[];
}

interface Access {
  readonly endpoint: string;
  readonly region: string;
}

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
const OWN: Credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** A session of an account's role: how every client below reaches another account. */
async function session(access: Access, accountId: string, role: string): Promise<Credentials> {
  const sts = new STSClient({ ...access, credentials: OWN });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/${role}`, RoleSessionName: "read-back" }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
    throw new Error(`sts:AssumeRole in ${accountId} gave no credentials`);
  return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
}

/** What a reader of one part works with. */
interface World {
  readonly access: Access;
  readonly environment: Environment;
  readonly state: TargetState;
  readonly credentialsOf: (accountId: string) => Promise<Credentials>;
}

/** @param places - accounts and regions in which the stacks work: where trust anchors may be */
export async function readBack(
  endpoint: string,
  environment: Environment,
  state: TargetState,
  places: readonly { readonly accountId: string; readonly region: string }[],
): Promise<ReadBack> {
  const access: Access = { endpoint, region: state.settings.region };
  const world: World = {
    access,
    environment,
    state,
    credentialsOf: (accountId) =>
      accountId === environment.organization.managementAccountId
        ? Promise.resolve(OWN)
        : session(access, accountId, memberRoleOf(state.settings)(accountId)),
  };
  const { homeAccountId, userPath } = state.breakGlass.identity;
  const home = new IAMClient({ ...access, credentials: await world.credentialsOf(homeAccountId) });
  const { Users } = await home.send(new ListUsersCommand({ PathPrefix: userPath }));
  return {
    policiesByNode: await readPoliciesByNode(world),
    roles: await readRoles(world),
    breakGlassUsers: (Users ?? []).map((u) => u.UserName ?? "").sort(),
    assignments: await readAssignments(world),
    workloadEntries: await readWorkloadEntries(world, places),
  };
}

async function readPoliciesByNode({
  access,
  environment: { organization, tree },
}: World): Promise<ReadBack["policiesByNode"]> {
  const organizations = new OrganizationsClient({ ...access, credentials: OWN });
  const attached = async (TargetId: string, Filter: OrganizationPolicyType): Promise<readonly string[]> => {
    if (!organization.enabledPolicyTypes.includes(Filter)) return [];
    const policies: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await organizations.send(new ListPoliciesForTargetCommand({ TargetId, Filter, NextToken }));
      policies.push(...(page.Policies ?? []).map((p) => p.Name ?? ""));
      NextToken = page.NextToken;
    } while (NextToken);
    return policies.sort();
  };
  const policiesByNode: ReadBack["policiesByNode"][number][] = [];
  const visit = async (node: TreeNode): Promise<void> => {
    policiesByNode.push({
      path: node.path || "(root)",
      policies: await attached(node.id, "SERVICE_CONTROL_POLICY"),
      resourcePolicies: await attached(node.id, "RESOURCE_CONTROL_POLICY"),
    });
    for (const child of node.children) await visit(child);
  };
  await visit(tree.root);

  return policiesByNode;
}

async function readRoles({ access, environment: { tree }, state, credentialsOf }: World): Promise<ReadBack["roles"]> {
  const { roleName } = state.breakGlass.identity;
  const roles: ReadBack["roles"][number][] = [];
  for (const account of tree.accounts) {
    const iam = new IAMClient({ ...access, credentials: await credentialsOf(account.id) });
    try {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
      const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName }));
      roles.push({
        accountId: account.id,
        accountName: account.name,
        present: true,
        trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""),
        maxSessionSeconds: Role?.MaxSessionDuration ?? 0,
        policies: (AttachedPolicies ?? []).map((p) => p.PolicyArn ?? "").sort(),
      });
    } catch (error) {
      if ((error as Error).name !== "NoSuchEntityException") throw error;
      roles.push({ accountId: account.id, accountName: account.name, present: false, policies: [] });
    }
  }
  return roles;
}

async function readAssignments({
  access,
  environment: { organization, tree },
}: World): Promise<ReadBack["assignments"]> {
  const assignments: ReadBack["assignments"][number][] = [];
  if (organization.identityCenter) {
    const { instanceArn, region } = organization.identityCenter;
    const sso = new SSOAdminClient({ ...access, region, credentials: OWN });
    const sets: { arn: string; name: string }[] = [];
    let NextToken: string | undefined;
    do {
      const page = await sso.send(new ListPermissionSetsCommand({ InstanceArn: instanceArn, NextToken }));
      for (const arn of page.PermissionSets ?? []) {
        const { PermissionSet } = await sso.send(
          new DescribePermissionSetCommand({ InstanceArn: instanceArn, PermissionSetArn: arn }),
        );
        sets.push({ arn, name: PermissionSet?.Name ?? "" });
      }
      NextToken = page.NextToken;
    } while (NextToken);
    sets.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const account of tree.accounts) {
      const permissionSets: Record<string, number> = {};
      for (const set of sets) {
        const page = await sso.send(
          new ListAccountAssignmentsCommand({
            InstanceArn: instanceArn,
            AccountId: account.id,
            PermissionSetArn: set.arn,
          }),
        );
        const found = page.AccountAssignments?.length ?? 0;
        if (found > 0) permissionSets[set.name] = found;
      }
      assignments.push({ accountId: account.id, accountName: account.name, permissionSets });
    }
  }

  return assignments;
}

async function readWorkloadEntries(
  { access, environment: { tree }, credentialsOf }: World,
  places: readonly { readonly accountId: string; readonly region: string }[],
): Promise<ReadBack["workloadEntries"]> {
  const workloadEntries: ReadBack["workloadEntries"][number][] = [];
  for (const account of tree.accounts) {
    const credentials = await credentialsOf(account.id);
    const named = { accountId: account.id, accountName: account.name };
    const { OpenIDConnectProviderList } = await new IAMClient({ ...access, credentials }).send(
      new ListOpenIDConnectProvidersCommand({}),
    );
    for (const { Arn = "" } of OpenIDConnectProviderList ?? [])
      workloadEntries.push({
        ...named,
        kind: "OIDC provider",
        name: Arn.slice(Arn.indexOf("/") + 1),
        detail: "everywhere",
      });
    for (const region of uniqueSorted(
      places.filter((place) => place.accountId === account.id).map((place) => place.region),
    )) {
      const { trustAnchors } = await new RolesAnywhereClient({ ...access, region, credentials }).send(
        new ListTrustAnchorsCommand({}),
      );
      for (const anchor of trustAnchors ?? [])
        workloadEntries.push({
          ...named,
          kind: "trust anchor",
          name: anchor.name ?? "",
          detail: `${region}, ${anchor.enabled ? "enabled" : "DISABLED"}, ${anchor.source?.sourceType ?? ""}`,
        });
    }
  }

  return workloadEntries;
}
