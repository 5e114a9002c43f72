import { awsFailure, withAwsProblems } from "../../modules/aws/failure";
import type { Environment } from "../../modules/sections/environment";
import { BaselineError } from "../../modules/kernel/errors";
import { callerAccount, ClientBase, RoleAccess } from "../../modules/evidence/inventory/collect/sessions";
import { accountSuggestion, findAccount } from "../../modules/organization/targets";
import { uniqueSorted } from "../../modules/kernel/lists";

/** What `inventory` and `retire` have in common. */

/** A whole number of a range, or a usage error. */
export function wholeNumber(text: string | undefined, option: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new BaselineError([
      {
        code: "USAGE",
        message: `${option} ${JSON.stringify(text)} is no whole number from ${least} to ${most}.`,
        fix: `For example ${option} ${least}.`,
      },
    ]);
  }
  return value;
}

const ROLE = /^(\/([!-.0-~]+\/)*)?[\w+=,.@-]{1,64}$/;

/**
 * How the accounts are reached. Without `--role` it is the role of this baseline, in every account. A role of the user's choice is one
 * that AWS or the user has made (`OrganizationAccountAccessRole`): it has no path unless one is given, and is not in the account whose
 * credentials the run has, where these are used.
 */
export async function roleAccess(
  environment: Environment,
  ownRole: string,
  chosen: string | undefined,
): Promise<RoleAccess> {
  const base: ClientBase = { region: environment.baseline.region };
  if (chosen === undefined) return { base, role: ownRole };
  if (!ROLE.test(chosen))
    throw new BaselineError([
      {
        code: "USAGE",
        message: `--role ${JSON.stringify(chosen)} is no name of a role.`,
        fix: "Give a name, with its path where it has one: OrganizationAccountAccessRole, /security/Audit.",
      },
    ]);
  return { base, role: chosen.startsWith("/") ? chosen : `/${chosen}`, ownAccountId: await whoAmI(base) };
}

/** Fails in words where there are no credentials, before every account does. */
export function whoAmI(base: ClientBase): Promise<string> {
  return withAwsProblems(async () => {
    try {
      return await callerAccount(base);
    } catch (error) {
      throw awsFailure("sts:GetCallerIdentity", error);
    }
  });
}

/** Ids of the accounts that are named, all active ones when none is. */
export function chosenAccounts(environment: Environment, names: readonly string[]): readonly string[] {
  const { tree } = environment;
  if (names.length === 0) return tree.accounts.map((account) => account.id);
  return uniqueSorted(
    names.map((name) => {
      const found = findAccount(tree, name);
      if (!found)
        throw new BaselineError([
          {
            code: "ACCOUNT-UNKNOWN",
            message: `There is no active account ${name}.`,
            fix: accountSuggestion(tree, name),
          },
        ]);
      return found.id;
    }),
  );
}

/** For options that can stand several times. */
export function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
