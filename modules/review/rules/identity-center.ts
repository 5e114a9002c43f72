import { canonicalJson, isObject } from "../../kernel/json";
import { bindingOf, changedWith, documentOf, isDocument, NO_ACCOUNT, Parts, ReviewContext } from "../context";
import { makesAdministrators, NamedHeld, reviewIdentityPolicies } from "../policy-changes";
import { statementText } from "../statements";
import { unique, uniqueSorted } from "../../kernel/lists";
import { duration, isAdministrators, policyName, reviewBoundary, reviewManaged } from "./role-views";
import { listOf, say, Sentence, words } from "../sentence";
import {
  block,
  changedAttributes,
  isChanged,
  isReplacement,
  ResourceChange,
  shownName,
  SideName,
  soleReference,
  text,
} from "../../terraform/stack-plan";

/** Identity Center: who gets which permission set where, and what a permission set allows. */

const SET = "aws_ssoadmin_permission_set";
const ASSIGNMENT = "aws_ssoadmin_account_assignment";
const GROUP = "aws_identitystore_group";
const INLINE = "aws_ssoadmin_permission_set_inline_policy";
const MANAGED = "aws_ssoadmin_managed_policy_attachment";
const CUSTOMER = "aws_ssoadmin_customer_managed_policy_attachment";
const CUSTOMER_MANY = "aws_ssoadmin_customer_managed_policy_attachments_exclusive";
const BOUNDARY = "aws_ssoadmin_permissions_boundary_attachment";
const ATTRIBUTES = "aws_ssoadmin_instance_access_control_attributes";
const PARTS = [INLINE, MANAGED, CUSTOMER, CUSTOMER_MANY, BOUNDARY] as const;

export function reviewIdentityCenter(context: ReviewContext): void {
  context.understand(...context.ofType(SET, ASSIGNMENT, GROUP, ATTRIBUTES, ...PARTS));
  reviewAssignments(context);
  reviewSets(context);
  for (const group of context.changed(GROUP)) {
    const name = text(group.after ?? group.before, "display_name") ?? group.name;
    if (!group.before)
      context.add({
        class: "neutral",
        area: "identity-center",
        sentence: say`Group ${name} is new; who is in it is not decided here.`,
        resources: [group],
      });
    else if (!group.after)
      context.add({
        class: "strengthens",
        area: "identity-center",
        sentence: say`Group ${name} is deleted; its members lose what it was assigned.`,
        resources: [group],
      });
    else if (text(group.before, "display_name") !== text(group.after, "display_name"))
      context.add({
        class: "unknown",
        area: "identity-center",
        sentence: say`Group ${text(group.before, "display_name") ?? ""} becomes ${name}.`,
        resources: [group],
      });
    else if (!isReplacement(group))
      context.add({
        class: "neutral",
        area: "identity-center",
        sentence: say`The description of group ${name} changes.`,
        resources: [group],
      });
  }
  for (const resource of context.changed(ATTRIBUTES)) {
    context.add({
      class: "unknown",
      area: "identity-center",
      sentence: say`The attributes for access control change: policies that compare them mean something else.`,
      resources: [resource],
      binding: bindingOf(resource),
    });
  }
}

function setOf(context: ReviewContext, resource: ResourceChange, side: SideName): ResourceChange | undefined {
  return context.linked(resource, "permission_set_arn", [SET], side);
}

/** As far as a plan shows it: of a set that is not known yet the reference. */
function setArn(resource: ResourceChange, side: SideName): string {
  return text(resource[side], "permission_set_arn") ?? (resource.references["permission_set_arn"] ?? []).join();
}

function setName(context: ReviewContext, resource: ResourceChange, side: SideName): string {
  const set = setOf(context, resource, side);
  if (set) return text(set[side] ?? set.before ?? set.after, "name") ?? set.name;
  const arn = text(resource[side], "permission_set_arn");
  const known = context.names.organization?.identityCenter?.permissionSets.find((p) => p.arn === arn);
  return known?.name ?? arn ?? oneOf(context, resource, side, "one") ?? "a permission set that is not known yet";
}

/** In a first apply of sets with `for_each` the plan does not say which of them a part is of; that it is one of them it does. */
function oneOf(
  context: ReviewContext,
  resource: ResourceChange,
  side: SideName,
  one: "one" | "One",
): string | undefined {
  const names = context.candidates(resource, "permission_set_arn", [SET], side).map((set) => shownName(set));
  return names.length > 1 ? `${one} of the permission sets ${uniqueSorted(names).join(", ")}` : undefined;
}

