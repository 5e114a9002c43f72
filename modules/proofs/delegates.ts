import { KEYLESS } from "../kernel/command";
import { STACKSETS_SERVICE } from "../sections/break-glass/resolve";
import { REMEDIATION_ROLE } from "../sections/credential-hygiene/remediation";
import { keylessRole, STACKSET_EXECUTION } from "../sections/guardrails/context/principals";
import type { PolicySet } from "../policy/evaluate";
import type { PolicyDocument } from "../policy/types";
import { policyDocument } from "../policy/document";
import { readPolicyText } from "../policy/read";
import { ANY_RESOURCE } from "./arns";
import type { Chain } from "./chains";
import { exemptPatterns } from "./exempt-principals";
import { arnsMeet } from "./glob";
import { AccountRows, ADMINISTRATOR_ACCESS, everybodyBut } from "./rows";
import type { AttachedDocument, MissingFact, PrincipalKind, ProofInput, Question, Row } from "./types";
import { defined } from "../kernel/optional";
import { unique } from "../kernel/lists";

/**
 * What makes CloudFormation work in other accounts with a template of the caller's. A StackSet alone, without instances, deploys
 * nothing. A test holds the list against the service reference.
 */
export const DEPLOYS = [
  "cloudformation:CreateStackInstances",
  "cloudformation:UpdateStackInstances",
  "cloudformation:UpdateStackSet",
] as const;

/** What makes AWS Config run a runbook in every account, with whatever role the pack names. */
export const LENDS = ["config:PutOrganizationConformancePack"] as const;

/** What gives somebody a role of Identity Center's in any account. */
export const ASSIGNS = [
  "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
  "sso:AttachManagedPolicyToPermissionSet",
  "sso:CreateAccountAssignment",
  "sso:PutInlinePolicyToPermissionSet",
] as const;

/** What opens a session of another account's root user, which guardrails spare where they deny root users. */
export const BECOMES_ROOT = ["sts:AssumeRoot"] as const;

/**
 * What takes a guardrail off: detached, changed, deleted, its type switched off, the account moved from under it or out of the
 * organization, or the delegation policy rewritten so that it lets somebody do so.
 */
export const TAKES_OFF = [
  "organizations:DeletePolicy",
  "organizations:DetachPolicy",
  "organizations:DisablePolicyType",
  "organizations:MoveAccount",
  "organizations:PutResourcePolicy",
  "organizations:RemoveAccountFromOrganization",
  "organizations:UpdatePolicy",
] as const;

/** The pipeline and break glass may, in whatever account. */
const KEEPERS: ReadonlySet<PrincipalKind> = new Set(["pipeline-member", "break-glass"]);

/** Services of AWS Config's that a delegated administrator of has the organization's conformance packs. */
const CONFIG_SERVICES = ["config.amazonaws.com", "config-multiaccountsetup.amazonaws.com"];
const SSO_SERVICE = "sso.amazonaws.com";
/** Its delegated administrator opens root sessions in member accounts, once root access is centralized. */
const IAM_SERVICE = "iam.amazonaws.com";

/**
 * Nobody outside the pipeline, break glass and the management account takes a guardrail off, or works in every account as somebody that
 * guardrails spare: by the organization's delegation policy, or as a delegated administrator of StackSets, AWS Config, IAM or Identity
 * Center.
 * Whom a policy on the account spares by its ARN is trusted with it; every other name in every region is asked about.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-access-management.html
 */
