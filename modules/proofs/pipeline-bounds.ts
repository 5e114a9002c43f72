import { uniqueSorted } from "../kernel/lists";
import { memberRoles } from "../sections/member-roles";
import { ENVIRONMENT_TAG } from "../config/settings";
import { count } from "../kernel/words";
import type { KeySets } from "../policy/decide";
import { policyDocument } from "../policy/document";
import { evaluate, NamedPolicy } from "../policy/evaluate";
import { BOUNDED_ACTIONS } from "../sections/pipeline/resource-actions";
import { breakGlassArns, foreignPoliciesLeft, othersPolicies, ownArns } from "../sections/pipeline/untouchable";
import { policiesOf, SectionRole } from "../sections/pipeline/types";
import { iamSet } from "./arns";
import type { Chain } from "./chains";
import { applyRoles } from "./principals";
import type { AccountRows } from "./rows";
import { heldBy } from "./still-manageable";
import type { ProofInput, Question, Reach } from "./types";
import { defined } from "../kernel/optional";

/** What a role of the pipeline cannot do in the management account, where no SCP binds it, and what it could still become. */

/** IAM writes these roles for Identity Center and for services; nobody else can. */
const RESERVED = ["role/aws-reserved/*", "role/aws-service-role/*"];
/** People's access, and policies that a role could be given: no section of a pipeline makes any. */
const PEOPLE_AND_POLICIES = [
  "iam:AddUserToGroup",
  "iam:AttachGroupPolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:CreateUser",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteUser",
  "iam:DeleteUserPolicy",
  "iam:PutGroupPolicy",
  "iam:PutUserPolicy",
  "iam:SetDefaultPolicyVersion",
  "iam:UpdateAccessKey",
  "iam:UpdateLoginProfile",
];
const READS = ["*:Describe*", "*:Get*", "*:List*"];
const CHANGES_POLICIES = [
  "organizations:AttachPolicy",
  "organizations:DeletePolicy",
  "organizations:DetachPolicy",
  "organizations:UntagResource",
  "organizations:UpdatePolicy",
];

/** Asked in the management account, of every role that applies. */
export function pipelineBounds(input: ProofInput, chain: Chain, rows: AccountRows): readonly Question[] {
  const { pipeline, environment } = input;
  const { managementAccountId: management } = environment.organization;
  if (!pipeline || !environment.baseline.pipeline || chain.account.id !== management) return [];
  const roles = applyRoles(input);
  return rows.named
    .filter(({ kind }) => kind === "pipeline-apply")
    .flatMap((row) => {
      const section = roles.find(({ name }) => name === row.name)?.section;
      const boundaries = pipeline.sections.find(({ key }) => key === section)?.boundaries ?? [];
      return [
        ...ofRoles(management, row.name, boundaries),
        ...ofPeople(management, row.name),
        ...ofPerson(input, row.name),
        ...ofOthers(input, row.name),
      ].map((ask): Question => ({
        when: "with any values of all condition keys",
        ...ask,
        proof: "pipeline-bounded",
        expected: "denied",
        rows: [row],
        exceptActions: READS,
        policies: { ...defined({ identity: row.identity }) },
      }));
    });
}

type Asked = Pick<Question, "actions" | "resources" | "on" | "otherwise"> & {
  readonly key: string;
  readonly keys?: KeySets;
  readonly when?: string;
};

const reserved = (management: string): readonly string[] => RESERVED.map((one) => `arn:aws:iam::${management}:${one}`);

function ofRoles(management: string, role: string, boundaries: readonly string[]): readonly Asked[] {
  const some = boundaries.length > 0;
  return [
    {
      actions: [...BOUNDED_ACTIONS],
      resources: iamSet(management, "role", reserved(management)),
      on: "any role of the account",
      otherwise: `${role} could make a role that may do anything, or change one: {action} without the boundary.`,
      key: "role without its boundary",
      keys: { "iam:PermissionsBoundary": some ? { like: ["*"], except: [...boundaries], absent: true } : "anything" },
      when: some ? "with another boundary than its section's, or none" : "with any boundary, or none",
    },
  ];
}

