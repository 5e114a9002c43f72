import { bindingOf, changedWith, isDocument, NO_ACCOUNT, Parts, policyOf, ReviewContext } from "../context";
import { trustedBy } from "../policy-changes";
import { farthestOf, reachText } from "../reach";
import { statementText } from "../statements";
import { eventRuleView, reviewEventRule } from "./event-rules";
import { reviewRemade } from "./replacements";
import { reviewRole, RoleView } from "./role-views";
import { areaOfStack } from "./area";
import { roleKind } from "./roles";
import { listOf, say, Sentence, words } from "../sentence";
import { block, ResourceChange, SideName, text, texts } from "../../terraform/stack-plan";
import type { Area } from "../types";
import { fits } from "../gate/review-rules";
import { actionsPhrase } from "../phrases";
import { canonicalJson, differing, hasRepeatedKey, isObject, Json } from "../../kernel/json";
import { uniqueSorted } from "../../kernel/lists";
import { plural } from "../../kernel/words";

/** StackSets: what their templates put into accounts, and into which. */

const STACK_SET = "aws_cloudformation_stack_set";
const INSTANCES = ["aws_cloudformation_stack_instances", "aws_cloudformation_stack_set_instance"] as const;

type Template =
  { readonly resources: ReadonlyMap<string, Json>; readonly rest: Json } | "unknown" | "invalid" | "absent";

export function reviewStackSets(context: ReviewContext): void {
  const instances = context.ofType(...INSTANCES);
  const sets = context.ofType(STACK_SET);
  context.understand(...sets, ...instances);
  const bound = context.bound(instances, "stack_set_name", [STACK_SET], ["id", "name"]);
  for (const { part: instance } of bound.lone) {
    context.add({
      class: "unknown",
      area: "other",
      sentence: say`Instances of a StackSet that is not in this plan (${context.valueOrReference(instance, "stack_set_name", instance.after ? "after" : "before") ?? "name not known yet"}) change.`,
      resources: [instance],
    });
  }
  for (const set of sets) {
    const own = bound.of(set);
    if (changedWith(set, own).length > 0) reviewStackSet(context, set, own);
  }
}

/** Of a stack that does not say what it is: by the roles that the template makes. */
function areaOf(set: ResourceChange, ...templates: readonly Template[]): Area {
  const areas = templates.flatMap((template) => rolesIn(template).map((role) => roleKind(set, role, role).area));
  return areaOfStack(set, areas.includes("break-glass") ? "break-glass" : (areas[0] ?? "other"));
}

function rolesIn(template: Template): readonly RoleView[] {
  if (typeof template === "string") return [];
  return [...template.resources.values()].filter((one) => one["Type"] === "AWS::IAM::Role").map(roleView);
}

