import { asList } from "../../policy/document";
import { accountOfArn } from "../../policy/evaluate";
import { canonicalJson, isObject } from "../../kernel/json";
import { BREAK_GLASS_USER_PATH } from "../../sections/break-glass/names";
import { KEYLESS_ROLE_PATH } from "../../sections/credential-hygiene/names";
import {
  bindingOf,
  changedWith,
  documentOf,
  Held,
  isDocument,
  NO_ACCOUNT,
  parsePolicy,
  Parts,
  ReviewContext,
} from "../context";
import { NamedHeld, reviewPolicy } from "../policy-changes";
import { areaOfStack, guardOf } from "./area";
import {
  attachesAdministrators,
  isAdministrators,
  isGroupOfAdministrators,
  reviewBoundary,
  reviewManaged,
  reviewRole,
  RoleView,
} from "./role-views";
import { reviewRemade } from "./replacements";
import { listOf, say, Sentence, words } from "../sentence";
import {
  Attributes,
  isChanged,
  isReplacement,
  ResourceChange,
  shownName,
  SideName,
  text,
  texts,
} from "../../terraform/stack-plan";
import type { Area } from "../types";
import { unique } from "../../kernel/lists";

/** IAM roles and users with their policies, as Terraform holds them. */

const ROLE = "aws_iam_role";
const USER = "aws_iam_user";
const INLINE = "aws_iam_role_policy";
const MANAGED = "aws_iam_role_policy_attachment";

export function reviewRoles(context: ReviewContext): void {
  const parts = context.ofType(INLINE, MANAGED);
  context.understand(...context.ofType(ROLE), ...parts);
  const bound = context.bound(parts, "role", [ROLE], ["id", "name"]);
  for (const { part, sides } of bound.lone) reviewLonePart(context, part, sides);
  for (const role of context.ofType(ROLE)) {
    const own = bound.of(role);
    const policies = [...own.before, ...own.after].flatMap((part) =>
      (["before", "after"] as const).flatMap(
        (side) => (part[side] && context.linked(part, "policy_arn", ["aws_iam_policy"], side, ["arn", "id"])) ?? [],
      ),
    );
    const resources = unique([...changedWith(role, own), ...policies.filter(isChanged)]);
    if (resources.length === 0) continue;
    const name = shownName(role);
    const accountId = accountOf(role);
    const [was, is] = [viewOf(context, role, own, "before"), viewOf(context, role, own, "after")];
    const kind = roleKind(role, was, is);
    reviewRemade(context, role, kind.guard, kind.area);
    const subject = say`${words(kind.breakGlass ? "" : "Role ")}${name}${inAccount(context, accountId)}`;
    const gained = reviewRole(context, was, is, {
      subject,
      area: kind.area,
      resources,
      accountId: accountId ?? NO_ACCOUNT,
      ...(accountId === undefined ? {} : { accounts: [accountId] }),
      guard: kind.guard,
      breakGlass: kind.breakGlass,
      wasGuard: was !== undefined && roleKind(role, was, undefined).guard,
    });
    for (const { part, policy } of doubtful(context, own, was, gained))
      context.add({
        class: "unknown",
        area: kind.area,
        sentence: say`${subject}: which policy ${part.address} attaches is not known before it is applied; the plan shows that its ARN is made of ${policy.address}, and not how.`,
        resources: [part],
        binding: bindingOf(part),
      });
  }
}

/**
 * Attachments of a policy whose ARN is not known yet that nothing has been said of. A plan shows what a value is made of, and not how:
 * `aws_iam_policy.p.arn` and `aws_iam_policy.p.arn == "" ? "" : "…/AdministratorAccess"` look alike in it. That a new policy gives something
 * is told; that nothing is given, or that it is what there was before, is not taken on trust.
 */
function doubtful(
  context: ReviewContext,
  { after }: Parts,
  was: RoleView | undefined,
  gained: boolean,
): readonly { readonly part: ResourceChange; readonly policy: ResourceChange }[] {
  const allowed = (held: Held): readonly string[] =>
    isDocument(held) ? held.document.Statement.filter(({ Effect }) => Effect === "Allow").map(canonicalJson) : [];
  const had = new Set(was?.inline.flatMap(({ held }) => allowed(held)));
  return after.flatMap((part) => {
    if (part.type !== MANAGED || !isChanged(part) || !part.unknown.has("policy_arn")) return [];
    const policy = context.linked(part, "policy_arn", ["aws_iam_policy"], "after", ["arn", "id"]);
    if (!policy) return [];
    const gives = gained && allowed(documentOf(policy, "policy", "after")).some((one) => !had.has(one));
    return part.before || policy.before || !gives ? [{ part, policy }] : [];
  });
}

