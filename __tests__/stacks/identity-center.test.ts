import { App } from "cdktf";
import { stackSettings } from "../../modules/sections/stack-settings";
import { addStacks } from "../../stacks/identity-center";
import { EXAMPLE_ORGANIZATION, edited, TextEdit } from "../support/environments";
import { addresses, resources, StackJson } from "../support/synth";
import {
  BASELINE,
  environmentOf,
  outcomeWith,
  resolved,
  stacksOf,
  stacksWith,
  stateOf,
} from "../modules/sections/identity-center/fixture";

const stack = (name: string, edit: TextEdit = {}): StackJson => stacksWith(edit).get(`prod-identity-center${name}`)!;

/** Addresses of everything, instances of `for_each` one by one. */
function instances(stacks: ReadonlyMap<string, StackJson>): readonly string[] {
  return [...stacks]
    .flatMap(([name, json]) =>
      addresses(json).flatMap((address) => {
        const [type, id] = address.split(".") as [string, string];
        const each = resources(json, type)[id]!["for_each"] as Record<string, string> | undefined;
        return each ? Object.keys(each).map((key) => `${name}: ${address}["${key}"]`) : [`${name}: ${address}`];
      }),
    )
    .sort();
}

/** Stacks whose JSON is not the same. */
function changed(a: ReadonlyMap<string, StackJson>, b: ReadonlyMap<string, StackJson>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => JSON.stringify(a.get(name)) !== JSON.stringify(b.get(name)))
    .sort();
}