function reviewStackSet(context: ReviewContext, set: ResourceChange, instances: Parts): void {
  const old = templateOf(set, "before");
  const now = templateOf(set, "after");
  const area = areaOf(set, old, now);
  const holdsGuard = rolesIn(old).some((role) => roleKind(set, role, role).guard);
  reviewRemade(context, set, holdsGuard, area);
  const name = text(set.after ?? set.before, "name") ?? set.name;
  const resources = changedWith(set, instances);
  const before = placesOf(context, instances.before, "before");
  const after = placesOf(context, instances.after, "after");
  if (set.unknown.has("template_body")) {
    context.add({
      class: "unknown",
      area,
      sentence: say`StackSet ${name}: its template is not known before it is applied.`,
      resources,
    });
    return;
  }
  if (old === "invalid" || now === "invalid")
    context.add({ class: "unknown", area, sentence: say`StackSet ${name}: its template cannot be read.`, resources });
  const observed = observedActions(context, set, old);
  const held = roleNames(old).length > 0 ? say`role ${listOf(roleNames(old))}` : say`what StackSet ${name} puts there`;

  const gone = before.accounts.filter((id) => !after.accounts.includes(id));
  if (gone.length > 0 && observed && denies(context, gone, observed)) {
    if (after.accounts.length === 0) context.forwardersOfEnded.push(...namesInRegions(old));
    context.add({
      class: "neutral",
      area,
      sentence: say`${context.names.places(gone)}: the observation of ${actionsPhrase(observed)} ends; it is denied there from now on.`,
      resources,
      binding: [old === "absent" ? null : text(set.before, "template_body"), gone],
    });
  } else if (set.before && (!set.after || gone.length > 0)) {
    context.add({
      class: "destroys-guard",
      area,
      sentence:
        gone.length > 0
          ? say`${context.names.places(gone)} ${words(plural(gone.length, "loses", "lose"))} ${held}.`
          : say`StackSet ${name} is deleted.`,
      resources,
    });
  }
  const regionsGone = before.regions.filter((region) => !after.regions.includes(region));
  if (set.after && regionsGone.length > 0 && gone.length < before.accounts.length)
    context.add({
      class: "destroys-guard",
      area,
      sentence: say`StackSet ${name} leaves ${listOf(regionsGone)}.`,
      resources,
    });
  if (!set.after) return;
  const regionsNew = after.regions.filter((region) => !before.regions.includes(region));
  const come = after.accounts.filter((id) => !before.accounts.includes(id));
  if (set.before && come.length > 0) {
    context.add({
      class: "strengthens",
      area,
      sentence: say`StackSet ${name} reaches ${context.names.places(come)} too.`,
      resources,
    });
    reviewOutsiders(context, now, come, area, resources);
  }
  if (set.before && regionsNew.length > 0 && before.regions.length > 0)
    context.add({
      class: "strengthens",
      area,
      sentence: say`StackSet ${name} reaches ${listOf(regionsNew)} too.`,
      resources,
    });
  reviewDeployment(context, set, name, area);
  reviewTemplate(
    context,
    set,
    old,
    now,
    after.accounts.length > 0 ? context.names.places(after.accounts) : words("no account yet"),
    after.accounts[0],
    area,
    resources,
  );
}

/**
 * What a StackSet of observed guardrails watches, as actions: calls that its rules forward, and nothing else is in its template but the role
 * that forwards.
 *
 * @returns nothing where it is another StackSet, or watches what is no call of an API
 */
function observedActions(
  context: ReviewContext,
  set: ResourceChange,
  template: Template,
): readonly string[] | undefined {
  if (typeof template === "string") return undefined;
  if (context.plans.find(({ name }) => name === set.stack)?.mark?.kind !== "guardrail-observation") return undefined;
  const all = [...template.resources.values()];
  const rules = all.filter((one) => one["Type"] === "AWS::Events::Rule");
  if (rules.length === 0 || !all.every((one) => rules.includes(one) || isForwarder(one))) return undefined;
  const found: string[] = [];
  for (const rule of rules) {
    const detail = block(eventPatternOf(rule), "detail");
    const [sources, names] = [texts(detail, "eventSource"), texts(detail, "eventName")];
    // Anything else than plain texts would be lost on the way, and watch more than this says.
    if (sources.length !== 1 || names.length === 0 || !isPlain(detail, "eventName")) return undefined;
    const service = sources[0]!.replace(/\.amazonaws\.com$/, "");
    found.push(...names.map((name) => `${service}:${name}`));
  }
  return [...new Set(found)].sort();
}

/** A role that nobody but EventBridge takes. */
function isForwarder(resource: Json): boolean {
  if (resource["Type"] !== "AWS::IAM::Role") return false;
  const { trust } = roleView(resource);
  return (
    isDocument(trust) &&
    trust.document.Statement.every(
      ({ Effect, Principal }) =>
        Effect === "Deny" || canonicalJson(Principal ?? null) === canonicalJson({ Service: "events.amazonaws.com" }),
    )
  );
}

function eventPatternOf(rule: Json): Json | undefined {
  const pattern = propertiesOf(rule)["EventPattern"];
  return isObject(pattern) ? pattern : undefined;
}

function isPlain(detail: Json | undefined, key: string): boolean {
  const list: unknown = detail?.[key];
  return Array.isArray(list) && list.every((one) => typeof one === "string");
}

/** Whether these plans deny each of the actions in each of the accounts, to everybody who is not exempt, and did not before. */
function denies(context: ReviewContext, accounts: readonly string[], actions: readonly string[]): boolean {
  const byAccount = new Map<string, readonly string[]>();
  for (const { kind, places, denied } of context.tightened)
    if (kind === "scp") for (const place of places) byAccount.set(place, [...(byAccount.get(place) ?? []), ...denied]);
  return accounts.every((account) =>
    actions.every((action) =>
      (byAccount.get(account) ?? []).some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())),
    ),
  );
}

