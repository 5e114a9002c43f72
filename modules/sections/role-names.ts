import type { DocumentPath } from "../config/document";
import type { ProblemList } from "../config/problem-list";

/** Roles that this baseline makes under fixed names, in any account. */
const FIXED = /^keyless-|^keyless(credentialremediation|inventory|retirement)$/;

/** Every account. */
const ANYWHERE = "*";

/**
 * Names of the roles in each account: two of the same name would fight over one role. IAM's names are unique in an account whatever
 * their path and case. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export class RoleNames {
  private readonly owners = new Map<string, string>();

  constructor(private readonly problems: ProblemList) {}

  /** Takes a name in one account, or says who has it. */
  take(
    account: { readonly id: string; readonly name: string },
    roleName: string,
    owner: string,
    path: DocumentPath,
  ): void {
    const other = this.ownerIn(account.id, roleName);
    if (other === undefined) this.owners.set(key(account.id, roleName), owner);
    else
      this.problems.error(
        "ROLE-NAME-TAKEN",
        path,
        `The role ${roleName} in ${account.name} (${account.id}) is ${other} already.`,
        "Take another name.",
      );
  }

  /** Takes a name in every account, or says who has it. */
  takeEverywhere(roleName: string, owner: string, path: DocumentPath): void {
    const other = this.ownerIn(ANYWHERE, roleName);
    if (other === undefined) this.owners.set(key(ANYWHERE, roleName), owner);
    else
      this.problems.error("ROLE-NAME-TAKEN", path, `The role ${roleName} is ${other} already.`, "Take another name.");
  }

  private ownerIn(accountId: string, roleName: string): string | undefined {
    if (FIXED.test(roleName.toLowerCase())) return "one that this baseline makes under this name";
    return this.owners.get(key(ANYWHERE, roleName)) ?? this.owners.get(key(accountId, roleName));
  }
}

function key(accountId: string, roleName: string): string {
  return `${accountId}/${roleName.toLowerCase()}`;
}
