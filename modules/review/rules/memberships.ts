import { documentOf, isDocument, ReviewContext } from "../context";
import { listOf, say, Sentence, words } from "../sentence";
import { ResourceChange, shownName, SideName, soleReference, text, texts } from "../../terraform/stack-plan";
import { addressText, parseAddress } from "../../terraform/address";
import { makesAdministrators } from "../policy-changes";
import { isBreakGlassUser } from "./roles";
import { attachesAdministrators, isDenyingPolicy, policyName } from "./role-views";
import { at, becomes, members, TypeRule } from "./type-rule";

/** Groups of IAM users: whoever comes gets what the group gives, and whoever goes loses what it gives, and what it denies. */

const GROUP = "aws_iam_group";
const INLINE = "aws_iam_group_policy";
const MANAGED = "aws_iam_group_policy_attachment";
const POLICY = "aws_iam_policy";
const USER = "aws_iam_user";

/** Whether a group denied something to its members: `unknown` where not all of its policies can be read. */
type Denies = "denies" | "nothing" | "unknown";

/** What a group denied before the change. A group that demands MFA is one that people must not leave. */
function deniedBy(context: ReviewContext, membership: ResourceChange): Denies {
  const group = context.linked(membership, "group", [GROUP], "before", ["id", "name"]);
  const of = (part: ResourceChange): boolean =>
    part.before !== undefined &&
    (group
      ? context.linked(part, "group", [GROUP], "before", ["id", "name"]) === group
      : text(part.before, "group") === text(membership.before, "group"));
  const found = context
    .ofType(INLINE, MANAGED)
    .filter(of)
    .map((part): Denies => policyDenies(context, part));
  if (found.includes("denies")) return "denies";
  // Of a group that is not in the plan not all policies need be.
  return group === undefined || found.includes("unknown") ? "unknown" : "nothing";
}

function policyDenies(context: ReviewContext, part: ResourceChange): Denies {
  const arn = text(part.before, "policy_arn");
  const policy = part.type === INLINE ? part : context.linked(part, "policy_arn", [POLICY], "before", ["arn", "id"]);
  if (policy) {
    const held = documentOf(policy, "policy", "before");
    if (!isDocument(held)) return "unknown";
    return held.document.Statement.some(({ Effect }) => Effect === "Deny") ? "denies" : "nothing";
  }
  if (arn === undefined) return "unknown";
  return isDenyingPolicy(arn) ? "denies" : /^arn:[^:]*:iam::aws:policy\//.test(arn) ? "nothing" : "unknown";
}

/** Whether a break-glass user that the plans show is a member of a policy's group on one side. Members that they do not show there may be as well. */
function hasBreakGlassUser(context: ReviewContext, part: ResourceChange, side: SideName): boolean {
  const group = context.linked(part, "group", [GROUP], side, ["id", "name"]);
  const isIt = (name: string): boolean =>
    [text(part[side], "group"), group?.address, ...["id", "name"].map((one) => text(group?.[side], one))].includes(
      /^\$\{(.*)\.\w+\}$/.exec(name)?.[1] ?? name,
    );
  return (
    context
      .ofType("aws_iam_group_membership")
      .some(
        (one) =>
          isIt(text(one[side], "group") ?? "") &&
          breakGlassUsersOf(context, texts(one[side], "users"), side).length > 0,
      ) ||
    context.ofType("aws_iam_user_group_membership").some((one) => {
      const user = one[side] && context.linked(one, "user", [USER], side, ["id", "name"]);
      return user !== undefined && isBreakGlassUser(user) && texts(one[side], "groups").some(isIt);
    })
  );
}

/** Those of some users, by name or as they are referred to, that the plans show as break-glass users. */
function breakGlassUsersOf(context: ReviewContext, names: readonly string[], side: SideName): readonly string[] {
  const known = context.ofType(USER).filter(isBreakGlassUser);
  return names.filter((name) =>
    known.some((user) => text(user[side], "name") === name || soleReference(name)?.address === bareOf(user.address)),
  );
}

function bareOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed ? addressText(parsed) : address;
}

/** Whether a break-glass user that the plans show had what a policy gives: attached to the user, or through a group. */
export function holdsForBreakGlass(context: ReviewContext, policy: ResourceChange): boolean {
  if (policy.type === INLINE)
    return hasBreakGlassUser(context, policy, "before") || hasBreakGlassUser(context, policy, "after");
  if (policy.type !== POLICY) return false;
  const isOf = (part: ResourceChange): boolean =>
    part.before !== undefined && context.linked(part, "policy_arn", [POLICY], "before", ["arn", "id"]) === policy;
  return (
    context.ofType("aws_iam_user_policy_attachment").some((part) => {
      const user = isOf(part) ? context.linked(part, "user", [USER], "before", ["id", "name"]) : undefined;
      return user !== undefined && isBreakGlassUser(user);
    }) ||
    context.ofType(MANAGED).some((part) => isOf(part) && hasBreakGlassUser(context, part, "before")) ||
    context
      .ofType("aws_iam_policy_attachment")
      .some((part) => isOf(part) && breakGlassUsersOf(context, texts(part.before, "users"), "before").length > 0)
  );
}

