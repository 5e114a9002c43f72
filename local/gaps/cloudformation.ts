import {
  AwsError,
  object,
  objects,
  page,
  text,
  texts,
  type AwsRequest,
  type Json,
  type JsonObject,
} from "../aws-message";
import type { Gap } from "../gap";
import type { OrganizationReader } from "../organization-reader";
import {
  STACKSETS_PRINCIPAL,
  type Operation,
  type StackInstance,
  type StackSet,
  type StackSets,
  type StackSetSettings,
  type Targets,
} from "../stacksets/stack-sets";
import { preferencesOf } from "../stacksets/tolerance";
import { uniqueSorted } from "../../modules/kernel/lists";

const PAGE_SIZE = 100;

/** moto's StackSets make nothing for OU targets: all operations on StackSets are the front's; stacks of callers stay moto's. */
export function cloudFormationGap(stackSets: StackSets, organization: OrganizationReader): Gap {
  /** A delegated administrator works on the sets of the management account. */
  const ownerOf = async (request: AwsRequest): Promise<string> => {
    if (request.input["CallAs"] !== "DELEGATED_ADMIN") return request.accountId;
    if (!(await organization.delegatedServices(request.accountId)).includes(STACKSETS_PRINCIPAL)) {
      throw new AwsError("ValidationError", `Account used is not a delegated administrator`);
    }
    return organization.managementAccountId;
  };
  const find = async (request: AwsRequest): Promise<StackSet> =>
    stackSets.find(await ownerOf(request), request.region, text(request.input["StackSetName"]));
  const operationOf = (set: StackSet, id: string): Operation => {
    const found = set.operations.find((operation) => operation.id === id);
    if (!found) throw new AwsError("OperationNotFoundException", `Operation ${id} not found`, 404);
    return found;
  };
  const paged = (request: AwsRequest, items: readonly JsonObject[]): JsonObject => {
    const { items: Summaries, next } = page(
      items,
      request.input["NextToken"],
      Number(text(request.input["MaxResults"], String(PAGE_SIZE))),
    );
    return { Summaries, NextToken: next };
  };

  return {
    service: "cloudformation",
    operations: {
      CreateStackSet: async (request) => {
        const owner = await ownerOf(request);
        const settings = settingsOf(request.input, undefined);
        if (settings.permissionModel === "SERVICE_MANAGED" && owner !== organization.managementAccountId) {
          throw new AwsError(
            "ValidationError",
            "You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set",
          );
        }
        return { StackSetId: (await stackSets.create(owner, request.region, settings)).id };
      },
      UpdateStackSet: async (request) => {
        const set = await find(request);
        return {
          OperationId: stackSets.update(set, settingsOf(request.input, set.settings), preferencesOf(request.input)).id,
        };
      },
      DeleteStackSet: async (request) => {
        stackSets.delete(await find(request));
        return {};
      },
      DescribeStackSet: async (request) => ({ StackSet: describeSet(await find(request)) }),
      ListStackSets: async (request) =>
        paged(
          request,
          stackSets.list(await ownerOf(request), request.region).map((set) => ({
            StackSetName: set.settings.name,
            StackSetId: set.id,
            Description: set.settings.description,
            Status: "ACTIVE",
            PermissionModel: set.settings.permissionModel,
            AutoDeployment: autoDeployment(set.settings),
          })),
        ),

      CreateStackInstances: async (request) => {
        const set = await find(request);
        return {
          OperationId: stackSets.createInstances(
            set,
            targetsOf(request.input),
            texts(request.input["Regions"]),
            parameters(request.input["ParameterOverrides"]),
            preferencesOf(request.input),
          ).id,
        };
      },
      UpdateStackInstances: async (request) => {
        const set = await find(request);
        return {
          OperationId: stackSets.updateInstances(
            set,
            targetsOf(request.input),
            texts(request.input["Regions"]),
            parameters(request.input["ParameterOverrides"]),
            preferencesOf(request.input),
          ).id,
        };
      },
      DeleteStackInstances: async (request) => {
        const set = await find(request);
        return {
          OperationId: stackSets.deleteInstances(
            set,
            targetsOf(request.input),
            texts(request.input["Regions"]),
            text(request.input["RetainStacks"]) === "true",
            preferencesOf(request.input),
          ).id,
        };
      },
      DescribeStackInstance: async (request) => {
        const set = await find(request);
        const account = text(request.input["StackInstanceAccount"]);
        const region = text(request.input["StackInstanceRegion"]);
        const instance = set.instances.get(`${account}|${region}`);
        if (!instance)
          throw new AwsError(
            "StackInstanceNotFoundException",
            `Stack instance for stack set ${set.settings.name}, account ${account} and region ${region} not found`,
            404,
          );
        return {
          StackInstance: { ...describeInstance(set, instance), ParameterOverrides: parameterList(instance.overrides) },
        };
      },
      ListStackInstances: async (request) => {
        const set = await find(request);
        const { StackInstanceAccount: account, StackInstanceRegion: region } = request.input;
        const wanted = [...set.instances.values()].filter(
          (one) =>
            (account === undefined || one.accountId === account) && (region === undefined || one.region === region),
        );
        wanted.sort((a, b) => (`${a.accountId}|${a.region}` < `${b.accountId}|${b.region}` ? -1 : 1));
        return paged(
          request,
          wanted.map((one) => describeInstance(set, one)),
        );
      },

      DescribeStackSetOperation: async (request) => {
        const set = await find(request);
        return {
          StackSetOperation: {
            ...describeOperation(operationOf(set, text(request.input["OperationId"]))),
            StackSetId: set.id,
          },
        };
      },
      ListStackSetOperations: async (request) =>
        paged(request, [...(await find(request)).operations].reverse().map(describeOperation)),
      ListStackSetOperationResults: async (request) => {
        const operation = operationOf(await find(request), text(request.input["OperationId"]));
        return paged(
          request,
          operation.results.map((result) => ({
            Account: result.accountId,
            Region: result.region,
            Status: result.status,
            StatusReason: result.reason || undefined,
            OrganizationalUnitId: result.organizationalUnitId || undefined,
          })),
        );
      },
      StopStackSetOperation: async (request) => {
        operationOf(await find(request), text(request.input["OperationId"]));
        return {};
      },
    },
  };
}

