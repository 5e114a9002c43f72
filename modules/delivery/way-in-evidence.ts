import { KEYLESS } from "../kernel/command";
import { BaselineError } from "../kernel/errors";
import { count, listed } from "../kernel/words";
import type { ClaimSubject } from "../live/verify/claim";
import type { Verification } from "../live/verify/run";

/** What somebody else has seen of emergency access, with credentials that this run does not have. */

/** How old it may be when guardrails are enforced. An approval may wait as long; accounts join meanwhile, and roles go. */
export const MAX_AGE_HOURS = 12;
/** How far the clocks of two machines may be apart. */
const CLOCK_MS = 5 * 60_000;
/** Claims that are named one by one. */
const NAMED = 5;

export interface WantedWayIn {
  /** File of the verification, for messages. */
  readonly file: string;
  /** Every claim that a look of this run would make, by the baseline and the facts as they are here. */
  readonly claims: readonly ClaimSubject[];
  readonly now: Date;
}

/**
 * The verification, if it can stand for a look of this run: recent, and about everything that this run would look at. What it found is for the
 * caller to judge.
 *
 * @throws BaselineError exit code 3 where it says nothing, or too little, of emergency access as it is now
 */
export function wayInEvidence(found: Verification, { file, claims: wanted, now }: WantedWayIn): Verification {
  const { claims } = found;
  // The oldest look counts: a run over thousands of accounts takes hours.
  const times = [found.from, found.to, ...claims.map(({ at }) => at)].map((text) => Date.parse(text));
  const made = new Set(claims.map(keyOf));
  const unasked = wanted.filter((one) => !made.has(keyOf(one)));
  const wrong = [
    ...(times.some((time) => Number.isNaN(time)) ? ["it has claims without a time"] : []),
    ...(times.some((time) => now.getTime() - time > MAX_AGE_HOURS * 3_600_000)
      ? [`it was begun at ${found.from}, more than ${MAX_AGE_HOURS} hours ago`]
      : []),
    ...(times.some((time) => time - now.getTime() > CLOCK_MS) ? ["it is from the future: a clock is wrong"] : []),
    ...(unasked.length === 0
      ? []
      : [
          `it lacks ${count(unasked.length, "claim")} that this baseline makes: ${listed(
            unasked.map(({ kind, name, place }) => `${kind} ${name} in ${place.accountId}`),
            NAMED,
          )}`,
        ]),
  ];
  if (wrong.length === 0) return found;
  throw new BaselineError(
    wrong.map((words) => ({
      code: "DELIVERY-WAY-IN-EVIDENCE",
      message: `This verification does not show emergency access as it is now: ${words}.`,
      fix: `Guardrails were not applied. Run ${KEYLESS} verify ${found.environment} --only organization --only break-glass --json again; in a workflow run all jobs again, not only those that failed.`,
      place: { file },
    })),
    3,
  );
}

function keyOf({ section, kind, name, place }: ClaimSubject): string {
  return JSON.stringify([section, kind, name, place.accountId, place.region ?? ""]);
}
