import type { Json } from "../../../../modules/kernel/json";
import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { stackPair } from "../../../../modules/terraform/synth-pair";
import { frozenState } from "../../../support/environments";
import { StackJson, synthesized } from "../../../support/synth";
import { HCP_IN_FULL, withHcp } from "../../sections/hcp/fixture";

const NAME = "example-hcp-workspaces";
const json = (...args: Parameters<typeof withHcp>): StackJson => synthesized(frozenState(withHcp(...args))).get(NAME)!;
const full = json(HCP_IN_FULL);

const said = (before: StackJson, after: StackJson): readonly string[] =>
  reviewPlans([stackPair(NAME, NAME, before as unknown as Json, after as unknown as Json)]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );

type Resources = Record<string, Record<string, Record<string, unknown>>>;
const edited = (edit: (resources: Resources) => void): StackJson => {
  const copy = structuredClone(full) as unknown as { resource: Resources };
  edit(copy.resource);
  return copy as unknown as StackJson;
};

describe("changes of workspaces are told in terms of who may do what", () => {
  test.each<[string, (r: Resources) => unknown, readonly string[]]>([
    ["nothing", () => undefined, []],
    [
      "auto-apply",
      (r) => (r["tfe_workspace"]!["workspace_guardrails"]!["auto_apply"] = true),
      ["weakens: Workspace example-guardrails applies without anybody's word."],
    ],
    [
      "destroy plans",
      (r) => (r["tfe_workspace"]!["workspace_guardrails"]!["allow_destroy_plan"] = true),
      ["weakens: Workspace example-guardrails takes plans that destroy everything in it."],
    ],
    [
      "a repository",
      (r) =>
        (r["tfe_workspace"]!["workspace_guardrails"]!["vcs_repo"] = { identifier: "acme/x", oauth_token_id: "ot-1" }),
      [
        "weakens: Workspace example-guardrails is driven by a repository, or by another one: whoever pushes there starts its runs.",
      ],
    ],
    [
      "no drift detection",
      (r) => (r["tfe_workspace"]!["workspace_guardrails"]!["assessments_enabled"] = false),
      ["destroys-guard: Workspace example-guardrails is no longer looked at for drift."],
    ],
    [
      "a workspace that goes",
      (r) => delete r["tfe_workspace"]!["workspace_guardrails"],
      ["destroys-guard: Workspace example-guardrails is deleted, and the state of its stack with it."],
    ],
    [
      "the state for everybody",
      (r) => (r["tfe_workspace_settings"]!["settings_guardrails"]!["global_remote_state"] = true),
      ["weakens: Workspace guardrails lets every workspace of the organization read its state."],
    ],
    [
      "the state for one",
      (r) => (r["tfe_workspace_settings"]!["settings_guardrails"]!["remote_state_consumer_ids"] = ["ws-1"]),
      ["weakens: Workspace guardrails lets read its state ws-1."],
    ],
    [
      "runs elsewhere",
      (r) => (r["tfe_workspace_settings"]!["settings_guardrails"]!["execution_mode"] = "local"),
      ["unknown: Workspace guardrails runs in another place: local instead of agent."],
    ],
    [
      "a team that may apply",
      (r) => (r["tfe_team_access"]!["team_auditors_guardrails"]!["access"] = "write"),
      ["weakens: Access of a team, auditors_guardrails becomes write instead of read."],
    ],
    [
      "a team that may only look",
      (r) => (r["tfe_team_access"]!["team_platform_guardrails"]!["access"] = "read"),
      ["strengthens: Access of a team, platform_guardrails becomes read instead of write."],
    ],
    [
      "a level that nobody knows",
      (r) => (r["tfe_team_access"]!["team_platform_guardrails"]!["access"] = "custom"),
      ["unknown: Access of a team, platform_guardrails becomes custom instead of write."],
    ],
    [
      "another role",
      (r) =>
        (r["tfe_variable"]!["variable_TFC_AWS_PLAN_ROLE_ARN"]!["value"] =
          "arn:aws:iam::111111111111:role/KeylessBaselineApply"),
      [
        "unknown: Variable TFC_AWS_PLAN_ROLE_ARN says arn:aws:iam::111111111111:role/KeylessBaselineApply instead of arn:aws:iam::111111111111:role/KeylessBaselinePlan.",
      ],
    ],
    [
      "a variable of somebody's",
      (r) => (r["tfe_variable"]!["more"] = { key: "TF_CLI_ARGS", value: "-x", category: "env" }),
      ["unknown: Variable TF_CLI_ARGS is new in runs of HCP Terraform."],
    ],
    [
      "a set that counts less",
      (r) => (r["tfe_variable_set"]!["aws_roles"]!["priority"] = false),
      ["weakens: Set of variables example-keyless-aws-roles counts less than what a workspace says."],
    ],
    [
      "a run task that only tells",
      (r) => (r["tfe_workspace_run_task"]!["task_scanner_guardrails"]!["enforcement_level"] = "advisory"),
      ["destroys-guard: Run task scanner_guardrails no longer stops a run when it says no."],
    ],
    [
      "a run task that goes",
      (r) => delete r["tfe_workspace_run_task"]!["task_scanner_guardrails"],
      ["destroys-guard: Run task scanner_guardrails is no longer asked."],
    ],
    [
      "a stage less",
      (r) => (r["tfe_workspace_run_task"]!["task_scanner_guardrails"]!["stages"] = ["post_plan"]),
      ["weakens: Run task scanner_guardrails is no longer asked at pre_apply."],
    ],
    [
      "nobody hears",
      (r) => delete r["tfe_notification_configuration"]!["notify_guardrails"],
      ["destroys-guard: Message of workspace guardrails is gone: nobody hears of its runs."],
    ],
    [
      "an argument of tomorrow",
      (r) => (r["tfe_workspace"]!["workspace_guardrails"]!["self_destruct"] = true),
      ["unknown: Workspace example-guardrails: self_destruct changes."],
    ],
  ])("%s", (_, edit, expected) =>
    expect(
      said(
        full,
        edited((resources) => void edit(resources)),
      ),
    ).toEqual(expected),
  );

  test("the first time: teams are what becomes possible; workspaces, roles and messages are no gain", () => {
    const changes = reviewPlans([stackPair(NAME, NAME, undefined, full as unknown as Json)]).changes.map(
      (change) => `${change.class}: ${plainText(change.sentence)}`,
    );
    expect(changes.filter((line) => line.startsWith("unknown") || line.startsWith("destroys"))).toEqual([]);
    expect(changes.filter((line) => line.startsWith("weakens")).slice(0, 2)).toEqual([
      "weakens: Access of a team, auditors_break-glass is new: read.",
      "weakens: Access of a team, auditors_credential-hygiene is new: read.",
    ]);
    expect(changes.filter((line) => line.startsWith("weakens"))).toHaveLength(2 * 8);
    expect(changes).toContain(
      "neutral: Variable TFC_AWS_APPLY_ROLE_ARN is new: arn:aws:iam::111111111111:role/KeylessBaselineApply-guardrails.",
    );
  });
});
