import { createHash } from "node:crypto";
import { EVIDENCE_FORMAT, evidenceText, statementsDigest } from "../../sections/guardrails/evidence";
import type { TargetState } from "../../sections/target-state";
import { canonicalJson } from "../../kernel/json";
import type { InventoryEvidence } from "./inventory-file";
import type { MovesEvidence } from "./moved";
import type { Readiness } from "./ready";
import type { ImpactReport } from "./types";

/**
 * The answer of `keyless ready` as a file for `guardrails.rollout[].evidence`. A *no* is written, too: it says what stood in the way, and the
 * review does not take it for a yes.
 */
export function evidenceFile(
  result: Readiness,
  organizationId: string,
  { guardrails }: TargetState,
  { read }: ImpactReport,
  inventory: InventoryEvidence | undefined,
  moves?: MovesEvidence,
): string {
  return evidenceText({
    format: EVIDENCE_FORMAT,
    environment: result.environment,
    organizationId,
    at: result.at,
    daysWanted: result.daysWanted,
    quietRegions: [...result.quietRegions],
    ...(result.wholeAnswers > 0 ? { wholeAnswers: result.wholeAnswers } : {}),
    logs: { digest: read.digest!, files: read.files, events: read.events },
    ...(inventory ? { inventory: digestOf(inventory) } : {}),
    ...(moves ? { moves: digestOf(moves) } : {}),
    rows: result.rows.map(({ guardrail, organizationalUnit, accounts, ready, obstacles }) => ({
      guardrail,
      organizationalUnit,
      accounts: accounts.map(({ id }) => id).sort(),
      statements: statementsDigest(guardrail, guardrails),
      ready,
      obstacles: obstacles.map(({ code }) => code),
    })),
  });
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
