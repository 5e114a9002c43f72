import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../../kernel/json";
import { findGuardrail } from "./catalogue/guardrails";
import { restrictOutsideAccounts } from "./rules/restrict-outside-accounts";
import type { GuardrailException } from "./exceptions/resolve";
import type { GuardrailContext } from "./types";

/**
 * The verdict of `keyless ready` as a file that `guardrails.rollout` cites: what was asked of which logs, for which accounts and which
 * statements. The seal notices a file that was edited or cut off. It is no signature: that a file counts at all is because whoever may change
 * the base has agreed to it.
 */
export const EVIDENCE_FORMAT = "keyless-evidence/1";

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

const evidenceSchema = z.strictObject({
  format: z.literal(EVIDENCE_FORMAT),
  environment: z.string(),
  organizationId: z.string(),
  /** As of when it was judged. */
  at: z.iso.datetime(),
  daysWanted: z.int().min(1),
  /** Regions for which somebody vouched: accepted, not seen. */
  quietRegions: z.array(z.string()),
  /** Files that are answers of queries, of which somebody vouched that they leave out nothing. @default - there were none */
  wholeAnswers: z.int().min(1).optional(),
  /** Of no logs nothing is evident. */
  logs: z.strictObject({ digest: sha256Text, files: z.int().min(1), events: z.int().min(1) }),
  /** SHA-256 of the inventory that was asked. @default - none was given */
  inventory: sha256Text.optional(),
  /** SHA-256 of the moves that were given. @default - none were */
  moves: sha256Text.optional(),
  rows: z.array(
    z
      .strictObject({
        guardrail: z.string(),
        organizationalUnit: z.string(),
        accounts: z.array(z.string().regex(/^\d{12}$/)),
        /** Of the guardrail's statements and of the exceptions to it. */
        statements: sha256Text,
        ready: z.boolean(),
        obstacles: z.array(z.string()),
      })
      .refine(
        ({ ready, obstacles }) => ready === (obstacles.length === 0),
        "ready must be true exactly where there are no obstacles",
      ),
  ),
  seal: sha256Text,
});

export type RolloutEvidence = z.infer<typeof evidenceSchema>;

/** SHA-256 over everything else in the file. */
export function evidenceSeal(content: Omit<RolloutEvidence, "seal">): string {
  return digestOf({ ...content, seal: undefined });
}

/** The file as it is written. */
export function evidenceText(content: Omit<RolloutEvidence, "seal">): string {
  return `${JSON.stringify({ ...content, seal: evidenceSeal(content) }, null, 2)}\n`;
}

/** Reads such a file, or says in a few words why it is none. */
export function parseEvidence(text: string): RolloutEvidence | { readonly unusable: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unusable: "it is no JSON" };
  }
  const parsed = evidenceSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { unusable: `it is no evidence: ${issue!.path.join(".") || "the document"}: ${issue!.message}` };
  }
  return parsed.data.seal === evidenceSeal(parsed.data)
    ? parsed.data
    : { unusable: "it was edited or cut off after it was written" };
}

/** Digest of what a guardrail would deny: its statements, and the exceptions to it. Another one means that something else was judged. */
export function statementsDigest(
  guardrail: string,
  state: { readonly context: GuardrailContext; readonly exceptions: readonly GuardrailException[] },
): string {
  const exceptions = state.exceptions
    .filter(({ guardrails }) => guardrails.includes(guardrail))
    .map(({ endsAt, principals }) => ({ endsAt, principals }));
  return digestOf([guardrail, findGuardrail(guardrail)?.statements(state.context) ?? [], exceptions]);
}

/** What ends by itself of that which a guardrail lets through: exceptions, and accounts outside the organization. */
export function endsOf(
  guardrail: string,
  state: { readonly context: GuardrailContext; readonly exceptions: readonly GuardrailException[] },
): readonly { readonly name: string; readonly expires: string; readonly endsAt: string }[] {
  return [
    ...state.exceptions.filter(({ guardrails }) => guardrails.includes(guardrail)),
    ...(guardrail === restrictOutsideAccounts.id ? (state.context.outsideAccounts ?? []) : []),
  ];
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
