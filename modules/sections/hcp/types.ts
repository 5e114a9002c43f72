import type { z } from "zod";
import type { hcpSection } from "./schema";
import type { SectionEnvironment } from "../section-environment";

/** An environment as this section sees it. */
export type HcpEnvironment = SectionEnvironment<{ readonly hcp?: HcpSection | undefined }>;

/** The section `hcp` of `baseline.yaml`, parsed. */
export type HcpSection = z.infer<typeof hcpSection>;

export interface HcpWorkspace {
  /** Name of the stack without the environment, part of Terraform addresses. */
  readonly stack: string;
  readonly name: string;
  readonly execution: HcpSection["execution"];
  /** A variable of the stack: the role that its plans read member accounts as. Absent: the stack has none. */
  readonly memberPlanRole?: string;
  /** Role of the section, which its runs apply as. Absent: no run of the workspace applies. */
  readonly applyRoleArn?: string;
}

/** The workspaces of one environment as they are to be. Plain data. */
export interface HcpState {
  readonly hostname: string;
  readonly organization: string;
  /** Absent: the organization's default project. */
  readonly project?: string;
  readonly terraformVersion: string;
  /** Absent: no agents. */
  readonly agentPool?: string;
  readonly driftDetection: boolean;
  /** Sorted by stack. */
  readonly workspaces: readonly HcpWorkspace[];
  /** Environment variables of every run, sorted by key. None of them is secret. Empty: no runs at HCP Terraform. */
  readonly variables: readonly { readonly key: string; readonly value: string; readonly description: string }[];
  /** Sorted, as are the lists below by name. */
  readonly notify: readonly string[];
  readonly teams: HcpSection["teams"];
  readonly runTasks: HcpSection["runTasks"];
}
