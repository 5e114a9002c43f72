import { canonicalJson } from "../../kernel/json";
import { bindingOf, ReviewContext } from "../context";
import { areaOfStack, isOfGuards } from "./area";
import { Home, reachOfArn, reachText } from "../reach";
import { listOf, say, Sentence, words } from "../sentence";
import { homeOf } from "./documents";
import {
  Attributes,
  changedAttributes,
  isReplacement,
  ResourceChange,
  SideName,
  text,
  texts,
} from "../../terraform/stack-plan";
import type { Area } from "../types";

/** Alarms: rules, their targets, buses, topics and who hears of them. */

export interface EventRuleView {
  /** The pattern as data; a text where it cannot be read. */
  readonly pattern: unknown;
  readonly enabled: boolean;
  /** It also matches the calls of CloudTrail that only read: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html. */
  readonly allCalls: boolean;
  /** State that is no text: a function of a template. @default - as `enabled` says */
  readonly openState?: unknown;
  /** Canonical, for comparing only. @default - targets are resources of their own */
  readonly targets?: string;
}

export function eventRuleView(attributes: Attributes, from: "template" | "terraform"): EventRuleView {
  const [pattern, state] =
    from === "template"
      ? [attributes["EventPattern"], attributes["State"]]
      : [
          attributes["event_pattern"],
          attributes["state"] ?? (attributes["is_enabled"] === false ? "DISABLED" : undefined),
        ];
  return {
    pattern: typeof pattern === "string" ? parsed(pattern) : pattern,
    enabled: state !== "DISABLED",
    allCalls: state === "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    ...(state === undefined || state === null || typeof state === "string" ? {} : { openState: state }),
    ...(from === "template" ? { targets: canonicalJson(attributes["Targets"] ?? null) } : {}),
  };
}

/**
 * What a rule will be: a plan has both `state` and the older `is_enabled`, and the one that is not written keeps what AWS has said. What
 * changes is what is written.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/events/rule.go
 */
