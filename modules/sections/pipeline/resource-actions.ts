import { uniqueSorted } from "../../kernel/lists";

/**
 * What Terraform calls for each type of resource that the stacks use, as IAM actions, and on which resources. Plain data: the pipeline's
 * roles are made of it, and whoever wants to know whether a resource is still manageable asks it.
 *
 * The reads, and the rest as far as the local AWS goes through it, are held against the calls of the real provider
 * (`__tests__/terraform/example.test.ts`); names and resource levels against AWS's service authorization reference.
 */
export interface ResourceActions {
  readonly create: readonly string[];
  readonly read: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
  /** ARNs with `{placeholders}` of `ResourcePlace`. */
  readonly arns: readonly string[];
  /** Those of the actions that AWS asks for `*`: they know no resource, or the resource has no ARN yet. */
  readonly unscoped?: readonly string[];
  /** Holds the actions on `arns`, or those that change something, to what is this baseline's, where names cannot: it has the environment's tag. */
  readonly condition?: "tagged" | "tagged to change";
  /** Of `arns`: those that the condition is not asked of. They are what the action is done to, and not this baseline's. */
  readonly untagged?: readonly string[];
  /** Of the actions: those that put the tag on, so that it is in the request. What is being made has none yet. */
  readonly tagging?: readonly string[];
  /** What else is needed to create or update: service-linked roles, roles that are passed on. */
  readonly also?: readonly AlsoNeeded[];
}

export interface AlsoNeeded {
  readonly actions: readonly string[];
  readonly arns: readonly string[];
  readonly condition?: { readonly key: string; readonly value: string };
}

/** What the placeholders stand for. */
export interface ResourcePlace {
  readonly account: string;
  readonly region: string;
  readonly organization: string;
  readonly managementAccount: string;
  /** `SecurityBreakGlass`, with its path and without the first slash. */
  readonly breakGlassRole: string;
  /** `break-glass/`, without the first slash. */
  readonly breakGlassUsers: string;
  /** `ssoins-…`; absent: there is no instance, and nothing of it to manage. */
  readonly instance?: string;
  /** `d-…`. */
  readonly identityStore?: string;
}

