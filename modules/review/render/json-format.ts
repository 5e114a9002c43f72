import { z } from "zod";
import { AREAS, CHANGE_CLASSES } from "../types";

/** The format `keyless-review/1` that `--format json` writes, and that `keyless approve` reads. Published as a JSON Schema. */

const text = z.string();
const cls = z.enum(CHANGE_CLASSES);

const approval = z
  .strictObject({ id: text, reason: text, approver: text, expires: text })
  .describe("Entry of approvals.yaml.");

const change = z.strictObject({
  id: text.describe("Bound to all that the change is about: what an approval names."),
  class: cls,
  area: z.enum(AREAS),
  sentence: text.describe(
    "What becomes possible or impossible, for whom, with every list in full. Names of others are in it as they are: escape it.",
  ),
  stacks: z.array(text),
  addresses: z.array(text).describe("Terraform addresses."),
  witnesses: z
    .array(
      z.strictObject({
        principal: text,
        action: text,
        resource: text,
        context: z.record(text, text),
        before: text,
        after: text,
        invented: z
          .literal(true)
          .optional()
          .describe("The principal is an example, none that a policy or a plan names."),
      }),
    )
    .describe("Requests that are answered otherwise afterwards, confirmed by the evaluator."),
  diff: z
    .array(z.strictObject({ sign: z.enum(["-", "+"]), text }))
    .describe("Statements before and after, with all of their actions, the dangerous first."),
  administrator: z.literal(true).optional().describe("Somebody becomes an administrator."),
  lockOut: z.literal(true).optional().describe("Somebody who must get in, or work, no longer can."),
  subjects: z
    .array(
      z.strictObject({
        type: text,
        address: text,
        attributes: z.array(text),
        notResource: z.literal(true).optional().describe("Code from elsewhere, or a part of a plan."),
      }),
    )
    .optional()
    .describe("Resources with the arguments that differ: what rules of review.yaml look at."),
  rule: text.optional().describe("Rule of review.yaml that forbids it. No approval lets it pass."),
  raisedBy: text.optional().describe("Rule of review.yaml that has raised its class."),
  approval: approval.optional().describe("What lets it pass."),
  waiver: z.record(text, z.unknown()).optional().describe("Waiver of review.yaml that lets it pass."),
});

export const reviewFormat = z
  .strictObject({
    format: z.literal("keyless-review/1"),
    title: text.optional().describe("Environment."),
    verdict: text,
    gate: z.strictObject({
      failOn: z.array(cls).describe("Classes that stop."),
      passes: z.boolean(),
      stopping: z.array(text).describe("Ids of the changes that stop it."),
      refusedApprovals: z
        .array(z.strictObject({ id: text, state: z.enum(["kept", "brought", "expired"]) }))
        .describe("Approvals of changes that are here, and that do not count."),
      unusedApprovals: z.array(text).describe("Approvals that are taken out, and of which there is no change."),
      rules: z
        .array(z.strictObject({ rule: text, how: text, changes: z.array(text) }))
        .describe("Rules of review.yaml that have acted, or would have."),
    }),
    changes: z.array(change).describe("Worst first."),
    notes: z.array(z.strictObject({ kind: text, stack: text, sentence: text })),
    newStacks: z
      .array(z.strictObject({ stack: text, id: text, resources: z.number().int() }))
      .describe("Stacks that only make things: one approval of the id counts for all their changes."),
    resources: z.array(z.strictObject({ stack: text, address: text, action: text })),
    stacks: z.array(text),
  })
  .describe("An access review for programs. Further keys may come; a change of what is here has another format.");

export type ReviewJson = z.infer<typeof reviewFormat>;
