import { Around, section } from "../card";
import { HcpNeeds, resolveHcp } from "./resolve";
import { hcpSection } from "./schema";
import { HcpSummary, hcpSummary } from "./summary";
import type { HcpEnvironment } from "./types";
import { hcpView } from "./view";

/** Workspaces of HCP Terraform: one for each stack of the other sections. */
export const hcp = section({
  key: "hcp",
  schema: hcpSection.optional(),
  reads: ["pipeline"],
  aboutAll: true,
  resolve: (environment: HcpEnvironment, { problems, resolved, holdings }: Around<HcpNeeds>) =>
    resolveHcp(environment, problems, resolved, holdings),
  summary: (_, state): { readonly hcp?: HcpSummary } => (state ? { hcp: hcpSummary(state) } : {}),
  view: hcpView,
  stacks: [
    {
      kind: "hcp-workspaces",
      appliedBy: "person",
      holds: [
        {
          types: [
            "tfe_notification_configuration",
            "tfe_team_access",
            "tfe_variable",
            "tfe_variable_set",
            "tfe_workspace",
            "tfe_workspace_run_task",
            "tfe_workspace_settings",
            "tfe_workspace_variable_set",
          ],
          places: () => [],
        },
      ],
    },
  ],
  area: { name: "hcp-terraform", stake: 6 },
});
