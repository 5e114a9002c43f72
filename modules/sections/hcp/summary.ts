import { DEFAULT_PROJECT } from "../pipeline/names";
import type { HcpState } from "./types";

/** The workspaces as people want to read of them. */
export interface HcpSummary {
  readonly hostname: string;
  readonly organization: string;
  readonly project: string;
  readonly terraformVersion: string;
  readonly workspaces: number;
  /** Workspaces without runs at HCP Terraform: it keeps their state. */
  readonly stateOnly: number;
  /** Absent: no runs there. */
  readonly runsOn?: "HCP Terraform" | "agents";
  readonly driftDetection: boolean;
  readonly notified: number;
  readonly teams: HcpState["teams"];
  readonly runTasks: readonly string[];
}

export function hcpSummary(state: HcpState): HcpSummary {
  const running = state.workspaces.filter(({ execution }) => execution !== "local");
  return {
    hostname: state.hostname,
    organization: state.organization,
    project: state.project ?? DEFAULT_PROJECT,
    terraformVersion: state.terraformVersion,
    workspaces: state.workspaces.length,
    stateOnly: state.workspaces.length - running.length,
    ...(running.length > 0 ? { runsOn: running[0]!.execution === "agent" ? "agents" : "HCP Terraform" } : {}),
    driftDetection: state.driftDetection,
    notified: state.notify.length,
    teams: state.teams,
    runTasks: state.runTasks.map(({ name }) => name),
  };
}
