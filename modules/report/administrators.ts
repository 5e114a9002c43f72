import { givesAdministration, isAdministratorPolicy } from "../policy/administrator";
import type { PolicyDocument } from "../policy/types";
import type { AdministratorAnswer } from "./page-data";

export interface HeldPolicies {
  readonly managedPolicies: readonly { readonly arn: string }[];
  readonly customerManagedPolicies?: readonly unknown[];
  readonly inlinePolicy?: PolicyDocument | undefined;
}

/**
 * Whether a permission set or a role makes administrators, by what its policies say. Conditions, boundaries and guardrails are not counted: who
 * has MFA is an administrator all the same.
 */
export function administratorBy({
  managedPolicies,
  customerManagedPolicies = [],
  inlinePolicy,
}: HeldPolicies): AdministratorAnswer {
  if (managedPolicies.some(({ arn }) => isAdministratorPolicy(arn))) return "yes";
  if (inlinePolicy && givesAdministration(inlinePolicy, "any")) return "yes";
  return customerManagedPolicies.length > 0 ? "unknown" : "no";
}
