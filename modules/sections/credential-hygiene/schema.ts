import { z } from "zod";
import { accountReference, iamName, region, subscribers } from "../../config/schema/common";

const principalArn = z
  .string()
  .regex(
    /^arn:aws:iam::\d{12}:(role|user)\/[\w+=,.@*/-]*[\w+=,.@-]\*?$/,
    "the ARN of a role or user with its account, for example arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_SecurityAudit_*",
  )
  .describe(
    "ARN of a role or user of an account of the organization. `*` in the name, for the ends that Identity Center gives its roles.",
  );

export const credentialHygieneSection = z
  .strictObject({
    managedFrom: z
      .union([z.literal("management"), accountReference])
      .default("management")
      .describe(
        "`management`, or the member account that is delegated administrator of AWS Config and Access Analyzer.",
      ),
    region: region
      .optional()
      .describe(
        "Region of the rules, the analyzer and the alarms: one where AWS Config records IAM. Default: the home region.",
      ),
    maxUnusedDays: z
      .int()
      .min(1)
      .max(365)
      .default(90)
      .describe(
        "A credential unused for so many days counts as unused. The one source for the Config rule, the analyzer, keyless inventory and keyless retire. CIS says 45.",
      ),
    inactiveDaysBeforeDelete: z
      .int()
      .min(1)
      .max(365)
      .default(30)
      .describe("keyless retire deletes an access key only after it was inactive for so many days."),
    maxKeyAgeDays: z
      .int()
      .min(1)
      .max(365)
      .default(90)
      .describe("An access key older than so many days is reported as not rotated."),
    excludedAccounts: z
      .array(accountReference)
      .default([])
      .describe("Accounts where AWS Config does not record, which would make the organization rules fail."),
    analyzer: z
      .boolean()
      .default(true)
      .describe("An organization analyzer for unused access (IAM Access Analyzer; charged per role and user)."),
    alarms: z
      .strictObject({ subscribers: subscribers.prefault({}) })
      .prefault({})
      .describe("Alarms on every API call that creates or revives a long-term credential, in every account."),
    inventory: z
      .strictObject({
        roleName: iamName
          .default("KeylessInventory")
          .describe("Role that keyless inventory reads credentials with, in every account below the path /keyless/."),
        principals: z
          .array(principalArn)
          .default([])
          .describe(
            "Who may assume it in addition to the pipeline's roles, for example the security team's role of Identity Center.",
          ),
      })
      .prefault({})
      .describe("The role that reads credentials, in every account."),
    retirement: z
      .strictObject({
        principals: z
          .array(principalArn)
          .default([])
          .describe("Who may assume KeylessRetirement in addition to the pipeline's apply role."),
      })
      .prefault({})
      .describe("The role that keyless retire deactivates and deletes access keys with, in every account."),
    remediation: z
      .enum(["off", "manual", "automatic"])
      .default("off")
      .describe(
        "What happens to unused credentials: nothing; the AWS runbook is offered; the AWS runbook runs. Its role is in every account unless off.",
      ),
  })
  .describe("Detection of long-term credentials that are unused, old or new.");
