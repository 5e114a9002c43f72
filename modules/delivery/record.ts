import { z } from "zod";
import { BaselineError } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";

/** What was reviewed, from the job that plans to the one that applies. Holds names and hashes, nothing that a plan keeps secret. */

const sha = z.string().regex(/^[0-9a-f]{64}$/);

const stack = z.strictObject({
  name: z.string().min(1),
  digest: sha,
  changes: z.record(z.string(), sha),
  /** The providers that were chosen: hashes of what Terraform has downloaded. */
  lock: z.string(),
});

const record = z.strictObject({
  version: z.literal(1),
  environment: z.string().min(1),
  /** Commit that was planned; absent outside of a workflow. */
  commit: z.string().optional(),
  /** Sorted by name. */
  stacks: z.array(stack),
  /** Stacks that can only be planned when others are applied: the next run's. */
  deferred: z.array(z.string()),
  /** Stacks that a person applies. */
  byHand: z.array(z.string()),
});

export type ReviewedStack = z.infer<typeof stack>;
export type Reviewed = z.infer<typeof record>;

export function renderRecord(reviewed: Reviewed): string {
  return `${JSON.stringify(reviewed, null, 2)}\n`;
}

/** @throws BaselineError where it is no record, or another environment's or commit's */
export function parseRecord(file: string, content: string, environment: string, commit: string | undefined): Reviewed {
  let parsed: z.ZodSafeParseResult<Reviewed> | undefined;
  try {
    parsed = record.safeParse(JSON.parse(content));
  } catch {
    parsed = undefined;
  }
  if (!parsed?.success)
    throw new BaselineError([
      {
        code: "DELIVERY-RECORD",
        message: `This is not what ${KEYLESS} plan writes.`,
        fix: `Name the reviewed.json of ${KEYLESS} plan --output.`,
        place: { file },
      },
    ]);
  const reviewed = parsed.data;
  if (reviewed.environment !== environment)
    throw new BaselineError([
      {
        code: "DELIVERY-RECORD",
        message: `This is the review of ${reviewed.environment}, not of ${environment}.`,
        fix: "Name the record of the environment that is to be applied.",
        place: { file },
      },
    ]);
  if (reviewed.commit !== undefined && commit !== undefined && reviewed.commit !== commit)
    throw new BaselineError([
      {
        code: "DELIVERY-RECORD",
        message: `This is the review of commit ${reviewed.commit}, and this is ${commit}.`,
        fix: "Plan this commit and have it reviewed.",
        place: { file },
      },
    ]);
  return reviewed;
}
