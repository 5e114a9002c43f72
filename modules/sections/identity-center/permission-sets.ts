import type { DocumentPath } from "../../config/document";
import type { ProblemList } from "../../config/problem-list";
import { checkDuplicates } from "../../config/references";
import { byKey } from "../../kernel/lists";
import { policyJson } from "../../policy/document";
import type { PolicyDocument } from "../../policy/types";
import { checkText, INLINE_POLICY, PERMISSION_SET_DESCRIPTION, RELAY_STATE } from "./characters";
import { readInlinePolicy, warnOfUnknownWords } from "../../config/inline-policy";
import { readManagedPolicy } from "../../config/managed-policy";
import { IDENTITY_CENTER_MANAGEMENT, slug } from "./names";
import type {
  IdentityCenterEnvironment,
  IdentityCenterSection,
  PermissionSetState,
  PermissionsBoundary,
} from "./types";
import { KEYLESS } from "../../kernel/command";
import { defined } from "../../kernel/optional";

type Definition = IdentityCenterSection["permissionSets"][number];

/** https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html */
export const QUOTAS = {
  /** AWS managed and customer managed policies of a permission set. */
  managedPolicies: 20,
  /** Managed policies of an IAM role, unless the account has asked for more: the quota that is met first. */
  managedPoliciesPerRole: 10,
  /** Bytes of an inline policy, white space not counted. */
  inlinePolicyBytes: 10_240,
} as const;

/** A permission set and how it is managed; its assignments are resolved apart. */
export interface ResolvedPermissionSet {
  readonly state: Omit<PermissionSetState, "assignments">;
  readonly managedFromManagement: boolean;
}

/** Resolves `identityCenter.permissionSets`. Where two have the same name the first one counts; the second is a problem. */
export function resolvePermissionSets(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  section: IdentityCenterSection,
  delegated: boolean,
): ReadonlyMap<string, ResolvedPermissionSet> {
  checkDuplicates(
    problems,
    section.permissionSets.map((set) => set.name),
    "permission set",
    (i) => at(i, "name"),
  );
  const resolved = new Map<string, ResolvedPermissionSet>();
  section.permissionSets.forEach((definition, i) => {
    checkFacts(environment, problems, definition, i, delegated);
    const state = permissionSet(environment, problems, definition, i);
    if (!resolved.has(definition.name))
      resolved.set(definition.name, { state, managedFromManagement: definition.managedFrom === "management" });
  });
  return resolved;
}

function at(index: number, ...rest: DocumentPath): DocumentPath {
  return ["identityCenter", "permissionSets", index, ...rest];
}

/** What the facts say of a permission set of this name. */
function checkFacts(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  { name, managedFrom }: Definition,
  index: number,
  delegated: boolean,
): void {
  const center = environment.organization.identityCenter;
  const known = center?.permissionSets.find((set) => set.name === name);
  if (!center || !known) return;
  if (!known.ours) {
    problems.error(
      "IDENTITY-CENTER-NAME-TAKEN",
      at(index, "name"),
      `Identity Center has a permission set ${name} already, which is not this baseline's (${known.arn}).`,
      `Take another name. Or take it over as it is: ${KEYLESS} sync ${environment.name} --existing, then ${KEYLESS} adopt ${environment.name} (docs/adopt.md).`,
    );
  } else if (delegated && known.inManagementAccount && managedFrom !== "management") {
    problems.error(
      "IDENTITY-CENTER-DELEGATED-SET",
      at(index, "name"),
      `${name} is provisioned in the management account, and a delegated administrator cannot manage such a permission set.`,
      `Give the management account a permission set of its own with managedFrom: management and take ${name} out of it (an apply with identityCenter.managedFrom: management, then ${KEYLESS} sync ${environment.name}). ` +
        `Or write managedFrom: management here: then ${name} moves to the stack ${environment.name}-${IDENTITY_CENTER_MANAGEMENT}, and its state has to be moved there before the apply (docs/decisions/0004-identity-center-shards.md).`,
    );
  }
}

function permissionSet(
  environment: IdentityCenterEnvironment,
  problems: ProblemList,
  written: Definition,
  index: number,
): Omit<PermissionSetState, "assignments"> {
  const definition = withPolicyNames(problems, written, index);
  const { name, description, sessionHours, relayStateUrl, inlinePolicy } = definition;
  if (description)
    checkText(
      problems,
      PERMISSION_SET_DESCRIPTION,
      description,
      at(index, "description"),
      "the description of a permission set",
    );
  if (relayStateUrl) checkText(problems, RELAY_STATE, relayStateUrl, at(index, "relayStateUrl"), "a relay state");
  checkManagedPolicies(problems, definition, index);
  const document = inlinePolicy && readInlinePolicy(problems, inlinePolicy, at(index, "inlinePolicy"));
  if (document) {
    checkInlinePolicySize(problems, name, document, at(index, "inlinePolicy"));
    warnOfUnknownWords(problems, document, inlinePolicy, at(index, "inlinePolicy"));
  }
  const arn = (policy: string): string => `arn:${partition(environment)}:iam::aws:policy/${policy}`;
  const boundary = definition.permissionsBoundary && permissionsBoundary(definition.permissionsBoundary, arn);
  return {
    name,
    key: slug(name),
    description,
    sessionHours,
    ...defined({ relayStateUrl }),
    managedPolicies: definition.awsManagedPolicies
      .map((policy) => ({ name: policy, key: slug(baseName(policy)), arn: arn(policy) }))
      .sort(byKey((policy) => policy.name)),
    customerManagedPolicies: definition.customerManagedPolicies
      .map((policy) => ({ name: policy.name, path: policy.path, key: slug(policy.name) }))
      .sort(byKey((policy) => policy.name)),
    ...defined({ inlinePolicy: document, permissionsBoundary: boundary }),
  };
}

