import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";

/** What a plan holds beside plain changes, by kind: cases that pass and cases that stop. `!` stops, `-` is a note, ` ` is any other change. */

type Json = Record<string, unknown>;
type Case = readonly [name: string, plan: Json, expected: readonly string[]];

const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
const READER = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const trust = (account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" }],
  });
const OURS = "111111111111";
const role = (more: Json = {}): Json => ({
  id: "r",
  arn: `arn:aws:iam::${OURS}:role/r`,
  name: "r",
  assume_role_policy: trust(OURS),
  max_session_duration: 3600,
  managed_policy_arns: [],
  ...more,
});

function change(address: string, before: Json | null, after: Json | null, more: Json = {}, around: Json = {}): Json {
  const [, module, type, name, index] = /^(module\..*\.)?(\w+)\.(\w+)(?:\[(.*)\])?$/s.exec(address)!;
  const same = JSON.stringify(before) === JSON.stringify(after);
  const actions = same ? ["no-op"] : before === null ? ["create"] : after === null ? ["delete"] : ["update"];
  return {
    address,
    mode: "managed",
    type,
    name,
    ...(module === undefined ? {} : { module_address: module.slice(0, -1) }),
    ...(index === undefined ? {} : { index: JSON.parse(index) as unknown }),
    provider_name: "registry.terraform.io/hashicorp/aws",
    change: { actions, before, after, after_unknown: {}, ...more },
    ...around,
  };
}

const plan = (changes: readonly Json[], more: Json = {}): Json => ({
  format_version: "1.2",
  terraform_version: "1.11.4",
  planned_values: {},
  resource_changes: changes,
  ...more,
});

const STOPS = new Set(["weakens", "unknown", "destroys-guard"]);

function said(content: Json): readonly string[] {
  const review = reviewPlans([parsePlanJson("p.json", "p", JSON.stringify(content))]);
  return [
    ...review.changes.map((one) => `${STOPS.has(one.class) ? "!" : " "}${plainText(one.sentence)}`),
    ...review.notes.map((note) => `-${plainText(note.sentence)}`),
  ];
}

const R = "aws_iam_role.r";
const attachment = (policy_arn: string): Json => ({ id: "r-1", role: "r", policy_arn });
const WAS = (attribute: string): string => `was changed (${attribute}) outside of Terraform`;

const drift = (now: Json, after: Json = now, before: Json = role()): Json =>
  plan([change(R, now, after)], { resource_drift: [change(R, before, now)] });

const DRIFT: readonly Case[] = [
  [
    "another trust, and nobody puts it back",
    drift(role({ assume_role_policy: trust("999999999999") })),
    [`-${R} ${WAS("assume_role_policy")}; this is not what the change does.`],
  ],
  [
    "another trust, put back",
    drift(role({ assume_role_policy: trust("999999999999") }), role()),
    [
      "!account 111111111111 can now assume Role r in account 111111111111. This undoes what was changed outside of Terraform.",
      " account 999999999999 can no longer assume Role r in account 111111111111. This undoes what was changed outside of Terraform.",
      `-${R} ${WAS("assume_role_policy")}; this is not what the change does.`,
    ],
  ],
  ["tags", drift(role({ tags: { a: "b" } })), []],
  [
    "somebody has deleted it",
    plan([], { resource_drift: [change(R, role(), null)] }),
    [`-${R} was deleted outside of Terraform; this is not what the change does.`],
  ],
  [
    "a policy that no resource of the plan attaches",
    drift(role({ managed_policy_arns: [ADMIN] })),
    [`-${R} ${WAS("managed_policy_arns")}; this is not what the change does.`],
  ],
  ["nothing", plan([change(R, role(), role())], { resource_drift: [] }), []],
];

const IMPORTING = { importing: { id: "r" } };
const IMPORT: readonly Case[] = [
  [
    "as it is",
    plan([change(R, role(), role(), IMPORTING)]),
    [`-${R} is imported: it exists already and is managed from now on.`],
  ],
  [
    "and another trust",
    plan([change(R, role(), role({ assume_role_policy: trust("999999999999") }), IMPORTING)]),
    [
      "!account 999999999999 can now assume Role r in account 111111111111.",
      " account 111111111111 can no longer assume Role r in account 111111111111.",
      `-${R} is imported: it exists already and is managed from now on.`,
    ],
  ],
  [
    "of a type that nobody knows, with a change",
    plan([change("aws_quantum_gate.g", { id: "g", spin: 1 }, { id: "g", spin: 2 }, IMPORTING)]),
    [
      "!aws_quantum_gate.g changes; what that means for access is not known here.",
      "-aws_quantum_gate.g is imported: it exists already and is managed from now on.",
    ],
  ],
  [
    "by an id that is not known yet",
    plan([change(R, null, role(), { importing: { unknown: true }, actions: ["create"] })]),
    [
      "!Role r in account 111111111111 is new: arn:aws:iam::111111111111:root may become it.",
      `-${R} is imported: it exists already and is managed from now on.`,
    ],
  ],
  [
    "and a longer session",
    plan([change(R, role(), role({ max_session_duration: 43200 }), IMPORTING)]),
    [
      "!Role r in account 111111111111: sessions last up to 12 hours instead of 1 hour.",
      `-${R} is imported: it exists already and is managed from now on.`,
    ],
  ],
];

