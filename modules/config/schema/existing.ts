import { z } from "zod";
import type { Existing } from "../../organization/existing";
import { accountId, oneLine, region } from "./common";

/** In the environment's folder. */
export const EXISTING_FILE = "existing.yaml";

const tags = z.record(oneLine, oneLine).default({});
const customerManaged = z.strictObject({ name: oneLine.min(1), path: oneLine.min(1) });
const arn = oneLine.regex(/^arn:aws[\w-]*:/, "an ARN");

/** `environments/<env>/existing.yaml`: what is in AWS beside the facts, written by `keyless sync --existing`. */
export const existingSchema = z
  .strictObject({
    version: z.literal(1),
    organizationId: z.string().regex(/^o-[a-z0-9]{10,32}$/, "an organization id (o- and 10 to 32 characters)"),
    readAt: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "a time in UTC, for example 2026-11-27T03:00:00Z")
      .describe("When AWS was read."),
    permissionSets: z.array(
      z.strictObject({
        name: oneLine.min(1),
        arn,
        description: z.string(),
        sessionDuration: oneLine,
        relayState: oneLine.optional(),
        awsManagedPolicies: z.array(arn),
        customerManagedPolicies: z.array(customerManaged),
        inlinePolicy: z.string().optional(),
        permissionsBoundary: z
          .union([
            z.strictObject({ managedPolicyArn: arn }),
            z.strictObject({ customerManagedPolicy: customerManaged }),
          ])
          .optional(),
        tags,
        assignments: z.array(
          z.strictObject({
            principalType: z.enum(["GROUP", "USER"]),
            principalId: oneLine.min(1),
            accounts: z.array(accountId).min(1),
          }),
        ),
      }),
    ),
    policies: z.array(z.strictObject({ id: oneLine.min(1), name: oneLine.min(1), description: z.string(), tags })),
    oidcProviders: z.array(
      z.strictObject({
        accountId,
        arn,
        url: oneLine.min(1),
        audiences: z.array(oneLine),
        tags,
        usedBy: z.array(oneLine).describe("Roles of the account that trust it."),
      }),
    ),
    things: z
      .array(z.strictObject({ type: oneLine.min(1), accountId, region: region.optional(), name: oneLine, tags }))
      .describe("What has a name that the baseline uses too."),
    names: z.record(oneLine, z.array(oneLine)).describe("Names that were looked for, by Terraform's type."),
    looked: z
      .array(
        z.strictObject({
          type: oneLine.min(1),
          accountId,
          region: region.optional(),
          names: z
            .array(oneLine)
            .default([])
            .describe("Names that were looked for there. Of OIDC providers all are read, without a name."),
        }),
      )
      .describe("Where they were looked for."),
    notRead: z
      .array(z.strictObject({ accountId, what: oneLine, why: oneLine }))
      .describe("What could not be read: nothing is known of it."),
  })
  .describe("What AWS has in addition to the facts. Written by `keyless sync --existing`; not edited.");

type Assert<T extends true> = T;
type Extends<A, B> = A extends B ? true : false;
export type ExistingDocumentIsExisting = Assert<Extends<z.infer<typeof existingSchema>, Existing>>;