function ofPeople(management: string, role: string): readonly Asked[] {
  return ["group", "policy", "role", "user"].map((type) => ({
    actions: PEOPLE_AND_POLICIES,
    resources: iamSet(management, type, type === "role" ? reserved(management) : []),
    on: `any ${type} of the account`,
    otherwise: `${role} could give itself, or somebody, access in the management account with {action}.`,
    key: `users and policies: ${type}`,
  }));
}

/** What a person applies: break glass, and the pipeline itself. */
function ofPerson(input: ProofInput, role: string): readonly Asked[] {
  const { environment, pipeline, breakGlass } = input;
  const keep = [...ownArns(environment, environment.baseline.pipeline!, pipeline!.provider), ...breakGlassArns(input)];
  return [
    ...["cloudformation", "events", "iam", "sns"].map((service) => ({
      actions: [`${service}:*`],
      resources: { like: keep.filter((arn) => arn.split(":")[2] === service) },
      on: `break glass and the pipeline itself (${service})`,
      otherwise: `${role} could change with {action} what a person applies: break glass, or the pipeline itself.`,
      key: `what a person applies: ${service}`,
    })),
    {
      actions: ["sts:AssumeRole"],
      resources: { like: [`arn:aws:iam::*:role/${breakGlass.role.path.slice(1)}${breakGlass.role.name}`] },
      on: "the break-glass role of any account",
      otherwise: `${role} could come as break glass.`,
      key: "break glass",
    },
  ];
}

function ofOthers(input: ProofInput, role: string): readonly Asked[] {
  const { organization, name } = input.environment;
  const others = othersPolicies(input.environment, heldBy(input)).flat();
  // More than a role takes by id: the set that is named does not hold them.
  const left = foreignPoliciesLeft(input.environment);
  return [
    {
      actions: CHANGES_POLICIES,
      resources: { like: [`arn:aws:organizations::${organization.managementAccountId}:policy/${organization.id}/*`] },
      on: "policies without the environment's tag",
      otherwise: `${role} could take a policy away that others have made, with {action}.`,
      key: "policies of others by tag",
      keys: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: { like: ["*"], except: [name], absent: true } },
      when: "without the environment's tag",
    },
    ...(others.length > 0
      ? [
          {
            actions: [...CHANGES_POLICIES, "organizations:TagResource"],
            resources: { like: [...others] },
            on: `the policies of others that the facts show${left > 0 ? `, but for ${count(left, "policy", "policies")} that only the tag keeps out of reach` : ""}`,
            otherwise: `${role} could change with {action} a policy that others have made.`,
            key: "policies of others by id",
          },
        ]
      : []),
  ];
}

const trustsManagement = (id: string): NamedPolicy => ({
  name: "trust in the management account",
  document: policyDocument([
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: "sts:AssumeRole" },
  ]),
});

