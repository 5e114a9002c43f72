import { at, AttributeRule, becomes, flag, members, neutral, TypeRule, Told } from "./type-rule";
import { say, words } from "../sentence";
import { ResourceChange, text, texts } from "../../terraform/stack-plan";

/**
 * What changes of workspaces of HCP Terraform mean: who confirms an apply, who reads the state, whom a run is shown to. What a run may do in AWS is
 * decided by the roles' trust, not here: a workspace that names another role gets it only where the role trusts the workspace.
 */

const area = at("hcp-terraform");

/** Of `settings_guardrails` the stack: ids say nothing to people. */
const stackOf =
  (prefix: string) =>
  (resource: ResourceChange): string =>
    resource.name.replace(new RegExp(`^${prefix}_`), "");

/** Variables that this baseline knows: what they point to has the last word. */
const POINTERS = /^(TFC_AWS_(PROVIDER_AUTH|(PLAN|APPLY)_ROLE_ARN|WORKLOAD_IDENTITY_AUDIENCE)|member_plan_role)$/;

/** Less first. https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/permissions/workspace */
const LEVELS = ["read", "plan", "write", "admin"];

const access: AttributeRule = (resource, subject) => {
  const [from, to] = [text(resource.before, "access") ?? "", text(resource.after, "access") ?? ""];
  const [less, more] = [LEVELS.indexOf(from), LEVELS.indexOf(to)];
  return [
    [
      less < 0 || more < 0 ? "unknown" : more > less ? "weakens" : "strengthens",
      say`${subject} becomes ${to} instead of ${from}.`,
    ],
  ];
};

const instead =
  (attribute: string, sentence: string): AttributeRule =>
  (resource, subject) => [
    [
      "unknown",
      say`${subject} ${words(sentence)} ${text(resource.after, attribute) ?? "nothing"} instead of ${text(resource.before, attribute) ?? "nothing"}.`,
    ],
  ];

const enforcement: AttributeRule = (resource, subject) => {
  const [from, to] = [text(resource.before, "enforcement_level"), text(resource.after, "enforcement_level")];
  if (to === "mandatory") return [["strengthens", say`${subject} stops a run when it says no.`]];
  return [
    [from === "mandatory" ? "destroys-guard" : "unknown", say`${subject} no longer stops a run when it says no.`],
  ];
};

