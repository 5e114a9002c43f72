import { count, listed } from "../../kernel/words";
import { covered, type OrganizationCounts, type SectionView, tableOf } from "../view";
import type { GuardrailsSummary } from "./summary";

/** Places of which so many are shown: the fullest. */
const PLACES = 5;

export function guardrailsView(summary: GuardrailsSummary, { memberAccounts }: OrganizationCounts): SectionView {
  const title = "Guardrails";
  const { guardrails, exceptions, policies, quotas } = summary;
  if (guardrails.length === 0) return { title, parts: ["none: nothing is denied"] };
  const observes = guardrails.some(({ observedIn }) => observedIn.length > 0);
  return {
    title,
    parts: [
      {
        columns: ["guardrail", "member accounts", "enforced in", ...(observes ? ["observed in"] : [])],
        rows: guardrails.map(({ id, accountsBound, places, observedIn }) => [
          id,
          covered(accountsBound, memberAccounts),
          named(places),
          ...(observes ? [named(observedIn)] : []),
        ]),
      },
      tableOf(
        ["less strict", "mode", "in", "because"],
        guardrails.flatMap(({ id, loosened }) =>
          loosened.map(({ mode, places, reason }) => [id, mode, named(places), reason]),
        ),
      ),
      tableOf(
        ["exception", "until", "principals", "from", "owner"],
        exceptions.map(({ name, expires, principals, guardrails: from, owner }) => [
          name,
          expires,
          principals.length === 1 ? principals[0]! : count(principals.length, "principal"),
          from.join(", "),
          owner,
        ]),
      ),
      tableOf(
        ["policy", "attached to", "characters"],
        policies.map(({ name, places, characters, charactersAllowed }) => [
          name,
          named(places),
          `${characters} of ${charactersAllowed}`,
        ]),
      ),
      tableOf(
        ["fullest places", "ours", "others", "allowed", "characters of ours"],
        quotas
          .slice(0, PLACES)
          .map(({ place, type, ours, others, allowed, characters }) => [
            `${place}${type === "RCP" ? " (RCPs)" : ""}`,
            String(ours),
            String(others),
            String(allowed),
            String(characters),
          ]),
      ),
    ],
  };
}

function named(places: readonly string[]): string {
  return listed(places, 6, 5) || "-";
}
