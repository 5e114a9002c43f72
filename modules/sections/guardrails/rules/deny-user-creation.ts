import { memberHomeUsers, homeMemberRole } from "../context/principals";
import type { Guardrail } from "../types";

export const denyUserCreation: Guardrail = {
  id: "deny-user-creation",
  denies: "Nobody creates an IAM user.",
  why: "An IAM user is the carrier of every long-term credential. Where no user can be made, keys, passwords and service credentials have nowhere to live.",
  exemptions: [
    {
      who: "Break-glass users, where their home is a member account",
      why: "A break-glass user that was deleted must be made again by the pipeline.",
      cannotBeAbusedBecause:
        "Only resources below the break-glass path of the home account are left open here, and protect-break-glass denies these to everybody but the pipeline's role there, which it protects too.",
    },
  ],
  hazards: [
    "Products that create IAM users during installation fail with AccessDenied.",
    "Existing users are untouched.",
  ],
  mapping: { cis: ["1.15", "1.21"], cis7: ["2.1.2", "2.13", "2.19"], nist80053: ["AC-2", "AC-3", "AC-6", "IA-2"] },
  requires: (context) => (memberHomeUsers(context) ? ["protect-break-glass"] : []),
  statements: (context) => {
    const open = memberHomeUsers(context);
    return [
      {
        Sid: "DenyUserCreation",
        Effect: "Deny",
        Action: "iam:CreateUser",
        ...(open ? { NotResource: open } : { Resource: "*" }),
      },
    ];
  },
  observes: () => [{ eventSource: "iam.amazonaws.com", eventNames: ["CreateUser"] }],
  cases: (context) => {
    const open = memberHomeUsers(context);
    return [
      {
        name: "an administrator cannot create a user",
        action: "iam:CreateUser",
        resource: "arn:aws:iam::222222222222:user/ci",
        principal: "arn:aws:iam::222222222222:role/Admin",
        expected: "denied",
      },
      {
        name: "not even below the break-glass path of another account",
        action: "iam:CreateUser",
        resource: `arn:aws:iam::222222222222:user${context.breakGlass.userPath}mallory`,
        principal: "arn:aws:iam::222222222222:role/Admin",
        expected: "denied",
      },
      {
        name: "users can still be deleted",
        action: "iam:DeleteUser",
        resource: "arn:aws:iam::222222222222:user/ci",
        principal: "arn:aws:iam::222222222222:role/Admin",
        expected: "untouched",
      },
      {
        name: "roles can still be created",
        action: "iam:CreateRole",
        resource: "arn:aws:iam::222222222222:role/app",
        principal: "arn:aws:iam::222222222222:role/Admin",
        expected: "untouched",
      },
      ...(open
        ? [
            {
              name: "the pipeline can make a break-glass user in the home account",
              action: "iam:CreateUser",
              resource: open.replace("*", "break-glass-1"),
              principal: `arn:aws:iam::${context.breakGlass.homeAccountId}:role/${homeMemberRole(context)}`,
              expected: "untouched" as const,
            },
          ]
        : []),
    ];
  },
};