/** What is new in one of several sets: whichever it is, it holds that. */
function reviewPartOfOne(context: ReviewContext, part: ResourceChange, subject: Sentence): void {
  const area = "identity-center" as const;
  const setting = { subject, area, resources: [part] };
  const { managed, customer, inline, boundary } = contentsOf({ before: [], after: [part] }, "after");
  reviewManaged(context, [], managed, { ...setting, guard: false });
  for (const policy of customer) reviewCustomer(context, policy, setting);
  reviewIdentityPolicies(context, {
    ...setting,
    what: words("its inline policy"),
    before: [],
    after: inline,
    setting: { accountId: NO_ACCOUNT },
    othersAllow: true,
  });
  reviewBoundary(context, undefined, boundary, setting);
}

function reviewCustomer(
  context: ReviewContext,
  policy: string,
  {
    subject,
    ...rest
  }: { readonly subject: Sentence; readonly area: "identity-center"; readonly resources: readonly ResourceChange[] },
): void {
  context.add({
    class: "weakens",
    ...rest,
    sentence: say`${subject} gains the customer managed policy ${policy} of each account.`,
    administrator: isCustomerAdministrators(context, policy),
  });
}

/** Whether a policy of that path and name in these plans, in whichever account, makes administrators. */
function isCustomerAdministrators(context: ReviewContext, policy: string): boolean {
  return context
    .ofType("aws_iam_policy")
    .some(
      (one) =>
        `${text(one.after, "path") ?? "/"}${text(one.after, "name") ?? ""}` === policy &&
        makesAdministrators(documentOf(one, "policy", "after")),
    );
}

interface Contents {
  readonly managed: readonly string[];
  readonly customer: readonly string[];
  readonly inline: readonly NamedHeld[];
  readonly boundary: string | undefined;
}

/** What the parts of a permission set give it on one side. */
function contentsOf(parts: Parts, side: SideName): Contents {
  const managed = parts[side]
    .filter((p) => p.type === MANAGED)
    .map((p) => text(p[side], "managed_policy_arn") ?? "a policy that is not known yet")
    .sort();
  const customer = parts[side]
    .filter((p) => p.type === CUSTOMER || p.type === CUSTOMER_MANY)
    .flatMap((p) => {
      const reference = p.type === CUSTOMER ? block(p[side], "customer_managed_policy_reference") : undefined;
      if (reference) return [`${text(reference, "path") ?? "/"}${text(reference, "name") ?? ""}`];
      const list = p[side]?.["customer_managed_policy_reference"];
      return Array.isArray(list)
        ? list.map((one: unknown) => {
            const r = one as Record<string, unknown>;
            return `${String(r["path"] ?? "/")}${String(r["name"] ?? "")}`;
          })
        : [];
    })
    .sort();
  const inline = parts[side]
    .filter((p) => p.type === INLINE)
    .map((p) => ({ name: "inline policy", held: documentOf(p, "inline_policy", side) }));
  const part = parts[side].find((p) => p.type === BOUNDARY);
  const one = block(part?.[side], "permissions_boundary");
  const reference = block(one, "customer_managed_policy_reference");
  const boundary =
    one &&
    (text(one, "managed_policy_arn") ??
      `${text(reference, "path") ?? "/"}${text(reference, "name") ?? "a policy that is not known yet"}`);
  return { managed, customer, inline, boundary };
}

/** Those of some parts that make administrators of whoever holds their set. */
function administratorsIn(context: ReviewContext, parts: readonly ResourceChange[], side: SideName): readonly string[] {
  const { managed, inline, customer } = contentsOf({ before: parts, after: parts }, side);
  return [
    ...managed.filter(isAdministrators).map(policyName),
    ...inline.filter(({ held }) => makesAdministrators(held)).map(() => "administrator rights by its inline policy"),
    ...customer.filter((policy) => isCustomerAdministrators(context, policy)),
  ];
}

/** `Group Platform`, from the facts, the plan, or the look-up's name. */
function principal(context: ReviewContext, resource: ResourceChange, side: SideName): Sentence {
  const kind = text(resource[side], "principal_type") === "USER" ? "User" : "Group";
  const group = context.linked(resource, "principal_id", [GROUP], side, ["group_id", "id"]);
  if (group) return say`${words(kind)} ${text(group.after ?? group.before, "display_name") ?? group.name}`;
  const id = text(resource[side], "principal_id");
  if (id !== undefined && !id.includes("${")) return say`${words(kind)} ${context.names.group(id)}`;
  if (id !== undefined) {
    const written = soleReference(id);
    return say`${words(kind)} ${written?.attribute === "group_id" ? lookedUp(context, resource.stack, written.address, side) : id}`;
  }
  const reference = resource.references["principal_id"]?.[0];
  return say`${words(kind)} ${reference ? lookedUp(context, resource.stack, reference, side) : "that is not known yet"}`;
}