function plannedRule({ before, after }: ResourceChange): Attributes | undefined {
  if (!before || !after || text(before, "state") !== text(after, "state")) return after;
  return text(before, "is_enabled") === text(after, "is_enabled")
    ? after
    : { ...after, state: after["is_enabled"] === false ? "DISABLED" : "ENABLED" };
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

export function reviewEventRule(
  context: ReviewContext,
  before: EventRuleView | undefined,
  after: EventRuleView | undefined,
  setting: { readonly subject: Sentence; readonly area: Area; readonly resources: readonly ResourceChange[] },
): void {
  const { subject, area, resources } = setting;
  const binding = [before, after];
  if (!before && !after) return;
  if (!before)
    context.add({
      class: after!.enabled ? "strengthens" : "neutral",
      area,
      sentence: after!.enabled ? say`${subject} is new.` : say`${subject} is new, and disabled.`,
      resources,
    });
  else if (!after)
    context.add({
      class: "destroys-guard",
      area,
      sentence: say`${subject} is deleted: the events that it matched raise no alarm.`,
      resources,
    });
  else {
    if (before.enabled && !after.enabled)
      context.add({
        class: "destroys-guard",
        area,
        sentence: say`${subject} is disabled: the events that it matches raise no alarm.`,
        resources,
      });
    if (!before.enabled && after.enabled)
      context.add({ class: "strengthens", area, sentence: say`${subject} is enabled.`, resources });
    if (before.enabled && after.enabled && before.allCalls !== after.allCalls)
      context.add({
        class: before.allCalls ? "destroys-guard" : "strengthens",
        area,
        sentence: before.allCalls
          ? say`${subject} no longer matches calls that only read (CloudTrail's read-only management events).`
          : say`${subject} also matches calls that only read (CloudTrail's read-only management events).`,
        resources,
      });
    if (canonicalJson(before.openState ?? null) !== canonicalJson(after.openState ?? null))
      context.add({
        class: "unknown",
        area,
        sentence: say`${subject}: whether it is enabled is not known here.`,
        resources,
        binding,
      });
    const relation = patternRelation(before.pattern, after.pattern);
    if (relation === "fewer")
      context.add({
        class: "destroys-guard",
        area,
        sentence: say`${subject} matches fewer events than before.`,
        resources,
        binding,
      });
    if (relation === "more")
      context.add({
        class: "strengthens",
        area,
        sentence: say`${subject} matches more events than before.`,
        resources,
        binding,
      });
    if (relation === "unclear")
      context.add({
        class: "unknown",
        area,
        sentence: say`${subject} matches other events than before.`,
        resources,
        binding,
      });
    if (before.targets !== after.targets)
      context.add({
        class: "unknown",
        area,
        sentence: say`${subject} sends its events elsewhere.`,
        resources,
        binding,
      });
  }
}

/**
 * Whether the second pattern matches more or fewer events than the first. Fields are a conjunction, values of a field and alternatives of
 * `$or` a disjunction; a value that is a test (`anything-but`, `prefix`) is compared as a whole.
 */
export function patternRelation(before: unknown, after: unknown): "same" | "more" | "fewer" | "unclear" {
  const [left, right] = [order(before), order(after)];
  if (canonicalJson(left) === canonicalJson(right)) return "same";
  const more = within(left, right);
  const fewer = within(right, left);
  return more === fewer ? "unclear" : more ? "more" : "fewer";
}

/** Every event that `inner` matches, `outer` matches too. */
function within(inner: unknown, outer: unknown): boolean {
  if (Array.isArray(outer)) {
    const values = new Set(outer.map(canonicalJson));
    return Array.isArray(inner) && inner.every((value) => values.has(canonicalJson(value)));
  }
  if (
    typeof outer !== "object" ||
    outer === null ||
    typeof inner !== "object" ||
    inner === null ||
    Array.isArray(inner)
  )
    return canonicalJson(inner) === canonicalJson(outer);
  const has = inner as Record<string, unknown>;
  return Object.entries(outer).every(
    ([field, wanted]) =>
      Object.hasOwn(has, field) && (field === "$or" ? alternatives(has[field], wanted) : within(has[field], wanted)),
  );
}

/** Each of the one side's alternatives lies within one of the other's. */
function alternatives(inner: unknown, outer: unknown): boolean {
  return (
    Array.isArray(inner) && Array.isArray(outer) && inner.every((one) => outer.some((other) => within(one, other)))
  );
}

/** Values of a field have no order. */
function order(pattern: unknown): unknown {
  if (Array.isArray(pattern)) return pattern.map(order).sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  if (typeof pattern !== "object" || pattern === null) return pattern;
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, order(value)]));
}

const areaOf = (resource: ResourceChange): Area => areaOfStack(resource, "alarms");

/** What a target runs with a role of its own, rather than being told of an event. */
function actsAs(target: ResourceChange): string | undefined {
  const [arn, role] = [text(target.after, "arn") ?? "", text(target.after, "role_arn")];
  // A bus or queue is only sent to.
  return role && !/:(event-bus\/|sqs:|sns:)/.test(arn) ? role : undefined;
}

/** Where a target's rule is: the target's own ARN is where it goes. */
function homeOfTarget(context: ReviewContext, whole: ResourceChange): Home {
  const { before: _, after: __, ...target } = whole;
  const rules = (["after", "before"] as const).flatMap((side) =>
    whole[side] ? (context.linked(whole, "rule", ["aws_cloudwatch_event_rule"], side, ["id", "name"]) ?? []) : [],
  );
  const homes = [...rules, target].map((one) => homeOf(context, one));
  return homes.find(({ accountId }) => accountId !== undefined) ?? homeOf(context, target);
}

/** Where something goes: another account than its own reads it. */
function sentTo(
  context: ReviewContext,
  resource: ResourceChange,
  arn: string | undefined,
): { readonly far?: "weakens" | "unknown"; readonly where: Sentence } {
  const home =
    resource.type === "aws_cloudwatch_event_target" ? homeOfTarget(context, resource) : homeOf(context, resource);
  const reach = arn === undefined ? undefined : reachOfArn(arn, home);
  if (reach !== "outside" && reach !== "organization") return { where: words("") };
  // Alarms of one's own are gathered in one account; where no facts say which, nobody can tell it from another's.
  if (reach === "organization") return { where: words(" (another account of the organization)") };
  if (home.accountId === undefined && !home.organization)
    return { far: "unknown", where: words(" (whether that is its own account is not known here)") };
  return { far: "weakens", where: reachText(reach, home) };
}

