import { count } from "../../kernel/words";
import type { SectionView } from "../view";
import type { HcpSummary } from "./summary";

/** @returns undefined without workspaces: they are one of several ways */
export function hcpView({ hcp }: { readonly hcp?: HcpSummary }): SectionView | undefined {
  if (hcp === undefined) return undefined;
  const { runsOn, stateOnly, workspaces, teams, runTasks } = hcp;
  return {
    title: "HCP Terraform",
    parts: [
      {
        pairs: [
          [
            "workspaces",
            `${workspaces} in ${hcp.organization}/${hcp.project} at ${hcp.hostname}, applied by a person before the stacks`,
          ],
          [
            "runs",
            runsOn
              ? `${workspaces - stateOnly} on ${runsOn} with Terraform ${hcp.terraformVersion}, each apply confirmed by a person; ${count(stateOnly, "workspace")} for the state only`
              : "none there: the state only",
          ],
          ...(runsOn
            ? [
                [
                  "tells",
                  `${count(hcp.notified, "member")} of runs that wait or failed${hcp.driftDetection ? ", and of drift" : ""}`,
                ] as const,
              ]
            : []),
          ...(teams.length > 0
            ? [["teams", teams.map(({ name, access }) => `${name} (${access})`).join(", ")] as const]
            : []),
          ...(runTasks.length > 0 ? [["run tasks", runTasks.join(", ")] as const] : []),
        ],
      },
    ],
  };
}
