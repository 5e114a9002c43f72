import { HCP_IN_FULL, withHcp } from "../modules/sections/hcp/fixture";
import { frozenState } from "../support/environments";
import { addresses, resources, StackJson, synthesized } from "../support/synth";

type All = ReadonlyMap<string, StackJson>;
const NAME = "example-hcp-workspaces";
const all = (...args: Parameters<typeof withHcp>): All => synthesized(frozenState(withHcp(...args)));
const stack = (...args: Parameters<typeof withHcp>): StackJson => all(...args).get(NAME)!;
const data = (json: StackJson, type: string): Readonly<Record<string, unknown>> => json.data?.[type] ?? {};

describe("the workspaces of an environment", () => {
  const stacks = all();
  const json = stacks.get(NAME)!;

  test("as many as there are other stacks, each by the name that the other's backend asks for", () => {
    const others = [...stacks].filter(([name]) => name !== NAME);
    const asked = others.map(
      ([, { terraform }]) => (terraform["cloud"] as { workspaces: { name: string; project: string } }).workspaces,
    );
    expect(asked.map(({ project }) => project)).toEqual(others.map(() => "landing-zone"));
    expect(
      Object.values(resources(json, "tfe_workspace"))
        .map((workspace) => workspace["name"])
        .sort(),
    ).toEqual(asked.map(({ name }) => name).sort());
    expect(asked).toHaveLength(8);
  });

  test("addresses are frozen: a workspace that moves is a state that is lost", () => {
    const keys = [
      "break-glass",
      "credential-hygiene",
      "guardrails",
      "identity-center",
      "identity-center-00",
      "identity-center-03",
      "identity-center-management",
      "pipeline",
    ];
    // A person applies break glass and the pipeline.
    const runs = keys.slice(1, -1);
    expect(addresses(json)).toEqual(
      [
        ...["PLAN_ROLE_ARN", "PROVIDER_AUTH", "WORKLOAD_IDENTITY_AUDIENCE"].map(
          (key) => `tfe_variable.variable_TFC_AWS_${key}`,
        ),
        ...["credential-hygiene", "identity-center", "identity-center-00", "identity-center-03"].map(
          (key) => `tfe_variable.member_plan_role_${key}`,
        ),
        ...runs.map((key) => `tfe_variable.apply_role_${key}`),
        "tfe_variable_set.aws_roles",
        ...keys.flatMap((key) => [`tfe_workspace.workspace_${key}`, `tfe_workspace_settings.settings_${key}`]),
        ...runs.map((key) => `tfe_workspace_variable_set.aws_roles_${key}`),
      ].sort(),
    );
  });

  test("its own state is in a workspace that is not among them", () => {
    expect(json.terraform).toMatchObject({
      required_version: ">= 1.10.0",
      required_providers: { tfe: { source: "hashicorp/tfe", version: ">= 0.71.0, < 1.0.0" } },
      cloud: {
        hostname: "app.terraform.io",
        organization: "acme",
        workspaces: { name: NAME, project: "landing-zone" },
      },
    });
    expect(Object.keys(json.terraform["required_providers"] as object)).toEqual(["tfe"]);
  });

  test("no workspace is deleted by accident, applied without a person, or read by others", () => {
    const workspaces = Object.entries(resources(json, "tfe_workspace"));
    for (const [id, workspace] of workspaces) {
      expect(workspace).toMatchObject({
        lifecycle: { prevent_destroy: true },
        force_delete: false,
        auto_apply: false,
        auto_apply_run_trigger: false,
        allow_destroy_plan: false,
        queue_all_runs: false,
        terraform_version: "~> 1.10",
        project_id: "${data.tfe_project.project.id}",
      });
      expect(workspace["vcs_repo"]).toBeUndefined();
      const settings = resources(json, "tfe_workspace_settings")[id.replace("workspace_", "settings_")]!;
      expect(settings).toEqual({
        workspace_id: `\${tfe_workspace.${id}.id}`,
        execution_mode: ["workspace_break-glass", "workspace_pipeline"].includes(id) ? "local" : "remote",
        global_remote_state: false,
        remote_state_consumer_ids: [],
      });
    }
  });

  test("the variable of plans in member accounts is set where the stack declares it, and nowhere else", () => {
    const declaring = [...stacks]
      .filter(([, one]) => Object.hasOwn((one as { variable?: object }).variable ?? {}, "member_plan_role"))
      .map(([name]) => name);
    const set = Object.values(resources(json, "tfe_variable")).filter(
      (variable) => variable["category"] === "terraform",
    );
    expect(set.map((variable) => /workspace_(.+)\.id/.exec(variable["workspace_id"] as string)![1]).sort()).toEqual(
      declaring.map((name) => name.slice("example-".length)).sort(),
    );
    for (const variable of set)
      expect(variable).toMatchObject({ key: "member_plan_role", value: "keyless/KeylessBaselinePlan" });
    expect(set.length).toBeGreaterThan(0);
  });

  test("roles come through one set of variables, of which none is sensitive, and no token is anywhere", () => {
    const variables = Object.values(resources(json, "tfe_variable"));
    expect(variables.map((variable) => variable["sensitive"])).toEqual(variables.map(() => false));
    expect(resources(json, "tfe_variable_set")["aws_roles"]).toMatchObject({
      name: "example-keyless-aws-roles",
      global: false,
      priority: true,
    });
    expect(json.provider).toEqual({ tfe: [{ hostname: "app.terraform.io", organization: "acme" }] });
    expect(JSON.stringify(json)).not.toMatch(/TfToken|atlasv1|"token"|AKIA/);
  });

  test("without a project workspaces are in the default one", () => {
    const plain = stack("hcp: {}\n", {
      backend: "backend:\n  type: hcp\n  organization: acme\n",
      pipeline: "pipeline:\n  kind: hcp-terraform\n  project: acme/Default Project\n",
    });
    expect(plain.data).toBeUndefined();
    for (const workspace of Object.values(resources(plain, "tfe_workspace")))
      expect(workspace["project_id"]).toBeUndefined();
  });
});