/** Name of the group that a membership or a policy is of: of one that is made in the same plan the id is not known yet. */
export function groupName(resource: ResourceChange, context: ReviewContext): string {
  const side = resource.after ? "after" : "before";
  const written = text(resource[side], "group");
  if (written !== undefined && !written.includes("${")) return written;
  const group = context.linked(resource, "group", [GROUP], side, ["id", "name"]);
  return group ? shownName(group) : (written ?? `that is not known yet (${resource.address})`);
}

/** What an attachment gives: AWS's own by its name, one of the plan by that. */
function policyOf(resource: ResourceChange, context: ReviewContext, side: SideName): Sentence {
  const policy = context.linked(resource, "policy_arn", [POLICY], side, ["arn", "id"]);
  const arn = text(resource[side], "policy_arn");
  if (policy) return say`managed policy ${shownName(policy)}`;
  return say`${arn === undefined ? "a policy that is not known yet" : policyName(arn)}`;
}

export const GROUP_POLICY: TypeRule = {
  what: "Members of group",
  area: at("roles"),
  named: groupName,
  administrator: (resource, context) =>
    attachesAdministrators(context, resource, "after") &&
    !(resource.before && attachesAdministrators(context, resource, "before")),
  created: (resource, context) =>
    isDenyingPolicy(text(resource.after, "policy_arn") ?? "")
      ? hasBreakGlassUser(context, resource, "after")
        ? ["destroys-guard", say`are denied what ${policyOf(resource, context, "after")} denies, break-glass users too`]
        : [
            "unknown",
            say`are denied what ${policyOf(resource, context, "after")} denies; whether one of those who must get in is among them is not in the plan`,
          ]
      : ["weakens", say`gain ${policyOf(resource, context, "after")}`],
  deleted: (resource, context) => {
    const denied = policyDenies(context, resource);
    const lost = say`lose ${policyOf(resource, context, "before")}`;
    return denied === "unknown"
      ? ["unknown", say`${lost}: what it denied, if anything, is not in the plan`]
      : denied === "denies"
        ? ["weakens", lost]
        : hasBreakGlassUser(context, resource, "before")
          ? ["destroys-guard", say`${lost}, break-glass users too`]
          : ["strengthens", lost];
  },
  attributes: {
    policy_arn: (resource, subject, context) => [
      [
        "weakens",
        say`${subject} gain ${policyOf(resource, context, "after")} instead of ${policyOf(resource, context, "before")}.`,
      ],
    ],
    group: becomes("weakens", "get what another group had"),
  },
};

export const GROUP_MEMBERS: TypeRule = {
  what: "Members of group",
  area: at("roles"),
  named: groupName,
  administrator: (resource, context) => {
    const group = context.linked(resource, "group", [GROUP], "after", ["id", "name"]);
    const name = text(resource.after, "group");
    return context.ofType(INLINE, MANAGED).some((part) => {
      if (!part.after) return false;
      const owner = context.linked(part, "group", [GROUP], "after", ["id", "name"]);
      if (group ? owner !== group : name === undefined || text(part.after, "group") !== name) return false;
      return part.type === INLINE
        ? makesAdministrators(documentOf(part, "policy", "after"))
        : attachesAdministrators(context, part, "after");
    });
  },
  created: (resource) => [
    "weakens",
    say`are set: ${texts(resource.after, "users").join(", ") || "somebody who is not known yet"} ${words("get what it gives")}`,
  ],
  deleted: (resource, context) => {
    const denied = deniedBy(context, resource);
    const who = listOf(texts(resource.before, "users"), 4);
    const guards = breakGlassUsersOf(context, texts(resource.before, "users"), "before");
    if (guards.length > 0)
      return [
        "destroys-guard",
        say`are taken away: break-glass user ${listOf(guards, 4)} ${words("loses what the group gives")}`,
      ];
    return denied === "denies"
      ? ["weakens", say`are taken away: ${who} ${words("are no longer denied what the group denies")}`]
      : denied === "unknown"
        ? ["unknown", say`are taken away: whether the group denied ${who} ${words("something is not known here")}`]
        : ["strengthens", "are taken away"];
  },
  attributes: {
    users: (resource, subject, context) => {
      const denied = deniedBy(context, resource);
      const left = texts(resource.before, "users").filter((one) => !texts(resource.after, "users").includes(one));
      const guards = breakGlassUsersOf(context, left, "before");
      const told = members(
        "users",
        ["weakens", "are joined by"],
        denied === "denies"
          ? ["weakens", "no longer include (and what the group denies no longer binds)"]
          : denied === "unknown"
            ? ["unknown", "no longer include (what the group denies is not known here)"]
            : ["strengthens", "no longer include"],
      )(resource, subject, context);
      return guards.length === 0
        ? told
        : [
            ...told,
            [
              "destroys-guard",
              say`${subject} no longer include break-glass user ${listOf(guards, 4)}, who loses what the group gives.`,
            ],
          ];
    },
    group: becomes("weakens", "belong to another group"),
  },
};