/** Of break glass alone, which a person applies: no role of a pipeline gets at them. */
const STACK_SET_ADMINISTRATION = "arn:aws:iam::{account}:role/keyless/keyless-stackset-administration";
const OF_BREAK_GLASS = [
  "arn:aws:iam::{account}:role/keyless-stackset-execution",
  STACK_SET_ADMINISTRATION,
  "arn:aws:iam::{account}:role/{breakGlassRole}",
  "arn:aws:iam::{account}:user/{breakGlassUsers}*",
];
const ROLES = [
  "arn:aws:iam::{account}:role/keyless/*",
  ...OF_BREAK_GLASS.filter((arn) => /execution|\{breakGlassRole/.test(arn)),
];

/** The ARNs without those of break glass. */
export function besidesBreakGlass(arns: readonly string[]): readonly string[] {
  return arns.filter((arn) => !OF_BREAK_GLASS.includes(arn));
}

/**
 * What is done to a role only where it has the boundary, or gets it: what it may do, who may become it, and whether it is there. All of
 * them know the condition key `iam:PermissionsBoundary`; there is none for `iam:UpdateRole` and tags, which change neither.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export const BOUNDED_ACTIONS: ReadonlySet<string> = new Set([
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
]);
const USERS = ["arn:aws:iam::{account}:user/{breakGlassUsers}*"];
const STACK_SETS = ["arn:aws:cloudformation:{region}:{account}:stackset/keyless-*:*"];
const KEYS = ["arn:aws:kms:{region}:{account}:key/*"];
const TOPICS = ["arn:aws:sns:{region}:{account}:keyless-*"];
const BUSES = ["arn:aws:events:{region}:{account}:event-bus/keyless-*"];
const RULES = ["arn:aws:events:{region}:{account}:rule/keyless-*"];
const PERMISSION_SETS = ["arn:aws:sso:::instance/{instance}", "arn:aws:sso:::permissionSet/{instance}/*"];
const GROUPS = [
  "arn:aws:identitystore::{managementAccount}:identitystore/{identityStore}",
  "arn:aws:identitystore:::group/*",
];
const PROVISION = ["sso:DescribePermissionSetProvisioningStatus", "sso:ProvisionPermissionSet"];

const serviceLinkedRole = (service: string): AlsoNeeded => ({
  actions: ["iam:CreateServiceLinkedRole"],
  arns: [`arn:aws:iam::{account}:role/aws-service-role/${service}/*`],
  condition: { key: "iam:AWSServiceName", value: service },
});
const passRole = (service: string, arns: readonly string[]): AlsoNeeded => ({
  actions: ["iam:PassRole"],
  arns,
  condition: { key: "iam:PassedToService", value: service },
});

/**
 * Provisioning in the management account is done with the caller's permissions.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/iam-auth-access-using-id-policies.html
 */
const PROVISION_HERE: AlsoNeeded = {
  actions: [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
  ],
  arns: ["arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/*"],
};
const SAML_PROVIDER_HERE: AlsoNeeded = {
  actions: ["iam:CreateSAMLProvider", "iam:GetSAMLProvider", "iam:UpdateSAMLProvider"],
  arns: ["arn:aws:iam::{account}:saml-provider/AWSSSO_*_DO_NOT_DELETE"],
};

/** A policy of a permission set, which is provisioned again wherever it is assigned. */
const permissionSetPolicy = (create: string, read: string, remove: string): ResourceActions => ({
  create: [create, ...PROVISION],
  read: [read],
  update: [create, ...PROVISION],
  delete: [remove, ...PROVISION],
  arns: [...PERMISSION_SETS, "arn:aws:sso:::account/*"],
  also: [PROVISION_HERE],
});

export const RESOURCE_ACTIONS: Readonly<Record<string, ResourceActions>> = {
  aws_accessanalyzer_analyzer: {
    create: ["access-analyzer:CreateAnalyzer", "access-analyzer:TagResource"],
    read: ["access-analyzer:GetAnalyzer", "access-analyzer:ListTagsForResource"],
    update: ["access-analyzer:TagResource", "access-analyzer:UntagResource", "access-analyzer:UpdateAnalyzer"],
    delete: ["access-analyzer:DeleteAnalyzer"],
    arns: ["arn:aws:access-analyzer:{region}:{account}:analyzer/keyless-*"],
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-permissions.html
    also: [
      serviceLinkedRole("access-analyzer.amazonaws.com"),
      {
        actions: [
          "organizations:DescribeOrganization",
          "organizations:ListAWSServiceAccessForOrganization",
          "organizations:ListDelegatedAdministrators",
        ],
        arns: ["*"],
      },
    ],
  },
  aws_cloudformation_stack_instances: {
    create: ["cloudformation:CreateStackInstances"],
    read: [
      "cloudformation:DescribeStackInstance",
      "cloudformation:DescribeStackSet",
      "cloudformation:ListStackInstances",
    ],
    update: [
      "cloudformation:CreateStackInstances",
      "cloudformation:DeleteStackInstances",
      "cloudformation:DescribeStackSetOperation",
      "cloudformation:ListStackSetOperationResults",
      "cloudformation:UpdateStackInstances",
    ],
    delete: [
      "cloudformation:DeleteStackInstances",
      "cloudformation:DescribeStackSetOperation",
      "cloudformation:ListStackSetOperationResults",
    ],
    // With targets and types, because AWS asks for each that a call names.
    arns: [
      ...STACK_SETS,
      "arn:aws:cloudformation:{region}:{account}:stackset-target/keyless-*",
      "arn:aws:cloudformation:*::type/resource/*",
    ],
  },
  aws_cloudformation_stack_set: {
    create: ["cloudformation:CreateStackSet", "cloudformation:TagResource"],
    read: ["cloudformation:DescribeStackSet"],
    update: [
      "cloudformation:DescribeStackSetOperation",
      "cloudformation:ListStackSetOperationResults",
      "cloudformation:TagResource",
      "cloudformation:UntagResource",
      "cloudformation:UpdateStackSet",
    ],
    delete: ["cloudformation:DeleteStackSet"],
    arns: [
      ...STACK_SETS,
      "arn:aws:cloudformation:{region}:{account}:stackset-target/keyless-*",
      "arn:aws:cloudformation:*::type/resource/*",
    ],
    unscoped: ["cloudformation:CreateStackSet"],
    also: [passRole("cloudformation.amazonaws.com", [STACK_SET_ADMINISTRATION])],
  },
  aws_cloudwatch_event_bus: {
    create: ["events:CreateEventBus", "events:TagResource"],
    read: ["events:DescribeEventBus", "events:ListTagsForResource"],
    update: ["events:TagResource", "events:UntagResource", "events:UpdateEventBus"],
    delete: ["events:DeleteEventBus"],
    arns: BUSES,
  },
  aws_cloudwatch_event_bus_policy: {
    create: ["events:PutPermission"],
    read: ["events:DescribeEventBus"],
    update: ["events:PutPermission"],
    delete: ["events:RemovePermission"],
    arns: BUSES,
    unscoped: ["events:PutPermission", "events:RemovePermission"],
  },
  aws_cloudwatch_event_rule: {
    create: ["events:PutRule", "events:TagResource"],
    read: ["events:DescribeRule", "events:ListTagsForResource"],
    update: ["events:DisableRule", "events:EnableRule", "events:PutRule", "events:TagResource", "events:UntagResource"],
    delete: ["events:DeleteRule"],
    arns: RULES,
  },
  aws_cloudwatch_event_target: {
    create: ["events:PutTargets"],
    read: ["events:ListTargetsByRule"],
    update: ["events:PutTargets"],
    delete: ["events:RemoveTargets"],
    arns: RULES,
    also: [passRole("events.amazonaws.com", ["arn:aws:iam::{account}:role/keyless/keyless-*"])],
  },
  aws_config_organization_conformance_pack: {
    create: ["config:PutOrganizationConformancePack"],
    read: [
      "config:DescribeOrganizationConformancePackStatuses",
      "config:DescribeOrganizationConformancePacks",
      "config:GetOrganizationConformancePackDetailedStatus",
    ],
    update: ["config:PutOrganizationConformancePack"],
    delete: ["config:DeleteOrganizationConformancePack"],
    arns: ["arn:aws:config:{region}:{account}:organization-conformance-pack/keyless-*"],
    unscoped: ["config:DescribeOrganizationConformancePackStatuses", "config:DescribeOrganizationConformancePacks"],
    also: [
      serviceLinkedRole("config-multiaccountsetup.amazonaws.com"),
      { actions: ["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"], arns: ["*"] },
    ],
  },
  aws_config_organization_managed_rule: {
    create: ["config:PutOrganizationConfigRule"],
    read: [
      "config:DescribeOrganizationConfigRuleStatuses",
      "config:DescribeOrganizationConfigRules",
      "config:GetOrganizationConfigRuleDetailedStatus",
    ],
    update: ["config:PutOrganizationConfigRule"],
    delete: ["config:DeleteOrganizationConfigRule"],
    arns: ["arn:aws:config:{region}:{account}:organization-config-rule/keyless-*"],
    unscoped: ["config:DescribeOrganizationConfigRuleStatuses", "config:DescribeOrganizationConfigRules"],
    also: [
      serviceLinkedRole("config-multiaccountsetup.amazonaws.com"),
      { actions: ["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"], arns: ["*"] },
      // https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConfigRule.html: called from the management account it turns this on.
      {
        actions: ["organizations:EnableAWSServiceAccess"],
        arns: ["*"],
        condition: { key: "organizations:ServicePrincipal", value: "config-multiaccountsetup.amazonaws.com" },
      },
    ],
  },
  aws_iam_openid_connect_provider: {
    create: ["iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"],
    read: ["iam:GetOpenIDConnectProvider"],
    update: [
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UntagOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
    ],
    delete: ["iam:DeleteOpenIDConnectProvider"],
    arns: ["arn:aws:iam::{account}:oidc-provider/*"],
  },
  aws_iam_organizations_features: {
    create: ["iam:EnableOrganizationsRootCredentialsManagement", "iam:EnableOrganizationsRootSessions"],
    read: ["iam:ListOrganizationsFeatures"],
    update: [
      "iam:DisableOrganizationsRootCredentialsManagement",
      "iam:DisableOrganizationsRootSessions",
      "iam:EnableOrganizationsRootCredentialsManagement",
      "iam:EnableOrganizationsRootSessions",
    ],
    delete: ["iam:DisableOrganizationsRootCredentialsManagement", "iam:DisableOrganizationsRootSessions"],
    arns: ["*"],
  },
  // The pipeline's own: only read by it.
  aws_iam_policy: {
    create: ["iam:CreatePolicy", "iam:TagPolicy"],
    read: ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"],
    update: ["iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"],
    delete: ["iam:DeletePolicy", "iam:DeletePolicyVersion"],
    arns: ["arn:aws:iam::{account}:policy/keyless/*"],
  },
  aws_iam_role: {
    create: ["iam:CreateRole", "iam:TagRole"],
    read: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    update: [
      "iam:PutRolePermissionsBoundary",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    delete: ["iam:DeleteRole", "iam:ListInstanceProfilesForRole"],
    arns: ROLES,
  },
  aws_iam_role_policy: {
    create: ["iam:PutRolePolicy"],
    read: ["iam:GetRolePolicy"],
    update: ["iam:PutRolePolicy"],
    delete: ["iam:DeleteRolePolicy"],
    arns: ROLES,
  },
  aws_iam_role_policy_attachment: {
    create: ["iam:AttachRolePolicy"],
    read: ["iam:ListAttachedRolePolicies"],
    update: [],
    delete: ["iam:DetachRolePolicy"],
    arns: ROLES,
  },
  aws_iam_user: {
    create: ["iam:CreateUser", "iam:TagUser"],
    read: ["iam:GetUser", "iam:ListUserTags"],
    update: ["iam:TagUser", "iam:UntagUser", "iam:UpdateUser"],
    delete: ["iam:DeleteUser", "iam:ListGroupsForUser"],
    arns: USERS,
  },
  aws_iam_user_login_profile: {
    create: ["iam:CreateLoginProfile"],
    read: ["iam:GetLoginProfile"],
    update: [],
    delete: ["iam:DeleteLoginProfile"],
    arns: USERS,
  },
  aws_iam_user_policy: {
    create: ["iam:PutUserPolicy"],
    read: ["iam:GetUserPolicy"],
    update: ["iam:PutUserPolicy"],
    delete: ["iam:DeleteUserPolicy"],
    arns: USERS,
  },
  aws_identitystore_group: {
    // The last is the data source's, for a group that the facts do not show yet.
    create: ["identitystore:CreateGroup"],
    read: ["identitystore:DescribeGroup", "identitystore:GetGroupId"],
    update: ["identitystore:UpdateGroup"],
    delete: ["identitystore:DeleteGroup"],
    arns: GROUPS,
  },
  aws_kms_alias: {
    create: ["kms:CreateAlias"],
    read: ["kms:ListAliases"],
    update: ["kms:UpdateAlias"],
    delete: ["kms:DeleteAlias"],
    arns: ["arn:aws:kms:{region}:{account}:alias/keyless-*"],
    unscoped: ["kms:ListAliases"],
    // AWS asks for the key as well as for the alias.
    also: [
      {
        actions: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
        arns: KEYS,
        condition: { key: "aws:ResourceTag/keyless:environment", value: "{environment}" },
      },
    ],
  },
  aws_kms_key: {
    create: ["kms:CreateKey", "kms:EnableKeyRotation", "kms:TagResource"],
    read: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
    update: [
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:PutKeyPolicy",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateKeyDescription",
    ],
    delete: ["kms:ScheduleKeyDeletion"],
    arns: KEYS,
    unscoped: ["kms:CreateKey"],
    condition: "tagged",
  },
  aws_organizations_policy: {
    create: ["organizations:CreatePolicy", "organizations:TagResource"],
    read: ["organizations:DescribePolicy", "organizations:ListTagsForResource"],
    update: ["organizations:TagResource", "organizations:UntagResource", "organizations:UpdatePolicy"],
    delete: ["organizations:DeletePolicy"],
    arns: ["arn:aws:organizations::{managementAccount}:policy/{organization}/*"],
    unscoped: ["organizations:CreatePolicy"],
    condition: "tagged to change",
    tagging: ["organizations:TagResource"],
  },
  aws_organizations_policy_attachment: {
    create: ["organizations:AttachPolicy"],
    read: ["organizations:ListTargetsForPolicy"],
    update: [],
    delete: ["organizations:DetachPolicy"],
    arns: [
      "arn:aws:organizations::{managementAccount}:account/{organization}/*",
      "arn:aws:organizations::{managementAccount}:ou/{organization}/*",
      "arn:aws:organizations::{managementAccount}:policy/{organization}/*",
      "arn:aws:organizations::{managementAccount}:root/{organization}/*",
    ],
    condition: "tagged to change",
    untagged: [
      "arn:aws:organizations::{managementAccount}:account/{organization}/*",
      "arn:aws:organizations::{managementAccount}:ou/{organization}/*",
      "arn:aws:organizations::{managementAccount}:root/{organization}/*",
    ],
  },
  aws_rolesanywhere_profile: {
    create: ["rolesanywhere:CreateProfile", "rolesanywhere:TagResource"],
    read: ["rolesanywhere:GetProfile", "rolesanywhere:ListTagsForResource"],
    update: [
      "rolesanywhere:DisableProfile",
      "rolesanywhere:EnableProfile",
      "rolesanywhere:TagResource",
      "rolesanywhere:UntagResource",
      "rolesanywhere:UpdateProfile",
    ],
    delete: ["rolesanywhere:DeleteProfile"],
    arns: ["arn:aws:rolesanywhere:{region}:{account}:profile/*"],
    unscoped: ["rolesanywhere:CreateProfile", "rolesanywhere:ListTagsForResource"],
    also: [passRole("rolesanywhere.amazonaws.com", ["arn:aws:iam::{account}:role/keyless/workloads/*"])],
  },
  aws_rolesanywhere_trust_anchor: {
    create: ["rolesanywhere:CreateTrustAnchor", "rolesanywhere:TagResource"],
    read: ["rolesanywhere:GetTrustAnchor", "rolesanywhere:ListTagsForResource"],
    update: [
      "rolesanywhere:DisableTrustAnchor",
      "rolesanywhere:EnableTrustAnchor",
      "rolesanywhere:PutNotificationSettings",
      "rolesanywhere:ResetNotificationSettings",
      "rolesanywhere:TagResource",
      "rolesanywhere:UntagResource",
      "rolesanywhere:UpdateTrustAnchor",
    ],
    delete: ["rolesanywhere:DeleteTrustAnchor"],
    arns: ["arn:aws:rolesanywhere:{region}:{account}:trust-anchor/*"],
    unscoped: ["rolesanywhere:CreateTrustAnchor", "rolesanywhere:ListTagsForResource"],
    also: [
      serviceLinkedRole("rolesanywhere.amazonaws.com"),
      // Of `keyless crl`: no resource of the provider is a revocation list. None of them deletes or disables one.
      { actions: ["rolesanywhere:ImportCrl", "rolesanywhere:ListCrls", "rolesanywhere:ListTrustAnchors"], arns: ["*"] },
      {
        actions: ["rolesanywhere:EnableCrl", "rolesanywhere:GetCrl", "rolesanywhere:UpdateCrl"],
        arns: ["arn:aws:rolesanywhere:{region}:{account}:crl/*"],
      },
    ],
  },
  aws_sns_topic: {
    create: ["sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource"],
    read: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
    update: ["sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"],
    delete: ["sns:DeleteTopic"],
    arns: TOPICS,
  },
  aws_sns_topic_policy: {
    create: ["sns:SetTopicAttributes"],
    read: ["sns:GetTopicAttributes"],
    update: ["sns:SetTopicAttributes"],
    delete: ["sns:SetTopicAttributes"],
    arns: TOPICS,
  },
  aws_sns_topic_subscription: {
    create: ["sns:Subscribe"],
    read: ["sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
    update: ["sns:SetSubscriptionAttributes"],
    delete: ["sns:Unsubscribe"],
    arns: TOPICS,
  },
  aws_ssoadmin_account_assignment: {
    create: ["sso:CreateAccountAssignment", "sso:DescribeAccountAssignmentCreationStatus"],
    read: ["sso:ListAccountAssignments"],
    update: [],
    delete: ["sso:DeleteAccountAssignment", "sso:DescribeAccountAssignmentDeletionStatus"],
    arns: [...PERMISSION_SETS, "arn:aws:sso:::account/*"],
    also: [PROVISION_HERE, SAML_PROVIDER_HERE],
  },
  aws_ssoadmin_customer_managed_policy_attachment: permissionSetPolicy(
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:DetachCustomerManagedPolicyReferenceFromPermissionSet",
  ),
  aws_ssoadmin_instance_access_control_attributes: {
    create: ["sso:CreateInstanceAccessControlAttributeConfiguration"],
    read: ["sso:DescribeInstanceAccessControlAttributeConfiguration"],
    update: ["sso:UpdateInstanceAccessControlAttributeConfiguration"],
    delete: ["sso:DeleteInstanceAccessControlAttributeConfiguration"],
    arns: ["arn:aws:sso:::instance/{instance}"],
  },
  aws_ssoadmin_managed_policy_attachment: permissionSetPolicy(
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:DetachManagedPolicyFromPermissionSet",
  ),
  aws_ssoadmin_permission_set: {
    create: ["sso:CreatePermissionSet", "sso:TagResource"],
    read: ["sso:DescribePermissionSet", "sso:ListTagsForResource"],
    update: [...PROVISION, "sso:TagResource", "sso:UntagResource", "sso:UpdatePermissionSet"],
    delete: ["sso:DeletePermissionSet"],
    arns: [...PERMISSION_SETS, "arn:aws:sso:::account/*"],
    also: [PROVISION_HERE],
  },
  aws_ssoadmin_permission_set_inline_policy: permissionSetPolicy(
    "sso:PutInlinePolicyToPermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:DeleteInlinePolicyFromPermissionSet",
  ),
  aws_ssoadmin_permissions_boundary_attachment: permissionSetPolicy(
    "sso:PutPermissionsBoundaryToPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:DeletePermissionsBoundaryFromPermissionSet",
  ),
};

/** Condition keys that an action on ARNs of a type must have, with the value: what is this baseline's. */
export function ownMark(
  { condition, read, untagged = [], tagging = [] }: ResourceActions,
  action: string,
  arn: string,
): "resource" | "request" | undefined {
  if (condition === undefined || untagged.includes(arn)) return undefined;
  if (condition === "tagged to change" && read.includes(action)) return undefined;
  return tagging.includes(action) ? "request" : "resource";
}

/** What a type of resource needs. @throws where the table lacks it: a stack was given a type that the pipeline could not manage. */
export function resourceActions(type: string): ResourceActions {
  const known = RESOURCE_ACTIONS[type];
  if (!known)
    throw new Error(`modules/sections/pipeline/resource-actions.ts lacks ${type}: add what Terraform calls for it`);
  return known;
}

/** The ARNs of a type in a place. Empty where the place has nothing of the kind: no instance of Identity Center. */
export function resourceArns(arns: readonly string[], place: ResourcePlace): readonly string[] {
  const values = place as unknown as Readonly<Record<string, string | undefined>>;
  const missing = /\{(\w+)\}/;
  return uniqueSorted(
    arns
      .map((arn) => arn.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole))
      .filter((arn) => !missing.test(arn)),
  );
}
