import { environmentNames } from "../config/load";
import { loadEnvironment } from "../sections/load";
import { memberPlanRole, roleArn } from "../sections/pipeline/documents";

/** An environment that a workflow on GitHub plans and applies: what the workflow has to know of it. Names, no secrets. */
export interface PipelineEnvironment {
  readonly name: string;
  readonly region: string;
  readonly planRoleArn: string;
  readonly applyRoleArn: string;
  /** Value of the Terraform variable `member_plan_role`. */
  readonly memberPlanRole: string;
  /** GitHub environment whose approval guards the apply. */
  readonly githubEnvironment: string;
}

export interface PipelineEnvironments {
  readonly environments: readonly PipelineEnvironment[];
  /** Environments that others apply, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The environments whose pipeline is this repository's, as their baselines say: the same words that the roles' trust is made of.
 *
 * @param repository owner/repository
 * @param branch whose runs the workflow makes
 * @throws BaselineError where an environment is not valid
 */
export function pipelineEnvironments(projectRoot: string, repository: string, branch = "main"): PipelineEnvironments {
  const environments: PipelineEnvironment[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for (const name of environmentNames(projectRoot)) {
    const { baseline, organization } = loadEnvironment(projectRoot, name);
    const { pipeline, backend, region } = baseline;
    const { managementAccountId } = organization;
    const reason =
      pipeline === undefined
        ? "it has no section pipeline"
        : pipeline.kind !== "github"
          ? `its pipeline is of kind ${pipeline.kind}`
          : withoutIds(pipeline.project).toLowerCase() !== repository.toLowerCase()
            ? `its pipeline is that of ${withoutIds(pipeline.project)}`
            : pipeline.branch !== branch
              ? `its pipeline runs on branch ${pipeline.branch}, not on ${branch}`
              : backend.type !== "s3"
                ? `its state is in backend ${backend.type}, and has to be in s3 to outlive a run`
                : pipeline.environment === undefined
                  ? "pipeline.environment is missing, so that nobody would have to approve an apply"
                  : undefined;
    if (reason !== undefined || pipeline?.environment === undefined) leftOut.push({ name, reason: reason ?? "" });
    else
      environments.push({
        name,
        region,
        planRoleArn: roleArn(managementAccountId, pipeline.planRoleName),
        applyRoleArn: roleArn(managementAccountId, pipeline.applyRoleName),
        memberPlanRole: memberPlanRole(pipeline.planRoleName),
        githubEnvironment: pipeline.environment,
      });
  }
  return { environments, leftOut };
}

/** Repositories with immutable subjects are named owner@id/repository@id. */
function withoutIds(project: string): string {
  return project.replace(/@\d+/g, "");
}
