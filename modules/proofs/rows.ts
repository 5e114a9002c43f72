import { memberRoles } from "../sections/member-roles";
import { roleArn, userArn } from "../sections/break-glass/documents";
import { inventoryRole, retirementRole } from "../sections/credential-hygiene/access-roles";
import type { AccountRole } from "../sections/credential-hygiene/account-role";
import { remediationRole } from "../sections/credential-hygiene/remediation";
import type { GuardrailException } from "../sections/guardrails/resolve";
import { STACKSET_EXECUTION } from "../sections/guardrails/context/principals";
import type { Account } from "../organization/types";
import type { KeySets, PrincipalSet, TextSet } from "../policy/decide";
import { policyDocument } from "../policy/document";
import type { NamedPolicy } from "../policy/evaluate";
import type { PolicyDocument } from "../policy/types";
import { iamSet } from "./arns";
import { applyRoles, planRole } from "./principals";
import type { PrincipalKind, ProofInput, Row } from "./types";
import { defined } from "../kernel/optional";
import { uniqueSorted } from "../kernel/lists";
import { plural } from "../kernel/words";

/**
 * The principals of one account as sets: those that the baseline knows by name, and all the others. `aws:userid` is in every request of
 * an IAM principal: of a role its id and the session's name, which whoever assumes it chooses.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
const ROLE_KEYS: KeySets = { "aws:userid": { like: ["AROA*:*"] } };
const USER_KEYS: KeySets = { "aws:userid": { like: ["AIDA*"] } };

export const roleSet = (arns: TextSet): PrincipalSet => ({ type: "role", arns, keys: ROLE_KEYS });
export const userSet = (arns: TextSet): PrincipalSet => ({ type: "user", arns, keys: USER_KEYS });

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html */
export const ADMINISTRATOR_ACCESS: NamedPolicy = {
  name: "AdministratorAccess",
  document: policyDocument([{ Effect: "Allow", Action: "*", Resource: "*" }]),
};

export interface AccountRows {
  /** One principal each, or one pattern that CloudFormation fills in. */
  readonly named: readonly Row[];
  /** Every principal of the account, the named ones among them, but the root user's. */
  readonly root: Row;
  readonly assumedRoot: Row;
  /** Excepted principals, with the exception. */
  readonly excepted: readonly { readonly row: Row; readonly exception: GuardrailException; readonly user: boolean }[];
}

export function accountRows(input: ProofInput, account: Account): AccountRows {
  const root = `arn:aws:iam::${account.id}:root`;
  const rootKeys: KeySets = { "aws:userid": { oneOf: [account.id] } };
  return {
    named: [
      ...homeExecution(input, account),
      ...breakGlass(input, account),
      ...pipeline(input, account),
      ...hygiene(input, account),
    ],
    root: {
      kind: "root",
      name: "the root user",
      sets: [{ type: "root", arns: { like: [root] }, keys: rootKeys }],
    },
    assumedRoot: {
      kind: "assumed-root",
      name: "a central root session",
      sets: [{ type: "assumedRoot", arns: { like: [root] }, keys: rootKeys }],
    },
    excepted: input.guardrails.exceptions.flatMap((exception) =>
      exception.principals
        .filter((principal) => principal.accountId === account.id)
        .map((principal) => {
          const user = principal.kind === "user";
          const arns: TextSet = { like: [principal.arn] };
          return {
            exception,
            user,
            row: {
              kind: "exception" as const,
              name: `the exception ${exception.name} until ${exception.expires}`,
              sets: [user ? userSet(arns) : roleSet(arns)],
            },
          };
        }),
    ),
  };
}

