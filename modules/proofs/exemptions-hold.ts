import { userArn } from "../sections/break-glass/documents";
import { KEYLESS_ROLE_PATH } from "../sections/credential-hygiene/names";
import type { Chain } from "./chains";
import { exemptIn, ExemptPrincipal } from "./exemptions";
import type { Principal, PrincipalKind, ProofInput, Question } from "./types";

/**
 * Every IAM action by which a role becomes somebody else's: who may assume it, what it may do, whether it exists, which tags it
 * presents, which service works with it. A test holds the list against the IAM service reference.
 */
export const BECOME_ROLE = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PassRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
] as const;

/** The same for a user: its credentials are whoever holds them. Taking a credential away is clean-up and not among them. */
export const BECOME_USER = [
  "iam:AttachUserPolicy",
  "iam:ChangePassword",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:CreateUser",
  "iam:DeactivateMFADevice",
  "iam:DeleteUser",
  "iam:DeleteUserPermissionsBoundary",
  "iam:DeleteUserPolicy",
  "iam:DetachUserPolicy",
  "iam:EnableMFADevice",
  "iam:PutUserPermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:ResetServiceSpecificCredential",
  "iam:ResyncMFADevice",
  "iam:TagUser",
  "iam:UntagUser",
  "iam:UpdateAccessKey",
  "iam:UpdateLoginProfile",
  "iam:UpdateSSHPublicKey",
  "iam:UpdateServiceSpecificCredential",
  "iam:UpdateSigningCertificate",
  "iam:UpdateUser",
  "iam:UploadSSHPublicKey",
  "iam:UploadSigningCertificate",
] as const;

/** IAM decides on membership by the group alone: what a group allows or denies, its members get. */
const GROUP_MEMBERSHIP = ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"] as const;

/** What a break-glass user does with its own password and device: its policy allows no more. */
const ITS_OWN = new Set([
  "iam:ChangePassword",
  "iam:EnableMFADevice",
  "iam:ResyncMFADevice",
  "iam:DeactivateMFADevice",
]);

/** Nobody becomes a principal that a document of ours spares, in an account that the document binds. */
export function exemptionsHold(
  input: ProofInput,
  chain: Chain,
  people: readonly Principal[],
  exempt: readonly string[],
): readonly Question[] {
  if (!chain.scps) return [];
  // Nobody but Identity Center makes or changes roles below aws-reserved/: those are a matter of names, see permission-set-names.ts.
  // https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
  const targets = exemptIn(exempt, chain.account.id).filter(({ arn }) => !arn.includes(":role/aws-reserved/"));
  return targets.flatMap((target) => {
    const name = target.arn.slice(target.arn.indexOf(`:${target.type}/`) + 1);
    const otherwise = `${name} is spared by ${target.pattern}: whoever changes it can do what guardrails deny.`;
    const ends = endsOf(input, target);
    // Until its end an excepted principal is one to become; who never ends is asked about at any time.
    const times: readonly Question["context"][] =
      ends.length > 0 ? ends.map((end) => ({ "aws:CurrentTime": end })) : [undefined];
    const ask = (principal: Principal, action: string, resource: string): readonly Question[] =>
      times.map((context): Question => ({
        proof: "exemptions-hold",
        expected: "denied",
        principal,
        action,
        resource,
        otherwise,
        key: `become ${name}`,
        ...(context ? { context } : {}),
      }));
    const writers = ends.length > 0 ? KEEPERS : writersByDesign(input, chain, target);
    const asked = people.filter(
      (principal) =>
        !writers.has(principal.kind) &&
        !(
          ends.length > 0 &&
          (principal.kind === "expired-exception" || (target.type === "user" && principal.request.arn === target.arn))
        ),
    );
    return asked.flatMap((principal) => {
      if (target.type === "role") return BECOME_ROLE.flatMap((action) => ask(principal, action, target.arn));
      if (ends.length > 0)
        return BECOME_USER.filter(
          (action) => !NOT_BECOMING.has(action) && !(CLEANERS.has(principal.kind) && STATUS_CHANGES.has(action)),
        ).flatMap((action) => ask(principal, action, target.arn));
      const changes = BECOME_USER.filter(
        (action) => !(principal.kind === "break-glass-user" && ITS_OWN.has(action)),
      ).flatMap((action) => ask(principal, action, target.arn));
      // Break glass takes a user out of a group that locks it out.
      return principal.kind === "break-glass"
        ? changes
        : [
            ...changes,
            ...GROUP_MEMBERSHIP.flatMap((action) =>
              ask(principal, action, `arn:aws:iam::${chain.account.id}:group/locked-out`),
            ),
          ];
    });
  });
}

/** Whoever changes an excepted principal: these are safe themselves. */
const KEEPERS: ReadonlySet<PrincipalKind> = new Set(["pipeline-member", "break-glass"]);

/** What ends an excepted user, or takes something away from it, makes nobody become it; nor does what only the user itself can do. */
const NOT_BECOMING = new Set([
  "iam:ChangePassword",
  "iam:DeleteUser",
  "iam:DeleteUserPolicy",
  "iam:DetachUserPolicy",
  "iam:ResyncMFADevice",
]);

/** Who cleans up switches anybody's credentials off, which is the action that switches them on. */
const CLEANERS: ReadonlySet<PrincipalKind> = new Set(["remediation", "retirement"]);
const STATUS_CHANGES = new Set([
  "iam:UpdateAccessKey",
  "iam:UpdateSSHPublicKey",
  "iam:UpdateServiceSpecificCredential",
  "iam:UpdateSigningCertificate",
]);

/** Ends of the exceptions that spare a principal; empty where it is spared for ever. */
function endsOf({ guardrails }: ProofInput, { pattern }: ExemptPrincipal): readonly string[] {
  return [
    ...new Set(
      guardrails.exceptions
        .filter((exception) => exception.principals.some(({ arn }) => arn === pattern))
        .map((exception) => exception.endsAt),
    ),
  ].sort();
}

/** Kinds of principals that write an exempt principal by design, and are exempt and protected themselves. */
function writersByDesign(input: ProofInput, chain: Chain, { type, arn }: ExemptPrincipal): ReadonlySet<PrincipalKind> {
  const { identity, rollout } = input.breakGlass;
  const { memberRole } = input.environment.baseline.access;
  const accountId = chain.account.id;
  const atHome = accountId === identity.homeAccountId;
  if (type === "user") return new Set(arn.startsWith(userArn(identity, "")) ? ["pipeline-member"] : []);
  const name = arn.slice(arn.indexOf(":role/") + ":role/".length);
  if (name === identity.roleName)
    return new Set([
      ...(rollout === "terraform" || atHome ? (["pipeline-member"] as const) : []),
      ...(rollout === "stackset" ? (["stack-set"] as const) : []),
    ]);
  // A broken pipeline is one of the emergencies.
  if (name === memberRole) return new Set(["break-glass"]);
  // Roles of this baseline's: by path, or by name in the account of a self-managed StackSet.
  if (name.startsWith(KEYLESS_ROLE_PATH.slice(1)) || name.startsWith("keyless-"))
    return new Set(["stack-set", "pipeline-member"]);
  return new Set();
}
