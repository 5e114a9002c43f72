import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { parsePlanJson } from "../../../../modules/terraform/plan-json";

/** What plans written by hand attach: whatever the plan does not show of it is said to be unknown. */

type Json = Record<string, unknown>;
const HOME = "arn:aws:iam::111122223333";
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, more: object = {}): string =>
  document({ Effect: "Allow", Action, Resource: "*", ...more });
const deny = (Action: unknown): string => document({ Effect: "Deny", Action, Resource: "*" });

interface One {
  readonly address: string;
  readonly actions?: readonly string[];
  readonly before?: Json | null;
  readonly after?: Json | null;
  readonly unknown?: Json;
  /** References, or values, of its arguments. */
  readonly written?: Readonly<Record<string, readonly string[]>>;
  readonly forEach?: readonly string[];
}

const split = (address: string) => {
  const [type = "", rest = ""] = address.split(".");
  const [, name = "", key] = /^([\w-]+)(?:\["(.*)"\])?$/.exec(rest) ?? [];
  return { type, name, key };
};

function reviewed(...all: readonly One[]) {
  const configured = new Map<string, Json>();
  for (const { address, written = {}, forEach } of all) {
    const { type, name } = split(address);
    const expressions = Object.fromEntries(Object.entries(written).map(([k, references]) => [k, { references }]));
    configured.set(`${type}.${name}`, {
      address: `${type}.${name}`,
      type,
      name,
      expressions,
      ...(forEach ? { for_each_expression: { references: forEach } } : {}),
    });
  }
  const plan = {
    format_version: "1.2",
    planned_values: {},
    resource_changes: all.map(({ address, before = null, after = null, actions, unknown = {} }) => ({
      address,
      mode: "managed",
      type: split(address).type,
      name: split(address).name,
      ...(split(address).key === undefined ? {} : { index: split(address).key }),
      change: {
        actions: actions ?? (before && after ? ["no-op"] : before ? ["delete"] : ["create"]),
        before,
        after,
        after_unknown: unknown,
      },
    })),
    configuration: { provider_config: {}, root_module: { resources: [...configured.values()] } },
  };
  return reviewPlans([parsePlanJson("s", "s", JSON.stringify(plan))]).changes.map(
    ({ class: cls, sentence, administrator }) => ({
      class: cls,
      sentence: plainText(sentence),
      ...(administrator ? { administrator } : {}),
    }),
  );
}
const classes = (...all: readonly One[]): readonly string[] => reviewed(...all).map(({ class: cls }) => cls);
const stays = (address: string, value: Json): One => ({ address, before: value, after: value });

const ROLE = {
  name: "app",
  id: "app",
  arn: `${HOME}:role/app`,
  assume_role_policy: document({
    Effect: "Allow",
    Principal: { Service: "ec2.amazonaws.com" },
    Action: "sts:AssumeRole",
  }),
};
const GROUP = { name: "team", id: "team", arn: `${HOME}:group/team` };
const USER = { name: "ann", id: "ann", path: "/", arn: `${HOME}:user/ann` };
const SET = {
  name: "Reader",
  arn: "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
  id: "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
  instance_arn: "arn:aws:sso:::instance/ssoins-1",
};
const policy = (name: string, text: string): Json => ({
  name,
  path: "/",
  policy: text,
  arn: `${HOME}:policy/${name}`,
  id: `${HOME}:policy/${name}`,
});