describe("all of it", () => {
  const json = stack(HCP_IN_FULL);

  test("runs on agents, but for the pipeline's own", () => {
    expect(data(json, "tfe_agent_pool")).toEqual({ agent_pool: { name: "Our agents" } });
    expect(resources(json, "tfe_workspace_settings")["settings_guardrails"]).toMatchObject({
      execution_mode: "agent",
      agent_pool_id: "${data.tfe_agent_pool.agent_pool.id}",
    });
    expect(resources(json, "tfe_workspace_settings")["settings_pipeline"]!["agent_pool_id"]).toBeUndefined();
  });

  test("teams have their access everywhere; run tasks and messages are where runs are", () => {
    expect(resources(json, "tfe_team_access")["team_platform_guardrails"]).toEqual({
      access: "write",
      team_id: "${data.tfe_team.team_platform.id}",
      workspace_id: "${tfe_workspace.workspace_guardrails.id}",
    });
    expect(Object.keys(resources(json, "tfe_team_access"))).toHaveLength(2 * 8);
    expect(resources(json, "tfe_workspace_run_task")["task_scanner_guardrails"]).toEqual({
      enforcement_level: "mandatory",
      stages: ["post_plan", "pre_apply"],
      task_id: "${data.tfe_organization_run_task.task_scanner.id}",
      workspace_id: "${tfe_workspace.workspace_guardrails.id}",
    });
    expect(Object.keys(resources(json, "tfe_workspace_run_task"))).toHaveLength(6);
    expect(resources(json, "tfe_notification_configuration")["notify_guardrails"]).toEqual({
      destination_type: "email",
      email_user_ids: [
        "${data.tfe_organization_membership.member_ada-40-example-2e-com.user_id}",
        "${data.tfe_organization_membership.member_ops-40-example-2e-com.user_id}",
      ],
      enabled: true,
      name: "keyless",
      triggers: ["assessment:drifted", "assessment:failed", "run:errored", "run:needs_attention"],
      workspace_id: "${tfe_workspace.workspace_guardrails.id}",
    });
    expect(Object.keys(resources(json, "tfe_notification_configuration"))).toHaveLength(6);
  });

  test("drift is looked for where runs are", () => {
    const assessed = Object.entries(resources(json, "tfe_workspace")).filter(
      ([, workspace]) => workspace["assessments_enabled"] === true,
    );
    expect(assessed).toHaveLength(6);
    expect(resources(json, "tfe_workspace")["workspace_pipeline"]!["assessments_enabled"]).toBe(false);
  });

  test("whatever is added, no workspace changes", () => {
    const plain = stack("hcp:\n  execution: agent\n  agentPool: Our agents\n  driftDetection: true\n");
    expect(resources(json, "tfe_workspace")).toEqual(resources(plain, "tfe_workspace"));
    expect(resources(json, "tfe_workspace_settings")).toEqual(resources(plain, "tfe_workspace_settings"));
  });
});

test("state only: workspaces and nothing that is about runs", () => {
  const json = stack("hcp:\n  execution: local\n  teams: [{ name: platform, access: write }]\n", { pipeline: "" });
  expect(Object.keys(json.resource!).sort()).toEqual(["tfe_team_access", "tfe_workspace", "tfe_workspace_settings"]);
  expect(Object.keys(resources(json, "tfe_workspace"))).toHaveLength(7);
});

test("it is off without the section: the other stacks are the same, byte for byte", () => {
  const on = all();
  const off = synthesized(frozenState(withHcp("")));
  expect(off.has(NAME)).toBe(false);
  expect([...off]).toEqual([...on].filter(([name]) => name !== NAME));
});
