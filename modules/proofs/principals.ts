import { memberRoles } from "../sections/member-roles";
import { policiesOf as policiesOfRole } from "../sections/pipeline/types";
import { DEFAULT_ROLES } from "../sections/default-roles";
import { roleArn, userArn } from "../sections/break-glass/documents";
import { remediationRole } from "../sections/credential-hygiene/remediation";
import { inventoryRole, retirementRole } from "../sections/credential-hygiene/access-roles";
import type { AccountRole } from "../sections/credential-hygiene/account-role";
import type { ExceptionPrincipal, GuardrailException } from "../sections/guardrails/resolve";
import { chainOf } from "../organization/tree";
import type { Account } from "../organization/types";
import { policyDocument } from "../policy/document";
import { ABSENT, NamedPolicy, PolicyRequest } from "../policy/evaluate";
import type { PolicyDocument } from "../policy/types";
import { globsMeet, sampleOf } from "./glob";
import type { Principal, ProofInput } from "./types";
import { defined } from "../kernel/optional";
import { uniqueSorted } from "../kernel/lists";

/** Path of Identity Center's roles: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html */
const SSO_PATH = "aws-reserved/sso.amazonaws.com";
/** Stands for the hash that Identity Center puts behind the name of a permission set. */
const HASH = "0123456789abcdef";

/** Any session was made at some time; the date says no more than that. */
export const SESSION: NonNullable<PolicyRequest["context"]> = { "aws:TokenIssueTime": "2026-01-01T00:00:00Z" };
/** A request signed with an access key of a user or of root. */
const LONG_TERM: NonNullable<PolicyRequest["context"]> = {
  "aws:TokenIssueTime": ABSENT,
  "aws:MultiFactorAuthPresent": ABSENT,
  "aws:MultiFactorAuthAge": ABSENT,
};

/** The ARN of a permission set's role in an account, as `aws:PrincipalArn` presents it. */
export function permissionSetRole(input: ProofInput, name: string, accountId: string, hash = HASH): string {
  const region = input.environment.organization.identityCenter?.region;
  // Without the region in us-east-1: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
  return `arn:aws:iam::${accountId}:role/${SSO_PATH}/${region && region !== "us-east-1" ? `${region}/` : ""}AWSReservedSSO_${name}_${hash}`;
}

/** Names of every permission set: those to be, and those that the facts show, sorted. */
export function permissionSetNames(input: ProofInput): readonly string[] {
  const planned = input.identityCenter?.shards.flatMap((shard) => shard.permissionSets.map((set) => set.name)) ?? [];
  const known = input.environment.organization.identityCenter?.permissionSets.map((set) => set.name) ?? [];
  return uniqueSorted([...planned, ...known]);
}

/** Everything that one account's principals depend on. */
interface AccountPrincipals {
  readonly input: ProofInput;
  readonly account: Account;
}

const role = (accountId: string, name: string): Principal["request"] => ({
  type: "role",
  arn: `arn:aws:iam::${accountId}:role/${name}`,
});

/** Context keys that follow from where the account is: what every request of its principals carries. */
export function placeContext(input: ProofInput, account: Account): NonNullable<PolicyRequest["context"]> {
  const { organization, tree } = input.environment;
  const path = `${organization.id}/${chainOf(tree, account).slice(0, -1).join("/")}/`;
  return {
    "aws:PrincipalOrgID": organization.id,
    "aws:PrincipalOrgPaths": [path],
    "aws:ResourceOrgID": organization.id,
    "aws:ResourceOrgPaths": [path],
  };
}

/** Principals of an account by name, for questions about one request. Of kinds without end (administrators, users) one stands for the rest. */
export function principalsOf(input: ProofInput, account: Account): readonly Principal[] {
  const at: AccountPrincipals = { input, account };
  return [
    ...breakGlass(at),
    ...pipeline(at),
    ...hygiene(at),
    ...permissionSets(at),
    ...ordinary(at),
    ...exceptions(at),
  ].map((one) => ({ ...one, context: { ...placeContext(input, account), ...one.context } }));
}

