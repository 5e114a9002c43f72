import {
  AwsError,
  object,
  objects,
  page,
  success,
  text,
  type AwsRequest,
  type Json,
  type JsonObject,
} from "../aws-message";
import { TO_MOTO, type FrontContext, type Gap } from "../gap";
import { readPolicyText } from "../../modules/policy/read";
import type { OrganizationReader } from "../organization-reader";

/** The one instance of Identity Center: it belongs to the management account and lives in one region. */
export interface IdentityCenter {
  instance: { readonly arn: string; readonly identityStoreId: string; readonly region: string } | undefined;
}

export function identityCenter(): IdentityCenter {
  return { instance: undefined };
}

const TARGET = "SWBExternalService";
/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html */
const MAX_INLINE_CHARACTERS = 32_768;
/** Changes of a permission set that hold in an account only when the set is provisioned there again. */
const CHANGES = [
  "AttachCustomerManagedPolicyReferenceToPermissionSet",
  "AttachManagedPolicyToPermissionSet",
  "DeleteInlinePolicyFromPermissionSet",
  "DetachCustomerManagedPolicyReferenceFromPermissionSet",
  "DetachManagedPolicyFromPermissionSet",
  "PutInlinePolicyToPermissionSet",
  "UpdatePermissionSet",
];

/**
 * moto keeps permission sets, policies in them and assignments. The front adds the instance itself, tags, permissions boundaries,
 * provisioning status, attributes for access control, and what a delegated administrator may not do.
 */
