import { z } from "zod";
import { accountReference, region, subscribers } from "./common";

export const credentialHygieneSection = z
  .strictObject({
    managedFrom: z
      .union([z.literal("management"), accountReference])
      .default("management")
      .describe("`management`, or the member account that is delegated administrator of AWS Config and Access Analyzer."),
    region: region.optional().describe("Region of the rules, the analyzer and the alarms: one where AWS Config records IAM. Default: the home region."),
    maxUnusedDays: z.int().min(1).max(365).default(90).describe("A credential unused for so many days counts as unused. The one source for the Config rule and the analyzer. CIS says 45."),
    maxKeyAgeDays: z.int().min(1).max(365).default(90).describe("An access key older than so many days is reported as not rotated."),
    excludedAccounts: z.array(accountReference).default([]).describe("Accounts where AWS Config does not record, which would make the organization rules fail."),
    analyzer: z.boolean().default(true).describe("An organization analyzer for unused access (IAM Access Analyzer; charged per role and user)."),
    alarms: z
      .strictObject({ subscribers: subscribers.prefault({}) })
      .prefault({})
      .describe("Alarms on every API call that creates or revives a long-term credential, in every account."),
    remediation: z
      .enum(["off", "manual", "automatic"])
      .default("off")
      .describe("What happens to unused credentials: nothing; the AWS runbook is offered; the AWS runbook runs. Its role is in every account unless off."),
  })
  .describe("Detection of long-term credentials that are unused, old or new.");
