import { type Adopted, LONGEST_WHAT, type Move } from "../../config/moves";
import { byKey } from "../../kernel/lists";
import type { Organization } from "../../organization/types";
import { assignmentId } from "../../sections/identity-center/names";
import type { PermissionSetState } from "../../sections/identity-center/types";
import type { TargetState } from "../../sections/target-state";

/** What is taken over, by what AWS calls it. */
export interface Adoption {
  /** ARNs of permission sets and OIDC providers, ids of policies. */
  readonly ids: ReadonlySet<string>;
}

type Import = Omit<Move, "place" | "from">;
type Entry = Omit<Adopted, "place">;

/**
 * The entries of `moves.yaml` for what is taken over: an import for each resource that the stacks hold of it, with the id by which Terraform
 * imports the type, and the list of what is adopted.
 */
export function importsOf(
  state: TargetState,
  facts: Organization,
  { ids }: Adoption,
): { readonly moves: readonly Import[]; readonly adopted: readonly Entry[] } {
  const moves: Import[] = [];
  const adopted: Entry[] = [];
  const add = (stack: string, address: string, id: string): void => void moves.push({ to: { stack, address }, id });
  const own = (what: string, id: string, stack: string, address: string): void =>
    void adopted.push({ what: shortened(what), id, to: { stack, address } });

  const center = state.identityCenter;
  const arns = new Map(facts.identityCenter?.permissionSets.map(({ name, arn }) => [name, arn]));
  for (const shard of center?.shards ?? [])
    for (const set of shard.permissionSets) {
      const arn = arns.get(set.name);
      if (arn === undefined || !ids.has(arn)) continue;
      own(`permission set ${set.name}`, arn, shard.name, `aws_ssoadmin_permission_set.permission_set_${set.key}`);
      for (const [address, id] of ofSet(set, arn, center!.instanceArn)) add(shard.name, address, id);
    }
  for (const policy of state.guardrails.policies) {
    const found = facts.policies.find(({ name, type }) => name === policy.name && type === policy.type);
    if (!found || !ids.has(found.id)) continue;
    const address = `aws_organizations_policy.scp_${policy.key}`;
    own(`policy ${policy.name}`, found.id, "guardrails", address);
    add("guardrails", address, found.id);
    for (const { id } of policy.attachments)
      add("guardrails", `aws_organizations_policy_attachment.attach_${policy.key}_${id}`, `${id}:${found.id}`);
  }
  for (const stack of state.workloadIdentity?.stacks ?? [])
    for (const provider of stack.oidcProviders) {
      if (!ids.has(provider.arn)) continue;
      const address = `aws_iam_openid_connect_provider.oidc_provider_${provider.name}`;
      own(`OIDC provider ${provider.url} in ${stack.accountName}`, provider.arn, stack.name, address);
      add(stack.name, address, provider.arn);
    }
  return {
    moves: moves.sort(byKey(({ to }) => `${to!.stack} ${to!.address}`)),
    adopted: adopted.sort(byKey(({ what }) => what)),
  };
}

/** As long as `moves.yaml` takes it. */
function shortened(what: string): string {
  return what.length <= LONGEST_WHAT ? what : `${what.slice(0, LONGEST_WHAT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** Addresses of a permission set with its policies and assignments, with the ids by which they are imported. */
function ofSet(set: PermissionSetState, arn: string, instance: string): readonly (readonly [string, string])[] {
  const on = `${arn},${instance}`;
  const { key } = set;
  return [
    [`aws_ssoadmin_permission_set.permission_set_${key}`, on],
    ...(set.permissionsBoundary ? [[`aws_ssoadmin_permissions_boundary_attachment.boundary_${key}`, on] as const] : []),
    ...(set.inlinePolicy ? [[`aws_ssoadmin_permission_set_inline_policy.inline_policy_${key}`, on] as const] : []),
    ...set.managedPolicies.map(
      (policy) =>
        [`aws_ssoadmin_managed_policy_attachment.managed_policy_${key}_${policy.key}`, `${policy.arn},${on}`] as const,
    ),
    ...set.customerManagedPolicies.map(
      (policy) =>
        [
          `aws_ssoadmin_customer_managed_policy_attachment.customer_policy_${key}_${policy.key}`,
          `${policy.name},${policy.path},${on}`,
        ] as const,
    ),
    ...set.assignments.flatMap(({ groupKey, groupId, accounts }) =>
      accounts.map(
        (account) =>
          [
            `aws_ssoadmin_account_assignment.${assignmentId(key, groupKey)}["${account.id}"]`,
            `${groupId ?? ""},GROUP,${account.id},AWS_ACCOUNT,${on}`,
          ] as const,
      ),
    ),
  ];
}
