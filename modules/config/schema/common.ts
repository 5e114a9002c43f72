import { z } from "zod";

/** Building blocks that several sections of `baseline.yaml` share. Every description ends up in the JSON Schema for editors. */

export const accountId = z
  .string()
  .regex(/^\d{12}$/, "an account id is twelve digits, in quotes")
  .describe("Account id: twelve digits, in quotes.");

/** A text of somebody else's that messages show: a line break in it would make a line of its own, which looks like one of ours. */
export const oneLine = z.string().regex(/^[^\p{Cc}\u2028\u2029]*$/u, "one line without control characters");

/** A name that becomes part of Terraform addresses: it must stay stable. */
export const stableName = (what: string) =>
  z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,47}$/,
      "a name starts with a lower-case letter, then letters, digits and dashes, at most 48 characters",
    )
    .describe(`${what} Lower-case letters, digits and dashes. Part of Terraform addresses: renaming replaces.`);

export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region looks like eu-central-1")
  .describe("AWS region, for example eu-central-1.");

/** IAM names of roles, users and policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const iamName = z
  .string()
  .regex(/^[\w+=,.@-]{1,64}$/, "an IAM name has 1 to 64 letters, digits or any of + = , . @ _ -");

export const iamPath = z
  .string()
  .regex(/^\/([!-.0-~]+\/)*$/, "an IAM path begins and ends with a slash")
  .max(512);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html: the narrowest of the services that are tagged here. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_CHARACTERS = "letters, digits, spaces and any of _ . : / = + - @";

/** 50 on a resource, less `keyless:environment`, `keyless:stack` and a resource's own. */
export const MOST_TAGS = 47;

export const tagValue = z.string().max(256).regex(TAG_TEXT, `a value of ${TAG_CHARACTERS}`);
export const tagKey = z
  .string()
  .min(1)
  .max(128)
  .regex(TAG_TEXT, `a key of ${TAG_CHARACTERS}`)
  .regex(/^(?!aws:|keyless:)/i, "a key of your own, which begins neither with aws: nor with keyless:");

export const email = z
  .email("not an e-mail address")
  .describe("E-mail address. AWS sends it a confirmation that somebody must accept.");

export const relativeFile = z
  .string()
  .regex(
    /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+$/,
    "a file is named relative to the environment's folder, without .. and with forward slashes",
  );

const accountReference = z.string().min(1).describe("Name of an active account, or its id in quotes.");
export { accountReference };

export const ouPath = z
  .string()
  .min(1)
  .regex(/^[^/].*[^/]$|^[^/]$/, "an OU path has no slash at its ends, for example Workloads/Prod")
  .describe("Path of names below the root, for example Workloads/Prod.");

const allTerm = z.literal("all").describe("Every active account of the organization, future ones included.");
const ouTerm = z.strictObject({
  ou: ouPath,
  descendants: z
    .boolean()
    .default(true)
    .describe("Also the OUs below it. With false only the accounts directly in it."),
});
const accountTerm = z.strictObject({ account: accountReference });
const tagTerm = z.strictObject({
  tag: z
    .strictObject({
      key: z.string().min(1).describe("Key of an account tag."),
      value: z.string().describe("Value of the account tag, compared exactly."),
    })
    .describe("Every active account with this tag."),
});

/** One term of the target language. */
export const targetTerm = z.union([allTerm, ouTerm, accountTerm, tagTerm], {
  error: "a target is `all`, `{ou: Path}`, `{account: name}` or `{tag: {key: k, value: v}}`",
});
export type TargetTerm = z.infer<typeof targetTerm>;

const includeExcept = z.strictObject({
  include: z.array(targetTerm).min(1).describe("What is meant; the union of the terms."),
  except: z.array(targetTerm).default([]).describe("What is taken out of it again. Wins over include."),
});

/** The one target language: a list of terms, or `include` with `except`. */
export const targets = z
  .union([z.array(targetTerm).min(1), includeExcept], {
    error: "targets are a list of terms, or `include:` with `except:`",
  })
  .describe(
    "Accounts and OUs: all, an OU by path with or without descendants, an account by name, a tag; with except.",
  );
export type Targets = z.infer<typeof targets>;

const texts = z.union([z.string(), z.array(z.string())]);
const conditionValue = z.union([z.string(), z.number(), z.boolean()]);

const policyStatement = z.strictObject({
  Sid: z
    .string()
    .regex(/^[A-Za-z0-9]*$/, "a Sid has letters and digits only")
    .optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.union([conditionValue, z.array(conditionValue)]))).optional(),
});

/** A policy document written in YAML, in any form that AWS takes. It is read into its normal form, and checked, where it is used. */
export const inlinePolicy = z
  .strictObject({
    Version: z
      .enum(["2012-10-17", "2008-10-17"])
      .default("2012-10-17")
      .describe("Version of the policy language. In 2008-10-17 there are no variables."),
    Id: z.string().optional(),
    Statement: z.union([policyStatement, z.array(policyStatement).min(1)], {
      error: "a statement, or a list of statements",
    }),
  })
  .describe("An identity policy in IAM's own terms (Version, Statement).");

export const awsManagedPolicy = z
  .string()
  .regex(
    /^(arn:aws[\w-]*:iam::aws:policy\/)?([\w+=,.@-]+\/)?[\w+=,.@-]{1,128}$/,
    "the name of an AWS managed policy, for example ReadOnlyAccess or job-function/ViewOnlyAccess",
  )
  .describe(
    "Name of an AWS managed policy with its path, for example ReadOnlyAccess or job-function/ViewOnlyAccess. One that is newer than the list of this version is written with its whole ARN.",
  );

/** What a role of ours may do. */
export const permissions = {
  awsManagedPolicies: z.array(awsManagedPolicy).max(10).default([]).describe("AWS managed policies to attach."),
  inlinePolicy: inlinePolicy.optional(),
  permissionsBoundary: z
    .string()
    .regex(/^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/.+$/, "the ARN of a managed policy")
    .optional()
    .describe("ARN of the managed policy that bounds the role."),
};

/** Who hears of an alarm. */
export const subscribers = z
  .strictObject({
    emails: z.array(email).default([]).describe("Mailboxes, better a team's than a person's."),
    httpsEndpoints: z
      .array(z.url({ protocol: /^https$/, error: "an https:// address" }))
      .default([])
      .describe(
        "HTTPS endpoints, for example a pager's. Anything secret in them ends up in the state: prefer endpoints without.",
      ),
  })
  .describe("Who hears of it.");
