import type { Environment } from "../../sections/environment";
import type { TargetState } from "../../sections/target-state";
import type { Check } from "./live";
import { Documents } from "./documents";
import { defined } from "../../kernel/optional";

/** What the sections' checks are made from. */
export interface Planned {
  readonly environment: Environment;
  readonly state: TargetState;
  readonly documents: Documents;
  /** All active accounts by the facts, sorted: the management account included. */
  readonly accountIds: readonly string[];
  /** The same without the management account. */
  readonly memberIds: readonly string[];
  /** An account as claims name it. */
  readonly place: {
    (accountId: string): Check["place"];
    (accountId: string, region: string): Check["place"] & { readonly region: string };
  };
}

export function plannedOf(environment: Environment, state: TargetState): Planned {
  const { tree, organization } = environment;
  const accountIds = tree.accounts.map((account) => account.id).sort();
  function place(accountId: string): Check["place"];
  function place(accountId: string, region: string): Check["place"] & { readonly region: string };
  function place(accountId: string, region?: string): Check["place"] {
    const name = tree.accountById.get(accountId)?.name;
    return {
      accountId,
      ...defined({ accountName: name, region }),
    };
  }
  return {
    environment,
    state,
    documents: new Documents(),
    accountIds,
    memberIds: accountIds.filter((id) => id !== organization.managementAccountId),
    place,
  };
}
