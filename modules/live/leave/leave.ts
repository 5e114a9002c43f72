import { roleIn, type RoleOfMembers } from "../../config/settings";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ListAccountAssignmentsForPrincipalCommand, SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { withAwsProblems } from "../../aws/failure";
import { managementSession } from "../../aws/management-session";
import { type AwsSession, awsClient } from "../../aws/session";
import { uniqueSorted, unique } from "../../kernel/lists";
import { defined } from "../../kernel/optional";
import { listed } from "../../kernel/words";
import { readProviders } from "../existing/providers";
import { type Claim, type Finding, seen } from "../verify/claim";
import { type Check, look } from "../verify/live";
import { readActiveAccounts } from "../sync/accounts";
import { type Caller, type Going, goesWith, roleGoes, roleOfSession } from "./going";
import { trustGoes } from "./trust";

export interface LeaveOptions {
  readonly region: string;
  readonly organizationId: string;
  readonly managementRole?: string;
  /** Active accounts of the facts. */
  readonly knownAccounts: readonly string[];
  /** Role in member accounts: with its path, without the first slash. */
  readonly memberRole: RoleOfMembers;
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
    const accounts = await readActiveAccounts(session, options.knownAccounts);
    const accountIds = accounts.accountIds.filter((id) => id !== managementAccountId);
    lockedOut.push(
      ...accounts.notKnown.map(({ accountId, why }) => `whether account ${accountId} is active is not known: ${why}`),
    );
    const those: Those = { caller, going, managementAccountId, accountIds, options };
    lockedOut.push(...themselves(those));
    const checks: Check[] = [
      ...trustChecks(those),
      ...(options.emergencyAccess ? accountIds : []).map((accountId) =>
        check(MEMBER_ROLE, accountId, accountId, () => Promise.resolve(seen())),
      ),
      ...providerChecks(going, managementAccountId),
      ...(options.identityCenter ? groupChecks(going, managementAccountId, options.identityCenter) : []),
    ];
    const claims = await look(checks, {
      session,
      memberRole,
      now,
      ...defined({ onProgress: options.onProgress }),
    });
    const ways = claims.filter(({ kind }) => kind === MEMBER_ROLE);
    lockedOut.push(...closedLines(ways, memberRole), ...otherLines(claims), ...trustLines(claims));
    return {
      caller,
      at: `${now().toISOString().slice(0, 19)}Z`,
      reached: ways.filter(({ verdict }) => verdict === "seen").map(({ place }) => place.accountId),
      lockedOut: uniqueSorted(lockedOut),
    };
  });
}

const TRUST = "trust policy";
const MEMBER_ROLE = "member role";

interface Those {
  readonly caller: Caller;
  readonly going: Going;
  readonly managementAccountId: string;
  /** Active member accounts. */
  readonly accountIds: readonly string[];
  readonly options: LeaveOptions;
}

/** Who comes in by something that goes, by names alone. */
function themselves({ caller, going, managementAccountId, accountIds, options }: Those): readonly string[] {
  const { managementRole, memberRole } = options;
  const own = goesWith(caller, going, managementAccountId);
  const management =
    managementRole === undefined
      ? undefined
      : roleGoes(managementRole, managementAccountId, going, managementAccountId);
  const member = accountIds
    .map((id) => roleGoes(roleIn(memberRole, id), id, going, managementAccountId))
    .find((found) => found !== undefined);
  return [
    ...(own === undefined ? [] : [`you are ${caller.arn}, and come in by ${own}, which goes`]),
    ...(management === undefined ? [] : [`Terraform comes into the management account by ${management}, which goes`]),
    ...(member === undefined ? [] : [`Terraform comes into member accounts by ${member}, which goes`]),
    ...(going.groups.length > 0 && !options.identityCenter
      ? ["groups go, and the facts have no Identity Center: who is assigned to them could not be read"]
      : []),
  ];
}