export function delegates(
  input: ProofInput,
  chain: Chain,
  rows: AccountRows,
  policies: readonly AttachedDocument[],
): readonly Question[] {
  const { organization } = input.environment;
  const { id, name } = chain.account;
  if (id === organization.managementAccountId) return [];
  const delegate = organization.delegatedAdministrators.findIndex(({ accountId }) => accountId === id);
  const services = new Set(organization.delegatedAdministrators[delegate]?.services);
  const spared = (pattern: string): boolean =>
    policies.some(
      ({ ours, targetIds, document }) =>
        ours && targetIds.length > 0 && exemptPatterns([document]).some((one) => arnsMeet(one, pattern)),
    );
  const trusted = exemptPatterns(unique((chain.scps ?? []).flat().map((policy) => policy.document)));
  const asks: readonly Row[] = everybodyBut(rows, id, {
    kinds: KEEPERS,
    patterns: trusted.flatMap((pattern) => pattern.replace(/^(arn:[^:]*:iam::)[^:]*:/, `$1${id}:`)),
  });
  const question = (actions: readonly string[], key: string, otherwise: string): Question => ({
    proof: "exemptions-hold",
    expected: "denied",
    rows: asks,
    actions,
    resources: ANY_RESOURCE,
    on: "any resource",
    when: "in any region",
    otherwise,
    key,
    ...(delegate < 0 ? {} : { delegate }),
  });
  return [
    ...(services.has(STACKSETS_SERVICE) && spared(STACKSET_EXECUTION)
      ? [
          question(
            DEPLOYS,
            "deploy StackSets",
            `${name} is delegated administrator of StackSets: whoever deploys one there works as ${STACKSET_EXECUTION}, which guardrails spare, in every member account.`,
          ),
        ]
      : []),
    ...(CONFIG_SERVICES.some((service) => services.has(service)) && spared(keylessRole(REMEDIATION_ROLE))
      ? [
          question(
            LENDS,
            "deploy conformance packs",
            `${name} is delegated administrator of AWS Config: a conformance pack that somebody deploys there makes AWS Config run a runbook of their own as our remediation role, which guardrails spare, in every member account.`,
          ),
        ]
      : []),
    ...(services.has(SSO_SERVICE) && spared(IDENTITY_CENTER_ROLES)
      ? [
          question(
            ASSIGNS,
            "assign permission sets",
            `${name} is delegated administrator of Identity Center, and a guardrail spares a role of a permission set: whoever changes or assigns that set there works as that role.`,
          ),
        ]
      : []),
    ...(services.has(IAM_SERVICE) && rootIsCentral(input) && sparesRootSessions(policies)
      ? [
          question(
            BECOMES_ROOT,
            "open root sessions",
            `${name} is delegated administrator of IAM: whoever assumes root there works as the root user, in a session that guardrails spare, in every member account.`,
          ),
        ]
      : []),
    ...byDelegationPolicy(input, chain, question),
  ];
}

/** Root sessions are opened once a feature of centralized root access is on, or will be. */
function rootIsCentral({ environment: { organization, baseline } }: ProofInput): boolean {
  const { centralizedRootAccess: central } = baseline.guardrails;
  return (
    organization.rootAccessFeatures.length > 0 ||
    central?.rootCredentialsManagement === true ||
    central?.rootSessions === true
  );
}

/** A document of ours denies root users, and spares their central sessions. */
function sparesRootSessions(policies: readonly AttachedDocument[]): boolean {
  return policies.some(
    ({ ours, targetIds, document }) =>
      ours &&
      targetIds.length > 0 &&
      document.Statement.some(({ Effect, Condition }) =>
        Object.values(Condition ?? {}).some(
          (keys) => Effect === "Deny" && Object.keys(keys).some((key) => key.toLowerCase() === "aws:assumedroot"),
        ),
      ),
  );
}

/** Nobody has read whether there is a delegation policy. */
export const delegationUnread = (environment: string): MissingFact => ({
  fact: "delegationPolicy",
  why: "the facts do not say whether the organization has a delegation policy, and whom it lets do what (organization.yaml: delegationPolicy)",
  fix: `Run ${KEYLESS} sync ${environment}, which reads it.`,
});

/** What the organization's delegation policy lets somebody in the account do. One that nobody has read may allow everything. */
function byDelegationPolicy(
  input: ProofInput,
  chain: Chain,
  question: (actions: readonly string[], key: string, otherwise: string) => Question,
): readonly Question[] {
  const { name, organization } = input.environment;
  const { delegationPolicy: policy, managementAccountId } = organization;
  if (policy === "") return [];
  const lets = "somebody in a member account detach, change or delete a guardrail.";
  return [
    {
      ...question(
        TAKES_OFF,
        "take a guardrail off",
        policy === undefined
          ? `A delegation policy of the organization may let ${lets}`
          : `The organization's delegation policy lets ${lets}`,
      ),
      resourceAccountId: managementAccountId,
      policies: delegated(input, chain),
      ...(policy === undefined
        ? {
            missing: delegationUnread(name),
          }
        : {}),
    },
  ];
}

/** Roles of permission sets in any account. */
const IDENTITY_CENTER_ROLES = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*";

const sets = new WeakMap<Chain, PolicySet>();

/** Policies that decide what the delegation policy lets somebody in the chain's accounts do. */
export function delegated(input: ProofInput, chain: Chain): PolicySet {
  const known = sets.get(chain);
  if (known) return known;
  const document = delegationPolicy(input);
  const made: PolicySet = {
    ...defined({ scps: chain.scps }),
    identity: [{ ...ADMINISTRATOR_ACCESS, name: "whatever the account allows" }],
    ...(document ? { resource: { name: "the organization's delegation policy", document } } : {}),
  };
  sets.set(chain, made);
  return made;
}

/** The organization's delegation policy; one that nobody has read may allow everything. */
export function delegationPolicy({ environment: { organization } }: ProofInput): PolicyDocument | undefined {
  return organization.delegationPolicy === undefined
    ? policyDocument([{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }])
    : readPolicyText(organization.delegationPolicy).document;
}
