import {
  AttachRolePolicyCommand,
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand as CreateManagedPolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateServiceSpecificCredentialCommand,
  CreateVirtualMFADeviceCommand,
  DeleteGroupCommand,
  DeletePolicyCommand as DeleteManagedPolicyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackSetCommand,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
  OrganizationsClient,
  type PolicyType,
  UpdatePolicyCommand,
} from "@aws-sdk/client-organizations";
import {
  CreateAccountAssignmentCommand,
  CreatePermissionSetCommand,
  DeletePermissionSetCommand,
  PutInlinePolicyToPermissionSetCommand,
  SSOAdminClient,
} from "@aws-sdk/client-sso-admin";

/** What the local AWS refuses, as AWS does. One row is one test and one line of docs/local-aws.md. */

export interface World {
  readonly iam: IAMClient;
  readonly organizations: OrganizationsClient;
  readonly sso: SSOAdminClient;
  readonly cloudFormation: CloudFormationClient;
  readonly events: EventBridgeClient;
  readonly rootId: string;
  readonly managementAccountId: string;
  readonly member: string;
  readonly instanceArn: string;
  readonly groupId: string;
}

export interface Refusal {
  readonly service: "IAM" | "Organizations" | "Identity Center" | "CloudFormation" | "EventBridge";
  /** What is asked for, in a few words; unique. */
  readonly asked: string;
  readonly error: string;
  readonly message?: RegExp;
  readonly page: string;
  readonly quote: string;
  /** Package of the SDK whose documentation is the same page: the test looks the sentence up there. @default - it is not in the SDK */
  readonly sdk?: string;
  /** Makes what is needed, and then asks: with an own name, so that no row depends on another. */
  readonly ask: (world: World, name: string) => Promise<unknown>;
}

const statement = (more: object = {}): object => ({ Effect: "Deny", Action: "iam:CreateUser", Resource: "*", ...more });
export const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
const TRUST = document({ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" });
const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const API = {
  iam: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_",
  organizations: "https://docs.aws.amazon.com/organizations/latest/APIReference/API_",
  cloudFormation: "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_",
  events: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_",
  sso: "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_",
} as const;

async function role({ iam }: World, RoleName: string, trust = TRUST): Promise<string> {
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  return Role?.Arn ?? "";
}

async function user({ iam }: World, UserName: string): Promise<void> {
  await iam.send(new CreateUserCommand({ UserName }));
}

async function managed({ iam }: World, PolicyName: string): Promise<string> {
  const { Policy } = await iam.send(
    new CreateManagedPolicyCommand({ PolicyName, PolicyDocument: document(statement()) }),
  );
  return Policy?.Arn ?? "";
}

async function device({ iam }: World, UserName: string, SerialNumber?: string): Promise<string> {
  const made =
    SerialNumber ??
    (await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }))).VirtualMFADevice
      ?.SerialNumber ??
    "";
  const codes = { AuthenticationCode1: "000000", AuthenticationCode2: "111111" };
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber: made, ...codes }));
  return made;
}

async function scp(
  { organizations }: World,
  Name: string,
  Content = document(statement()),
  Type: PolicyType = "SERVICE_CONTROL_POLICY",
): Promise<string> {
  const { Policy } = await organizations.send(new CreatePolicyCommand({ Name, Description: "", Type, Content }));
  return Policy?.PolicySummary?.Id ?? "";
}

const rcp = (world: World, name: string, content: string): Promise<string> =>
  scp(world, name, content, "RESOURCE_CONTROL_POLICY");

async function permissionSet({ sso, instanceArn }: World, Name: string): Promise<string> {
  const made = await sso.send(new CreatePermissionSetCommand({ InstanceArn: instanceArn, Name }));
  return made.PermissionSet?.PermissionSetArn ?? "";
}

const ROLE_TEMPLATE = JSON.stringify({
  Resources: {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { RoleName: "of-a-stack", AssumeRolePolicyDocument: JSON.parse(TRUST) as unknown },
    },
  },
});

