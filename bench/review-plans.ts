import { syntheticOrganization } from "../local/organizations/synthetic";
import type { AttachedPolicy, Organization } from "../modules/organization/types";
import type { PolicyDocument, PolicyStatement } from "../modules/policy/types";
import { defined } from "../modules/kernel/optional";

/**
 * Plans of 10,000 resource changes as `terraform show -json` writes them, with the state before and the values after beside the changes.
 * The same for the same arguments.
 */

export interface ReviewMix {
  readonly name: string;
  readonly organization: Organization;
  /** Text of each plan by the name of its stack. */
  readonly plans: ReadonlyMap<string, string>;
  readonly changes: number;
}

type Attributes = Readonly<Record<string, unknown>>;

interface Change {
  readonly address: string;
  readonly before?: Attributes;
  readonly after?: Attributes;
  readonly unknown?: readonly string[];
  readonly sensitive?: readonly string[];
  readonly replace?: readonly (readonly string[])[];
  readonly references?: Readonly<Record<string, readonly string[]>>;
}

export const REVIEW_CHANGES = 10_000;
const UNITS = 15;

function planText(account: string, changes: readonly Change[]): string {
  const parts = (address: string) => {
    const [, type = "", name = "", index] = /^(\w+)\.([\w-]+)(?:\["(.+)"\])?$/.exec(address) ?? [];
    return { type, name, ...defined({ index }) };
  };
  const marks = (names: readonly string[] = []): Record<string, true> =>
    Object.fromEntries(names.map((name) => [name, true as const]));
  const provider = "registry.terraform.io/hashicorp/aws";
  const state = (side: "before" | "after") =>
    changes.flatMap(({ address, [side]: values }) =>
      values
        ? [
            {
              address,
              mode: "managed",
              ...parts(address),
              provider_name: provider,
              schema_version: 0,
              values,
              sensitive_values: {},
            },
          ]
        : [],
    );
  const configured = new Map(
    changes.map(({ address, references }) => [address.replace(/\[.*$/, ""), references ?? {}]),
  );
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: { root_module: { resources: state("after") } },
    resource_changes: changes.map(({ address, before, after, unknown, sensitive, replace }) => ({
      address,
      mode: "managed",
      ...parts(address),
      provider_name: provider,
      change: {
        actions: replace
          ? ["delete", "create"]
          : before && after
            ? before === after
              ? ["no-op"]
              : ["update"]
            : after
              ? ["create"]
              : ["delete"],
        before: before ?? null,
        after: after ?? null,
        after_unknown: marks(unknown),
        before_sensitive: marks(sensitive),
        after_sensitive: marks(sensitive),
        ...defined({ replace_paths: replace }),
      },
    })),
    prior_state: {
      format_version: "1.0",
      terraform_version: "1.11.4",
      values: { root_module: { resources: state("before") } },
    },
    configuration: {
      provider_config: {
        aws: { name: "aws", full_name: provider, expressions: { allowed_account_ids: { constant_value: [account] } } },
      },
      root_module: {
        resources: [...configured].map(([address, references]) => ({
          address,
          mode: "managed",
          ...parts(address),
          provider_config_key: "aws",
          expressions: Object.fromEntries(Object.entries(references).map(([key, list]) => [key, { references: list }])),
        })),
      },
    },
  });
}

const json = (...statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements } satisfies PolicyDocument);

function mix(
  name: string,
  organization: Organization,
  plans: ReadonlyMap<string, { readonly account: string; readonly changes: readonly Change[] }>,
): ReviewMix {
  const changed = [...plans.values()].reduce(
    (sum, { changes }) => sum + changes.filter((c) => c.before !== c.after).length,
    0,
  );
  return {
    name,
    organization,
    plans: new Map([...plans].map(([stack, { account, changes }]) => [stack, planText(account, changes)])),
    changes: changed,
  };
}

/** Accounts of members, in the order of their ids. */
function members(organization: Organization): readonly string[] {
  return organization.accounts.map((account) => account.id).filter((id) => id !== organization.managementAccountId);
}