describe("addresses", () => {
  test("are frozen", () => {
    const of = (name: string): readonly string[] => addresses(stack(name));
    expect(of("")).toEqual([
      "aws_identitystore_group.group_Billing",
      "aws_identitystore_group.group_Platform",
      "aws_ssoadmin_instance_access_control_attributes.access_control_attributes",
    ]);
    expect(of("-00")).toEqual([
      "aws_ssoadmin_account_assignment.assignment_AdministratorAccess_Platform",
      "aws_ssoadmin_account_assignment.assignment_Developer_Data",
      "aws_ssoadmin_account_assignment.assignment_Developer_Payments",
      "aws_ssoadmin_customer_managed_policy_attachment.customer_policy_Developer_deploy",
      "aws_ssoadmin_managed_policy_attachment.managed_policy_AdministratorAccess_AdministratorAccess",
      "aws_ssoadmin_managed_policy_attachment.managed_policy_Developer_PowerUserAccess",
      "aws_ssoadmin_permission_set.permission_set_AdministratorAccess",
      "aws_ssoadmin_permission_set.permission_set_Developer",
      "aws_ssoadmin_permission_set_inline_policy.inline_policy_Developer",
      "aws_ssoadmin_permissions_boundary_attachment.boundary_Developer",
    ]);
    expect(of("-management")).toEqual([
      "aws_ssoadmin_account_assignment.assignment_ManagementBilling_Billing",
      "aws_ssoadmin_managed_policy_attachment.managed_policy_ManagementBilling_Billing",
      "aws_ssoadmin_permission_set.permission_set_ManagementBilling",
    ]);
    expect(
      resources(stack("-00"), "aws_ssoadmin_account_assignment")["assignment_Developer_Data"]!["for_each"],
    ).toEqual({ "444444444401": "data-prod", "555555555501": "data-dev" });
  });

  const newAccount: TextEdit = {
    organization: [
      [
        '  - id: "444444444403"\n',
        '  - id: "444444444499"\n    name: cards-prod\n    status: ACTIVE\n    parentId: ou-exmp-wrkprod1\n    tags: {}\n  - id: "444444444403"\n',
      ],
    ],
  };

  test("an account in the middle of the list adds addresses, in the shards that reach it, and moves none", () => {
    const [before, after] = [stacksWith(), stacksWith(newAccount)];
    const [old, now] = [instances(before), instances(after)];
    expect(old.filter((address) => !now.includes(address))).toEqual([]);
    expect(now.filter((address) => !old.includes(address))).toEqual([
      'prod-identity-center-00: aws_ssoadmin_account_assignment.assignment_AdministratorAccess_Platform["444444444499"]',
      'prod-identity-center-00: aws_ssoadmin_account_assignment.assignment_Developer_Data["444444444499"]',
      'prod-identity-center-03: aws_ssoadmin_account_assignment.assignment_ReadOnly_Engineering["444444444499"]',
      'prod-identity-center-03: aws_ssoadmin_account_assignment.assignment_SecurityAudit_Security["444444444499"]',
    ]);
    expect(changed(before, after)).toEqual(["prod-identity-center-00", "prod-identity-center-03"]);
  });

  test("a suspended account takes its own addresses away and no other", () => {
    const suspended = stacksWith({
      organization: [["    name: sandbox-1\n    status: ACTIVE", "    name: sandbox-1\n    status: SUSPENDED"]],
    });
    const [old, now] = [instances(stacksWith()), instances(suspended)];
    expect(now.filter((address) => !old.includes(address))).toEqual([]);
    expect(old.filter((address) => !now.includes(address))).toHaveLength(2);
    for (const address of old.filter((one) => !now.includes(one))) expect(address).toContain('["666666666601"]');
  });

  test("a renamed account changes no address", () => {
    expect(instances(stacksWith({ organization: [["    name: sandbox-1\n", "    name: playground\n"]] }))).toEqual(
      instances(stacksWith()),
    );
  });

  test("a renamed OU changes not a byte", () => {
    const renamed = stacksOf(
      resolved(
        environmentOf(
          BASELINE.replaceAll("ou: Workloads", "ou: Products"),
          edited(EXAMPLE_ORGANIZATION, [["    name: Workloads\n", "    name: Products\n"]]),
        ),
      ),
    );
    expect(changed(stacksWith(), renamed)).toEqual([]);
  });

  test("reordered YAML changes not a byte", () => {
    const text = BASELINE.replace(
      "    - name: Platform\n      description: The platform team, which runs this baseline\n    - name: Billing\n",
      "    - name: Billing\n    - name: Platform\n      description: The platform team, which runs this baseline\n",
    );
    const environment = environmentOf(text, EXAMPLE_ORGANIZATION);
    const section = environment.baseline.identityCenter!;
    const reversed = {
      ...environment,
      baseline: {
        ...environment.baseline,
        identityCenter: {
          ...section,
          permissionSets: [...section.permissionSets]
            .reverse()
            .map((set) => ({ ...set, awsManagedPolicies: [...set.awsManagedPolicies].reverse() })),
          assignments: [...section.assignments].reverse(),
        },
      },
    };
    expect(changed(stacksWith(), stacksOf(resolved(reversed)))).toEqual([]);
  });

  test("a changed assignment touches one shard", () => {
    expect(
      changed(
        stacksWith(),
        stacksWith({ baseline: [["        - account: payments-dev\n", "        - account: payments-prod\n"]] }),
      ),
    ).toEqual(["prod-identity-center-00"]);
  });

  test("a new permission set touches its own shard", () => {
    const added: TextEdit = {
      baseline: [["    - name: SecurityAudit\n", "    - name: PermissionSet0\n    - name: SecurityAudit\n"]],
    };
    expect(changed(stacksWith(), stacksWith(added))).toEqual(["prod-identity-center-02"]);
  });

  test("names that are no identifiers become addresses that are", () => {
    const json = stack("-03", {
      baseline: [
        ["    - group: Security\n", "    - group: Team Zürich_${x}\n"],
        ["    - name: Platform\n", "    - name: Team Zürich_${x}\n    - name: Platform\n"],
      ],
    });
    const [id] = Object.keys(resources(json, "aws_ssoadmin_account_assignment")).filter((name) =>
      name.includes("Team"),
    );
    expect(id).toMatch(/^assignment_SecurityAudit_Team-Zurich-x-[0-9a-f]{8}$/);
    expect(JSON.stringify(json.data)).toContain('"attribute_value":"Team Zürich_$${x}"');
  });
});

describe("where the stacks run", () => {
  const provider = (json: StackJson): Readonly<Record<string, unknown>> => json.provider.aws[0]!;

  test("a delegated administrator's: in its account, through the member role, in the region of the instance", () => {
    for (const name of ["", "-00", "-03"]) {
      expect(provider(stack(name))).toMatchObject({ region: "eu-central-1", allowed_account_ids: ["333333333301"] });
      expect(JSON.stringify(provider(stack(name)))).toContain(
        "arn:aws:iam::333333333301:role/OrganizationAccountAccessRole",
      );
    }
  });

  test("managedFrom: management: in the management account, without a role", () => {
    expect(provider(stack("-management"))).toMatchObject({
      region: "eu-central-1",
      allowed_account_ids: ["111111111111"],
    });
    expect(provider(stack("-management"))["assume_role"]).toBeUndefined();
    expect(
      provider(stack("-00", { baseline: [["  managedFrom: identity\n", "  managedFrom: management\n"]] })),
    ).toMatchObject({ allowed_account_ids: ["111111111111"] });
  });

  test("one provider each", () => {
    for (const json of stacksWith().values()) expect(json.provider.aws).toHaveLength(1);
  });
});

