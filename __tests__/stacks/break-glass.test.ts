import { Testing } from "cdktf";
import { roleTemplate } from "../../modules/sections/break-glass/role-template";
import { AccountStack } from "../../stacks/account";
import { exampleState, TextEdit } from "../support/environments";
import { addresses, resources, StackJson, stackJson, synthesized } from "../support/synth";

const stack = (edit: TextEdit = {}): StackJson => synthesized(exampleState(edit)).get("example-break-glass")!;
const memberHome: TextEdit = { baseline: [["  homeAccount: management", "  homeAccount: log-archive"]] };
const terraformRollout: TextEdit = {
  baseline: [["  mfaMaxAgeMinutes: 60", "  mfaMaxAgeMinutes: 60\n  rollout: terraform"]],
};

describe("users", () => {
  test("two users below the break-glass path, each with one policy, and nothing that is a credential", () => {
    const json = stack();
    expect(Object.values(resources(json, "aws_iam_user")).map((u) => [u["name"], u["path"]])).toEqual([
      ["break-glass-1", "/break-glass/"],
      ["break-glass-2", "/break-glass/"],
    ]);
    expect(Object.keys(resources(json, "aws_iam_user_policy"))).toHaveLength(2);
    for (const type of [
      "aws_iam_access_key",
      "aws_iam_user_login_profile",
      "aws_iam_virtual_mfa_device",
      "aws_iam_service_specific_credential",
    ]) {
      expect(resources(json, type)).toEqual({});
    }
  });

  test("a login profile is made only with a PGP key, and is encrypted to it", () => {
    const key = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.from([0x98, 0x01, 0x04]).toString("base64")}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    const json = stack({
      baseline: [["  mfaMaxAgeMinutes: 60", "  mfaMaxAgeMinutes: 60\n  passwords:\n    pgpPublicKeyFile: keys/bg.asc"]],
      files: { "keys/bg.asc": key },
    });
    const profiles = Object.values(resources(json, "aws_iam_user_login_profile"));
    expect(profiles).toHaveLength(2);
    for (const profile of profiles)
      expect(profile).toMatchObject({ pgp_key: "mAEE", password_reset_required: true, password_length: 32 });
  });

  test("users, roles and the StackSet cannot be destroyed by an apply", () => {
    const json = stack(memberHome);
    for (const type of ["aws_iam_user", "aws_cloudformation_stack_set"]) {
      const guarded = Object.entries(resources(json, type)).filter(([id]) => id !== "stackset_forwarders");
      expect(guarded.length).toBeGreaterThan(0);
      for (const [, resource] of guarded) expect(resource["lifecycle"]).toMatchObject({ prevent_destroy: true });
    }
    for (const id of ["role_management", "role_home"])
      expect(resources(json, "aws_iam_role")[id]!["lifecycle"]).toMatchObject({ prevent_destroy: true });
  });
});

describe("StackSets in every account", () => {
  /** Arguments of what a service-managed StackSet deploys. */
  const instances = (json: StackJson): Record<string, unknown> =>
    resources(json, "aws_cloudformation_stack_instances")["stackset_break_glass_role_instances"]!;

  test("every account is tried, whatever happens in others, and none may be left behind", () => {
    const { operation_preferences, lifecycle } = instances(stack()) as {
      operation_preferences: Record<string, unknown>;
      lifecycle: { postcondition: readonly { condition: string; error_message: string }[] };
    };
    expect(operation_preferences).toMatchObject({
      concurrency_mode: "SOFT_FAILURE_TOLERANCE",
      failure_tolerance_percentage: 100,
    });
    expect(operation_preferences["max_concurrent_percentage"]).toBeGreaterThan(50);
    expect(lifecycle.postcondition).toHaveLength(1);
    expect(lifecycle.postcondition[0]!.condition).toContain('one.status == "CURRENT"');
    expect(
      resources(stack(), "aws_cloudformation_stack_set")["stackset_break_glass_role"]!["operation_preferences"],
    ).toMatchObject({ failure_tolerance_percentage: 100, max_concurrent_percentage: 100 });
  });

  test("a change of the template changes the instances too, so that they are read back in the same apply", () => {
    const preferences = (edit: TextEdit): unknown => instances(stack(edit))["operation_preferences"];
    expect(preferences({ baseline: [["  mfaMaxAgeMinutes: 60", "  mfaMaxAgeMinutes: 30"]] })).not.toEqual(
      preferences({}),
    );
    expect(preferences({})).toEqual(preferences({}));
  });
});

