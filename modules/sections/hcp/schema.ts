import { z } from "zod";
import { email } from "../../config/schema/common";

/** https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/teams: letters, digits, dashes and underscores. */
const hcpName = (what: string) =>
  z
    .string()
    .regex(/^[\w-]{1,90}$/, "a name of HCP Terraform has letters, digits, dashes and underscores, at most 90")
    .describe(what);

const stages = ["pre_plan", "post_plan", "pre_apply", "post_apply"] as const;

export const hcpSection = z
  .strictObject({
    execution: z
      .enum(["remote", "agent", "local"])
      .default("remote")
      .describe(
        "Where runs are: remote at HCP Terraform, agent on agents of your own, local wherever Terraform is started (HCP Terraform then keeps the state only). The pipeline's own workspace is always local: a person applies it.",
      ),
    agentPool: z.string().min(1).optional().describe("Name of the agent pool; with execution agent."),
    terraformVersion: z
      .string()
      .regex(/^(~> ?)?\d+\.\d+(\.\d+)?$/, "a version or ~> and a version, for example 1.11.4 or ~> 1.11.0")
      .default("~> 1.10")
      .describe("Terraform of the runs: a version, or the newest that ~> leaves. 1.10 or later."),
    driftDetection: z
      .boolean()
      .default(false)
      .describe(
        "Let HCP Terraform plan regularly and tell of what was changed by hand (health assessments; depends on its edition).",
      ),
    notify: z
      .array(email.describe("E-mail address of a member of the organization."))
      .default([])
      .describe(
        "Members of the HCP Terraform organization who hear of runs that wait for them or have failed, and of drift.",
      ),
    teams: z
      .array(
        z.strictObject({
          name: hcpName("Name of a team that exists."),
          access: z
            .enum(["read", "plan", "write", "admin"])
            .describe(
              "read looks; plan starts plans; write also applies; admin also changes the workspace, and is what keyless review --hcp-run needs to read a plan as JSON.",
            ),
        }),
      )
      .default([])
      .describe(
        "Teams and what they may do in every workspace of this environment. Teams depend on the edition of HCP Terraform.",
      ),
    runTasks: z
      .array(
        z.strictObject({
          name: hcpName("Name of a run task that the organization has."),
          stages: z.array(z.enum(stages)).min(1).default(["post_plan"]).describe("When it is asked."),
          enforcement: z
            .enum(["mandatory", "advisory"])
            .default("mandatory")
            .describe("mandatory stops the run when the task says no, advisory tells."),
        }),
      )
      .default([])
      .describe(
        "Run tasks of the organization to attach to the workspaces: services of your own or of others that judge a run.",
      ),
  })
  .describe(
    "Workspaces of HCP Terraform, one for each stack, as a stack of their own. Needs backend hcp, whose organization and project they are in; off without this section.",
  );
