import { createHash } from "node:crypto";
import { AwsError, objects, text, texts, type Json, type JsonObject } from "../aws-message";
import { type Place, type Upstream, xmlValue } from "../upstream";
import type { Existing } from "./template";

/** Where a resource of a stack is made, and what it gets from its stack. */
export interface ResourceContext {
  readonly moto: Upstream;
  readonly place: Place;
  readonly stackName: string;
  readonly logicalId: string;
  /** Tags of the stack set, which every resource of its stacks gets. */
  readonly tags: Readonly<Record<string, string>>;
}

/** One type of resource, made through the API of its service in the account and region of the stack. */
export interface ResourceType {
  create(context: ResourceContext, properties: JsonObject): Promise<Existing>;
  /** Gives nothing when the change needs a replacement. */
  update(
    context: ResourceContext,
    existing: Existing,
    before: JsonObject,
    after: JsonObject,
  ): Promise<Existing | undefined>;
  delete(context: ResourceContext, existing: Existing, properties: JsonObject): Promise<void>;
}

const IAM_VERSION = "2010-05-08";

/**
 * moto has a CloudFormation of its own, but its roles lack managed policies, session durations and updates of the trust policy.
 * Stacks of StackSets are therefore made resource by resource through the services' APIs, which moto does well. A type that is
 * missing here fails the operation by name.
 */
export function resourceType(type: string): ResourceType {
  const found = TYPES[type];
  if (!found)
    throw new AwsError(
      "ValidationError",
      `The local AWS makes no ${type} in stacks; it knows ${Object.keys(TYPES).join(", ")}.`,
    );
  return found;
}

function iam(
  context: ResourceContext,
  action: string,
  input: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return context.moto.query(context.place, "iam", IAM_VERSION, action, input);
}

/** A name that CloudFormation would make up: stable for the same stack and resource. */
function generatedName(context: ResourceContext, maxLength = 64): string {
  const hash = createHash("sha256")
    .update(`${context.stackName}/${context.logicalId}`)
    .digest("hex")
    .slice(0, 12)
    .toUpperCase();
  return `${`${context.stackName}-${context.logicalId}`.slice(0, maxLength - 13)}-${hash}`;
}

function document(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? {});
}

function tagsOf(context: ResourceContext, properties: JsonObject): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(context.tags),
    ...objects(properties["Tags"]).map((tag) => [text(tag["Key"]), text(tag["Value"])] as const),
  ]);
}

function tagMembers(tags: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...tags].flatMap(([key, value], index) => [
      [`Tags.member.${index + 1}.Key`, key],
      [`Tags.member.${index + 1}.Value`, value],
    ]),
  );
}

const role: ResourceType = {
  async create(context, properties) {
    const name = text(properties["RoleName"]) || generatedName(context);
    const xml = await iam(context, "CreateRole", {
      RoleName: name,
      Path: text(properties["Path"]) || "/",
      AssumeRolePolicyDocument: document(properties["AssumeRolePolicyDocument"]),
      Description: optionalText(properties["Description"]),
      MaxSessionDuration: text(properties["MaxSessionDuration"]) || "3600",
      PermissionsBoundary: optionalText(properties["PermissionsBoundary"]),
      ...tagMembers(tagsOf(context, properties)),
    });
    await setRolePolicies(context, name, {}, properties);
    return { physicalId: name, attributes: { Arn: xmlValue(xml, "Arn") ?? "", RoleId: xmlValue(xml, "RoleId") ?? "" } };
  },
  async update(context, existing, before, after) {
    if (differ(before, after, "RoleName") || differ(before, after, "Path")) return undefined;
    const name = existing.physicalId;
    if (differ(before, after, "AssumeRolePolicyDocument"))
      await iam(context, "UpdateAssumeRolePolicy", {
        RoleName: name,
        PolicyDocument: document(after["AssumeRolePolicyDocument"]),
      });
    await iam(context, "UpdateRole", {
      RoleName: name,
      Description: text(after["Description"]),
      MaxSessionDuration: text(after["MaxSessionDuration"]) || "3600",
    });
    const boundary = optionalText(after["PermissionsBoundary"]);
    if (boundary) await iam(context, "PutRolePermissionsBoundary", { RoleName: name, PermissionsBoundary: boundary });
    else if (before["PermissionsBoundary"]) await iam(context, "DeleteRolePermissionsBoundary", { RoleName: name });
    const wanted = tagsOf(context, after);
    const gone = [...tagsOf(context, before).keys()].filter((key) => !wanted.has(key));
    if (gone.length > 0) await iam(context, "UntagRole", { RoleName: name, ...members("TagKeys", gone) });
    if (wanted.size > 0) await iam(context, "TagRole", { RoleName: name, ...tagMembers(wanted) });
    await setRolePolicies(context, name, before, after);
    return existing;
  },
  async delete(context, existing, properties) {
    await setRolePolicies(context, existing.physicalId, properties, {});
    await iam(context, "DeleteRole", { RoleName: existing.physicalId });
  },
};

