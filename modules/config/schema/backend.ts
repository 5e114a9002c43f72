import { z } from "zod";
import { region } from "./common";

/** Where Terraform keeps its state. */
export const backend = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("local").describe("State in files next to the synthesized stacks. For trying out."),
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
        .describe("Project of the workspaces. Default: the organization's default project."),
    }),
  ])
  .describe("Where Terraform keeps its state.");

export type Backend = z.infer<typeof backend>;
