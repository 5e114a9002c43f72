import { z } from "zod";
import { accountReference, oneLine } from "./schema/common";

/**
 * `environments/<env>/moves-of-keys/<name>.yaml`: how one access key, or all keys of one user, becomes a role. People write and review what is to be;
 * how far it is follows from what is seen (`modules/evidence/move/state.ts`) and is never written down here.
 */

export const KEY_MOVES_FOLDER = "moves-of-keys";

const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
const actions = (what: string) =>
  z
    .array(z.string().regex(ACTION, "one IAM action without a wildcard, for example s3:PutObject"))
    .default([])
    .describe(what);
const text = (most = 500) => oneLine.min(1).max(most);

export const CI_SYSTEMS = ["github", "gitlab", "hcp-terraform", "circleci", "bitbucket", "jenkins"] as const;
export const COMPUTES = ["ec2", "ecs", "eks", "lambda"] as const;
export const HOSTS = ["linux", "windows", "kubernetes"] as const;

const destination = z
  .strictObject({
    role: z
      .strictObject({
        arn: z
          .string()
          .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, "the ARN of a role")
          .describe("ARN of the role, with its path."),
        compute: z.enum(COMPUTES).describe("What has the role: the kit is for this."),
      })
      .optional()
      .describe("The role of the compute in AWS that uses the key."),
    oidc: z
      .strictObject({
        workload: text(200).describe("Name of an entry of workloadIdentity.oidcRoles."),
        subject: text(2048)
          .optional()
          .describe("The one subject (claim `sub`) that takes the place of this key. Default: all of the workload's."),
        system: z
          .enum(CI_SYSTEMS)
          .optional()
          .describe(
            "What the job runs on: the kit is for this. Default: the kind of the provider; needed where that is custom.",
          ),
      })
      .optional()
      .describe("A job that holds an OIDC token."),
    rolesAnywhere: z
      .strictObject({
        workload: text(200).describe("Name of an entry of workloadIdentity.rolesAnywhere."),
        host: z.enum(HOSTS).default("linux").describe("What the workload runs on: the kit is for this."),
      })
      .optional()
      .describe("A workload outside AWS that holds a certificate."),
    identityCenter: z
      .strictObject({
        permissionSet: text(200).describe("Name of a permission set of the baseline."),
        group: text(1024).describe("Group that has it."),
        userName: text(200)
          .optional()
          .describe(
            "Name of the person in Identity Center, which is the session's name. Without it nobody can say who used the permission set.",
          ),
      })
      .optional()
      .describe("A person."),
    exception: text(200).optional().describe("Name of an entry of guardrails.exceptions: the key stays until its end."),
  })
  .describe("What takes the place of the key: exactly one of these.");

/** One file. */
export const keyMoveSchema = z
  .strictObject({
    version: z.literal(1),
    key: z
      .string()
      .regex(/^AKIA[A-Z0-9]{12,124}$/, "the id of a long-term access key: AKIA and letters or digits")
      .optional()
      .describe("Access key id. Default: every access key of the user."),
    account: accountReference,
    user: z
      .string()
      .regex(/^[\w+=,.@-]{1,64}$/, "the name of an IAM user, without its path")
      .describe("Name of the IAM user."),
    owner: text(200).describe("Who has to change the consumer: a team or a person."),
    usedBy: text().describe("What uses the key, in words."),
    destination,
    actions: actions(
      "Actions that the new role needs, each of which it must be seen doing before the key counts as silent. Take out what is not needed any more.",
    ),
    actionsNotLogged: actions(
      "Actions that it needs and that no log shows (data events that the trail leaves out): nobody waits for them.",
    ),
    resources: z
      .array(z.string().min(1).max(2048))
      .min(1)
      .default(["*"])
      .describe("Resources of the role's policy. Default: all, which is more than it needs."),
    silentDays: z
      .int()
      .min(1)
      .max(400)
      .default(14)
      .describe(
        "Days without a use of the key, seen in the logs of the account, before it may go. At least one run of the rarest job.",
      ),
    smtp: z
      .boolean()
      .default(false)
      .describe("The key's secret is an SMTP password of SES: such sends leave no events."),
    consumer: z
      .strictObject({
        file: text().optional().describe("File that has to change: .github/workflows/deploy.yml."),
        secrets: z.array(text(200)).min(1).optional().describe("Names of the secrets that hold the key."),
      })
      .default({})
      .describe("Where the key is used: the kit names it."),
    until: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, "a day as 2027-01-31")
      .optional()
      .describe("Day by which the owner is asked to be done."),
  })
  .describe("The move of one access key, or of all keys of one user, to a role.");

export type KeyMoveInput = z.infer<typeof keyMoveSchema>;
export const DESTINATIONS = ["role", "oidc", "rolesAnywhere", "identityCenter", "exception"] as const;
export type DestinationKind = (typeof DESTINATIONS)[number];