/** Settings of a call; what an update leaves out stays as it was, as AWS documents it member by member. */
function settingsOf(input: JsonObject, before: StackSetSettings | undefined): StackSetSettings {
  const auto = object(input["AutoDeployment"]);
  const body = input["TemplateBody"];
  if (body === undefined && input["TemplateURL"] !== undefined)
    throw new AwsError("ValidationError", "The local AWS reads templates from TemplateBody, not from TemplateURL.");
  if (body === undefined && !before)
    throw new AwsError("ValidationError", "Either TemplateBody or TemplateURL must be given.");
  return {
    name: before?.name ?? text(input["StackSetName"]),
    description: text(input["Description"], before?.description ?? ""),
    templateBody: text(body, before?.templateBody ?? ""),
    parameters: parameters(input["Parameters"], before?.parameters),
    capabilities: texts(input["Capabilities"]),
    tags:
      input["Tags"] === undefined
        ? (before?.tags ?? {})
        : Object.fromEntries(objects(input["Tags"]).map((tag) => [text(tag["Key"]), text(tag["Value"])])),
    permissionModel: (text(input["PermissionModel"]) ||
      before?.permissionModel ||
      "SELF_MANAGED") as StackSetSettings["permissionModel"],
    administrationRoleArn: text(input["AdministrationRoleARN"]) || before?.administrationRoleArn,
    executionRoleName: text(input["ExecutionRoleName"]) || before?.executionRoleName,
    autoDeployment:
      input["AutoDeployment"] === undefined
        ? (before?.autoDeployment ?? { enabled: false, retainStacks: false })
        : {
            enabled: text(auto["Enabled"]) === "true",
            retainStacks: text(auto["RetainStacksOnAccountRemoval"]) === "true",
          },
    managedExecution:
      input["ManagedExecution"] === undefined
        ? (before?.managedExecution ?? false)
        : text(object(input["ManagedExecution"])["Active"]) === "true",
  };
}

