/** What is to be deleted, as far as somebody gets in by it. Plain data. */
export interface Going {
  /** IAM roles and users, by ARN. */
  readonly roles: readonly string[];
  readonly users: readonly string[];
  /** Names of roles that a StackSet makes in member accounts. */
  readonly stackSetRoles: readonly string[];
  readonly permissionSets: readonly { readonly name: string; readonly arn: string }[];
  readonly oidcProviders: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** Who asks AWS. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
}

const partsOf = (arn: string): { readonly accountId: string; readonly resource: string } => {
  const [, , , , accountId = "", ...resource] = arn.split(":");
  return { accountId, resource: resource.join(":") };
};

const lastOf = (resource: string): string => resource.split("/").at(-1) ?? "";

/**
 * What of that which goes a caller, or a role by its name, comes in by; nothing where it stays.
 *
 * A session's ARN has the role's name without its path: names of roles are unique in an account. The role of a permission set is called
 * `AWSReservedSSO_<set>_<16 hexadecimal digits>`: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
 */
export function goesWith({ arn, accountId }: Caller, going: Going, managementAccountId: string): string | undefined {
  const { resource } = partsOf(arn);
  const session = roleOfSession({ arn, accountId });
  // Whoever makes such a session names it: only a user of the account, or its root user, can.
  if (resource.startsWith("federated-user/")) {
    const users = going.users.filter((one) => partsOf(one).accountId === accountId);
    return users.length > 0
      ? `the session of a federated user, which a user that goes may have made (${users.join(", ")})`
      : undefined;
  }
  if (session === undefined) return going.users.includes(arn) ? `the user ${arn}` : undefined;
  return roleGoes(session, accountId, going, managementAccountId);
}

/** The role that a session is of, by its name without its path. */
export function roleOfSession({ arn }: Caller): string | undefined {
  return /^assumed-role\/([^/]+)\//.exec(partsOf(arn).resource)?.[1];
}

/** The same for a role, by its name with or without path, in one account. */
export function roleGoes(
  role: string,
  accountId: string,
  going: Going,
  managementAccountId: string,
): string | undefined {
  const name = lastOf(role);
  const own = going.roles.find((one) => {
    const parts = partsOf(one);
    return parts.accountId === accountId && lastOf(parts.resource) === name;
  });
  if (own !== undefined) return `the role ${own}`;
  if (accountId !== managementAccountId && going.stackSetRoles.includes(name))
    return `the role ${name}, which a StackSet makes in account ${accountId}`;
  const set = going.permissionSets.find((one) =>
    new RegExp(`^AWSReservedSSO_${escaped(one.name)}_[0-9a-f]{16}$`).test(name),
  );
  return set && `the permission set ${set.name}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
