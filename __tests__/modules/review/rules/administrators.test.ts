import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { parsePlanJson } from "../../../../modules/terraform/plan-json";
import { stackPair } from "../../../../modules/terraform/synth-pair";

/** Whoever becomes an administrator is told first, and no waiver lets it pass: wherever the rights come from. What is no guard yet loses none. */

type Json = Record<string, unknown>;
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, more: object = {}): object => ({ Effect: "Allow", Action, Resource: "*", ...more });
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const READS = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const trust = (more: object = {}): string =>
  document({
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111111111111:root" },
    Action: "sts:AssumeRole",
    ...more,
  });
const role = (more: Json = {}): Json => ({
  aws_iam_role: { r: { name: "app", assume_role_policy: trust(), ...more } },
});
const inline = (text: string): Json => ({
  ...role(),
  aws_iam_role_policy: { p: { name: "p", role: "app", policy: text } },
});
const group = (arn: string): Json => ({
  aws_iam_group: { g: { name: "g" } },
  aws_iam_group_policy_attachment: { p: { group: "g", policy_arn: arn } },
});
const changesOf = (before: Json, after: Json) =>
  reviewPlans([stackPair("s", "s", { resource: before }, { resource: after })]).changes;

test.each<[string, Json, Json]>([
  ["an inline policy", inline(document(allow("s3:GetObject"))), inline(document(allow("*")))],
  ["one of several statements", inline(document(allow("s3:*"))), inline(document(allow("s3:*"), allow(["*"])))],
  ["a group", group(READS), group(ADMINISTRATOR)],
  [
    "a managed policy",
    { aws_iam_policy: { m: { name: "m", policy: document(allow("s3:*")) } } },
    { aws_iam_policy: { m: { name: "m", policy: document(allow("*")) } } },
  ],
  [
    "a permission set's inline policy",
    { aws_ssoadmin_permission_set: { p: { name: "P", instance_arn: "i" } } },
    {
      aws_ssoadmin_permission_set: { p: { name: "P", instance_arn: "i" } },
      aws_ssoadmin_permission_set_inline_policy: {
        i: { permission_set_arn: "${aws_ssoadmin_permission_set.p.arn}", inline_policy: document(allow("*")) },
      },
    },
  ],
])("by %s", (_, before, after) => {
  const found = changesOf(before, after).filter(({ class: cls }) => cls === "weakens");
  expect(found.map(({ administrator }) => administrator)).toEqual([true]);
});

test.each<[string, Json, Json]>([
  [
    "everything under a condition",
    inline(document(allow("s3:*"))),
    inline(document(allow("*", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }))),
  ],
  ["who was one before", inline(document(allow("*"))), inline(document(allow("*"), allow("s3:*")))],
  ["a group that reads", group(ADMINISTRATOR), group(READS)],
])("nobody by %s", (_, before, after) => {
  expect(changesOf(before, after).filter(({ administrator }) => administrator)).toEqual([]);
});

test("what only becomes a way back in loses nothing of a guard", () => {
  const mfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
  const held = (...arns: readonly string[]): Json =>
    role({ assume_role_policy: trust(mfa), managed_policy_arns: arns });
  const losses = (before: Json, after: Json): readonly string[] =>
    changesOf(before, after)
      .filter(({ sentence }) => plainText(sentence).includes("loses"))
      .map(({ class: cls }) => cls);
  expect(losses(held(READS), held(ADMINISTRATOR))).toEqual(["strengthens"]);
  expect(losses(held(ADMINISTRATOR, READS), held(READS))).toEqual(["destroys-guard"]);
});

