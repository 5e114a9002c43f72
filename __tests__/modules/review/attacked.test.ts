import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { parsePlanJson } from "../../../modules/terraform/plan-json";

/** Plans that an attacker wrote in the form of `terraform show -json`: access grows or a guard weakens, and nothing was said of it, or something else. */

type Json = Record<string, unknown>;

const ACCOUNT = "111111111111";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/intern`;
const statements = (...Statement: readonly Json[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string): Json => ({ Effect: "Allow", Action, Resource: "*" });
const deny = (Action: string): Json => ({ Effect: "Deny", Action, Resource: "*" });

interface More {
  readonly actions?: readonly string[];
  readonly unknown?: Json;
  readonly sensitive?: Json;
  /** Arguments that the configuration's expressions have. @default - those with a value afterwards */
  readonly written?: readonly string[];
}

/** One change of a resource, and what the configuration has of it. */
function changed(address: string, before: Json | undefined, after: Json | undefined, more: More = {}): readonly Json[] {
  const [type = "", name = ""] = address.split(".");
  const same = JSON.stringify(before) === JSON.stringify(after);
  const action = !before ? "create" : !after ? "delete" : same ? "no-op" : "update";
  const { actions = [action], unknown = {}, sensitive = {}, written = Object.keys(after ?? before ?? {}) } = more;
  const change = {
    actions,
    before: before ?? null,
    after: after ?? null,
    after_unknown: unknown,
    before_sensitive: sensitive,
    after_sensitive: sensitive,
  };
  return [
    { address, mode: "managed", type, name, change },
    {
      address,
      mode: "managed",
      type,
      name,
      provider_config_key: "aws",
      expressions: Object.fromEntries(written.map((one) => [one, {}])),
    },
  ];
}

/** Sentences with their class. */
function said(...changes: readonly (readonly Json[])[]): readonly string[] {
  const plan = {
    format_version: "1.2",
    planned_values: {},
    resource_changes: changes.map(([change]) => change),
    configuration: {
      provider_config: { aws: { name: "aws", expressions: { allowed_account_ids: { constant_value: [ACCOUNT] } } } },
      root_module: { resources: changes.map(([, resource]) => resource) },
    },
  };
  return reviewPlans([parsePlanJson("s", "s", JSON.stringify(plan))]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );
}

const role = (more: Json = {}): Json => ({
  name: "app",
  id: "app",
  arn: `arn:aws:iam::${ACCOUNT}:role/app`,
  path: "/",
  assume_role_policy: statements({ Effect: "Allow", Principal: { AWS: ROLE }, Action: "sts:AssumeRole" }),
  max_session_duration: 3600,
  inline_policy: [],
  managed_policy_arns: [],
  ...more,
});

describe("what `dynamic` blocks of a role write, which the expressions of a plan leave out", () => {
  // Seen in `terraform show -json` of Terraform 1.11.4 with provider 5.100.0: `expressions` has name and assume_role_policy only.
  const written = ["name", "assume_role_policy"];
  const inline = (...policies: readonly string[]): Json => ({
    inline_policy: policies.map((policy, i) => ({ name: `p${i}`, policy })),
  });
  const lines = (before: Json | undefined, after: Json, more: More = {}): readonly string[] =>
    said(changed("aws_iam_role.app", before && role(before), role(after), { written, ...more }));

  test("a policy that comes", () =>
    expect(lines({}, inline(statements(allow("*"))))).toEqual([
      expect.stringMatching(/^weakens: Role app.* may now use \*/),
    ]));
  test("a policy that permits more", () =>
    expect(lines(inline(statements(allow("s3:GetObject"))), inline(statements(allow("s3:*"))))).toEqual([
      expect.stringMatching(/^weakens: Role app.* may now use s3:\*/),
    ]));
  test("a Deny that goes", () =>
    expect(
      lines(inline(statements(allow("s3:*")), statements(deny("s3:PutObject"))), inline(statements(allow("s3:*")))),
    ).toEqual([expect.stringMatching(/^weakens: Role app.* may now use s3:PutObject/)]));
  test("a policy that is not known yet", () =>
    expect(
      lines(
        inline(statements(allow("s3:*"))),
        { inline_policy: [{ name: "p0" }] },
        { unknown: { inline_policy: [{ policy: true }] } },
      ),
    ).toContainEqual(expect.stringMatching(/^unknown: Role app.*inline_policy is not known/)));
  test("policies that are marked sensitive", () =>
    expect(
      lines(
        {},
        { managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
        { sensitive: { managed_policy_arns: true } },
      ),
    ).toEqual([expect.stringMatching(/^unknown: Role app.*managed_policy_arns changes, and is marked sensitive/)]));
  test("a new role", () =>
    expect(lines(undefined, inline(statements(allow("*"))))).toEqual([
      expect.stringMatching(/^weakens: Role app.* is new: .*, with inline policy p0/),
    ]));
});

test("two resources write one inline policy, by the same name: both count", () => {
  const part = (policy: string): Json => ({ role: "app", name: "x", policy: statements(allow(policy)) });
  const lines = said(
    changed("aws_iam_role.app", role(), role()),
    changed("aws_iam_role_policy.a", undefined, part("*")),
    changed("aws_iam_role_policy.z", part("s3:GetObject"), part("s3:GetObject")),
  );
  expect(lines).toEqual([expect.stringMatching(/^weakens: Role app.* may now use \*/)]);
});

describe("policies of the organization", () => {
  const policy = (content: string, type = "SERVICE_CONTROL_POLICY"): Json => ({
    id: "p-1",
    name: "guard",
    type,
    content,
  });
  const attachment = { id: "r-1:p-1", policy_id: "p-1", target_id: "r-1" };
  test("an SCP whose attachments are elsewhere denies less", () =>
    expect(
      said(
        changed(
          "aws_organizations_policy.g",
          policy(statements(deny("iam:*"))),
          policy(statements(deny("iam:CreateUser"))),
        ),
      ),
    ).toEqual([expect.stringMatching(/^unknown: Policy guard changes; where it is attached is not in this plan/)]));
  test("an SCP whose attachments are elsewhere is written in another way", () =>
    expect(
      said(changed("aws_organizations_policy.g", policy(statements(deny("iam:*"))), policy(statements(deny("IAM:*"))))),
    ).toEqual([expect.stringMatching(/^neutral: Policy guard/)]));
  test.each(["AISERVICES_OPT_OUT_POLICY", "DECLARATIVE_POLICY_EC2"])("one of type %s is detached", (type) => {
    const same = policy("{}", type);
    expect(
      said(
        changed("aws_organizations_policy.g", same, same),
        changed("aws_organizations_policy_attachment.g", attachment, undefined),
      ),
    ).toEqual([
      expect.stringMatching(new RegExp(`^unknown: Organization policy guard of type ${type} is detached from r-1`)),
    ]);
  });
  test("a key of the document is there twice", () => {
    const twice =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetUser","Action":"iam:CreateUser","Resource":"*"}]}';
    expect(
      said(
        changed("aws_organizations_policy.g", policy(statements(deny("iam:CreateUser"))), policy(twice)),
        changed("aws_organizations_policy_attachment.g", attachment, attachment),
      ),
    ).toEqual([expect.stringMatching(/^unknown: root r-1: the content of guard is no policy that can be read/)]);
  });
});

describe("grants to somebody of the own account, who needs no permission of his own for it", () => {
  test.each<[string, Json]>([
    ["aws_lambda_permission", { function_name: "f", action: "lambda:InvokeFunction", principal: ROLE }],
    ["aws_kms_grant", { key_id: "k", grantee_principal: ROLE, operations: ["Decrypt"] }],
    ["aws_eks_access_entry", { cluster_name: "c", principal_arn: ROLE, kubernetes_groups: ["system:masters"] }],
    ["aws_eks_access_policy_association", { cluster_name: "c", principal_arn: ROLE, policy_arn: "p" }],
    ["aws_lakeformation_permissions", { principal: ROLE, permissions: ["ALL"] }],
  ])("%s", (type, after) =>
    expect(said(changed(`${type}.x`, undefined, after))).toEqual([
      expect.stringMatching(/^weakens: .* lets .*role\/intern/),
    ]),
  );
  test("a service that acts for the account alone gains nothing", () =>
    expect(
      said(
        changed("aws_lambda_permission.x", undefined, {
          function_name: "f",
          action: "lambda:InvokeFunction",
          principal: "events.amazonaws.com",
          source_arn: `arn:aws:events:eu-central-1:${ACCOUNT}:rule/x`,
        }),
      ),
    ).toEqual([expect.stringMatching(/^neutral/)]));
});

describe("rules of EventBridge and their targets", () => {
  const rule = (more: Json): Json => ({
    name: "e",
    event_pattern: '{"source":["aws.iam"]}',
    state: "ENABLED",
    is_enabled: true,
    ...more,
  });
  const rules = (before: Json, after: Json): readonly string[] =>
    said(changed("aws_cloudwatch_event_rule.e", rule(before), rule(after)));
  // The provider keeps the state that it has read where only `is_enabled` is written.
  test("a rule is disabled by is_enabled", () =>
    expect(rules({}, { is_enabled: false })).toEqual([
      "destroys-guard: Rule e is disabled: the events that it matches raise no alarm.",
    ]));
  test("a rule is disabled by its state", () =>
    expect(rules({}, { state: "DISABLED" })).toEqual([expect.stringMatching(/^destroys-guard: Rule e is disabled/)]));
  test("a rule is enabled by is_enabled", () =>
    expect(rules({ is_enabled: false, state: "DISABLED" }, { is_enabled: true, state: "DISABLED" })).toEqual([
      "strengthens: Rule e is enabled.",
    ]));
  test("a rule no longer sees calls that only read", () =>
    expect(rules({ state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" }, {})).toEqual([
      expect.stringMatching(/^destroys-guard: Rule e no longer matches calls that only read/),
    ]));

  const target = (more: Json = {}): Json => ({
    rule: "e",
    target_id: "x",
    arn: `arn:aws:sns:eu-central-1:${ACCOUNT}:t`,
    input_transformer: [{ input_template: "a" }],
    ...more,
  });
  const message = { input_transformer: [{ input_template: "b" }] };
  const targets = (before: Json | undefined, after: Json, more: More = {}): readonly string[] =>
    said(changed("aws_cloudwatch_event_target.e", before, after, more));
  test("a target goes to another rule, and its message changes", () =>
    expect(targets(target(), target({ rule: "other", ...message }), { actions: ["delete", "create"] })).toContainEqual(
      expect.stringMatching(/^unknown: Target of rule other changes/),
    ));
  test("a target's place is not known, and its message changes", () => {
    const { arn: _, ...after } = target(message);
    expect(targets(target(), after, { unknown: { arn: true } })).toContainEqual(expect.stringMatching(/^unknown/));
  });
  test("a target in another account", () =>
    expect(targets(undefined, target({ arn: "arn:aws:lambda:eu-central-1:222222222222:function:f" }))).toEqual([
      expect.stringMatching(/^weakens: Rule e gets a target.*another account/),
    ]));
  test("a target in its own account", () =>
    expect(targets(undefined, target())).toEqual([expect.stringMatching(/^strengthens: Rule e gets a target/)]));
});

describe("the page that people come to when they sign in", () => {
  const set = (relay_state: string | null): Json => ({
    name: "Dev",
    arn: "arn:aws:sso:::permissionSet/i/p",
    session_duration: "PT1H",
    relay_state,
  });
  const lines = (before: string | null, after: string | null): readonly string[] =>
    said(changed("aws_ssoadmin_permission_set.s", set(before), set(after)));
  test.each([
    "https://evil.example/",
    "https://aws.amazon.com.evil.example/",
    "https://evil.example/aws.amazon.com/",
    "http://console.aws.amazon.com",
    "https://evil.s3.amazonaws.com/sign-in.html",
    "https://abc123.execute-api.eu-central-1.amazonaws.com/",
    "https://console.aws.amazon.com@evil.example/",
  ])("%s is none of AWS's", (page) =>
    expect(lines(null, page)).toEqual([expect.stringMatching(/^weakens: Permission set Dev.*relay_state/)]),
  );
  test.each(["https://console.aws.amazon.com/ec2", "https://eu-central-1.console.aws.amazon.com/x"])(
    "%s is AWS's",
    (page) => expect(lines(null, page)).toEqual([expect.stringMatching(/^neutral/)]),
  );
  test("a new set", () =>
    expect(said(changed("aws_ssoadmin_permission_set.s", undefined, set("https://evil.example/")))).toContainEqual(
      expect.stringMatching(
        /^weakens: Permission set Dev is new, and whoever signs in with it comes to https:\/\/evil\.example\//,
      ),
    ));
});

describe("functions in the template of a StackSet", () => {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" }],
  };
  const set = (Properties: Json): Json => ({
    name: "s",
    id: "s",
    template_body: JSON.stringify({
      Resources: {
        R: { Type: "AWS::IAM::Role", Properties: { RoleName: "r", AssumeRolePolicyDocument: trust, ...Properties } },
      },
    }),
  });
  const join = (name: string): Json => ({ "Fn::Join": ["", ["arn:aws:iam::aws:policy/", name]] });
  const policies = (action: string): Json => ({
    Policies: {
      "Fn::If": ["C", [{ PolicyName: "x", PolicyDocument: { Version: "2012-10-17", Statement: allow(action) } }], []],
    },
  });
  test.each<[string, Json, Json]>([
    [
      "a managed policy",
      { ManagedPolicyArns: [join("ReadOnlyAccess")] },
      { ManagedPolicyArns: [join("AdministratorAccess")] },
    ],
    ["a reference to a managed policy", { ManagedPolicyArns: [{ Ref: "A" }] }, { ManagedPolicyArns: [{ Ref: "B" }] }],
    [
      "all managed policies",
      { ManagedPolicyArns: { "Fn::If": ["C", ["arn:aws:iam::aws:policy/ReadOnlyAccess"], []] } },
      { ManagedPolicyArns: { "Fn::If": ["C", ["arn:aws:iam::aws:policy/AdministratorAccess"], []] } },
    ],
    [
      "a boundary",
      { PermissionsBoundary: join("ReadOnlyAccess") },
      { PermissionsBoundary: join("AdministratorAccess") },
    ],
    ["the inline policies", policies("s3:GetObject"), policies("*")],
    ["the name", { RoleName: { Ref: "A" } }, { RoleName: { Ref: "B" } }],
    ["the length of sessions", {}, { MaxSessionDuration: { Ref: "D" } }],
  ])("%s", (_, before, after) =>
    expect(said(changed("aws_cloudformation_stack_set.s", set(before), set(after)))).toContainEqual(
      expect.stringMatching(/^(weakens|unknown|destroys-guard): /),
    ),
  );
  test("administrators are named where the function only joins texts", () =>
    expect(
      said(
        changed(
          "aws_cloudformation_stack_set.s",
          set({ ManagedPolicyArns: [] }),
          set({
            ManagedPolicyArns: [
              { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::aws:policy/IAMFullAccess"]] },
            ],
          }),
        ),
      ),
    ).toContainEqual(expect.stringMatching(/^weakens: .* gains IAMFullAccess\.$/)));
});

describe("who is subscribed to a topic", () => {
  const topic = `arn:aws:sns:eu-central-1:${ACCOUNT}:t`;
  const subscription = (more: Json = {}): readonly Json[] =>
    changed("aws_sns_topic_subscription.s", undefined, {
      topic_arn: topic,
      protocol: "email",
      endpoint: "m@example.com",
      ...more,
    });
  const target = { rule: "e", target_id: "x", arn: topic };
  const rule = changed("aws_cloudwatch_event_target.t", target, target);
  test("whose messages are no alarms that the plans show", () =>
    expect(said(subscription())).toEqual([
      `weakens: m@example.com gets the messages of topic ${topic}; no plan shows that they are alarms.`,
    ]));
  test("that a rule sends its events to", () =>
    expect(said(rule, subscription())).toEqual(["strengthens: m@example.com hears of the alarms of s."]));
  test("with a filter", () =>
    expect(said(rule, subscription({ filter_policy: '{"a":["b"]}' }))).toEqual([
      "strengthens: m@example.com hears of the alarms of s, as far as its filter lets them through.",
    ]));
  test("as a queue that is not known yet", () =>
    expect(
      said(
        rule,
        changed(
          "aws_sns_topic_subscription.s",
          undefined,
          { topic_arn: topic, protocol: "sqs" },
          { unknown: { endpoint: true } },
        ),
      ),
    ).toEqual([expect.stringMatching(/^unknown/)]));
});

test("a policy that is nested deeper than can be walked through cannot be read", () => {
  const part = (policy: string): Json => ({ role: "app", name: "x", policy });
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  expect(said(changed("aws_iam_role_policy.p", part(statements(allow("s3:GetObject"))), part(deep)))).toEqual([
    expect.stringMatching(/^unknown: Role app.* is no policy that can be read/),
  ]);
});

test.each<[string, Json]>([
  [
    "aws_iam_account_password_policy",
    { minimum_password_length: 6, require_numbers: true, require_symbols: true, require_lowercase_characters: true },
  ],
  ["aws_iam_account_password_policy", { minimum_password_length: 14, require_symbols: false }],
  ["aws_iam_instance_profile", { name: "i", role: "admin" }],
  ["tfe_workspace", { name: "w", vcs_repo: [{ identifier: "o/r" }] }],
  ["tfe_workspace", { name: "w", auto_apply: true }],
  ["tfe_workspace_settings", { workspace_id: "w", global_remote_state: true }],
  ["tfe_notification_configuration", { name: "n", destination_type: "generic", url: "https://example.com" }],
])("a new %s widens access: %j", (type, after) =>
  expect(said(changed(`${type}.x`, undefined, after))).toContainEqual(expect.stringMatching(/^weakens/)),
);

test("an address with a character that is none is no crash", () => {
  const [change, resource] = changed("aws_iam_role.app", role(), role({ max_session_duration: 7200 }));
  expect(said([{ ...change, address: 'aws_iam_role.app["\\uZZZZ \\U00110000"]' }, resource!])).toEqual([
    expect.stringMatching(/^weakens: Role app/),
  ]);
});

test.each<[string, Json]>([
  ["update", { before: "x", after: "y" }],
  ["update", { before: {}, after: null }],
  ["create", { before: null, after: null }],
  ["delete", { before: null, after: null }],
  ["forget", { before: null, after: null }],
])("a change by %s that does not say of what is no plan: %j", (action, sides) => {
  const [change, resource] = changed("aws_iam_role.app", role(), role());
  expect(() => said([{ ...change, change: { actions: [action], ...sides } }, resource!])).toThrow(/PLAN-FORMAT/);
});
