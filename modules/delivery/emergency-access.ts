import { isObject, parsedObject } from "../kernel/json";
import { BaselineError, Problem } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";
import { unique, uniqueSorted } from "../kernel/lists";
import { sectionOf } from "../sections/stack-kinds";
import {
  type Attributes,
  isReplacement,
  type ResourceChange,
  type StackPlan,
  text,
  texts,
} from "../terraform/stack-plan";

/**
 * Changes by which emergency access is away while they are applied, or for as long as nobody has enrolled. A person applies these stacks, so that no
 * gate of a pipeline is in between.
 */

/** Addresses that `addBreakGlassRole` and the StackSet give. */
const ROLES = /^aws_iam_role\.role_(management|home|break_glass)$/;
const STACK_SET = "aws_cloudformation_stack_set.stackset_break_glass_role";
const INSTANCES = `${"aws_cloudformation_stack_instances"}.stackset_break_glass_role_instances`;

/** What a plan takes away of emergency access, each as a sentence without a full stop; empty where nothing is. */
export function emergencyAccessLost(plan: StackPlan): readonly string[] {
  if (plan.mark === undefined || sectionOf(plan.mark.kind) !== "breakGlass") return [];
  const users = plan.resources.filter(({ type }) => type === "aws_iam_user");
  return unique([...plan.resources.flatMap(lostBy), ...lostUsers(users)]);
}

function lostBy(change: ResourceChange): readonly string[] {
  const { address, actions, before, after } = change;
  if (ROLES.test(address)) {
    // IAM renames no role; two synths do not say that.
    if (isReplacement(change) || (before && after && named(before) !== named(after)))
      return [`${address} is replaced: role ${named(before)} goes before ${named(after)} is there`];
    if (actions.includes("delete")) return [`${address} is deleted: role ${named(before)}`];
    return trustMoved(address, text(before, "assume_role_policy"), text(after, "assume_role_policy"));
  }
  if (address === STACK_SET) {
    if (actions.includes("delete"))
      return [
        `${address} is deleted: no account that joins gets the role any more, and no state has the roles that it leaves`,
      ];
    const [old, next] = [before, after].map((side) => rolesOf(text(side, "template_body") ?? ""));
    return [
      ...[...old!.keys()]
        .filter((name) => next!.size > 0 && !next!.has(name))
        .map((name) => `${address} makes another role in place of ${name}`),
      ...[...old!].flatMap(([name, trust]) => (next!.has(name) ? trustMoved(address, trust, next!.get(name)) : [])),
    ];
  }
  if (address === INSTANCES && before && after) {
    const [old, next] = [accountsOf(before), accountsOf(after)];
    return next.filter((id) => !old.includes(id)).map((id) => `${address} leaves account ${id} out from now on`);
  }
  return [];
}

const named = (side: Attributes | undefined): string => text(side, "name") ?? "of another name";

/** Who has not enrolled yet gets in nowhere: as long as one user stays as it is, somebody does. */
function lostUsers(users: readonly ResourceChange[]): readonly string[] {
  const gone = users.filter(({ actions }) => actions.includes("delete"));
  const stays = users.filter(
    ({ actions, before, after }) =>
      before && after && !actions.includes("delete") && text(before, "path") === text(after, "path"),
  );
  if (gone.length > 0 && stays.length === 0)
    return [`all users go that have enrolled: ${gone.map(({ address }) => address).join(", ")}`];
  return [];
}

/** The role trusts an account and, by conditions, users of it: another account has nobody who has enrolled. */
function trustMoved(address: string, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const [old, next] = [before, after].map(principalAccounts);
  return old!
    .filter((id) => next!.length > 0 && !next!.includes(id))
    .map((id) => `${address} no longer trusts account ${id}, where the users are who have enrolled`);
}

function principalAccounts(policy: string): readonly string[] {
  const statements = parsedObject(policy)?.["Statement"];
  return uniqueSorted(
    (Array.isArray(statements) ? (statements as unknown[]) : [statements])
      .filter(isObject)
      .flatMap(({ Principal }) =>
        [...JSON.stringify(Principal ?? {}).matchAll(/:iam::(\d{12}):/g)].map(([, id]) => id!),
      ),
  );
}

/** Roles that a template makes, with their trust policies as text. */
function rolesOf(template: string): ReadonlyMap<string, string> {
  const resources = parsedObject(template)?.["Resources"];
  return new Map(
    Object.values(isObject(resources) ? resources : {}).flatMap((one): readonly (readonly [string, string])[] => {
      const properties = isObject(one) && one["Type"] === "AWS::IAM::Role" ? one["Properties"] : undefined;
      return isObject(properties) && typeof properties["RoleName"] === "string"
        ? [[properties["RoleName"], JSON.stringify(properties["AssumeRolePolicyDocument"] ?? {})]]
        : [];
    }),
  );
}

function accountsOf(side: Attributes): readonly string[] {
  const targets = side["deployment_targets"];
  return (Array.isArray(targets) ? (targets as unknown[]) : [targets])
    .filter(isObject)
    .flatMap((one) => texts(one, "accounts"));
}

/** @throws BaselineError exit code 3 where a plan takes emergency access away: nothing was applied */
export function refuseLostEmergencyAccess(plans: readonly StackPlan[], environment: string): void {
  const problems = plans.flatMap((plan) => lostProblems(plan.name, emergencyAccessLost(plan), environment));
  if (problems.length > 0) throw new BaselineError(problems, 3);
}

/** The same for a stack, of what is known of it. */
export function lostProblems(stack: string, lost: readonly string[], environment: string): readonly Problem[] {
  return lost.map((what) => ({
    code: "DELIVERY-EMERGENCY-ACCESS",
    message: `${stack} would take emergency access away before something else is in its place: ${what}.`,
    fix: `It was not applied. The order that is safe, make the new one or another sign-in path, verify it, take the old one: docs/large-changes.md. ${KEYLESS} dismantle ${environment} ${stack} takes the old one, when another sign-in path is seen in every account.`,
  }));
}