describe("a policy with the name of one of AWS's is not AWS's", () => {
  const cases: readonly (readonly [string, (arn: string) => readonly One[]])[] = [
    [
      "a role",
      (arn) => [
        stays("aws_iam_role.r", ROLE),
        { address: "aws_iam_role_policy_attachment.a", after: { role: "app", policy_arn: arn } },
      ],
    ],
    [
      "a user",
      (arn) => [
        stays("aws_iam_user.u", USER),
        { address: "aws_iam_user_policy_attachment.a", after: { user: "ann", policy_arn: arn } },
      ],
    ],
    [
      "a group",
      (arn) => [
        stays("aws_iam_group.g", GROUP),
        { address: "aws_iam_group_policy_attachment.a", after: { group: "team", policy_arn: arn } },
      ],
    ],
    [
      "a permission set",
      (arn) => [
        stays("aws_ssoadmin_permission_set.p", SET),
        {
          address: "aws_ssoadmin_managed_policy_attachment.a",
          after: { permission_set_arn: SET.arn, instance_arn: SET.instance_arn, managed_policy_arn: arn },
        },
      ],
    ],
  ];
  test.each(cases)("attached to %s", (_, plan) => {
    for (const name of ["AWSDenyAll", "AWSCompromisedKeyQuarantineV3"])
      expect(classes(...plan(`${HOME}:policy/${name}`))).toContain("weakens");
    expect(classes(...plan("arn:aws:iam::aws:policy/AWSDenyAll"))).not.toContain("weakens");
  });
});

describe("a policy that is taken from a group", () => {
  const taken = (arn: string, ...more: readonly One[]): readonly string[] =>
    classes(
      stays("aws_iam_group.g", GROUP),
      { address: "aws_iam_group_policy_attachment.a", before: { group: "team", policy_arn: arn } },
      ...more,
    );
  test("may have denied something where nobody has read it", () =>
    expect(taken(`${HOME}:policy/MustHaveMfa`)).toEqual(["unknown"]));
  test("of the plan is read", () => {
    expect(taken(`${HOME}:policy/p`, stays("aws_iam_policy.p", policy("p", deny("iam:*"))))).toEqual(["weakens"]);
    expect(taken(`${HOME}:policy/p`, stays("aws_iam_policy.p", policy("p", allow("s3:*"))))).toEqual(["strengthens"]);
  });
  test("of AWS's own gives or denies as AWS says", () => {
    expect(taken("arn:aws:iam::aws:policy/ReadOnlyAccess")).toEqual(["strengthens"]);
    expect(taken("arn:aws:iam::aws:policy/AWSDenyAll")).toEqual(["weakens"]);
  });
});

describe("who is denied everything may be who must get in", () => {
  const all = "arn:aws:iam::aws:policy/AWSDenyAll";
  const emergency = { ...USER, name: "rescue", id: "rescue", path: "/break-glass/" };
  const denied = (...more: readonly One[]): readonly string[] =>
    classes(
      stays("aws_iam_group.g", GROUP),
      { address: "aws_iam_group_policy_attachment.a", after: { group: "team", policy_arn: all } },
      ...more,
    );
  test("as a member that the plan does not show", () => expect(denied()).toEqual(["unknown"]));
  test.each<[string, One]>([
    ["of the group", stays("aws_iam_group_membership.m", { name: "m", group: "team", users: ["rescue"] })],
    ["as the user's", stays("aws_iam_user_group_membership.m", { user: "rescue", groups: ["team"] })],
  ])("as a member that it shows: %s", (_, membership) =>
    expect(denied(stays("aws_iam_user.u", emergency), membership)).toEqual(["destroys-guard"]),
  );
  test("a user or a role that is not in the plan", () => {
    const to = (kind: string): readonly string[] =>
      classes({ address: `aws_iam_${kind}_policy_attachment.a`, after: { [kind]: "somebody", policy_arn: all } });
    expect(to("user")).toEqual(["unknown"]);
    expect(to("role")).toEqual(["unknown"]);
  });
});

