import { z } from "zod";
import { accountId, relativeFile, stableName, subscribers, targets } from "../../config/schema/common";

const guardrailIds = z.array(z.string().min(1)).min(1).describe("Ids of guardrails of the catalogue.");

/** Names are checked where exceptions are resolved, which can say why a wildcard is refused. */
const exceptionPrincipal = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        role: z.string().min(1).optional().describe("Name of a role."),
        user: z.string().min(1).optional().describe("Name of an IAM user."),
        permissionSet: z
          .string()
          .min(1)
          .optional()
          .describe("Name of a permission set of Identity Center: its role in each account."),
        path: z.string().min(1).optional().describe("IAM path of the role or user. Default: /."),
      }),
    ],
    { error: "a principal is the ARN of a role or user, or one of `role:`, `user:` and `permissionSet:`" },
  )
  .describe(
    "Who is excepted: the ARN of one role or user, or `role:`, `user:` (with `path:`) or `permissionSet:` together with accounts. No wildcards.",
  );

const exception = z.strictObject({
  name: stableName("Name of the exception."),
  principal: exceptionPrincipal,
  accounts: targets
    .optional()
    .describe(
      "Accounts in which the role, user or permission set is meant. Left out where the principal is an ARN, which names its account.",
    ),
  guardrails: z
    .array(z.string().min(1))
    .min(1)
    .describe("Ids of the guardrails that do not bind the principal until the exception ends."),
  owner: z.string().min(1).max(128).describe("Who answers for it: a team, better than a person."),
  reason: z.string().min(1).max(512).describe("Why it is needed, and what will replace it."),
  expires: z.string().describe("Last day, in UTC: YYYY-MM-DD. AWS itself ends it."),
});

const trustedWebIdentity = z.strictObject({
  issuer: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z0-9-]+(\/[\w./-]+)?$/i, "host and path of an issuer, without https://")
    .describe("Host and path of the issuer, without https://, for example token.actions.githubusercontent.com."),
  claim: z
    .string()
    .regex(/^[\w./-]+$/, "the name of a claim")
    .default("sub")
    .describe("Claim that names the owner; AWS passes on sub and aud of every issuer, and a few more of some."),
  values: z
    .array(z.string().regex(/^[^$]+$/, "a value without policy variables"))
    .default([])
    .describe("Values of the claim that are ours, for example repo:acme/*. A wildcard only behind the owner's name."),
  anySubject: z.boolean().default(false).describe("The whole issuer is ours, as that of an EKS cluster."),
});

const outsideAccount = z.strictObject({
  name: stableName("Name of the vendor or partner."),
  accounts: z
    .array(accountId)
    .min(1)
    .describe("Ids of its accounts, none of them in the organization. Its documentation says which it calls from."),
  roles: z
    .array(
      z
        .string()
        .regex(
          /^(?!\/)(?!aws-(service-role|reserved)\/)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
          "the name of a role, with its path and without a slash at the beginning: vendors/monitoring. No wildcards",
        ),
    )
    .default([])
    .describe(
      "Roles that it may assume, by name with path, in any account of the organization. Default: every role that trusts it.",
    ),
  owner: z.string().min(1).max(128).describe("Who answers for it: a team, better than a person."),
  reason: z.string().min(1).max(512).describe("What it does here."),
  expires: z.string().describe("Last day on which it may come in, in UTC: YYYY-MM-DD. AWS itself ends it."),
});

const customPolicy = z.strictObject({
  name: stableName("Name of the policy."),
  description: z.string().min(1).max(512).describe("What it denies, for people."),
  file: relativeFile.describe("Policy document in JSON or YAML, relative to the environment's folder."),
  nameInAws: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("Name of the policy in AWS, for one that was there before. Default: keyless-custom-<name>."),
  mode: z.enum(["off", "enforce"]).default("enforce").describe("off checks the file and attaches nothing."),
  targets,
});

