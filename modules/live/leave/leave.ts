import { OrganizationsClient, paginateListAccounts } from "@aws-sdk/client-organizations";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ListAccountAssignmentsForPrincipalCommand, SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import { type AwsSession, awsClient } from "../../aws/session";
import { uniqueSorted } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { listed } from "../../kernel/words";
import { readProviders } from "../existing/providers";
import { type Finding, seen } from "../verify/claim";
import { type Check, look } from "../verify/live";
import { type Caller, type Going, goesWith, roleGoes } from "./going";

export interface LeaveOptions {
  readonly region: string;
  readonly organizationId: string;
  readonly managementRole?: string;
  /** Role in member accounts: with its path, without the first slash. */
  readonly memberRole: string;
  /** Instance of Identity Center and its region. @default - not in use */
  readonly identityCenter?: { readonly instanceArn: string; readonly region: string };
  /** How AWS is reached, beside the region. @default - the SDK's own chain */
  readonly access?: Pick<AwsSession, "credentials" | "endpoint">;
  /** Whether emergency access goes: then somebody must be seen to get into every account in another way. */
  readonly emergencyAccess: boolean;
  readonly now: () => Date;
  readonly onProgress?: (accounts: number, of: number) => void;
}

/** What was read from AWS on who would be locked out. Plain data. */
export interface Leaving {
  readonly caller: Caller;
  /** When the last account was read, ISO 8601 in UTC. */
  readonly at: string;
  /** Active member accounts in which the member role was assumed. */
  readonly reached: readonly string[];
  /** Who would be locked out, or of whom nothing is known, each as a sentence without a full stop. Empty: nobody that was looked for. */
  readonly lockedOut: readonly string[];
}

/** Names of roles and accounts that are listed one by one. */
const NAMED = 10;

/**
 * Reads from AWS whether somebody is locked out when all of that is gone: whoever runs this, the roles that Terraform comes in by, every active
 * account, roles of somebody else's that trust an OIDC provider, and groups that somebody else assigns. Reads only.
 *
 * @throws BaselineError exit code 1 where AWS cannot be asked at all
 */
