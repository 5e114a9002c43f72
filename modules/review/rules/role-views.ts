import { isAdministratorPolicy } from "../../policy/administrator";
import type { AtomOrigin, PolicyComparison } from "../../policy/compare";
import { asList } from "../../policy/document";
import type { PolicyStatement } from "../../policy/types";
import { documentOf, Held, isDocument, ReviewContext } from "../context";
import {
  makesAdministrators,
  NamedHeld,
  ToldWith,
  reviewIdentityPolicies,
  reviewPolicy,
  trustedBy,
} from "../policy-changes";
import { completeText, listOf, say, Sentence, words } from "../sentence";
import { ResourceChange, SideName, soleReference, text } from "../../terraform/stack-plan";
import { farthestOf, reachText } from "../reach";
import { boundedBy, entryLoss, Purpose } from "./way-in";
import { statementText, whoIs } from "../statements";
import type { Area, StatementLine } from "../types";
import { uniqueSorted } from "../../kernel/lists";
import { count } from "../../kernel/words";

/** A role as it is on one side, from Terraform or from a StackSet's template. */
export interface RoleView {
  readonly name: string;
  readonly path: string;
  readonly trust: Held;
  readonly managed: readonly string[];
  readonly inline: readonly NamedHeld[];
  readonly boundary?: string;
  readonly maxSessionSeconds?: number;
  /** Something of it is not known before it is applied. */
  readonly open: readonly string[];
  /** Lists of it that change and are marked sensitive. @default none */
  readonly secret?: readonly string[];
}

export interface RoleSetting {
  /** `Role app`, `SecurityBreakGlass in 13 accounts` */
  readonly subject: Sentence;
  readonly area: Area;
  readonly resources: readonly ResourceChange[];
  readonly accountId: string;
  /** Accounts that the role is in, where they are known one by one. @default - those that a StackSet reaches */
  readonly accounts?: readonly string[];
  /** The way back in, or a role that keeps the guards working: losing it is worse than gaining something. */
  readonly guard: boolean;
  readonly breakGlass: boolean;
  /** What it lost was a guard's: what only becomes one loses nothing of a guard. @default - as `guard` */
  readonly wasGuard?: boolean;
}

/**
 * Says what a change of a role means: who may become it, and what it may do.
 *
 * @returns whether its policies that are read give it something that they did not
 */