function parameters(
  list: Json | undefined,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    objects(list).map((parameter) => {
      const key = text(parameter["ParameterKey"]);
      return [
        key,
        text(parameter["UsePreviousValue"]) === "true" ? (before[key] ?? "") : text(parameter["ParameterValue"]),
      ];
    }),
  );
}

function parameterList(values: Readonly<Record<string, string>>): JsonObject[] {
  return Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
}

function targetsOf(input: JsonObject): Targets {
  const targets = object(input["DeploymentTargets"]);
  const accounts = targets["Accounts"] === undefined ? texts(input["Accounts"]) : texts(targets["Accounts"]);
  return {
    organizationalUnitIds: texts(targets["OrganizationalUnitIds"]),
    accounts,
    accountFilter: (text(targets["AccountFilterType"]) || "NONE") as Targets["accountFilter"],
  };
}

function autoDeployment(settings: StackSetSettings): JsonObject | undefined {
  if (settings.permissionModel !== "SERVICE_MANAGED") return undefined;
  const { enabled, retainStacks } = settings.autoDeployment;
  return enabled ? { Enabled: true, RetainStacksOnAccountRemoval: retainStacks } : { Enabled: false };
}

function describeSet(set: StackSet): JsonObject {
  const { settings } = set;
  const isSelfManaged = settings.permissionModel === "SELF_MANAGED";
  return {
    StackSetName: settings.name,
    StackSetId: set.id,
    StackSetARN: set.arn,
    Description: settings.description || undefined,
    Status: "ACTIVE",
    TemplateBody: settings.templateBody,
    Parameters: parameterList(settings.parameters),
    Capabilities: [...settings.capabilities],
    Tags: Object.entries(settings.tags).map(([Key, Value]) => ({ Key, Value })),
    PermissionModel: settings.permissionModel,
    AdministrationRoleARN: isSelfManaged
      ? (settings.administrationRoleArn ??
        `arn:aws:iam::${set.ownerId}:role/AWSCloudFormationStackSetAdministrationRole`)
      : undefined,
    ExecutionRoleName: isSelfManaged
      ? (settings.executionRoleName ?? "AWSCloudFormationStackSetExecutionRole")
      : undefined,
    AutoDeployment: autoDeployment(settings),
    ManagedExecution: { Active: settings.managedExecution },
    OrganizationalUnitIds: [...uniqueSorted(set.deployments.map((deployment) => deployment.organizationalUnitId))],
    Regions: [...uniqueSorted([...set.instances.values()].map((instance) => instance.region))],
  };
}

function describeInstance(set: StackSet, instance: StackInstance): JsonObject {
  return {
    StackSetId: set.id,
    Account: instance.accountId,
    Region: instance.region,
    StackId: instance.stack.id,
    Status: instance.status,
    StatusReason: instance.statusReason || undefined,
    StackInstanceStatus: { DetailedStatus: instance.detailedStatus },
    OrganizationalUnitId: instance.organizationalUnitId || undefined,
    DriftStatus: "NOT_CHECKED",
    LastOperationId: instance.lastOperationId,
  };
}

function describeOperation(operation: Operation): JsonObject {
  return {
    OperationId: operation.id,
    Action: operation.action,
    Status: operation.status,
    StatusReason: operation.statusReason || undefined,
    CreationTimestamp: operation.created,
    EndTimestamp: operation.status === "SUCCEEDED" || operation.status === "FAILED" ? operation.created : undefined,
  };
}