describe("what an identity policy allows on the resources of an account", () => {
  const KEY = "arn:aws:kms:eu-central-1:111111111111:key/11112222-3333-4444-5555-666677778888";
  const classes = (before: string, after: string): readonly string[] =>
    changesOf(
      { aws_iam_policy: { m: { name: "m", policy: before } } },
      { aws_iam_policy: { m: { name: "m", policy: after } } },
    ).map(({ class: cls }) => cls);
  test.each<[string, object]>([
    ["a key", { Effect: "Allow", Action: "kms:Decrypt", Resource: KEY }],
    ["a queue", { Effect: "Allow", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-central-1:111111111111:q" }],
    [
      "the user itself",
      { Effect: "Allow", Action: "iam:CreateAccessKey", Resource: "arn:aws:iam::111111111111:user/$${aws:username}" },
    ],
    ["another role", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "arn:aws:iam::222222222222:role/x" }],
  ])("%s is found from that account", (_, statement) => {
    const base = allow("ec2:Describe*");
    expect(classes(document(base), document(base, statement))).toEqual(["weakens"]);
    expect(classes(document(base, statement), document(base))).toEqual(["strengthens"]);
  });
});

describe("a value that is not known before it is applied", () => {
  const planned = (policyBefore: object | null, unknown: Json): readonly string[] => {
    const one = (type: string, name: string, before: Json | null, after: Json, after_unknown: Json = {}) => ({
      address: `${type}.${name}`,
      mode: "managed",
      type,
      name,
      change: { actions: before ? ["no-op"] : ["create"], before, after, after_unknown },
    });
    const arn = "arn:aws:iam::111111111111:policy/deny";
    const deny = { name: "deny", policy: document({ Effect: "Deny", Action: "iam:*", Resource: "*" }) };
    const app = { name: "app", id: "app", assume_role_policy: trust(), arn: "arn:aws:iam::111111111111:role/app" };
    const plan = {
      format_version: "1.2",
      planned_values: {},
      resource_changes: [
        one("aws_iam_role", "app", app, app),
        policyBefore
          ? one("aws_iam_policy", "deny", { ...deny, arn, id: arn }, { ...deny, arn, id: arn })
          : one("aws_iam_policy", "deny", null, deny, { arn: true, id: true }),
        one("aws_iam_role_policy_attachment", "a", null, { role: "app" }, unknown),
      ],
      configuration: {
        provider_config: {},
        root_module: {
          resources: [
            {
              address: "aws_iam_role_policy_attachment.a",
              type: "aws_iam_role_policy_attachment",
              name: "a",
              expressions: {
                role: { constant_value: "app" },
                policy_arn: { references: ["aws_iam_policy.deny.arn", "aws_iam_policy.deny"] },
              },
            },
          ],
        },
      },
    };
    return reviewPlans([parsePlanJson("s", "s", JSON.stringify(plan))]).changes.map(({ class: cls }) => cls);
  };
  // `replace(aws_iam_policy.deny.arn, "/.*/", "…AdministratorAccess")` stands in the plan as `aws_iam_policy.deny.arn` does.
  test("is not taken for a policy that only denies", () =>
    expect(planned(null, { policy_arn: true })).toContain("unknown"));
  test("is not the name of something whose name is known", () =>
    expect(planned({}, { policy_arn: true })).toContain("unknown"));
});

describe("a guard that is attached in place of another one", () => {
  const deny = (...Action: readonly string[]): string => document({ Effect: "Deny", Action, Resource: "*" });
  const one = (type: string, name: string, change: Json) => ({
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    change,
  });
  const scp = (name: string, id: string, content: string) => {
    const value = { name, id, content, type: "SERVICE_CONTROL_POLICY" };
    return one("aws_organizations_policy", name, {
      actions: ["no-op"],
      before: value,
      after: value,
      after_unknown: {},
    });
  };
  const planned = (...references: readonly string[]) => {
    const plan = {
      format_version: "1.2",
      planned_values: {},
      resource_changes: [
        scp("strict", "p-strict001", deny("iam:CreateUser", "iam:CreateAccessKey")),
        scp("weak", "p-weak00001", deny("iam:CreateUser")),
        one("aws_organizations_policy", "fresh", {
          actions: ["create"],
          before: null,
          after: { name: "fresh", content: deny("iam:*", "s3:*"), type: "SERVICE_CONTROL_POLICY" },
          after_unknown: { id: true, arn: true },
        }),
        one("aws_organizations_policy_attachment", "a", {
          actions: ["delete", "create"],
          before: { id: "ou-exmp-sandbox1:p-strict001", policy_id: "p-strict001", target_id: "ou-exmp-sandbox1" },
          after: { target_id: "ou-exmp-sandbox1" },
          after_unknown: { id: true, policy_id: true },
        }),
      ],
      configuration: {
        provider_config: {},
        root_module: {
          resources: [
            {
              address: "aws_organizations_policy_attachment.a",
              type: "aws_organizations_policy_attachment",
              name: "a",
              expressions: { policy_id: { references }, target_id: { constant_value: "ou-exmp-sandbox1" } },
            },
          ],
        },
      },
    };
    return reviewPlans([parsePlanJson("s", "s", JSON.stringify(plan))]).changes.map(({ class: cls }) => cls);
  };
  // `aws_organizations_policy.fresh.id == "" ? "" : aws_organizations_policy.weak.id`
  test.each<[string, readonly string[]]>([
    ["of two that it may be", ["aws_organizations_policy.fresh.id", "aws_organizations_policy.weak.id"]],
    ["of one that does not exist yet", ["aws_organizations_policy.fresh.id"]],
    ["of one that does", ["aws_organizations_policy.weak.id"]],
    ["of none", ["terraform_data.x.output"]],
  ])("is not believed to be stricter: %s", (_, references) => expect(planned(...references)).toContain("unknown"));
});