/** Where it is, and not where it is felt: a role reaches into other accounts, so that the sentence states no places. */
function inAccount(context: ReviewContext, accountId: string | undefined): Sentence {
  return accountId ? say` in account ${context.names.account(accountId)}` : words("");
}

/** From its ARN, or from its provider: a role that does not exist yet has no ARN. */
function accountOf(resource: ResourceChange): string | undefined {
  for (const side of ["after", "before"] as const) {
    const arn = text(resource[side], "arn");
    if (arn && accountOfArn(arn)) return accountOfArn(arn);
  }
  return resource.account;
}

/** The administrator role of every account, wherever it is written down (the default of `breakGlass.roleName`). */
const BREAK_GLASS_ROLES: ReadonlySet<string> = new Set(["SecurityBreakGlass"]);

/**
 * What a role is: by what it is on either side, so that an edit that makes it look like something else is judged as an edit of what it was.
 * What its stack says can only add to that.
 *
 * - a role below the path of this baseline's own keeps guards working
 * - a role that gives administrator rights for MFA is a way back in
 * - every role of a stack that says it holds break glass is part of it
 * - every role of a stack that says it holds the pipeline keeps everything manageable
 */
export function roleKind(
  resource: Pick<ResourceChange, "kinds">,
  before: RoleView | undefined,
  after: RoleView | undefined,
): { readonly area: Area; readonly guard: boolean; readonly breakGlass: boolean } {
  const views = [before, after].flatMap((view) => view ?? []);
  const ours = views.some(({ path }) => path === KEYLESS_ROLE_PATH);
  // What is judged is a role, wherever it is written: a resource, a policy of it, a template of a StackSet.
  const inBreakGlass = guardOf({ ...resource, type: "aws_iam_role" })?.section === "breakGlass";
  const breakGlass =
    views.some((view) => isWayBackIn(view) || (!ours && BREAK_GLASS_ROLES.has(view.name))) ||
    (inBreakGlass && !views.every(isForService) && !ours);
  return {
    area: areaOfStack(resource, breakGlass ? "break-glass" : "roles"),
    guard: ours || breakGlass || inBreakGlass || (resource.kinds ?? []).includes("pipeline"),
    breakGlass,
  };
}

/** By name and path alone, where nothing else of the role is at hand: the way back in, or one that keeps guards working. */
export function isNamedAsGuard({ type, before, after }: ResourceChange): boolean {
  return (
    type === "aws_iam_role" &&
    [before, after].some(
      (side) => text(side, "path") === KEYLESS_ROLE_PATH || BREAK_GLASS_ROLES.has(text(side, "name") ?? ""),
    )
  );
}

/** Administrator rights for whoever has signed in with MFA. */
function isWayBackIn({ trust, managed }: RoleView): boolean {
  return (
    managed.some(isAdministrators) &&
    isDocument(trust) &&
    trust.document.Statement.some(
      (statement) =>
        statement.Effect === "Allow" &&
        Object.entries(statement.Condition ?? {}).some(
          ([operator, keys]) =>
            operator.toLowerCase() === "bool" &&
            Object.entries(keys).some(
              ([key, values]) =>
                key.toLowerCase() === "aws:multifactorauthpresent" &&
                asList(values).some((one) => String(one) === "true"),
            ),
        ),
    )
  );
}

/** Nobody signs in to it: services assume it. */
function isForService({ trust }: RoleView): boolean {
  return (
    isDocument(trust) &&
    trust.document.Statement.some(
      ({ Principal }) => typeof Principal === "object" && Object.keys(Principal).some((kind) => kind === "Service"),
    )
  );
}

