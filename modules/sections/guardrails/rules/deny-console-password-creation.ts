import { CASE_ACCOUNT, CASE_ADMIN, CASE_USER, memberHomeUsers, homeMemberRole } from "../context/principals";
import type { Guardrail } from "../types";

export const denyConsolePasswordCreation: Guardrail = {
  id: "deny-console-password-creation",
  denies: "Nobody gives an IAM user a console password, or sets a new one for somebody else.",
  why: "A password is a long-term credential that phishing finds; people sign in through Identity Center. Setting a new password for an existing user takes that user over.",
  exemptions: [
    {
      who: "Break-glass users, where their home is a member account",
      why: "They sign in with a password and MFA.",
      cannotBeAbusedBecause:
        "protect-break-glass denies their passwords to everybody but the pipeline's role there and the users themselves, and protects that role.",
    },
  ],
  hazards: [
    "Help desks that reset passwords of IAM users fail with AccessDenied.",
    "Users can still change a password that they know (iam:ChangePassword).",
  ],
  mapping: { cis: ["1.10", "1.11", "1.21"], cis7: ["2.1.2", "2.10", "2.19"], nist80053: ["AC-2", "IA-2(1)", "IA-5"] },
  requires: (context) => (memberHomeUsers(context) ? ["protect-break-glass"] : []),
  statements: (context) => {
    const open = memberHomeUsers(context);
    return [
      {
        Sid: "DenyConsolePasswords",
        Effect: "Deny",
        Action: ["iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
        ...(open ? { NotResource: open } : { Resource: "*" }),
      },
    ];
  },
  observes: () => [{ eventSource: "iam.amazonaws.com", eventNames: ["CreateLoginProfile", "UpdateLoginProfile"] }],
  cases: (context) => {
    const open = memberHomeUsers(context);
    return [
      {
        name: "an administrator cannot create a password",
        action: "iam:CreateLoginProfile",
        resource: CASE_USER,
        principal: CASE_ADMIN,
        expected: "denied",
      },
      {
        name: "an administrator cannot set a new one",
        action: "iam:UpdateLoginProfile",
        resource: CASE_USER,
        principal: CASE_ADMIN,
        expected: "denied",
      },
      {
        name: "not below the break-glass path of another account",
        action: "iam:CreateLoginProfile",
        resource: `arn:aws:iam::${CASE_ACCOUNT}:user${context.breakGlass.userPath}mallory`,
        principal: CASE_ADMIN,
        expected: "denied",
      },
      {
        name: "a user changes its own password",
        action: "iam:ChangePassword",
        resource: CASE_USER,
        principal: CASE_USER,
        expected: "untouched",
      },
      {
        name: "passwords can still be deleted",
        action: "iam:DeleteLoginProfile",
        resource: CASE_USER,
        principal: CASE_ADMIN,
        expected: "untouched",
      },
      ...(open
        ? [
            {
              name: "a break-glass user of the home account can get one",
              action: "iam:CreateLoginProfile",
              resource: open.replace("*", "break-glass-1"),
              principal: `arn:aws:iam::${context.breakGlass.homeAccountId}:role/${homeMemberRole(context)}`,
              expected: "untouched" as const,
            },
          ]
        : []),
    ];
  },
};