/** Rows of everybody in the account but some: named ones that are left, any other role, any other user, root in both forms. */
export function everybodyBut(
  rows: AccountRows,
  account: string,
  without: { readonly kinds?: ReadonlySet<PrincipalKind>; readonly patterns?: readonly string[] },
): readonly Row[] {
  const patterns = without.patterns ?? [];
  const named = rows.named.filter(
    (row) =>
      !without.kinds?.has(row.kind) && !row.sets.some((set) => set.arns.like.every((arn) => patterns.includes(arn))),
  );
  const arns = (type: "role" | "user", of: readonly Row[]): readonly string[] =>
    of.flatMap((row) => row.sets.filter((set) => set.type === type).flatMap((set) => set.arns.like));
  const except = (type: "role" | "user"): readonly string[] =>
    uniqueSorted([...arns(type, rows.named), ...patterns.filter((pattern) => pattern.includes(`:${type}/`))]);
  // Service-linked roles are AWS's: no SCP binds them, and nobody but the service works as one.
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
  const rest = (type: "role" | "user"): TextSet =>
    iamSet(account, type, [
      ...except(type),
      ...(type === "role" ? [`arn:aws:iam::${account}:role/aws-service-role/*`] : []),
    ]);
  return [
    ...named,
    ...(without.kinds?.has("administrator")
      ? []
      : [
          {
            kind: "administrator" as const,
            name: "any other role, with any tags and session name",
            sets: [roleSet(rest("role"))],
          },
        ]),
    ...(without.kinds?.has("iam-user")
      ? []
      : [{ kind: "iam-user" as const, name: "any other IAM user, with any tags", sets: [userSet(rest("user"))] }]),
    ...[rows.root, rows.assumedRoot].filter((row) => !without.kinds?.has(row.kind)),
  ];
}

const exact = (accountId: string, name: string): PrincipalSet =>
  roleSet({ like: [`arn:aws:iam::${accountId}:role/${name}`] });

function breakGlass(input: ProofInput, account: Account): readonly Row[] {
  const { identity, userPolicy, role } = input.breakGlass;
  const users = identity.homeAccountId === account.id ? identity.userNames : [];
  return [
    ...(users.length === 0
      ? []
      : [
          {
            kind: "break-glass-user" as const,
            name: `the ${plural(users.length, "break-glass user")} ${users.join(", ")}`,
            sets: [userSet({ like: users.map((name) => userArn(identity, name)) })],
            identity: [{ name: "policy of the break-glass users", document: userPolicy }],
          },
        ]),
    {
      kind: "break-glass",
      name: role.name,
      sets: [roleSet({ like: [roleArn(identity, account.id)] })],
      identity: [ADMINISTRATOR_ACCESS],
    },
  ];
}

/** A self-managed StackSet's role in a home account that is a member: modules/sections/break-glass/forwarders */
function homeExecution(
  { breakGlass: { identity }, environment: { organization } }: ProofInput,
  account: Account,
): readonly Row[] {
  return account.id !== identity.homeAccountId || account.id === organization.managementAccountId
    ? []
    : [
        {
          kind: "stack-set",
          name: "the StackSet execution role of the home account",
          sets: [exact(account.id, "keyless-stackset-execution")],
        },
      ];
}

function pipeline(input: ProofInput, account: Account): readonly Row[] {
  const { organization } = input.environment;
  const state = input.pipeline;
  const row = (kind: PrincipalKind, name: string, path = "", identity?: readonly NamedPolicy[]): Row => ({
    kind,
    name,
    sets: [exact(account.id, `${path}${name}`)],
    ...defined({ identity }),
  });
  if (account.id === organization.managementAccountId)
    return [
      row("pipeline-plan", planRole(input), "", state?.plan.policies),
      ...applyRoles(input).map(({ name, policies }) => row("pipeline-apply", name, "", policies)),
    ];
  const found: Row[] = [
    // Guardrails spare and protect every name of it in every account.
    ...memberRoles(input.environment).names.map((name) => row("pipeline-member", name)),
    {
      kind: "stack-set",
      name: "the StackSet execution role",
      sets: [roleSet({ like: [STACKSET_EXECUTION.replace("::*:", `::${account.id}:`)] })],
    },
  ];
  if (state) {
    const { name, path, policyName, permissions } = state.memberPlan;
    const document = JSON.parse(
      JSON.stringify(permissions).replaceAll("${AWS::AccountId}", account.id),
    ) as PolicyDocument;
    found.push(row("pipeline-plan", name, path.slice(1), [{ name: `${policyName} of ${name}`, document }]));
  }
  return found;
}

function hygiene(input: ProofInput, account: Account): readonly Row[] {
  const state = input.credentialHygiene;
  if (!state) return [];
  const row = (kind: PrincipalKind, { name, path, policyName, permissions }: AccountRole): Row => ({
    kind,
    name,
    sets: [exact(account.id, `${path.slice(1)}${name}`)],
    identity: [{ name: `${policyName} of ${name}`, document: permissions }],
  });
  return [
    ...(state.remediation ? [row("remediation", remediationRole(state.remediation.scope, account.id))] : []),
    row("inventory", inventoryRole(state.access, account.id)),
    row("retirement", retirementRole(state.access, account.id)),
  ];
}