describe("policies of a permission set that are known after the apply", () => {
  const many = (more: Partial<One>): One => ({
    address: "aws_ssoadmin_customer_managed_policy_attachments_exclusive.a",
    after: { permission_set_arn: SET.arn, instance_arn: SET.instance_arn },
    unknown: { customer_managed_policy_reference: true },
    ...more,
  });
  test("are unknown", () =>
    expect(classes(stays("aws_ssoadmin_permission_set.p", SET), many({}))).toEqual(["unknown"]));
  test("are unknown in one of several new sets", () => {
    const made = (key: string): One => ({
      address: `aws_ssoadmin_permission_set.p["${key}"]`,
      after: { name: key, instance_arn: SET.instance_arn },
      unknown: { arn: true, id: true },
      forEach: ["var.sets"],
    });
    const part = many({
      after: { instance_arn: SET.instance_arn },
      unknown: { customer_managed_policy_reference: true, permission_set_arn: true },
      written: { permission_set_arn: ["aws_ssoadmin_permission_set.p"] },
    });
    expect(classes(made("a"), made("b"), part)).toContain("unknown");
  });
});

describe("an attachment of a policy whose ARN is not known yet", () => {
  const reads = allow("s3:GetObject");
  const fresh = (text: string): One => ({
    address: "aws_iam_policy.p",
    after: { name: "p", path: "/", policy: text },
    unknown: { arn: true, id: true },
  });
  const replaced: One = {
    address: "aws_iam_policy.p",
    actions: ["create", "delete"],
    before: { ...policy("p", reads), description: "old" },
    after: { name: "p", path: "/", policy: reads, description: "new" },
    unknown: { arn: true, id: true },
  };
  const references = ["aws_iam_policy.p.arn", "aws_iam_policy.p"];
  const attachment = (kind: string, holder: string, before: boolean, more: readonly string[] = []): One => ({
    address: `aws_iam_${kind}_policy_attachment.a`,
    ...(before
      ? { actions: ["create", "delete"], before: { [kind]: holder, policy_arn: `${HOME}:policy/p`, id: "a" } }
      : {}),
    after: { [kind]: holder },
    unknown: { id: true, policy_arn: true },
    written: { policy_arn: [...references, ...more] },
  });
  const role = stays("aws_iam_role.r", ROLE);
  const inline = (text: string): One =>
    stays("aws_iam_role_policy.i", { name: "i", id: "app:i", role: "app", policy: text });

  // `aws_iam_policy.p.arn == "" ? "" : "arn:aws:iam::aws:policy/AdministratorAccess"` has the references of `aws_iam_policy.p.arn`.
  test("that takes the place of another one is not believed to be the same, for whomever", () => {
    expect(classes(role, replaced, attachment("role", "app", true))).toContain("unknown");
    expect(classes(stays("aws_iam_group.g", GROUP), replaced, attachment("group", "team", true))).toContain("unknown");
    expect(classes(stays("aws_iam_user.u", USER), replaced, attachment("user", "ann", true))).toContain("weakens");
  });
  test("of a policy that there was is not believed to be that", () =>
    expect(classes(role, replaced, attachment("role", "app", false))).toContain("unknown"));
  test("that gives something is told to give it, and no more than once", () =>
    expect(classes(role, fresh(reads), attachment("role", "app", false)).filter((one) => one === "unknown")).toEqual(
      [],
    ));
  test("that gives nothing is not believed, whatever else gives something", () => {
    expect(classes(role, inline(reads), fresh(reads), attachment("role", "app", false))).toContain("unknown");
    const more: One = {
      ...inline(reads),
      actions: ["update"],
      after: { name: "i", id: "app:i", role: "app", policy: allow(["s3:GetObject", "s3:PutObject"]) },
    };
    const all = reviewed(role, more, fresh(deny("ec2:*")), attachment("role", "app", false));
    expect(all.map(({ class: cls }) => cls)).toEqual(expect.arrayContaining(["weakens", "unknown"]));
    const line = all.find(({ sentence }) => sentence.includes("aws_iam_role_policy_attachment.a"));
    expect(line?.sentence).toContain("aws_iam_policy.p");
  });
  test("is not that of one resource where something else is referred to as well", () => {
    for (const other of [
      ["data.aws_iam_policy.x.arn", "data.aws_iam_policy.x"],
      ["terraform_data.x.output", "terraform_data.x"],
    ])
      expect(classes(role, inline(allow("ec2:*")), fresh(reads), attachment("role", "app", false, other))).toContain(
        "unknown",
      );
  });
  test.each([["local.admin"], ["var.admin"]])("is not that of a member of a map with %s", (other) => {
    const member = (key: string): One => ({
      address: `aws_iam_role_policy_attachment.a["${key}"]`,
      after: { role: "app" },
      unknown: { id: true, policy_arn: true },
      written: { policy_arn: ["each.value"] },
      forEach: [...references, other],
    });
    expect(classes(role, fresh(reads), member("read"), member("ops"))).toContain("unknown");
  });
});

