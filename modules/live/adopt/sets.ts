import { inlinePolicy } from "../../config/schema/common";
import { parsedObject } from "../../kernel/json";
import { compressTargets } from "../../organization/compress";
import type { ExistingPermissionSet } from "../../organization/existing";
import type { TargetExpression } from "../../organization/targets";
import type { Environment } from "../../sections/environment";
import { permissionSetName } from "../../sections/identity-center/schema";
import { defined } from "../../kernel/optional";
import { count, listed } from "../../kernel/words";
import { ownerOf } from "../existing/owner";

/** Something that stays as it is, and why. */
export interface LeftAlone {
  readonly what: string;
  readonly why: string;
}

/** A permission set as `baseline.yaml` writes it, with its ARN. */
export interface ProposedSet {
  readonly arn: string;
  readonly definition: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly assignments: readonly ProposedAssignment[];
  readonly count: number;
}

export interface ProposedAssignment {
  readonly group: string;
  readonly permissionSet: string;
  readonly targets: TargetExpression;
}

/** A policy's name with its path, of the ARN of one of AWS's own. */
const AWS_MANAGED = /^arn:aws[\w-]*:iam::aws:policy\/(.+)$/;
const HOURS = /^PT([1-9]|1[0-2])H$/;

/** The permission sets that can be written in the baseline's words, whole; the others are left alone, whole. */
export function proposeSets(environment: Environment): {
  readonly sets: readonly ProposedSet[];
  readonly left: readonly LeftAlone[];
} {
  const { existing, baseline, organization } = environment;
  const known = new Set(baseline.identityCenter?.permissionSets.map(({ name }) => name));
  const ours = new Set(organization.identityCenter?.permissionSets.filter((set) => set.ours).map(({ arn }) => arn));
  const left: LeftAlone[] = [];
  const sets: ProposedSet[] = [];
  const compress = remembered(environment);
  for (const set of existing?.permissionSets ?? []) {
    if (ours.has(set.arn)) continue;
    const why = known.has(set.name) ? "baseline.yaml has one of this name" : hindrance(environment, set);
    if (why !== undefined) left.push({ what: `permission set ${set.name}`, why });
    else sets.push(proposed(environment, set, compress));
  }
  return { sets, left };
}

/** The same accounts are written the same way, and worked out once. */
function remembered({ tree, organization }: Environment): (ids: readonly string[]) => TargetExpression {
  const found = new Map<string, TargetExpression>();
  return (ids) => {
    const key = ids.join(" ");
    const targets = found.get(key) ?? compressTargets(tree, organization.managementAccountId, new Set(ids));
    found.set(key, targets);
    return targets;
  };
}

/** Why a set cannot be written down as it is; undefined where it can. */
function hindrance(environment: Environment, set: ExistingPermissionSet): string | undefined {
  const { tree, organization } = environment;
  const owner = ownerOf(set.tags, environment.name);
  if (owner !== undefined) return `it belongs to ${owner}`;
  if (!permissionSetName.safeParse(set.name).success) return "its name has characters that the baseline does not take";
  if (!HOURS.test(set.sessionDuration))
    return `its session of ${set.sessionDuration} is no whole number of hours, and the baseline has only those`;
  const foreign = set.awsManagedPolicies.filter((arn) => !AWS_MANAGED.test(arn));
  if (foreign.length > 0) return `it has policies that are not AWS's own: ${listed(foreign, 3)}`;
  if (
    set.permissionsBoundary &&
    "managedPolicyArn" in set.permissionsBoundary &&
    !AWS_MANAGED.test(set.permissionsBoundary.managedPolicyArn)
  )
    return `its boundary ${set.permissionsBoundary.managedPolicyArn} is not one of AWS's own policies`;
  if (set.inlinePolicy !== undefined && parsedPolicy(set.inlinePolicy) === undefined)
    return "its inline policy has a form that the baseline does not read";
  const groups = new Set(organization.identityCenter?.groups.map(({ id }) => id));
  const users = set.assignments.filter(({ principalType }) => principalType === "USER");
  if (users.length > 0)
    return `${count(users.length, "user")} without a group ${users.length === 1 ? "has" : "have"} it (${listed(
      users.map(({ principalId }) => principalId),
      3,
    )}); the baseline assigns groups only`;
  const gone = set.assignments.filter(({ principalId }) => !groups.has(principalId));
  if (gone.length > 0)
    return `it is assigned to groups that the facts do not show: ${listed(
      gone.map(({ principalId }) => principalId),
      3,
    )}`;
  const closed = set.assignments.flatMap(({ accounts }) => accounts.filter((id) => !tree.accountById.has(id)));
  if (closed.length > 0)
    return `it is assigned in accounts that are not active, which targets cannot mean: ${listed([...new Set(closed)], 3)}`;
  return undefined;
}

/** As the baseline takes it; undefined where it does not. */
function parsedPolicy(text: string): unknown {
  const value = parsedObject(text);
  return value !== undefined && inlinePolicy.safeParse(value).success ? value : undefined;
}

function proposed(
  environment: Environment,
  set: ExistingPermissionSet,
  compress: (ids: readonly string[]) => TargetExpression,
): ProposedSet {
  const { organization, baseline } = environment;
  const center = organization.identityCenter;
  const groups = new Map(center?.groups.map(({ id, displayName }) => [id, displayName]));
  const { permissionsBoundary: boundary } = set;
  // A delegated administrator cannot manage what is provisioned in the management account.
  const delegated = (baseline.identityCenter?.managedFrom ?? "management") !== "management";
  const inManagement = center?.permissionSets.find(({ arn }) => arn === set.arn)?.inManagementAccount === true;
  const policy = (arn: string): string => AWS_MANAGED.exec(arn)?.[1] ?? arn;
  return {
    arn: set.arn,
    count: set.assignments.reduce((sum, { accounts }) => sum + accounts.length, 0),
    definition: {
      name: set.name,
      ...(set.description === "" ? {} : { description: set.description }),
      ...(delegated && inManagement ? { managedFrom: "management" } : {}),
      sessionHours: Number(HOURS.exec(set.sessionDuration)![1]),
      ...defined({ relayStateUrl: set.relayState }),
      ...(set.awsManagedPolicies.length === 0 ? {} : { awsManagedPolicies: set.awsManagedPolicies.map(policy) }),
      ...(set.customerManagedPolicies.length === 0 ? {} : { customerManagedPolicies: set.customerManagedPolicies }),
      ...(set.inlinePolicy === undefined ? {} : { inlinePolicy: parsedPolicy(set.inlinePolicy) }),
      ...defined({
        permissionsBoundary:
          boundary && "managedPolicyArn" in boundary
            ? { awsManagedPolicy: policy(boundary.managedPolicyArn) }
            : boundary,
      }),
    },
    assignments: set.assignments.map(({ principalId, accounts }) => ({
      group: groups.get(principalId)!,
      permissionSet: set.name,
      targets: compress(accounts),
    })),
  };
}
