import type { ProblemList } from "../../config/problem-list";
import type { HcpEnvironment } from "./types";
import { checkDuplicates } from "../../config/references";
import { byKey, unique, uniqueSorted } from "../../kernel/lists";
import type { Holding } from "../card";
import { memberPlanRole, roleArn } from "../pipeline/documents";
import type { PipelineState } from "../pipeline/types";
import { defaultAudience } from "../workload-identity/oidc";
import type { HcpSection, HcpState, HcpWorkspace } from "./types";
import { defined } from "../../kernel/optional";

export type { HcpState } from "./types";

const SECTION = "hcp";

/** What the workspaces depend on besides what the stacks hold. */
export interface HcpNeeds {
  /** Its roles are what runs come to AWS as. */
  readonly pipeline?: PipelineState;
}

/**
 * One workspace for each stack, with credentials that come from the pipeline's roles: a run shows a token that names its workspace and phase, and
 * the roles' trust policies name both. https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials/aws-configuration
 */
export function resolveHcp(
  environment: HcpEnvironment,
  problems: ProblemList,
  { pipeline }: HcpNeeds,
  holdings: readonly Holding[],
): HcpState | undefined {
  const { hcp: section, backend } = environment.baseline;
  if (!section) return undefined;
  checkRuns(pipeline, problems, section);
  checkDuplicates(
    problems,
    section.teams.map(({ name }) => name),
    "team",
    (i) => [SECTION, "teams", i, "name"],
  );
  checkDuplicates(
    problems,
    section.runTasks.map(({ name }) => name),
    "run task",
    (i) => [SECTION, "runTasks", i, "name"],
  );
  checkDuplicates(
    problems,
    section.notify.map((address) => address.toLowerCase()),
    "member",
    (i) => [SECTION, "notify", i],
  );
  if (backend.type !== "hcp") {
    problems.error(
      "HCP-BACKEND",
      [SECTION],
      `Workspaces are of use only where the state is in them; the backend is ${backend.type}.`,
      "Write backend: {type: hcp, organization: <organization>}, or remove the section hcp.",
    );
    return undefined;
  }
  return {
    hostname: backend.hostname,
    organization: backend.organization,
    ...defined({ project: backend.project }),
    terraformVersion: section.terraformVersion,
    ...defined({ agentPool: section.agentPool }),
    driftDetection: section.driftDetection,
    workspaces: workspacesOf(environment, section, holdings, pipeline),
    variables: section.execution === "local" || !pipeline ? [] : roleVariables(pipeline),
    notify: section.notify.map((address) => address.toLowerCase()).sort(),
    teams: [...section.teams].sort(byKey(({ name }) => name)),
    runTasks: section.runTasks
      .map((task) => ({ ...task, stages: [...uniqueSorted(task.stages)] }))
      .sort(byKey(({ name }) => name)),
  };
}

function workspacesOf(
  environment: HcpEnvironment,
  section: HcpSection,
  held: readonly Holding[],
  pipeline: PipelineState | undefined,
): readonly HcpWorkspace[] {
  const { managementAccountId } = environment.organization;
  // The stacks whose providers reach member accounts declare the variable.
  const reaching = new Set(held.filter(({ accountId }) => accountId !== managementAccountId).map(({ stack }) => stack));
  const byHand = new Set(held.filter(({ appliedBy }) => appliedBy === "person").map(({ stack }) => stack));
  const stacks = [...unique(held.map(({ stack }) => stack))].sort();
  return stacks.map((stack) => {
    const execution = byHand.has(stack) ? "local" : section.execution;
    return {
      stack,
      name: `${environment.name}-${stack}`,
      execution,
      ...(pipeline && execution !== "local" && reaching.has(stack)
        ? { memberPlanRole: memberPlanRole(pipeline.memberPlan.name) }
        : {}),
      ...applyRoleOf(pipeline, stack, execution),
    };
  });
}

/** The role of the section, which trusts the tokens of its workspaces alone. */
function applyRoleOf(
  pipeline: PipelineState | undefined,
  stack: string,
  execution: HcpWorkspace["execution"],
): Pick<HcpWorkspace, "applyRoleArn"> {
  const section = execution === "local" ? undefined : pipeline?.sections.find(({ stacks }) => stacks.includes(stack));
  return pipeline && section ? { applyRoleArn: roleArn(pipeline.managementAccountId, section.role.name) } : {};
}

/** The roles of a run by its phase. There is no role for both: each of the two reads what the other one does, and only one of them writes. */
function roleVariables({ provider, managementAccountId, plan }: PipelineState): HcpState["variables"] {
  return [
    {
      key: "TFC_AWS_PLAN_ROLE_ARN",
      value: roleArn(managementAccountId, plan.role.name),
      description: "Role of the phase plan: reads only",
    },
    { key: "TFC_AWS_PROVIDER_AUTH", value: "true", description: "Runs come to AWS with a token of their own" },
    {
      key: "TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE",
      value: defaultAudience(provider.kind, provider.url)!,
      description: "The audience that the roles trust",
    },
  ];
}

/** What the section says of runs has to fit where they are, and who they come as. */
function checkRuns(pipeline: PipelineState | undefined, problems: ProblemList, section: HcpSection): void {
  const runsIn = pipeline?.provider.kind;
  const { execution, agentPool, terraformVersion } = section;
  if (execution === "agent" && agentPool === undefined)
    problems.error(
      "HCP-AGENT-POOL",
      [SECTION, "execution"],
      "Runs on agents need a pool of them.",
      "Add agentPool: <name of the pool>.",
    );
  if (execution !== "agent" && agentPool !== undefined)
    problems.error(
      "HCP-AGENT-POOL",
      [SECTION, "agentPool"],
      `Runs are ${execution}: no agent of a pool takes part.`,
      "Write execution: agent, or remove agentPool.",
    );
  const [major = 0, minor = 0] = terraformVersion.replace(/^~> ?/, "").split(".").map(Number);
  if (major < 1 || (major === 1 && minor < 10))
    problems.error(
      "HCP-TERRAFORM-VERSION",
      [SECTION, "terraformVersion"],
      `The stacks need Terraform 1.10 or later, and ${terraformVersion} is or may be an earlier one.`,
      'Write, for example, "~> 1.10".',
    );
  if (execution === "local") {
    if (runsIn === "hcp-terraform")
      problems.error(
        "HCP-PIPELINE",
        [SECTION, "execution"],
        "The pipeline's roles trust runs of HCP Terraform, and with execution local there is none.",
        "Write execution: remote, or name in pipeline.kind what runs Terraform.",
      );
    const needing = [
      ...(section.driftDetection ? ["driftDetection"] : []),
      ...(section.notify.length > 0 ? ["notify"] : []),
      ...(section.runTasks.length > 0 ? ["runTasks"] : []),
    ];
    for (const key of needing)
      problems.error(
        "HCP-NO-RUNS",
        [SECTION, key],
        `${key} is about runs of HCP Terraform, and with execution local there is none.`,
        `Remove ${key}, or write execution: remote.`,
      );
  } else if (runsIn !== "hcp-terraform") {
    problems.error(
      "HCP-PIPELINE",
      [SECTION],
      `Runs of HCP Terraform would have no credentials: ${runsIn ? `the pipeline's roles trust ${runsIn}` : "there is no section pipeline"}.`,
      "Write pipeline: {kind: hcp-terraform, project: <organization>/<project>}, or execution: local.",
    );
  }
}
