import { z } from "zod";

export const proofsSection = z
  .strictObject({
    accepted: z
      .array(
        z.strictObject({
          id: z.string().min(1).max(512).describe("Id of the counterexample, as keyless prove prints it."),
          reason: z.string().min(1).max(512).describe("Why it is accepted, and until when."),
          owner: z.string().min(1).max(128).describe("Who answers for it: a team, better than a person."),
        }),
      )
      .default([])
      .describe(
        "Counterexamples that are known and taken on, mostly because others' SCPs cause them. Shown as accepted, never as proven.",
      ),
  })
  .describe("What the proofs may leave open.");
