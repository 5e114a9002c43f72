import { z } from "zod";
import { breakGlassSection } from "./break-glass/schema";
import { backend } from "../config/schema/backend";
import { iamName, MOST_TAGS, region, tagKey, tagValue } from "../config/schema/common";
import { credentialHygieneSection } from "./credential-hygiene/schema";
import { guardrailsSection } from "./guardrails/schema";
import { hcpSection } from "./hcp/schema";
import { identityCenterSection } from "./identity-center/schema";
import { proofsSection } from "./proofs/schema";
import { pipelineSection, workloadIdentitySection } from "./workload-identity/schema";

/** `environments/<env>/baseline.yaml`: the intent, written by people. */
export const baselineSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format."),
    region: region.describe("Home region: where regional resources live unless said otherwise."),
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
          .describe(
            "Role to assume in the management account. Default: none, the run's own credentials are used there.",
          ),
        memberRole: iamName
          .default("OrganizationAccountAccessRole")
          .describe("Role that stacks in member accounts assume there."),
      })
      .prefault({})
      .describe("How the providers reach the accounts."),
    guardrails: guardrailsSection.prefault({}),
    breakGlass: breakGlassSection,
    identityCenter: identityCenterSection.optional(),
    workloadIdentity: workloadIdentitySection.optional(),
    pipeline: pipelineSection.optional(),
    hcp: hcpSection.optional(),
    credentialHygiene: credentialHygieneSection.optional(),
    proofs: proofsSection.prefault({}),
  })
  .describe("Intent of one environment (one AWS organization) of the keyless org baseline.");

export type Baseline = z.infer<typeof baselineSchema>;
