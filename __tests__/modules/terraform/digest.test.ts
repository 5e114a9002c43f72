import { planDigest } from "../../../modules/terraform/digest";

const plan = (
  edit: Record<string, unknown> = {},
  change: Record<string, unknown> = {},
  resource: Record<string, unknown> = {},
): string =>
  JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    timestamp: "2026-01-01T00:00:00Z",
    variables: { member_plan_role: { value: "keyless/Reader" } },
    planned_values: { root_module: {} },
    prior_state: {},
    configuration: { root_module: { resources: [{ address: "aws_iam_role.a" }] } },
    resource_changes: [
      {
        address: "aws_iam_role.a",
        type: "aws_iam_role",
        ...resource,
        change: {
          actions: ["update"],
          before: { name: "a", policy: "old", secret: "s3cret" },
          after: { name: "a", policy: "new", secret: "s3cret" },
          after_unknown: { arn: true },
          before_sensitive: { secret: true },
          after_sensitive: { secret: true },
          ...change,
        },
      },
      {
        address: "aws_iam_role.b",
        type: "aws_iam_role",
        change: { actions: ["no-op"], before: { name: "b" }, after: { name: "b" } },
      },
      {
        address: "data.aws_region.r",
        mode: "data",
        type: "aws_region",
        change: { actions: ["read"], before: null, after: {} },
      },
    ],
    ...edit,
  });

const LOCK = 'provider "aws" {\n}\n';
const base = planDigest(plan(), LOCK);
const same = (content: string, lock = LOCK): boolean => planDigest(content, lock).digest === base.digest;

test("names what changes, and not what stays", () => {
  expect(Object.keys(base.changes)).toEqual(["aws_iam_role.a"]);
});

test.each<[string, string]>([
  ["the time", plan({ timestamp: "2027-01-01T00:00:00Z" })],
  [
    "what Terraform has found there",
    plan({
      resource_drift: [{ address: "x" }],
      prior_state: { values: {} },
      planned_values: {},
      relevant_attributes: [],
    }),
  ],
  ["the order of keys", JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(plan()) as object).reverse()))],
  [
    "the order of changes",
    JSON.stringify({
      ...(JSON.parse(plan()) as object),
      resource_changes: (JSON.parse(plan()) as { resource_changes: unknown[] }).resource_changes.reverse(),
    }),
  ],
])("%s makes no difference", (_, content) => expect(same(content)).toBe(true));

test.each<[string, string]>([
  ["what is to be", plan({}, { after: { name: "a", policy: "newer", secret: "s3cret" } })],
  ["what is there", plan({}, { before: { name: "a", policy: "older", secret: "s3cret" } })],
  ["the action", plan({}, { actions: ["delete", "create"] })],
  ["what is known", plan({}, { after_unknown: { arn: true, policy: true } })],
  ["what is secret", plan({}, { after_sensitive: {} })],
  ["what forces a replacement", plan({}, { replace_paths: [["name"]] })],
  ["the address", plan({}, {}, { address: "aws_iam_role.c" })],
  ["a move", plan({}, {}, { previous_address: "aws_iam_role.z" })],
  ["the provider", plan({}, {}, { provider_name: "registry.terraform.io/someone/aws" })],
  [
    "a resource more",
    JSON.stringify({
      ...(JSON.parse(plan()) as object),
      resource_changes: [
        ...(JSON.parse(plan()) as { resource_changes: unknown[] }).resource_changes,
        { address: "aws_iam_user.x", change: { actions: ["create"], before: null, after: {} } },
      ],
    }),
  ],
  [
    "an import of what stays as it is",
    JSON.stringify({
      ...(JSON.parse(plan()) as object),
      resource_changes: [
        ...(JSON.parse(plan()) as { resource_changes: unknown[] }).resource_changes,
        { address: "aws_iam_user.x", change: { actions: ["no-op"], before: {}, after: {}, importing: { id: "x" } } },
      ],
    }),
  ],
  [
    "a move of what stays as it is",
    JSON.stringify({
      ...(JSON.parse(plan()) as object),
      resource_changes: [
        ...(JSON.parse(plan()) as { resource_changes: unknown[] }).resource_changes,
        {
          address: "aws_iam_user.x",
          previous_address: "aws_iam_user.y",
          change: { actions: ["no-op"], before: {}, after: {} },
        },
      ],
    }),
  ],
  ["an output", plan({ output_changes: { o: { actions: ["create"], before: null, after: "x" } } })],
  ["a variable", plan({ variables: { member_plan_role: { value: "Administrator" } } })],
  [
    "the configuration, where programs to be run stand",
    plan({
      configuration: {
        root_module: { resources: [{ address: "aws_iam_role.a", provisioners: [{ type: "local-exec" }] }] },
      },
    }),
  ],
  ["Terraform's version", plan({ terraform_version: "1.12.0" })],
  ["something that no Terraform of today writes", plan({ action_invocations: [{ address: "action.x" }] })],
])("%s makes a difference", (_, content) => expect(same(content)).toBe(false));

test("other providers make a difference", () => expect(same(plan(), `${LOCK}# another\n`)).toBe(false));

test("a secret is not in the digest, where it could be guessed", () => {
  expect(same(plan({}, { after: { name: "a", policy: "new", secret: "other" } }))).toBe(true);
  // Only the secret is left out.
  expect(same(plan({}, { after: { name: "b", policy: "new", secret: "s3cret" } }))).toBe(false);
});

test("a secret in a list or a block is left out, its neighbours are not", () => {
  const nested = (secret: string, open: string): string =>
    planDigest(plan({}, { after: { list: [{ secret, open }] }, after_sensitive: { list: [{ secret: true }] } }), LOCK)
      .digest;
  expect(nested("one", "a")).toBe(nested("two", "a"));
  expect(nested("one", "a")).not.toBe(nested("one", "b"));
});

test("an object that waits for its removal is not taken for its successor", () => {
  const { changes } = planDigest(
    JSON.stringify({
      resource_changes: [
        { address: "a.b", change: { actions: ["create"] } },
        { address: "a.b", deposed: "1234abcd", change: { actions: ["delete"] } },
      ],
    }),
    "",
  );
  expect(Object.keys(changes)).toEqual(["a.b", "a.b (deposed 1234abcd)"]);
});

test("two changes of one address are an error, not one of them", () => {
  expect(() =>
    planDigest(
      JSON.stringify({
        resource_changes: [
          { address: "a.b", change: { actions: ["create"] } },
          { address: "a.b", change: { actions: ["delete"] } },
        ],
      }),
      "",
    ),
  ).toThrow("two changes of one address");
});