/** A new permission set that a group gets in nearly every account, and an old one that another group loses in the rest. */
function assignments(organization: Organization): readonly Change[] {
  const ids = members(organization);
  const assignment = (set: string, group: string, arn: string | undefined, id: string): Attributes => ({
    instance_arn: "arn:aws:sso:::instance/ssoins-0000000000000001",
    ...(arn ? { permission_set_arn: arn } : {}),
    principal_id: group,
    principal_type: "GROUP",
    target_id: id,
    target_type: "AWS_ACCOUNT",
    id: `${group},GROUP,${id},AWS_ACCOUNT,${set}`,
    region: "eu-central-1",
  });
  const groups = organization.identityCenter!.groups;
  const old = "arn:aws:sso:::permissionSet/ssoins-0000000000000001/ps-0000000000000001";
  const set = {
    name: "Auditor",
    session_duration: "PT8H",
    instance_arn: "arn:aws:sso:::instance/ssoins-0000000000000001",
    description: "Look at everything",
    relay_state: null,
    tags: {},
  };
  const operator = { ...set, name: "Operator", arn: old, id: old };
  const count = REVIEW_CHANGES - 2;
  const gained = Math.floor((count * 4) / 5);
  return [
    { address: "aws_ssoadmin_permission_set.permission_set_Auditor", after: set, unknown: ["arn", "id"] },
    {
      address: "aws_ssoadmin_managed_policy_attachment.managed_policy_Auditor_SecurityAudit",
      after: { managed_policy_arn: "arn:aws:iam::aws:policy/SecurityAudit", instance_arn: set.instance_arn },
      unknown: ["permission_set_arn", "id"],
      references: {
        permission_set_arn: [
          "aws_ssoadmin_permission_set.permission_set_Auditor.arn",
          "aws_ssoadmin_permission_set.permission_set_Auditor",
        ],
      },
    },
    { address: "aws_ssoadmin_permission_set.permission_set_Operator", before: operator, after: operator },
    ...ids.slice(0, gained).map((id): Change => ({
      address: `aws_ssoadmin_account_assignment.assignment_Auditor_Group001["${id}"]`,
      after: assignment("Auditor", groups[0]!.id, undefined, id),
      unknown: ["permission_set_arn", "id"],
      references: {
        permission_set_arn: [
          "aws_ssoadmin_permission_set.permission_set_Auditor.arn",
          "aws_ssoadmin_permission_set.permission_set_Auditor",
        ],
      },
    })),
    // Without references: links go by the value.
    ...ids.slice(0, count - gained).map((id): Change => ({
      address: `aws_ssoadmin_account_assignment.assignment_Operator_Group002["${id}"]`,
      before: assignment("Operator", groups[1]!.id, old, id),
    })),
  ];
}

const spared = (
  ...roles: readonly string[]
): Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> => ({
  ArnNotLike: { "aws:PrincipalArn": roles.map((role) => `arn:aws:iam::*:role/${role}`) },
});

/** One of our SCPs: after the change it denies an action less, spares a role more, and here and there one less. */
function scp(i: number, changed: boolean): string {
  const keys: PolicyStatement = {
    Sid: "DenyAccessKeys",
    Effect: "Deny",
    Action: ["iam:CreateAccessKey", "iam:UpdateAccessKey", ...(changed ? [] : ["iam:CreateLoginProfile"])],
    Resource: "*",
    Condition: spared("SecurityBreakGlass", "OrganizationAccountAccessRole", ...(changed ? ["Deploy*"] : [])),
  };
  const protect: PolicyStatement = {
    Sid: "ProtectRoles",
    Effect: "Deny",
    Action: [
      "iam:AttachRolePolicy",
      "iam:DeleteRole",
      "iam:DetachRolePolicy",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
    ],
    Resource: [`arn:aws:iam::*:role/team-${i}-*`, "arn:aws:iam::*:role/SecurityBreakGlass"],
    Condition: spared("stacksets-exec-*", ...(changed && i % 3 === 2 ? [] : ["Owner"])),
  };
  const regions: PolicyStatement = {
    Sid: "Regions",
    Effect: "Deny",
    NotAction: ["iam:*", "sts:*", "organizations:*", "cloudfront:*", "route53:*"],
    Resource: "*",
    Condition: {
      StringNotEquals: {
        "aws:RequestedRegion": ["eu-central-1", `eu-west-${(i % 3) + 1}`, ...(changed ? ["us-east-1"] : [])],
      },
      ...spared("SecurityBreakGlass"),
    },
  };
  return json(keys, protect, regions, {
    Sid: "Buckets",
    Effect: "Deny",
    Action: "s3:PutBucketPolicy",
    Resource: `arn:aws:s3:::team-${i}-*`,
  });
}

