import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { stackPair } from "../../../modules/terraform/synth-pair";

/** Two synths, or a plan, in which something changes beside the resources' own texts. */

type Json = Record<string, unknown>;

const review = (before: object, after: object): readonly string[] =>
  reviewPlans([stackPair("s", "s", before as Json, after as Json)]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );

const POLICY = "arn:aws:iam::aws:policy";
const attachments = (each: unknown, arn: string, role = "${each.key}"): object => ({
  resource: { aws_iam_role_policy_attachment: { a: { for_each: each, role, policy_arn: arn } } },
});

describe("for_each: what each instance has is filled in", () => {
  test.each<[string, object, object, readonly string[]]>([
    [
      "a value is another policy",
      attachments({ a: "ReadOnlyAccess", b: "ReadOnlyAccess" }, `${POLICY}/\${each.value}`),
      attachments({ a: "ReadOnlyAccess", b: "AdministratorAccess" }, `${POLICY}/\${each.value}`),
      ["weakens: Role b gains AdministratorAccess.", "strengthens: Role b loses ReadOnlyAccess."],
    ],
    [
      "an attribute of a value is another policy",
      attachments({ a: { p: "ReadOnlyAccess" } }, `${POLICY}/\${each.value.p}`),
      attachments({ a: { p: "AdministratorAccess" } }, `${POLICY}/\${each.value.p}`),
      ["weakens: Role a gains AdministratorAccess.", "strengthens: Role a loses ReadOnlyAccess."],
    ],
    [
      "an attribute within an attribute",
      attachments({ a: { p: { q: "ReadOnlyAccess" } } }, `${POLICY}/\${each.value.p.q}`),
      attachments({ a: { p: { q: "IAMFullAccess" } } }, `${POLICY}/\${each.value.p.q}`),
      ["weakens: Role a gains IAMFullAccess.", "strengthens: Role a loses ReadOnlyAccess."],
    ],
    [
      "a function over a value that changes is not known",
      attachments({ a: "readonlyaccess" }, `${POLICY}/\${title(each.value)}`),
      attachments({ a: "administratoraccess" }, `${POLICY}/\${title(each.value)}`),
      [
        'unknown: aws_iam_role_policy_attachment.a["a"]: Terraform evaluates a part of policy_arn (a directive %{…}, or an expression ${…} that is no plain reference); what it will be is not known here.',
      ],
    ],
    [
      "two references side by side",
      attachments({ a: { x: "ReadOnly", y: "Access" } }, `${POLICY}/\${each.value.x}\${each.value.y}`),
      attachments({ a: { x: "Power", y: "UserAccess" } }, `${POLICY}/\${each.value.x}\${each.value.y}`),
      ["weakens: Role a gains PowerUserAccess.", "strengthens: Role a loses ReadOnlyAccess."],
    ],
    [
      "another form of the same",
      attachments({ a: "ReadOnlyAccess" }, `${POLICY}/\${each.value}`),
      attachments({ a: { p: "ReadOnlyAccess" } }, `${POLICY}/\${each.value.p}`),
      [],
    ],
    [
      "an attribute that nothing is made of",
      attachments({ a: { p: "ReadOnlyAccess", note: "x" } }, `${POLICY}/\${each.value.p}`),
      attachments({ a: { p: "ReadOnlyAccess", note: "y" } }, `${POLICY}/\${each.value.p}`),
      [],
    ],
    [
      "escaped: a text, and the same text",
      attachments({ a: "x" }, `${POLICY}/$\${each.value}`),
      attachments({ a: "y" }, `${POLICY}/$\${each.value}`),
      [],
    ],
    [
      "keys with quotes and brackets",
      attachments({ 'a"]b': "ReadOnlyAccess" }, `${POLICY}/\${each.value}`, "r"),
      attachments({ 'a"]b': "AdministratorAccess" }, `${POLICY}/\${each.value}`, "r"),
      ["weakens: Role r gains AdministratorAccess.", "strengthens: Role r loses ReadOnlyAccess."],
    ],
    [
      "count: each number is its own",
      {
        resource: { aws_iam_role_policy_attachment: { a: { count: 1, role: "r${count.index}", policy_arn: POLICY } } },
      },
      {
        resource: { aws_iam_role_policy_attachment: { a: { count: 2, role: "r${count.index}", policy_arn: POLICY } } },
      },
      [`weakens: Role r1 gains ${POLICY}.`],
    ],
  ])("%s", (_, before, after, expected) => expect(review(before, after)).toEqual(expected));
});

