import { exampleState, exampleWith, TextEdit } from "../support/environments";
import { addresses, resources, StackJson, synthesized } from "../support/synth";

const SECTION =
  "credentialHygiene:\n  managedFrom: security-tooling\n  maxUnusedDays: 45\n  maxKeyAgeDays: 90\n  alarms:\n    subscribers:\n      emails: [security-alerts@example.com]\n  remediation: manual\n";
const section = (text: string): TextEdit => ({ baseline: [[SECTION, `credentialHygiene:\n${text}`]] });
const stack = (edit: TextEdit = {}): StackJson => synthesized(exampleState(edit)).get("example-credential-hygiene")!;
const bodyOf = (json: StackJson, id: string): string =>
  resources(json, "aws_cloudformation_stack_set")[id]!["template_body"] as string;

test("without the section there is no such stack", () => {
  expect([...synthesized(exampleState({ baseline: [[SECTION, ""]] })).keys()]).not.toContain(
    "example-credential-hygiene",
  );
});

describe("defaults", () => {
  const json = stack(section("  managedFrom: management\n"));

  test("rules for unused, old and root keys and for MFA, with 90 days", () => {
    const rules = Object.values(resources(json, "aws_config_organization_managed_rule")).map((r) => [
      r["rule_identifier"],
      r["input_parameters"],
    ]);
    expect(rules).toEqual([
      ["ACCESS_KEYS_ROTATED", '{"maxAccessKeyAge":"90"}'],
      ["IAM_ROOT_ACCESS_KEY_CHECK", undefined],
      ["ROOT_ACCOUNT_MFA_ENABLED", undefined],
      ["IAM_USER_UNUSED_CREDENTIALS_CHECK", '{"maxCredentialUsageAge":"90"}'],
      ["IAM_USER_MFA_ENABLED", undefined],
    ]);
  });

  test("an analyzer of the whole organization with the same days", () => {
    expect(resources(json, "aws_accessanalyzer_analyzer")["analyzer_unused_access"]).toMatchObject({
      type: "ORGANIZATION_UNUSED_ACCESS",
      configuration: { unused_access: { unused_access_age: 90 } },
    });
  });

  test("remediation is off: no pack, no role, no StackSet for one", () => {
    expect(addresses(json).filter((address) => address.includes("remediation"))).toEqual([]);
  });

  test("everything lives in the management account: one provider per region", () => {
    expect(json.provider.aws.map((p) => [(p["allowed_account_ids"] as string[])[0], p["region"]])).toEqual([
      ["111111111111", "eu-central-1"],
      ["111111111111", "us-east-1"],
    ]);
  });
});

