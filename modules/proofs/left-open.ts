import type { KeySets, PrincipalSet, TextSet } from "../policy/decide";
import { policyDocument } from "../policy/document";
import { FULL_AWS_ACCESS, NamedPolicy, PolicySet } from "../policy/evaluate";
import { memberHomeUsers } from "../sections/guardrails/context/principals";
import { TYPED_BEARER_SERVICES } from "../sections/guardrails/rules/deny-long-term-bearer-tokens";
import { ANY_RESOURCE, iamSet } from "./arns";
import type { Chain } from "./chains";
import { isOfCatalogue } from "./problems";
import { GuardrailPromise, promisesOf, sparedBy } from "./promises";
import { protections } from "./protected";
import { AccountRows, everybodyBut } from "./rows";
import type { PrincipalKind, ProofInput, Question, Row } from "./types";
import { defined } from "../kernel/optional";

/** Whatever a trust policy allows: what an RCP takes from is what roles trust. */
const OPEN_TRUST: NamedPolicy = {
  name: "whatever a trust policy allows",
  document: policyDocument([{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }]),
};

/** What root sessions are for: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html */
const ROOT_TASKS = [
  "iam:DeactivateMFADevice",
  "iam:DeleteAccessKey",
  "iam:DeleteLoginProfile",
  "iam:DeleteSigningCertificate",
  "iam:ListAccessKeys",
  "s3:DeleteBucketPolicy",
  "sqs:SetQueueAttributes",
] as const;

/** What a user with MFA does, and a service on behalf of a user: it makes no credential. */
const ORDINARY = ["ec2:DescribeInstances", "s3:GetObject"] as const;

interface Open {
  readonly guardrail: string;
  /** What is left open, as the end of a sentence. */
  readonly what: string;
  readonly rows: readonly Row[];
  readonly actions: readonly string[];
  /** @default - any resource */
  readonly resources?: TextSet;
  readonly on?: string;
  readonly keys?: KeySets;
  readonly when?: string;
  /** Asked of the RCPs. @default - of the SCPs */
  readonly rcps?: true;
}

/**
 * What guardrails leave open by design, they leave open: a statement that denies more than it says shuts out whom it means to spare. Asked of
 * the guardrails of the catalogue alone, as they are packed: what others deny is their business, or another proof's.
 *
 * @param ours documents of this environment's own
 */
export function leftOpen(
  input: ProofInput,
  chain: Chain,
  rows: AccountRows,
  ours: ReadonlySet<object>,
): readonly Question[] {
  const scps = catalogueOf(chain.scps, ours);
  const rcps = catalogueOf(chain.rcps, ours);
  const ofScps: PolicySet = { scps: [[FULL_AWS_ACCESS, ...scps]] };
  const ofRcps: PolicySet = { rcps: [[FULL_AWS_ACCESS, ...rcps]], resource: OPEN_TRUST };
  return [
    ...(chain.scps ? [...sparedPrincipals(input, chain, rows), ...ofDesign(input, chain, rows)] : []),
    ...(chain.rcps ? ofTrust(input, chain) : []),
  ]
    .filter(({ guardrail, rows: who }) => chain.enforced.has(guardrail) && who.length > 0)
    .map(({ guardrail, what, rows: who, actions, resources, on, keys, when, rcps: asksRcps }): Question => ({
      proof: "exemptions-hold",
      expected: "allowed",
      // Their own policies are another matter.
      rows: who.map(({ identity: _, ...row }) => row),
      actions,
      resources: resources ?? anyBut(memberHomeUsers(input.guardrails.context)),
      on: on ?? "any resource but what break glass rests on",
      ...defined({ keys }),
      when: [when, "as far as the guardrails go"].filter(Boolean).join(", "),
      otherwise: `${guardrail} leaves ${what} open by design, and a guardrail denies it all the same.`,
      key: `${guardrail} leaves ${what} open`,
      policies: asksRcps ? ofRcps : ofScps,
      ...(asksRcps ? { rcpsAsked: true as const } : {}),
    }));
}

/** Break-glass users of a member account are protected by themselves. */
const anyBut = (users: string | undefined): TextSet =>
  users === undefined ? ANY_RESOURCE : { ...ANY_RESOURCE, except: [users] };

const catalogueOf = (levels: Chain["scps"], ours: ReadonlySet<object>): readonly NamedPolicy[] =>
  (levels ?? []).flat().filter((policy) => isOfCatalogue(policy, ours.has(policy.document)));

/** Principals that promises leave out. */
function sparedPrincipals(input: ProofInput, { account }: Chain, rows: AccountRows): readonly Open[] {
  return [...promisesOf(input), ...protections(input)].flatMap((promise: GuardrailPromise): readonly Open[] => {
    const resources = promise.resources?.of(account.id);
    if (promise.resources && !resources) return [];
    const { kinds, names } = sparedBy(promise, account.id);
    return [
      {
        guardrail: promise.guardrail,
        what: `${promise.resources?.on ?? "credentials"} to whom it spares`,
        rows: rows.named.filter(
          ({ kind, sets }) =>
            kinds.includes(kind) || sets.every(({ arns }) => arns.like.every((arn) => names.includes(arn))),
        ),
        actions: promise.actions,
        ...defined({ resources, keys: promise.keys, on: promise.resources?.on, when: promise.when }),
      },
    ];
  });
}

