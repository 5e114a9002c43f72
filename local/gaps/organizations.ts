import { AwsError, object, objects, page, success, text, type AwsRequest, type JsonObject } from "../aws-message";
import { TO_MOTO, type Gap, type Observer } from "../gap";
import type { OrganizationReader } from "../organization-reader";
import type { StackSets } from "../stacksets/stack-sets";
import { checkGrammar } from "./organization-policies";

/** Characters of a policy document, by type; whitespace counts. See shared/facts.md for the sources. */
const MAX_POLICY_CHARACTERS: Readonly<Record<string, number>> = {
  SERVICE_CONTROL_POLICY: 10_240,
  RESOURCE_CONTROL_POLICY: 5_120,
};
/** AWS's own are among them. */
const MAX_POLICIES_PER_TARGET: Readonly<Record<string, number>> = {
  SERVICE_CONTROL_POLICY: 10,
  RESOURCE_CONTROL_POLICY: 5,
};
const AWS_MANAGED = new Set(["p-FullAWSAccess", "p-RCPFullAWSAccess"]);
const MAX_DESCRIPTION_CHARACTERS = 512;
const MAX_NAME_CHARACTERS = 128;
const PAGE_SIZE = 20;
/** Operations that any member account may call. */
const OPEN_TO_MEMBERS = new Set(["DescribeOrganization", "LeaveOrganization"]);

/**
 * moto keeps the organization. The front adds who may call (the management account; delegated administrators may read), the quotas
 * and preconditions of policies, and tells the StackSets when accounts come, move and go.
 */
