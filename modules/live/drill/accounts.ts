import { type Account, OrganizationsClient, paginateListAccounts } from "@aws-sdk/client-organizations";
import { AwsFailure } from "../../aws/failure";
import { awsClient, type AwsSession } from "../../aws/session";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";
import { activeAccounts } from "../sync/accounts";
import { type AccountList, worst } from "./types";

export interface ListWatch {
  readonly environment: string;
  /** A session in the management account. @default - it was not entered */
  readonly session: AwsSession | undefined;
  /** Accounts that were tried: the active ones of the facts. */
  readonly tried: readonly string[];
  readonly factsOf: string | undefined;
  readonly now: () => Date;
}

/** Compares the accounts that were tried with those that AWS lists. */
export async function listAccounts({ environment, session, tried, factsOf, now }: ListWatch): Promise<AccountList> {
  const unread = (why: string): AccountList => ({ outcome: "unknown", ...defined({ factsOf }), details: [why] });
  if (!session) return unread("nobody could ask AWS which accounts there are: the management account was not entered");
  const client = awsClient(OrganizationsClient, session);
  try {
    const found: Account[] = [];
    for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) found.push(...Accounts);
    return { ...compareAccounts(environment, found, tried), ...defined({ factsOf }), listedAt: iso(now()) };
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error;
    return unread(`which accounts there are cannot be read: ${error.code}: ${error.cause.message}`);
  } finally {
    client.destroy();
  }
}

/** An account that is active and was not tried fails the drill; one of which nobody knows whether it is active leaves it open. */
export function compareAccounts(
  environment: string,
  found: readonly Pick<Account, "Id" | "Name" | "State" | "Status">[],
  tried: readonly string[],
): Pick<AccountList, "outcome" | "details"> {
  const { accountIds, notKnown } = activeAccounts(found, tried);
  const names = new Map(found.map(({ Id = "", Name = "" }) => [Id, Name]));
  const missed = accountIds.filter((id) => !tried.includes(id));
  return {
    outcome: worst(["passed", ...missed.map(() => "failed" as const), ...notKnown.map(() => "unknown" as const)]),
    details: [
      ...missed.map(
        (id) =>
          `${names.get(id)} (${id}) is active and not in the facts: nobody tried it; ${KEYLESS} sync ${environment}`,
      ),
      ...notKnown.map(({ accountId, why }) => `${accountId}: ${why}`),
    ],
  };
}

export function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