/** Whom roles of a template let in where it comes again, beyond the organization. */
function reviewOutsiders(
  context: ReviewContext,
  template: Template,
  accounts: readonly string[],
  area: Area,
  resources: readonly ResourceChange[],
): void {
  if (typeof template === "string") return;
  for (const resource of template.resources.values()) {
    if (resource["Type"] !== "AWS::IAM::Role") continue;
    const role = roleView(resource);
    if (!isDocument(role.trust)) continue;
    const home = { ...(accounts[0] ? { accountId: accounts[0] } : {}), organization: context.names.organization };
    const farthest = farthestOf(role.trust.document.Statement, home);
    if (!farthest || !["public", "outside", "provider"].includes(farthest.reach)) continue;
    context.add({
      class: "weakens",
      area,
      sentence: say`Role ${role.name} is new in ${context.names.places(accounts)}: ${trustedBy(role.trust)}${reachText(farthest.reach, home)} may become it.`,
      resources,
      diff: farthest.statements.map((statement) => ({ sign: "+", text: `trust: ${statementText(statement)}` })),
      binding: resource,
    });
  }
}

/** Attributes that say how, by whom and with what a StackSet is deployed. */
export const DEPLOYMENT_ATTRIBUTES = [
  "permission_model",
  "call_as",
  "administration_role_arn",
  "execution_role_name",
  "parameters",
  "template_url",
] as const;

/** Attributes of the StackSet itself. */
function reviewDeployment(context: ReviewContext, set: ResourceChange, name: string, area: Area): void {
  if (!set.before || !set.after) return;
  const auto = (side: SideName): string => text(block(set[side], "auto_deployment"), "enabled") ?? "false";
  const resources = [set];
  if (auto("before") === "true" && auto("after") !== "true")
    context.add({
      class: "destroys-guard",
      area,
      sentence: say`StackSet ${name}: auto-deployment is switched off; accounts that join later get nothing.`,
      resources,
    });
  if (auto("before") !== "true" && auto("after") === "true")
    context.add({
      class: "strengthens",
      area,
      sentence: say`StackSet ${name}: accounts that join later are covered.`,
      resources,
    });
  const retain = (side: SideName): string =>
    text(block(set[side], "auto_deployment"), "retain_stacks_on_account_removal") ?? "false";
  if (retain("before") !== retain("after"))
    context.add({
      class: "unknown",
      area,
      sentence: say`StackSet ${name}: what stays in an account that leaves changes.`,
      resources,
    });
  for (const attribute of DEPLOYMENT_ATTRIBUTES) {
    if (
      canonicalJson(set.before[attribute] ?? null) !== canonicalJson(set.after[attribute] ?? null) &&
      !set.unknown.has(attribute)
    )
      context.add({
        class: "unknown",
        area,
        sentence: say`StackSet ${name}: ${attribute} changes.`,
        resources,
        binding: bindingOf(set, [attribute]),
      });
  }
}