/** AWS managed policies by their names, whichever way they were written. */
function withPolicyNames(problems: ProblemList, definition: Definition, index: number): Definition {
  const { awsManagedPolicies, permissionsBoundary: boundary } = definition;
  const read = (policy: string, ...path: DocumentPath): string =>
    readManagedPolicy(problems, policy, at(index, ...path));
  return {
    ...definition,
    awsManagedPolicies: awsManagedPolicies.map((policy, i) => read(policy, "awsManagedPolicies", i)),
    ...(boundary && "awsManagedPolicy" in boundary
      ? {
          permissionsBoundary: {
            awsManagedPolicy: read(boundary.awsManagedPolicy, "permissionsBoundary", "awsManagedPolicy"),
          },
        }
      : {}),
  };
}

function permissionsBoundary(
  boundary: NonNullable<Definition["permissionsBoundary"]>,
  arn: (policy: string) => string,
): PermissionsBoundary {
  return "awsManagedPolicy" in boundary
    ? { managedPolicyArn: arn(boundary.awsManagedPolicy) }
    : { customerManagedPolicy: boundary.customerManagedPolicy };
}

/** `aws`, or `aws-cn` and the like, as the instance says. */
function partition(environment: IdentityCenterEnvironment): string {
  return environment.organization.identityCenter?.instanceArn.split(":")[1] ?? "aws";
}

/** `Billing` of `job-function/Billing`: a name is unique whatever its path, so that the address needs no path. */
function baseName(policy: string): string {
  return policy.split("/").at(-1)!;
}

function checkManagedPolicies(problems: ProblemList, definition: Definition, index: number): void {
  const { name, awsManagedPolicies, customerManagedPolicies } = definition;
  const once = (names: readonly string[], key: "awsManagedPolicies" | "customerManagedPolicies"): void => {
    const seen = new Map<string, string>();
    names.forEach((policy, i) => {
      // IAM: "names are not distinguished by case", and a path does not make a second policy of the same name.
      const folded = baseName(policy).toLowerCase();
      const before = seen.get(folded);
      if (before !== undefined)
        problems.error(
          "IDENTITY-CENTER-DUPLICATE-POLICY",
          at(index, key, i),
          `${name} has the policy ${policy} twice${before === policy ? "" : ` (also as ${before})`}: the name of a policy is unique, whatever its path.`,
          "Keep one of them.",
        );
      seen.set(folded, policy);
    });
  };
  once(awsManagedPolicies, "awsManagedPolicies");
  once(
    customerManagedPolicies.map((policy) => policy.name),
    "customerManagedPolicies",
  );
  const count = awsManagedPolicies.length + customerManagedPolicies.length;
  const path = at(index, awsManagedPolicies.length > 0 ? "awsManagedPolicies" : "customerManagedPolicies");
  if (count > QUOTAS.managedPolicies) {
    problems.error(
      "IDENTITY-CENTER-QUOTA-POLICIES",
      path,
      `${name} has ${count} managed policies; a permission set takes ${QUOTAS.managedPolicies}, and AWS raises that for nobody.`,
      "Merge customer managed policies, or write an inline policy.",
    );
  } else if (count > QUOTAS.managedPoliciesPerRole) {
    problems.warning(
      "IDENTITY-CENTER-QUOTA-ROLE",
      path,
      `${name} has ${count} managed policies; an IAM role takes ${QUOTAS.managedPoliciesPerRole} unless the account's quota was raised, and provisioning fails in every account where it was not.`,
      'Raise the IAM quota "Managed policies attached to an IAM role" in each account of its assignments (Service Quotas), or use fewer.',
    );
  }
}

function checkInlinePolicySize(
  problems: ProblemList,
  name: string,
  document: PolicyDocument,
  path: DocumentPath,
): void {
  const json = policyJson(document);
  checkText(problems, INLINE_POLICY, json, path, "an inline policy");
  const bytes = Buffer.byteLength(json.replace(/\s/g, ""), "utf8");
  if (bytes > QUOTAS.inlinePolicyBytes) {
    problems.error(
      "IDENTITY-CENTER-QUOTA-INLINE",
      path,
      `The inline policy of ${name} has ${bytes} bytes; AWS takes ${QUOTAS.inlinePolicyBytes}, white space not counted.`,
      "Move a part into a customer managed policy.",
    );
  }
}
