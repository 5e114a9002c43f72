import { bindingOf, documentOf, Held, isDocument, NO_ACCOUNT, parsePolicy, ReviewContext } from "../context";
import type { PolicyKind, PolicyLevels } from "../../policy/compare";
import { asList } from "../../policy/document";
import type { PolicyDocument, PolicyStatement } from "../../policy/types";
import { isObject } from "../../kernel/json";
import { listOf, say, words } from "../sentence";
import { statementText, witnessView } from "../statements";
import { changedAttributes, isChanged, ResourceChange, SideName, text } from "../../terraform/stack-plan";
import { fits, NeverGrant, ReviewRules } from "../gate/review-rules";
import { unique } from "../../kernel/lists";
import { plural } from "../../kernel/words";

/**
 * What `review.yaml` looks for in changed policies: actions that nobody is ever granted, and principals that count as outside. The
 * policies are those that a resource holds itself; what an SCP or a boundary takes away again is not counted in anybody's favour.
 */

/** Types whose policies say what their holder may do; the policies of all others say who may do something with the resource. */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  aws_iam_policy: ["policy"],
  aws_iam_role_policy: ["policy"],
  aws_iam_user_policy: ["policy"],
  aws_iam_group_policy: ["policy"],
  aws_iam_role: ["inline_policy"],
  aws_ssoadmin_permission_set_inline_policy: ["inline_policy"],
};

/** Policies that grant nothing: they only set a limit. */
const LIMITS = new Set(["aws_organizations_policy", "aws_organizations_resource_policy"]);

/** Attachments of managed policies, by the attribute that names the policy. */
const ATTACHMENTS: Readonly<Record<string, string>> = {
  aws_iam_role_policy_attachment: "policy_arn",
  aws_iam_user_policy_attachment: "policy_arn",
  aws_iam_group_policy_attachment: "policy_arn",
  aws_iam_policy_attachment: "policy_arn",
  aws_ssoadmin_managed_policy_attachment: "managed_policy_arn",
};

const allow = (statement: Partial<PolicyStatement>): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Resource: "*", ...statement }],
});

/** What AWS's broadest managed policies grant (managed policy reference, 2026-11); what others grant is not in a plan. */
const MANAGED: Readonly<Record<string, PolicyDocument>> = {
  AdministratorAccess: allow({ Action: "*" }),
  PowerUserAccess: allow({ NotAction: ["iam:*", "organizations:*", "account:*"] }),
  IAMFullAccess: allow({ Action: "iam:*" }),
};

interface HeldPolicy {
  readonly attribute: string;
  readonly kind: PolicyKind;
  readonly held: Held;
}

/** Policies of a resource on one side. */
function policiesOf(resource: ResourceChange, side: SideName): readonly HeldPolicy[] {
  const { type } = resource;
  const attributes = resource[side];
  if (!attributes || LIMITS.has(type)) return [];
  const identity = Object.hasOwn(IDENTITY, type) ? IDENTITY[type]! : [];
  const kindOf = (name: string): PolicyKind => (identity.includes(name) ? "identity" : "resource");
  const names = new Set([...Object.keys(attributes), ...(side === "after" ? identity : [])]);
  return [...names].sort().flatMap((name): readonly HeldPolicy[] => {
    const value = attributes[name];
    if (Array.isArray(value) || isObject(value))
      return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).flatMap((item) =>
        isObject(item) && typeof item["policy"] === "string" && looksLikePolicy(item["policy"])
          ? [{ attribute: name, kind: kindOf(name), held: parsePolicy(item["policy"]) }]
          : [],
      );
    if (identity.includes(name) || (typeof value === "string" && looksLikePolicy(value))) {
      const held = documentOf(resource, name, side);
      return held === "absent" ? [] : [{ attribute: name, kind: kindOf(name), held }];
    }
    return [];
  });
}

function looksLikePolicy(value: string): boolean {
  return value.includes('"Statement"') && value.includes('"Effect"');
}

export function reviewOwnRules(context: ReviewContext, rules: ReviewRules): void {
  if (rules.neverGrant.length === 0 && rules.principals === undefined) return;
  for (const resource of context.resources) {
    if (!isChanged(resource) || !resource.after) continue;
    for (const rule of rules.neverGrant)
      if (!rule.except.some((pattern) => fits(pattern, resource.address))) neverGranted(context, resource, rule);
    if (rules.principals) outsiders(context, resource, rules.principals);
  }
}