const role = { aws_iam_role: { r: { name: "r", assume_role_policy: "{}" } } };
const aws = (more: object = {}): object => ({
  provider: { aws: [{ region: "eu-central-1", ...more }] },
  resource: role,
});
const setUp =
  "unknown: Stack s: aws, the provider, is set up in another way (NAME): where and as whom Terraform acts may be another place and another role.";

describe("providers", () => {
  test.each<[string, object, object, readonly string[]]>([
    [
      "assume_role",
      aws(),
      aws({ assume_role: [{ role_arn: "arn:aws:iam::1:role/x" }] }),
      [setUp.replace("NAME", "assume_role")],
    ],
    ["endpoints", aws(), aws({ endpoints: [{ iam: "https://evil.example" }] }), [setUp.replace("NAME", "endpoints")]],
    ["accounts", aws({ allowed_account_ids: ["1"] }), aws(), [setUp.replace("NAME", "allowed_account_ids")]],
    [
      "its block is gone, what it made is not",
      aws({ allowed_account_ids: ["1"] }),
      { resource: role },
      [
        "unknown: Stack s: aws, the provider, is no longer set up here: where and as whom Terraform acts may be another place and another role.",
      ],
    ],
    [
      "a block where there was none",
      { resource: role },
      aws({ assume_role: [{ role_arn: "arn:aws:iam::1:role/x" }] }),
      [
        "unknown: Stack s: aws, the provider, is set up here now: where and as whom Terraform acts may be another place and another role.",
      ],
    ],
    ["the same", aws(), aws(), []],
    [
      "another one that makes nothing here",
      aws(),
      { ...aws(), provider: { aws: [{ region: "eu-central-1" }], tfe: [{}] } },
      [],
    ],
    [
      "an alias that nothing uses",
      aws(),
      { ...aws(), provider: { aws: [{ region: "eu-central-1" }, { alias: "b" }] } },
      [],
    ],
  ])("%s", (_, before, after, expected) => expect(review(before, after)).toEqual(expected));
});

const handed = (input: unknown, policy: string): object => ({
  resource: {
    terraform_data: { d: { input } },
    aws_iam_role_policy: { p: { role: "r", name: "p", policy } },
  },
});

describe("terraform_data", () => {
  const OUT = "${terraform_data.d.output}";
  test.each<[string, object, object, readonly string[]]>([
    [
      "a policy is made of it",
      handed("a", OUT),
      handed("b", OUT),
      [
        "unknown: terraform_data.d has other data (input): what aws_iam_role_policy.p makes of it means something else.",
      ],
    ],
    [
      "a part of a policy",
      handed(["a"], `{"x":"${OUT}"}`),
      handed(["a", "b"], `{"x":"${OUT}"}`),
      [
        "unknown: terraform_data.d has other data (input): what aws_iam_role_policy.p makes of it means something else.",
      ],
    ],
    ["nobody uses it", handed("a", "{}"), handed("b", "{}"), []],
    ["the same", handed("a", OUT), handed("a", OUT), []],
    ["only its text is named, escaped", handed("a", `$${OUT}`), handed("b", `$${OUT}`), []],
  ])("%s", (_, before, after, expected) => expect(review(before, after)).toEqual(expected));
});

const waits = (roles: Json, depends_on: readonly string[]): object => ({
  resource: {
    aws_iam_role: roles,
    aws_organizations_policy: { p: { name: "p", content: "{}", depends_on } },
  },
});
const R = { name: "r", assume_role_policy: "{}" };
const LOST =
  "unknown: aws_organizations_policy.p no longer waits for what it waited for (depends_on): it may be made before it, or be gone after it.";

describe("dependencies", () => {
  const only = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.includes("depends_on"));
  test.each<[string, object, object, readonly string[]]>([
    ["dropped", waits({ a: R }, ["aws_iam_role.a"]), waits({ a: R }, []), [LOST]],
    ["its target has another address", waits({ a: R }, ["aws_iam_role.a"]), waits({ b: R }, []), [LOST]],
    [
      "its target has another address and other arguments",
      waits({ a: R }, ["aws_iam_role.a"]),
      waits({ b: { ...R, path: "/x/" } }, []),
      [LOST],
    ],
    [
      "of an instance",
      waits({ a: { ...R, count: 1 } }, ["aws_iam_role.a[0]"]),
      waits({ a: { ...R, count: 1 } }, []),
      [LOST],
    ],
    ["of a module", waits({ a: R }, ["module.m"]), waits({ a: R }, []), [LOST]],
    ["it follows its target", waits({ a: R }, ["aws_iam_role.a"]), waits({ b: R }, ["aws_iam_role.b"]), []],
    ["its target is gone", waits({ a: R }, ["aws_iam_role.a"]), waits({}, []), []],
    ["more to wait for", waits({ a: R }, []), waits({ a: R }, ["aws_iam_role.a"]), []],
  ])("%s", (_, before, after, expected) => expect(only(review(before, after))).toEqual(expected));
});