export function reviewRole(
  context: ReviewContext,
  before: RoleView | undefined,
  after: RoleView | undefined,
  setting: RoleSetting,
): boolean {
  const { subject, area, resources } = setting;
  if (!before && !after) return false;
  if (!before) {
    context.add({
      class: "weakens",
      area,
      sentence: say`${subject} is new: ${trustedBy(after!.trust)}${trustReach(context, after!.trust, setting)} may become it${words(permissionsOf(after!) ? ", with " : "")}${permissionsSentence(after!)}.`,
      resources,
      diff: statementsOf(after!),
      binding: after,
      administrator:
        after!.managed.some(isAdministrators) || after!.inline.some(({ held }) => makesAdministrators(held)),
    });
    const unread = [{ name: "its trust policy", held: after!.trust }, ...after!.inline].flatMap(({ name, held }) =>
      isDocument(held) || held === "absent" ? [] : [name],
    );
    const open = [...unread, ...after!.open, ...(after!.secret ?? [])];
    if (open.length > 0)
      context.add({
        class: "unknown",
        area,
        sentence: say`${subject}: ${listOf(open)} cannot be read before it is applied.`,
        resources,
      });
    return true;
  }
  if (!after) {
    context.add({
      class: setting.guard ? "destroys-guard" : "strengthens",
      area,
      sentence: setting.breakGlass
        ? say`${subject} is deleted: emergency access is gone there.`
        : say`${subject} is deleted; ${trustedBy(before.trust)} could become it.`,
      resources,
    });
    return false;
  }
  const [from, to] = [`${before.path}${before.name}`, `${after.path}${after.name}`];
  if (from !== to)
    context.add({
      class: setting.guard ? "destroys-guard" : "unknown",
      area,
      sentence: say`Role ${from} becomes ${to}${words(" (")}${subject}${words("): policies that name it no longer mean it.")}`,
      resources,
    });
  const roleArn = `arn:aws:iam::${setting.accountId}:role${after.path}${after.name}`;
  if (after.open.length > 0)
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject}: ${listOf(after.open)} is not known before it is applied.`,
      resources,
    });
  const secret = after.secret ?? [];
  if (secret.length > 0)
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject}: ${listOf(secret)} changes, and is marked sensitive.`,
      resources,
    });
  const entry = setting.guard
    ? entryLoss(before.trust, after.trust, {
        roleArn,
        accountId: setting.accountId,
        fromInternet: setting.breakGlass,
      })
    : undefined;
  // Of the way back in it is not enough that somebody is left: whether people come from where they still may, the proofs say, or nobody.
  const fewer = entry?.how === "fewer" && setting.breakGlass && !context.provesWayIn;
  if (entry?.how === "nobody")
    context.add({
      class: "destroys-guard",
      area,
      sentence: say`${words(setting.breakGlass ? "Lock-out: " : "")}nobody who could become ${subject} before still can${words(setting.breakGlass ? ", from any network of the internet" : "")} (proven for those whom its trust policy named).`,
      resources,
      witnesses: entry.witnesses,
      lockOut: true,
    });
  if (fewer)
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject} can be assumed in fewer cases than before; whether people still get in where they are is not known here.`,
      resources,
      witnesses: entry.witnesses,
    });
  if (setting.breakGlass) context.wayIn.push({ before: before.trust, after: after.trust, setting });
  reviewPolicy(context, {
    kind: "resource",
    subject,
    what: words("its trust policy"),
    area,
    before: [{ name: "trust", held: before.trust }],
    after: [{ name: "trust", held: after.trust }],
    resources,
    setting: { accountId: setting.accountId, resource: roleArn },
    gains: (comparison) => trustGains(subject, comparison, setting.breakGlass),
    losses: (comparison) => trustLosses(subject, comparison),
    ...(entry?.how === "nobody" ||
    (setting.breakGlass && isDocument(after.trust) && !after.trust.document.Statement.some((s) => s.Effect === "Allow"))
      ? { lossClass: "destroys-guard" as const }
      : fewer
        ? { lossClass: "unknown" as const }
        : {}),
  });
  reviewManaged(context, before.managed, after.managed, setting);
  const gained = reviewIdentityPolicies(context, {
    subject,
    what: words("its inline policies"),
    area,
    before: before.inline,
    after: after.inline,
    resources,
    setting: { accountId: setting.accountId },
    othersAllow: before.managed.length + after.managed.length > 0,
    ...((setting.wasGuard ?? setting.guard) ? { lossClass: "destroys-guard" as const } : {}),
  });
  reviewBoundary(context, before.boundary, after.boundary, {
    ...setting,
    ...(setting.guard
      ? { keeps: { arn: roleArn, purpose: setting.breakGlass ? ("recovery" as const) : ("other" as const) } }
      : {}),
  });
  reviewSeconds(context, before.maxSessionSeconds, after.maxSessionSeconds, setting);
  return gained;
}

/** ` (public access)`, where the trust of a role goes beyond the organization. */
function trustReach(context: ReviewContext, trust: Held, { accountId }: RoleSetting): Sentence {
  if (!isDocument(trust)) return words("");
  const home = { accountId, organization: context.names.organization };
  const farthest = farthestOf(trust.document.Statement, home)?.reach;
  // Services that a role trusts act for its own account.
  return farthest === "service" || (farthest === "outside" && !context.names.organization)
    ? words("")
    : reachText(farthest, home);
}

/** Every statement of a role that is new: who may become it, and what it may do. */
function statementsOf(role: RoleView): readonly StatementLine[] {
  return [{ name: "trust", held: role.trust }, ...role.inline].flatMap(({ name, held }) =>
    isDocument(held)
      ? held.document.Statement.map((statement): StatementLine => ({
          sign: "+",
          text: `${name}: ${statementText(statement)}`,
        }))
      : [],
  );
}

export function reviewManaged(
  context: ReviewContext,
  before: readonly string[],
  after: readonly string[],
  setting: Pick<RoleSetting, "subject" | "area" | "resources" | "guard" | "wasGuard"> & {
    /** Who holds it is not in the plan: it may be somebody who must get in. @default false */
    readonly unseen?: boolean;
    /** What is gained makes administrators by its text. @default - only AWS's own do */
    readonly administrator?: boolean;
  },
): void {
  const { subject, area, resources, guard, wasGuard = guard, unseen = false } = setting;
  const gained = after.filter((arn) => !before.includes(arn));
  const lost = before.filter((arn) => !after.includes(arn));
  for (const arn of gained)
    context.add({
      // What is denied everything is no way in, and keeps nothing working.
      class: isDenyingPolicy(arn) ? (guard ? "destroys-guard" : unseen ? "unknown" : "strengthens") : "weakens",
      area,
      sentence: isDenyingPolicy(arn)
        ? say`${subject} is denied what ${policyName(arn)} denies${words(unseen && !guard ? "; whether it is one of those who must get in is not in the plan." : ".")}`
        : say`${subject} gains ${policyName(arn)}.`,
      resources,
      administrator: isAdministrators(arn) || setting.administrator === true,
    });
  for (const arn of lost) {
    // Of a policy that is not AWS's nobody here has read what it denies.
    const unread = !isDenyingPolicy(arn) && !/^arn:[^:]*:iam::aws:policy\//.test(inPartition(arn));
    context.add({
      class: isDenyingPolicy(arn) ? "weakens" : wasGuard ? "destroys-guard" : unread ? "unknown" : "strengthens",
      area,
      sentence: say`${subject} loses ${policyName(arn)}${words(unread ? ": what it denied, if anything, is not in the plan." : ".")}`,
      resources,
    });
  }
}

/** Policies of AWS's own that only deny. Anybody may give a policy of his own such a name. */
export function isDenyingPolicy(arn: string): boolean {
  return /^arn:[^:]*:iam::aws:policy\/(AWSDenyAll|AWSCompromisedKeyQuarantine(V\d+)?)$/.test(inPartition(arn));
}

export function reviewBoundary(
  context: ReviewContext,
  before: string | undefined,
  after: string | undefined,
  setting: Pick<RoleSetting, "subject" | "area" | "resources"> & {
    /** A principal that guards are kept by, or that is a way in. @default - nobody's guard */
    readonly keeps?: { readonly arn: string; readonly purpose: Purpose };
  },
): void {
  if (before === after) return;
  const { subject, area, resources, keeps } = setting;
  if (after !== undefined && keeps !== undefined) {
    const bounded = boundedBy(context, after, keeps.arn, keeps.purpose);
    if (bounded !== "whole") {
      context.add({
        class: typeof bounded === "object" ? "destroys-guard" : "unknown",
        area,
        sentence:
          typeof bounded === "object"
            ? say`${words(keeps.purpose === "other" ? "" : "Lock-out: ")}${subject} is bounded by ${policyName(after)}, which does not allow all that it is there for.`
            : say`${subject} is bounded by ${policyName(after)}, whose text is not in the plan: whether it still can do what it is there for is not known here.`,
        resources,
        ...(typeof bounded === "object" ? { witnesses: [bounded], lockOut: true } : {}),
      });
      return;
    }
  }
  if (after === undefined)
    context.add({
      class: "weakens",
      area,
      sentence: say`${subject} is no longer bounded by ${policyName(before!)}.`,
      resources,
    });
  else if (before === undefined)
    context.add({
      class: "strengthens",
      area,
      sentence: say`${subject} is bounded by ${policyName(after)}.`,
      resources,
    });
  else
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject} is bounded by ${policyName(after)} instead of ${policyName(before)}; what either permits is not in the plan.`,
      resources,
    });
}

