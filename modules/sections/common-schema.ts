import { z } from "zod";
import { backend } from "../config/schema/backend";
import { iamName, MOST_TAGS, region, tagKey, tagValue } from "../config/schema/common";

/** What stands in `baseline.yaml` besides the sections: every section may read it. */
export const commonShape = {
  version: z.literal(1).describe("Version of this format."),
  region: region.describe("Home region: where regional resources live unless another Region is given."),
  backend,
  tags: z
    .record(tagKey, tagValue)
    .refine(
      (tags) => Object.keys(tags).length <= MOST_TAGS,
      `at most ${MOST_TAGS} tags: AWS takes 50 on a resource, and three are the baseline's own`,
    )
    .default({})
    .describe("Default tags on every resource that can carry tags."),
  access: z
    .strictObject({
      managementRole: iamName
        .optional()
        .describe("Role to assume in the management account. Default: none, the run's own credentials are used there."),
      memberRole: iamName
        .default("OrganizationAccountAccessRole")
        .describe("Role that stacks in member accounts assume there."),
    })
    .prefault({})
    .describe("How the providers reach the accounts."),
};

export type CommonBaseline = z.infer<z.ZodObject<typeof commonShape>>;