describe("the example: managed from a delegated administrator, with manual remediation", () => {
  const json = stack();

  test("rules and analyzer are made in the delegated administrator's account, StackSets in the management account", () => {
    const providerOf = (type: string): unknown[] => [
      ...new Set(Object.values(resources(json, type)).map((r) => r["provider"] ?? "aws")),
    ];
    const aliases = json.provider.aws.map((p) => [p["alias"], (p["allowed_account_ids"] as string[])[0]]);
    const account = (provider: unknown): unknown =>
      aliases.find(([alias]) => (alias === undefined ? "aws" : `aws.${String(alias)}`) === provider)?.[1];
    for (const type of [
      "aws_config_organization_managed_rule",
      "aws_config_organization_conformance_pack",
      "aws_accessanalyzer_analyzer",
      "aws_sns_topic",
    ])
      expect(providerOf(type).map(account)).toEqual(["222222222202"]);
    expect(providerOf("aws_cloudformation_stack_set").map(account)).toEqual(["111111111111"]);
  });

  test("alarms are forwarded from every member account by a StackSet on the root, and from the management account by resources, in the same regions with the same rules", () => {
    const instances = resources(json, "aws_cloudformation_stack_instances")["stackset_credential_alarms_instances"]!;
    expect(instances).toMatchObject({
      regions: ["eu-central-1", "us-east-1"],
      deployment_targets: { organizational_unit_ids: ["r-exmp"] },
    });
    expect(resources(json, "aws_cloudformation_stack_set")["stackset_credential_alarms"]).toMatchObject({
      permission_model: "SERVICE_MANAGED",
      auto_deployment: { enabled: true },
    });
    const template = JSON.parse(bodyOf(json, "stackset_credential_alarms").replaceAll("$${", "${")) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    const inMembers = Object.values(template.Resources)
      .filter((r) => r.Type === "AWS::Events::Rule")
      .map((r) => [r.Properties["Name"], r.Properties["EventPattern"]]);
    for (const region of ["eu-central-1", "us-east-1"]) {
      const here = Object.entries(resources(json, "aws_cloudwatch_event_rule"))
        .filter(([id]) => id.startsWith(`forwarder_${region}_`))
        .map(([, r]) => [r["name"], JSON.parse(r["event_pattern"] as string)]);
      expect(here).toEqual(inMembers);
    }
    expect(inMembers).toHaveLength(2);
  });

  test("the rule that is remediated is in the pack and not beside it", () => {
    expect(Object.keys(resources(json, "aws_config_organization_managed_rule"))).not.toContain(
      "config_unused_credentials",
    );
    expect(resources(json, "aws_config_organization_conformance_pack")["remediation_pack"]!["template_body"]).toContain(
      "Automatic: false",
    );
  });

  test("the role of the remediation is in every account before the pack", () => {
    expect(resources(json, "aws_iam_role")["remediation_role"]).toMatchObject({
      name: "KeylessCredentialRemediation",
      path: "/keyless/",
    });
    expect(bodyOf(json, "stackset_credential_remediation")).toContain("KeylessCredentialRemediation");
    expect(resources(json, "aws_config_organization_conformance_pack")["remediation_pack"]!["depends_on"]).toEqual([
      "aws_cloudformation_stack_instances.stackset_credential_remediation_instances",
      "aws_iam_role_policy.remediation_role_policy",
    ]);
  });
});

describe("the roles of inventory and retire", () => {
  const trustOf = (json: StackJson, id: string): string =>
    resources(json, "aws_iam_role")[id]!["assume_role_policy"] as string;

  test("are in every account, remediation or not: through a StackSet on the root, and as resources in the management account", () => {
    const json = stack(section("  managedFrom: management\n"));
    expect(resources(json, "aws_cloudformation_stack_instances")["stackset_credential_access_instances"]).toMatchObject(
      { regions: ["eu-central-1"], deployment_targets: { organizational_unit_ids: ["r-exmp"] } },
    );
    expect(bodyOf(json, "stackset_credential_access")).toContain("KeylessInventory");
    expect(bodyOf(json, "stackset_credential_access")).toContain("KeylessRetirement");
    expect(resources(json, "aws_iam_role")).toMatchObject({
      inventory_role: { name: "KeylessInventory", path: "/keyless/" },
      retirement_role: { name: "KeylessRetirement", path: "/keyless/" },
    });
  });

  test("trust the pipeline's roles: reading both, retiring the one that applies", () => {
    expect(trustOf(stack(), "inventory_role")).toContain(
      '["arn:aws:iam::111111111111:role/KeylessBaselineApply","arn:aws:iam::111111111111:role/KeylessBaselinePlan"]',
    );
    expect(trustOf(stack(), "retirement_role")).toContain(
      '"aws:PrincipalArn":"arn:aws:iam::111111111111:role/KeylessBaselineApply"',
    );
  });

  test("trust whom the baseline names, under the name it gives", () => {
    const audit = "arn:aws:iam::222222222202:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_SecurityAudit_*";
    const json = stack(
      section(
        `  managedFrom: management\n  inventory:\n    roleName: CredentialReader\n    principals: ["${audit}"]\n  retirement:\n    principals: ["arn:aws:iam::222222222202:role/Cleaner"]\n`,
      ),
    );
    expect(resources(json, "aws_iam_role")["inventory_role"]).toMatchObject({
      name: "CredentialReader",
      path: "/keyless/",
    });
    expect(trustOf(json, "inventory_role")).toContain(audit);
    expect(trustOf(json, "retirement_role")).toContain("arn:aws:iam::222222222202:role/Cleaner");
    expect(trustOf(json, "retirement_role")).not.toContain(audit);
    expect(bodyOf(json, "stackset_credential_access")).toContain("CredentialReader");
  });

  test("a principal outside the organization is an error, and so is one that is everybody", () => {
    const problems = (arn: string): unknown[] =>
      exampleWith(
        section(
          `  managedFrom: management\n  alarms: {subscribers: {emails: [a@example.com]}}\n  inventory:\n    principals: ["${arn}"]\n`,
        ),
      ).problems.map((p) => [p.code, p.place?.path]);
    expect(problems("arn:aws:iam::999999999999:role/x")).toEqual([
      ["CREDENTIAL-HYGIENE-PRINCIPAL", "credentialHygiene.inventory.principals[0]"],
    ]);
    for (const arn of [
      "*",
      "arn:aws:iam::111111111111:root",
      "arn:aws:iam::111111111111:role/*",
      "arn:aws:iam::*:role/x",
    ]) {
      expect(problems(arn)).toEqual([[expect.stringMatching(/^CONFIG-/), "credentialHygiene.inventory.principals[0]"]]);
    }
  });
});