function reviewSeconds(
  context: ReviewContext,
  before: number | undefined,
  after: number | undefined,
  setting: RoleSetting,
): void {
  if (before === undefined || after === undefined || before === after) return;
  context.add({
    class: after > before ? "weakens" : "strengthens",
    area: setting.area,
    sentence: say`${setting.subject}: sessions last up to ${words(duration(after))} instead of ${words(duration(before))}.`,
    resources: setting.resources,
  });
}

export function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.round((seconds % 3600) / 60)];
  const parts = [hours > 0 ? count(hours, "hour") : "", minutes > 0 ? `${minutes} minutes` : ""].filter(Boolean);
  return parts.join(" ") || `${seconds} seconds`;
}

/** Whoever holds one of these can give himself everything else. */
export function isAdministrators(arn: string): boolean {
  return isAdministratorPolicy(inPartition(arn));
}

/** Templates of CloudFormation leave the partition to AWS. */
function inPartition(arn: string): string {
  return arn.replace("${AWS::Partition}", "aws");
}

/** Whether the policy of an attachment makes administrators: one of AWS's by its ARN, one of the plans by its text, of several that it may be one. */
export function attachesAdministrators(context: ReviewContext, attachment: ResourceChange, side: SideName): boolean {
  const at = [attachment, "policy_arn", ["aws_iam_policy"], side] as const;
  const policy = context.linked(...at, ["arn", "id"]);
  return (
    isAdministrators(text(attachment[side], "policy_arn") ?? "") ||
    (policy ? [policy] : context.candidates(...at)).some((one) => makesAdministrators(documentOf(one, "policy", side)))
  );
}