export async function lookBeforeLeaving(going: Going, options: LeaveOptions): Promise<Leaving> {
  const { region, access, managementRole, memberRole, organizationId, now } = options;
  return withAwsProblems(async () => {
    const sts = awsClient(STSClient, { region, ...access, maxAttempts: 3 });
    const identity = await sts.send(new GetCallerIdentityCommand({})).finally(() => sts.destroy());
    const caller: Caller = { arn: identity.Arn ?? "", accountId: identity.Account ?? "" };
    const session = await managementSession({ region, ...access }, managementRole);
    const { managementAccountId } = session;
    const lockedOut: string[] = [];
    if (session.organizationId !== organizationId)
      lockedOut.push(
        `these credentials are of organization ${session.organizationId}, and the environment is organization ${organizationId}`,
      );
    const own = goesWith(caller, going, managementAccountId);
    if (own !== undefined) lockedOut.push(`you are ${caller.arn}, and come in by ${own}, which goes`);
    const management =
      managementRole === undefined
        ? undefined
        : roleGoes(managementRole, managementAccountId, going, managementAccountId);
    if (management !== undefined)
      lockedOut.push(`Terraform comes into the management account by ${management}, which goes`);

    const accountIds: string[] = [];
    const organizations = awsClient(OrganizationsClient, session);
    for await (const { Accounts = [] } of paginateListAccounts({ client: organizations }, {}))
      accountIds.push(
        ...Accounts.filter(({ Status, Id }) => Status === "ACTIVE" && Id !== managementAccountId).map(
          ({ Id = "" }) => Id,
        ),
      );
    organizations.destroy();
    const member = accountIds
      .map((id) => roleGoes(memberRole, id, going, managementAccountId))
      .find((found) => found !== undefined);
    if (member !== undefined) lockedOut.push(`Terraform comes into member accounts by ${member}, which goes`);

    const checks: Check[] = [
      ...(options.emergencyAccess ? accountIds : []).map((accountId) =>
        check("member role", accountId, accountId, () => Promise.resolve(seen())),
      ),
      ...providersByAccount(going).map(([accountId, arns]) =>
        check("OIDC providers", accountId, accountId, async (reader) => {
          const found = (await readProviders(reader)).filter(({ arn }) => arns.includes(arn));
          return found.flatMap(({ arn, usedBy }) => {
            const others = usedBy.filter((name) => roleGoes(name, accountId, going, managementAccountId) === undefined);
            return others.length > 0 ? [`${arn} goes, and roles that stay trust it: ${listed(others, NAMED)}`] : [];
          });
        }),
      ),
      ...(options.identityCenter ? groupChecks(going, managementAccountId, options.identityCenter) : []),
    ];
    const claims = await look(checks, {
      session,
      memberRole,
      now,
      ...defined({ onProgress: options.onProgress }),
    });
    const ways = claims.filter(({ kind }) => kind === "member role");
    const closed = ways.filter(({ verdict }) => verdict !== "seen");
    if (closed.length > 0)
      lockedOut.push(
        `nobody was seen to get into ${listed(
          closed.map(({ place }) => place.accountId),
          NAMED,
        )} by role ${memberRole} (${closed[0]!.details.join("; ")}): without emergency access nobody might`,
      );
    for (const { kind, verdict, details, name } of claims)
      if (kind !== "member role" && verdict !== "seen")
        lockedOut.push(
          ...(verdict === "not-readable"
            ? [`who uses the ${kind} of ${name} could not be read: ${details.join("; ")}`]
            : details),
        );
    return {
      caller,
      at: `${now().toISOString().slice(0, 19)}Z`,
      reached: ways.filter(({ verdict }) => verdict === "seen").map(({ place }) => place.accountId),
      lockedOut: uniqueSorted(lockedOut),
    };
  });
}

function check(
  kind: string,
  name: string,
  accountId: string,
  find: (reader: Parameters<Check["look"]>[0]) => Promise<readonly string[] | Finding>,
): Check {
  return {
    section: "organization",
    kind,
    name,
    promise: "",
    place: { accountId },
    look: async (reader) => {
      const found = await find(reader);
      if ("verdict" in found) return found;
      return found.length === 0 ? seen() : { verdict: "different", details: found };
    },
  };
}

function providersByAccount({ oidcProviders }: Going): readonly (readonly [string, readonly string[]])[] {
  const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
  return uniqueSorted(oidcProviders.map(accountOf)).map((accountId) => [
    accountId,
    oidcProviders.filter((arn) => accountOf(arn) === accountId),
  ]);
}

/** Only the management account may ask for the assignments of one principal. */
function groupChecks(
  { groups, permissionSets }: Going,
  managementAccountId: string,
  { instanceArn: InstanceArn, region }: NonNullable<LeaveOptions["identityCenter"]>,
): readonly Check[] {
  return groups.map(({ id, name }) =>
    check("group", name, managementAccountId, async (reader) => {
      const client = reader.client(SSOAdminClient, region);
      const foreign = new Set<string>();
      for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
        const page = await client.send(
          new ListAccountAssignmentsForPrincipalCommand({
            InstanceArn,
            PrincipalId: id,
            PrincipalType: "GROUP",
            ...defined({ NextToken }),
          }),
        );
        for (const { PermissionSetArn = "", AccountId = "" } of page.AccountAssignments ?? [])
          if (!permissionSets.some(({ arn }) => arn === PermissionSetArn))
            foreign.add(`${PermissionSetArn} in ${AccountId}`);
        NextToken = page.NextToken;
      }
      return foreign.size > 0
        ? [
            `the group ${name} goes, and permission sets that stay are assigned to it: ${listed([...foreign].sort(), NAMED)}`,
          ]
        : [];
    }),
  );
}
