import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { policyJson } from "../modules/policy/document";
import {
  type AccessRolesScope,
  inventoryRole,
  retirementRole,
} from "../modules/sections/credential-hygiene/access-roles";
import { clientSettings, memberClientSettings } from "./client-settings";

/** Makes the roles of inventory and retirement through the SDK: for what needs them without an apply of all stacks. */
export async function makeAccessRoles(
  endpoint: string,
  managementAccountId: string,
  accounts: readonly string[],
  scope: AccessRolesScope,
): Promise<void> {
  for (const account of accounts) {
    const iam = new IAMClient(
      account === managementAccountId
        ? clientSettings(endpoint, { region: "us-east-1" })
        : await memberClientSettings(endpoint, account, "us-east-1"),
    );
    for (const role of [inventoryRole(scope, account), retirementRole(scope, account)]) {
      const trust = { AssumeRolePolicyDocument: policyJson(role.trust) };
      await iam.send(new CreateRoleCommand({ RoleName: role.name, Path: role.path, ...trust }));
      const PolicyDocument = policyJson(role.permissions);
      await iam.send(new PutRolePolicyCommand({ RoleName: role.name, PolicyName: role.policyName, PolicyDocument }));
    }
    iam.destroy();
  }
}