/** Whether somebody stays whom the roles trust by which the caller and Terraform come in. A role that goes itself was said before. */
function trustChecks({ caller, going, managementAccountId, accountIds, options }: Those): readonly Check[] {
  const { managementRole, memberRole } = options;
  if (!isSomebody(going)) return [];
  const trusted = (role: string | undefined, accountId: string, whose: string): readonly Check[] =>
    role === undefined || roleGoes(role, accountId, going, managementAccountId) !== undefined
      ? []
      : [
          check(TRUST, whose, accountId, async (reader) => {
            const RoleName = role.split("/").at(-1)!;
            const { Role } = await reader.client(IAMClient).send(new GetRoleCommand({ RoleName }));
            const goes = trustGoes(Role?.AssumeRolePolicyDocument, going, managementAccountId);
            return goes === undefined ? [] : [`${whose} is ${role}, and ${goes}`];
          }),
        ];
  return [
    ...trusted(roleOfSession(caller), caller.accountId, "the role that you come in by"),
    ...trusted(managementRole, managementAccountId, "the role by which Terraform comes into the management account"),
    ...accountIds.flatMap((id) =>
      trusted(roleIn(memberRole, id), id, "the role by which Terraform comes into a member account"),
    ),
  ];
}

function closedLines(ways: readonly Claim[], memberRole: RoleOfMembers): readonly string[] {
  const closed = ways.filter(({ verdict }) => verdict !== "seen");
  if (closed.length === 0) return [];
  return [
    `nobody was seen to get into ${listed(
      closed.map(({ place }) => place.accountId),
      NAMED,
    )} by role ${unique(closed.map(({ place }) => roleIn(memberRole, place.accountId))).join(", ")} (${closed[0]!.details.join("; ")}): without emergency access nobody might`,
  ];
}

function otherLines(claims: readonly Claim[]): readonly string[] {
  return claims
    .filter(({ kind, verdict }) => kind !== MEMBER_ROLE && kind !== TRUST && verdict !== "seen")
    .flatMap(({ kind, verdict, details, name }) =>
      verdict === "not-readable"
        ? [`who uses the ${kind} of ${name} could not be read: ${details.join("; ")}`]
        : details,
    );
}

function providerChecks(going: Going, managementAccountId: string): readonly Check[] {
  return providersByAccount(going).map(([accountId, arns]) =>
    check("OIDC providers", accountId, accountId, async (reader) => {
      const found = (await readProviders(reader)).filter(({ arn }) => arns.includes(arn));
      return found.flatMap(({ arn, usedBy }) => {
        const others = usedBy.filter((name) => roleGoes(name, accountId, going, managementAccountId) === undefined);
        return others.length > 0 ? [`${arn} goes, and roles that stay trust it: ${listed(others, NAMED)}`] : [];
      });
    }),
  );
}

/** What is wrong with trust policies: the same in many accounts is one line. */
function trustLines(claims: readonly Claim[]): readonly string[] {
  const accounts = new Map<string, { readonly line: string; readonly ids: string[] }>();
  for (const { kind, verdict, details, name, place } of claims) {
    if (kind !== TRUST || verdict === "seen") continue;
    const said = details.join("; ");
    // AWS's reason names the account: one stands for all.
    const [key, line] =
      verdict === "not-readable" ? [name, `whom ${name} trusts could not be read: ${said}`] : [`${name} ${said}`, said];
    const known = accounts.get(key);
    if (known) known.ids.push(place.accountId);
    else accounts.set(key, { line, ids: [place.accountId] });
  }
  return [...accounts.values()].map(({ line, ids }) => `in ${listed(ids.sort(), NAMED)}: ${line}`);
}

/** Whether anybody goes whom a role can trust. */
const isSomebody = ({ roles, users, stackSetRoles, permissionSets, oidcProviders }: Going): boolean =>
  [roles, users, stackSetRoles, permissionSets, oidcProviders].some((list) => list.length > 0);

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