const moved = (from: string, to: string, before: Json, after: Json): Json =>
  plan([change(to, before, after, {}, { previous_address: from })]);
const MOVED: readonly Case[] = [
  ["as it is", moved("aws_iam_role.old", R, role(), role()), [`-aws_iam_role.old becomes ${R}; the resource stays.`]],
  [
    "into a module",
    moved(R, 'module.m["a.b"].aws_iam_role.r', role(), role()),
    [`-${R} becomes module.m["a.b"].aws_iam_role.r; the resource stays.`],
  ],
  [
    "and another trust",
    moved("aws_iam_role.old", R, role(), role({ assume_role_policy: trust("999999999999") })),
    [
      "!account 999999999999 can now assume Role r in account 111111111111.",
      " account 111111111111 can no longer assume Role r in account 111111111111.",
      `-aws_iam_role.old becomes ${R}; the resource stays.`,
    ],
  ],
  [
    "an attachment to another instance, with another policy",
    moved(
      "aws_iam_role_policy_attachment.p[0]",
      'aws_iam_role_policy_attachment.p["x"]',
      attachment(READER),
      attachment(ADMIN),
    ),
    [
      "!Role r gains AdministratorAccess.",
      " Role r loses ReadOnlyAccess.",
      '-aws_iam_role_policy_attachment.p[0] becomes aws_iam_role_policy_attachment.p["x"]; the resource stays.',
    ],
  ],
  ["to its own address", moved(R, R, role(), role()), []],
];

const provisioned = (at: "root" | "module" | "nested", changes: boolean): Json => {
  const resources = [
    {
      address: "terraform_data.d",
      mode: "managed",
      type: "terraform_data",
      name: "d",
      provisioners: [{ type: "local-exec", expressions: { command: { constant_value: "id" } } }],
    },
  ];
  const call = (module: Json): Json => ({ module_calls: { m: { source: "./m", module } } });
  const [prefix, root] =
    at === "root"
      ? ["", { resources }]
      : at === "module"
        ? ['module.m["x"].', call({ resources })]
        : ['module.m["x"].module.m[0].', call(call({ resources }))];
  const after: Json = { input: "b" };
  return plan([change(`${prefix}terraform_data.d`, changes ? null : after, after)], {
    configuration: { root_module: root },
  });
};
const runs = (address: string): string => `!${address} runs a program where Terraform runs (provisioner).`;
const PROVISIONERS: readonly Case[] = [
  ["of the root", provisioned("root", true), [runs("terraform_data.d")]],
  ["of a module", provisioned("module", true), [runs('module.m["x"].terraform_data.d')]],
  ["of a module in a module", provisioned("nested", true), [runs('module.m["x"].module.m[0].terraform_data.d')]],
  ["of what stays: nothing runs", provisioned("nested", false), []],
  [
    "of what goes away",
    plan([change("terraform_data.d", { input: "b" }, null)], {
      configuration: { root_module: (provisioned("root", true)["configuration"] as Json)["root_module"] },
    }),
    [runs("terraform_data.d")],
  ],
];

const KEYS = ['a"]b', "ü $", "x[0]", "a.b", "${x}", "%{ if }", "module.y", "\\", "\n"];
const keyed = (key: string | number, before: string, after: string): Json =>
  plan([
    change(`aws_iam_role_policy_attachment.p[${JSON.stringify(key)}]`, attachment(before), attachment(after)),
    change('aws_iam_role_policy_attachment.p["other"]', attachment(READER), attachment(READER)),
  ]);
const ODD_KEYS: readonly Case[] = [...KEYS, 0, 17].flatMap((key): readonly Case[] => [
  [`${JSON.stringify(key)} stays`, keyed(key, READER, READER), []],
  [
    `${JSON.stringify(key)} gains`,
    keyed(key, READER, ADMIN),
    ["!Role r gains AdministratorAccess.", expect.stringMatching(/^[ !]Role r/) as unknown as string],
  ],
]);