interface Way {
  readonly action: string;
  readonly resource: string;
  readonly what: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Every way that is known, asked of every role: listed is what the evaluator lets through. Sorted by role. */
export function reaches(input: ProofInput): readonly Reach[] {
  const { pipeline } = input;
  if (!pipeline) return [];
  const ways = waysOf(input);
  return [...(pipeline.apply ? [pipeline.apply] : []), ...pipeline.sections].flatMap((role) =>
    [...ways, ...assumed(input, role as SectionRole)].flatMap(
      ({ action, resource, what, context = {} }): readonly Reach[] => {
        const { decision } = evaluate(
          {
            principal: { type: "role", arn: `arn:aws:iam::${pipeline.managementAccountId}:role/${role.role.name}` },
            action,
            resource,
            resourceAccountId: resource.split(":")[4] || pipeline.managementAccountId,
            context: { "aws:ResourceOrgID": input.environment.organization.id, ...context },
            unlistedKeys: "absent",
          },
          {
            identity: policiesOf(role),
            // The role's trust decides too. All of these let the management account in, and leave it to these policies.
            ...(action === "sts:AssumeRole" ? { resource: trustsManagement(pipeline.managementAccountId) } : {}),
          },
        );
        return decision === "allowed" ? [{ role: role.role.name, what, witness: { action, resource } }] : [];
      },
    ),
  );
}

function assumed(input: ProofInput, { key, role }: SectionRole): readonly Way[] {
  const { pipeline, environment } = input;
  const { managementAccountId: management } = environment.organization;
  if (key === undefined)
    return [
      ...pipeline!.sections.map((one) => ({
        action: "sts:AssumeRole",
        resource: `arn:aws:iam::${management}:role/${one.role.name}`,
        what: `become ${one.role.name}, and so everything that role may do`,
      })),
      {
        action: "sts:AssumeRole",
        resource: `arn:aws:iam::${management}:role/keyless/KeylessRetirement`,
        what: "become KeylessRetirement in every account: deactivate and delete access keys, never those of break glass",
      },
    ].filter(({ resource }) => resource !== `arn:aws:iam::${management}:role/${role.name}`);
  const members = new Set(
    heldBy(input).flatMap(({ policy, accountId }) => (policy === key && accountId !== management ? [accountId] : [])),
  );
  const [first] = [...members].sort();
  return first === undefined
    ? []
    : [
        {
          action: "sts:AssumeRole",
          resource: `arn:aws:iam::${first}:role/${memberRoles(environment).of(first)}`,
          what: `become ${uniqueSorted([...members].map(memberRoles(environment).of)).join(" or ")} in ${members.size === 1 ? "the member account" : `the ${members.size} member accounts`} where the section has resources: usually an administrator there, within the SCPs`,
        },
      ];
}

function waysOf(input: ProofInput): readonly Way[] {
  const { environment, settings } = input;
  const { organization, name } = environment;
  const { managementAccountId: management, id } = organization;
  const own = { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: name };
  const instance = organization.identityCenter?.instanceArn.split("/").at(-1);
  return [
    {
      action: "organizations:UpdatePolicy",
      resource: `arn:aws:organizations::${management}:policy/${id}/service_control_policy/p-ours0000`,
      context: own,
      what: "empty, detach or rewrite this baseline's own guardrails: no condition looks into a policy",
    },
    {
      action: "organizations:AttachPolicy",
      resource: `arn:aws:organizations::${management}:policy/${id}/service_control_policy/p-ours0000`,
      context: own,
      what: "deny anything to every member account, break glass in them included; the management account is bound by no SCP",
    },
    {
      action: "iam:DisableOrganizationsRootSessions",
      resource: "*",
      what: "turn centralized root access off",
    },
    {
      action: "cloudformation:CreateStackSet",
      resource: "*",
      what: "deploy a template of its own to every member account with a StackSet, as a role that our guardrails spare: an administrator in each of them",
    },
    {
      action: "sso:PutInlinePolicyToPermissionSet",
      resource: `arn:aws:sso:::permissionSet/${instance ?? "none"}/ps-0000000000000000`,
      what: "widen any permission set of the instance; who is assigned it then has that access where it is assigned",
    },
    {
      action: "sso:CreateAccountAssignment",
      resource: `arn:aws:sso:::account/${management}`,
      what: "assign a permission set in the management account, which a person who signs in then has: an administrator of everything",
    },
    {
      action: "iam:CreateOpenIDConnectProvider",
      resource: `arn:aws:iam::${management}:oidc-provider/issuer.example.com`,
      what: "make, change or delete OIDC providers of the management account but the pipeline's: roles that trust another one by its ARN are open to whom it then trusts, or closed",
    },
    {
      action: "iam:CreateRole",
      resource: `arn:aws:iam::${management}:role/keyless/anything`,
      context: {
        "iam:PermissionsBoundary": `arn:aws:iam::${management}:policy/${environment.baseline.pipeline?.applyRoleName ?? ""}-boundary-credential-hygiene`,
      },
      what: "make roles that read credentials, and deactivate or delete access keys, in the management account: that is their boundary",
    },
    {
      action: "iam:CreateRole",
      resource: `arn:aws:iam::${management}:role/keyless/workloads/anything`,
      context: {
        "iam:PermissionsBoundary": `arn:aws:iam::${management}:policy/${environment.baseline.pipeline?.applyRoleName ?? ""}-boundary-workload-identity`,
      },
      what: "make roles for anybody with everything in the management account but IAM, STS, the organization, Identity Center and CloudFormation; what runs there already (functions, instances) can lend more",
    },
    {
      action: "kms:PutKeyPolicy",
      resource: `arn:aws:kms:${settings.region}:${management}:key/00000000-0000-0000-0000-000000000000`,
      context: own,
      what: "change the keys of this baseline's alarms in the management account, break glass's too: names do not tell keys apart",
    },
  ];
}
