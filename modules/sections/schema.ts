import { z } from "zod";
import { breakGlassSection } from "./break-glass/schema";
import { iamName, region } from "../config/schema/common";
import { credentialHygieneSection } from "./credential-hygiene/schema";
import { guardrailsSection } from "./guardrails/schema";
import { hcpSection } from "./hcp/schema";
import { identityCenterSection } from "./identity-center/schema";
import { proofsSection } from "../proofs/schema";
import { pipelineSection, workloadIdentitySection } from "./workload-identity/schema";

const backend = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("local").describe("State in files beside the synthesized stacks. For trying out."),
    }),
    z.strictObject({
      type: z.literal("s3").describe("State in S3 with the bucket's native lock file."),
      bucket: z.string().min(3).max(63).describe("Bucket, made beforehand: versioned, encrypted, private."),
      region,
      prefix: z
        .string()
        // Terraform refuses a key with a slash at its beginning, and S3 takes a//b for another key than a/b.
        .regex(
          /^$|^[\w.-]+(\/[\w.-]+)*$/,
          "a prefix has letters, digits and any of . _ -, with single slashes between them and none at its ends",
        )
        .default("keyless")
        .describe("Prefix of the keys: <prefix>/<stack>.tfstate. Empty: <stack>.tfstate."),
      kmsKeyArn: z
        .string()
        .regex(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/.+$/)
        .optional()
        .describe("KMS key that encrypts the state. Default: the bucket's encryption."),
    }),
    z.strictObject({
      type: z.literal("hcp").describe("HCP Terraform, one workspace per stack, named like the stack."),
      organization: z
        .string()
        .regex(/^[\w-]+$/, "an organization of HCP Terraform has letters, digits, dashes and underscores")
        .describe("HCP Terraform organization."),
      hostname: z
        .string()
        .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, "the name of a server, without https://")
        .default("app.terraform.io")
        .describe("Host of HCP Terraform, or of a Terraform Enterprise server."),
      project: z
        .string()
        .regex(/^[\w -]+$/, "a project of HCP Terraform has letters, digits, spaces, dashes and underscores")
        .optional()
        .describe("Project that holds the workspaces. Default: the organization's default project."),
    }),
  ])
  .describe("Where Terraform keeps its state.");

/** `environments/<env>/baseline.yaml`: the intent, written by people. */
export const baselineSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format."),
    region: region.describe("Home region: where regional resources live unless said otherwise."),
    backend,
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
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
