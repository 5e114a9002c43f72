import { DataTfeAgentPool } from "@cdktf/provider-tfe/lib/data-tfe-agent-pool";
import { DataTfeOrganizationMembership } from "@cdktf/provider-tfe/lib/data-tfe-organization-membership";
import { DataTfeOrganizationRunTask } from "@cdktf/provider-tfe/lib/data-tfe-organization-run-task";
import { DataTfeProject } from "@cdktf/provider-tfe/lib/data-tfe-project";
import { DataTfeTeam } from "@cdktf/provider-tfe/lib/data-tfe-team";
import { NotificationConfiguration } from "@cdktf/provider-tfe/lib/notification-configuration";
import { TeamAccess } from "@cdktf/provider-tfe/lib/team-access";
import { Variable } from "@cdktf/provider-tfe/lib/variable";
import { VariableSet } from "@cdktf/provider-tfe/lib/variable-set";
import { Workspace } from "@cdktf/provider-tfe/lib/workspace";
import { WorkspaceRunTask } from "@cdktf/provider-tfe/lib/workspace-run-task";
import { WorkspaceSettings } from "@cdktf/provider-tfe/lib/workspace-settings";
import { WorkspaceVariableSet } from "@cdktf/provider-tfe/lib/workspace-variable-set";
import type { Construct } from "constructs";
import { MEMBER_PLAN_VARIABLE } from "../pipeline/names";
import type { HcpState, HcpWorkspace } from "./types";
import { defined } from "../../kernel/optional";

/** What exists at HCP Terraform already is looked up by its name: the project, teams, members, run tasks and agents are not this baseline's. */
interface Found {
  readonly projectId?: string;
  readonly agentPoolId?: string;
  readonly memberIds: readonly string[];
  readonly teams: readonly { readonly name: string; readonly access: string; readonly id: string }[];
  readonly runTasks: readonly {
    readonly name: string;
    readonly stages: readonly string[];
    readonly enforcement: string;
    readonly id: string;
  }[];
  /** Absent: runs get no roles. */
  readonly variableSetId?: string;
}

/** Everything of the stack: `workspace_<stack>` and what belongs to each, `aws_roles` with the variables of the pipeline's roles. */
export function addHcpWorkspaces(stack: Construct, environment: string, state: HcpState): void {
  const found: Found = {
    ...(state.project === undefined
      ? {}
      : { projectId: new DataTfeProject(stack, "project", { name: state.project }).id }),
    ...(state.agentPool === undefined
      ? {}
      : { agentPoolId: new DataTfeAgentPool(stack, "agent_pool", { name: state.agentPool }).id }),
    memberIds: state.notify.map(
      (address) =>
        new DataTfeOrganizationMembership(stack, `member_${addressPart(address)}`, { email: address }).userId,
    ),
    teams: state.teams.map(({ name, access }) => ({
      name,
      access,
      id: new DataTfeTeam(stack, `team_${name}`, { name }).id,
    })),
    runTasks: state.runTasks.map(({ name, stages, enforcement }) => ({
      name,
      stages,
      enforcement,
      id: new DataTfeOrganizationRunTask(stack, `task_${name}`, { name }).id,
    })),
    ...(state.variables.length > 0 ? { variableSetId: addVariables(stack, environment, state) } : {}),
  };
  state.workspaces.forEach((workspace) => addWorkspace(stack, state, workspace, found));
}

/** Values, so that a plan shows them; that they are not sensitive is what lets a reviewer read which role a run comes as. */
function addVariables(stack: Construct, environment: string, { variables }: HcpState): string {
  const set = new VariableSet(stack, "aws_roles", {
    name: `${environment}-keyless-aws-roles`,
    description: `Roles of the runs that plan and apply the keyless org baseline of ${environment}`,
    global: false,
    // What a workspace says of its own does not count against it.
    priority: true,
  });
  for (const { key, value, description } of variables)
    new Variable(stack, `variable_${key}`, {
      variableSetId: set.id,
      category: "env",
      key,
      value,
      description,
      sensitive: false,
    });
  return set.id;
}

function addWorkspace(
  stack: Construct,
  state: HcpState,
  { stack: key, name, execution, memberPlanRole, applyRoleArn }: HcpWorkspace,
  found: Found,
): void {
  const workspace = new Workspace(stack, `workspace_${key}`, {
    name,
    description: `State of the stack ${name} of the keyless org baseline`,
    ...defined({ projectId: found.projectId }),
    terraformVersion: state.terraformVersion,
    // A person reads the review and confirms: every stack changes who may do what.
    autoApply: false,
    autoApplyRunTrigger: false,
    allowDestroyPlan: false,
    assessmentsEnabled: state.driftDetection && execution !== "local",
    // No repository is attached: nothing starts by itself.
    queueAllRuns: false,
    fileTriggersEnabled: false,
    // Without the state nobody knows any longer what is this baseline's. Both hold: this stack does not plan to delete one that it still has, and HCP
    // Terraform does not delete one that still manages something.
    forceDelete: false,
    lifecycle: { preventDestroy: true },
  });
  new WorkspaceSettings(stack, `settings_${key}`, {
    workspaceId: workspace.id,
    executionMode: execution,
    ...(execution === "agent" && found.agentPoolId !== undefined ? { agentPoolId: found.agentPoolId } : {}),
    globalRemoteState: false,
    remoteStateConsumerIds: [],
  });
  for (const team of found.teams)
    new TeamAccess(stack, `team_${team.name}_${key}`, {
      teamId: team.id,
      workspaceId: workspace.id,
      access: team.access,
    });
  if (execution === "local") return;
  if (found.variableSetId !== undefined)
    new WorkspaceVariableSet(stack, `aws_roles_${key}`, {
      variableSetId: found.variableSetId,
      workspaceId: workspace.id,
    });
  if (applyRoleArn !== undefined)
    new Variable(stack, `apply_role_${key}`, {
      workspaceId: workspace.id,
      category: "env",
      key: "TFC_AWS_APPLY_ROLE_ARN",
      value: applyRoleArn,
      description: "Role of the phase apply: what this stack needs, and nothing else",
      sensitive: false,
    });
  if (memberPlanRole !== undefined) {
    new Variable(stack, `${MEMBER_PLAN_VARIABLE}_${key}`, {
      workspaceId: workspace.id,
      category: "terraform",
      key: MEMBER_PLAN_VARIABLE,
      value: memberPlanRole,
      description: "Role that plans read member accounts as",
      sensitive: false,
    });
  }
  for (const task of found.runTasks)
    new WorkspaceRunTask(stack, `task_${task.name}_${key}`, {
      workspaceId: workspace.id,
      taskId: task.id,
      enforcementLevel: task.enforcement,
      stages: [...task.stages],
    });
  if (found.memberIds.length > 0) {
    new NotificationConfiguration(stack, `notify_${key}`, {
      workspaceId: workspace.id,
      name: "keyless",
      enabled: true,
      destinationType: "email",
      emailUserIds: [...found.memberIds],
      triggers: [
        "run:errored",
        "run:needs_attention",
        ...(state.driftDetection ? ["assessment:drifted", "assessment:failed"] : []),
      ].sort(),
    });
  }
}

/** An address as part of a Terraform name: other characters than letters and digits become their code, so that no two addresses share a name. */
function addressPart(address: string): string {
  return address.replace(/[^a-z0-9]/g, (character) => `-${character.codePointAt(0)!.toString(16)}-`);
}