/** What a role holds on each side: one picture, in which parts of the plan and what the provider has seen in AWS stand once. */
function viewOf(context: ReviewContext, role: ResourceChange, parts: Parts, side: SideName): RoleView | undefined {
  const attributes = role[side];
  if (!attributes) return undefined;
  const boundary = text(attributes, "permissions_boundary");
  const seconds = Number(text(attributes, "max_session_duration") ?? "3600");
  const present = parts[side];
  const managed = seenAndPlanned(role, parts, side, {
    attribute: "managed_policy_arns",
    seen: (own) => new Map(texts(own, "managed_policy_arns").map((arn) => [arn, arn])),
    planned: (part, at) => {
      const arn = part.type === MANAGED ? text(part[at], "policy_arn") : undefined;
      return arn === undefined ? undefined : [arn, arn];
    },
  });
  // Of a managed policy that is in the plan the statements are known: they count, not its name.
  const known = present.flatMap((part): readonly { readonly arn: string | undefined; readonly named: NamedHeld }[] => {
    const policy =
      part.type === MANAGED ? context.linked(part, "policy_arn", ["aws_iam_policy"], side, ["arn", "id"]) : undefined;
    if (!policy?.[side]) return [];
    const name = text(policy[side], "name") ?? policy.name;
    return [{ arn: text(part[side], "policy_arn"), named: { name, held: documentOf(policy, "policy", side) } }];
  });
  const arns = new Set(known.map(({ arn }) => arn));
  const inline = seenAndPlanned(role, parts, side, {
    attribute: "inline_policy",
    seen: inlineBlocks,
    planned: (part, at): readonly [string, NamedHeld] | undefined => {
      if (part.type !== INLINE) return undefined;
      const name = text(part[at], "name") ?? part.address;
      return [name, { name: text(part[at], "name") ?? part.name, held: documentOf(part, "policy", at) }];
    },
  });
  const open = present
    .filter(
      (part) =>
        part.type === MANAGED &&
        side === "after" &&
        part.unknown.has("policy_arn") &&
        !context.linked(part, "policy_arn", ["aws_iam_policy"], side, ["arn", "id"]),
    )
    .map((part) => part.address);
  return {
    name: shownName(role, attributes),
    path: text(attributes, "path") ?? "/",
    trust: documentOf(role, "assume_role_policy", side),
    managed: [...managed.held.values()].filter((arn) => !arns.has(arn)).sort(),
    inline: [...inline.held.values(), ...known.map(({ named }) => named)].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(boundary ? { boundary } : {}),
    maxSessionSeconds: seconds,
    open: [
      ...open,
      ...managed.open,
      ...inline.open,
      ...(side === "after" && role.unknown.has("permissions_boundary") ? ["permissions_boundary"] : []),
    ],
    secret: [managed, inline].flatMap(({ secret }) => secret ?? []),
  };
}

/** A list that the provider reads from AWS and that other resources of the plan write: `managed_policy_arns`, `inline_policy`. */
interface SharedList<T> {
  readonly attribute: string;
  /** What the role's own attribute shows, by what identifies a member. */
  readonly seen: (attributes: Attributes) => ReadonlyMap<string, T>;
  readonly planned: (part: ResourceChange, side: SideName) => readonly [string, T] | undefined;
}

/**
 * Where the configuration writes the list, it is what there will be. Otherwise the provider has filled in what it has seen: that stays,
 * but for what the plan takes away.
 */
function seenAndPlanned<T>(
  role: ResourceChange,
  parts: Parts,
  side: SideName,
  { attribute, seen, planned }: SharedList<T>,
): { readonly held: ReadonlyMap<string, T>; readonly open: readonly string[]; readonly secret?: string } {
  // Two resources may write one policy, by the same name: which of them AWS is left with nobody knows, so both count.
  const members = (at: SideName): ReadonlyMap<string, T> => {
    const found = new Map<string, T>();
    for (const part of parts[at]) {
      const [key, one] = planned(part, at) ?? [];
      if (key !== undefined && one !== undefined) found.set(found.has(key) ? `${key} ${part.address}` : key, one);
    }
    return found;
  };
  const was = role.before ? seen(role.before) : new Map<string, T>();
  const before = new Map([...was, ...members("before")]);
  if (side === "before") return { held: before, open: [] };
  const after = members("after");
  const list = role.after ? seen(role.after) : new Map<string, T>();
  const differs = canonicalJson(role.before?.[attribute] ?? null) !== canonicalJson(role.after?.[attribute] ?? null);
  // Two synths have no configuration, and the expressions of a plan leave out what `dynamic` blocks write: there the list tells. In an update
  // what AWS has filled in stays as it is.
  const updated = role.written !== undefined && role.before !== undefined && !isReplacement(role);
  const written = role.written?.has(attribute) === true || (differs && (updated || list.size > 0));
  const isSecret = written && differs && role.sensitive.has(attribute);
  if (written && !isSecret)
    return role.unknown.has(attribute)
      ? { held: after, open: [attribute] }
      : { held: new Map([...list, ...after]), open: [] };
  // A role that is made again begins with nothing.
  const kept = isReplacement(role) ? [] : [...before].filter(([key]) => !members("before").has(key));
  return { held: new Map([...kept, ...after]), open: [], ...(isSecret ? { secret: attribute } : {}) };
}