describe("permission sets", () => {
  const set = (name: string, id: string, edit: TextEdit = {}): Readonly<Record<string, unknown>> =>
    resources(stack(name, edit), "aws_ssoadmin_permission_set")[`permission_set_${id}`]!;

  test("by default an hour, no description, no relay state", () => {
    const bare = set("-03", "ReadOnly", {
      baseline: [["    - name: ReadOnly\n      sessionHours: 8\n", "    - name: ReadOnly\n"]],
    });
    expect(bare).toEqual({
      instance_arn: "arn:aws:sso:::instance/ssoins-1111222233334444",
      name: "ReadOnly",
      session_duration: "PT1H",
    });
  });

  test("with everything", () => {
    expect(set("-00", "Developer")).toEqual({
      description: "Build and run, but not change who may do what",
      instance_arn: "arn:aws:sso:::instance/ssoins-1111222233334444",
      name: "Developer",
      relay_state: "https://eu-central-1.console.aws.amazon.com/console/home",
      session_duration: "PT8H",
    });
  });

  test("policies by kind", () => {
    const json = stack("-00");
    expect(
      resources(json, "aws_ssoadmin_managed_policy_attachment")["managed_policy_Developer_PowerUserAccess"],
    ).toMatchObject({ managed_policy_arn: "arn:aws:iam::aws:policy/PowerUserAccess" });
    expect(
      resources(json, "aws_ssoadmin_customer_managed_policy_attachment")["customer_policy_Developer_deploy"],
    ).toMatchObject({ customer_managed_policy_reference: { name: "deploy", path: "/teams/" } });
    expect(resources(json, "aws_ssoadmin_permissions_boundary_attachment")["boundary_Developer"]).toMatchObject({
      permissions_boundary: { customer_managed_policy_reference: { name: "developer-boundary", path: "/" } },
    });
    expect(
      resources(stack("-03"), "aws_ssoadmin_permissions_boundary_attachment")["boundary_SecurityAudit"],
    ).toMatchObject({ permissions_boundary: { managed_policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" } });
    expect(
      resources(stack("-management"), "aws_ssoadmin_managed_policy_attachment")[
        "managed_policy_ManagementBilling_Billing"
      ],
    ).toMatchObject({ managed_policy_arn: "arn:aws:iam::aws:policy/job-function/Billing" });
  });

  test("the inline policy is canonical and its variables reach AWS", () => {
    const text = resources(stack("-00"), "aws_ssoadmin_permission_set_inline_policy")["inline_policy_Developer"]![
      "inline_policy"
    ] as string;
    expect(text).toContain("homes/$${aws:PrincipalTag/CostCenter}/*");
    expect(JSON.parse(text.replaceAll("$${", () => "${"))).toEqual({
      Statement: [
        {
          Action: ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"],
          Effect: "Deny",
          Resource: "*",
          Sid: "NoAuditTampering",
        },
        {
          Action: "s3:GetObject",
          Effect: "Allow",
          Resource: "arn:aws:s3:::homes/${aws:PrincipalTag/CostCenter}/*",
          Sid: "OwnObjects",
        },
      ],
      Version: "2012-10-17",
    });
  });

  test("boundary, then denies, then what allows, then people: each waits for the one before", () => {
    const json = stack("-00");
    const waitsFor = (type: string, id: string): unknown => resources(json, type)[id]!["depends_on"];
    expect(waitsFor("aws_ssoadmin_permissions_boundary_attachment", "boundary_Developer")).toBeUndefined();
    expect(waitsFor("aws_ssoadmin_permission_set_inline_policy", "inline_policy_Developer")).toEqual([
      "aws_ssoadmin_permissions_boundary_attachment.boundary_Developer",
    ]);
    expect(waitsFor("aws_ssoadmin_managed_policy_attachment", "managed_policy_Developer_PowerUserAccess")).toEqual([
      "aws_ssoadmin_permission_set_inline_policy.inline_policy_Developer",
    ]);
    expect(waitsFor("aws_ssoadmin_customer_managed_policy_attachment", "customer_policy_Developer_deploy")).toEqual([
      "aws_ssoadmin_managed_policy_attachment.managed_policy_Developer_PowerUserAccess",
    ]);
    for (const group of ["Data", "Payments"]) {
      expect(waitsFor("aws_ssoadmin_account_assignment", `assignment_Developer_${group}`)).toEqual([
        "aws_ssoadmin_customer_managed_policy_attachment.customer_policy_Developer_deploy",
      ]);
    }
  });
});

describe("groups and attributes", () => {
  test("a description is optional", () => {
    expect(resources(stack(""), "aws_identitystore_group")).toEqual({
      group_Billing: { display_name: "Billing", identity_store_id: "d-1111222233" },
      group_Platform: {
        description: "The platform team, which runs this baseline",
        display_name: "Platform",
        identity_store_id: "d-1111222233",
      },
    });
  });

  test("the source of an attribute reaches AWS as it was written", () => {
    expect(JSON.stringify(resources(stack(""), "aws_ssoadmin_instance_access_control_attributes"))).toContain(
      '"$${path:enterprise.costCenter}"',
    );
  });

  test("without attributes and groups the stack is there and empty, so that it removes what was", () => {
    const empty = stack("", {
      baseline: [
        ['  accessControlAttributes:\n    CostCenter: ["${path:enterprise.costCenter}"]\n', ""],
        [
          "  groups:\n    - name: Platform\n      description: The platform team, which runs this baseline\n    - name: Billing\n",
          "",
        ],
        ["    - group: Platform\n", "    - group: Shop\n"],
        ["    - group: Billing\n", "    - group: Shop\n"],
      ],
    });
    expect(empty.resource).toBeUndefined();
  });

  const synced: TextEdit = {
    organization: [
      [
        "    - id: 11112222-3333-4444-5555-666677770001\n",
        "    - id: 99992222-3333-4444-5555-666677770001\n      displayName: Platform\n      synced: false\n    - id: 11112222-3333-4444-5555-666677770001\n",
      ],
    ],
  };
  const principal = (edit: TextEdit): unknown =>
    resources(stack("-00", edit), "aws_ssoadmin_account_assignment")["assignment_AdministratorAccess_Platform"]![
      "principal_id"
    ];
  const dependencies = (edit: TextEdit): readonly string[] => {
    const outcome = outcomeWith(edit);
    return addStacks(
      new App({ outdir: "/nonexistent" }),
      { settings: stackSettings(outcome.environment), identityCenter: stateOf(outcome) },
      [],
    )
      .filter((one) => one.dependencies.length > 0)
      .map((one) => `${one.stackName} after ${one.dependencies.map(String).join()}`);
  };

  test("a group of ours that is new is looked up, after the stack that makes it", () => {
    expect(principal({})).toBe("${data.aws_identitystore_group.group_Platform.group_id}");
    expect(stack("-00").data).toEqual({
      aws_identitystore_group: {
        group_Platform: {
          identity_store_id: "d-1111222233",
          alternate_identifier: { unique_attribute: { attribute_path: "DisplayName", attribute_value: "Platform" } },
        },
      },
    });
    expect(dependencies({})).toEqual([
      "prod-identity-center-00 after prod-identity-center",
      "prod-identity-center-management after prod-identity-center",
    ]);
  });

  test("once the facts show it the literal id takes its place, at the same address, and the shard plans by itself", () => {
    expect(principal(synced)).toBe("99992222-3333-4444-5555-666677770001");
    expect(stack("-00", synced).data).toBeUndefined();
    expect(instances(stacksWith(synced))).toEqual(instances(stacksWith()));
    expect(dependencies(synced)).toEqual(["prod-identity-center-management after prod-identity-center"]);
  });

  test("two permission sets of a shard share one look-up", () => {
    const json = stack("-00", { baseline: [["    - group: Payments\n", "    - group: Platform\n"]] });
    expect(Object.keys(json.data!["aws_identitystore_group"]!)).toEqual(["group_Platform"]);
  });
});

test("no token of cdktf and no literal that Terraform would take for a template leaks into the output", () => {
  for (const json of stacksWith().values()) {
    const text = JSON.stringify(json);
    expect(text).not.toMatch(/TfToken/);
    for (const [, inside] of text.matchAll(/(?<!\$)\$\{([^}]*)\}/g))
      expect(inside).toMatch(
        /^(aws_ssoadmin_permission_set\.permission_set_[A-Za-z-]+\.arn|data\.aws_identitystore_group\.group_[A-Za-z-]+\.group_id|each\.key)$/,
      );
  }
});