/** Makes managed and inline policies of a role what `after` says. */
async function setRolePolicies(
  context: ResourceContext,
  name: string,
  before: JsonObject,
  after: JsonObject,
): Promise<void> {
  const [had, wanted] = [texts(before["ManagedPolicyArns"]), texts(after["ManagedPolicyArns"])];
  for (const arn of wanted.filter((one) => !had.includes(one)))
    await iam(context, "AttachRolePolicy", { RoleName: name, PolicyArn: arn });
  for (const arn of had.filter((one) => !wanted.includes(one)))
    await iam(context, "DetachRolePolicy", { RoleName: name, PolicyArn: arn });
  const inline = objects(after["Policies"]);
  for (const policy of inline)
    await iam(context, "PutRolePolicy", {
      RoleName: name,
      PolicyName: text(policy["PolicyName"]),
      PolicyDocument: document(policy["PolicyDocument"]),
    });
  for (const policy of objects(before["Policies"]).filter(
    (old) => !inline.some((one) => one["PolicyName"] === old["PolicyName"]),
  )) {
    await iam(context, "DeleteRolePolicy", { RoleName: name, PolicyName: text(policy["PolicyName"]) });
  }
}

/** An inline policy of its own on roles. */
const inlinePolicy: ResourceType = {
  async create(context, properties) {
    const name = text(properties["PolicyName"]);
    for (const roleName of texts(properties["Roles"]))
      await iam(context, "PutRolePolicy", {
        RoleName: roleName,
        PolicyName: name,
        PolicyDocument: document(properties["PolicyDocument"]),
      });
    return { physicalId: name, attributes: {} };
  },
  async update(context, existing, before, after) {
    if (differ(before, after, "PolicyName")) return undefined;
    await this.create(context, after);
    for (const roleName of texts(before["Roles"]).filter((old) => !texts(after["Roles"]).includes(old)))
      await iam(context, "DeleteRolePolicy", { RoleName: roleName, PolicyName: existing.physicalId });
    return existing;
  },
  async delete(context, existing, properties) {
    for (const roleName of texts(properties["Roles"]))
      await iam(context, "DeleteRolePolicy", { RoleName: roleName, PolicyName: existing.physicalId });
  },
};