/** What a look-up asks for; its own name may say anything. */
function lookedUp(context: ReviewContext, stack: string, address: string, side: SideName): string {
  const lookup = context.plans.find(({ name }) => name === stack)?.lookups?.find((one) => one.address === address);
  const wanted = attributeValue(lookup?.[side] ?? lookup?.after);
  return wanted ?? `that ${address} finds`;
}

/** `alternate_identifier.unique_attribute.attribute_value`, or the older `filter.attribute_value`; or the id itself. */
function attributeValue(query: unknown): string | undefined {
  if (!isObject(query)) return undefined;
  for (const name of ["attribute_value", "group_id", "user_id"]) {
    const value = query[name];
    if (typeof value === "string" && !value.includes("${")) return value;
  }
  return ["alternate_identifier", "unique_attribute", "filter"]
    .map((name) => attributeValue(query[name]))
    .find((value) => value !== undefined);
}

interface Grant {
  readonly who: Sentence;
  readonly set: string;
  readonly accounts: string[];
  readonly resources: ResourceChange[];
}

function reviewAssignments(context: ReviewContext): void {
  const gained = new Map<string, Grant>();
  const lost = new Map<string, Grant>();
  const bound = context.bound(context.ofType(...PARTS), "permission_set_arn", [SET]);
  // What may be of one of several sets may be of each.
  const maybe = new Map<ResourceChange, ResourceChange[]>();
  for (const { part } of bound.lone)
    for (const set of context.candidates(part, "permission_set_arn", [SET], "after"))
      maybe.set(set, [...(maybe.get(set) ?? []), part]);
  const administrators = (set: ResourceChange): readonly string[] =>
    administratorsIn(context, unique([...bound.of(set).after, ...(maybe.get(set) ?? [])]), "after");
  const setsOf = (resource: ResourceChange): readonly ResourceChange[] => {
    const set = setOf(context, resource, "after");
    return set ? [set] : context.candidates(resource, "permission_set_arn", [SET], "after");
  };
  const note = (into: Map<string, Grant>, resource: ResourceChange, side: SideName): void => {
    const who = principal(context, resource, side);
    const set = setName(context, resource, side);
    const key = JSON.stringify([who, set]);
    const grant = into.get(key) ?? { who, set, accounts: [], resources: [] };
    grant.accounts.push(text(resource[side], "target_id") ?? resource.key ?? "unknown");
    grant.resources.push(resource);
    into.set(key, grant);
  };
  for (const assignment of context.changed(ASSIGNMENT)) {
    if (assignment.before) note(lost, assignment, "before");
    if (assignment.after) note(gained, assignment, "after");
  }
  /** The set itself, of which a change is told where it is, or another one that gives the same. */
  const isSameSet = (was: ResourceChange, is: ResourceChange): boolean => {
    const [from, to] = [setOf(context, was, "before"), setOf(context, is, "after")];
    if (from === to) return from !== undefined || setArn(was, "before") === setArn(is, "after");
    if (!from || !to || maybe.has(to)) return false;
    const [had, has] = [contentsOf(bound.of(from), "before"), contentsOf(bound.of(to), "after")];
    return has.inline.every(({ held }) => isDocument(held)) && canonicalJson(had) === canonicalJson(has);
  };
  // What is taken away and given again, by a replacement or a move between stacks, is no change.
  for (const [key, after] of gained) {
    const before = lost.get(key);
    if (!before) continue;
    const both = new Set(
      after.accounts.filter((id, i) =>
        before.accounts.some((other, k) => other === id && isSameSet(before.resources[k]!, after.resources[i]!)),
      ),
    );
    [after, before].forEach((grant) => {
      const keep = grant.accounts.map((id, i) => [id, grant.resources[i]!] as const).filter(([id]) => !both.has(id));
      grant.accounts.splice(0, Infinity, ...keep.map(([id]) => id));
      grant.resources.splice(0, Infinity, ...keep.map(([, resource]) => resource));
    });
  }
  for (const { who, set, accounts, resources } of gained.values()) {
    const sets = resources.map(setsOf);
    const held = uniqueSorted(unique(sets.flat()).flatMap(administrators));
    // A name may promise less than the set holds.
    const what =
      held.length === 0 || held.includes(set)
        ? say`${set}`
        : say`${set} (${words(sets.some((some) => some.length > 1) ? "one of them with" : "with")} ${listOf(held)})`;
    if (accounts.length > 0)
      context.add({
        class: "weakens",
        area: "identity-center",
        sentence: say`${who} gains ${what} in ${context.names.places(accounts)}.`,
        resources,
        administrator: held.length > 0,
      });
  }
  for (const { who, set, accounts, resources } of lost.values()) {
    if (accounts.length > 0)
      context.add({
        class: "strengthens",
        area: "identity-center",
        sentence: say`${who} loses ${set} in ${context.names.places(accounts)}.`,
        resources,
      });
  }
}

