import type { Environment } from "../../sections/environment";
import { credentialHygieneSection } from "../../sections/credential-hygiene/schema";
import type { IdentityCenterState, PermissionSetState } from "../../sections/identity-center/types";
import { findAccount } from "../../organization/targets";
import type { TargetState } from "../../sections/target-state";
import { exceptionsByArn, protection, Protection } from "./protection";
import type { SnippetContext } from "./replacement";
import type { HygieneDays } from "./types";
import { defined } from "../../kernel/optional";

/** What the verdicts need to know of the environment. Plain data and look-ups; nothing is asked of AWS. */
export interface InventoryContext {
  readonly environment: string;
  readonly organizationId: string;
  readonly managementAccountId: string;
  readonly days: HygieneDays;
  /** Active accounts, sorted by id. */
  readonly accounts: readonly InventoryAccount[];
  readonly protection: Protection;
  /** Name of the role that reads. */
  readonly inventoryRole: string;
}

export interface InventoryAccount {
  readonly id: string;
  readonly name: string;
  /** Path of the OU; empty below the root. */
  readonly organizationalUnit: string;
  readonly snippets: SnippetContext;
}

/** Without the section `credentialHygiene` its defaults hold: the inventory is the first step, before anything is applied. */
export function inventoryContext(environment: Environment, state: TargetState): InventoryContext {
  const { baseline, organization, tree } = environment;
  const section = baseline.credentialHygiene ?? credentialHygieneSection.parse({});
  const { workloadIdentity } = baseline;
  const accountOf = (reference: string): string | undefined => findAccount(tree, reference)?.id;
  const groups = [
    ...(state.identityCenter?.groups ?? []).map(({ name }) => name),
    ...(organization.identityCenter?.groups ?? []).map(({ displayName }) => displayName),
  ];
  return {
    environment: environment.name,
    organizationId: organization.id,
    managementAccountId: organization.managementAccountId,
    days: { maxUnusedDays: section.maxUnusedDays, inactiveDaysBeforeDelete: section.inactiveDaysBeforeDelete },
    accounts: tree.accounts.map((account): InventoryAccount => {
      const assignment =
        account.id === organization.managementAccountId
          ? undefined
          : newAssignment(state.identityCenter, groups, account.id);
      const trustAnchor = workloadIdentity?.trustAnchors.find(
        (anchor) => accountOf(anchor.account) === account.id,
      )?.name;
      return {
        id: account.id,
        name: account.name,
        organizationalUnit: tree.nodeById.get(account.parentId)?.path ?? "",
        snippets: {
          accountName: account.name,
          oidcProviders: (workloadIdentity?.oidcProviders ?? [])
            .filter((provider) => accountOf(provider.account) === account.id)
            .map(({ name, kind }) => ({ name, kind })),
          ...defined({ trustAnchor, identityCenter: assignment }),
        },
      };
    }),
    protection: protection(state.breakGlass.identity, exceptionsByArn(state.guardrails.exceptions)),
    inventoryRole: section.inventory.roleName,
  };
}

/**
 * A group and a permission set that the group does not have in the account: a second assignment of the same is an error. The widest sets
 * come last, because nobody needs more than the key could do.
 */
function newAssignment(
  state: IdentityCenterState | undefined,
  groups: readonly string[],
  accountId: string,
): SnippetContext["identityCenter"] {
  // Those that are managed from the management account are for it alone.
  const sets = (state?.shards ?? [])
    .filter((shard) => shard.accountId === state!.managingAccountId)
    .flatMap((shard) => shard.permissionSets);
  const isWide = (set: PermissionSetState): boolean =>
    set.managedPolicies.some(({ name }) => name === "AdministratorAccess");
  const has = (set: PermissionSetState, group: string): boolean =>
    set.assignments.some((one) => one.group === group && one.accounts.some(({ id }) => id === accountId));
  for (const set of [...sets.filter((one) => !isWide(one)), ...sets.filter(isWide)]) {
    const group = groups.find((name) => !has(set, name));
    if (group !== undefined) return { permissionSet: set.name, group };
  }
  return undefined;
}
