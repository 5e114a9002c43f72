import type { Environment } from "../config/environment";
import { credentialHygieneSection } from "../config/schema/credential-hygiene";
import type { CredentialHygieneEnvironment } from "../credential-hygiene/types";
import { findAccount } from "../organization/targets";
import type { TargetState } from "../target-state";
import { exceptionsByArn, protection, Protection } from "./protection";
import type { SnippetContext } from "./replacement";
import type { HygieneDays } from "./types";

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
  const { baseline, organization, tree } = environment as CredentialHygieneEnvironment;
  const section = baseline.credentialHygiene ?? credentialHygieneSection.parse({});
  const { workloadIdentity, identityCenter } = baseline;
  const accountOf = (reference: string): string | undefined => findAccount(tree, reference)?.id;
  const permissionSet = identityCenter?.permissionSets[0]?.name;
  const group = identityCenter?.groups[0]?.name ?? organization.identityCenter?.groups[0]?.displayName;
  return {
    environment: environment.name,
    organizationId: organization.id,
    managementAccountId: organization.managementAccountId,
    days: { maxUnusedDays: section.maxUnusedDays, inactiveDaysBeforeDelete: section.inactiveDaysBeforeDelete },
    accounts: tree.accounts.map((account): InventoryAccount => {
      const trustAnchor = workloadIdentity?.trustAnchors.find((anchor) => accountOf(anchor.account) === account.id)?.name;
      return {
        id: account.id,
        name: account.name,
        organizationalUnit: tree.nodeById.get(account.parentId)?.path ?? "",
        snippets: {
          accountName: account.name,
          oidcProviders: (workloadIdentity?.oidcProviders ?? []).filter((provider) => accountOf(provider.account) === account.id).map(({ name, kind }) => ({ name, kind })),
          ...(trustAnchor === undefined ? {} : { trustAnchor }),
          ...(permissionSet !== undefined && group !== undefined && account.id !== organization.managementAccountId ? { identityCenter: { permissionSet, group } } : {}),
        },
      };
    }),
    protection: protection(state.breakGlass.identity, exceptionsByArn(state.guardrails.exceptions)),
    inventoryRole: section.inventory.roleName,
  };
}