interface Places {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

function placesOf(context: ReviewContext, instances: readonly ResourceChange[], side: SideName): Places {
  const accounts = new Set<string>();
  const regions = new Set<string>();
  for (const instance of instances) {
    const attributes = instance[side];
    if (!attributes) continue;
    [
      ...texts(attributes, "regions"),
      ...texts(attributes, "region"),
      ...texts(attributes, "stack_set_instance_region"),
    ].forEach((region) => regions.add(region));
    const targets = block(attributes, "deployment_targets");
    const named = [...texts(attributes, "accounts"), ...texts(attributes, "account_id")];
    const units = texts(targets, "organizational_unit_ids");
    const listed = texts(targets, "accounts");
    const filter = text(targets, "account_filter_type");
    const management = context.names.organization?.managementAccountId;
    const below = units.flatMap((unit) => context.names.accountsBelow(unit)).filter((id) => id !== management);
    const wanted =
      filter === "DIFFERENCE"
        ? below.filter((id) => !listed.includes(id))
        : filter === "INTERSECTION"
          ? below.filter((id) => listed.includes(id))
          : [...below, ...listed];
    (units.length > 0 ? [...wanted, ...named] : [...listed, ...named]).forEach((id) => accounts.add(id));
  }
  return { accounts: [...accounts].sort(), regions: [...regions].sort() };
}

/** Parts of a template that are told by themselves, or that put nothing into accounts. */
const TOLD = new Set(["Resources", "Description", "AWSTemplateFormatVersion", "Metadata", "Outputs"]);

/** Properties that the views of roles and rules hold, and those that decide nothing. */
const VIEWED: Readonly<Record<string, readonly string[]>> = {
  "AWS::IAM::Role": [
    "RoleName",
    "Path",
    "AssumeRolePolicyDocument",
    "ManagedPolicyArns",
    "Policies",
    "PermissionsBoundary",
    "MaxSessionDuration",
    "Description",
    "Tags",
  ],
  "AWS::Events::Rule": ["Name", "EventPattern", "State", "Targets", "Description"],
};

function templateOf(set: ResourceChange, side: SideName): Template {
  const body = text(set[side], "template_body");
  if (!set[side]) return "absent";
  if (body === undefined) return text(set[side], "template_url") ? "invalid" : "absent";
  try {
    const template: unknown = JSON.parse(body);
    if (hasRepeatedKey(body)) return "invalid";
    const resources = isObject(template) && isObject(template["Resources"]) ? template["Resources"] : {};
    return {
      resources: new Map(Object.entries(resources).filter((entry): entry is [string, Json] => isObject(entry[1]))),
      rest: isObject(template) ? Object.fromEntries(Object.entries(template).filter(([key]) => !TOLD.has(key))) : {},
    };
  } catch {
    return "invalid";
  }
}

function roleNames(template: Template): readonly string[] {
  if (typeof template === "string") return [];
  return [...template.resources.values()]
    .filter((r) => r["Type"] === "AWS::IAM::Role")
    .map((r) => nameText(propertiesOf(r)["RoleName"]));
}

/** Names that the template's roles have, whatever the region. */
function namesInRegions(template: Template): readonly RegExp[] {
  if (typeof template === "string") return [];
  return [...template.resources.values()].flatMap((resource) => {
    const name = resource["Type"] === "AWS::IAM::Role" ? propertiesOf(resource)["RoleName"] : undefined;
    const written = isObject(name) ? name["Fn::Sub"] : name;
    if (typeof written !== "string" || written.replaceAll("${AWS::Region}", "").includes("${")) return [];
    return [new RegExp(`^${written.split("${AWS::Region}").map(escaped).join("[a-z]{2}(-[a-z]+)+-\\d+")}$`)];
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function reviewTemplate(
  context: ReviewContext,
  set: ResourceChange,
  before: Template,
  after: Template,
  places: Sentence,
  accountId: string | undefined,
  area: Area,
  resources: readonly ResourceChange[],
): void {
  if (typeof after === "string" || before === "invalid") return;
  const old = typeof before === "string" ? new Map<string, Json>() : before.resources;
  const name = text(set.after ?? set.before, "name") ?? set.name;
  if (typeof before !== "string") {
    for (const part of differing(before.rest, after.rest))
      context.add({
        class: "unknown",
        area,
        sentence: say`StackSet ${name}: ${part} of its template changes.`,
        resources,
        binding: after.rest[part] ?? null,
      });
  }
  for (const id of uniqueSorted([...old.keys(), ...after.resources.keys()])) {
    const [left, right] = [old.get(id), after.resources.get(id)];
    if (left && right && canonicalJson(left) === canonicalJson(right)) continue;
    const type = String((right ?? left)!["Type"]);
    if (left && right) reviewRest(context, name, id, type, left, right, area, resources);
    if (type === "AWS::IAM::Role") {
      const name = nameText(propertiesOf((right ?? left)!)["RoleName"]);
      const [was, is] = [left && roleView(left), right && roleView(right)];
      const kind = roleKind(set, was, is);
      reviewRole(context, was, is, {
        subject: say`${words(kind.breakGlass ? "" : "Role ")}${name}${words(" in ")}${places}`,
        area,
        resources,
        accountId: accountId ?? NO_ACCOUNT,
        guard: true,
        breakGlass: kind.breakGlass,
      });
    } else if (type === "AWS::Events::Rule") {
      reviewEventRule(
        context,
        left && eventRuleView(propertiesOf(left), "template"),
        right && eventRuleView(propertiesOf(right), "template"),
        {
          subject: say`Rule ${nameText(propertiesOf((right ?? left)!)["Name"])}${words(" in ")}${places}`,
          area,
          resources,
        },
      );
    } else {
      context.add({
        class: "unknown",
        area,
        sentence: say`${id} (${type}) in the template of StackSet ${name} ${words(left && right ? "changes" : right ? "is new" : "is gone")}.`,
        resources,
        binding: [left ?? null, right ?? null],
      });
    }
  }
}

/** What stands beside the properties of a resource in a template, and the properties that no view holds. */
function reviewRest(
  context: ReviewContext,
  name: string,
  id: string,
  type: string,
  left: Json,
  right: Json,
  area: Area,
  resources: readonly ResourceChange[],
): void {
  const beside = differing(left, right).filter((key) => key !== "Properties" && key !== "Metadata");
  if (
    ["DeletionPolicy", "UpdateReplacePolicy"].some((key) => beside.includes(key) && /^Retain/.test(String(left[key])))
  ) {
    context.add({
      class: "destroys-guard",
      area,
      sentence: say`${id} in the template of StackSet ${name} is no longer kept when its stack goes away or replaces it (${listOf(beside)}).`,
      resources,
      binding: [left, right],
    });
  } else if (beside.length > 0) {
    context.add({
      class: "unknown",
      area,
      sentence: say`${id} in the template of StackSet ${name}: ${listOf(beside)} changes.`,
      resources,
      binding: [left, right],
    });
  }
  const viewed = Object.hasOwn(VIEWED, type) ? VIEWED[type]! : undefined;
  const rest = viewed
    ? differing(propertiesOf(left), propertiesOf(right)).filter((property) => !viewed.includes(property))
    : [];
  if (rest.length > 0)
    context.add({
      class: "unknown",
      area,
      sentence: say`${id} in the template of StackSet ${name}: ${listOf(rest)} changes.`,
      resources,
      binding: [left, right],
    });
}

/** A name, an ARN; functions of CloudFormation as they are written, so that two that differ are two. */
function nameText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "unnamed";
  if (!isObject(value)) return canonicalJson(value);
  if (typeof value["Fn::Sub"] === "string") return value["Fn::Sub"];
  return joined(value["Fn::Join"]) ?? canonicalJson(value);
}

/** `Fn::Join` of texts and references as `Fn::Sub` would write it; nothing where it joins something else. */
function joined(join: unknown): string | undefined {
  const [separator, parts] = Array.isArray(join) ? (join as unknown[]) : [];
  if (typeof separator !== "string" || !Array.isArray(parts)) return undefined;
  const texts = (parts as unknown[]).map((part) =>
    typeof part === "string"
      ? part
      : isObject(part) && typeof part["Ref"] === "string"
        ? `\${${part["Ref"]}}`
        : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join(separator);
}

function roleView(resource: Json): RoleView {
  const properties = propertiesOf(resource);
  const { ManagedPolicyArns: managed = [], Policies: written = [] } = properties;
  // A list that a function makes holds something, and which policies they are it does not say.
  const policies = Array.isArray(written) ? (written as unknown[]) : [written];
  const boundary = properties["PermissionsBoundary"];
  return {
    name: nameText(properties["RoleName"]),
    path: typeof properties["Path"] === "string" ? properties["Path"] : "/",
    trust: policyOf(properties["AssumeRolePolicyDocument"]),
    managed: (Array.isArray(managed) ? (managed as unknown[]) : [managed]).map(nameText).sort(),
    inline: policies
      .map((policy) =>
        isObject(policy) && "PolicyDocument" in policy
          ? { name: nameText(policy["PolicyName"]), held: policyOf(policy["PolicyDocument"]) }
          : { name: nameText(policy), held: "invalid" as const },
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(boundary === undefined ? {} : { boundary: nameText(boundary) }),
    maxSessionSeconds: Number(properties["MaxSessionDuration"] ?? 3600),
    open: isObject(properties["MaxSessionDuration"]) ? ["MaxSessionDuration"] : [],
  };
}

function propertiesOf(resource: Json): Json {
  return isObject(resource["Properties"]) ? resource["Properties"] : {};
}
