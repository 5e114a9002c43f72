import { z } from "zod";
import { BREAK_GLASS_USER_PATH } from "./names";
import { accountReference, iamName, region, relativeFile, subscribers, tagValue } from "../../config/schema/common";

export const cidr = z
  .union([z.cidrv4(), z.cidrv6()], { error: "a network in CIDR notation, for example 203.0.113.0/24" })
  .describe("Network in CIDR notation.");

export const breakGlassSection = z
  .strictObject({
    homeAccount: z
      .union([z.literal("management"), accountReference])
      .describe(
        "Where the users live: `management`, or a member account that is used for nothing else. SCPs bind the second, not the first.",
      ),
    roleName: iamName.default("SecurityBreakGlass").describe("The administrator role in every account."),
    users: z
      .array(
        z.strictObject({
          name: iamName.describe("Name of the IAM user; also the only session name it may use."),
          holder: tagValue
            .min(1)
            .describe("Where the credentials are kept, for example a safe or a team. Becomes a tag; never a secret."),
        }),
      )
      .min(2, "break glass needs two users or more, so that one lost MFA device does not lock everyone out")
      .max(10)
      .describe("The break-glass users."),
    userPath: z.literal(BREAK_GLASS_USER_PATH).default(BREAK_GLASS_USER_PATH).describe("IAM path of the users."),
    mfaMaxAgeMinutes: z
      .int()
      .min(5)
      .max(720)
      .default(60)
      .describe("How old the MFA sign-in may be when the role is assumed, in minutes."),
    sourceNetworks: z
      .array(cidr)
      .default([])
      .describe(
        "Networks the role may be assumed from. Empty: from anywhere, which is what a real emergency may need.",
      ),
    rollout: z
      .enum(["stackset", "terraform"])
      .default("stackset")
      .describe(
        "stackset: a service-managed StackSet with auto-deployment covers future accounts. terraform: one stack per account.",
      ),
    passwords: z
      .strictObject({
        pgpPublicKeyFile: relativeFile.describe(
          "PGP public key (ASCII armour); the initial passwords are encrypted to it.",
        ),
      })
      .optional()
      .describe(
        "Absent: no password is made here; somebody sets it by hand at enrolment. Present: a login profile whose initial password is encrypted to the key (only the encrypted form reaches the state).",
      ),
    drillEvery: z
      .int()
      .min(7)
      .max(366)
      .default(90)
      .describe(
        "Days after which the last drill that passed is too old, and `validate` warns. Nothing that is applied depends on it.",
      ),
    alarms: z
      .strictObject({
        subscribers: subscribers.prefault({}),
        regions: z
          .array(region)
          .min(1)
          .optional()
          .describe(
            "Regions whose sign-in and STS endpoints are watched. Default: every region that the facts show enabled.",
          ),
      })
      .prefault({})
      .describe("Alarms on every sign-in of a break-glass user and every assumption of the role."),
  })
  .describe("Emergency access, for the day when Identity Center or the identity provider is down.");