function inlineBlocks(attributes: Attributes): ReadonlyMap<string, NamedHeld> {
  const list: unknown = attributes["inline_policy"];
  return new Map(
    (Array.isArray(list) ? (list as unknown[]) : [list]).filter(isObject).flatMap((one) => {
      const [name, policy] = [text(one, "name"), text(one, "policy")];
      if (!name && !policy) return [];
      const shown = name ?? "inline policy";
      return [[shown, { name: shown, held: policy ? parsePolicy(policy) : "unknown" }] as const];
    }),
  );
}

/** A role of which only the name is known. */
const NOTHING_KNOWN: RoleView = { name: "", path: "/", trust: "absent", managed: [], inline: [], open: [] };

/** A policy of a role that is not in the plan. */
function reviewLonePart(context: ReviewContext, whole: ResourceChange, sides: readonly SideName[]): void {
  const { before, after, ...rest } = whole;
  const part: ResourceChange = {
    ...rest,
    ...(before && sides.includes("before") ? { before } : {}),
    ...(after && sides.includes("after") ? { after } : {}),
  };
  const of = (side: SideName): string | undefined => context.valueOrReference(part, "role", side);
  if (part.before && part.after && of("before") !== of("after")) {
    reviewLonePart(context, part, ["before"]);
    reviewLonePart(context, part, ["after"]);
    return;
  }
  const role =
    context.valueOrReference(part, "role", part.after ? "after" : "before") ?? "a role that is not known yet";
  const kind = roleKind(part, undefined, { ...NOTHING_KNOWN, name: role.replace(/^.*\//, "") });
  const subject = say`${words(kind.breakGlass ? "" : "Role ")}${role}`;
  if (part.type === MANAGED) {
    const arns = (side: SideName): readonly string[] =>
      part[side] ? [text(part[side], "policy_arn") ?? "a policy that is not known yet"] : [];
    reviewManaged(context, arns("before"), arns("after"), {
      subject,
      area: kind.area,
      resources: [part],
      guard: kind.guard,
      unseen: true,
      administrator: attachesAdministrators(context, part, "after"),
    });
  } else {
    const held = (side: SideName) =>
      part[side] ? [{ name: text(part[side], "name") ?? part.name, held: documentOf(part, "policy", side) }] : [];
    reviewPolicy(context, {
      kind: "identity",
      subject,
      what: words("its inline policies"),
      area: kind.area,
      before: held("before"),
      after: held("after"),
      resources: [part],
      setting: { accountId: NO_ACCOUNT },
      ...(kind.guard ? { lossClass: "destroys-guard" as const } : {}),
    });
  }
}

/** IAM users: each one is a carrier of long-term credentials, but for those of break glass. */
export function reviewUsers(context: ReviewContext): void {
  const parts = context.ofType(
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_login_profile",
    "aws_iam_access_key",
    "aws_iam_user_group_membership",
  );
  context.understand(...context.ofType(USER), ...parts);
  for (const user of context.ofType(USER)) {
    if (!isChanged(user)) continue;
    const subject = userSubject(user);
    const area = isBreakGlassUser(user) ? "break-glass" : "roles";
    if (!user.before)
      context.add({
        class: "weakens",
        area,
        sentence: isBreakGlassUser(user)
          ? say`${subject} is added: one more who may become administrator of every account.`
          : say`${subject} is added: a carrier of long-term credentials.`,
        resources: [user],
      });
    else if (!user.after)
      context.add({
        class: isBreakGlassUser(user) ? "destroys-guard" : "strengthens",
        area,
        sentence: say`${subject} is deleted.`,
        resources: [user],
      });
    else {
      reviewRemade(context, user, isBreakGlassUser(user), area);
      // The provider reads an empty text where there is none.
      const boundary = (side: SideName): string | undefined => text(user[side], "permissions_boundary") || undefined;
      reviewBoundary(context, boundary("before"), boundary("after"), {
        subject,
        area,
        resources: [user],
        ...(isBreakGlassUser(user)
          ? {
              keeps: {
                arn: `arn:aws:iam::${accountOf(user) ?? NO_ACCOUNT}:user${text(user.after, "path") ?? "/"}${text(user.after, "name") ?? ""}`,
                purpose: "entry" as const,
              },
            }
          : {}),
      });
      const [from, to] = [
        `${text(user.before, "path") ?? "/"}${text(user.before, "name") ?? ""}`,
        `${text(user.after, "path") ?? "/"}${text(user.after, "name") ?? ""}`,
      ];
      if (from !== to)
        context.add({
          class: isBreakGlassUser(user) ? "destroys-guard" : "unknown",
          area,
          sentence: say`User ${from} becomes ${to}: policies that name it no longer mean it.`,
          resources: [user],
        });
    }
  }
  for (const part of parts.filter(isChanged)) reviewUserPart(context, part);
}

export function isBreakGlassUser(user: ResourceChange): boolean {
  return (
    guardOf(user)?.section === "breakGlass" ||
    [user.before, user.after].some((side) => text(side, "path") === BREAK_GLASS_USER_PATH)
  );
}

function userSubject(user: ResourceChange): Sentence {
  const name = text(user.after ?? user.before, "name") ?? user.name;
  return isBreakGlassUser(user) ? say`Break-glass user ${name}` : say`IAM user ${name}`;
}

function reviewUserPart(context: ReviewContext, part: ResourceChange): void {
  const { before, after, ...rest } = part;
  if (
    before &&
    after &&
    context.valueOrReference(part, "user", "before") !== context.valueOrReference(part, "user", "after")
  ) {
    reviewUserPart(context, { ...rest, before });
    reviewUserPart(context, { ...rest, after });
    return;
  }
  const user = context.linked(part, "user", [USER], part.after ? "after" : "before", ["id", "name"]);
  const subject = user
    ? userSubject(user)
    : say`User ${context.valueOrReference(part, "user", part.after ? "after" : "before") ?? "that is not known yet"}`;
  const area: Area = user && isBreakGlassUser(user) ? "break-glass" : areaOfStack(part, "roles");
  const resources = [part];
  // With its user goes what it may do.
  const goesWithUser = user !== undefined && !user.after;
  switch (part.type) {
    case "aws_iam_access_key":
      context.add({
        class: part.after && part.before ? "unknown" : part.after ? "weakens" : "strengthens",
        area,
        sentence: part.after
          ? say`${subject} has an access key that Terraform manages: its secret is in the state.`
          : say`${subject} loses an access key.`,
        resources,
      });
      return;
    case "aws_iam_user_login_profile": {
      // Another key is another person who can read the password that is made.
      const another = isReplacement(part) || text(part.before, "pgp_key") !== text(part.after, "pgp_key");
      context.add({
        class:
          part.after && (!part.before || another)
            ? "weakens"
            : part.after
              ? "unknown"
              : area === "break-glass" && !goesWithUser
                ? // Without it nobody signs in as the user.
                  "destroys-guard"
                : "strengthens",
        area,
        binding: bindingOf(part),
        sentence:
          part.after && part.before
            ? another
              ? say`${subject} gets a new console password, encrypted to the key in the plan.`
              : say`${subject}: how its password is made changes.`
            : part.after
              ? say`${subject} gets a console password, encrypted to the key in the plan.`
              : say`${subject} loses its console password.`,
        resources,
      });
      return;
    }
    case "aws_iam_user_policy": {
      if (goesWithUser) return;
      const held = (side: SideName) =>
        part[side] ? [{ name: text(part[side], "name") ?? part.name, held: documentOf(part, "policy", side) }] : [];
      reviewPolicy(context, {
        kind: "identity",
        subject,
        what: words("its own policy"),
        area,
        before: held("before"),
        after: held("after"),
        resources,
        setting: { accountId: (user && accountOf(user)) ?? NO_ACCOUNT },
        // Without it nobody gets from the user to the role.
        ...(user && isBreakGlassUser(user) ? { lossClass: "destroys-guard" as const } : {}),
      });
      return;
    }
    case "aws_iam_user_policy_attachment": {
      if (goesWithUser) return;
      const arns = (side: SideName): readonly string[] =>
        part[side] ? [text(part[side], "policy_arn") ?? "a policy that is not known yet"] : [];
      reviewManaged(context, arns("before"), arns("after"), {
        subject,
        area,
        resources,
        guard: area === "break-glass",
        unseen: user === undefined,
        administrator: attachesAdministrators(context, part, "after"),
      });
      return;
    }
    default: {
      const was = texts(part.before, "groups");
      const administrators = texts(part.after, "groups").filter(
        (group) => !was.includes(group) && isGroupOfAdministrators(context, group),
      );
      if (administrators.length > 0)
        context.add({
          class: "weakens",
          area,
          sentence: say`${subject} joins ${listOf(administrators, 4)}, whose members are administrators.`,
          resources,
          administrator: true,
        });
      context.add({
        class: "unknown",
        area,
        sentence: say`${subject}: the groups that it belongs to change.`,
        resources,
        binding: bindingOf(part),
      });
    }
  }
}
