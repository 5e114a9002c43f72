import { KEYLESS } from "../../kernel/command";
import { count } from "../../kernel/words";
import { covered, joined, type OrganizationCounts, type SectionView } from "../view";
import type { BreakGlassSummary } from "./summary";

export function breakGlassView(summary: BreakGlassSummary, { activeAccounts }: OrganizationCounts): SectionView {
  const { users, homeAccount, role, accountsCovered, mfaMaxAgeMinutes, sourceNetworks, rollout } = summary;
  return {
    title: "Break glass",
    parts: [
      {
        pairs: [
          ["users", `${users.map((user) => user.name).join(", ")} in ${homeAccount}, no access keys`],
          [
            "role",
            joined(
              `${role} planned in `,
              covered(accountsCovered, activeAccounts),
              ` accounts, MFA at most ${mfaMaxAgeMinutes} minutes old, session 1 hour`,
            ),
          ],
          ["from", sourceNetworks.join(", ") || "any network"],
          [
            "future accounts",
            rollout === "stackset"
              ? "the StackSet brings the role minutes after an account joins; guardrails bind at once"
              : `covered after ${KEYLESS} sync and the next apply`,
          ],
          ["alarms", `${count(summary.alarmRegions, "region")} watched, ${count(summary.subscribers, "subscriber")}`],
        ],
      },
    ],
  };
}
