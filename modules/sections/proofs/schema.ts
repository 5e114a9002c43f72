import { z } from "zod";

/** Ids of the proofs and of the kinds of principals, as they are in the ids of counterexamples: a test holds them to those of the proofs. */
export const PROOF_IDS = [
  "no-mint",
  "no-lock-out",
  "still-manageable",
  "clean-up",
  "exemptions-hold",
  "landing-zone",
  "pipeline-bounded",
] as const;
export const KIND_IDS = [
  "break-glass-user",
  "break-glass",
  "pipeline-plan",
  "pipeline-apply",
  "pipeline-member",
  "stack-set",
  "landing-zone",
  "remediation",
  "inventory",
  "retirement",
  "permission-set",
  "administrator",
  "iam-user",
  "root",
  "assumed-root",
  "web-identity",
  "outsider",
  "exception",
  "expired-exception",
] as const;

export const proofsSection = z
  .strictObject({
    accepted: z
      .array(
        z
          .strictObject({
            id: z
              .string()
              .min(1)
              .max(512)
              .optional()
              .describe("Id of one counterexample, as keyless prove prints it. Either this or cause."),
            cause: z
              .strictObject({
                policy: z.string().min(1).max(128).describe("Name of the policy that decides, exactly."),
                principal: z
                  .enum(KIND_IDS)
                  .optional()
                  .describe("Kind of the principal, as in the ids. Left out: every kind."),
                proof: z.enum(PROOF_IDS).optional().describe("The proof. Left out: every proof."),
              })
              .optional()
              .describe(
                "Every counterexample that one policy causes, wherever it is attached: survives new OUs, accounts and names of both.",
              ),
            reason: z.string().min(1).max(512).describe("Why it is accepted, and until when."),
            owner: z.string().min(1).max(128).describe("Who answers for it: a team, better than a person."),
          })
          .refine((one) => (one.id === undefined) !== (one.cause === undefined), "write either id or cause"),
      )
      .default([])
      .describe(
        "Counterexamples that are known and accepted, mostly because SCPs cause them that keyless does not manage. Shown as accepted, never as proven.",
      ),
  })
  .describe("What the proofs may leave open.");
