import { asList } from "../../policy/document";
import { isObject } from "../../kernel/json";
import { say, Sentence, words } from "../sentence";
import type { ReviewContext } from "../context";
import { Attributes, ResourceChange, text, texts } from "../../terraform/stack-plan";
import { homeOf } from "./documents";
import { Reach, reachOf, reachText } from "../reach";
import { attachesAdministrators } from "./role-views";
import { GROUP_MEMBERS, GROUP_POLICY } from "./memberships";
import { at, AttributeRule, becomes, flag, members, neutral, TypeRule, Told } from "./type-rule";

/**
 * Grants without a policy document: arguments of the AWS provider that name who may use something, or open it. From the schema of 5.100.0 and
 * the bindings of 6.25.0 (2026-11-26).
 */

const other = at("other");

const shownBy =
  (...names: readonly string[]) =>
  (resource: ResourceChange): string => {
    const values = names.flatMap((name) => texts(resource.after ?? resource.before, name));
    return values.length > 0 ? values.join(" ") : resource.address;
  };

/** Account, ARN, service or `*` that a grant names, as a statement would. */
function reachOfPrincipal(context: ReviewContext, resource: ResourceChange, attribute: string): Reach {
  const attributes = resource.after ?? resource.before ?? {};
  const value = text(attributes, attribute);
  if (value === undefined) return "outside";
  const conditions: Record<string, Record<string, string>> = {};
  const limit = (key: string, from: string): void => {
    const given = text(attributes, from);
    if (given) conditions["StringEquals"] = { ...conditions["StringEquals"], [key]: given };
  };
  limit("aws:SourceAccount", "source_account");
  limit("aws:PrincipalOrgID", "principal_org_id");
  limit("aws:PrincipalOrgID", "organization_id");
  const arn = text(attributes, "source_arn");
  if (arn) conditions["ArnLike"] = { "aws:SourceArn": arn };
  return (
    reachOf(
      {
        Effect: "Allow",
        Action: "*",
        Principal: /\.amazonaws\.com(\.cn)?$/.test(value) ? { Service: value } : value === "*" ? "*" : { AWS: value },
        ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
      },
      homeOf(context, resource),
    ) ?? "outside"
  );
}

/**
 * A grant that is new widens access, also for a role or user of its own account, who needs no permission of his own for it. Only services
 * that act for the account alone, and the account as a whole, where its own policies decide, gain nothing.
 */
function granted(attribute: string, what: string): (resource: ResourceChange, context: ReviewContext) => Told {
  return (resource, context) => {
    const reach = reachOfPrincipal(context, resource, attribute);
    const who = text(resource.after, attribute) ?? "somebody who is not known yet";
    const limits = text(resource.after, "source_arn") ?? text(resource.after, "source_account");
    const isOneOfAccount = /^arn:[^:]*:(iam|sts)::\d{12}:(?!root$)/.test(who);
    return [
      reach === "own" && !isOneOfAccount ? "neutral" : "weakens",
      say`lets ${who}${reachText(reach, homeOf(context, resource))} ${words(what)}${words(limits ? " for " : "")}${limits ? say`${limits}` : words("")}`,
    ];
  };
}

/** Values of arguments before and after, where no more can be said. */
const instead =
  (attribute: string): AttributeRule =>
  (resource, subject) => [
    [
      "unknown",
      say`${subject}: ${attribute} is ${shownValue(resource.after, attribute)} instead of ${shownValue(resource.before, attribute)}.`,
    ],
  ];

export function shownValue(attributes: Attributes | undefined, attribute: string): Sentence {
  const value = attributes?.[attribute];
  if (value === undefined || value === null || value === "") return words("nothing");
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return say`${shown.length > 400 ? `${shown.slice(0, 400)}…` : shown}`;
}

/** A grant whose every argument is who and what: another one of them is another grant. */
const grant = (
  what: string,
  named: readonly string[],
  principal: string,
  verb: string,
  attributes: readonly string[],
): TypeRule => ({
  what,
  area: other,
  named: shownBy(...named),
  created: granted(principal, verb),
  deleted: ["strengthens", "is taken away"],
  attributes: Object.fromEntries(
    attributes.map((attribute) => [attribute, becomes("weakens", `becomes another one (${attribute})`)]),
  ),
});

