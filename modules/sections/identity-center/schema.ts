import { z } from "zod";
import {
  accountReference,
  awsManagedPolicy,
  iamName,
  iamPath,
  inlinePolicy,
  targets,
} from "../../config/schema/common";
import { MOST_SHARDS } from "./names";

const customerManaged = z.strictObject({
  name: iamName.describe("Name of a customer managed policy that exists in every account of the assignment."),
  path: iamPath.default("/").describe("IAM path of that policy."),
});

/** https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html */
export const permissionSetName = z
  .string()
  .regex(/^[\w+=,.@-]{1,32}$/, "a permission set's name has 1 to 32 letters, digits or any of + = , . @ _ -");

export const identityCenterSection = z
  .strictObject({
    managedFrom: z
      .union([z.literal("management"), accountReference])
      .default("management")
      .describe("`management`, or the member account that is the delegated administrator of Identity Center."),
    shards: z
      .int()
      .min(1)
      .max(MOST_SHARDS)
      .default(4)
      .describe(
        "Number of stacks for permission sets with their assignments. A permission set's shard is a hash of its name; changing the number moves permission sets between states: keyless reshard.",
      ),
    groups: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(128).describe("Display name of the group."),
          description: z.string().max(1024).default("").describe("What the group is for."),
        }),
      )
      .default([])
      .describe(
        "Groups made here. Groups that an identity provider synchronizes are not listed; they are known from the facts.",
      ),
    accessControlAttributes: z
      .record(z.string().min(1).max(128), z.array(z.string().min(1)).min(1))
      .default({})
      .describe(
        'Attributes for access control: name to sources, for example `CostCenter: ["${path:enterprise.costCenter}"]`.',
      ),
    permissionSets: z
      .array(
        z.strictObject({
          name: permissionSetName.describe("Name of the permission set. Renaming replaces it."),
          description: z
            .string()
            .max(700)
            .default("")
            .describe("What people see next to the name when they choose it."),
          managedFrom: z
            .literal("management")
            .optional()
            .describe(
              "Set for permission sets that reach the management account while the rest is managed by a delegated administrator.",
            ),
          sessionHours: z.int().min(1).max(12).default(1).describe("Length of a session, in hours."),
          relayStateUrl: z
            .url({ protocol: /^https$/ })
            .optional()
            .describe("Where the console opens."),
          awsManagedPolicies: z.array(awsManagedPolicy).default([]).describe("AWS managed policies to attach."),
          customerManagedPolicies: z
            .array(customerManaged)
            .default([])
            .describe("Customer managed policies to attach, which every account of the assignments must have."),
          inlinePolicy: inlinePolicy.optional(),
          permissionsBoundary: z
            .union([
              z.strictObject({ awsManagedPolicy }),
              z.strictObject({
                customerManagedPolicy: customerManaged.describe("A customer managed policy as the boundary."),
              }),
            ])
            .optional()
            .describe("The managed policy that bounds what the permission set can do."),
        }),
      )
      .default([])
      .describe("What people may do in an account."),
    assignments: z
      .array(
        z.strictObject({
          group: z.string().min(1).describe("Name of a group: one of ours or a synchronized one."),
          permissionSet: permissionSetName.describe("Name of a permission set above."),
          targets,
        }),
      )
      .default([])
      .describe("Who gets which permission set where."),
  })
  .describe("IAM Identity Center: people.");
