import { type Account, OrganizationsClient, paginateListAccounts } from "@aws-sdk/client-organizations";
import type { ManagementSession } from "../../aws/management-session";
import { awsClient } from "../../aws/session";

export interface ActiveAccounts {
  /** Sorted. The management account is one of them. */
  readonly accountIds: readonly string[];
  /** Accounts of which nobody knows whether they are active, with the reason. Sorted. */
  readonly notKnown: readonly { readonly accountId: string; readonly why: string }[];
}

/** What AWS says of an account's life. `Status` is on its way out (September 2026); older endpoints have nothing else. */
export const stateOf = ({ State, Status }: Pick<Account, "State" | "Status">): string | undefined => State ?? Status;

/**
 * Which accounts are active, as AWS lists them. An account without a state is one of which nothing is known, and so is one that the facts have as
 * active and the list has not.
 *
 * @param known active accounts of the facts
 */
export function activeAccounts(
  listed: readonly Pick<Account, "Id" | "State" | "Status">[],
  known: readonly string[],
): ActiveAccounts {
  const ids = new Set(listed.map(({ Id = "" }) => Id));
  return {
    accountIds: listed
      .filter((account) => stateOf(account) === "ACTIVE")
      .map(({ Id = "" }) => Id)
      .sort(),
    notKnown: [
      ...listed
        .filter((account) => stateOf(account) === undefined)
        .map(({ Id = "" }) => ({ accountId: Id, why: "AWS lists it without a state" })),
      ...known
        .filter((id) => !ids.has(id))
        .map((accountId) => ({
          accountId,
          why: "the facts have it as active, and AWS does not list it: keyless sync",
        })),
    ].sort((a, b) => (a.accountId < b.accountId ? -1 : 1)),
  };
}

/** Reads the list. */
export async function readActiveAccounts(
  session: ManagementSession,
  known: readonly string[],
): Promise<ActiveAccounts> {
  const client = awsClient(OrganizationsClient, session);
  try {
    const listed: Account[] = [];
    for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) listed.push(...Accounts);
    return activeAccounts(listed, known);
  } finally {
    client.destroy();
  }
}