/** Whether a group, by its name or as it is referred to, makes administrators of its members by a policy that the plans show. */
export function isGroupOfAdministrators(context: ReviewContext, group: string): boolean {
  return context.ofType("aws_iam_group_policy", "aws_iam_group_policy_attachment").some((part) => {
    const owner = part.after && context.linked(part, "group", ["aws_iam_group"], "after", ["id", "name"]);
    const names = [text(part.after, "group"), owner?.address, ...["id", "name"].map((one) => text(owner?.after, one))];
    return (
      names.includes(soleReference(group)?.address ?? group) &&
      (part.type === "aws_iam_group_policy"
        ? makesAdministrators(documentOf(part, "policy", "after"))
        : attachesAdministrators(context, part, "after"))
    );
  });
}

/** `AdministratorAccess`; policies that are not AWS's by their account too. */
export function policyName(arn: string): string {
  const match = /^arn:[^:]*:iam::(aws|\d{12}):policy\/(.+)$/.exec(inPartition(arn));
  if (!match) return arn;
  return match[1] === "aws" ? match[2]! : `${match[2]!} of account ${match[1]!}`;
}

function permissionsOf(role: RoleView): boolean {
  return role.managed.length > 0 || role.inline.length > 0;
}

function permissionsSentence(role: RoleView): Sentence {
  return listOf([...role.managed.map(policyName), ...role.inline.map(({ name }) => say`inline policy ${name}`)], 4);
}

/** What a wider trust policy means, for the conditions that people know by name. */
function trustGains(subject: Sentence, comparison: PolicyComparison, breakGlass: boolean): readonly ToldWith[] {
  const prefix = breakGlass ? words("Break glass: ") : words("");
  const found = new Map<
    string,
    { readonly sentence: Sentence; readonly witnesses: PolicyComparison["gained"][number][] }
  >();
  const gone = conditionsGone(comparison);
  const known = namedPrincipals(comparison.statements.before);
  for (const witness of comparison.gained) {
    const { request } = witness;
    const add = (key: string, sentence: Sentence): void => {
      const told = found.get(key);
      if (told) told.witnesses.push(witness);
      else found.set(key, { sentence, witnesses: [witness] });
    };
    // Somebody who was not named before is told as such, whatever else changes.
    const named = witness.atom.conditions.flatMap(({ operator, key, values }) =>
      key === PRINCIPAL_ARN && !operator.includes("Not") ? values : [],
    );
    const missing = named.length > 0 && !named.some((arn) => known.has(arn)) ? new Set<string>() : gone;
    const context = new Map(
      Object.entries(request.context ?? {}).map(([key, value]) => [
        key.toLowerCase(),
        { key, value: String(value as unknown) },
      ]),
    );
    if (missing.has("aws:multifactorauthpresent"))
      add("mfa", say`${prefix}MFA is no longer required to assume ${subject}.`);
    else if (missing.has("aws:multifactorauthage"))
      add("age", say`${prefix}the MFA sign-in may be older when ${subject} is assumed${words(agesOf(comparison))}.`);
    else if (missing.has("aws:sourceip"))
      add(
        "ip",
        context.has("aws:sourceip")
          ? say`${prefix}${subject} can be assumed from other networks than before, for example ${context.get("aws:sourceip")!.value}.`
          : say`${prefix}${subject} can be assumed from any network.`,
      );
    else if (missing.has("sts:rolesessionname"))
      add("name", say`${prefix}the session of ${subject} need no longer carry the user's name.`);
    else {
      const usual = new Set(["aws:multifactorauthpresent", "aws:multifactorauthage", "sts:rolesessionname"]);
      const telling = [...context]
        .filter(([name]) => !usual.has(name))
        .map(([, { key, value }]) => say`${key} is ${value}`);
      const who = whoIs(witness);
      add(
        `${completeText(who)} ${[...context.values()].map(({ key, value }) => `${key}=${value}`).join()}`,
        telling.length > 0
          ? say`${prefix}${who} can now assume ${subject} when ${listOf(telling, 3)}.`
          : say`${prefix}${who} can now assume ${subject}.`,
      );
    }
  }
  return [...found.values()];
}

