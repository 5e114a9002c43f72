import { memberRoles } from "../sections/member-roles";
import { userArn } from "../sections/break-glass/documents";
import { KEYLESS_ROLE_PATH } from "../sections/credential-hygiene/names";
import { iamSet } from "./arns";
import type { Chain } from "./chains";
import { exemptIn, ExemptPrincipal, resourcesOf } from "./exempt-principals";
import type { TextSet } from "../policy/decide";
import { AccountRows, everybodyBut } from "./rows";
import type { PrincipalKind, ProofInput, Question, Row } from "./types";
import { uniqueSorted } from "../kernel/lists";

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
  rows: AccountRows,
  exempt: readonly string[],
): readonly Question[] {
  if (!chain.scps) return [];
  const account = chain.account.id;
  // Nobody but Identity Center makes or changes roles below aws-reserved/: those are a matter of names, see permission-set-names.ts.
  // https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
  const targets = exemptIn(exempt, account).filter(({ arn }) => !arn.includes(":role/aws-reserved/"));
  return targets.flatMap((target) => {
    const name =
      target.within === undefined
        ? target.arn.slice(target.arn.indexOf(`:${target.type}/`) + 1)
        : `any ${target.type} like ${target.within}`;
    const ends = endsOf(input, target);
    const last = ends.at(-1);
    const question = (asks: readonly Row[], actions: readonly string[], resources: TextSet, on: string): Question => ({
      proof: "exemptions-hold",
      expected: "denied",
      rows: asks,
      actions,
      resources,
      on,
      // Until its end an excepted principal is one to become; who never ends is asked about at any time.
      ...(last === undefined ? {} : { keys: { "aws:CurrentTime": { dates: { to: last } } }, when: `until ${last}` }),
      otherwise: `${name} is spared by ${target.pattern}: whoever changes it can do what guardrails deny.`,
      key: `become ${name}`,
    });
    const itself: TextSet = resourcesOf(target);
    const but = (kinds: ReadonlySet<PrincipalKind>, patterns: readonly string[] = []): readonly Row[] =>
      everybodyBut(rows, account, { kinds, patterns });
    const writers = last === undefined ? writersByDesign(input, chain, target) : KEEPERS;
    if (target.type === "role") return [question(but(writers), BECOME_ROLE, itself, name)];
    if (last !== undefined) {
      const becoming = BECOME_USER.filter((action) => !NOT_BECOMING.has(action));
      return [
        // Whoever is excepted changes its own credentials.
        question(
          but(writers, [target.arn]),
          becoming.filter((action) => !STATUS_CHANGES.has(action)),
          itself,
          name,
        ),
        question(
          but(new Set([...writers, ...CLEANERS]), [target.arn]),
          becoming.filter((action) => STATUS_CHANGES.has(action)),
          itself,
          name,
        ),
      ];
    }
    const self = new Set<PrincipalKind>([...writers, "break-glass-user"]);
    const users = rows.named.filter((row) => row.kind === "break-glass-user");
    return [
      question(but(self, [target.arn]), BECOME_USER, itself, name),
      ...(users.length === 0
        ? []
        : [
            question(
              users,
              BECOME_USER.filter((action) => !ITS_OWN.has(action)),
              itself,
              name,
            ),
          ]),
      // Break glass takes a user out of a group that locks it out.
      question(
        but(new Set([...self, "break-glass"]), [target.arn]),
        GROUP_MEMBERSHIP,
        iamSet(account, "group"),
        "any group",
      ),
    ];
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
  return uniqueSorted(
    guardrails.exceptions
      .filter((exception) => exception.principals.some(({ arn }) => arn === pattern))
      .map((exception) => exception.endsAt),
  );
}

/** Kinds of principals that write an exempt principal by design, and are exempt and protected themselves. */
function writersByDesign(input: ProofInput, chain: Chain, { type, arn }: ExemptPrincipal): ReadonlySet<PrincipalKind> {
  const { identity, rollout } = input.breakGlass;
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
  // A landing zone makes its role with a StackSet.
  if (name === input.guardrails.context.landingZoneRole) return new Set(["break-glass", "stack-set"]);
  if (memberRoles(input.environment).names.includes(name)) return new Set(["break-glass"]);
  // Roles of this baseline's: by path, or by name in the account of a self-managed StackSet.
  if (name.startsWith(KEYLESS_ROLE_PATH.slice(1)) || name.startsWith("keyless-"))
    return new Set(["stack-set", "pipeline-member"]);
  return new Set();
}
