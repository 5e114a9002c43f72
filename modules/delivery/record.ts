import { createHash } from "node:crypto";
import { z } from "zod";
import { BaselineError, ExitCode } from "../kernel/errors";
import { KEYLESS } from "../kernel/command";
import { canonicalJson } from "../kernel/json";
import { CHANGE_CLASSES } from "../review/types";

/**
 * What was reviewed and which gate it passed, from the job that plans to the one that applies. Holds names and hashes, nothing that a plan
 * keeps secret. It is a claim: the apply plans and judges again, and refuses a record that says anything else.
 */

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().min(1);

const stack = z.strictObject({
  name: text,
  digest: sha,
  changes: z.record(z.string(), sha),
  /** The providers that were chosen: hashes of what Terraform has downloaded. */
  lock: z.string(),
  /** Hash of where the state is kept. */
  backend: sha,
});

const gate = z.strictObject({
  /** Classes that stopped, in the order of the classes. */
  failOn: z.array(z.enum(CHANGE_CLASSES)),
  /** Commits whose approvals counted, oldest first; the rules are those of the last one. */
  since: z.array(text),
  /** Hash of the rules that counted. */
  rules: sha,
  /** Hash of the facts that plans were judged with: who exists, and which policies are somebody else's. */
  facts: sha,
  /** All that was judged, worst first. */
  changes: z.array(z.strictObject({ id: text, class: z.enum(CHANGE_CLASSES) })),
  /** What let changes pass that would have stopped. */
  approved: z.array(z.strictObject({ id: text, approval: text, approver: text, expires: text, reason: text })),
  waived: z.array(z.strictObject({ id: text, waiver: text })),
});

const record = z.strictObject({
  version: z.literal(3),
  environment: text,
  /** Commit that was planned. @default - none: there is no repository */
  commit: text.optional(),
  gate,
  /** What is to be applied. Sorted by name. */
  stacks: z.array(stack),
  /** What was planned and judged besides, and is not applied: nothing changes, or a person applies it. Sorted by name. */
  others: z.array(stack),
  /** Stacks that can only be planned when others are applied: the next run's. */
  deferred: z.array(text),
  /** Stacks that a person applies. */
  byHand: z.array(text),
  /** Hash of all the rest: what is edited by mistake, or by somebody who does not know of it, is noticed. */
  seal: sha,
});

export type ReviewedStack = z.infer<typeof stack>;
export type ReviewedGate = z.infer<typeof gate>;
export type Reviewed = z.infer<typeof record>;

/** The record with its seal. */
export function sealed(reviewed: Omit<Reviewed, "seal">): Reviewed {
  return { ...reviewed, seal: sealOf(reviewed) };
}

function sealOf(reviewed: Omit<Reviewed, "seal">): string {
  const { seal: _, ...rest } = reviewed as Reviewed;
  return createHash("sha256").update(canonicalJson(rest)).digest("hex");
}

export function renderRecord(reviewed: Reviewed): string {
  return `${JSON.stringify(reviewed, null, 2)}\n`;
}

export interface RecordOf {
  readonly environment: string;
  /** Commit of the checkout. @default - there is no repository */
  readonly commit: string | undefined;
  /** The seal that the plan has printed, from somewhere else than the record. @default - nobody has kept it */
  readonly seal: string | undefined;
}

/** @throws BaselineError exit code 2 where it is no record, 3 where it is another environment's or commit's, or was edited */
export function parseRecord(file: string, content: string, { environment, commit, seal }: RecordOf): Reviewed {
  const refused = (message: string, fix: string, exitCode: ExitCode = 3): BaselineError =>
    new BaselineError([{ code: "DELIVERY-RECORD", message, fix, place: { file } }], exitCode);
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    json = undefined;
  }
  const parsed = record.safeParse(json);
  if (!parsed.success)
    throw refused(
      `This is not what ${KEYLESS} plan of this version writes.`,
      `Name the reviewed.json of ${KEYLESS} plan <env> --output <folder>.`,
      2,
    );
  const reviewed = parsed.data;
  if (reviewed.environment !== environment)
    throw refused(
      `This is the review of ${reviewed.environment}, not of ${environment}.`,
      "Name the record of the environment that is to be applied.",
    );
  if (reviewed.commit !== commit)
    throw refused(
      `This is the review of ${reviewed.commit === undefined ? "no commit" : `commit ${reviewed.commit}`}, and this is ${commit ?? "none"}.`,
      "Plan this commit and have it reviewed.",
    );
  if (reviewed.seal !== sealOf(reviewed) || (seal !== undefined && seal !== reviewed.seal))
    throw refused(
      reviewed.seal !== sealOf(reviewed)
        ? "The record was edited after the review."
        : "This is another record than the one whose seal was given.",
      "Plan again and have it reviewed.",
    );
  return reviewed;
}
