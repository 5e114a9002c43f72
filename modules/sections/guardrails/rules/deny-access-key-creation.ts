import type { Guardrail } from "../types";

export const denyAccessKeyCreation: Guardrail = {
  id: "deny-access-key-creation",
  denies: "Nobody creates an access key, not even for itself.",
  why: "An access key works from anywhere, for ever, without MFA. Leaked keys are the most common first step into AWS accounts. Machines use roles, OIDC or Roles Anywhere, people use Identity Center.",
  exemptions: [],
  hazards: [
    "Software that makes its own IAM users and keys (older backup and mail products, SES SMTP credentials) fails with AccessDenied. Look at CloudTrail for CreateAccessKey before enforcing.",
    "Existing keys keep working: this guardrail stops new ones only.",
    "The management account is not bound by any SCP.",
  ],
  mapping: {
    cis: ["1.4", "1.11", "1.13", "1.14"],
    cis7: ["2.1.2", "2.4", "2.12"],
    nist80053: ["AC-2", "AC-3", "IA-2", "IA-5"],
  },
  statements: () => [{ Sid: "DenyAccessKeyCreation", Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }],
  observes: () => [{ eventSource: "iam.amazonaws.com", eventNames: ["CreateAccessKey"] }],
  cases: (context) => [
    {
      name: "an administrator cannot create a key for a user",
      action: "iam:CreateAccessKey",
      resource: "arn:aws:iam::222222222222:user/ci",
      principal: "arn:aws:iam::222222222222:role/Admin",
      expected: "denied",
    },
    {
      name: "a user cannot create a key for itself",
      action: "iam:CreateAccessKey",
      resource: "arn:aws:iam::222222222222:user/ci",
      principal: "arn:aws:iam::222222222222:user/ci",
      expected: "denied",
    },
    {
      name: "the root user cannot create a key",
      action: "iam:CreateAccessKey",
      resource: "arn:aws:iam::222222222222:root",
      principal: "arn:aws:iam::222222222222:root",
      expected: "denied",
    },
    {
      name: "the pipeline is no exception",
      action: "iam:CreateAccessKey",
      resource: "arn:aws:iam::222222222222:user/ci",
      principal: `arn:aws:iam::222222222222:role/${context.memberRole}`,
      expected: "denied",
    },
    {
      name: "keys can still be deactivated",
      action: "iam:UpdateAccessKey",
      resource: "arn:aws:iam::222222222222:user/ci",
      principal: "arn:aws:iam::222222222222:role/Admin",
      expected: "untouched",
    },
    {
      name: "keys can still be deleted",
      action: "iam:DeleteAccessKey",
      resource: "arn:aws:iam::222222222222:user/ci",
      principal: "arn:aws:iam::222222222222:role/Admin",
      expected: "untouched",
    },
  ],
};
