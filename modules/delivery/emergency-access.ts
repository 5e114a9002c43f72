import { isObject, parsedObject } from "../kernel/json";
import { BaselineError, Problem } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";
import { unique, uniqueSorted } from "../kernel/lists";
import type { Claim } from "../live/verify/claim";
import { sectionOf } from "../sections/stack-kinds";
import {
  type Attributes,
  isReplacement,
  referencesIn,
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
  const lost = lostUsers(plan);
  return unique([
    ...plan.resources.flatMap(lostBy),
    ...(lost.length > 0 ? lost : plan.resources.flatMap((change) => usersUntrusted(change, forgottenUsers(plan)))),
  ]);
}

/**
 * Users of which one must be seen enrolled before a plan is applied: those that stay, by name, where others go. Whether somebody has enrolled no plan
 * says. Empty where no user goes.
 */
export function usersToSee(plan: StackPlan): readonly string[] {
  if (plan.mark === undefined || sectionOf(plan.mark.kind) !== "breakGlass") return [];
  const { gone, stays } = usersOf(plan);
  return gone.length === 0 ? [] : stays.map(({ after }) => named(after)).sort();
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
        // A template of which no role can be read is none that keeps them.
        .filter((name) => (next!.size > 0 || isKnown(text(after, "template_body"))) && !next!.has(name))
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

/** A user whom Terraform lets go of is no user of the baseline any more: no role is to trust it. */
function usersOf({ resources }: StackPlan): {
  readonly gone: readonly ResourceChange[];
  readonly stays: readonly ResourceChange[];
} {
  const users = resources.filter(({ type }) => type === "aws_iam_user");
  const goes = ({ actions }: ResourceChange): boolean => actions.includes("delete") || actions.includes("forget");
  return {
    gone: users.filter(goes),
    stays: users.filter(
      (user) => !goes(user) && user.before && user.after && text(user.before, "path") === text(user.after, "path"),
    ),
  };
}

const forgottenUsers = (plan: StackPlan): readonly string[] => usersOf(plan).gone.map(({ before }) => named(before));

/** Who has not enrolled yet gets in nowhere: as long as one user stays as it is, somebody does. */
function lostUsers(plan: StackPlan): readonly string[] {
  const { gone, stays } = usersOf(plan);
  if (gone.length > 0 && stays.length === 0)
    return [`all users go that have enrolled: ${gone.map(({ address }) => address).join(", ")}`];
  return [];
}

/** A role that names its users trusts none of those whom it trusted: the others have not enrolled, as far as anybody knows. */
function usersUntrusted({ address, before, after }: ResourceChange, gone: readonly string[]): readonly string[] {
  const untrusted = (old: string | undefined, next: string | undefined): readonly string[] => {
    if (!isKnown(old) || !isKnown(next)) return [];
    const [was, is] = [trustedArns(old), trustedArns(next)];
    // Without a list the account's users are trusted.
    if (was.length === 0 || is.length === 0) return [];
    const stays = was.filter((arn) => is.includes(arn) && !gone.includes(arn.split("/").at(-1)!));
    return stays.length > 0 ? [] : [`${address} no longer trusts any user of those it trusted: ${was.join(", ")}`];
  };
  if (ROLES.test(address)) return untrusted(text(before, "assume_role_policy"), text(after, "assume_role_policy"));
  if (address !== STACK_SET) return [];
  const next = rolesOf(text(after, "template_body") ?? "");
  return [...rolesOf(text(before, "template_body") ?? "")].flatMap(([name, trust]) => untrusted(trust, next.get(name)));
}

/** A text that is known before it is applied: no reference of a synth's. */
const isKnown = (value: string | undefined): value is string => value !== undefined && referencesIn(value).length === 0;

function trustedArns(policy: string): readonly string[] {
  const statements = parsedObject(policy)?.["Statement"];
  return uniqueSorted(
    (Array.isArray(statements) ? (statements as unknown[]) : [statements])
      .filter(isObject)
      .flatMap(({ Condition }) => Object.values(isObject(Condition) ? Condition : {}))
      .filter(isObject)
      .flatMap((asked) => Object.entries(asked).filter(([key]) => key.toLowerCase() === "aws:principalarn"))
      .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]))
      .filter((one) => typeof one === "string"),
  );
}

/** The role trusts an account and, by conditions, users of it: another account has nobody who has enrolled. */
function trustMoved(address: string, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const [old, next] = [before, after].map(principalAccounts);
  return old!
    .filter((id) => (next!.length > 0 || isKnown(after)) && !next!.includes(id))
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

/**
 * Refuses plans by which users go where no user that stays is seen enrolled.
 *
 * @param look reads section break-glass from AWS; not called where no user goes
 * @throws BaselineError exit code 3; what could not be read was not seen
 */
export async function refuseUnseenUsers(
  plans: readonly StackPlan[],
  environment: string,
  look: (() => Promise<{ readonly claims: readonly Claim[]; readonly to: string }>) | undefined,
): Promise<void> {
  for (const plan of plans) {
    const users = usersToSee(plan);
    if (users.length === 0) continue;
    const { claims, to } = (await look?.()) ?? { claims: [], to: "no time: nobody has looked" };
    const enrolled = claims.filter(
      ({ kind, name, verdict }) => kind === "user-mfa" && users.includes(name) && verdict === "seen",
    );
    if (enrolled.length === 0)
      throw new BaselineError(
        lostProblems(
          plan.name,
          [
            `users go, and none of those that stay (${users.join(", ")}) was seen with a password and an MFA device at ${to}`,
          ],
          environment,
        ),
        3,
      );
  }
}

/** The same for a stack, of what is known of it. */
export function lostProblems(stack: string, lost: readonly string[], environment: string): readonly Problem[] {
  return lost.map((what) => ({
    code: "DELIVERY-EMERGENCY-ACCESS",
    message: `${stack} would take emergency access away before something else is in its place: ${what}.`,
    fix: `It was not applied. The order that is safe, make the new one or another sign-in path, verify it, take the old one: docs/large-changes.md. ${KEYLESS} dismantle ${environment} ${stack} takes the old one, when another sign-in path is seen in every account.`,
  }));
}