const assigned = (address: string, wanted: string, account: string): object => ({
  data: {
    aws_identitystore_group: {
      [address]: {
        identity_store_id: "d-1",
        alternate_identifier: [{ unique_attribute: [{ attribute_path: "DisplayName", attribute_value: wanted }] }],
      },
    },
  },
  resource: {
    aws_ssoadmin_account_assignment: {
      a: {
        principal_id: `\${data.aws_identitystore_group.${address}.group_id}`,
        principal_type: "GROUP",
        permission_set_arn: "arn:aws:sso:::permissionSet/x/y",
        target_id: account,
      },
    },
  },
});

describe("look-ups", () => {
  const gains = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.startsWith("weakens"));
  test.each<[string, object, object, readonly string[]]>([
    [
      "called after another group than they look for",
      assigned("group_platform", "Interns", "1"),
      assigned("group_platform", "Interns", "2"),
      ["weakens: Group Interns gains arn:aws:sso:::permissionSet/x/y in target 2."],
    ],
    [
      "called what they look for",
      assigned("group_Platform", "Platform", "1"),
      assigned("group_Platform", "Platform", "2"),
      ["weakens: Group Platform gains arn:aws:sso:::permissionSet/x/y in target 2."],
    ],
    [
      "of what is not known",
      assigned("group_platform", "${var.group}", "1"),
      assigned("group_platform", "${var.group}", "2"),
      [
        "weakens: Group that data.aws_identitystore_group.group_platform finds gains arn:aws:sso:::permissionSet/x/y in target 2.",
      ],
    ],
    ["by another address: the same group", assigned("one", "Platform", "1"), assigned("two", "Platform", "1"), []],
    ["by the same address: another group", assigned("one", "Platform", "1"), assigned("one", "Admins", "1"), []],
  ])("%s", (_, before, after, expected) => expect(gains(review(before, after))).toEqual(expected));

  test("one that looks for another group is told, and stops", () => {
    expect(review(assigned("one", "Platform", "1"), assigned("one", "Admins", "1"))).toEqual([
      "unknown: Stack s: data source aws_identitystore_group.one looks up something else (alternate_identifier): whatever refers to it means something else.",
    ]);
  });
});

const UNCHANGED = JSON.parse(readFileSync(join(__dirname, "plans/unchanged.json"), "utf8")) as Json;
const planned = (edit: (plan: Json) => void): readonly string[] => {
  const plan = structuredClone(UNCHANGED);
  edit(plan);
  return reviewPlans([parsePlanJson("p.json", "p", JSON.stringify(plan))]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );
};
const root = (plan: Json): Json => (plan["configuration"] as Json)["root_module"] as Json;
const external = { address: "data.external.x", mode: "data", type: "external", name: "x", expressions: {} };

