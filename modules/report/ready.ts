import { FRESH_DAYS } from "../kernel/freshness";
import { uniqueSorted } from "../kernel/lists";
import { count, plural } from "../kernel/words";
import { type RolloutEvidence, statementsDigest } from "../sections/guardrails/evidence";
import type { TargetState } from "../sections/target-state";

/** What `keyless ready` has answered, as far as it still speaks of today's guardrails. */

export interface Said {
  readonly yes: boolean;
  /** For the end of a sentence. */
  readonly said: string;
}

/** What the answer says of enforcing a guardrail in these accounts, by their ids. Nothing where no answer was given. */
export type ReadyAnswer = (guardrail: string, accountIds: readonly string[]) => Said | undefined;

export const NO_ANSWER: ReadyAnswer = () => undefined;

/** @param madeAt when the page is made: the answer has an age */
export function readyAnswer(evidence: RolloutEvidence, { guardrails }: TargetState, madeAt: string): ReadyAnswer {
  const day = evidence.at.slice(0, 10);
  const days = Math.floor((Date.parse(madeAt) - Date.parse(evidence.at)) / 86_400_000);
  const no = (said: string): Said => ({ yes: false, said });
  return (guardrail, accountIds) => {
    if (days < 0) return no(`keyless ready answered on ${day}, which is later than this page: a clock is wrong`);
    if (days > FRESH_DAYS) return no(`keyless ready answered ${days} days ago: ask again`);
    const asked = new Set(accountIds);
    const rows = evidence.rows.filter((row) => row.guardrail === guardrail && row.accounts.some((id) => asked.has(id)));
    const digest = statementsDigest(guardrail, guardrails);
    if (rows.some(({ statements }) => statements !== digest))
      return no(`keyless ready was asked on ${day} about other statements or exceptions: ask again`);
    // An account in two rows is ready only where both say so.
    const refused = rows.filter(({ ready }) => !ready);
    const inTheWay = new Set(refused.flatMap(({ accounts }) => accounts.filter((id) => asked.has(id))));
    if (inTheWay.size > 0)
      return no(
        `not yet in ${count(inTheWay.size, "account")}: keyless ready said no on ${day} (${uniqueSorted(refused.flatMap(({ obstacles }) => obstacles)).join(", ")})`,
      );
    const answered = new Set(rows.flatMap(({ accounts }) => accounts));
    const left = accountIds.filter((id) => !answered.has(id)).length;
    if (left > 0)
      return no(
        `keyless ready was not asked about ${left === accountIds.length ? plural(left, "this account", "these accounts") : `${left} of these ${accountIds.length} accounts`}`,
      );
    return { yes: true, said: `keyless ready said yes on ${day}` };
  };
}