function reviewSets(context: ReviewContext): void {
  const bound = context.bound(context.ofType(...PARTS), "permission_set_arn", [SET]);
  for (const { part } of bound.lone) {
    const one = part.before || part.unknown.size === 0 ? undefined : oneOf(context, part, "after", "One");
    if (one !== undefined) {
      reviewPartOfOne(context, part, say`${one}`);
      continue;
    }
    const name =
      context.valueOrReference(part, "permission_set_arn", part.after ? "after" : "before") ?? "not known yet";
    const was = part.before ? administratorsIn(context, [part], "before") : [];
    const gained = part.after ? administratorsIn(context, [part], "after").filter((one) => !was.includes(one)) : [];
    context.add({
      class: gained.length > 0 ? "weakens" : "unknown",
      area: "identity-center",
      sentence:
        gained.length > 0
          ? say`A permission set that is not in this plan (${name}) gains ${listOf(gained)}.`
          : say`A policy of a permission set that is not in this plan (${name}) changes.`,
      resources: [part],
      administrator: gained.length > 0,
    });
  }
  for (const set of context.ofType(SET)) {
    const parts = bound.of(set);
    if (changedWith(set, parts).length > 0) reviewSet(context, set, parts);
  }
  // A block that is not known yet holds nothing that could be told.
  for (const part of context.changed(CUSTOMER, CUSTOMER_MANY, BOUNDARY)) {
    const open = ["customer_managed_policy_reference", "permissions_boundary"].find((one) => part.unknown.has(one));
    if (!part.after || open === undefined) continue;
    context.add({
      class: "unknown",
      area: "identity-center",
      sentence: say`Permission set ${setName(context, part, "after")}: ${open} (${part.address}) is not known before it is applied.`,
      resources: [part],
      binding: bindingOf(part, [open]),
    });
  }
}

/** Who holds a permission set after the change, in how many accounts: what a change of its content is worth. */
function holders(context: ReviewContext, set: ResourceChange): Sentence {
  const grants = context.ofType(ASSIGNMENT).filter((a) => a.after && setOf(context, a, "after") === set);
  if (grants.length === 0) return words("nobody in these plans has it");
  const who = [
    ...new Map(
      grants.map((g) => [JSON.stringify(principal(context, g, "after")), principal(context, g, "after")]),
    ).values(),
  ];
  return say`${listOf(who, 4)} in ${context.names.places(grants.map((g) => text(g.after, "target_id") ?? g.key ?? ""))}`;
}