export function ssoAdminGap(context: FrontContext, organization: OrganizationReader, center: IdentityCenter): Gap {
  const tags = new Map<string, Map<string, string>>();
  const boundaries = new Map<string, JsonObject>();
  const attributes = new Map<string, Json | undefined>();
  const provisioning = new Map<string, JsonObject>();
  /** `permission set ARN|account`: provisioned by an assignment or by a call. */
  const provisioned = new Set<string>();
  /** Pairs of `provisioned` where the set was changed since. */
  const stale = new Set<string>();
  const changed = (input: JsonObject): void =>
    [...provisioned]
      .filter((pair) => pair.startsWith(`${text(input["PermissionSetArn"])}|`))
      .forEach((pair) => stale.add(pair));
  /** Name of each permission set, by ARN. */
  const names = new Map<string, string>();

  const moto = (operation: string, input: JsonObject, seed?: JsonObject): Promise<JsonObject> => {
    const region = center.instance?.region ?? "us-east-1";
    return context.moto.json(
      { accountId: context.managementAccountId, region },
      "sso",
      `${TARGET}.${operation}`,
      input,
      seed,
    );
  };

  const guard = async (request: AwsRequest): Promise<void> => {
    const { accountId, operation, region, input } = request;
    if (accountId !== context.managementAccountId) {
      const delegated = (await organization.delegatedServices(accountId)).includes("sso.amazonaws.com");
      const permissionSet = text(input["PermissionSetArn"]);
      const toManagement =
        input["TargetId"] === context.managementAccountId ||
        provisioned.has(`${permissionSet}|${context.managementAccountId}`);
      const writes = !/^(List|Describe|Get)/.test(operation);
      if (!delegated || (writes && toManagement)) {
        throw new AwsError(
          "AccessDeniedException",
          `User: arn:aws:sts::${accountId}:assumed-role is not authorized to perform: sso:${operation}`,
        );
      }
    }
    if (operation === "ListInstances" || operation === "CreateInstance") return;
    if (center.instance?.region !== region)
      throw new AwsError("ResourceNotFoundException", `Identity Center has no instance in ${region}.`);
  };

  const requirePermissionSet = (input: JsonObject): Promise<JsonObject> =>
    moto("DescribePermissionSet", { InstanceArn: input["InstanceArn"], PermissionSetArn: input["PermissionSetArn"] });
  const tagsOf = (arn: string): Map<string, string> => {
    const existing = tags.get(arn) ?? new Map<string, string>();
    tags.set(arn, existing);
    return existing;
  };
  const addTags = (arn: string, added: Json | undefined): void =>
    objects(added).forEach((tag) => tagsOf(arn).set(text(tag["Key"]), text(tag["Value"])));
  const abacOf = (input: JsonObject): Json | undefined => {
    const found = attributes.get(text(input["InstanceArn"]));
    if (found === undefined)
      throw new AwsError(
        "ResourceNotFoundException",
        "Instance access control attribute configuration does not exist.",
      );
    return found;
  };

  return {
    service: "sso",
    guard,
    accountFor: () => context.managementAccountId,
    operations: {
      ListInstances: (request) => (center.instance?.region === request.region ? TO_MOTO : { Instances: [] }),
      CreateInstance: async (request) => {
        if (center.instance)
          throw new AwsError("ConflictException", "The organization has an instance of Identity Center.");
        const seed = JSON.parse(text(request.headers["x-local-seed"], "{}")) as JsonObject;
        const place = { accountId: context.managementAccountId, region: request.region };
        const { Instances } = await context.moto.json(place, "sso", `${TARGET}.ListInstances`, {}, seed);
        const made = objects(Instances)[0] ?? {};
        center.instance = {
          arn: text(made["InstanceArn"]),
          identityStoreId: text(made["IdentityStoreId"]),
          region: request.region,
        };
        return { InstanceArn: center.instance.arn };
      },
      DescribeInstance: async () => {
        const [instance] = objects((await moto("ListInstances", {}))["Instances"]);
        return instance ?? {};
      },

      ListRegions: (request) => ({
        Regions: [{ RegionName: request.region, Status: "ACTIVE", IsPrimaryRegion: true }],
      }),

      CreatePermissionSet: ({ input }) => {
        const name = text(input["Name"]);
        if ([...names.values()].includes(name))
          throw new AwsError("ConflictException", `PermissionSet with name ${name} already exists.`);
        return TO_MOTO;
      },
      DeletePermissionSet: async ({ input }): Promise<typeof TO_MOTO> => {
        await requirePermissionSet(input);
        const arn = text(input["PermissionSetArn"]);
        if ([...provisioned].some((pair) => pair.startsWith(`${arn}|`)))
          throw new AwsError(
            "ConflictException",
            "Could not delete because PermissionSet has ApplicationProfile associated with it",
          );
        return TO_MOTO;
      },
      /** An assignment that is there already is no error, and no second one. */
      CreateAccountAssignment: async ({ input }): Promise<JsonObject | typeof TO_MOTO> => {
        await requirePermissionSet(input);
        const { AccountAssignments } = await moto("ListAccountAssignments", {
          InstanceArn: input["InstanceArn"],
          AccountId: input["TargetId"],
          PermissionSetArn: input["PermissionSetArn"],
        });
        const known = objects(AccountAssignments).some(
          (one) => one["PrincipalId"] === input["PrincipalId"] && one["PrincipalType"] === input["PrincipalType"],
        );
        return known
          ? { AccountAssignmentCreationStatus: { Status: "SUCCEEDED", RequestId: "already-there", ...input } }
          : TO_MOTO;
      },
      PutInlinePolicyToPermissionSet: ({ input }) => {
        const policy = text(input["InlinePolicy"]);
        const { problems } = readPolicyText(policy);
        if (problems.length > 0 || policy.length > MAX_INLINE_CHARACTERS)
          throw new AwsError("ValidationException", problems[0]?.message ?? "The inline policy is too long.");
        return TO_MOTO;
      },

      ListTagsForResource: async (request) => {
        const arn = text(request.input["ResourceArn"]);
        if (arn.includes(":permissionSet/"))
          await requirePermissionSet({ InstanceArn: center.instance?.arn, PermissionSetArn: arn });
        return { Tags: [...tagsOf(arn)].map(([Key, Value]) => ({ Key, Value })) };
      },
      TagResource: (request) => {
        addTags(text(request.input["ResourceArn"]), request.input["Tags"]);
        return {};
      },
      UntagResource: (request) => {
        const arn = text(request.input["ResourceArn"]);
        (request.input["TagKeys"] as Json[]).forEach((key) => tagsOf(arn).delete(text(key)));
        return {};
      },

      PutPermissionsBoundaryToPermissionSet: async (request) => {
        await requirePermissionSet(request.input);
        boundaries.set(text(request.input["PermissionSetArn"]), object(request.input["PermissionsBoundary"]));
        changed(request.input);
        return {};
      },
      GetPermissionsBoundaryForPermissionSet: async (request) => {
        await requirePermissionSet(request.input);
        const boundary = boundaries.get(text(request.input["PermissionSetArn"]));
        if (!boundary)
          throw new AwsError("ResourceNotFoundException", "The permission set has no permissions boundary.");
        return { PermissionsBoundary: boundary };
      },
      DeletePermissionsBoundaryFromPermissionSet: async (request) => {
        await requirePermissionSet(request.input);
        boundaries.delete(text(request.input["PermissionSetArn"]));
        changed(request.input);
        return {};
      },

      ProvisionPermissionSet: async (request) => {
        await requirePermissionSet(request.input);
        const arn = text(request.input["PermissionSetArn"]);
        if (request.input["TargetType"] === "AWS_ACCOUNT") {
          provisioned.add(`${arn}|${text(request.input["TargetId"])}`);
          stale.delete(`${arn}|${text(request.input["TargetId"])}`);
        } else [...stale].filter((pair) => pair.startsWith(`${arn}|`)).forEach((pair) => stale.delete(pair));
        const status = {
          RequestId: `provisioning-${provisioning.size + 1}`,
          PermissionSetArn: arn,
          AccountId: request.input["TargetId"],
          Status: "SUCCEEDED",
        };
        provisioning.set(status.RequestId, status);
        return { PermissionSetProvisioningStatus: { ...status, Status: "IN_PROGRESS" } };
      },
      DescribePermissionSetProvisioningStatus: (request) => {
        const status = provisioning.get(text(request.input["ProvisionPermissionSetRequestId"]));
        if (!status) throw new AwsError("ResourceNotFoundException", "No such provisioning request.");
        return { PermissionSetProvisioningStatus: status };
      },
      ListPermissionSetsProvisionedToAccount: (request) => {
        const account = text(request.input["AccountId"]);
        const arns = [...provisioned]
          .filter((pair) => pair.endsWith(`|${account}`))
          .map((pair) => pair.slice(0, pair.indexOf("|")))
          .sort();
        const { items, next } = page(
          arns,
          request.input["NextToken"],
          Number(text(request.input["MaxResults"], "100")),
        );
        return { PermissionSets: items, NextToken: next };
      },
      ListAccountsForProvisionedPermissionSet: (request) => {
        const arn = text(request.input["PermissionSetArn"]);
        const status = request.input["ProvisioningStatus"];
        const accounts = [...provisioned]
          .filter((pair) => pair.startsWith(`${arn}|`))
          .filter(
            (pair) => status === undefined || (status === "LATEST_PERMISSION_SET_NOT_PROVISIONED") === stale.has(pair),
          )
          .map((pair) => pair.slice(pair.indexOf("|") + 1))
          .sort();
        const { items, next } = page(
          accounts,
          request.input["NextToken"],
          Number(text(request.input["MaxResults"], "100")),
        );
        return { AccountIds: items, NextToken: next };
      },

      CreateInstanceAccessControlAttributeConfiguration: (request) => {
        const arn = text(request.input["InstanceArn"]);
        if (attributes.has(arn))
          throw new AwsError("ConflictException", "The instance has an access control attribute configuration.");
        attributes.set(arn, request.input["InstanceAccessControlAttributeConfiguration"] ?? null);
        return {};
      },
      DescribeInstanceAccessControlAttributeConfiguration: (request) => ({
        Status: "ENABLED",
        InstanceAccessControlAttributeConfiguration: abacOf(request.input),
      }),
      UpdateInstanceAccessControlAttributeConfiguration: (request) => {
        abacOf(request.input);
        attributes.set(
          text(request.input["InstanceArn"]),
          request.input["InstanceAccessControlAttributeConfiguration"] ?? null,
        );
        return {};
      },
      DeleteInstanceAccessControlAttributeConfiguration: (request) => {
        abacOf(request.input);
        attributes.delete(text(request.input["InstanceArn"]));
        return {};
      },
    },
    after: {
      ...Object.fromEntries(CHANGES.map((name) => [name, ({ input }: AwsRequest) => changed(input)])),
      CreatePermissionSet: (request, response) => {
        const made = object((JSON.parse(response.body.toString()) as JsonObject)["PermissionSet"]);
        addTags(text(made["PermissionSetArn"]), request.input["Tags"]);
        names.set(text(made["PermissionSetArn"]), text(made["Name"]));
      },
      DeletePermissionSet: (request) => {
        const arn = text(request.input["PermissionSetArn"]);
        tags.delete(arn);
        names.delete(arn);
        boundaries.delete(arn);
        [...provisioned].filter((pair) => pair.startsWith(`${arn}|`)).forEach((pair) => provisioned.delete(pair));
        [...stale].filter((pair) => pair.startsWith(`${arn}|`)).forEach((pair) => stale.delete(pair));
      },
      CreateAccountAssignment: (request, response) => {
        provisioned.add(`${text(request.input["PermissionSetArn"])}|${text(request.input["TargetId"])}`);
        return withStatus(request, response.body.toString(), "AccountAssignmentCreationStatus");
      },
      DeleteAccountAssignment: async (request, response) => {
        const [arn, account] = [text(request.input["PermissionSetArn"]), text(request.input["TargetId"])];
        const left = await moto("ListAccountAssignments", {
          InstanceArn: request.input["InstanceArn"],
          AccountId: account,
          PermissionSetArn: arn,
        });
        if (objects(left["AccountAssignments"]).length === 0) provisioned.delete(`${arn}|${account}`);
        return withStatus(request, response.body.toString(), "AccountAssignmentDeletionStatus");
      },
    },
  };
}

/** moto leaves the status out of the answer to the call itself; the provider waits for it. */
function withStatus(request: AwsRequest, body: string, member: string): ReturnType<typeof success> {
  const parsed = JSON.parse(body) as JsonObject;
  return success(request, { [member]: { Status: "SUCCEEDED", ...object(parsed[member]) } });
}