function breakGlass({ input, account }: AccountPrincipals): readonly Principal[] {
  const { identity, userPolicy, role: definition } = input.breakGlass;
  const users = identity.homeAccountId === account.id ? identity.userNames : [];
  return [
    ...users.map((name): Principal => ({
      kind: "break-glass-user",
      name: `break-glass user ${name}`,
      request: { type: "user", arn: userArn(identity, name) },
      context: {},
      identity: [{ name: "policy of the break-glass users", document: userPolicy }],
    })),
    {
      kind: "break-glass",
      name: `${definition.name}`,
      request: { type: "role", arn: roleArn(identity, account.id) },
      context: SESSION,
      identity: [ADMINISTRATOR_ACCESS],
    },
  ];
}

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html */
const ADMINISTRATOR_ACCESS = {
  name: "AdministratorAccess",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

function pipeline({ input, account }: AccountPrincipals): readonly Principal[] {
  const { organization } = input.environment;
  const state = input.pipeline;
  if (account.id === organization.managementAccountId) {
    return [
      {
        kind: "pipeline-plan",
        name: planRole(input),
        request: role(account.id, planRole(input)),
        context: SESSION,
        ...(state ? { identity: state.plan.policies } : {}),
      },
      ...applyRoles(input).map(({ name, policies }): Principal => ({
        kind: "pipeline-apply",
        name,
        request: role(account.id, name),
        context: SESSION,
        ...defined({ identity: policies }),
      })),
    ];
  }
  const found: Principal[] = [
    {
      kind: "pipeline-member",
      name: memberRoles(input.environment).of(account.id),
      request: role(account.id, memberRoles(input.environment).of(account.id)),
      context: SESSION,
    },
    {
      kind: "stack-set",
      name: "StackSet execution role",
      request: role(account.id, `stacksets-exec-${HASH}`),
      context: SESSION,
    },
  ];
  if (state) {
    const { name, path, policyName, permissions } = state.memberPlan;
    const document = JSON.parse(
      JSON.stringify(permissions).replaceAll("${AWS::AccountId}", account.id),
    ) as PolicyDocument;
    found.push({
      kind: "pipeline-plan",
      name,
      request: role(account.id, `${path.slice(1)}${name}`),
      context: SESSION,
      identity: [{ name: `${policyName} of ${name}`, document }],
    });
  }
  return found;
}

/** Name of the role that plans in the management account. */
export const planRole = ({ pipeline }: ProofInput): string => pipeline?.plan.role.name ?? DEFAULT_ROLES.plan;

/** A role of the management account that applies something, or becomes one that does. */
export interface ApplyRole {
  readonly name: string;
  /** Key of its section. Absent: a run comes as it, or there is no pipeline and it stands for whoever applies. */
  readonly section?: string;
  /** Absent: not known. */
  readonly policies?: readonly NamedPolicy[];
  readonly holds: (policy: string) => boolean;
}

/** Every role that applies. Without a section pipeline one stands for whoever runs Terraform, with everything. */
export function applyRoles({ pipeline }: Pick<ProofInput, "pipeline">): readonly ApplyRole[] {
  if (!pipeline) return [{ name: DEFAULT_ROLES.apply, holds: () => true }];
  return [
    ...(pipeline.apply
      ? [{ name: pipeline.apply.role.name, policies: policiesOfRole(pipeline.apply), holds: () => false }]
      : []),
    ...pipeline.sections.map((one) => ({
      name: one.role.name,
      section: one.key,
      policies: policiesOfRole(one),
      holds: (policy: string) => policy === one.key,
    })),
  ];
}

function hygiene({ input, account }: AccountPrincipals): readonly Principal[] {
  const state = input.credentialHygiene;
  if (!state) return [];
  const found: Principal[] = [];
  const add = (kind: Principal["kind"], { name, path, policyName, permissions }: AccountRole): void => {
    found.push({
      kind,
      name,
      request: role(account.id, `${path.slice(1)}${name}`),
      context: SESSION,
      identity: [{ name: `${policyName} of ${name}`, document: permissions }],
    });
  };
  if (state.remediation) add("remediation", remediationRole(state.remediation.scope, account.id));
  add("inventory", inventoryRole(state.access, account.id));
  add("retirement", retirementRole(state.access, account.id));
  return found;
}

/** Permission sets that this baseline manages have their inline policies; what managed policies allow is taken to be everything. */
function permissionSets({ input, account }: AccountPrincipals): readonly Principal[] {
  const excepted = exceptedHere(input, account.id).map(({ principal }) => principal.arn);
  const planned = new Map(
    input.identityCenter?.shards.flatMap((shard) => shard.permissionSets.map((set) => [set.name, set] as const)),
  );
  return permissionSetNames(input).flatMap((name): readonly Principal[] => {
    const arn = permissionSetRole(input, name, account.id);
    // An excepted one is asked about as such, before its end and after.
    if (excepted.some((pattern) => globsMeet(pattern, arn))) return [];
    const set = planned.get(name);
    const identity = set && policiesOf(name, set);
    return [
      {
        kind: "permission-set",
        name: `permission set ${name}`,
        request: { type: "role", arn },
        context: SESSION,
        ...defined({ identity }),
      },
    ];
  });
}

/**
 * Own policies of a role that this baseline makes, as far as they are known: the inline policy, and beside it whatever managed policies
 * allow. Undefined: nothing of them is known, and nothing denies.
 */
export function policiesOf(
  name: string,
  role: {
    readonly inlinePolicy?: PolicyDocument;
    readonly managedPolicies: readonly unknown[];
    readonly customerManagedPolicies?: readonly unknown[];
  },
): readonly NamedPolicy[] | undefined {
  if (!role.inlinePolicy) return undefined;
  const more = role.managedPolicies.length + (role.customerManagedPolicies?.length ?? 0) > 0;
  return [
    { name: `inline policy of ${name}`, document: role.inlinePolicy },
    ...(more ? [{ ...ADMINISTRATOR_ACCESS, name: `managed policies of ${name}` }] : []),
  ];
}

interface ExceptedHere {
  readonly exception: GuardrailException;
  readonly principal: ExceptionPrincipal;
}

function exceptedHere({ guardrails }: ProofInput, accountId: string): readonly ExceptedHere[] {
  return guardrails.exceptions.flatMap((exception) =>
    exception.principals
      .filter((principal) => principal.accountId === accountId)
      .map((principal) => ({ exception, principal })),
  );
}

/** Each exception in its last second, and in the next one. */
function exceptions({ input, account }: AccountPrincipals): readonly Principal[] {
  return exceptedHere(input, account.id).flatMap(({ exception, principal }): readonly Principal[] => {
    const arn = sampleOf(principal.arn, "");
    const user = principal.kind === "user";
    const one = {
      request: { type: user ? ("user" as const) : ("role" as const), arn },
      exceptedFrom: exception.guardrails,
    };
    const at = (time: string): Principal["context"] => ({ ...(user ? LONG_TERM : SESSION), "aws:CurrentTime": time });
    return [
      {
        ...one,
        kind: "exception",
        name: `the exception ${exception.name} until ${exception.expires}`,
        context: at(exception.endsAt),
      },
      {
        ...one,
        kind: "expired-exception",
        name: `the exception ${exception.name} after ${exception.expires}`,
        context: at(new Date(Date.parse(exception.endsAt) + 1000).toISOString()),
      },
    ];
  });
}

function ordinary({ account }: AccountPrincipals): readonly Principal[] {
  const root = `arn:aws:iam::${account.id}:root`;
  return [
    { kind: "administrator", name: "an administrator role", request: role(account.id, "Admin"), context: SESSION },
    {
      kind: "iam-user",
      name: "an IAM user with access keys",
      request: { type: "user", arn: `arn:aws:iam::${account.id}:user/ci` },
      context: LONG_TERM,
    },
    { kind: "root", name: "the root user", request: { type: "root", arn: root }, context: SESSION },
    {
      kind: "assumed-root",
      name: "a central root session",
      request: { type: "assumedRoot", arn: root },
      context: SESSION,
    },
  ];
}
