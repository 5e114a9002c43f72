import type { ProblemList } from "../../../config/problem-list";
import { checkDuplicates } from "../../../config/references";
import { byKey } from "../../../kernel/lists";
import { checkEnd, endOf } from "./ends";
import type { GuardrailsEnvironment, OutsideAccount } from "../types";

const SECTION = ["guardrails", "outsideAccounts"] as const;
const GUARDRAIL = "restrict-outside-accounts";

/** Whom the guardrail restrict-outside-accounts lets in; sorted by name. Also those that have ended: synth does not look at the clock. */
export function outsideAccounts({ baseline }: GuardrailsEnvironment): readonly OutsideAccount[] {
  return baseline.guardrails.outsideAccounts
    .map(({ name, accounts, roles, owner, reason, expires }): OutsideAccount => ({
      name,
      accounts: [...new Set(accounts)].sort(),
      roles: [...new Set(roles)].sort(),
      owner,
      reason,
      expires,
      endsAt: endOf(expires),
    }))
    .sort(byKey(({ name }) => name));
}

/**
 * An outside account stands once, is outside, and has an end.
 *
 * @param guardrails ids of those that the rollout enforces or observes somewhere
 */
export function checkOutsideAccounts(
  { baseline, tree }: GuardrailsEnvironment,
  problems: ProblemList,
  guardrails: readonly string[],
): void {
  const entries = baseline.guardrails.outsideAccounts;
  checkDuplicates(
    problems,
    entries.map(({ name }) => name),
    "outside account",
    (i) => [...SECTION, i, "name"],
  );
  const seen = new Map<string, string>();
  entries.forEach(({ name, accounts, expires }, i) => {
    checkEnd(problems, expires, [...SECTION, i, "expires"]);
    accounts.forEach((id, j) => {
      const path = [...SECTION, i, "accounts", j];
      const known = tree.accountById.get(id);
      const other = seen.get(id);
      if (known) {
        problems.error(
          "OUTSIDE-ACCOUNT-OURS",
          path,
          `${id} is ${known.name}, an account of the organization: it is let in anyway, and would be shut out after the end.`,
          "Take it out.",
        );
      } else if (other !== undefined) {
        problems.error(
          "OUTSIDE-ACCOUNT-TWICE",
          path,
          `${id} is an account of ${other}, too: the earlier end and the fewer roles would win, against what the other entry says.`,
          "Name each account once.",
        );
      }
      seen.set(id, name);
    });
  });
  if (entries.length > 0 && !guardrails.includes(GUARDRAIL)) {
    problems.warning(
      "OUTSIDE-ACCOUNTS-WITHOUT-EFFECT",
      SECTION,
      `${GUARDRAIL} is in no rollout: nobody is kept out, and these accounts come in without an end.`,
      `Add ${GUARDRAIL} to guardrails.rollout; otherwise take the list out.`,
    );
  }
}
