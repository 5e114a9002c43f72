import {
  CASE_ACCOUNT,
  CASE_ADMIN,
  CASE_ROOT,
  CASE_SSO_ADMIN,
  CASE_USER,
  caseRole,
  memberHomeUsers,
} from "../context/principals";
import type { Guardrail, GuardrailContext } from "../types";

const TOKEN = { "aws:TokenIssueTime": "2027-01-01T00:00:00Z" };

const MFA = { ...TOKEN, "aws:MultiFactorAuthPresent": "true" };
const WITHOUT_MFA = { ...TOKEN, "aws:MultiFactorAuthPresent": "false" };

/** Users that the statements leave alone: where break glass lives in a member account its users must get in whatever happens. */
const spared = (context: GuardrailContext): Readonly<Record<string, Readonly<Record<string, string>>>> => {
  const users = memberHomeUsers(context);
  return users ? { ArnNotLike: { "aws:PrincipalArn": users } } : {};
};

export const denyLongTermKeyUse: Guardrail = {
  id: "deny-long-term-key-use",
  denies: "No IAM user's access key signs a request any more, nor does a session without MFA that one made.",
  why: "The last step of the journey: whatever key was overlooked, copied or comes back is worth nothing.",
  exemptions: [
    {
      who: "Break-glass users, where their home is a member account",
      why: "Emergency access must not depend on what AWS puts into the request of a console sign-in or a switch of role.",
      cannotBeAbusedBecause:
        "protect-break-glass denies everybody but the pipeline to make a key for one, the users' own policy denies it to themselves, and every call of theirs raises an alarm.",
    },
    {
      who: "Calls that a service of AWS makes on behalf of a user (aws:ViaAWSService)",
      why: "The call that led to it was decided already, and AWS does not document that such calls carry the time of the token.",
      cannotBeAbusedBecause:
        "A user gets there only with a first call of its own, which is denied when a long-term key signed it.",
    },
  ],
  hazards: [
    "Off by default, and for accounts without live keys: every workload that still signs with a key stops at once. Run keyless inventory and mode observe first; grant exceptions with an end.",
    "sts:AssumeRole signed with a key is denied as well, so that the usual profile of a user who assumes a role stops: move people to Identity Center first.",
    "IAM users who sign in to the console without MFA can do nothing: no policy binds sts:GetSessionToken, and a session made from a key differs from a console session only by MFA. A key together with its user's MFA device therefore still makes a session.",
    "SMTP credentials of SES and presigned URLs are made from access keys and stop with them.",
    "Covered: every API that is authorized by IAM and signed by an IAM user's access key, because AWS sets aws:TokenIssueTime for temporary credentials only. Sessions with MFA pass.",
    "Not covered: credentials that no access key signs (Git credentials and SSH keys of CodeCommit, passwords of Keyspaces), which deny-service-credential-creation and clean-up end; API keys, which deny-long-term-bearer-tokens ends; the root user's keys, which deny-root-user ends.",
    "Not covered: calls that a resource policy allows without authentication, and AWS services that read with their own principal.",
  ],
  mapping: {
    cis: ["1.12", "1.13", "1.14", "1.21"],
    cis7: ["2.1.2", "2.11", "2.12", "2.19"],
    nist80053: ["AC-2", "AC-3", "IA-2", "IA-5"],
  },
  requires: (context) => (memberHomeUsers(context) ? ["protect-break-glass"] : []),
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime
  statements: (context) => [
    {
      Sid: "DenyLongTermKeyUse",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: {
        ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" },
        BoolIfExists: { "aws:ViaAWSService": "false" },
        Null: { "aws:TokenIssueTime": "true" },
        ...spared(context),
      },
    },
    {
      // sts:GetSessionToken turns a key into a session, and no policy is asked whether it may:
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
      Sid: "DenySessionsWithoutMfa",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: {
        ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" },
        Bool: { "aws:MultiFactorAuthPresent": "false" },
        BoolIfExists: { "aws:ViaAWSService": "false" },
        ...spared(context),
      },
    },
  ],
  // Temporary credentials of a user begin with ASIA.
  observes: () => [{ detail: { userIdentity: { type: ["IAMUser"], accessKeyId: [{ prefix: "AKIA" }] } } }],
  cases: (context) => {
    const users = memberHomeUsers(context);
    const breakGlassUser = users?.replace("*", context.breakGlass.userNames[0] ?? "break-glass-1");
    return [
      {
        name: "a user's key reads nothing",
        action: "s3:GetObject",
        resource: "arn:aws:s3:::shop/orders.csv",
        principal: CASE_USER,
        expected: "denied",
      },
      {
        name: "nor assumes a role",
        action: "sts:AssumeRole",
        resource: caseRole("app"),
        principal: CASE_USER,
        expected: "denied",
      },
      {
        name: "the session that a key can always get is worth nothing",
        action: "s3:GetObject",
        resource: "arn:aws:s3:::shop/orders.csv",
        principal: CASE_USER,
        context: WITHOUT_MFA,
        expected: "denied",
      },
      {
        name: "and no way to a role",
        action: "sts:AssumeRole",
        resource: caseRole("app"),
        principal: CASE_USER,
        context: WITHOUT_MFA,
        expected: "denied",
      },
      {
        name: "a user below a path is no exception",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: `arn:aws:iam::${CASE_ACCOUNT}:user/teams/shop/ci`,
        expected: "denied",
      },
      {
        name: "nor one of a break-glass user's name in another account",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: `arn:aws:iam::${CASE_ACCOUNT}:user${context.breakGlass.userPath}${context.breakGlass.userNames[0] ?? "break-glass-1"}`,
        expected: "denied",
      },
      {
        name: "a claim that no service made the call changes nothing",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_USER,
        context: { "aws:ViaAWSService": "false" },
        expected: "denied",
      },
      {
        name: "a user's console session with MFA works",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_USER,
        context: MFA,
        expected: "untouched",
      },
      {
        name: "and so does what a service does for it",
        action: "kms:Decrypt",
        resource: "*",
        principal: CASE_USER,
        context: { "aws:ViaAWSService": "true" },
        expected: "untouched",
      },
      {
        name: "whatever the service passes on",
        action: "kms:Decrypt",
        resource: "*",
        principal: CASE_USER,
        context: { ...WITHOUT_MFA, "aws:ViaAWSService": "true" },
        expected: "untouched",
      },
      {
        name: "a role's session without MFA is not touched",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_ADMIN,
        context: WITHOUT_MFA,
        expected: "untouched",
      },
      {
        name: "roles are not touched",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_ADMIN,
        context: TOKEN,
        expected: "untouched",
      },
      {
        name: "not even where the time is missing",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_ADMIN,
        expected: "untouched",
      },
      {
        name: "nor is Identity Center",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_SSO_ADMIN,
        context: TOKEN,
        expected: "untouched",
      },
      {
        name: "the root user is for another guardrail",
        action: "s3:ListAllMyBuckets",
        resource: "*",
        principal: CASE_ROOT,
        expected: "untouched",
      },
      {
        name: "break glass works",
        action: "iam:DeleteAccessKey",
        resource: CASE_USER,
        principal: caseRole(context.breakGlass.roleName),
        context: TOKEN,
        expected: "untouched",
      },
      ...(breakGlassUser
        ? [
            {
              name: "a break-glass user signs in and switches role, whatever its request carries",
              action: "sts:AssumeRole",
              resource: caseRole(context.breakGlass.roleName),
              principal: breakGlassUser,
              expected: "untouched" as const,
            },
            {
              name: "and before it has MFA",
              action: "sts:AssumeRole",
              resource: caseRole(context.breakGlass.roleName),
              principal: breakGlassUser,
              context: WITHOUT_MFA,
              expected: "untouched" as const,
            },
            {
              name: "and enrols its device",
              action: "iam:EnableMFADevice",
              resource: breakGlassUser,
              principal: breakGlassUser,
              expected: "untouched" as const,
            },
          ]
        : []),
    ];
  },
};