test("an argument that decides about access and is not known yet is never neutral", () =>
  expect(
    classes({
      address: "aws_iam_user.u",
      actions: ["update"],
      before: { ...USER, permissions_boundary: "" },
      after: USER,
      unknown: { permissions_boundary: true },
      written: { permissions_boundary: ["terraform_data.x.output", "terraform_data.x"] },
    }),
  ).toEqual(["unknown"]));

describe("whoever becomes an administrator is marked", () => {
  const marked = (...all: readonly One[]): readonly (true | undefined)[] =>
    reviewed(...all)
      .filter(({ class: cls }) => cls === "weakens")
      .map(({ administrator }) => administrator);
  const arn = `${HOME}:policy/all`;
  const all = stays("aws_iam_policy.all", policy("all", allow("*")));
  test.each<[string, readonly One[]]>([
    [
      "a group by a policy of the plan",
      [
        stays("aws_iam_group.g", GROUP),
        { address: "aws_iam_group_policy_attachment.a", after: { group: "team", policy_arn: arn } },
      ],
    ],
    [
      "a user by a policy of the plan",
      [
        stays("aws_iam_user.u", USER),
        { address: "aws_iam_user_policy_attachment.a", after: { user: "ann", policy_arn: arn } },
      ],
    ],
    [
      "a role that is not in the plan",
      [{ address: "aws_iam_role_policy_attachment.a", after: { role: "other", policy_arn: arn } }],
    ],
    [
      "several by one attachment",
      [{ address: "aws_iam_policy_attachment.a", after: { name: "a", roles: ["other"], policy_arn: arn } }],
    ],
    [
      "a user by a group",
      [
        stays("aws_iam_group.g", GROUP),
        stays("aws_iam_group_policy_attachment.a", { group: "team", policy_arn: arn }),
        { address: "aws_iam_group_membership.m", after: { name: "m", group: "team", users: ["ann"] } },
      ],
    ],
    [
      "a user by one of its groups",
      [
        stays("aws_iam_group.g", GROUP),
        stays("aws_iam_group_policy_attachment.a", { group: "team", policy_arn: arn }),
        {
          address: "aws_iam_user_group_membership.m",
          actions: ["update"],
          before: { user: "ann", groups: ["other"] },
          after: { user: "ann", groups: ["other", "team"] },
        },
      ],
    ],
    [
      "a permission set by a policy of its accounts",
      [
        stays("aws_ssoadmin_permission_set.p", SET),
        {
          address: "aws_ssoadmin_customer_managed_policy_attachment.a",
          after: {
            permission_set_arn: SET.arn,
            instance_arn: SET.instance_arn,
            customer_managed_policy_reference: [{ name: "all", path: "/" }],
          },
        },
      ],
    ],
  ])("%s", (_, more) => expect(marked(all, ...more)).toEqual([true]));

  const inline = (statement: object): readonly One[] => [
    stays("aws_iam_role.r", ROLE),
    {
      address: "aws_iam_role_policy.i",
      after: { name: "i", id: "app:i", role: "app", policy: document(statement) },
    },
  ];
  test.each<[string, object]>([
    ["*:*", { Effect: "Allow", Action: "*:*", Resource: "*" }],
    ["iam:*", { Effect: "Allow", Action: ["iam:*"], Resource: "*" }],
    ["everything but something", { Effect: "Allow", NotAction: "s3:*", Resource: "*" }],
    ["on everything but something", { Effect: "Allow", Action: "*", NotResource: "arn:aws:s3:::x/*" }],
    ["on all of IAM in an account", { Effect: "Allow", Action: "*", Resource: `${HOME}:*` }],
  ])("a role by %s", (_, statement) => expect(marked(...inline(statement))).toContain(true));
  test.each<[string, object]>([
    ["everything but IAM", { Effect: "Allow", NotAction: "iam:*", Resource: "*" }],
    ["everything on a bucket", { Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::x/*" }],
    [
      "a condition",
      { Effect: "Allow", Action: "*", Resource: "*", Condition: { Bool: { "aws:ViaAWSService": "true" } } },
    ],
    ["reading IAM", { Effect: "Allow", Action: ["iam:Get*", "iam:List*"], Resource: "*" }],
  ])("nobody by %s", (_, statement) => expect(marked(...inline(statement))).not.toContain(true));

  const made = (key: string): One => ({
    address: `aws_ssoadmin_permission_set.p["${key}"]`,
    after: { name: key, instance_arn: SET.instance_arn },
    unknown: { arn: true, id: true },
    forEach: ["var.sets"],
  });
  const assigned = (address: string, more: Partial<One>): One => ({
    address: `aws_ssoadmin_account_assignment.${address}`,
    after: {
      instance_arn: SET.instance_arn,
      principal_type: "GROUP",
      principal_id: "11111111-2222-3333-4444-555555555555",
      target_type: "AWS_ACCOUNT",
      target_id: "111122223333",
    },
    ...more,
  });
  test.each<[string, Json]>([
    ["aws_ssoadmin_permission_set_inline_policy", { inline_policy: allow("*") }],
    ["aws_ssoadmin_managed_policy_attachment", { managed_policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" }],
  ])("who holds a permission set that is not in the plan: %s", (type, value) => {
    const after = { permission_set_arn: `${SET.arn}7`, instance_arn: SET.instance_arn, ...value };
    expect(marked({ address: `${type}.a`, after })).toEqual([true]);
  });
  test("an assignment to one of several sets, one of which holds administrator rights", () => {
    const found = reviewed(
      made("Admin"),
      made("Reader"),
      {
        address: "aws_ssoadmin_managed_policy_attachment.a",
        after: { instance_arn: SET.instance_arn, managed_policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" },
        unknown: { permission_set_arn: true },
        written: { permission_set_arn: ["aws_ssoadmin_permission_set.p"] },
      },
      assigned("a", {
        unknown: { permission_set_arn: true },
        written: { permission_set_arn: ["aws_ssoadmin_permission_set.p"] },
      }),
    ).find(({ sentence }) => sentence.includes(" in ") && sentence.startsWith("Group"));
    expect(found).toMatchObject({ class: "weakens", administrator: true });
    expect(found?.sentence).toContain("one of them with AdministratorAccess");
  });
  test("an assignment to the second of two sets of one name", () => {
    const set = (n: number): Json => ({ ...SET, arn: `${SET.arn}${n}`, id: `${SET.arn}${n}` });
    const to = (n: number): One => {
      const one = assigned(`a${n}`, {});
      return { ...one, after: { ...one.after, permission_set_arn: `${SET.arn}${n}`, target_id: `11112222333${n}` } };
    };
    const found = marked(
      stays("aws_ssoadmin_permission_set.p1", set(1)),
      stays("aws_ssoadmin_permission_set.p2", set(2)),
      stays("aws_ssoadmin_managed_policy_attachment.m", {
        permission_set_arn: `${SET.arn}2`,
        managed_policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
      to(1),
      to(2),
    );
    expect(found).toEqual([true]);
  });
  test("an assignment to a new set that has the name of the one before", () => {
    const was = assigned("old", {}).after;
    const fresh = { ...SET, arn: `${SET.arn}9`, id: `${SET.arn}9` };
    const found = marked(
      { address: "aws_ssoadmin_permission_set.old", before: SET },
      stays("aws_ssoadmin_permission_set.new", fresh),
      stays("aws_ssoadmin_managed_policy_attachment.m", {
        permission_set_arn: fresh.arn,
        managed_policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
      {
        address: "aws_ssoadmin_account_assignment.old",
        before: { ...was, permission_set_arn: SET.arn },
      },
      assigned("new", { after: { ...was, permission_set_arn: fresh.arn } }),
    );
    expect(found).toEqual([true]);
  });
});

describe("a break-glass user whose rights come from elsewhere", () => {
  const rescue = { ...USER, name: "rescue", id: "rescue", path: "/break-glass/", arn: `${HOME}:user/rescue` };
  const user = stays("aws_iam_user.rescue", rescue);
  const group = stays("aws_iam_group.g", GROUP);
  const member = stays("aws_iam_group_membership.m", { name: "m", group: "team", users: ["rescue"] });
  const assume = allow("sts:AssumeRole");
  const becomes = (address: string, before: Json, after: Json): One => ({
    address,
    actions: ["update"],
    before,
    after,
  });
  const attached = stays("aws_iam_group_policy_attachment.a", { group: "team", policy_arn: `${HOME}:policy/p` });
  const text = becomes("aws_iam_policy.p", policy("p", assume), policy("p", deny("*")));
  const both = { name: "m", group: "team", users: ["ann", "rescue"] };
  const cases: readonly (readonly [string, readonly One[]])[] = [
    [
      "a policy of the user's that becomes another",
      [stays("aws_iam_user_policy_attachment.a", { user: "rescue", policy_arn: `${HOME}:policy/p` }), text],
    ],
    ["a policy of its group that becomes another", [group, member, attached, text]],
    [
      "a policy that the group gets",
      [group, member, { address: "aws_iam_group_policy.i", after: { name: "i", group: "team", policy: deny("*") } }],
    ],
    [
      "a policy that the group loses",
      [group, member, { address: "aws_iam_group_policy.i", before: { name: "i", group: "team", policy: assume } }],
    ],
    [
      "a policy that is detached from the group",
      [
        group,
        member,
        stays("aws_iam_policy.p", policy("p", assume)),
        { address: attached.address, before: attached.before ?? null },
      ],
    ],
    ["that leaves its group", [group, becomes("aws_iam_group_membership.m", both, { ...both, users: ["ann"] })]],
    ["whose memberships go away", [group, { address: "aws_iam_group_membership.m", before: both }]],
  ];
  test.each(cases)("%s", (_, plan) => {
    expect(classes(user, ...plan)).toContain("destroys-guard");
    // The same of somebody else is none.
    expect(classes(stays("aws_iam_user.rescue", { ...rescue, path: "/" }), ...plan)).not.toContain("destroys-guard");
  });
});

test.each([
  ["aws_iam_group_policy_attachments_exclusive", "group_name", "policy_arns"],
  ["aws_iam_role_policies_exclusive", "role_name", "policy_names"],
])("a list that takes away whatever else there is may take a Deny: %s", (type, owner, attribute) => {
  const one = (after: Json, unknown: Json = {}) => reviewed({ address: `${type}.e`, after, unknown });
  expect(one({ [owner]: "x", [attribute]: [] })).toMatchObject([{ class: "unknown" }]);
  const open = one({ [owner]: "x" }, { [attribute]: true });
  expect(open).toMatchObject([{ class: "unknown" }]);
  expect(open[0]?.sentence).toContain("not known yet");
});
