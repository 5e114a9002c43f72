import { uniqueSorted } from "../kernel/lists";
import { count, plural } from "../kernel/words";
import { type RolloutEvidence, statementsDigest } from "../sections/guardrails/evidence";
import type { TargetState } from "../sections/target-state";
import type { PageReady } from "./page-data";

/** What `keyless ready` has answered, as far as it still speaks of today's guardrails. */

/** Logs that end earlier say nothing of what runs today; `ready` itself asks for the same. */
const LATEST_DAYS = 7;

/** @param accountIds in the order of the page */
export function readyOf(
  evidence: RolloutEvidence,
  { guardrails }: TargetState,
  accountIds: readonly string[],
  madeAt: string,
): PageReady {
  const ids = uniqueSorted(evidence.rows.map(({ guardrail }) => guardrail));
  return {
    at: evidence.at,
    days: Math.floor((Date.parse(madeAt) - Date.parse(evidence.at)) / 86_400_000),
    events: evidence.logs.events,
    answers: ids.map((guardrail) => {
      const rows = evidence.rows.filter((row) => row.guardrail === guardrail);
      const digest = statementsDigest(guardrail, guardrails);
      const letters = accountIds.map((id) => {
        // An account in two rows is ready only where both say so.
        const own = rows.filter(({ accounts }) => accounts.includes(id));
        if (own.length === 0) return "-";
        if (own.some(({ statements }) => statements !== digest)) return "c";
        return own.every(({ ready }) => ready) ? "y" : "n";
      });
      return {
        guardrail,
        accounts: letters.join(""),
        obstacles: uniqueSorted(rows.flatMap(({ obstacles }) => obstacles)),
      };
    }),
  };
}

/**
 * What the answer says of enforcing a guardrail in these accounts.
 *
 * @param members positions of the accounts
 */
export function saidOf(
  ready: PageReady | undefined,
  guardrail: string,
  members: readonly number[],
): { readonly yes: boolean; readonly said: string } | undefined {
  if (!ready) return undefined;
  const day = ready.at.slice(0, 10);
  const no = (said: string): { readonly yes: false; readonly said: string } => ({ yes: false, said });
  if (ready.days < 0) return no(`keyless ready answered on ${day}, which is later than this page: a clock is wrong`);
  if (ready.days > LATEST_DAYS) return no(`keyless ready answered ${ready.days} days ago: ask again`);
  const answer = ready.answers.find((one) => one.guardrail === guardrail);
  const with_ = (letter: string): number => members.filter((i) => (answer?.accounts[i] ?? "-") === letter).length;
  if (with_("c") > 0) return no(`keyless ready was asked on ${day} about other statements or exceptions: ask again`);
  if (with_("n") > 0)
    return no(
      `not yet in ${count(with_("n"), "account")}: keyless ready said no on ${day} (${answer!.obstacles.join(", ")})`,
    );
  if (with_("-") > 0)
    return no(
      `keyless ready was not asked about ${with_("-") === members.length ? plural(members.length, "this account", "these accounts") : `${with_("-")} of these ${members.length} accounts`}`,
    );
  return { yes: true, said: `keyless ready said yes on ${day}` };
}
