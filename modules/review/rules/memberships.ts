import { documentOf, isDocument, ReviewContext } from "../context";
import { listOf, say, Sentence, words } from "../sentence";
import { ResourceChange, shownName, SideName, text, texts } from "../../terraform/stack-plan";
import { makesAdministrators } from "../policy-changes";
import { isBreakGlassUser } from "./roles";
import { attachesAdministrators, isDenyingPolicy, policyName } from "./role-views";
import { at, becomes, members, TypeRule } from "./type-rule";

/** Groups of IAM users: whoever comes gets what the group gives, and whoever goes loses what it gives, and what it denies. */

const GROUP = "aws_iam_group";
const INLINE = "aws_iam_group_policy";
const MANAGED = "aws_iam_group_policy_attachment";
const POLICY = "aws_iam_policy";

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

/** Whether a break-glass user that the plans show is a member of the group after the change. Members that they do not show there may be as well. */
function hasBreakGlassUser(context: ReviewContext, attachment: ResourceChange): boolean {
  const group = context.linked(attachment, "group", [GROUP], "after", ["id", "name"]);
  const isIt = (name: string): boolean =>
    [text(attachment.after, "group"), group?.address, ...["id", "name"].map((one) => text(group?.after, one))].includes(
      /^\$\{(.*)\.\w+\}$/.exec(name)?.[1] ?? name,
    );
  return context
    .ofType("aws_iam_user")
    .some(
      (user) =>
        isBreakGlassUser(user) &&
        (context
          .ofType("aws_iam_group_membership")
          .some(
            (one) =>
              isIt(text(one.after, "group") ?? "") &&
              texts(one.after, "users").includes(text(user.after, "name") ?? user.address),
          ) ||
          context
            .ofType("aws_iam_user_group_membership")
            .some(
              (one) =>
                one.after &&
                context.linked(one, "user", ["aws_iam_user"], "after", ["id", "name"]) === user &&
                texts(one.after, "groups").some(isIt),
            )),
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
      ? hasBreakGlassUser(context, resource)
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
      : [denied === "denies" ? "weakens" : "strengthens", lost];
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
    return denied === "denies"
      ? ["weakens", say`are taken away: ${who} ${words("are no longer denied what the group denies")}`]
      : denied === "unknown"
        ? ["unknown", say`are taken away: whether the group denied ${who} ${words("something is not known here")}`]
        : ["strengthens", "are taken away"];
  },
  attributes: {
    users: (resource, subject, context) => {
      const denied = deniedBy(context, resource);
      return members(
        "users",
        ["weakens", "are joined by"],
        denied === "denies"
          ? ["weakens", "no longer include (and what the group denies no longer binds)"]
          : denied === "unknown"
            ? ["unknown", "no longer include (what the group denies is not known here)"]
            : ["strengthens", "no longer include"],
      )(resource, subject, context);
    },
    group: becomes("weakens", "belong to another group"),
  },
};