/** What statements name as theirs to deny, and the rest of it. */
function ofDesign(input: ProofInput, { account }: Chain, rows: AccountRows): readonly Open[] {
  const users = memberHomeUsers(input.guardrails.context);
  const atHome = account.id === input.breakGlass.identity.homeAccountId;
  const named = (...kinds: readonly PrincipalKind[]): readonly Row[] =>
    rows.named.filter(({ kind }) => kinds.includes(kind));
  const anybody = (kind: PrincipalKind): readonly Row[] =>
    everybodyBut(rows, account.id, { patterns: users === undefined ? [] : [users] }).filter((row) => row.kind === kind);
  const passwordPolicies = ["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"];
  return [
    { guardrail: "deny-root-user", what: "central root tasks", rows: [rows.assumedRoot], actions: ROOT_TASKS },
    ...TYPED_BEARER_SERVICES.map((service): Open => ({
      guardrail: "deny-long-term-bearer-tokens",
      what: `short-term keys of ${service}`,
      rows: anybody("administrator"),
      actions: [`${service}:CallWithBearerToken`],
      keys: { [`${service}:BearerTokenType`]: { oneOf: ["SHORT_TERM"] } },
      when: "with a short-term key",
    })),
    {
      guardrail: "deny-long-term-key-use",
      what: "sessions of users with MFA",
      rows: anybody("iam-user"),
      actions: ORDINARY,
      keys: {
        "aws:TokenIssueTime": { dates: { from: "2015-01-01T00:00:00Z" } },
        "aws:MultiFactorAuthPresent": { oneOf: ["true"] },
      },
      when: "in a session with MFA",
    },
    {
      guardrail: "deny-long-term-key-use",
      what: "calls of services on behalf of users",
      rows: anybody("iam-user"),
      actions: ORDINARY,
      keys: { "aws:ViaAWSService": { oneOf: ["true"] } },
      when: "through a service of AWS",
    },
    ...(users === undefined
      ? []
      : [
          {
            guardrail: "protect-break-glass",
            what: atHome ? "the password policy to break glass" : "password policies of other accounts",
            rows: atHome ? named("break-glass") : anybody("administrator"),
            actions: passwordPolicies,
          },
          {
            guardrail: "protect-break-glass",
            what: "groups to the pipeline and break glass",
            rows: named("pipeline-member", "break-glass"),
            actions: ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"],
            resources: iamSet(account.id, "group"),
            on: "any group",
          },
        ]),
  ];
}

/** A principal of no organization. */
const OF_NOBODY: KeySets = { "aws:PrincipalOrgID": "absent", "aws:PrincipalOrgPaths": "absent" };

/** Whom roles may trust. */
function ofTrust(input: ProofInput, { account }: Chain): readonly Open[] {
  const { context } = input.guardrails;
  const roles = iamSet(account.id, "role");
  const of = (id: string, keys: KeySets): readonly PrincipalSet[] =>
    (["role", "user"] as const).map((type) => ({ type, arns: { like: [`arn:aws:iam::${id}:${type}/*`] }, keys }));
  const outside = (what: string, sets: readonly PrincipalSet[], more: Partial<Open> = {}): Open => ({
    guardrail: "restrict-outside-accounts",
    what,
    rows: [{ kind: "outsider", name: what, sets }],
    actions: ["sts:AssumeRole"],
    resources: roles,
    on: "any role",
    rcps: true,
    ...more,
  });
  return [
    ...(context.webIdentity?.trusted ?? []).map(({ issuer, claim, values }): Open => ({
      guardrail: "restrict-web-identity",
      what: `tokens of ${issuer} with a trusted ${claim}`,
      rows: [
        {
          kind: "web-identity",
          name: `tokens of ${issuer} with a trusted ${claim}`,
          sets: [
            {
              type: "webIdentity",
              arns: { like: [`arn:aws:iam::${account.id}:oidc-provider/${issuer}`] },
              keys: { [`${issuer}:${claim}`]: { like: values } },
            },
          ],
        },
      ],
      actions: ["sts:AssumeRoleWithWebIdentity"],
      resources: roles,
      on: "any role",
      rcps: true,
    })),
    outside(
      "principals of the organization",
      of(account.id, { "aws:PrincipalOrgID": { oneOf: [context.organizationId] } }),
    ),
    outside("services of AWS", [{ type: "service", arns: { like: ["ec2.amazonaws.com"] }, keys: OF_NOBODY }]),
    ...(context.outsideAccounts ?? []).flatMap(({ name, accounts, roles: named, endsAt }) =>
      accounts.map((id) =>
        outside(`the outside account ${name} (${id})`, of(id, OF_NOBODY), {
          keys: { "aws:CurrentTime": { dates: { to: endsAt } } },
          when: `until ${endsAt}`,
          ...(named.length === 0
            ? {}
            : {
                resources: { like: named.map((role) => `arn:aws:iam::${account.id}:role/${role}`) },
                on: named.join(", "),
              }),
        }),
      ),
    ),
  ];
}
