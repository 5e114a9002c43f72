import { stringify } from "yaml";
import type { Organization } from "../../organization/types";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";

/** The facts as the text of `organization.yaml`. The same facts give the same bytes. */
export function organizationText(environment: string, facts: Organization): string {
  const { identityCenter } = facts;
  // Written out: the order of the keys is part of the format, wherever the facts come from.
  const document = {
    id: facts.id,
    managementAccountId: facts.managementAccountId,
    rootId: facts.rootId,
    enabledPolicyTypes: facts.enabledPolicyTypes,
    trustedServices: facts.trustedServices,
    enabledRegions: facts.enabledRegions,
    rootAccessFeatures: facts.rootAccessFeatures,
    trails: facts.trails.map(({ name, homeRegion, organization, multiRegion, logging }) => ({
      name,
      homeRegion,
      organization,
      multiRegion,
      logging,
    })),
    delegatedAdministrators: facts.delegatedAdministrators.map(({ accountId, services }) => ({ accountId, services })),
    ...defined({ delegationPolicy: facts.delegationPolicy, consoleAuthorization: facts.consoleAuthorization }),
    organizationalUnits: facts.organizationalUnits.map(({ id, name, parentId }) => ({ id, name, parentId })),
    accounts: facts.accounts.map(({ id, name, status, parentId, tags }) => ({ id, name, status, parentId, tags })),
    policies: facts.policies.map(({ id, name, type, awsManaged, ours, content, targetIds }) => ({
      id,
      name,
      type,
      awsManaged,
      ours,
      content,
      targetIds,
    })),
    ...(identityCenter
      ? {
          identityCenter: {
            instanceArn: identityCenter.instanceArn,
            identityStoreId: identityCenter.identityStoreId,
            region: identityCenter.region,
            groups: identityCenter.groups.map(({ id, displayName, synced }) => ({ id, displayName, synced })),
            permissionSets: identityCenter.permissionSets.map(({ name, arn, ours, inManagementAccount }) => ({
              name,
              arn,
              ours,
              inManagementAccount,
            })),
          },
        }
      : {}),
  };
  return [
    "# yaml-language-server: $schema=../../docs/schema/organization.schema.json",
    `# Facts, written by \`${KEYLESS} sync ${environment}\`. Reviewed like code, not edited.`,
    stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join("\n");
}