const block = (attribute: string): AttributeRule =>
  flag(
    attribute,
    ["strengthens", `stops public access (${attribute})`],
    ["weakens", `no longer stops public access (${attribute})`],
  );
const PUBLIC_ACCESS = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

const publicAccess = (what: string, named: string): TypeRule => ({
  what,
  area: other,
  named: (resource) => text(resource.after ?? resource.before, named) ?? resource.address,
  created: (resource) =>
    PUBLIC_ACCESS.every((name) => text(resource.after, name) === "true")
      ? ["strengthens", "stops public access"]
      : [
          "weakens",
          say`leaves public access open (${PUBLIC_ACCESS.filter((name) => text(resource.after, name) !== "true").join(", ")})`,
        ],
  deleted: ["weakens", "is deleted: public access is no longer stopped"],
  attributes: Object.fromEntries(PUBLIC_ACCESS.map((name) => [name, block(name)])),
});

/** Accounts, or `all`, that something is shared with. */
const sharedWith = (what: string, named: string, attribute: string, open: readonly string[]): TypeRule => ({
  what,
  area: other,
  named: (resource) => text(resource.after ?? resource.before, named) ?? resource.address,
  created: (resource) => {
    const accounts = texts(resource.after, attribute);
    return accounts.length === 0
      ? ["neutral", "is new, and shared with nobody"]
      : [
          "weakens",
          say`is new, and shared with ${accounts.join(", ")}${words(accounts.some((one) => open.includes(one)) ? " (public access)" : "")}`,
        ];
  },
  deleted: ["strengthens", "is deleted"],
  attributes: {
    [attribute]: members(attribute, ["weakens", "is shared with"], ["strengthens", "is no longer shared with"]),
  },
});

/** Group and everybody of a canned or written ACL. */
const PUBLIC_ACLS = new Set(["public-read", "public-read-write", "authenticated-read"]);

const acl: AttributeRule = (resource, subject) => [
  PUBLIC_ACLS.has(text(resource.after, "acl") ?? "")
    ? ["weakens", say`${subject}: ${text(resource.after, "acl") ?? ""} (public access).`]
    : [
        "unknown",
        say`${subject}: acl is ${shownValue(resource.after, "acl")} instead of ${shownValue(resource.before, "acl")}.`,
      ],
];

const grantees = (attributes: Attributes | undefined): string => {
  const written = JSON.stringify(attributes?.["access_control_policy"] ?? attributes?.["grant"] ?? "");
  return /AllUsers|AuthenticatedUsers/.test(written) ? "public" : written === '""' ? "" : "named";
};

/** A group, its members, what it may do. */
const memberships = (what: string, named: readonly string[], attribute: string): TypeRule => ({
  what,
  area: at("roles"),
  named: shownBy(...named),
  created: (resource) => [
    "weakens",
    say`is new: ${texts(resource.after, attribute).join(", ") || "somebody who is not known yet"} ${words("gets what it gives")}`,
  ],
  deleted: ["strengthens", "is taken away"],
  attributes: {
    [attribute]: members(attribute, ["weakens", "gains"], ["strengthens", "loses"]),
    ...Object.fromEntries(
      named.filter((one) => one !== attribute).map((one) => [one, becomes("weakens", `becomes another one (${one})`)]),
    ),
  },
});

/** Lists that take away whatever else is attached. */
const exclusive = (what: string, owner: string, attribute: string): TypeRule => ({
  what,
  area: at("roles"),
  named: owner,
  created: (resource) => [
    "unknown",
    say`takes away every policy of it but ${resource.unknown.has(attribute) ? "some that are not known yet" : texts(resource.after, attribute).join(", ") || "none"}: a Deny among them, or what guards need, would be gone`,
  ],
  deleted: ["unknown", "no longer removes other attachments"],
  attributes: {
    [attribute]: members(attribute, ["unknown", "lets stay"], ["unknown", "no longer lets stay"]),
    [owner]: becomes("unknown", "is another one's"),
  },
});

const service = (
  what: string,
  named: readonly string[],
  created: Told,
  deleted: Told,
  more: TypeRule["attributes"] = {},
): TypeRule => ({
  what,
  area: other,
  named: shownBy(...named),
  created,
  deleted,
  attributes: more,
});

const written = (resource: ResourceChange, attribute: string): boolean => {
  const value = resource.after?.[attribute];
  return value !== undefined && value !== null && value !== "";
};

