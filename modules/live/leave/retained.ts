import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import { CloudFormationClient, DescribeStackSetCommand } from "@aws-sdk/client-cloudformation";
import { unless, withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import { type AwsSession, awsClient } from "../../aws/session";
import { ENVIRONMENT_TAG, type RoleOfMembers } from "../../config/settings";
import { missing, seen } from "../verify/claim";
import { type Check, look, type Reader } from "../verify/live";
import { readActiveAccounts } from "../sync/accounts";

/**
 * The break-glass role that a StackSet leaves in member accounts when it goes (`DeletionPolicy: Retain`): an instance that leaves the StackSet must not
 * take emergency access with it. No state has these roles any more.
 */
export interface RetainedOptions {
  readonly region: string;
  readonly managementRole?: string;
  readonly memberRole: RoleOfMembers;
  readonly environment: string;
  readonly roleName: string;
  /** StackSet of the management account that makes the role. */
  readonly stackSetName: string;
  /** Account that has the role by its own stack: the StackSet leaves it out. */
  readonly homeAccountId: string;
  /** Active accounts of the facts. */
  readonly knownAccounts: readonly string[];
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  readonly now: () => Date;
}

export interface Retained {
  /** Accounts that have the role with this environment's tag, sorted. */
  readonly accountIds: readonly string[];
  /** Accounts of which nothing is known, with the reason. */
  readonly notRead: readonly { readonly accountId: string; readonly why: string }[];
}

/**
 * Whether AWS has the StackSet: then its roles are in use, and none is left behind. Reads only.
 *
 * @throws BaselineError exit code 1 where AWS does not say it
 */
export function hasStackSet({ region, access, managementRole, stackSetName }: RetainedOptions): Promise<boolean> {
  return withAwsProblems(async () => {
    const session = await managementSession({ region, ...access }, managementRole);
    const client = awsClient(CloudFormationClient, session);
    try {
      return await unless(
        ({ code }) => code.startsWith("StackSetNotFound"),
        async () =>
          // A deleted one is described for a while.
          (await client.send(new DescribeStackSetCommand({ StackSetName: stackSetName }))).StackSet?.Status !==
          "DELETED",
        () => false,
      );
    } finally {
      client.destroy();
    }
  });
}

/** Looks for the role in every active member account but the home account. Reads only. */
export function findRetained(options: RetainedOptions): Promise<Retained> {
  return inMembers(options, undefined, async (reader) => ((await isOurs(reader, options)) ? seen() : missing()));
}

/**
 * Deletes the role where it has this environment's tag.
 *
 * @returns accounts where it was, and those where it could not be deleted
 */
export function deleteRetained(options: RetainedOptions, accountIds: readonly string[]): Promise<Retained> {
  const { roleName: RoleName } = options;
  return inMembers(options, accountIds, async (reader) => {
    if (!(await isOurs(reader, options))) return missing();
    const client = reader.client(IAMClient);
    const attached: string[] = [];
    for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client }, { RoleName }))
      attached.push(...AttachedPolicies.map(({ PolicyArn = "" }) => PolicyArn));
    for (const PolicyArn of attached) await client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    const inline: string[] = [];
    for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName }))
      inline.push(...PolicyNames);
    for (const PolicyName of inline) await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await client.send(new DeleteRoleCommand({ RoleName }));
    return seen();
  });
}

async function isOurs(reader: Reader, { roleName: RoleName, environment }: RetainedOptions): Promise<boolean> {
  const role = await unless(
    ({ code }) => code.startsWith("NoSuchEntity"),
    async () => (await reader.client(IAMClient).send(new GetRoleCommand({ RoleName }))).Role,
    () => undefined,
  );
  return role?.Tags?.some(({ Key, Value }) => Key === ENVIRONMENT_TAG && Value === environment) ?? false;
}

/** @param only accounts @default - every active member account but the home account */
function inMembers(
  { region, access, managementRole, memberRole, roleName, homeAccountId, knownAccounts, now }: RetainedOptions,
  only: readonly string[] | undefined,
  find: Check["look"],
): Promise<Retained> {
  return withAwsProblems(async () => {
    const session = await managementSession({ region, ...access }, managementRole);
    const others = (id: string): boolean => id !== session.managementAccountId && id !== homeAccountId;
    const { accountIds, notKnown } = only
      ? { accountIds: only, notKnown: [] }
      : await readActiveAccounts(session, knownAccounts);
    const checks = accountIds
      .filter(others)
      .sort()
      .map((accountId): Check => ({
        section: "break-glass",
        kind: "role",
        name: roleName,
        promise: "",
        place: { accountId },
        look: find,
      }));
    const claims = await look(checks, { session, memberRole, now });
    return {
      accountIds: claims.filter(({ verdict }) => verdict === "seen").map(({ place }) => place.accountId),
      notRead: [
        ...notKnown.filter(({ accountId }) => others(accountId)),
        ...claims
          .filter(({ verdict }) => verdict === "not-readable")
          .map(({ place: { accountId }, details }) => ({ accountId, why: details.join("; ") })),
      ],
    };
  });
}