function neverGranted(context: ReviewContext, resource: ResourceChange, rule: NeverGrant): void {
  const add = (
    cls: "weakens" | "unknown",
    what: string,
    extra: Partial<Parameters<ReviewContext["add"]>[0]> = {},
  ): void =>
    context.add({
      class: cls,
      area: "other",
      sentence: say`${resource.address} ${words(what)} ${listOf(rule.actions, 4)}; rule ${rule.name} says that nobody is to have that: ${rule.reason}`,
      resources: [resource],
      binding: [rule, bindingOf(resource)],
      ...(cls === "weakens" ? { rule: rule.name } : {}),
      ...extra,
    });
  const attribute = Object.hasOwn(ATTACHMENTS, resource.type) ? ATTACHMENTS[resource.type]! : undefined;
  if (attribute !== undefined) {
    const arn = text(resource.after, attribute);
    const managed = arn && /^arn:[^:]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
    const known = managed && Object.hasOwn(MANAGED, managed) ? MANAGED[managed] : undefined;
    if (known) {
      if (grants(context, resource, "identity", known, rule)) add("weakens", `attaches ${managed}, which grants`);
    } else if (managed) add("unknown", `attaches ${managed}, and a plan does not say whether that grants`);
    return;
  }
  for (const { held, kind, attribute: name } of policiesOf(resource, "after")) {
    if (!isDocument(held)) {
      add("unknown", `has a policy (${name}) that cannot be read before it is applied: it may grant`);
      continue;
    }
    const result = comparison(context, resource, kind, held.document, rule);
    if (result.gained.length > 0)
      add("weakens", "grants", {
        witnesses: result.gained.map(witnessView),
        diff: unique(result.gained.map(({ atom }) => atom.origin.source)).map((statement) => ({
          sign: "+" as const,
          text: `${name}: ${statementText(statement)}`,
        })),
      });
    else if (result.relation === "undecided")
      add("unknown", `has a policy (${name}) of which it cannot be decided whether it grants`);
  }
}

function grants(
  context: ReviewContext,
  resource: ResourceChange,
  kind: PolicyKind,
  document: PolicyDocument,
  rule: NeverGrant,
): boolean {
  return comparison(context, resource, kind, document, rule).gained.length > 0;
}

/** What the policy allows beyond itself with the rule's actions denied: exactly what it grants of them. */
function comparison(
  context: ReviewContext,
  resource: ResourceChange,
  kind: PolicyKind,
  document: PolicyDocument,
  rule: NeverGrant,
): ReturnType<ReviewContext["compare"]> {
  const name = "policy";
  const reference: PolicyStatement = {
    Effect: "Deny",
    Action: rule.actions,
    Resource: rule.resources,
    ...(kind === "resource" ? { Principal: "*" } : {}),
  };
  const whole: PolicyLevels = [[{ name, document }]];
  const without: PolicyLevels = [[{ name, document: { ...document, Statement: [...document.Statement, reference] } }]];
  return context.compare(kind, without, whole, {
    accountId: resource.account ?? NO_ACCOUNT,
    resource: text(resource.after ?? resource.before, "arn") ?? "arn:aws:example:::example",
  });
}

function outsiders(
  context: ReviewContext,
  resource: ResourceChange,
  principals: NonNullable<ReviewRules["principals"]>,
): void {
  const of = (side: SideName): ReadonlySet<string> =>
    new Set(
      policiesOf(resource, side).flatMap(({ held, kind }) =>
        kind === "resource" && isDocument(held) ? admitted(held.document) : [],
      ),
    );
  const before = of("before");
  const found = [...of("after")].filter((one) => !before.has(one) && isOutside(one)).sort();
  if (found.length === 0) return;
  context.add({
    class: "weakens",
    area: "other",
    sentence: say`${resource.address} lets in ${listOf(found)}, which ${words(plural(found.length, "counts", "count"))} as outside (principals of review.yaml).`,
    resources: [resource],
    binding: [principals, bindingOf(resource, changedAttributes(resource))],
  });

  function isOutside(principal: string): boolean {
    const account = /^(\d{12})$|^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(principal);
    const id = account?.[1] ?? account?.[2];
    const named = (patterns: readonly string[]): boolean =>
      patterns.some((pattern) => fits(pattern, principal) || (id !== undefined && fits(pattern, id)));
    if (named(principals.outside)) return true;
    if (named(principals.inside)) return false;
    return principal === "*" || (id !== undefined && !context.names.isAccount(id));
  }
}

/** Principals that a policy lets in; everybody only where no condition asks for the organization. */
function admitted({ Statement }: PolicyDocument): readonly string[] {
  return Statement.flatMap((statement) => {
    if (statement.Effect !== "Allow" || statement.Principal === undefined) return [];
    const keys = Object.values(statement.Condition ?? {}).flatMap((one) =>
      Object.keys(one).map((key) => key.toLowerCase()),
    );
    const bounded = keys.some((key) =>
      ["aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"].includes(key),
    );
    const listed =
      statement.Principal === "*"
        ? ["*"]
        : Object.entries(statement.Principal).flatMap(([kind, values]) =>
            kind === "Service" ? [] : [...asList(values as string | readonly string[])],
          );
    return listed.filter((one) => one !== "*" || !bounded);
  });
}