async function stackSet({ cloudFormation }: World, StackSetName: string): Promise<void> {
  await cloudFormation.send(
    new CreateStackSetCommand({
      StackSetName,
      TemplateBody: ROLE_TEMPLATE.replace("of-a-stack", StackSetName),
      PermissionModel: "SERVICE_MANAGED",
      AutoDeployment: { Enabled: false },
      Capabilities: ["CAPABILITY_NAMED_IAM"],
    }),
  );
}

/** Answers at once; what it starts goes on. */
async function instances({ cloudFormation, rootId }: World, StackSetName: string): Promise<void> {
  await cloudFormation.send(
    new CreateStackInstancesCommand({
      StackSetName,
      DeploymentTargets: { OrganizationalUnitIds: [rootId] },
      Regions: ["eu-central-1"],
    }),
  );
}

const DELETE_USER = {
  service: "IAM",
  error: "DeleteConflictException",
  page: `${API.iam}DeleteUser.html`,
  quote: "you must delete the items attached to the user manually, or the deletion fails",
  sdk: "iam",
} as const;

const SAME_NAME = {
  service: "IAM",
  error: "EntityAlreadyExistsException",
  quote: "The request was rejected because it attempted to create a resource that already exists.",
  sdk: "iam",
} as const;

const QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";
const IAM_LIMIT = {
  service: "IAM",
  error: "LimitExceededException",
  page: QUOTAS,
  quote:
    "The request was rejected because it attempted to create resources beyond the current Amazon Web Services account limits.",
  sdk: "iam",
} as const;

const MALFORMED_SCP = {
  service: "Organizations",
  error: "MalformedPolicyDocumentException",
  page: `${API.organizations}CreatePolicy.html`,
  quote: "The provided policy document doesn't meet the requirements of the specified policy type.",
  sdk: "organizations",
} as const;

const MALFORMED_RCP = {
  ...MALFORMED_SCP,
  page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html",
} as const;

