import { unique } from "../../../kernel/lists";
import { asList } from "../../../policy/document";
import type { PolicyStatement } from "../../../policy/types";
import {
  anyRole,
  caseRole,
  homeMemberRole,
  landingZoneRoles,
  memberHomeUsers,
  pipelineRoles,
  STACKSET_EXECUTION,
} from "../context/principals";
import type { Guardrail, GuardrailCase, GuardrailContext } from "../types";

/** Every IAM action that changes a role: who may assume it, what it may do, whether it exists. */
export const ROLE_CHANGES = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
] as const;

/** The same as patterns, which are half as long: a test holds them to match those actions and no other. */
export const ROLE_CHANGE_PATTERNS = [
  "iam:AttachRole*",
  "iam:CreateRole",
  "iam:DeleteRole*",
  "iam:DetachRole*",
  "iam:PutRole*",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole*",
] as const;

/** Every IAM action that changes a user, its credentials or what it may do; what deletes a credential is clean-up and not among them. */
export const USER_CHANGES = [
  "iam:AttachUserPolicy",
  "iam:ChangePassword",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateServiceSpecificCredential",
  "iam:CreateUser",
  "iam:DeactivateMFADevice",
  "iam:DeleteLoginProfile",
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

const eventNames = (actions: readonly string[]): readonly string[] =>
  actions.map((action) => action.slice("iam:".length));

/** Who may write the break-glass role in a member account: only whoever rolls it out. */
function writers(context: GuardrailContext): readonly string[] {
  const { homeAccountId } = context.breakGlass;
  if (context.breakGlassRollout === "terraform") return pipelineRoles(context);
  // The home account's role is a resource of the pipeline's even where a StackSet covers the others.
  const home =
    homeAccountId === context.managementAccountId
      ? []
      : [`arn:aws:iam::${homeAccountId}:role/${homeMemberRole(context)}`];
  return [STACKSET_EXECUTION, ...home];
}

function statements(context: GuardrailContext): readonly PolicyStatement[] {
  const { homeAccountId, roleName } = context.breakGlass;
  const zone = landingZoneRoles(context);
  const named: PolicyStatement[] = [
    {
      Sid: "ProtectBreakGlassRole",
      Effect: "Deny",
      Action: [...ROLE_CHANGE_PATTERNS, "iam:PassRole"],
      Resource: anyRole(roleName),
      Condition: { ArnNotLike: { "aws:PrincipalArn": writers(context) } },
    },
    {
      // Whoever may change the pipeline's role becomes the pipeline. Break glass may fix it.
      Sid: "ProtectPipelineRole",
      Effect: "Deny",
      Action: [...ROLE_CHANGE_PATTERNS, "iam:PassRole"],
      Resource: pipelineRoles(context).filter((role) => !zone.includes(role)),
      Condition: { ArnNotLike: { "aws:PrincipalArn": anyRole(roleName) } },
    },
    // Control Tower makes it with a service-managed StackSet when an OU is registered. Its own control spares the role on itself, too; no
    // enrolment needs that: https://docs.aws.amazon.com/controltower/latest/userguide/awscontroltowerexecution.html
    {
      Sid: "ProtectLandingZoneRole",
      Effect: "Deny",
      Action: [...ROLE_CHANGE_PATTERNS, "iam:PassRole"],
      Resource: zone,
      Condition: { ArnNotLike: { "aws:PrincipalArn": [anyRole(roleName), STACKSET_EXECUTION] } },
    },
    // CloudFormation's service-linked role makes these, and SCPs do not bind service-linked roles; nobody else has to.
    {
      Sid: "ProtectStackSetRoles",
      Effect: "Deny",
      Action: [...ROLE_CHANGE_PATTERNS, "iam:PassRole"],
      Resource: STACKSET_EXECUTION,
    },
  ];
  const found = named.filter(({ Resource }) => asList(Resource).length > 0);
  const users = memberHomeUsers(context);
  if (users) {
    const pipeline = `arn:aws:iam::${homeAccountId}:role/${homeMemberRole(context)}`;
    found.push({
      Sid: "ProtectBreakGlassUsers",
      Effect: "Deny",
      Action: [...USER_CHANGES],
      Resource: users,
      // The users themselves, for their own password and MFA device: their policy allows no more than that.
      Condition: { ArnNotLike: { "aws:PrincipalArn": [pipeline, users] } },
    });
    // A password that has ended, and that only an administrator may renew, shuts the door as well.
    found.push({
      Sid: "ProtectPasswordPolicy",
      Effect: "Deny",
      Action: ["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"],
      Resource: "*",
      Condition: {
        StringEquals: { "aws:PrincipalAccount": homeAccountId },
        ArnNotLike: { "aws:PrincipalArn": anyRole(roleName) },
      },
    });
    // IAM decides on membership by the group alone, so that a user cannot be named: a group with a Deny would lock break glass out.
    found.push({
      Sid: "ProtectGroupMembership",
      Effect: "Deny",
      Action: ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"],
      Resource: `arn:aws:iam::${homeAccountId}:group/*`,
      Condition: { ArnNotLike: { "aws:PrincipalArn": [pipeline, `arn:aws:iam::${homeAccountId}:role/${roleName}`] } },
    });
  }
  return found;
}

function cases(context: GuardrailContext): readonly GuardrailCase[] {
  const { homeAccountId, roleName, userPath, userNames } = context.breakGlass;
  const account = "222222222222";
  const admin = `arn:aws:iam::${account}:role/Admin`;
  const role = `arn:aws:iam::${account}:role/${roleName}`;
  const member = `arn:aws:iam::${account}:role/${context.memberRole}`;
  const exec = `arn:aws:iam::${account}:role/stacksets-exec-0123456789abcdef`;
  const deny = (name: string, action: string, resource: string, principal: string): GuardrailCase => ({
    name,
    action,
    resource,
    principal,
    expected: "denied",
  });
  const pass = (name: string, action: string, resource: string, principal: string): GuardrailCase => ({
    name,
    action,
    resource,
    principal,
    expected: "untouched",
  });
  const found: GuardrailCase[] = [
    ...ROLE_CHANGES.map((action) =>
      deny(`an administrator cannot ${action} the break-glass role`, action, role, admin),
    ),
    ...ROLE_CHANGES.map((action) =>
      deny(`an administrator cannot ${action} the pipeline's role`, action, member, admin),
    ),
    deny(
      "an Identity Center administrator cannot loosen its trust",
      "iam:UpdateAssumeRolePolicy",
      role,
      `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef`,
    ),
    deny("the root user cannot delete it", "iam:DeleteRole", role, `arn:aws:iam::${account}:root`),
    deny("break glass itself cannot loosen its trust", "iam:UpdateAssumeRolePolicy", role, role),
    pass("break glass can fix the pipeline's role", "iam:UpdateAssumeRolePolicy", member, role),
    pass("everybody can look at it", "iam:GetRole", role, admin),
    pass(
      "it can be assumed",
      "sts:AssumeRole",
      role,
      `arn:aws:iam::${homeAccountId}:user${userPath}${userNames[0] ?? ""}`,
    ),
    pass("other roles are not touched", "iam:UpdateAssumeRolePolicy", `arn:aws:iam::${account}:role/app`, admin),
    ...ROLE_CHANGES.map((action) =>
      deny(`an administrator cannot ${action} a StackSet execution role`, action, exec, admin),
    ),
    // Where an account was invited, who trusts its role of the pipeline's name is not known: a service might.
    ...[role, member, exec].map((resource) =>
      deny(
        `an administrator cannot pass ${resource.slice(resource.indexOf("role/"))} to a service`,
        "iam:PassRole",
        resource,
        admin,
      ),
    ),
  ];
  if (context.breakGlassRollout === "stackset") {
    found.push(
      ...ROLE_CHANGES.map((action) => pass(`the StackSet can ${action} the break-glass role`, action, role, exec)),
      deny("the pipeline's role of another account cannot write it", "iam:PutRolePolicy", role, member),
    );
  } else {
    found.push(
      pass("the pipeline can write it", "iam:PutRolePolicy", role, member),
      deny("a role with a StackSet's name cannot write it", "iam:PutRolePolicy", role, exec),
    );
  }
  found.push(...landingZoneCases(context, { admin, role, exec }));
  if (homeAccountId !== context.managementAccountId) {
    const user = `arn:aws:iam::${homeAccountId}:user${userPath}${userNames[0] ?? ""}`;
    const homeAdmin = `arn:aws:iam::${homeAccountId}:role/Admin`;
    found.push(
      ...USER_CHANGES.map((action) =>
        deny(`an administrator of the home account cannot ${action} a break-glass user`, action, user, homeAdmin),
      ),
      pass("a break-glass user can enrol its MFA device", "iam:EnableMFADevice", user, user),
      pass("a break-glass user can change its password", "iam:ChangePassword", user, user),
      pass(
        "the pipeline can make the user",
        "iam:CreateUser",
        user,
        `arn:aws:iam::${homeAccountId}:role/${homeMemberRole(context)}`,
      ),
      pass(
        "the pipeline writes the role of the home account",
        "iam:UpdateAssumeRolePolicy",
        `arn:aws:iam::${homeAccountId}:role/${roleName}`,
        `arn:aws:iam::${homeAccountId}:role/${homeMemberRole(context)}`,
      ),
      pass(
        "and the groups there",
        "iam:AddUserToGroup",
        `arn:aws:iam::${homeAccountId}:group/team`,
        `arn:aws:iam::${homeAccountId}:role/${homeMemberRole(context)}`,
      ),
      pass(
        "other users of the home account are not touched",
        "iam:DeleteUser",
        `arn:aws:iam::${homeAccountId}:user/ci`,
        homeAdmin,
      ),
      deny(
        "an administrator of the home account cannot put a break-glass user into a group",
        "iam:AddUserToGroup",
        `arn:aws:iam::${homeAccountId}:group/locked-out`,
        homeAdmin,
      ),
      deny("nor take one out", "iam:RemoveUserFromGroup", `arn:aws:iam::${homeAccountId}:group/operators`, homeAdmin),
      deny(
        "nor can the break-glass role of another account",
        "iam:AddUserToGroup",
        `arn:aws:iam::${homeAccountId}:group/operators`,
        role,
      ),
      pass(
        "break glass can take it out again",
        "iam:RemoveUserFromGroup",
        `arn:aws:iam::${homeAccountId}:group/locked-out`,
        `arn:aws:iam::${homeAccountId}:role/${roleName}`,
      ),
      ...["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"].flatMap((action) => [
        deny(`an administrator of the home account cannot ${action}`, action, "*", homeAdmin),
        deny(`nor can its root user ${action}`, action, "*", `arn:aws:iam::${homeAccountId}:root`),
        pass(`break glass can ${action}`, action, "*", `arn:aws:iam::${homeAccountId}:role/${roleName}`),
        pass(`other accounts ${action} as they like`, action, "*", admin),
      ]),
      pass(
        "groups of other accounts are not touched",
        "iam:AddUserToGroup",
        `arn:aws:iam::${account}:group/team`,
        admin,
      ),
    );
  }
  return found;
}

/** A landing zone makes its own role; nobody else does, and itself neither. */
function landingZoneCases(
  { landingZoneRole, memberRole }: GuardrailContext,
  { admin, role, exec }: { readonly admin: string; readonly role: string; readonly exec: string },
): readonly GuardrailCase[] {
  const name = landingZoneRole ?? "AWSControlTowerExecution";
  const resource = caseRole(name);
  if (landingZoneRole === undefined && name !== memberRole)
    return [
      {
        name: "without a landing zone its role is not touched",
        action: "iam:CreateRole",
        resource,
        principal: admin,
        expected: "untouched",
      },
    ];
  const one = (
    title: string,
    action: string,
    principal: string,
    expected: GuardrailCase["expected"],
  ): GuardrailCase => ({
    name: title,
    action,
    resource,
    principal,
    expected,
  });
  return [
    ...ROLE_CHANGES.map((action) =>
      one(
        landingZoneRole
          ? `a StackSet can ${action} the landing zone's role`
          : `no StackSet can ${action} the pipeline's`,
        action,
        exec,
        landingZoneRole ? "untouched" : "denied",
      ),
    ),
    ...["iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:PassRole"].flatMap((action) => [
      one(`an administrator cannot ${action} it`, action, admin, "denied"),
      one(`nor can it ${action} itself`, action, resource, "denied"),
    ]),
    one("break glass can fix it", "iam:UpdateAssumeRolePolicy", role, "untouched"),
  ];
}

export const protectBreakGlass: Guardrail = {
  id: "protect-break-glass",
  denies: "Nobody changes the break-glass role, its users, or the roles that write them.",
  why: "Emergency access must work on the day it is needed, and whoever can change it owns every account.",
  exemptions: [
    {
      who: "StackSet execution roles (breakGlass.rollout: stackset)",
      why: "It writes the role in member accounts.",
      cannotBeAbusedBecause:
        "CloudFormation's service-linked role makes them, which trusts itself alone and is bound by no SCP; this guardrail denies everybody else to create or change a role of such a name.",
    },
    {
      who: "The pipeline's role: in the home account, or everywhere with rollout: terraform",
      why: "It writes the users and the role there.",
      cannotBeAbusedBecause: "This guardrail denies everybody but break glass to change that role.",
    },
    {
      who: "Break-glass users, on themselves",
      why: "They change their password and enrol their MFA device.",
      cannotBeAbusedBecause: "Their own policy allows no more than that, and nobody else can become such a user.",
    },
    {
      who: "SecurityBreakGlass, on the pipeline's role",
      why: "A broken pipeline is one of the emergencies.",
      cannotBeAbusedBecause: "Only break-glass users with MFA can assume it, and every assumption raises an alarm.",
    },
    {
      who: "StackSet execution roles, on AWSControlTowerExecution (landingZone: control-tower)",
      why: "AWS Control Tower makes that role in every account of an OU that it registers.",
      cannotBeAbusedBecause:
        "CloudFormation's service-linked role makes them, which trusts itself alone and is bound by no SCP; this guardrail denies everybody else to create or change a role of such a name.",
    },
  ],
  hazards: [
    "With landingZone: control-tower only StackSets and break glass make AWSControlTowerExecution: where AWS asks to make it by hand (one account, without auto-enrolment), do it with break glass or a StackSet. AWS says that unenrolling removes the role, and not who asks for it: that is not proven.",
    "Where StackSets write the role in member accounts, nothing else can: removing the role by hand needs this guardrail detached first.",
    "An invited account that lacks the pipeline's role must get it before this is enforced there; afterwards only break glass can make it.",
    "An existing role of the pipeline's name that teams maintain by hand can no longer be changed by them.",
    "A role of an exempt name that existed before this was enforced, with a trust of its own, stays exempt: look at the trust of the pipeline's role and of stacksets-exec-* roles in every invited account first.",
    "Where break glass lives in a member account, only the pipeline and break glass change the membership of groups there, only the pipeline replaces a lost MFA device, and only break glass changes the password policy.",
  ],
  mapping: { cis: [], cis7: ["2.1.2"], nist80053: ["AC-2", "AC-3", "AC-6(1)", "CP-2", "IR-4"] },
  statements,
  observes: ({ breakGlass, memberRole, otherMemberRoles = [], landingZoneRole }) => [
    {
      eventSource: "iam.amazonaws.com",
      eventNames: eventNames(ROLE_CHANGES),
      detail: {
        requestParameters: {
          roleName: [
            ...unique([
              breakGlass.roleName,
              memberRole,
              ...otherMemberRoles,
              ...(landingZoneRole === undefined ? [] : [landingZoneRole]),
            ]),
            { prefix: "stacksets-exec-" },
          ],
        },
      },
    },
    {
      eventSource: "iam.amazonaws.com",
      eventNames: eventNames(USER_CHANGES),
      detail: { requestParameters: { userName: [...breakGlass.userNames] } },
    },
    {
      eventSource: "iam.amazonaws.com",
      eventNames: ["AddUserToGroup", "RemoveUserFromGroup"],
      detail: { requestParameters: { userName: [...breakGlass.userNames] } },
    },
  ],
  cases,
};