/** Other people's SCPs, spread over the OUs, so that hardly two chains are the same. */
function others(organization: Organization): readonly AttachedPolicy[] {
  return Array.from({ length: 12 }, (_, i): AttachedPolicy => ({
    id: `p-other${String(i).padStart(3, "0")}`,
    name: `team-rules-${i}`,
    type: "SERVICE_CONTROL_POLICY",
    awsManaged: false,
    ours: false,
    content: json(
      {
        Sid: "Services",
        Effect: "Deny",
        Action: [`service${i}:*`, "ec2:PurchaseReservedInstancesOffering", "iam:DeleteAccountPasswordPolicy"],
        Resource: "*",
      },
      {
        Sid: "Buckets",
        Effect: "Deny",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::records-${i}-*`],
        Condition: spared(`records-${i}-*`, "SecurityBreakGlass"),
      },
      {
        Sid: "Region",
        Effect: "Deny",
        NotAction: ["iam:*", "sts:*", "organizations:*"],
        Resource: "*",
        Condition: {
          StringNotEquals: {
            "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", `ap-south-${i + 1}`],
          },
        },
      },
    ),
    targetIds: organization.organizationalUnits
      .filter((_ou, n) => n % 12 === i || (n * 7 + 3) % 11 === i)
      .map((ou) => ou.id)
      .sort(),
  }));
}

/** Ten SCPs on thirty OUs change their content, and one is attached to every account by itself. */
function guardrails(organization: Organization): readonly Change[] {
  const units = organization.organizationalUnits.filter((ou) => ou.parentId !== organization.rootId).map((ou) => ou.id);
  const policy = (i: number, content: string): Attributes => ({
    name: `guardrails-${i}`,
    type: "SERVICE_CONTROL_POLICY",
    content,
    description: "Guardrails",
    id: `p-ours${i}`,
    arn: `arn:aws:organizations::${organization.managementAccountId}:policy/${organization.id}/service_control_policy/p-ours${i}`,
    tags: {},
  });
  const attachment = (i: number, target: string): Attributes => ({
    policy_id: `p-ours${i}`,
    target_id: target,
    id: `${target}:p-ours${i}`,
    skip_destroy: null,
  });
  const policies = Array.from({ length: 10 }, (_, i): Change => ({
    address: `aws_organizations_policy.scp_guardrails-${i}`,
    before: policy(i, scp(i, false)),
    after: policy(i, scp(i, true)),
  }));
  const placed = policies.flatMap((_, i) =>
    units.map((unit): Change => {
      const same = attachment(i, unit);
      return {
        address: `aws_organizations_policy_attachment.attach_guardrails-${i}_${unit}`,
        before: same,
        after: same,
        references:
          i % 2 === 0
            ? {
                policy_id: [
                  `aws_organizations_policy.scp_guardrails-${i}.id`,
                  `aws_organizations_policy.scp_guardrails-${i}`,
                ],
              }
            : {},
      };
    }),
  );
  const content = scp(99, false);
  const extra: Change = {
    address: "aws_organizations_policy.scp_guardrails-99",
    before: policy(99, content),
    after: { ...policy(99, content), description: "For single accounts" },
  };
  const single = members(organization)
    .slice(0, REVIEW_CHANGES - policies.length - 1)
    .map((id): Change => ({
      address: `aws_organizations_policy_attachment.attach_guardrails-99_${id}`,
      after: attachment(99, id),
      unknown: ["id"],
    }));
  return [...policies, extra, ...placed, ...single];
}

/** Twelve ways to change a role: what trusts it, and what it may do. */
function roleChanges(account: string, i: number): readonly Change[] {
  const name = `app-${i}`;
  const shape = i % 12;
  const issuer = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
  const trust = (after: boolean): string =>
    json(
      {
        Sid: "GitHub",
        Effect: "Allow",
        Principal: { Federated: issuer },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            ...(after && shape === 1 ? {} : { "token.actions.githubusercontent.com:repository_owner_id": "1234" }),
          },
          StringLike: {
            "token.actions.githubusercontent.com:sub":
              after && shape === 0
                ? `repo:example/${name}:*`
                : after && shape === 2
                  ? [`repo:example/${name}:ref:refs/heads/main`]
                  : [`repo:example/${name}:ref:refs/heads/main`, `repo:example/${name}:environment:prod`],
          },
        },
      },
      ...(after && shape === 3
        ? [
            {
              Sid: "Support",
              Effect: "Allow" as const,
              Principal: { AWS: `arn:aws:iam::${account}:root` },
              Action: "sts:AssumeRole",
              Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
            },
          ]
        : []),
    );
  const deploy = (after: boolean): string =>
    json(
      {
        Sid: "Artifacts",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", ...(after && shape === 4 ? ["s3:DeleteObject"] : [])],
        Resource:
          after && shape === 5 ? `arn:aws:s3:::artifacts-${account}*` : `arn:aws:s3:::artifacts-${account}/${name}/*`,
      },
      {
        Sid: "Functions",
        Effect: "Allow",
        Action:
          after && shape === 6 ? "lambda:Update*" : ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
        Resource: `arn:aws:lambda:eu-central-1:${account}:function:${name}-*`,
        ...(after && shape === 7 ? {} : { Condition: { StringEquals: { "aws:ResourceTag/team": `team-${i % 40}` } } }),
      },
      {
        Sid: "PassRole",
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: `arn:aws:iam::${account}:role/${after && shape === 8 ? "*" : `${name}-runtime`}`,
        Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
      },
    );
  const limits = (after: boolean): string =>
    json(
      {
        Sid: "Logs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `arn:aws:logs:eu-central-1:${account}:log-group:/app/${name}:*`,
      },
      {
        Sid: "NoSecrets",
        Effect: "Deny",
        Action: ["secretsmanager:GetSecretValue", ...(after && shape === 9 ? [] : ["ssm:GetParameter*"])],
        Resource: "*",
        Condition: {
          StringNotEquals: {
            "aws:RequestedRegion": after && shape === 10 ? ["eu-central-1", "eu-west-1"] : "eu-central-1",
          },
        },
      },
    );
  const role = (after: boolean): Attributes => ({
    name,
    path: "/app/",
    arn: `arn:aws:iam::${account}:role/app/${name}`,
    id: name,
    assume_role_policy: trust(after),
    max_session_duration: after && shape === 11 ? 7200 : 3600,
    permissions_boundary: null,
    description: after ? "Deploys" : "Deploys the application",
    tags: {},
  });
  const inline = (what: string, policy: (after: boolean) => string): Change => {
    const of = (after: boolean): Attributes => ({
      name: what,
      role: name,
      id: `${name}:${what}`,
      policy: policy(after),
    });
    return {
      address: `aws_iam_role_policy.role_${name}_${what}`,
      before: of(false),
      after: of(true),
      references: { role: [`aws_iam_role.role_${name}.name`, `aws_iam_role.role_${name}`] },
    };
  };
  const managed = (arn: string): Attributes => ({ role: name, policy_arn: arn, id: `${name}-${arn}` });
  return [
    { address: `aws_iam_role.role_${name}`, before: role(false), after: role(true) },
    inline("deploy", deploy),
    inline("limits", limits),
    i % 2 === 0
      ? {
          address: `aws_iam_role_policy_attachment.role_${name}_ReadOnlyAccess`,
          before: managed("arn:aws:iam::aws:policy/ReadOnlyAccess"),
          references: { role: [`aws_iam_role.role_${name}`] },
        }
      : {
          address: `aws_iam_role_policy_attachment.role_${name}_SecurityAudit`,
          after: managed("arn:aws:iam::aws:policy/SecurityAudit"),
          unknown: ["id"],
        },
  ];
}

/** 2,500 roles in 500 accounts, each with another trust policy and other identity policies: hardly two documents are the same. */
function roles(
  organization: Organization,
  count: number,
): ReadonlyMap<string, { readonly account: string; readonly changes: readonly Change[] }> {
  const perStack = 5;
  return new Map(
    members(organization)
      .slice(0, count / perStack / 4)
      .map((account, n) => [
        `bench-workload-identity-${account}-eu-central-1`,
        { account, changes: Array.from({ length: perStack }, (_, k) => roleChanges(account, n * perStack + k)).flat() },
      ]),
  );
}

/** Everything at once, with values that are not known yet, secrets, replacements, deletions, and types that nobody here knows. */
function mixed(
  organization: Organization,
): ReadonlyMap<string, { readonly account: string; readonly changes: readonly Change[] }> {
  const management = organization.managementAccountId;
  const odd = (count: number): readonly Change[] =>
    Array.from({ length: count }, (_, i): Change => {
      const role = roleChanges(management, 10_000 + i)[0]!;
      switch (i % 5) {
        case 0:
          return {
            ...role,
            after: Object.fromEntries(Object.entries(role.after!).filter(([key]) => key !== "assume_role_policy")),
            unknown: ["assume_role_policy"],
          };
        case 1:
          return {
            address: `aws_sqs_queue.queue_${i}`,
            before: { name: `q-${i}`, policy: "{}", visibility_timeout_seconds: 30 },
            after: { name: `q-${i}`, policy: "{}", visibility_timeout_seconds: 60 },
          };
        case 2:
          return { ...role, replace: [["path"]] };
        case 3:
          return {
            address: `aws_iam_policy.policy_${i}`,
            before: {
              name: `p-${i}`,
              arn: `arn:aws:iam::${management}:policy/p-${i}`,
              policy: json({ Effect: "Allow", Action: ["s3:GetObject"], Resource: `arn:aws:s3:::b-${i}/*` }),
            },
            after: {
              name: `p-${i}`,
              arn: `arn:aws:iam::${management}:policy/p-${i}`,
              policy: json({ Effect: "Allow", Action: ["s3:GetObject*"], Resource: `arn:aws:s3:::b-${i}/*` }),
            },
            sensitive: i % 10 === 3 ? ["policy"] : [],
          };
        default:
          return {
            address: `aws_iam_user.user_${i}`,
            ...(i % 2 === 0
              ? { before: { name: `u-${i}`, path: "/", arn: `arn:aws:iam::${management}:user/u-${i}` } }
              : { after: { name: `u-${i}`, path: "/" } }),
          };
      }
    });
  const changed = (changes: readonly Change[], count: number): readonly Change[] => {
    let left = count;
    return changes.filter((change) => change.before === change.after || left-- > 0);
  };
  return new Map([
    ["bench-guardrails", { account: management, changes: changed(guardrails(organization), 2500) }],
    ["bench-identity-center-00", { account: management, changes: changed(assignments(organization), 2500) }],
    ["bench-other", { account: management, changes: odd(2500) }],
    ...roles(organization, 2500),
  ]);
}

export const REVIEW_MIXES = ["assignments", "guardrails", "roles", "mixed"] as const;
export type ReviewMixName = (typeof REVIEW_MIXES)[number];

export function reviewMix(name: ReviewMixName): ReviewMix {
  const bare = syntheticOrganization(REVIEW_CHANGES, { units: UNITS });
  const organization: Organization = { ...bare, policies: [...bare.policies, ...others(bare)] };
  const management = organization.managementAccountId;
  switch (name) {
    case "assignments":
      return mix(
        name,
        organization,
        new Map([["bench-identity-center-00", { account: management, changes: assignments(organization) }]]),
      );
    case "guardrails":
      return mix(
        name,
        organization,
        new Map([["bench-guardrails", { account: management, changes: guardrails(organization) }]]),
      );
    case "roles":
      return mix(name, organization, roles(organization, REVIEW_CHANGES));
    case "mixed":
      return mix(name, organization, mixed(organization));
  }
}
