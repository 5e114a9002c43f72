import { areaOfStack, guardOf } from "./area";
import { newPack, packChanges } from "./conformance-pack";
import { reviewDocuments } from "./documents";
import { GRANT_RULES } from "./grants";
import { bindingOf, ReviewContext } from "../context";
import { HCP_RULES } from "./hcp";
import { differing, Json, parsedObject } from "../../kernel/json";
import { withoutAccess } from "./no-access";
import { amount, at, becomes, deep, flag, members, neutral, TypeRule, Told } from "./type-rule";
import { listOf, say, Sentence, words } from "../sentence";
import {
  changedAttributes,
  isChanged,
  isReplacement,
  ResourceChange,
  shownName,
  SideName,
  text,
  texts,
} from "../../terraform/stack-plan";
import type { Area, ChangeClass } from "../types";

/** Resource types whose meaning lies in single attributes: a table instead of a file each. */

const byStack = (resource: ResourceChange): Area => areaOfStack(resource, "alarms");

const RULES: Readonly<Record<string, TypeRule>> = {
  ...HCP_RULES,
  ...GRANT_RULES,
  aws_iam_openid_connect_provider: {
    what: "OIDC provider",
    area: at("workload-identity"),
    named: "url",
    created: ["weakens", "is new: its tokens can be used where a role trusts it"],
    deleted: ["strengthens", "is deleted: its tokens open nothing any more"],
    attributes: {
      client_id_list: members(
        "client_id_list",
        ["weakens", "accepts tokens for"],
        ["strengthens", "no longer accepts tokens for"],
      ),
      thumbprint_list: becomes("unknown", "trusts other certificates of its server"),
      // The provider reads it back without its scheme.
      url: (resource, subject) => {
        const url = (side: SideName): string => (text(resource[side], "url") ?? "").replace(/^https:\/\//, "");
        return url("before") === url("after") ? [] : [["weakens", say`${subject} is another issuer than before.`]];
      },
    },
  },
  aws_iam_saml_provider: {
    what: "SAML provider",
    area: at("workload-identity"),
    created: ["weakens", "is new: its assertions can be used where a role trusts it"],
    deleted: ["strengthens", "is deleted"],
    attributes: {
      saml_metadata_document: becomes("weakens", "trusts another identity provider or another of its keys"),
      valid_until: neutral,
    },
  },
  aws_rolesanywhere_trust_anchor: {
    what: "Trust anchor",
    area: at("workload-identity"),
    created: ["weakens", "is new: certificates of its CA can be used where a role trusts it"],
    deleted: ["strengthens", "is deleted: certificates of its CA open nothing any more"],
    attributes: {
      source: becomes("weakens", "trusts another CA than before"),
      enabled: flag("enabled", ["weakens", "is enabled"], ["strengthens", "is disabled"]),
      notification_settings: becomes("unknown", "warns of the end of certificates in another way"),
      name: becomes("neutral", "gets another name"),
    },
  },
  aws_rolesanywhere_profile: {
    what: "Roles Anywhere profile",
    area: at("workload-identity"),
    created: ["weakens", "is new: its roles can be used with a certificate that they trust"],
    deleted: ["strengthens", "is deleted"],
    attributes: {
      role_arns: members("role_arns", ["weakens", "gives"], ["strengthens", "no longer gives"]),
      managed_policy_arns: members(
        "managed_policy_arns",
        ["unknown", "limits its sessions with"],
        ["weakens", "no longer limits its sessions with"],
      ),
      session_policy: becomes("unknown", "limits its sessions with another policy"),
      duration_seconds: amount("duration_seconds", "seconds a session", "weakens"),
      enabled: flag("enabled", ["weakens", "is enabled"], ["strengthens", "is disabled"]),
      require_instance_properties: flag(
        "require_instance_properties",
        ["strengthens", "demands instance properties"],
        ["weakens", "no longer demands instance properties"],
      ),
      accept_role_session_name: flag(
        "accept_role_session_name",
        ["weakens", "lets callers choose the session's name"],
        ["strengthens", "no longer lets callers choose the session's name"],
      ),
      name: becomes("neutral", "gets another name"),
    },
  },
  aws_iam_organizations_features: {
    what: "Centralized root access",
    area: at("guardrails"),
    named: "id",
    created: ["strengthens", "is switched on"],
    deleted: ["destroys-guard", "is switched off: member accounts' root users can get credentials again"],
    attributes: {
      enabled_features: members("enabled_features", ["strengthens", "gains"], ["destroys-guard", "loses"]),
    },
  },
  aws_iam_policy: {
    what: "Managed policy",
    area: at("roles"),
    created: (resource, context) =>
      isAttached(context, resource, "after")
        ? ["neutral", "is new; what it grants is reported with each principal that has it"]
        : ["neutral", "is new; nobody in the plan has it"],
    deleted: (resource, context) =>
      isAttached(context, resource, "before")
        ? ["neutral", "is deleted; what that takes away is reported with each principal that had it"]
        : ["unknown", "is deleted; the plan does not show who had it"],
    attributes: { policy: neutral },
  },
  aws_sns_topic_policy: {
    what: "Policy of topic",
    area: byStack,
    named: "arn",
    created: ["neutral", "is new"],
    deleted: ["destroys-guard", "is deleted: alarms no longer reach it"],
    attributes: {
      policy: neutral,
      arn: becomes("unknown", "is another topic's"),
      owner: neutral,
    },
  },
  aws_cloudwatch_event_bus_policy: {
    what: "Policy of bus",
    area: byStack,
    named: "event_bus_name",
    created: ["neutral", "is new"],
    deleted: ["destroys-guard", "is deleted: forwarded events no longer reach it"],
    attributes: { policy: neutral, event_bus_name: becomes("unknown", "is another bus's") },
  },
  aws_kms_key: {
    what: "Key",
    area: byStack,
    named: "description",
    created: ["neutral", "is new"],
    deleted: ["destroys-guard", "is deleted: what it encrypts cannot be read any more"],
    attributes: {
      policy: neutral,
      enable_key_rotation: flag(
        "enable_key_rotation",
        ["strengthens", "is rotated"],
        ["weakens", "is no longer rotated"],
      ),
      is_enabled: flag(
        "is_enabled",
        ["strengthens", "is enabled"],
        ["destroys-guard", "is disabled: alarms cannot be encrypted"],
      ),
      deletion_window_in_days: neutral,
      key_id: neutral,
      rotation_period_in_days: amount("rotation_period_in_days", "days between rotations", "weakens"),
    },
  },
  aws_kms_alias: {
    what: "Alias",
    area: byStack,
    created: ["neutral", "is new"],
    deleted: ["neutral", "is deleted"],
    attributes: { target_key_id: becomes("unknown", "points to another key"), target_key_arn: neutral, name: neutral },
  },
  aws_accessanalyzer_analyzer: {
    what: "Analyzer",
    area: at("credential-hygiene"),
    named: "analyzer_name",
    created: (resource) => {
      if (resource.unknown.has("configuration")) return ["unknown", "is new; what it leaves out is not known yet"];
      return deep(resource.after, "configuration.unused_access.analysis_rule.exclusion") === undefined
        ? ["strengthens", "is new"]
        : ["neutral", "is new, and does not look at all that there is: it has exclusions"];
    },
    deleted: ["destroys-guard", "is deleted: unused access is no longer found"],
    attributes: {
      configuration: amount(
        "configuration.unused_access.unused_access_age",
        "days until access counts as unused",
        "weakens",
      ),
      type: becomes("unknown", "looks at something else"),
    },
  },
  aws_config_organization_managed_rule: {
    what: "Rule",
    area: at("credential-hygiene"),
    created: newAccountWide,
    deleted: ["destroys-guard", "is deleted: what it found is no longer found"],
    attributes: {
      input_parameters: (resource, subject) => parameterChanges(resource, subject),
      excluded_accounts: members("excluded_accounts", ["weakens", "no longer looks at"], ["strengthens", "looks at"]),
      rule_identifier: becomes("unknown", "looks for something else"),
      maximum_execution_frequency: becomes("unknown", "looks at another pace"),
    },
  },
  aws_config_organization_conformance_pack: {
    what: "Conformance pack",
    area: at("credential-hygiene"),
    created: (resource) => newPack(text(resource.after, "template_body")) ?? newAccountWide(resource),
    deleted: ["destroys-guard", "is deleted: what it found is no longer found, nor fixed"],
    attributes: {
      template_body: (resource, subject) =>
        packChanges(text(resource.before, "template_body"), text(resource.after, "template_body"), subject),
      excluded_accounts: members("excluded_accounts", ["weakens", "no longer looks at"], ["strengthens", "looks at"]),
      input_parameter: becomes("unknown", "has other parameters"),
    },
  },
};

/** Of the whole organization but for some accounts; of those that are named nobody reads here whether there are any others. */
function newAccountWide({ after, unknown }: ResourceChange): Told {
  if (unknown.has("excluded_accounts")) return ["unknown", "is new; which accounts it leaves out is not known yet"];
  const without = texts(after, "excluded_accounts");
  return without.length === 0
    ? ["strengthens", "is new"]
    : ["neutral", say`is new, and does not look at ${listOf(without, 4)}`];
}

/** Kinds of holders of policies that carry alarms. */
const ALARM_HOLDERS: ReadonlySet<string> = new Set(["aws_sns_topic", "aws_cloudwatch_event_bus"]);

/** Whether somebody in the plan holds a managed policy. */
function isAttached(context: ReviewContext, policy: ResourceChange, side: SideName): boolean {
  return context
    .ofType("aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment")
    .some((part) => part[side] && context.linked(part, "policy_arn", ["aws_iam_policy"], side) === policy);
}

/** Topics, buses and keys that no rule knows are an alarm's; what else holds a policy is of its stack. */
function areaOfHolder(resource: ResourceChange): Area {
  return (
    ruleOf(resource)?.area(resource) ?? areaOfStack(resource, ALARM_HOLDERS.has(resource.type) ? "alarms" : "other")
  );
}

function ruleOf(resource: ResourceChange): TypeRule | undefined {
  return Object.hasOwn(RULES, resource.type) ? RULES[resource.type] : undefined;
}

/** Days and ages in the parameters of a Config rule: longer finds less. */
function parameterChanges(resource: ResourceChange, subject: Sentence): readonly (readonly [ChangeClass, Sentence])[] {
  const read = (side: SideName): Json => parsedObject(text(resource[side], "input_parameters") ?? "{}") ?? {};
  const [before, after] = [read("before"), read("after")];
  return differing(before, after).map((name) => {
    const [from, to] = [Number(before[name]), Number(after[name])];
    if (!/age|days/i.test(name) || Number.isNaN(from) || Number.isNaN(to))
      return ["unknown", say`${subject}: parameter ${name} changes.`] as const;
    return [to > from ? "weakens" : "strengthens", say`${subject}: ${name} is ${to} days instead of ${from}.`] as const;
  });
}

export function reviewByRules(context: ReviewContext): void {
  reviewDocuments(
    context,
    areaOfHolder,
    (resource) => ALARM_HOLDERS.has(resource.type) || ruleOf(resource) !== undefined,
  );
  for (const resource of context.notUnderstood()) {
    const rule = ruleOf(resource);
    if (!rule) continue;
    context.understand(resource);
    const name =
      typeof rule.named === "function" ? rule.named(resource, context) : shownName(resource, undefined, rule.named);
    const subject = rule.named === "id" ? words(rule.what) : say`${words(rule.what)} ${name}`;
    const add = (cls: ChangeClass, sentence: Sentence, attribute?: string): void =>
      context.add({
        class: cls,
        area: rule.area(resource),
        sentence,
        resources: [resource],
        binding: bindingOf(resource, attribute === undefined ? undefined : [attribute]),
        administrator: cls === "weakens" && rule.administrator?.(resource, context) === true,
      });
    const tell = ([cls, what]: Told): void =>
      add(cls, say`${subject} ${typeof what === "string" ? words(what) : what}.`);
    if (!resource.before) tell(typeof rule.created === "function" ? rule.created(resource, context) : rule.created);
    else if (!resource.after) tell(typeof rule.deleted === "function" ? rule.deleted(resource, context) : rule.deleted);
    else reviewAttributes(context, resource, rule, subject, add);
  }
}

function reviewAttributes(
  context: ReviewContext,
  resource: ResourceChange,
  rule: TypeRule,
  subject: Sentence,
  add: (cls: ChangeClass, sentence: Sentence, attribute?: string) => void,
): void {
  const changed = changedAttributes(resource);
  // What a replacement means is told for itself.
  if (changed.length === 0 && !isReplacement(resource)) add("neutral", say`${subject}: description or tags change.`);
  for (const attribute of changed) {
    const of = Object.hasOwn(rule.attributes, attribute) ? rule.attributes[attribute] : undefined;
    if (resource.unknown.has(attribute) && of !== neutral)
      add("unknown", say`${subject}: ${attribute} is not known before it is applied.`, attribute);
    else if (resource.sensitive.has(attribute))
      add("unknown", say`${subject}: ${attribute} changes, and is marked sensitive.`, attribute);
    else if (!of) add("unknown", say`${subject}: ${attribute} changes.`, attribute);
    else for (const [cls, sentence] of of(resource, subject, context)) add(cls, sentence, attribute);
  }
}

/** Whatever nobody understands is said to be unknown: silence would be a claim. */
export function reviewTheRest(context: ReviewContext): void {
  for (const resource of context.resources) {
    if (resource.provisioned && isChanged(resource))
      context.add({
        class: "unknown",
        area: "other",
        sentence: say`${resource.address} runs a program where Terraform runs (provisioner).`,
        resources: [resource],
        subjects: [{ type: "provisioner", address: resource.address, attributes: [], notResource: true }],
        binding: bindingOf(resource),
      });
    // Terraform's own bookkeeping: it holds data in the state and calls nobody.
    if (resource.type === "terraform_data") context.understand(resource);
  }
  for (const resource of context.notUnderstood()) {
    context.understand(resource);
    const what = !resource.before ? "is new" : !resource.after ? "goes away" : "changes";
    const guard = resource.before && !resource.after ? guardOf(resource) : undefined;
    const harmless = withoutAccess(resource);
    if (harmless !== undefined) {
      context.add({
        class: "neutral",
        area: "other",
        sentence: say`${resource.address}: ${words(harmless)}.`,
        resources: [resource],
      });
      continue;
    }
    context.add({
      class: guard ? "destroys-guard" : "unknown",
      area: guard ? areaOfStack(resource, "other") : "other",
      sentence: guard
        ? say`${resource.address} goes away: it is a guard of ${words(guard.of)}.`
        : say`${resource.address} ${words(what)}; what that means for access is not known here.`,
      resources: [resource],
      binding: bindingOf(resource),
    });
  }
}