const managedPolicy: ResourceType = {
  async create(context, properties) {
    const xml = await iam(context, "CreatePolicy", {
      PolicyName: text(properties["ManagedPolicyName"]) || generatedName(context, 128),
      Path: text(properties["Path"]) || "/",
      Description: optionalText(properties["Description"]),
      PolicyDocument: document(properties["PolicyDocument"]),
      ...tagMembers(new Map(Object.entries(context.tags))),
    });
    const arn = xmlValue(xml, "Arn") ?? "";
    for (const roleName of texts(properties["Roles"]))
      await iam(context, "AttachRolePolicy", { RoleName: roleName, PolicyArn: arn });
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async update(context, existing, before, after) {
    if (["ManagedPolicyName", "Path", "Description", "Roles"].some((name) => differ(before, after, name)))
      return undefined;
    await iam(context, "CreatePolicyVersion", {
      PolicyArn: existing.physicalId,
      PolicyDocument: document(after["PolicyDocument"]),
      SetAsDefault: "true",
    });
    return existing;
  },
  async delete(context, existing, properties) {
    for (const roleName of texts(properties["Roles"]))
      await iam(context, "DetachRolePolicy", { RoleName: roleName, PolicyArn: existing.physicalId });
    await iam(context, "DeletePolicy", { PolicyArn: existing.physicalId });
  },
};

const rule: ResourceType = {
  async create(context, properties) {
    const name = text(properties["Name"]) || generatedName(context);
    const bus = busName(properties["EventBusName"]);
    const { RuleArn } = await events(context, "PutRule", {
      Name: name,
      EventBusName: bus,
      Description: properties["Description"],
      EventPattern: properties["EventPattern"] === undefined ? undefined : document(properties["EventPattern"]),
      ScheduleExpression: properties["ScheduleExpression"],
      RoleArn: properties["RoleArn"],
      State: properties["State"] ?? "ENABLED",
    });
    const targets = objects(properties["Targets"]);
    if (targets.length > 0) await events(context, "PutTargets", { Rule: name, EventBusName: bus, Targets: targets });
    return { physicalId: bus === "default" ? name : `${bus}|${name}`, attributes: { Arn: text(RuleArn) } };
  },
  async update(context, existing, before, after) {
    if (differ(before, after, "Name") || differ(before, after, "EventBusName")) return undefined;
    const name = ruleName(existing);
    const gone = objects(before["Targets"])
      .map((target) => text(target["Id"]))
      .filter((id) => !objects(after["Targets"]).some((target) => target["Id"] === id));
    if (gone.length > 0)
      await events(context, "RemoveTargets", { Rule: name, EventBusName: busName(after["EventBusName"]), Ids: gone });
    await this.create(context, { ...after, Name: name });
    return existing;
  },
  async delete(context, existing, properties) {
    const place = { Rule: ruleName(existing), EventBusName: busName(properties["EventBusName"]) };
    const ids = objects(properties["Targets"]).map((target) => text(target["Id"]));
    if (ids.length > 0) await events(context, "RemoveTargets", { ...place, Ids: ids });
    await events(context, "DeleteRule", { Name: place.Rule, EventBusName: place.EventBusName });
  },
};

function ruleName(existing: Existing): string {
  return existing.physicalId.split("|").pop() ?? existing.physicalId;
}

/** A bus may be named or given by ARN. */
function busName(value: Json | undefined): string {
  return text(value, "default").split("/").pop() ?? "default";
}

function events(context: ResourceContext, operation: string, input: JsonObject): Promise<JsonObject> {
  return context.moto.json(context.place, "events", `AWSEvents.${operation}`, input);
}

const topic: ResourceType = {
  async create(context, properties) {
    const attributes: Record<string, string> = {};
    if (properties["KmsMasterKeyId"] !== undefined) attributes["KmsMasterKeyId"] = text(properties["KmsMasterKeyId"]);
    const xml = await sns(context, "CreateTopic", {
      Name: text(properties["TopicName"]) || generatedName(context),
      ...Object.fromEntries(
        Object.entries(attributes).flatMap(([key, value], index) => [
          [`Attributes.entry.${index + 1}.key`, key],
          [`Attributes.entry.${index + 1}.value`, value],
        ]),
      ),
    });
    const arn = xmlValue(xml, "TopicArn") ?? "";
    for (const subscription of objects(properties["Subscription"]))
      await sns(context, "Subscribe", {
        TopicArn: arn,
        Protocol: text(subscription["Protocol"]),
        Endpoint: text(subscription["Endpoint"]),
      });
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: arn.split(":").pop() ?? "" } };
  },
  update: () => Promise.resolve(undefined),
  async delete(context, existing) {
    await sns(context, "DeleteTopic", { TopicArn: existing.physicalId });
  },
};

function sns(
  context: ResourceContext,
  action: string,
  input: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return context.moto.query(context.place, "sns", "2010-03-31", action, input);
}

const oidcProvider: ResourceType = {
  async create(context, properties) {
    const xml = await iam(context, "CreateOpenIDConnectProvider", {
      Url: text(properties["Url"]),
      ...members("ClientIDList", texts(properties["ClientIdList"])),
      ...members("ThumbprintList", texts(properties["ThumbprintList"])),
      ...tagMembers(tagsOf(context, properties)),
    });
    const arn = xmlValue(xml, "OpenIDConnectProviderArn") ?? "";
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  update: () => Promise.resolve(undefined),
  async delete(context, existing) {
    await iam(context, "DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: existing.physicalId });
  },
};

const TYPES: Readonly<Record<string, ResourceType>> = {
  "AWS::Events::Rule": rule,
  "AWS::IAM::ManagedPolicy": managedPolicy,
  "AWS::IAM::OIDCProvider": oidcProvider,
  "AWS::IAM::Policy": inlinePolicy,
  "AWS::IAM::Role": role,
  "AWS::IAM::RolePolicy": {
    create: (context, properties) =>
      inlinePolicy.create(context, { ...properties, Roles: [properties["RoleName"] ?? null] }),
    update: (context, existing, before, after) =>
      differ(before, after, "RoleName")
        ? Promise.resolve(undefined)
        : inlinePolicy.update(
            context,
            existing,
            { ...before, Roles: [before["RoleName"] ?? null] },
            { ...after, Roles: [after["RoleName"] ?? null] },
          ),
    delete: (context, existing, properties) =>
      inlinePolicy.delete(context, existing, { ...properties, Roles: [properties["RoleName"] ?? null] }),
  },
  "AWS::SNS::Topic": topic,
};

function members(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

function optionalText(value: Json | undefined): string | undefined {
  return text(value) || undefined;
}

function differ(before: JsonObject, after: JsonObject, name: string): boolean {
  return JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null);
}