export function organizationsGap(organization: OrganizationReader, stackSets: StackSets): Gap {
  const isRead = (request: AwsRequest): boolean => /^(List|Describe)/.test(request.operation);

  const guard = async (request: AwsRequest): Promise<void> => {
    if (request.accountId === organization.managementAccountId || OPEN_TO_MEMBERS.has(request.operation)) return;
    const delegated = (await organization.delegatedServices(request.accountId)).length > 0;
    if (isRead(request) && delegated) return;
    throw new AwsError("AccessDeniedException", "You don't have permissions to access this resource.");
  };

  const checkNames = async ({ input, operation }: AwsRequest): Promise<void> => {
    const [name, description] = [text(input["Name"]), text(input["Description"])];
    if (name.length > MAX_NAME_CHARACTERS || description.length > MAX_DESCRIPTION_CHARACTERS)
      throw new AwsError("InvalidInputException", "You provided a value that exceeds the maximum length.");
    // moto compares names when a policy is made, not when it is renamed.
    if (operation !== "UpdatePolicy" || name === "") return;
    for (const Filter of Object.keys(MAX_POLICY_CHARACTERS)) {
      const { Policies } = await organization.call("ListPolicies", { Filter, MaxResults: 10_000 });
      if (objects(Policies).some((policy) => policy["Name"] === name && policy["Id"] !== input["PolicyId"]))
        throw new AwsError("DuplicatePolicyException", "A policy with the same name already exists.");
    }
  };

  const checkContent = async (request: AwsRequest): Promise<typeof TO_MOTO> => {
    await checkNames(request);
    const content = request.input["Content"];
    if (content === undefined) return TO_MOTO;
    const type =
      text(request.input["Type"]) ||
      text(
        object(
          object((await organization.call("DescribePolicy", { PolicyId: request.input["PolicyId"] }))["Policy"])[
            "PolicySummary"
          ],
        )["Type"],
      );
    const limit = MAX_POLICY_CHARACTERS[type] ?? Infinity;
    const length = [...text(content)].length;
    if (length > limit)
      throw new AwsError(
        "ConstraintViolationException",
        `You have exceeded the policy document size limit: ${length} of ${limit} characters.`,
      );
    // AWS's own RCP allows, which no other may; the seed writes it as the facts have it.
    if (!AWS_MANAGED.has(text(request.input["PolicyId"]))) checkGrammar(type, text(content));
    return TO_MOTO;
  };

  const attached = async (request: AwsRequest): Promise<{ readonly type: string; readonly ids: readonly string[] }> => {
    const described = object(
      (await organization.call("DescribePolicy", { PolicyId: request.input["PolicyId"] }))["Policy"],
    );
    const type = text(object(described["PolicySummary"])["Type"]);
    const { Policies } = await organization.call("ListPoliciesForTarget", {
      TargetId: request.input["TargetId"],
      Filter: type,
      MaxResults: 1_000,
    });
    return { type, ids: objects(Policies).map((policy) => text(policy["Id"])) };
  };

  const attach = async (request: AwsRequest): Promise<typeof TO_MOTO> => {
    const { type, ids } = await attached(request);
    const [root] = objects((await organization.call("ListRoots", {}))["Roots"]);
    if (!objects(root?.["PolicyTypes"]).some((enabled) => enabled["Type"] === type)) {
      throw new AwsError(
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types.",
      );
    }
    if (ids.includes(text(request.input["PolicyId"])))
      throw new AwsError(
        "DuplicatePolicyAttachmentException",
        "A policy with the specified name and type is already attached to the target.",
      );
    const most = MAX_POLICIES_PER_TARGET[type] ?? 10;
    if (ids.length >= most)
      throw new AwsError(
        "ConstraintViolationException",
        `You have attached the maximum of ${most} policies of this type to the target.`,
      );
    return TO_MOTO;
  };

  const detach = async (request: AwsRequest): Promise<typeof TO_MOTO> => {
    const { type, ids } = await attached(request);
    const policyId = text(request.input["PolicyId"]);
    if (!ids.includes(policyId))
      throw new AwsError(
        "PolicyNotAttachedException",
        "The policy isn't attached to the specified target in the specified root.",
      );
    if (type === "SERVICE_CONTROL_POLICY" && ids.length === 1) {
      throw new AwsError(
        "ConstraintViolationException",
        "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
      );
    }
    return TO_MOTO;
  };

  /** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html */
  let delegationPolicy: string | undefined;
  const resourcePolicy = async (): Promise<JsonObject> => {
    if (delegationPolicy === undefined)
      throw new AwsError(
        "ResourcePolicyNotFoundException",
        "We can't find a resource policy request with the parameter that you specified.",
      );
    const id = `rp-${"0".repeat(7)}1`;
    return {
      ResourcePolicy: {
        ResourcePolicySummary: {
          Id: id,
          Arn: `arn:aws:organizations::${organization.managementAccountId}:resourcepolicy/${await organization.id()}/${id}`,
        },
        Content: delegationPolicy,
      },
    };
  };

  /** moto gives all targets at once; whoever forgets to ask for the next page of AWS must see it here. */
  const pageOfTargets: Observer = (request, response) => {
    const { Targets } = JSON.parse(response.body.toString()) as JsonObject;
    const { items, next } = page(
      objects(Targets),
      request.input["NextToken"],
      Number(text(request.input["MaxResults"], String(PAGE_SIZE))),
    );
    return success(request, { Targets: items, NextToken: next });
  };
  const membersChanged: Observer = () => stackSets.membersChanged();
  const delegatedChanged: Observer = () => organization.forgetDelegated();
  return {
    service: "organizations",
    guard,
    accountFor: (request) => (isRead(request) ? organization.managementAccountId : request.accountId),
    operations: {
      CreatePolicy: checkContent,
      UpdatePolicy: checkContent,
      AttachPolicy: attach,
      DetachPolicy: detach,
      DescribeResourcePolicy: resourcePolicy,
      PutResourcePolicy: (request) => {
        delegationPolicy = text(request.input["Content"]);
        return resourcePolicy();
      },
      DeleteResourcePolicy: async () => {
        await resourcePolicy();
        delegationPolicy = undefined;
        return {};
      },
    },
    after: {
      ListTargetsForPolicy: pageOfTargets,
      CreateAccount: membersChanged,
      MoveAccount: membersChanged,
      CloseAccount: membersChanged,
      RemoveAccountFromOrganization: membersChanged,
      RegisterDelegatedAdministrator: delegatedChanged,
      DeregisterDelegatedAdministrator: delegatedChanged,
    },
  };
}