/** Arguments that change, but for the policy: its statements are compared by themselves. */
const others = (resource: ResourceChange): readonly string[] =>
  changedAttributes(resource).filter((attribute) => attribute !== "policy");

const shown = (resource: ResourceChange, attribute: string): string =>
  text(resource.after ?? resource.before, attribute) ?? resource.name;

/** Who hears of an alarm guards; who reads what any other topic is sent reads something more. */
function reviewNewSubscription(context: ReviewContext, subscription: ResourceChange, who: string): void {
  const protocol = text(subscription.after, "protocol") ?? "";
  // People who get mail are the alarm; a server that messages are posted to is somebody else's reader.
  const { far, where } = sentTo(context, subscription, text(subscription.after, "endpoint"));
  const server = /^https?$/.test(protocol);
  const people = /^(email(-json)?|sms)$/.test(protocol);
  const alarm = isAlarm(context, subscription);
  const guard =
    people || far === undefined ? (subscription.unknown.has("endpoint") && !people ? "unknown" : "strengthens") : far;
  const filter = text(subscription.after, "filter_policy") || subscription.unknown.has("filter_policy");
  const some = words(filter ? ", as far as its filter lets them through" : "");
  context.add({
    class: server ? "weakens" : alarm ? guard : "weakens",
    area: areaOf(subscription),
    sentence: server
      ? say`${who} gets the messages of the topic: whoever runs that server reads them.`
      : alarm
        ? say`${who}${where} hears of the alarms of ${subscription.stack}${some}.`
        : say`${who}${where} gets the messages of topic ${text(subscription.after, "topic_arn") ?? "that is not known yet"}${some}; no plan shows that they are alarms.`,
    resources: [subscription],
    binding: bindingOf(subscription),
  });
}

/** By what its stack says that it is, or because a rule of these plans sends its events to the topic. */
function isAlarm(context: ReviewContext, subscription: ResourceChange): boolean {
  if (isOfGuards(subscription)) return true;
  const named = (resource: ResourceChange, attribute: string): readonly string[] => {
    const value = text(resource.after, attribute);
    return value === undefined
      ? (resource.references[attribute] ?? []).map((one) => `${resource.stack} ${one}`)
      : [value];
  };
  const topics = named(subscription, "topic_arn");
  return context
    .ofType("aws_cloudwatch_event_target", "aws_cloudwatch_metric_alarm")
    .some(
      (one) =>
        one.after !== undefined &&
        (named(one, "arn").some((arn) => topics.includes(arn)) ||
          texts(one.after, "alarm_actions").some((arn) => topics.includes(arn))),
    );
}