export const HCP_RULES: Readonly<Record<string, TypeRule>> = {
  tfe_workspace: {
    what: "Workspace",
    area,
    created: (resource): Told => {
      const { vcs_repo: repository } = resource.after ?? {};
      const alone = ["auto_apply", "auto_apply_run_trigger"].some((name) => text(resource.after, name) === "true");
      if (Array.isArray(repository) ? repository.length > 0 : Boolean(repository))
        return ["weakens", "is new, and driven by a repository: whoever pushes there starts its runs"];
      return alone ? ["weakens", "is new, and applies without anybody's word"] : ["neutral", "is new"];
    },
    deleted: ["destroys-guard", "is deleted, and the state of its stack with it"],
    attributes: {
      auto_apply: flag(
        "auto_apply",
        ["weakens", "applies without anybody's word"],
        ["strengthens", "applies at somebody's word only"],
      ),
      auto_apply_run_trigger: flag(
        "auto_apply_run_trigger",
        ["weakens", "applies without anybody's word when another workspace starts it"],
        ["strengthens", "applies at somebody's word only, whoever starts it"],
      ),
      allow_destroy_plan: flag(
        "allow_destroy_plan",
        ["weakens", "takes plans that destroy everything in it"],
        ["strengthens", "takes no plans that destroy everything in it"],
      ),
      force_delete: flag(
        "force_delete",
        ["weakens", "can be deleted while it still manages something"],
        ["strengthens", "cannot be deleted while it manages something"],
      ),
      assessments_enabled: flag(
        "assessments_enabled",
        ["strengthens", "is looked at for drift"],
        ["destroys-guard", "is no longer looked at for drift"],
      ),
      vcs_repo: becomes(
        "weakens",
        "is driven by a repository, or by another one: whoever pushes there starts its runs",
      ),
      name: becomes("unknown", "gets another name: roles trust its runs by name"),
      project_id: becomes(
        "unknown",
        "moves to another project: roles trust its runs by its project, and others may have a say there",
      ),
      terraform_version: becomes("neutral", "runs another release of Terraform"),
      queue_all_runs: neutral,
      file_triggers_enabled: neutral,
    },
  },
  tfe_workspace_settings: {
    what: "Workspace",
    area,
    named: stackOf("settings"),
    created: (resource): Told => {
      const readers = texts(resource.after, "remote_state_consumer_ids");
      if (text(resource.after, "global_remote_state") === "true")
        return ["weakens", "has settings of its own, and lets every workspace of the organization read its state"];
      return readers.length > 0
        ? ["weakens", say`has settings of its own, and lets read its state ${readers.join(", ")}`]
        : ["neutral", "has settings of its own"];
    },
    deleted: ["unknown", "runs where the organization's default says, and lets read its state whom that says"],
    attributes: {
      execution_mode: instead("execution_mode", "runs in another place:"),
      agent_pool_id: becomes("unknown", "runs on other agents"),
      global_remote_state: flag(
        "global_remote_state",
        ["weakens", "lets every workspace of the organization read its state"],
        ["strengthens", "no longer lets every workspace of the organization read its state"],
      ),
      remote_state_consumer_ids: members(
        "remote_state_consumer_ids",
        ["weakens", "lets read its state"],
        ["strengthens", "no longer lets read its state"],
      ),
    },
  },
  tfe_team_access: {
    what: "Access of a team,",
    area,
    named: stackOf("team"),
    created: (resource): Told => [
      "weakens",
      say`is new: ${text(resource.after, "access") ?? "of a kind that is not known yet"}`,
    ],
    deleted: ["strengthens", "is taken away"],
    attributes: { access, team_id: becomes("weakens", "is another team's") },
  },
  tfe_variable: {
    what: "Variable",
    area,
    named: "key",
    created: (resource): Told =>
      POINTERS.test(text(resource.after, "key") ?? "")
        ? ["neutral", say`is new: ${text(resource.after, "value") ?? "not known yet"}`]
        : ["unknown", "is new in runs of HCP Terraform"],
    deleted: ["unknown", "is gone from runs of HCP Terraform"],
    attributes: { value: instead("value", "says") },
  },
  tfe_variable_set: {
    what: "Set of variables",
    area,
    created: ["neutral", "is new"],
    deleted: ["unknown", "is deleted: runs no longer get its settings"],
    attributes: {
      global: flag(
        "global",
        ["unknown", "is in every workspace of the organization"],
        ["neutral", "is in the workspaces that it is attached to"],
      ),
      priority: flag(
        "priority",
        ["strengthens", "counts more than what a workspace says"],
        ["weakens", "counts less than what a workspace says"],
      ),
    },
  },
  tfe_workspace_variable_set: {
    what: "Attachment",
    area,
    named: (resource) => resource.name,
    created: ["neutral", "is new: the workspace's runs get the variables of the set"],
    deleted: ["unknown", "is gone: the workspace's runs lack the variables of the set"],
    attributes: {},
  },
  tfe_workspace_run_task: {
    what: "Run task",
    area,
    named: stackOf("task"),
    created: ({ after, unknown }): Told => {
      if (unknown.has("stages")) return ["unknown", "is asked; when is not known yet"];
      const [level, stages] = [text(after, "enforcement_level"), texts(after, "stages")];
      if (level !== "mandatory")
        return level === "advisory"
          ? ["neutral", "is asked, and stops no run (advisory)"]
          : ["unknown", "is asked; whether it stops a run is not known yet"];
      // Without stages it is asked after the plan.
      return stages.length > 0 && stages.every((stage) => stage === "post_apply")
        ? ["neutral", "is asked after the apply: it stops none"]
        : ["strengthens", "is asked, and stops a run when it says no"];
    },
    deleted: ["destroys-guard", "is no longer asked"],
    attributes: {
      enforcement_level: enforcement,
      stages: members("stages", ["strengthens", "is asked also at"], ["weakens", "is no longer asked at"]),
      task_id: becomes("unknown", "is another one"),
    },
  },
  tfe_notification_configuration: {
    what: "Message of workspace",
    area,
    named: stackOf("notify"),
    created: (resource): Told => {
      const kind = text(resource.after, "destination_type");
      const isSilent = text(resource.after, "enabled") === "false" || texts(resource.after, "triggers").length === 0;
      // Members of the organization hear of it by mail; elsewhere whoever runs the server reads it.
      return kind === "email"
        ? ["enabled", "triggers"].some((name) => resource.unknown.has(name))
          ? ["unknown", "is new; whether it is sent is not known yet"]
          : isSilent
            ? ["neutral", "is new, and sent of nothing"]
            : ["strengthens", "is new"]
        : [
            "weakens",
            say`is new, and sent to ${kind === undefined ? "a place that is not known yet" : `a server (${kind})`}`,
          ];
    },
    deleted: ["destroys-guard", "is gone: nobody hears of its runs"],
    attributes: {
      enabled: flag("enabled", ["strengthens", "is sent"], ["destroys-guard", "is no longer sent"]),
      triggers: members("triggers", ["strengthens", "tells also of"], ["weakens", "no longer tells of"]),
      email_user_ids: members("email_user_ids", ["unknown", "goes also to"], ["weakens", "no longer goes to"]),
      name: becomes("neutral", "gets another name"),
    },
  },
};
