import { DataAwsIdentitystoreGroup } from "@cdktf/provider-aws/lib/data-aws-identitystore-group";
import { IdentitystoreGroup } from "@cdktf/provider-aws/lib/identitystore-group";
import { SsoadminAccountAssignment } from "@cdktf/provider-aws/lib/ssoadmin-account-assignment";
import { SsoadminCustomerManagedPolicyAttachment } from "@cdktf/provider-aws/lib/ssoadmin-customer-managed-policy-attachment";
import { SsoadminInstanceAccessControlAttributes } from "@cdktf/provider-aws/lib/ssoadmin-instance-access-control-attributes";
import { SsoadminManagedPolicyAttachment } from "@cdktf/provider-aws/lib/ssoadmin-managed-policy-attachment";
import { SsoadminPermissionSet } from "@cdktf/provider-aws/lib/ssoadmin-permission-set";
import { SsoadminPermissionSetInlinePolicy } from "@cdktf/provider-aws/lib/ssoadmin-permission-set-inline-policy";
import { SsoadminPermissionsBoundaryAttachment } from "@cdktf/provider-aws/lib/ssoadmin-permissions-boundary-attachment";
import type { ITerraformDependable, TerraformStack } from "cdktf";
import { terraformPolicy } from "../../policy/document";
import { expression } from "../expression";
import { assignmentId } from "./names";
import type { IdentityCenterState, PermissionSetState } from "./types";
import { defined } from "../../kernel/optional";

/** Adds the groups of ours. */
export function addGroups(stack: TerraformStack, state: IdentityCenterState): void {
  for (const group of state.groups) {
    new IdentitystoreGroup(stack, `group_${group.key}`, {
      identityStoreId: state.identityStoreId,
      displayName: group.name,
      ...(group.description ? { description: group.description } : {}),
    });
  }
}

/** Adds the attributes for access control; the resource replaces whatever the instance has. */
export function addAccessControlAttributes(stack: TerraformStack, state: IdentityCenterState): void {
  if (state.accessControlAttributes.length === 0) return;
  new SsoadminInstanceAccessControlAttributes(stack, "access_control_attributes", {
    instanceArn: state.instanceArn,
    attribute: state.accessControlAttributes.map(({ key, sources }) => ({
      key: key,
      value: [{ source: [...sources] }],
    })),
  });
}

/**
 * Adds a permission set with its policies and assignments.
 *
 * The policies are a chain: what bounds and denies before what allows, and removed in the opposite order, so that at no moment
 * of an apply does anybody have more than before and after it. A chain also because each attachment provisions the permission set
 * again, and two at once are refused (hashicorp/terraform-provider-aws#26138). Assignments come last: a new permission set is
 * provisioned once per account, complete, and one that goes loses its people before its policies
 * (aws-samples/terraform-aws-identity-center#19).
 *
 * The assignments of one group are one resource with a literal `for_each` from account ids to names, at addresses such as
 * `aws_ssoadmin_account_assignment.assignment_Developer_Data["444444444401"]`. A construct per assignment took 75 s and 1 GB to
 * synthesize at 50,000 assignments.
 */
export function addPermissionSet(stack: TerraformStack, state: IdentityCenterState, set: PermissionSetState): void {
  const { instanceArn } = state;
  const permissionSet = new SsoadminPermissionSet(stack, `permission_set_${set.key}`, {
    instanceArn,
    name: set.name,
    sessionDuration: `PT${set.sessionHours}H`,
    ...(set.description ? { description: set.description } : {}),
    ...defined({ relayState: set.relayStateUrl }),
  });
  const permissionSetArn = permissionSet.arn;
  let last: ITerraformDependable | undefined;
  const after = (): { dependsOn?: ITerraformDependable[] } => (last ? { dependsOn: [last] } : {});

  const boundary = set.permissionsBoundary;
  if (boundary) {
    last = new SsoadminPermissionsBoundaryAttachment(stack, `boundary_${set.key}`, {
      instanceArn,
      permissionSetArn,
      permissionsBoundary:
        "managedPolicyArn" in boundary ? boundary : { customerManagedPolicyReference: boundary.customerManagedPolicy },
    });
  }
  if (set.inlinePolicy) {
    last = new SsoadminPermissionSetInlinePolicy(stack, `inline_policy_${set.key}`, {
      instanceArn,
      permissionSetArn,
      inlinePolicy: terraformPolicy(set.inlinePolicy),
      ...after(),
    });
  }
  for (const policy of set.managedPolicies) {
    last = new SsoadminManagedPolicyAttachment(stack, `managed_policy_${set.key}_${policy.key}`, {
      instanceArn,
      permissionSetArn,
      managedPolicyArn: policy.arn,
      ...after(),
    });
  }
  for (const { key, name, path } of set.customerManagedPolicies) {
    last = new SsoadminCustomerManagedPolicyAttachment(stack, `customer_policy_${set.key}_${key}`, {
      instanceArn,
      permissionSetArn,
      customerManagedPolicyReference: { name, path },
      ...after(),
    });
  }
  for (const assignment of set.assignments) {
    const resource = new SsoadminAccountAssignment(stack, assignmentId(set.key, assignment.groupKey), {
      instanceArn,
      permissionSetArn,
      principalId: assignment.groupId ?? lookedUp(stack, state, assignment.group, assignment.groupKey),
      principalType: "GROUP",
      targetId: expression("each.key"),
      targetType: "AWS_ACCOUNT",
      ...after(),
    });
    // An override, because cdktf's iterators print an expression; a literal map is read and reviewed line by line.
    resource.addOverride("for_each", Object.fromEntries(assignment.accounts.map(({ id, name }) => [id, name])));
  }
}

/** Id of a group of ours that the facts do not show yet. After the next sync the literal id takes its place: same value, no change. */
function lookedUp(stack: TerraformStack, state: IdentityCenterState, name: string, key: string): string {
  const id = `group_${key}`;
  const known = stack.node.tryFindChild(id);
  const group =
    known instanceof DataAwsIdentitystoreGroup
      ? known
      : new DataAwsIdentitystoreGroup(stack, id, {
          identityStoreId: state.identityStoreId,
          alternateIdentifier: {
            uniqueAttribute: { attributePath: "DisplayName", attributeValue: name },
          },
        });
  return group.groupId;
}
