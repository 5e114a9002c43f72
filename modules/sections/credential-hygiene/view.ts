import { count } from "../../kernel/words";
import { NOT_MANAGED, type SectionView } from "../view";
import type { CredentialHygieneSummary } from "./summary";

export function credentialHygieneView({
  credentialHygiene,
}: {
  readonly credentialHygiene?: CredentialHygieneSummary;
}): SectionView {
  const title = "Credential hygiene";
  if (credentialHygiene === undefined) return { title, parts: NOT_MANAGED };
  const { alarms, analyzerUnusedDays, excludedAccounts, remediation, roles, rules } = credentialHygiene;
  return {
    title,
    parts: [
      { columns: ["rule", "finds"], rows: rules.map(({ name, finds }) => [name, finds]) },
      {
        pairs: [
          [
            "analyzer",
            analyzerUnusedDays === undefined ? "none" : `access unused for ${count(analyzerUnusedDays, "day")}`,
          ],
          [
            "alarms",
            `${count(alarms.apiCalls, "API call")} that make or revive a credential, in every account, ${alarms.regions.join(", ")}; ${count(alarms.subscribers, "subscriber")}`,
          ],
          ["roles", `${roles.join(" and ")} in every account`],
          ["remediation", remediation],
          ...(excludedAccounts > 0 ? [["left out", count(excludedAccounts, "account")] as const] : []),
        ],
      },
    ],
  };
}
