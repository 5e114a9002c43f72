import { documentOf, isDocument, ReviewContext } from "../context";
import { listOf, say, words } from "../sentence";
import { ResourceChange, text, texts } from "../../terraform/stack-plan";
import { isDenyingPolicy } from "./role-views";
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

export const GROUP_MEMBERS: TypeRule = {
  what: "Members of group",
  area: at("roles"),
  named: (resource) => texts(resource.after ?? resource.before, "group").join(" ") || resource.address,
  created: (resource) => [
    "weakens",
    say`is new: ${texts(resource.after, "users").join(", ") || "somebody who is not known yet"} ${words("gets what it gives")}`,
  ],
  deleted: (resource, context) => {
    const denied = deniedBy(context, resource);
    const who = listOf(texts(resource.before, "users"), 4);
    return denied === "denies"
      ? ["weakens", say`is taken away: ${who} ${words("is no longer denied what the group denies")}`]
      : denied === "unknown"
        ? ["unknown", say`is taken away: whether the group denied ${who} ${words("something is not known here")}`]
        : ["strengthens", "is taken away"];
  },
  attributes: {
    users: (resource, subject, context) => {
      const denied = deniedBy(context, resource);
      return members(
        "users",
        ["weakens", "gains"],
        denied === "denies"
          ? ["weakens", "no longer denies what the group denies to"]
          : denied === "unknown"
            ? ["unknown", "loses (what the group denies is not known here)"]
            : ["strengthens", "loses"],
      )(resource, subject, context);
    },
    group: becomes("weakens", "becomes another one (group)"),
  },
};