const PRINCIPAL_ARN = "aws:principalarn";

/**
 * What a statement's conditions compare a key with.
 *
 * @param wanted in lower case
 * @param operators @default - all of them
 */
function conditionValues({ Condition }: PolicyStatement, wanted: string, operators = /^/): readonly string[] {
  return Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    operators.test(operator)
      ? Object.entries(keys).flatMap(([key, values]) =>
          key.toLowerCase() === wanted ? asList(values).map(String) : [],
        )
      : [],
  );
}

/** ARNs that a trust policy lets in by a condition on who calls. */
function namedPrincipals(origins: readonly AtomOrigin[]): ReadonlySet<string> {
  return new Set(
    origins
      .filter(({ source }) => source.Effect === "Allow")
      .flatMap(({ source }) => conditionValues(source, PRINCIPAL_ARN)),
  );
}

/** `: up to 4 hours instead of 1 hour`, where each side has one limit. */
function agesOf(comparison: PolicyComparison): string {
  const limit = (origins: readonly AtomOrigin[]): string | undefined => {
    const found = origins
      .filter((origin) => origin.source.Effect === "Allow")
      .map(({ source }) => {
        const values = conditionValues(source, "aws:multifactorauthage", /^NumericLessThan(Equals)?$/);
        return values.length === 0
          ? "of any age"
          : values.length === 1 && /^\d+$/.test(values[0]!)
            ? `up to ${duration(Number(values[0]))}`
            : undefined;
      });
    return found.length === 1 ? found[0] : undefined;
  };
  const [before, after] = [limit(comparison.statements.before), limit(comparison.statements.after)];
  return before === undefined || after === undefined ? "" : `: ${after} instead of ${before.replace("up to ", "")}`;
}

/** Condition keys that the same statement had before, and has no longer in the same form; `key` as the policy writes it. */
function conditionsGone(comparison: PolicyComparison): ReadonlySet<string> {
  return new Set(
    keysLeft(comparison.statements.before, comparison.statements.after, comparison).map((key) => key.toLowerCase()),
  );
}

/** Keys of conditions of the statements that differ which `from` has and `to` has not in the same form. */
function keysLeft(
  from: readonly AtomOrigin[],
  to: readonly AtomOrigin[],
  comparison: PolicyComparison,
): readonly string[] {
  const id = (origin: AtomOrigin): string => `${origin.policy} ${origin.sid ?? origin.statement}`;
  const touched = new Set([...comparison.added, ...comparison.removed].map(({ origin }) => id(origin)));
  const forms = (origins: readonly AtomOrigin[]): ReadonlyMap<string, string> =>
    new Map(
      origins
        .filter((origin) => touched.has(id(origin)))
        .flatMap((origin) =>
          Object.entries(origin.source.Condition ?? {}).flatMap(([operator, keys]) =>
            Object.entries(keys).map(
              ([key, values]) =>
                [`${id(origin)} ${operator} ${key.toLowerCase()} ${JSON.stringify(values)}`, key] as const,
            ),
          ),
        ),
    );
  const others = forms(to);
  return uniqueSorted([...forms(from)].filter(([form]) => !others.has(form)).map(([, key]) => key));
}

function trustLosses(subject: Sentence, comparison: PolicyComparison): readonly ToldWith[] {
  const keys = keysLeft(comparison.statements.after, comparison.statements.before, comparison);
  if (keys.length > 0)
    return [{ sentence: say`${subject} can be assumed in fewer cases: ${listOf(keys, 4)} must be other than before.` }];
  const who = [...new Map(comparison.lost.map((w) => [completeText(whoIs(w)), whoIs(w)])).values()];
  return [{ sentence: say`${listOf(who, 3)} can no longer assume ${subject}.` }];
}
