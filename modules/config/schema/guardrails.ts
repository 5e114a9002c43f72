import { z } from "zod";
import { targets } from "./common";

export const guardrailsSection = z
  .strictObject({
    quotas: z
      .strictObject({
        policiesPerTarget: z.int().min(1).max(50).default(10).describe("SCPs that AWS lets be attached to one root, OU or account (10 since 2026-05-15, 5 before)."),
        policyCharacters: z.int().min(1000).max(50000).default(10240).describe("Characters that AWS lets one SCP have (10,240 since 2026-05-15, 5,120 before)."),
      })
      .prefault({})
      .describe("The organization's quotas for SCPs, where AWS has granted others."),
    centralizedRootAccess: z
      .strictObject({
        rootCredentialsManagement: z.boolean().default(true).describe("Manage member accounts' root credentials centrally (delete them)."),
        rootSessions: z.boolean().default(true).describe("Allow short, task-scoped root sessions from the management account."),
      })
      .optional()
      .describe("Centralized root access (aws_iam_organizations_features). Absent: not managed here."),
    rollout: z
      .array(
        z.strictObject({
          guardrails: z.array(z.string().min(1)).min(1).describe("Ids of guardrails of the catalogue."),
          mode: z.enum(["off", "enforce"]).default("enforce").describe("off keeps the entry and attaches nothing; enforce attaches the SCP."),
          targets,
        }),
      )
      .default([])
      .describe("Which guardrail binds where."),
  })
  .describe("Service control policies.");
