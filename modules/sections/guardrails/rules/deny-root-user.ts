import { CASE_ACCOUNT, CASE_ADMIN, CASE_ROOT, CASE_SSO_ADMIN, caseRole } from "../context/principals";
import type { Guardrail } from "../types";

export const denyRootUser: Guardrail = {
  id: "deny-root-user",
  denies: "The root user of a member account does nothing.",
  why: "The root user is a long-term credential that no identity policy bounds. What only root can do (delete a bucket policy that locks everybody out) a short, task-scoped root session from the management account does.",
  exemptions: [
    {
      who: "Central root sessions (sts:AssumeRoot)",
      why: "They are the way to do the few tasks that need root, for fifteen minutes and one task policy.",
      cannotBeAbusedBecause:
        "Only principals of the management account, or of the delegated administrator of IAM, can assume them; AWS sets aws:AssumedRoot, no caller can.",
    },
  ],
  hazards: [
    "Turn centralized root access on first (guardrails.centralizedRootAccess), and delete the root credentials there are: afterwards root can neither register MFA nor change its own password here.",
    "A few tasks have no central counterpart (registering as a seller, GovCloud sign-up, restoring IAM administrators): they need the guardrail detached for that account, or break glass.",
    "The management account's root user is not bound by any SCP.",
  ],
  mapping: {
    cis: ["1.4", "1.7", "4.3"],
    cis7: ["2.1.2", "2.4", "2.7", "5.3"],
    nist80053: ["AC-2", "AC-6(2)", "AC-6(5)", "IA-2"],
  },
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html; IfExists, because only central root sessions carry the key.
  statements: () => [
    {
      Sid: "DenyRootUser",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: {
        ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:root" },
        BoolIfExists: { "aws:AssumedRoot": "false" },
      },
    },
  ],
  observes: () => [
    {
      detail: {
        userIdentity: {
          type: ["Root"],
          invokedBy: [{ exists: false }],
          sessionContext: { assumedRoot: [{ exists: false }] },
        },
        eventType: [{ "anything-but": ["AwsServiceEvent"] }],
      },
    },
  ],
  cases: ({ breakGlass }) => [
    {
      name: "root cannot create a key",
      action: "iam:CreateAccessKey",
      resource: CASE_ROOT,
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "nor read a bucket",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::shop/orders.csv",
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "nor delete a queue's policy",
      action: "sqs:SetQueueAttributes",
      resource: `arn:aws:sqs:eu-central-1:${CASE_ACCOUNT}:orders`,
      principal: CASE_ROOT,
      expected: "denied",
    },
    {
      name: "nor with a key that says it is no central session",
      action: "iam:CreateUser",
      resource: `arn:aws:iam::${CASE_ACCOUNT}:user/ci`,
      principal: CASE_ROOT,
      context: { "aws:AssumedRoot": "false" },
      expected: "denied",
    },
    {
      name: "a central root session deletes a bucket policy",
      action: "s3:DeleteBucketPolicy",
      resource: "arn:aws:s3:::shop",
      principal: CASE_ROOT,
      context: { "aws:AssumedRoot": "true" },
      expected: "untouched",
    },
    {
      name: "and root's own access key",
      action: "iam:DeleteAccessKey",
      resource: CASE_ROOT,
      principal: CASE_ROOT,
      context: { "aws:AssumedRoot": "true" },
      expected: "untouched",
    },
    {
      name: "an administrator is not touched",
      action: "s3:DeleteBucketPolicy",
      resource: "arn:aws:s3:::shop",
      principal: CASE_ADMIN,
      expected: "untouched",
    },
    {
      name: "nor an Identity Center administrator",
      action: "iam:CreateRole",
      resource: caseRole("app"),
      principal: CASE_SSO_ADMIN,
      expected: "untouched",
    },
    {
      name: "nor break glass",
      action: "iam:CreateRole",
      resource: caseRole("app"),
      principal: caseRole(breakGlass.roleName),
      expected: "untouched",
    },
    {
      name: "nor a role that is called root",
      action: "iam:CreateRole",
      resource: caseRole("app"),
      principal: caseRole("root"),
      expected: "untouched",
    },
  ],
};