export const guardrailsSection = z
  .strictObject({
    quotas: z
      .strictObject({
        policiesPerTarget: z
          .int()
          .min(1)
          .max(50)
          .default(10)
          .describe("SCPs that AWS lets be attached to one root, OU or account (10 since 2026-05-15, 5 before)."),
        policyCharacters: z
          .int()
          .min(1000)
          .max(50000)
          .default(10240)
          .describe("Characters that AWS lets one SCP have (10,240 since 2026-05-15, 5,120 before)."),
        resourcePoliciesPerTarget: z
          .int()
          .min(1)
          .max(50)
          .default(5)
          .describe("RCPs that AWS lets be attached to one root, OU or account."),
        resourcePolicyCharacters: z
          .int()
          .min(1000)
          .max(50000)
          .default(5120)
          .describe("Characters that AWS lets one RCP have."),
      })
      .prefault({})
      .describe("The organization's quotas for SCPs and RCPs, where AWS has granted others."),
    centralizedRootAccess: z
      .strictObject({
        rootCredentialsManagement: z
          .boolean()
          .default(true)
          .describe("Manage member accounts' root credentials centrally (delete them)."),
        rootSessions: z
          .boolean()
          .default(true)
          .describe("Allow short, task-scoped root sessions from the management account."),
      })
      .optional()
      .describe("Centralized root access (aws_iam_organizations_features). Absent: not managed here."),
    rollout: z
      .array(
        z.strictObject({
          guardrails: guardrailIds,
          mode: z
            .enum(["off", "observe", "enforce"])
            .default("enforce")
            .describe(
              "off attaches nothing; observe raises an alarm on what would be denied; enforce attaches the SCP.",
            ),
          targets,
          reason: z
            .string()
            .min(1)
            .max(512)
            .optional()
            .describe(
              "Why this entry is less strict than an earlier one where both meet. Without it only stricter entries may follow.",
            ),
          evidence: z
            .array(
              z
                .string()
                .regex(
                  /^evidence\/[\w-][\w.-]*\.json$/,
                  "a file in the folder evidence/, for example evidence/users.json",
                ),
            )
            .default([])
            .describe(
              "Verdicts of ready (--evidence) that a move to enforce rests on: files in evidence/ of the environment's folder. The review checks them.",
            ),
        }),
      )
      .default([])
      .describe(
        "Which guardrail binds where. Where entries meet, the later one counts; it may be less strict only with a reason.",
      ),
    requireEvidence: z
      .boolean()
      .default(false)
      .describe(
        "A move to enforce that cites no evidence is unknown to the review, and stops. Without it the review only says that none is cited.",
      ),
    observation: z
      .strictObject({ subscribers: subscribers.prefault({}) })
      .optional()
      .describe(
        "Who hears of calls that guardrails in mode observe would deny. Keep it while rollouts come and go: subscriptions need a confirmation. Absent: nothing can be observed.",
      ),
    claims: z
      .array(z.strictObject({ guardrails: guardrailIds, enforcedIn: targets }))
      .default([])
      .describe(
        "What this environment promises: guardrails that are enforced in all of the targets, future accounts included. Synth refuses what breaks a promise.",
      ),
    webIdentity: z
      .strictObject({
        trusted: z
          .array(trustedWebIdentity)
          .default([])
          .describe("Issuers of tokens, and which of their subjects are ours."),
      })
      .optional()
      .describe("Whom the guardrail restrict-web-identity lets in, in addition to the subjects of workloadIdentity."),
    outsideAccounts: z
      .array(outsideAccount)
      .default([])
      .describe(
        "Accounts outside the organization that the guardrail restrict-outside-accounts lets in: vendors and partners. Each has an owner, a reason and an end.",
      ),
    custom: z
      .array(customPolicy)
      .default([])
      .describe(
        "Service control policies of your own, from files. They are checked, proven and attached like the guardrails.",
      ),
    exceptions: z
      .array(exception)
      .default([])
      .describe("Principals that guardrails do not bind for a while. Each has an owner, a reason and an end."),
  })
  .describe("Service control policies.");