const nothing = (more: Json): Json => plan([change(R, role(), role())], more);
const check = (kind: string, status: string): Json =>
  nothing({ checks: [{ address: { kind, to_display: `${kind}.c` }, status, instances: [] }] });
const ACTIONS_AND_CHECKS: readonly Case[] = [
  [
    "an action",
    nothing({ action_invocations: [{ address: "action.aws_lambda_invoke.a", type: "aws_lambda_invoke" }] }),
    ["!Stack p: action action.aws_lambda_invoke.a runs in addition to the changes of resources."],
  ],
  ["no action", nothing({ action_invocations: [] }), []],
  [
    "a check that fails",
    check("check", "fail"),
    ["!Stack p: check check.c fails: what it was written to make sure of is not so."],
  ],
  [
    "a check in error",
    check("check", "error"),
    ["!Stack p: check check.c fails: what it was written to make sure of is not so."],
  ],
  ["a check that holds", check("check", "pass"), []],
  [
    "a check that cannot be made yet",
    check("check", "unknown"),
    ["!Stack p: check check.c can only be made after the apply: whether what it makes sure of is so is not known."],
  ],
  ["a condition of a resource that cannot be made yet: it stops the apply itself", check("resource", "unknown"), []],
  [
    "a part of a later format",
    nothing({ query_results: [{ a: 1 }] }),
    ["!Stack p: its plan has a part, query_results, that is not known here: what it means is not looked into."],
  ],
];

const LEFT_OUT = "-The plan of p leaves something out (targeted or deferred): this review does too.";
const later = (...addresses: readonly string[]): Json =>
  nothing({
    complete: false,
    deferred_changes: addresses.map((address) => ({
      reason: "resource_config_unknown",
      resource_change: change(address, null, attachment(ADMIN)),
    })),
  });
const DEFERRED: readonly Case[] = [
  [
    "a grant",
    later("aws_iam_role_policy_attachment.p"),
    [
      "!Stack p: aws_iam_role_policy_attachment.p is put off to a later plan: what it will be is not known here.",
      LEFT_OUT,
    ],
  ],
  [
    "in a module",
    later('module.m["*"].aws_iam_role.r'),
    ['!Stack p: module.m["*"].aws_iam_role.r is put off to a later plan: what it will be is not known here.', LEFT_OUT],
  ],
  [
    "two",
    later("aws_iam_role.b", "aws_iam_role.a"),
    ["aws_iam_role.a", "aws_iam_role.b"]
      .map((one) => `!Stack p: ${one} is put off to a later plan: what it will be is not known here.`)
      .concat(LEFT_OUT),
  ],
  ["only some targets", nothing({ complete: false }), [LEFT_OUT]],
  ["none", nothing({ complete: true, deferred_changes: [] }), []],
  [
    "without a resource",
    nothing({ deferred_changes: [{ reason: "unknown" }] }),
    ["!Stack p: without an address is put off to a later plan: what it will be is not known here.", LEFT_OUT],
  ],
];

describe.each<[string, readonly Case[]]>([
  ["drift", DRIFT],
  ["imports", IMPORT],
  ["moves", MOVED],
  ["provisioners", PROVISIONERS],
  ["keys of any characters", ODD_KEYS],
  ["actions and checks", ACTIONS_AND_CHECKS],
  ["deferred changes", DEFERRED],
])("%s", (_, cases) => {
  test.each(cases)("%s", (__, content, expected) => expect(said(content)).toEqual(expected));
  test("cases pass and cases stop", () => {
    expect(cases.length).toBeGreaterThanOrEqual(5);
    const stops = cases.map(([, content]) => said(content).some((line) => line.startsWith("!")));
    expect(new Set(stops)).toEqual(new Set([true, false]));
  });
});

test.each([
  ["0.1", /Format 0\.1 of plans is older than 1\.0.*Terraform before 1\.1/],
  ["0.2", /Format 0\.2 of plans is older than 1\.0/],
  ["2.0", /Format 2\.0 of plans is not known here; 1\.x is/],
  ["1", /Format 1 of plans is not known here/],
  [undefined, /format_version is missing/],
])("format %s is named as what it is", (format_version, message) => {
  expect(() => said({ ...nothing({}), format_version })).toThrow(message);
});
test.each(["1.0", "1.1", "1.2", "1.9"])("format %s is read", (format_version) => {
  expect(
    said({ ...plan([change("aws_iam_role_policy_attachment.p", null, attachment(ADMIN))]), format_version }),
  ).toEqual(["!Role r gains AdministratorAccess."]);
});
