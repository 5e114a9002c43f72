import { IdentitystoreClient, paginateListGroups } from "@aws-sdk/client-identitystore";
import { OrganizationsClient, paginateListPolicies, type PolicyType } from "@aws-sdk/client-organizations";
import { DescribePermissionSetCommand, paginateListPermissionSets, SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { withAwsProblems } from "../../aws/failure";
import { type ManagementSession, managementSession } from "../../aws/management-session";
import { type AwsSession, awsClient } from "../../aws/session";
import { ENVIRONMENT_TAG, memberRoleOf } from "../../config/settings";
import { uniqueSorted } from "../../kernel/lists";
import type { ExistingOidcProvider, ExistingThing } from "../../organization/existing";
import type { Organization } from "../../organization/types";
import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import { LOOKS } from "../existing/by-name";
import { readAccounts } from "../existing/read";
import { comparable, type Wanted, wantedThings } from "../existing/wanted";
import { readTags } from "../sync/tree";

export interface Left {
  /** When AWS was read last, ISO 8601 in UTC. */
  readonly at: string;
  /** Names that were looked for. */
  readonly names: number;
  /** Types of Terraform that were looked for, sorted. */
  readonly types: readonly string[];
  /** What is still there, or could not be read, each as a sentence without a full stop. */
  readonly found: readonly string[];
}

export interface LeftOptions {
  /** Full names of stacks and addresses that were to stay. */
  readonly letGo: ReadonlySet<string>;
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly now: () => Date;
}

/** Without tags: they were not read. */
type Still = Omit<ExistingThing, "tags"> & Partial<Pick<ExistingThing, "tags">>;

const PROVIDER = "aws_iam_openid_connect_provider";
const POLICY = "aws_organizations_policy";
const SET = "aws_ssoadmin_permission_set";
const GROUP = "aws_identitystore_group";

/** Types that are looked for, sorted. */
const TYPES: readonly string[] = [...Object.keys(LOOKS), PROVIDER, POLICY, SET, GROUP].sort();

function ofWhom(tags: Still["tags"]): string {
  if (tags === undefined) return "; its tags were not read";
  return tags[ENVIRONMENT_TAG] === undefined ? ", without this environment's tag" : "";
}

const ofType = (wanted: readonly Wanted[], type: string): readonly Wanted[] =>
  wanted.filter((one) => one.type === type);

function providersLeft(wanted: readonly Wanted[], found: readonly ExistingOidcProvider[]): readonly ExistingThing[] {
  const key = (accountId: string, url: string): string => `${accountId} ${comparable(PROVIDER, url)}`;
  const names = new Set(ofType(wanted, PROVIDER).map(({ accountId, name }) => key(accountId, name)));
  return found
    .filter(({ accountId, url }) => names.has(key(accountId, url)))
    .map(({ accountId, url, tags }) => ({ type: PROVIDER, accountId, name: url, tags }));
}

/** Policies of the organization: a name is unique among those of one type. */
async function policiesLeft(wanted: readonly Wanted[], session: ManagementSession): Promise<readonly ExistingThing[]> {
  const names = new Set(ofType(wanted, POLICY).map(({ name }) => name));
  const types = uniqueSorted([...names].map((name) => name.split("/")[0]!));
  const client = awsClient(OrganizationsClient, session);
  const found: ExistingThing[] = [];
  try {
    for (const type of types)
      for await (const { Policies = [] } of paginateListPolicies({ client }, { Filter: type as PolicyType }))
        for (const { Id = "", Name = "" } of Policies)
          if (names.has(`${type}/${Name}`)) {
            const tags = Object.fromEntries(await readTags(client, Id));
            found.push({ type: POLICY, accountId: session.managementAccountId, name: Name, tags });
          }
  } finally {
    client.destroy();
  }
  return found;
}

async function setsLeft(
  wanted: readonly Wanted[],
  session: ManagementSession,
  { identityCenter }: Organization,
): Promise<readonly Still[]> {
  const names = new Set(ofType(wanted, SET).map(({ name }) => name));
  if (names.size === 0 || !identityCenter) return [];
  const client = awsClient(SSOAdminClient, session, identityCenter.region);
  const InstanceArn = identityCenter.instanceArn;
  const found: Still[] = [];
  try {
    for await (const { PermissionSets = [] } of paginateListPermissionSets({ client }, { InstanceArn }))
      for (const PermissionSetArn of PermissionSets) {
        const { PermissionSet } = await client.send(
          new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }),
        );
        const name = PermissionSet?.Name ?? "";
        if (names.has(name)) found.push({ type: SET, accountId: session.managementAccountId, name });
      }
  } finally {
    client.destroy();
  }
  return found;
}

async function groupsLeft(
  wanted: readonly Wanted[],
  session: ManagementSession,
  { identityCenter }: Organization,
): Promise<readonly Still[]> {
  const names = uniqueSorted(ofType(wanted, GROUP).map(({ name }) => name));
  if (names.length === 0 || !identityCenter) return [];
  const client = awsClient(IdentitystoreClient, session, identityCenter.region);
  const found: Still[] = [];
  try {
    for await (const { Groups = [] } of paginateListGroups(
      { client },
      { IdentityStoreId: identityCenter.identityStoreId },
    ))
      for (const { DisplayName = "" } of Groups)
        if (names.includes(DisplayName))
          found.push({ type: GROUP, accountId: session.managementAccountId, name: DisplayName });
  } finally {
    client.destroy();
  }
  return found;
}

/**
 * Looks in AWS, by name, for everything that an environment makes: what Terraform has reported as deleted, and what StackSets make in member
 * accounts. A thing with another environment's tag is that environment's. Reads only.
 */
export async function lookForLeft(environment: Environment, state: TargetState, options: LeftOptions): Promise<Left> {
  const { settings } = state;
  const wanted = wantedThings(state, environment.tree).filter(
    ({ type, stack, address = "" }) =>
      TYPES.includes(type) && !options.letGo.has(`${settings.environment}-${stack} ${address}`),
  );
  return withAwsProblems(async () => {
    const session = await managementSession({ region: settings.region, ...options.access }, settings.managementRole);
    const { things, oidcProviders, notRead } = await readAccounts({
      session,
      memberRole: memberRoleOf(settings),
      facts: environment.organization,
      wanted,
      now: options.now,
    });
    const still: readonly Still[] = [
      ...things,
      ...providersLeft(wanted, oidcProviders),
      ...(await policiesLeft(wanted, session)),
      ...(await setsLeft(wanted, session, environment.organization)),
      ...(await groupsLeft(wanted, session, environment.organization)),
    ];
    return {
      at: `${options.now().toISOString().slice(0, 19)}Z`,
      names: wanted.length,
      types: TYPES,
      found: uniqueSorted([
        ...still
          .filter(({ tags }) => [undefined, settings.environment].includes(tags?.[ENVIRONMENT_TAG]))
          .map(
            ({ type, name, accountId, region, tags }) =>
              `${type} ${name} is in ${accountId}${region === undefined ? "" : `, ${region}`}${ofWhom(tags)}`,
          ),
        ...notRead.map(({ accountId, what, why }) => `${what} in ${accountId} could not be read: ${why}`),
      ]),
    };
  });
}