describe("parts of a plan that are no resources", () => {
  test.each<[string, (plan: Json) => void, readonly string[]]>([
    [
      "a program that is run while Terraform plans",
      (plan) => (root(plan)["resources"] as unknown[]).push(external),
      ["unknown: Stack p: data.external.x runs a program where Terraform plans."],
    ],
    [
      "the same in a module within a module",
      (plan) =>
        (root(plan)["module_calls"] = {
          a: { source: "./a", module: { module_calls: { b: { source: "../b", module: { resources: [external] } } } } },
        }),
      ["unknown: Stack p: module.a.module.b.data.external.x runs a program where Terraform plans."],
    ],
    [
      "a module of somebody else's within one of this repository",
      (plan) =>
        (root(plan)["module_calls"] = {
          a: { source: "./a", module: { module_calls: { b: { source: "git::https://evil.example/b", module: {} } } } },
        }),
      [
        "unknown: Stack p: module.a.module.b is loaded from git::https://evil.example/b: code that is not of this repository.",
      ],
    ],
    [
      "a provider that only a look-up uses",
      (plan) =>
        (plan["prior_state"] = {
          values: {
            root_module: {
              child_modules: [{ resources: [{ mode: "data", provider_name: "registry.terraform.io/hashicorp/http" }] }],
            },
          },
        }),
      [
        "unknown: Stack p: provider hashicorp/http is used: its program runs where Terraform runs, and the stacks of this project do not need it.",
      ],
    ],
    [
      "an action",
      (plan) => (plan["action_invocations"] = [{ address: "action.aws_lambda_invoke.x" }]),
      ["unknown: Stack p: action action.aws_lambda_invoke.x runs in addition to the changes of resources."],
    ],
    [
      "an action that is put off",
      (plan) => (plan["deferred_action_invocations"] = [{ address: "action.aws_lambda_invoke.x" }]),
      ["unknown: Stack p: action action.aws_lambda_invoke.x runs in addition to the changes of resources."],
    ],
    [
      "a check that fails",
      (plan) => (plan["checks"] = [{ address: { to_display: "check.mfa" }, status: "fail" }]),
      ["unknown: Stack p: check check.mfa fails: what it was written to make sure of is not so."],
    ],
    ["a check that holds", (plan) => (plan["checks"] = [{ address: { to_display: "check.mfa" }, status: "pass" }]), []],
    [
      "a part that nobody knows",
      (plan) => (plan["resource_transfers"] = [{ from: "a", to: "b" }]),
      [
        "unknown: Stack p: its plan has a part, resource_transfers, that is not known here: what it means is not looked into.",
      ],
    ],
    ["a part that nobody knows and that is empty", (plan) => (plan["resource_transfers"] = []), []],
  ])("%s", (_, edit, expected) => expect(planned(edit)).toEqual(expected));
});

const role1 = { resource: role };
const shown = "unknown: Stack s: ";

describe("code from elsewhere in two synths", () => {
  test.each<[string, object, object, readonly string[]]>([
    [
      "a program, as lists",
      role1,
      { ...role1, data: [{ external: [{ x: [{ program: ["id"] }] }] }] },
      [
        `${shown}data source external.x is new: it may run or ask anything while Terraform plans.`,
        `${shown}provider hashicorp/external is used: its program runs where Terraform runs, and the stacks of this project do not need it.`,
      ],
    ],
    [
      "a program within a check",
      role1,
      { ...role1, check: { c: { data: { external: { x: {} } } } } },
      [
        `${shown}block check is new; what that means is not known here.`,
        `${shown}check.c.data.external.x runs a program where Terraform plans.`,
        `${shown}provider hashicorp/external is used: its program runs where Terraform runs, and the stacks of this project do not need it.`,
      ],
    ],
    [
      "a role that becomes an administrator's, written as lists",
      {
        resource: [{ aws_iam_role_policy_attachment: [{ a: { role: "r", policy_arn: `${POLICY}/ReadOnlyAccess` } }] }],
      },
      {
        resource: {
          aws_iam_role_policy_attachment: { a: [{ role: "r", policy_arn: `${POLICY}/AdministratorAccess` }] },
        },
      },
      ["weakens: Role r gains AdministratorAccess.", "strengthens: Role r loses ReadOnlyAccess."],
    ],
    [
      "the same, in another form",
      { resource: role, provider: { aws: [{ region: "eu-central-1" }] } },
      { resource: [role], provider: [{ aws: { region: "eu-central-1" } }] },
      [],
    ],
    [
      "a provisioner that a removed block runs",
      role1,
      { ...role1, removed: [{ from: "aws_iam_role.x", provisioner: { "local-exec": { command: "id" } } }] },
      [
        `${shown}removal of aws_iam_role.x is in the synth and not in moves.yaml, from which alone it may come.`,
        `${shown}removed aws_iam_role.x runs a program where Terraform runs (provisioner).`,
      ],
    ],
  ])("%s", (_, before, after, expected) => expect(review(before, after)).toEqual(expected));

  test("a new stack brings a program, a module and a provider", () => {
    const stack: Json = {
      data: { external: { x: {} } },
      module: { m: { source: "./m" } },
      terraform: { required_providers: { external: { source: "hashicorp/external" } } },
      resource: role,
    };
    expect(
      reviewPlans([stackPair("s", "s", undefined, stack)])
        .changes.map((change) => plainText(change.sentence))
        .filter((sentence) => sentence.startsWith("Stack s:")),
    ).toEqual([
      "Stack s: data.external.x runs a program where Terraform plans.",
      "Stack s: module.m is loaded from ./m: code that is not of this repository.",
      "Stack s: provider hashicorp/external is used: its program runs where Terraform runs, and the stacks of this project do not need it.",
    ]);
  });
});