export function reviewAlarms(context: ReviewContext): void {
  for (const rule of context.changed("aws_cloudwatch_event_rule")) {
    context.understand(rule);
    const view = (side: SideName): EventRuleView | undefined => {
      const attributes = side === "before" ? rule.before : plannedRule(rule);
      return attributes && eventRuleView(attributes, "terraform");
    };
    if (rule.unknown.has("event_pattern"))
      context.add({
        class: "unknown",
        area: areaOf(rule),
        sentence: say`Rule ${shown(rule, "name")}: its pattern is not known before it is applied.`,
        resources: [rule],
      });
    else
      reviewEventRule(context, view("before"), view("after"), {
        subject: say`Rule ${shown(rule, "name")}`,
        area: areaOf(rule),
        resources: [rule],
      });
  }
  for (const target of context.changed("aws_cloudwatch_event_target")) {
    context.understand(target);
    const area = areaOf(target);
    const rule = shown(target, "rule");
    if (!target.after)
      context.add({
        class: "destroys-guard",
        area,
        sentence: say`Rule ${rule} no longer reaches its target.`,
        resources: [target],
      });
    else if (!target.before) {
      const acts = actsAs(target);
      const { far, where } = sentTo(context, target, text(target.after, "arn"));
      context.add({
        class: far ?? (acts ? "weakens" : "strengthens"),
        area,
        sentence: say`Rule ${rule} gets a target${words(target.unknown.has("arn") ? "" : ": ")}${text(target.after, "arn") ?? ""}${where}${acts ? say`, which it starts as ${acts}` : words("")}.`,
        resources: [target],
        binding: bindingOf(target),
      });
    } else if (text(target.before, "arn") !== text(target.after, "arn") && !target.unknown.has("arn")) {
      const { far, where } = sentTo(context, target, text(target.after, "arn"));
      context.add({
        class: far ?? "unknown",
        area,
        sentence: say`Rule ${rule} sends its events to ${shown(target, "arn")}${where} instead of ${text(target.before, "arn") ?? "nowhere"}.`,
        resources: [target],
        binding: bindingOf(target),
      });
    } else if (
      target.unknown.has("arn") ||
      text(target.before, "rule") !== text(target.after, "rule") ||
      canonicalJson(target.before["input_transformer"] ?? null) ===
        canonicalJson(target.after["input_transformer"] ?? null)
    )
      context.add({
        class: "unknown",
        area,
        sentence: say`Target of rule ${rule} changes.`,
        resources: [target],
        binding: bindingOf(target),
      });
    else
      context.add({ class: "neutral", area, sentence: say`The message of rule ${rule} changes.`, resources: [target] });
  }
  for (const subscription of context.changed("aws_sns_topic_subscription")) {
    context.understand(subscription);
    const area = areaOf(subscription);
    const who = (side: SideName): string =>
      subscription.sensitive.has("endpoint")
        ? "somebody (sensitive)"
        : (text(subscription[side], "endpoint") ?? "somebody who is not known yet");
    if (!subscription.after)
      context.add({
        class: "destroys-guard",
        area,
        sentence: say`${who("before")} no longer hears of the alarms of ${subscription.stack}.`,
        resources: [subscription],
      });
    else if (!subscription.before) reviewNewSubscription(context, subscription, who("after"));
    else
      context.add({
        class: "unknown",
        area,
        sentence: say`The subscription of ${who("after")} to the alarms of ${subscription.stack} changes.`,
        resources: [subscription],
        binding: bindingOf(subscription),
      });
  }
  for (const resource of context.changed("aws_sns_topic", "aws_cloudwatch_event_bus")) {
    context.understand(resource);
    const area = areaOf(resource);
    const what = resource.type === "aws_sns_topic" ? "Topic" : "Bus";
    if (!resource.after)
      context.add({
        class: "destroys-guard",
        area,
        sentence: say`${words(what)} ${shown(resource, "name")} is deleted: alarms end there.`,
        resources: [resource],
      });
    else if (!resource.before)
      context.add({
        class: "neutral",
        area,
        sentence: say`${words(what)} ${shown(resource, "name")} is new.`,
        resources: [resource],
      });
    else if (text(resource.before, "name") !== text(resource.after, "name"))
      context.add({
        class: "unknown",
        area,
        sentence: say`${words(what)} ${text(resource.before, "name") ?? ""} becomes ${shown(resource, "name")}.`,
        resources: [resource],
        binding: bindingOf(resource),
      });
    else if (
      text(resource.before, "kms_master_key_id") &&
      !text(resource.after, "kms_master_key_id") &&
      !resource.unknown.has("kms_master_key_id")
    )
      context.add({
        class: "weakens",
        area,
        sentence: say`Topic ${shown(resource, "name")} is no longer encrypted${words(others(resource).length > 1 ? ", and more of it changes" : "")}.`,
        resources: [resource],
        binding: bindingOf(resource),
      });
    else if (others(resource).length > 0)
      context.add({
        class: "unknown",
        area,
        sentence: say`${words(what)} ${shown(resource, "name")}: ${listOf(others(resource))} changes.`,
        resources: [resource],
        binding: bindingOf(resource),
      });
    else if (!isReplacement(resource))
      context.add({
        class: "neutral",
        area,
        sentence: say`${words(what)} ${shown(resource, "name")} changes in a way that decides nothing about access.`,
        resources: [resource],
      });
  }
}