export const REFUSALS: readonly Refusal[] = [
  // IAM: deletions of what is still held.
  {
    ...DELETE_USER,
    asked: "delete a user with an access key",
    message: /access keys/,
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(new CreateAccessKeyCommand({ UserName: name }));
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    ...DELETE_USER,
    asked: "delete a user with a password",
    message: /login profile/,
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(new CreateLoginProfileCommand({ UserName: name, Password: "Local-only-0" }));
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    ...DELETE_USER,
    asked: "delete a user with an MFA device",
    message: /MFA/,
    ask: async (w, name) => {
      await user(w, name);
      await device(w, name);
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    ...DELETE_USER,
    asked: "delete a user with an inline policy",
    message: /policies/,
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(
        new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument: document(statement()) }),
      );
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    ...DELETE_USER,
    asked: "delete a user with a credential of a service",
    message: /service-specific/,
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(
        new CreateServiceSpecificCredentialCommand({ UserName: name, ServiceName: "codecommit.amazonaws.com" }),
      );
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    ...DELETE_USER,
    asked: "delete a user who is in a group",
    message: /group/,
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(new CreateGroupCommand({ GroupName: name }));
      await w.iam.send(new AddUserToGroupCommand({ GroupName: name, UserName: name }));
      await w.iam.send(new DeleteUserCommand({ UserName: name }));
    },
  },
  {
    service: "IAM",
    asked: "delete a group with a user",
    error: "DeleteConflictException",
    page: `${API.iam}DeleteGroup.html`,
    quote: "The group must not contain any users or have any attached policies.",
    sdk: "iam",
    ask: async (w, name) => {
      await user(w, name);
      await w.iam.send(new CreateGroupCommand({ GroupName: name }));
      await w.iam.send(new AddUserToGroupCommand({ GroupName: name, UserName: name }));
      await w.iam.send(new DeleteGroupCommand({ GroupName: name }));
    },
  },
  {
    service: "IAM",
    asked: "delete a role with an attached policy",
    error: "DeleteConflictException",
    page: `${API.iam}DeleteRole.html`,
    quote:
      "when you delete a role programmatically, you must delete the items attached to the role manually, or the deletion fails",
    sdk: "iam",
    ask: async (w, name) => {
      await role(w, name);
      await w.iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: READ_ONLY }));
      await w.iam.send(new DeleteRoleCommand({ RoleName: name }));
    },
  },
  {
    service: "IAM",
    asked: "delete a role in an instance profile",
    error: "DeleteConflictException",
    page: `${API.iam}DeleteRole.html`,
    quote:
      "when you delete a role programmatically, you must delete the items attached to the role manually, or the deletion fails",
    sdk: "iam",
    ask: async (w, name) => {
      await role(w, name);
      await w.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
      await w.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
      await w.iam.send(new DeleteRoleCommand({ RoleName: name }));
    },
  },
  {
    service: "IAM",
    asked: "delete a managed policy that is attached",
    error: "DeleteConflictException",
    page: `${API.iam}DeletePolicy.html`,
    quote:
      "Before you can delete a managed policy, you must first detach the policy from all users, groups, and roles that it is attached to.",
    sdk: "iam",
    ask: async (w, name) => {
      const PolicyArn = await managed(w, name);
      await role(w, name);
      await w.iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
      await w.iam.send(new DeleteManagedPolicyCommand({ PolicyArn }));
    },
  },
  {
    service: "IAM",
    asked: "delete a managed policy with a second version",
    error: "DeleteConflictException",
    page: `${API.iam}DeletePolicy.html`,
    quote: "In addition, you must delete all the policy's versions.",
    sdk: "iam",
    ask: async (w, name) => {
      const PolicyArn = await managed(w, name);
      await w.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document(statement()) }));
      await w.iam.send(new DeleteManagedPolicyCommand({ PolicyArn }));
    },
  },
  {
    service: "IAM",
    asked: "delete a virtual MFA device that a user has",
    error: "DeleteConflictException",
    page: `${API.iam}DeleteVirtualMFADevice.html`,
    quote: "You must deactivate a user's virtual MFA device before you can delete it.",
    sdk: "iam",
    ask: async (w, name) => {
      await user(w, name);
      const SerialNumber = await device(w, name);
      await w.iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    },
  },
  // IAM: names.
  {
    ...SAME_NAME,
    asked: "make a role of a name that is taken, in other case",
    page: `${API.iam}CreateRole.html`,
    quote: "Names are not distinguished by case.",
    ask: async (w, name) => {
      await role(w, name);
      await role(w, name.toUpperCase());
    },
  },
  {
    ...SAME_NAME,
    asked: "make a user of a name that is taken, in other case",
    page: `${API.iam}CreateUser.html`,
    quote: "Names are not distinguished by case.",
    ask: async (w, name) => {
      await user(w, name);
      await user(w, name.toUpperCase());
    },
  },
  {
    ...SAME_NAME,
    asked: "make a managed policy of a name that is taken",
    page: `${API.iam}CreatePolicy.html`,
    ask: async (w, name) => {
      await managed(w, name);
      await managed(w, name);
    },
  },
  {
    ...SAME_NAME,
    asked: "make an OIDC provider of an issuer that has one",
    page: `${API.iam}CreateOpenIDConnectProvider.html`,
    ask: async (w, name) => {
      const provider = { Url: `https://${name}.example.com`, ClientIDList: ["one"], ThumbprintList: [] };
      await w.iam.send(new CreateOpenIDConnectProviderCommand(provider));
      await w.iam.send(new CreateOpenIDConnectProviderCommand(provider));
    },
  },
  {
    ...SAME_NAME,
    asked: "make a SAML provider of a name that is taken",
    page: `${API.iam}CreateSAMLProvider.html`,
    ask: async (w, name) => {
      const provider = {
        Name: name,
        SAMLMetadataDocument: `<EntityDescriptor>${"x".repeat(1_000)}</EntityDescriptor>`,
      };
      await w.iam.send(new CreateSAMLProviderCommand(provider));
      await w.iam.send(new CreateSAMLProviderCommand(provider));
    },
  },
  {
    ...SAME_NAME,
    asked: "give a user the virtual MFA device of another",
    page: `${API.iam}EnableMFADevice.html`,
    ask: async (w, name) => {
      await user(w, name);
      await user(w, `${name}-2`);
      await device(w, `${name}-2`, await device(w, name));
    },
  },
  // IAM: documents.
  {
    service: "IAM",
    asked: "trust a user of the organization who is not there",
    error: "MalformedPolicyDocumentException",
    message: /Invalid principal in policy: "AWS":"arn:aws:iam::\d{12}:user\/nobody"/,
    page: "https://repost.aws/knowledge-center/iam-trust-policy-error",
    quote:
      "If the IAM role trust policy uses an IAM users or roles as principals, then confirm that the user or role wasn't deleted.",
    ask: (w, name) =>
      role(
        w,
        name,
        document({
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${w.managementAccountId}:user/nobody` },
          Action: "sts:AssumeRole",
        }),
      ),
  },
  {
    service: "IAM",
    asked: "change a trust policy to a role of the organization that is not there",
    error: "MalformedPolicyDocumentException",
    message: /Invalid principal/,
    page: `${API.iam}UpdateAssumeRolePolicy.html`,
    quote: "The request was rejected because the policy document was malformed.",
    sdk: "iam",
    ask: async (w, name) => {
      await role(w, name);
      const Principal = { AWS: [`arn:aws:iam::${w.member}:role/nobody`] };
      const PolicyDocument = document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
      await w.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument }));
    },
  },
  {
    service: "IAM",
    asked: "make a role with a trust policy that has a resource",
    error: "MalformedPolicyDocumentException",
    page: `${API.iam}CreateRole.html`,
    quote: "The request was rejected because the policy document was malformed.",
    sdk: "iam",
    ask: (w, name) =>
      role(
        w,
        name,
        document({
          Effect: "Allow",
          Principal: { Service: "ec2.amazonaws.com" },
          Action: "sts:AssumeRole",
          Resource: "*",
        }),
      ),
  },
  {
    service: "IAM",
    asked: "make a managed policy that is no policy",
    error: "MalformedPolicyDocumentException",
    page: `${API.iam}CreatePolicy.html`,
    quote: "The request was rejected because the policy document was malformed.",
    sdk: "iam",
    ask: ({ iam }, name) =>
      iam.send(new CreateManagedPolicyCommand({ PolicyName: name, PolicyDocument: document({ Effect: "Perhaps" }) })),
  },
  // IAM: quotas.
  {
    ...IAM_LIMIT,
    asked: "make a role with a trust policy of more than 2,048 characters",
    message: /2048/,
    ask: (w, name) =>
      role(
        w,
        name,
        document({
          Sid: "A".repeat(2_000),
          Effect: "Allow",
          Principal: { Service: "ec2.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      ),
  },
  {
    ...IAM_LIMIT,
    asked: "make a managed policy of more than 6,144 characters",
    message: /6144/,
    ask: ({ iam }, name) =>
      iam.send(
        new CreateManagedPolicyCommand({
          PolicyName: name,
          PolicyDocument: document(statement({ Sid: "A".repeat(6_100) })),
        }),
      ),
  },
  {
    ...IAM_LIMIT,
    asked: "give a role inline policies of more than 10,240 characters together",
    message: /10240/,
    ask: async (w, name) => {
      await role(w, name);
      for (const PolicyName of ["one", "two"])
        await w.iam.send(
          new PutRolePolicyCommand({
            RoleName: name,
            PolicyName,
            PolicyDocument: document(statement({ Sid: "A".repeat(5_100) })),
          }),
        );
    },
  },
  {
    ...IAM_LIMIT,
    asked: "attach an eleventh managed policy to a role",
    message: /PoliciesPerRole: 10/,
    ask: async (w, name) => {
      await role(w, name);
      for (let index = 0; index < 11; index++)
        await w.iam.send(
          new AttachRolePolicyCommand({ RoleName: name, PolicyArn: await managed(w, `${name}-${index}`) }),
        );
    },
  },
  {
    service: "IAM",
    asked: "give a role more than 50 tags",
    error: "ValidationError",
    page: `${API.iam}CreateRole.html`,
    quote: "if you exceed the allowed maximum number of tags, then the entire request fails",
    sdk: "iam",
    ask: async (w, name) => {
      await role(w, name);
      const Tags = Array.from({ length: 51 }, (_, index) => ({ Key: `key-${index}`, Value: "" }));
      await w.iam.send(new TagRoleCommand({ RoleName: name, Tags }));
    },
  },
  // Organizations.
  {
    service: "Organizations",
    asked: "make a policy of a name that is taken",
    error: "DuplicatePolicyException",
    page: `${API.organizations}CreatePolicy.html`,
    quote: "A policy with the same name already exists.",
    sdk: "organizations",
    ask: async (w, name) => {
      await scp(w, name);
      await scp(w, name);
    },
  },
  {
    service: "Organizations",
    asked: "rename a policy to a name that is taken",
    error: "DuplicatePolicyException",
    page: `${API.organizations}UpdatePolicy.html`,
    quote: "A policy with the same name already exists.",
    sdk: "organizations",
    ask: async (w, name) => {
      await scp(w, name);
      const PolicyId = await scp(w, `${name}-2`);
      await w.organizations.send(new UpdatePolicyCommand({ PolicyId, Name: name }));
    },
  },
  {
    service: "Organizations",
    asked: "attach a policy twice",
    error: "DuplicatePolicyAttachmentException",
    page: `${API.organizations}AttachPolicy.html`,
    quote: "The selected policy is already attached to the specified target.",
    sdk: "organizations",
    ask: async (w, name) => {
      const attachment = { PolicyId: await scp(w, name), TargetId: w.member };
      await w.organizations.send(new AttachPolicyCommand(attachment));
      await w.organizations.send(new AttachPolicyCommand(attachment));
    },
  },
  {
    service: "Organizations",
    asked: "delete a policy that is attached",
    error: "PolicyInUseException",
    page: `${API.organizations}DeletePolicy.html`,
    quote: "The policy is attached to one or more entities.",
    sdk: "organizations",
    ask: async (w, name) => {
      const PolicyId = await scp(w, name);
      await w.organizations.send(new AttachPolicyCommand({ PolicyId, TargetId: w.member }));
      await w.organizations.send(new DeletePolicyCommand({ PolicyId }));
    },
  },
  {
    service: "Organizations",
    asked: "detach a policy that is not attached",
    error: "PolicyNotAttachedException",
    page: `${API.organizations}DetachPolicy.html`,
    quote: "The policy isn't attached to the specified target in the specified root.",
    sdk: "organizations",
    ask: async (w, name) =>
      w.organizations.send(new DetachPolicyCommand({ PolicyId: await scp(w, name), TargetId: w.rootId })),
  },
  {
    service: "Organizations",
    asked: "detach the last SCP of a target",
    error: "ConstraintViolationException",
    message: /last policy/,
    page: `${API.organizations}DetachPolicy.html`,
    quote:
      "You attempted to detach a policy from an entity that would cause the entity to have fewer than the minimum number of policies of a certain type required.",
    sdk: "organizations",
    ask: ({ organizations }) =>
      organizations.send(new DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: "ou-exmp-security" })),
  },
  {
    service: "Organizations",
    asked: "attach an eleventh SCP to a target, or a fifth own RCP",
    error: "ConstraintViolationException",
    message: /maximum of 5/,
    page: `${API.organizations}AttachPolicy.html`,
    quote:
      "You attempted to exceed the number of policies of a certain type that can be attached to an entity at one time.",
    sdk: "organizations",
    ask: async (w, name) => {
      const Content = document(statement({ Principal: "*", Action: "sts:AssumeRole" }));
      for (let index = 0; index < 5; index++)
        await w.organizations.send(
          new AttachPolicyCommand({ PolicyId: await rcp(w, `${name}-${index}`, Content), TargetId: "444444444402" }),
        );
    },
  },
  {
    service: "Organizations",
    asked: "make a policy with a description of more than 512 characters",
    error: "InvalidInputException",
    page: `${API.organizations}CreatePolicy.html`,
    quote: "You provided a string parameter that is longer than allowed.",
    sdk: "organizations",
    ask: ({ organizations }, Name) =>
      organizations.send(
        new CreatePolicyCommand({
          Name,
          Description: "x".repeat(513),
          Type: "SERVICE_CONTROL_POLICY",
          Content: document(statement()),
        }),
      ),
  },
  {
    ...MALFORMED_SCP,
    asked: "make an SCP with a principal",
    message: /Principal/,
    ask: (w, name) => scp(w, name, document(statement({ Principal: "*" }))),
  },
  {
    ...MALFORMED_SCP,
    asked: "make an SCP with an operator that is none",
    message: /StringEqual/,
    ask: (w, name) =>
      scp(w, name, document(statement({ Condition: { StringEqual: { "aws:PrincipalAccount": "1" } } }))),
  },
  {
    ...MALFORMED_SCP,
    asked: "make an SCP with an element that is none",
    message: /Actions/,
    ask: (w, name) => scp(w, name, document({ Effect: "Deny", Actions: "iam:*", Resource: "*" })),
  },
  {
    ...MALFORMED_SCP,
    asked: "make an SCP without a resource",
    ask: (w, name) => scp(w, name, document({ Effect: "Deny", Action: "iam:*" })),
  },
  {
    ...MALFORMED_RCP,
    asked: "make an RCP that allows",
    message: /only deny/,
    ask: (w, name) => rcp(w, name, document({ Effect: "Allow", Principal: "*", Action: "sts:*", Resource: "*" })),
  },
  {
    ...MALFORMED_RCP,
    asked: "make an RCP for one principal",
    message: /Principal/,
    ask: (w, name) => rcp(w, name, document(statement({ Principal: { AWS: "111111111111" } }))),
  },
  {
    ...MALFORMED_RCP,
    asked: "make an RCP with NotAction",
    message: /NotAction/,
    ask: (w, name) =>
      rcp(w, name, document({ Effect: "Deny", Principal: "*", NotAction: "sts:AssumeRole", Resource: "*" })),
  },
  // Identity Center.
  {
    service: "Identity Center",
    asked: "make a permission set of a name that is taken",
    error: "ConflictException",
    message: /already exists/,
    page: "https://github.com/avlcloudtechnologies/terraform-aws-sso/issues/6",
    quote: "ConflictException: PermissionSet with name AdministratorAccess already exists",
    ask: async (w, name) => {
      await permissionSet(w, name);
      await permissionSet(w, name);
    },
  },
  {
    service: "Identity Center",
    asked: "delete a permission set that is assigned",
    error: "ConflictException",
    message: /Could not delete/,
    page: "https://github.com/hashicorp/terraform-provider-aws/issues/26757",
    quote: "Unable to Delete Permission Set due to ConflictException thrown for account assignment",
    ask: async (w, name) => {
      const target = { InstanceArn: w.instanceArn, PermissionSetArn: await permissionSet(w, name) };
      await w.sso.send(
        new CreateAccountAssignmentCommand({
          ...target,
          TargetId: w.member,
          TargetType: "AWS_ACCOUNT",
          PrincipalType: "GROUP",
          PrincipalId: w.groupId,
        }),
      );
      await w.sso.send(new DeletePermissionSetCommand(target));
    },
  },
  {
    service: "Identity Center",
    asked: "give a permission set an inline policy that is none",
    error: "ValidationException",
    page: `${API.sso}PutInlinePolicyToPermissionSet.html`,
    quote: "The request failed because it contains a syntax error.",
    sdk: "sso-admin",
    ask: async (w, name) =>
      w.sso.send(
        new PutInlinePolicyToPermissionSetCommand({
          InstanceArn: w.instanceArn,
          PermissionSetArn: await permissionSet(w, name),
          InlinePolicy: "{",
        }),
      ),
  },
  // StackSets.
  {
    service: "CloudFormation",
    asked: "make a StackSet of a name that is taken",
    error: "NameAlreadyExistsException",
    page: `${API.cloudFormation}CreateStackSet.html`,
    quote: "The specified name is already in use.",
    sdk: "cloudformation",
    ask: async (w, name) => {
      await stackSet(w, name);
      await stackSet(w, name);
    },
  },
  {
    service: "CloudFormation",
    asked: "delete a StackSet with instances",
    error: "StackSetNotEmptyException",
    page: `${API.cloudFormation}DeleteStackSet.html`,
    quote: "You can't yet delete this StackSet, because it still contains one or more stack instances.",
    sdk: "cloudformation",
    ask: async (w, name) => {
      await stackSet(w, name);
      await instances(w, name);
      for (;;) {
        try {
          return await w.cloudFormation.send(new DeleteStackSetCommand({ StackSetName: name }));
        } catch (error) {
          // The instances are still being made: the row below.
          if ((error as Error).name !== "OperationInProgressException") throw error;
        }
      }
    },
  },
  {
    service: "CloudFormation",
    asked: "begin an operation on a StackSet while another runs",
    error: "OperationInProgressException",
    page: `${API.cloudFormation}UpdateStackSet.html`,
    quote: "Only one operation can be performed for a stack set at a given time.",
    sdk: "cloudformation",
    ask: async (w, name) => {
      await stackSet(w, name);
      await instances(w, name);
      await w.cloudFormation.send(
        new UpdateStackSetCommand({
          StackSetName: name,
          UsePreviousTemplate: true,
          Capabilities: ["CAPABILITY_NAMED_IAM"],
        }),
      );
    },
  },
  {
    service: "CloudFormation",
    asked: "make a StackSet of named roles without the capability",
    error: "InsufficientCapabilitiesException",
    message: /CAPABILITY_NAMED_IAM/,
    page: `${API.cloudFormation}CreateStackSet.html`,
    quote: "The template contains resources with capabilities that weren't specified in the Capabilities parameter.",
    sdk: "cloudformation",
    ask: ({ cloudFormation }, StackSetName) =>
      cloudFormation.send(
        new CreateStackSetCommand({ StackSetName, TemplateBody: ROLE_TEMPLATE, Capabilities: ["CAPABILITY_IAM"] }),
      ),
  },
  {
    service: "CloudFormation",
    asked: "make a StackSet with a template of more than 51,200 bytes",
    error: "ValidationError",
    message: /51200/,
    page: `${API.cloudFormation}CreateStackSet.html`,
    quote:
      "The structure that contains the template body, with a minimum length of 1 byte and a maximum length of 51,200 bytes.",
    sdk: "cloudformation",
    ask: ({ cloudFormation }, StackSetName) =>
      cloudFormation.send(
        new CreateStackSetCommand({
          StackSetName,
          TemplateBody: JSON.stringify({ Description: "x".repeat(51_200), Resources: {} }),
        }),
      ),
  },
  // EventBridge.
  {
    service: "EventBridge",
    asked: "delete a bus with a rule",
    error: "ValidationException",
    page: `${API.events}DeleteEventBus.html`,
    quote: "All rules associated with this event bus need to be deleted.",
    sdk: "eventbridge",
    ask: async ({ events }, Name) => {
      await events.send(new CreateEventBusCommand({ Name }));
      await events.send(new PutRuleCommand({ Name, EventBusName: Name, EventPattern: '{"source":["aws.sts"]}' }));
      await events.send(new DeleteEventBusCommand({ Name }));
    },
  },
  {
    service: "EventBridge",
    asked: "delete a rule with a target",
    error: "ValidationException",
    page: `${API.events}DeleteRule.html`,
    quote: "Before you can delete the rule, you must remove all targets, using RemoveTargets.",
    sdk: "eventbridge",
    ask: async ({ events, managementAccountId }, Name) => {
      await events.send(new PutRuleCommand({ Name, EventPattern: '{"source":["aws.sts"]}' }));
      const Arn = `arn:aws:sns:eu-central-1:${managementAccountId}:topic`;
      await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "one", Arn }] }));
      await events.send(new DeleteRuleCommand({ Name }));
    },
  },
];

/** The table of docs/local-aws.md. */
export function refusalsTable(): string {
  const rows = REFUSALS.map(
    ({ service, asked, error, page }) =>
      `| ${service} | ${asked} | \`${error}\` | [${new URL(page).pathname.split("/").at(-1)}](${page}) |`,
  );
  return ["| service | asked for | answer | source |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