describe("options", () => {
  test("automatic remediation", () => {
    expect(
      resources(stack(section("  remediation: automatic\n")), "aws_config_organization_conformance_pack")[
        "remediation_pack"
      ]!["template_body"],
    ).toContain("Automatic: true");
  });

  test("the days reach rules, pack and analyzer", () => {
    const json = stack(section("  maxUnusedDays: 30\n  maxKeyAgeDays: 60\n  remediation: manual\n"));
    expect(resources(json, "aws_config_organization_managed_rule")["config_old_access_keys"]!["input_parameters"]).toBe(
      '{"maxAccessKeyAge":"60"}',
    );
    expect(resources(json, "aws_config_organization_conformance_pack")["remediation_pack"]!["template_body"]).toContain(
      'maxCredentialUsageAge: "30"',
    );
    expect(resources(json, "aws_accessanalyzer_analyzer")["analyzer_unused_access"]).toMatchObject({
      configuration: { unused_access: { unused_access_age: 30 } },
    });
  });

  test("no analyzer", () =>
    expect(resources(stack(section("  analyzer: false\n")), "aws_accessanalyzer_analyzer")).toEqual({}));

  test("accounts that AWS Config does not record are left out of rules and pack", () => {
    const json = stack(section("  excludedAccounts: [sandbox-2, sandbox-1]\n  remediation: manual\n"));
    for (const type of ["aws_config_organization_managed_rule", "aws_config_organization_conformance_pack"]) {
      for (const resource of Object.values(resources(json, type)))
        expect(resource["excluded_accounts"]).toEqual(["666666666601", "666666666602"]);
    }
  });

  test("another region than the home region is watched beside it", () => {
    const json = stack(section("  region: eu-west-1\n"));
    expect(
      resources(json, "aws_cloudformation_stack_instances")["stackset_credential_alarms_instances"]!["regions"],
    ).toEqual(["eu-central-1", "eu-west-1", "us-east-1"]);
  });

  test("break-glass users of another home account are denied to the remediation too", () => {
    const json = stack({
      baseline: [["breakGlass:\n  homeAccount: management\n", "breakGlass:\n  homeAccount: log-archive\n"]],
    });
    expect(resources(json, "aws_iam_role_policy")["remediation_role_policy"]!["policy"]).toContain(
      "arn:aws:iam::222222222201:user/break-glass/*",
    );
    expect(bodyOf(json, "stackset_credential_remediation")).toContain("arn:aws:iam::222222222201:user/break-glass/*");
  });

  test("nobody subscribed is a warning", () => {
    expect(exampleWith(section("  managedFrom: management\n")).problems.map((p) => [p.severity, p.code])).toEqual([
      ["warning", "CREDENTIAL-HYGIENE-NOBODY-HEARS"],
    ]);
  });
});
