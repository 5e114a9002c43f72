import { KEYLESS_ROLE_PATH } from "../../credential-hygiene/names";
import type { GuardrailContext } from "../types";

/**
 * ARNs that several guardrails speak of. `*` stands for the account only, never inside a name but for the random end that
 * CloudFormation gives its roles: an SCP is asked for principals of the accounts it binds, so that the account is always one of ours.
 */

/** A role of a name in any account: `aws:PrincipalArn` presents a session as its role. */
export const anyRole = (name: string): string => `arn:aws:iam::*:role/${name}`;

/** A role of this baseline's path in any account. */
export const keylessRole = (name: string): string => anyRole(`${KEYLESS_ROLE_PATH.slice(1)}${name}`);

/** Roles that CloudFormation makes in member accounts for service-managed StackSets, through its service-linked role. */
export const STACKSET_EXECUTION = anyRole("stacksets-exec-*");

/** Every name of the role that the pipeline assumes in member accounts. All of them are protected everywhere. */
export const memberRoleNames = ({ memberRole, otherMemberRoles = [] }: GuardrailContext): readonly string[] => [
  memberRole,
  ...otherMemberRoles,
];

/** The same as principals, or as resources. */
export const pipelineRoles = (context: GuardrailContext): readonly string[] => memberRoleNames(context).map(anyRole);

/** The role's name in the home account of break glass. */
export const homeMemberRole = ({ memberRole, homeMemberRole: home }: GuardrailContext): string => home ?? memberRole;

/** The landing zone's role in member accounts, as those who are spared; nobody where there is none. */
export const landingZoneRoles = ({ landingZoneRole }: GuardrailContext): readonly string[] =>
  landingZoneRole === undefined ? [] : [anyRole(landingZoneRole)];

/** Break-glass users of a member account; nothing where their home is the management account, which no SCP binds. */
export function memberHomeUsers(context: GuardrailContext): string | undefined {
  const { homeAccountId, userPath } = context.breakGlass;
  return homeAccountId === context.managementAccountId ? undefined : `arn:aws:iam::${homeAccountId}:user${userPath}*`;
}

/** The account of the cases: an ordinary member account. */
export const CASE_ACCOUNT = "222222222222";
export const CASE_ADMIN = `arn:aws:iam::${CASE_ACCOUNT}:role/Admin`;
export const CASE_USER = `arn:aws:iam::${CASE_ACCOUNT}:user/ci`;
export const CASE_ROOT = `arn:aws:iam::${CASE_ACCOUNT}:root`;
/** A session of Identity Center's widest permission set, as `aws:PrincipalArn` presents it. */
export const CASE_SSO_ADMIN = `arn:aws:iam::${CASE_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef`;
/** A role that CloudFormation made for a StackSet. */
export const CASE_STACKSET = `arn:aws:iam::${CASE_ACCOUNT}:role/stacksets-exec-0123456789abcdef`;
export const caseRole = (name: string): string => `arn:aws:iam::${CASE_ACCOUNT}:role/${name}`;
