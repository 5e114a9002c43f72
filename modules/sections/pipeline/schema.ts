import { z } from "zod";
import { iamName } from "../../config/schema/common";
import { issuerUrl } from "../workload-identity/schema";
import { DEFAULT_ROLES } from "../default-roles";

export const pipelineSection = z
  .strictObject({
    kind: z
      .enum(["github", "gitlab", "hcp-terraform"])
      .describe("What runs plan and apply. The state has to outlive a run: backend s3 or hcp."),
    issuerUrl: issuerUrl.optional().describe("Issuer of a self-managed server. Default by kind."),
    project: z
      .string()
      .regex(/^[\w.@ -]+(\/[\w.@ -]+)+$/, "owner/repository, group/project, or organization/project in HCP Terraform")
      .describe(
        "GitHub owner/repository (owner@id/repository@id where the repository has immutable subjects), GitLab group/project, or HCP Terraform organization/project.",
      ),
    branch: z
      .string()
      .regex(/^[\w./@+-]+$/, "the name of a branch, without wildcards")
      .default("main")
      .describe("The branch whose runs plan, and may apply (GitHub without environment, GitLab)."),
    environment: z
      .string()
      .regex(/^[^*?$:]+$/, "the name of an environment, without wildcards and colons")
      .optional()
      .describe("GitHub environment whose approval guards apply; then only jobs in it may apply."),
    workflow: z
      .string()
      .regex(/^\.github\/workflows\/[\w.-]+\.ya?ml$/, "the file of a workflow, .github/workflows/<name>.yml")
      .optional()
      .describe(
        "GitHub: the workflow file whose jobs on the branch may apply, as the token's job_workflow_ref names it (a reusable workflow's own file). Default: any workflow of the branch.",
      ),
    planPullRequests: z
      .boolean()
      .default(false)
      .describe(
        "Whether runs of what nobody has agreed to yet (GitHub pull requests, any branch of GitLab) may plan too. Whoever can push a branch then runs code as a role that reads every account; keyless review --base --head needs no role. Default: only the branch's runs plan. No meaning in HCP Terraform, whose phase decides.",
      ),
    planRoleName: iamName
      .default(DEFAULT_ROLES.plan)
      .describe("Role that plans: reads only. Also the name of the role that it reads member accounts with."),
    applyRoleName: iamName
      .default(DEFAULT_ROLES.apply)
      .describe(
        "Role that runs apply with: it reads, and becomes the role of each section, which is named after it (KeylessBaselineApply-guardrails).",
      ),
  })
  .describe("The pipeline that applies this baseline: OIDC roles in the management account, no access key.");