export const GRANT_RULES: Readonly<Record<string, TypeRule>> = {
  aws_lambda_permission: grant("Permission of function", ["function_name"], "principal", "call it", [
    "principal",
    "action",
    "function_name",
    "source_arn",
    "source_account",
    "principal_org_id",
    "function_url_auth_type",
    "qualifier",
    "event_source_token",
  ]),
  aws_lambda_function_url: {
    what: "Address of function",
    area: other,
    named: "function_name",
    created: (resource) =>
      text(resource.after, "authorization_type") === "AWS_IAM"
        ? ["neutral", "is new; IAM decides who may call it"]
        : ["weakens", "is new: anybody may call it (public access)"],
    deleted: ["strengthens", "is deleted"],
    attributes: {
      authorization_type: (resource, subject) => [
        text(resource.after, "authorization_type") === "AWS_IAM"
          ? ["strengthens", say`${subject}: IAM decides who may call it.`]
          : ["weakens", say`${subject}: anybody may call it (public access).`],
      ],
      cors: neutral,
      invoke_mode: neutral,
    },
  },
  aws_cloudwatch_event_permission: grant(
    "Permission of bus",
    ["event_bus_name", "statement_id"],
    "principal",
    "put events there",
    ["principal", "action", "condition", "event_bus_name", "statement_id"],
  ),
  aws_acmpca_permission: grant(
    "Permission of private CA",
    ["certificate_authority_arn"],
    "principal",
    "issue certificates",
    ["principal", "actions", "source_account"],
  ),
  aws_signer_signing_profile_permission: grant(
    "Permission of signing profile",
    ["profile_name"],
    "principal",
    "sign with it",
    ["principal", "action", "profile_name"],
  ),
  aws_lambda_layer_version_permission: grant("Permission of layer", ["layer_name"], "principal", "use it", [
    "principal",
    "organization_id",
    "action",
    "version_number",
  ]),
  aws_kms_grant: grant("Grant of key", ["key_id", "name"], "grantee_principal", "use it", [
    "grantee_principal",
    "operations",
    "constraints",
    "key_id",
    "retiring_principal",
  ]),
  aws_network_interface_permission: grant(
    "Permission of network interface",
    ["network_interface_id"],
    "aws_account_id",
    "attach it",
    ["aws_account_id", "permission"],
  ),
  aws_ram_principal_association: grant("Share", ["resource_share_arn"], "principal", "use what it shares", [
    "principal",
    "resource_share_arn",
  ]),
  aws_ram_resource_association: service(
    "Share",
    ["resource_share_arn", "resource_arn"],
    ["weakens", "shares one resource more"],
    ["strengthens", "shares one resource less"],
    { resource_arn: becomes("weakens", "shares another resource") },
  ),
  aws_ram_resource_share: {
    what: "Share",
    area: other,
    created: (resource) =>
      text(resource.after, "allow_external_principals") === "false"
        ? ["neutral", "is new, for the organization only"]
        : ["weakens", "is new, and may be given to accounts outside of the organization"],
    deleted: ["strengthens", "is deleted"],
    attributes: {
      allow_external_principals: flag(
        "allow_external_principals",
        ["weakens", "may be given to accounts outside of the organization"],
        ["strengthens", "may no longer be given to accounts outside of the organization"],
      ),
      permission_arns: members("permission_arns", ["weakens", "permits"], ["strengthens", "no longer permits"]),
      name: neutral,
    },
  },
  aws_eks_access_entry: grant("Access to cluster", ["cluster_name"], "principal_arn", "act in it", [
    "principal_arn",
    "kubernetes_groups",
    "user_name",
    "type",
    "cluster_name",
  ]),
  aws_eks_access_policy_association: grant(
    "Access to cluster",
    ["cluster_name", "policy_arn"],
    "principal_arn",
    "do there what the policy permits",
    ["principal_arn", "policy_arn", "access_scope", "cluster_name"],
  ),
  aws_lakeformation_permissions: {
    ...grant("Permission of the data lake", ["permissions"], "principal", "read or change data there", ["principal"]),
    attributes: {
      principal: becomes("weakens", "becomes another one (principal)"),
      permissions: members("permissions", ["weakens", "gains"], ["strengthens", "loses"]),
      permissions_with_grant_option: members(
        "permissions_with_grant_option",
        ["weakens", "may give on"],
        ["strengthens", "may no longer give on"],
      ),
    },
  },
  aws_lakeformation_data_lake_settings: {
    what: "Settings of the data lake",
    area: other,
    named: "catalog_id",
    created: (resource) => [
      "weakens",
      say`make administrators of ${texts(resource.after, "admins").join(", ") || "nobody"}`,
    ],
    deleted: ["unknown", "are gone: AWS's defaults let IAM alone decide"],
    attributes: {
      admins: members(
        "admins",
        ["weakens", "make administrators of"],
        ["strengthens", "no longer make administrators of"],
      ),
    },
  },
  aws_s3_bucket_public_access_block: publicAccess("Bucket", "bucket"),
  aws_s3_account_public_access_block: publicAccess("Account", "account_id"),
  aws_s3_bucket_acl: {
    what: "Access list of bucket",
    area: other,
    named: "bucket",
    created: (resource) =>
      PUBLIC_ACLS.has(text(resource.after, "acl") ?? "") || grantees(resource.after) === "public"
        ? ["weakens", say`is new: ${text(resource.after, "acl") ?? "everybody"} (public access)`]
        : text(resource.after, "acl") === "private"
          ? ["neutral", "is new, and private"]
          : [
              "weakens",
              say`is new: ${shownValue(resource.after, text(resource.after, "acl") ? "acl" : "access_control_policy")}`,
            ],
    deleted: ["unknown", "is no longer managed: the list itself stays"],
    attributes: {
      acl,
      access_control_policy: (resource, subject) => [
        grantees(resource.after) === "public"
          ? ["weakens", say`${subject}: everybody is in it (public access).`]
          : [
              "unknown",
              say`${subject}: ${shownValue(resource.after, "access_control_policy")} instead of ${shownValue(resource.before, "access_control_policy")}.`,
            ],
      ],
      bucket: becomes("unknown", "is another bucket's"),
    },
  },
  aws_ami_launch_permission: {
    ...grant("Permission of image", ["image_id"], "account_id", "start it", [
      "account_id",
      "image_id",
      "group",
      "organization_arn",
    ]),
    created: (resource, context) =>
      text(resource.after, "group") === "all"
        ? ["weakens", "lets everybody start it (public access)"]
        : written(resource, "organization_arn") || written(resource, "organizational_unit_arn")
          ? [
              "weakens",
              say`lets ${text(resource.after, "organization_arn") ?? text(resource.after, "organizational_unit_arn") ?? ""} start it`,
            ]
          : granted("account_id", "start it")(resource, context),
  },
  aws_snapshot_create_volume_permission: grant("Permission of snapshot", ["snapshot_id"], "account_id", "read it", [
    "account_id",
    "snapshot_id",
  ]),
  aws_db_snapshot: sharedWith("Snapshot", "db_snapshot_identifier", "shared_accounts", ["all"]),
  aws_db_snapshot_copy: sharedWith("Snapshot", "target_db_snapshot_identifier", "shared_accounts", ["all"]),
  aws_db_cluster_snapshot: sharedWith("Snapshot", "db_cluster_snapshot_identifier", "shared_accounts", ["all"]),
  aws_ssoadmin_trusted_token_issuer: {
    what: "Trusted issuer of tokens",
    area: at("identity-center"),
    created: ["weakens", "is new: its tokens represent people of Identity Center"],
    deleted: ["strengthens", "is deleted"],
    attributes: {
      trusted_token_issuer_configuration: becomes("weakens", "trusts another issuer or another claim of its tokens"),
      trusted_token_issuer_type: becomes("unknown", "is of another kind"),
      name: neutral,
    },
  },
  aws_ssoadmin_application: {
    what: "Application",
    area: at("identity-center"),
    created: ["weakens", "is new: people may sign in to it with Identity Center"],
    deleted: ["strengthens", "is deleted"],
    attributes: { status: instead("status"), portal_options: instead("portal_options"), name: neutral },
  },
  aws_ssoadmin_application_assignment: grant(
    "Assignment to application",
    ["application_arn"],
    "principal_id",
    "sign in to it",
    ["application_arn", "principal_id", "principal_type"],
  ),
  aws_ssoadmin_application_assignment_configuration: {
    what: "Application",
    area: at("identity-center"),
    named: "application_arn",
    created: (resource) =>
      text(resource.after, "assignment_required") === "true"
        ? ["strengthens", "asks for an assignment"]
        : ["weakens", "is open to everybody in Identity Center"],
    deleted: ["unknown", "asks for an assignment or not, as AWS's default says"],
    attributes: {
      assignment_required: flag(
        "assignment_required",
        ["strengthens", "asks for an assignment"],
        ["weakens", "is open to everybody in Identity Center"],
      ),
    },
  },
  aws_identitystore_user: service(
    "User of Identity Center",
    ["user_name"],
    ["weakens", "is new: one more who can sign in"],
    ["strengthens", "is deleted"],
    {
      emails: becomes("weakens", "gets mail, and with it new passwords, elsewhere"),
      user_name: becomes("unknown", "gets another name"),
    },
  ),
  aws_identitystore_group_membership: memberships("Membership of group", ["group_id", "member_id"], "member_id"),
  aws_iam_group: service(
    "Group",
    ["name"],
    ["neutral", "is new; its permissions and members are reported separately"],
    ["strengthens", "is deleted"],
    { name: becomes("unknown", "gets another name"), path: becomes("unknown", "gets another path") },
  ),
  aws_iam_group_membership: GROUP_MEMBERS,
  aws_iam_group_policy_attachment: GROUP_POLICY,
  aws_iam_policy_attachment: {
    what: "Policy",
    area: at("roles"),
    administrator: (resource, context) => attachesAdministrators(context, resource, "after"),
    named: shownBy("policy_arn"),
    created: (resource) => [
      "weakens",
      say`is given to ${attachedTo(resource.after)}, and taken from everybody else in the account`,
    ],
    deleted: (resource) => [
      "unknown",
      say`is taken from ${attachedTo(resource.before)}: a loss of access, or of a Deny`,
    ],
    attributes: {
      roles: members("roles", ["weakens", "is given to"], ["unknown", "is taken from"]),
      users: members("users", ["weakens", "is given to"], ["unknown", "is taken from"]),
      groups: members("groups", ["weakens", "is given to"], ["unknown", "is taken from"]),
      policy_arn: becomes("weakens", "becomes another one"),
      name: neutral,
    },
  },
  aws_iam_role_policy_attachments_exclusive: exclusive("Managed policies of role", "role_name", "policy_arns"),
  aws_iam_user_policy_attachments_exclusive: exclusive("Managed policies of user", "user_name", "policy_arns"),
  aws_iam_group_policy_attachments_exclusive: exclusive("Managed policies of group", "group_name", "policy_arns"),
  aws_iam_role_policies_exclusive: exclusive("Inline policies of role", "role_name", "policy_names"),
  aws_iam_user_policies_exclusive: exclusive("Inline policies of user", "user_name", "policy_names"),
  aws_iam_group_policies_exclusive: exclusive("Inline policies of group", "group_name", "policy_names"),
  aws_iam_instance_profile: service(
    "Instance profile",
    ["name"],
    // Whoever may start instances with it, and reaches them, has the role that he could not take himself.
    ["weakens", "is new: instances that are started with it act as its role"],
    ["strengthens", "is deleted"],
    {
      role: becomes("weakens", "lets its instances act as another role"),
      name: becomes("unknown", "gets another name"),
      path: neutral,
    },
  ),
  aws_iam_service_linked_role: service(
    "Service-linked role",
    ["aws_service_name"],
    ["neutral", "is new: a service acts with the permissions that AWS has given it"],
    ["unknown", "is deleted: what its service does may end"],
  ),
  aws_iam_account_alias: service(
    "Alias of the account",
    ["account_alias"],
    ["neutral", "is new"],
    ["neutral", "is deleted"],
    {
      account_alias: neutral,
    },
  ),
  aws_iam_account_password_policy: {
    what: "Password policy",
    area: at("credential-hygiene"),
    named: "id",
    created: (resource) =>
      weakerThanDefault(resource.after).length > 0
        ? [
            "weakens",
            say`is set, and asks for less than AWS's default (${weakerThanDefault(resource.after).join(", ")})`,
          ]
        : ["strengthens", "is set"],
    deleted: ["weakens", "is deleted: AWS's default applies"],
    attributes: {
      minimum_password_length: (resource, subject) => {
        const [from, to] = [
          Number(text(resource.before, "minimum_password_length")),
          Number(text(resource.after, "minimum_password_length")),
        ];
        return [
          [
            to >= from ? "strengthens" : "weakens",
            say`${subject}: ${to} ${words("characters or more instead of")} ${from}.`,
          ],
        ];
      },
    },
  },
  aws_iam_user_ssh_key: service(
    "SSH key of user",
    ["username"],
    ["weakens", "is new: a long-term credential"],
    ["strengthens", "is deleted"],
    {
      public_key: becomes("weakens", "becomes another one"),
      status: instead("status"),
    },
  ),
  aws_iam_signing_certificate: service(
    "Signing certificate of user",
    ["user_name"],
    ["weakens", "is new: a long-term credential"],
    ["strengthens", "is deleted"],
    { certificate_body: becomes("weakens", "becomes another one"), status: instead("status") },
  ),
  aws_iam_service_specific_credential: service(
    "Service-specific credential of user",
    ["user_name", "service_name"],
    ["weakens", "is new: a long-term credential, and its secret is in the state"],
    ["strengthens", "is deleted"],
    { status: instead("status") },
  ),
  aws_iam_virtual_mfa_device: service(
    "Virtual MFA device",
    ["virtual_mfa_device_name"],
    ["unknown", "is new: its seed is in the state, and whoever reads that can sign in with it"],
    ["destroys-guard", "is deleted: whoever has it can no longer sign in with MFA"],
  ),
  aws_organizations_account: {
    what: "Account",
    area: at("guardrails"),
    created: ["unknown", "is new: guardrails bind it where its OU has them"],
    deleted: ["destroys-guard", "is closed or leaves the organization"],
    attributes: {
      parent_id: (resource, subject) => [
        [
          "unknown",
          say`${subject} moves to ${text(resource.after, "parent_id") ?? "another OU"} from ${text(resource.before, "parent_id") ?? "another"}: other guardrails bind it.`,
        ],
      ],
      email: becomes("weakens", "gets mail of its root user elsewhere: whoever reads it can take the root user"),
      name: neutral,
      role_name: becomes("unknown", "is made with another administrator role"),
      close_on_deletion: neutral,
      iam_user_access_to_billing: neutral,
    },
  },
  aws_organizations_organizational_unit: {
    what: "OU",
    area: at("guardrails"),
    created: ["neutral", "is new, and empty"],
    deleted: ["unknown", "is deleted: what hung there binds nobody any more"],
    attributes: { name: neutral, parent_id: becomes("unknown", "moves: other guardrails bind its accounts") },
  },
  aws_organizations_organization: {
    what: "Organization",
    area: at("guardrails"),
    named: "id",
    created: ["neutral", "is new"],
    deleted: ["destroys-guard", "is deleted: no guardrail binds anybody any more"],
    attributes: {
      enabled_policy_types: members(
        "enabled_policy_types",
        ["strengthens", "takes policies of type"],
        ["destroys-guard", "no longer heeds policies of type"],
      ),
      aws_service_access_principals: members(
        "aws_service_access_principals",
        ["weakens", "trusts in every account"],
        ["unknown", "no longer trusts in every account"],
      ),
      feature_set: becomes("destroys-guard", "has another set of features: without all of them no guardrail binds"),
      accounts: neutral,
      non_master_accounts: neutral,
      roots: neutral,
    },
  },
  aws_organizations_delegated_administrator: service(
    "Delegated administrator",
    ["account_id", "service_principal"],
    ["weakens", "is new: the account administers the service for the whole organization"],
    ["unknown", "is deleted: whoever administered the service from there no longer can"],
  ),
};

/**
 * Of a password policy the arguments by which it asks for less than where there is none: eight characters of three of four kinds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
 */
function weakerThanDefault(attributes: Attributes | undefined): readonly string[] {
  const kinds = ["require_lowercase_characters", "require_numbers", "require_symbols", "require_uppercase_characters"];
  // The least that AWS takes where the argument is not given, and of the provider's: six.
  const isShort = Number(text(attributes, "minimum_password_length") ?? "6") < 8;
  const missing = kinds.filter((kind) => text(attributes, kind) !== "true");
  return [...(isShort ? ["minimum_password_length"] : []), ...(missing.length > 1 ? missing : [])];
}

function attachedTo(attributes: Attributes | undefined): string {
  const all = ["roles", "users", "groups"].flatMap((kind) =>
    asList(attributes?.[kind] as string | readonly string[] | undefined).filter((one) => !isObject(one)),
  );
  return all.length > 0 ? all.join(", ") : "nobody";
}
