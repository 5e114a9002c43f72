import { policyDocument } from "../../policy/document";
import type { PolicyStatement } from "../../policy/types";
import { forwarderPermissions } from "../alarms/documents";
import { inventoryRole, retirementRole } from "../credential-hygiene/access-roles";
import { remediationRole } from "../credential-hygiene/remediation";
import type { CredentialHygieneState } from "../credential-hygiene/types";
import type { WorkloadIdentityState } from "../workload-identity/types";
import { boundaryName } from "../default-roles";
import type { PolicyPart } from "./types";

/**
 * What the roles that sections make in the management account may do at most. SCPs bind nobody there, and no condition looks into a
 * policy: without a boundary whoever may write a role's policy may write AdministratorAccess.
 */
export function boundaries(
  managementAccountId: string,
  applyRoleName: string,
  {
    credentialHygiene,
    workloadIdentity,
  }: { readonly credentialHygiene?: CredentialHygieneState; readonly workloadIdentity?: WorkloadIdentityState },
): readonly PolicyPart[] {
  const part = (key: string, statements: readonly PolicyStatement[]): PolicyPart => ({
    key,
    name: boundaryName(applyRoleName, key),
    document: policyDocument(statements),
  });
  const workloads = (workloadIdentity?.stacks ?? []).some(({ accountId }) => accountId === managementAccountId);
  return [
    ...(credentialHygiene ? [part("credential-hygiene", hygieneNeeds(credentialHygiene, managementAccountId))] : []),
    ...(workloads ? [part("workload-identity", WORKLOADS)] : []),
  ];
}

/** Exactly what its roles are given: the list that they are made of. */
function hygieneNeeds(state: CredentialHygieneState, accountId: string): readonly PolicyStatement[] {
  return [
    inventoryRole(state.access, accountId).permissions,
    retirementRole(state.access, accountId).permissions,
    ...(state.remediation ? [remediationRole(state.remediation.scope, accountId).permissions] : []),
    forwarderPermissions(state.alarms.hub),
  ]
    .flatMap((document) => document.Statement)
    .filter(({ Effect }) => Effect === "Allow");
}

/**
 * A workload may be given what the baseline says, whatever it is, but nothing that makes or becomes somebody else: IAM, the organization,
 * Identity Center, other roles, and CloudFormation, which works with roles of its own. What code that is there already runs as (a function, an
 * instance) this does not take away: docs/workloads.md.
 */
const WORKLOADS: readonly PolicyStatement[] = [
  {
    Sid: "Workloads",
    Effect: "Allow",
    NotAction: [
      "account:*",
      "cloudformation:*",
      "controltower:*",
      "iam:*",
      "identitystore:*",
      "organizations:*",
      "rolesanywhere:*",
      "signin:*",
      "sso-directory:*",
      "sso:*",
      "sts:*",
    ],
    Resource: "*",
  },
  { Sid: "WhoAmI", Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" },
];