describe("where the role goes", () => {
  test("home in the management account: one resource, all members through the StackSet", () => {
    const json = stack();
    expect(addresses(json)).toContain("aws_iam_role.role_management");
    expect(addresses(json)).not.toContain("aws_iam_role.role_home");
    expect(json.provider.aws).toHaveLength(1);
  });

  test("home in a member account: two resources, the users there, and the StackSet leaves that account out", () => {
    const json = stack(memberHome);
    expect(json.provider.aws).toHaveLength(2);
    expect(resources(json, "aws_iam_role")["role_home"]!["provider"]).toBe("aws.account_222222222201_eu-central-1");
    expect(resources(json, "aws_iam_user")["user_break-glass-1"]!["provider"]).toBe(
      "aws.account_222222222201_eu-central-1",
    );
    expect(JSON.stringify(json)).toContain('"account_filter_type":"DIFFERENCE"');
  });

  test("rollout terraform: no StackSet for the role, one stack per member account", () => {
    const all = synthesized(exampleState(terraformRollout));
    expect(Object.keys(resources(all.get("example-break-glass")!, "aws_cloudformation_stack_set"))).toEqual([
      "stackset_forwarders",
    ]);
    const accounts = [...all.keys()].filter((name) => name.startsWith("example-account-"));
    expect(accounts).toHaveLength(13);
    expect(accounts).not.toContain("example-account-111111111111");
    expect(accounts).not.toContain("example-account-777777777701");
  });

  test("StackSet template and resource are the same role", () => {
    const state = exampleState();
    const template = roleTemplate(state.breakGlass.role, "example").Resources["BreakGlassRole"] as {
      Properties: Record<string, unknown>;
    };
    const json = stackJson(new AccountStack(Testing.app(), state.settings, state.breakGlass, "222222222201"));
    const role = resources(json, "aws_iam_role")["role_break_glass"]!;
    // Terraform's escaping of ${aws:username} is the only difference between the two texts.
    const trust = JSON.parse((role["assume_role_policy"] as string).replaceAll("$${", () => "${")) as unknown;
    expect(trust).toEqual(template.Properties["AssumeRolePolicyDocument"]);
    expect(role).toMatchObject({
      name: template.Properties["RoleName"],
      path: template.Properties["Path"],
      description: template.Properties["Description"],
      max_session_duration: template.Properties["MaxSessionDuration"],
    });
    const attached = Object.values(resources(json, "aws_iam_role_policy_attachment")).map((a) => a["policy_arn"]);
    expect(attached).toEqual(template.Properties["ManagedPolicyArns"]);
    expect(role["max_session_duration"]).toBe(3600);
  });
});

describe("alarms", () => {
  test("forwarders stand in every enabled region, by default", () => {
    const instances = Object.values(resources(stack(), "aws_cloudformation_stack_instances"));
    expect(instances.flatMap((i) => i["regions"] as string[])).toEqual(
      expect.arrayContaining(["us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2", "eu-central-1"]) as unknown,
    );
    expect((instances.find((i) => (i["regions"] as string[]).length > 1)!["regions"] as string[]).length).toBe(17);
  });

  test("they see sign-ins, AssumeRole, SwitchRole and the users' own calls", () => {
    const template = JSON.parse(
      (
        resources(stack(), "aws_cloudformation_stack_set")["stackset_forwarders"]!["template_body"] as string
      ).replaceAll("$${", () => "${"),
    ) as {
      Resources: Record<string, { Type: string; Properties: { EventPattern: unknown } }>;
    };
    const rules = Object.entries(template.Resources).filter(([, r]) => r.Type === "AWS::Events::Rule");
    expect(rules.map(([id]) => id).sort()).toEqual(["RuleAssumeRole", "RuleSignIn", "RuleSwitchRole", "RuleUserCalls"]);
    expect(template.Resources["RuleAssumeRole"]!.Properties.EventPattern).toEqual({
      source: ["aws.sts"],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: { eventName: ["AssumeRole"], requestParameters: { roleArn: [{ suffix: ":role/SecurityBreakGlass" }] } },
    });
  });

  test("the topic is encrypted with a customer managed key that EventBridge may use", () => {
    const json = stack();
    expect(resources(json, "aws_sns_topic")["alarm_topic"]!["kms_master_key_id"]).toBe("${aws_kms_key.alarm_key.arn}");
    const policy = JSON.parse(resources(json, "aws_kms_key")["alarm_key"]!["policy"] as string) as {
      Statement: { Principal: { Service?: string }; Action: string[] }[];
    };
    const events = policy.Statement.find((s) => s.Principal.Service === "events.amazonaws.com");
    expect(events!.Action).toEqual(["kms:Decrypt", "kms:GenerateDataKey*"]);
    expect(resources(json, "aws_kms_key")["alarm_key"]!["enable_key_rotation"]).toBe(true);
  });
});