function reviewSet(context: ReviewContext, set: ResourceChange, parts: Parts): void {
  const name = text(set.after ?? set.before, "name") ?? set.name;
  const area = "identity-center" as const;
  const resources = changedWith(set, parts);
  const [was, is] = [contentsOf(parts, "before"), contentsOf(parts, "after")];
  if (!set.after) {
    context.add({ class: "strengthens", area, sentence: say`Permission set ${name} is deleted.`, resources });
    return;
  }
  const subject = say`Permission set ${name} (${holders(context, set)})`;
  if (!set.before) {
    const relay = foreignRelay(set);
    if (relay)
      context.add({
        class: "weakens",
        area,
        sentence: say`Permission set ${name} is new, and whoever signs in with it comes to ${relay === "unknown" ? "a page that is not known yet" : relay} (relay_state).`,
        resources: [set],
        binding: bindingOf(set, ["relay_state"]),
      });
    // What it allows counts where somebody holds it, and that is said with the assignment; here is what it holds.
    const mayHoldMore = context
      .ofType(...PARTS)
      .some((part) => part.after && context.candidates(part, "permission_set_arn", [SET], "after").includes(set));
    const contents = [...is.managed.map(policyName), ...is.customer, ...is.inline.map(() => words("an inline policy"))];
    context.add({
      class: "neutral",
      area,
      sentence: say`Permission set ${name} is new, with ${contents.length > 0 ? listOf(contents) : words(mayHoldMore ? "policies that are reported for one of several sets" : "no policy")}; sessions last ${words(sessionText(text(set.after, "session_duration")))}.`,
      resources,
      diff: is.inline.flatMap(({ name, held }) =>
        isDocument(held)
          ? held.document.Statement.map((one) => ({ sign: "+" as const, text: `${name}: ${statementText(one)}` }))
          : [],
      ),
    });
    return;
  }
  if (text(set.before, "name") !== text(set.after, "name"))
    context.add({
      class: "unknown",
      area,
      sentence: say`Permission set ${text(set.before, "name") ?? ""} becomes ${name}.`,
      resources: [set],
    });
  const [from, to] = [seconds(text(set.before, "session_duration")), seconds(text(set.after, "session_duration"))];
  if (from !== to) {
    const unclear = from === undefined || to === undefined;
    context.add({
      class: unclear ? "unknown" : to > from ? "weakens" : "strengthens",
      area,
      sentence: say`${subject}: sessions last ${words(sessionText(text(set.after, "session_duration")))} instead of ${words(sessionText(text(set.before, "session_duration")))}.`,
      resources: [set],
    });
  }
  const relay = foreignRelay(set);
  if (relay)
    context.add({
      class: relay === "unknown" ? "unknown" : "weakens",
      area,
      sentence:
        relay === "unknown"
          ? say`${subject}: the page that people come to when they sign in is not known before it is applied (relay_state).`
          : say`${subject}: whoever signs in comes to ${relay}, which is no page of AWS (relay_state).`,
      resources: [set],
      binding: bindingOf(set, ["relay_state"]),
    });
  const rest = changedAttributes(set).filter(
    (attribute) => !["name", "session_duration", "relay_state"].includes(attribute),
  );
  if (rest.length > 0)
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject}: ${listOf(rest)} changes.`,
      resources: [set],
      binding: bindingOf(set, rest),
    });
  else if (isChanged(set) && !isReplacement(set) && from === to && !relay)
    context.add({
      class: "neutral",
      area,
      sentence: say`Permission set ${name}: description, tags or relay state change.`,
      resources: [set],
    });
  reviewManaged(context, was.managed, is.managed, { subject, area, resources, guard: false });
  const [had, has] = [was.customer, is.customer];
  for (const policy of has.filter((p) => !had.includes(p)))
    reviewCustomer(context, policy, { subject, area, resources });
  for (const policy of had.filter((p) => !has.includes(p)))
    context.add({
      class: "unknown",
      area,
      sentence: say`${subject} loses the customer managed policy ${policy} of each account: what it denied, if anything, is not in the plan.`,
      resources,
    });
  const account = context.ofType(ASSIGNMENT).find((a) => a.after && setOf(context, a, "after") === set);
  reviewIdentityPolicies(context, {
    subject,
    what: words("its inline policy"),
    area,
    before: was.inline,
    after: is.inline,
    resources,
    setting: { accountId: text(account?.after, "target_id") ?? NO_ACCOUNT },
    othersAllow: was.managed.length + is.managed.length + had.length + has.length > 0,
  });
  reviewBoundary(context, was.boundary, is.boundary, { subject, area, resources });
}

/**
 * Where a permission set newly sends people who sign in, if that is no console of AWS's: a page that asks for a password, say. Below
 * amazonaws.com are people's buckets and APIs.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/howtopermrelaystate.html
 */
function foreignRelay(set: ResourceChange): string | undefined {
  if (set.unknown.has("relay_state") && set.written?.has("relay_state") !== false) return "unknown";
  const [from, to] = [text(set.before, "relay_state"), text(set.after, "relay_state")];
  if (!to || to === from) return undefined;
  return /^https:\/\/([a-z0-9-]+\.)*(aws\.amazon\.com|console\.amazonaws-us-gov\.com|console\.amazonaws\.cn)(\/|\?|#|$)/i.test(
    to,
  )
    ? undefined
    : to;
}

function seconds(iso: string | undefined): number | undefined {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(iso ?? "PT1H");
  return match ? Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0) : undefined;
}

function sessionText(iso: string | undefined): string {
  const length = seconds(iso);
  return length === undefined ? "an unreadable time" : duration(length);
}
