import { addEnvironment } from "../../../stacks/environment";
import { App } from "cdktf";
import { memberStackSets, templateResources } from "../../../modules/proofs/member-stack-sets";
import { exampleWith } from "../../support/environments";
import { resources } from "../../support/synth";
import { EVERYTHING_ENFORCED, foreignPolicy, ids, proven } from "./fixture";

test("every service-managed StackSet of the synthesized stacks is asked about, with each resource of its template", () => {
  const { environment, state } = exampleWith();
  const input = { environment: environment!, ...state! };
  const synthesized = addEnvironment(new App({ outdir: "/nonexistent" }), state!)
    .flatMap((stack) =>
      Object.values(resources(JSON.parse(JSON.stringify(stack.toTerraform())), "aws_cloudformation_stack_set")),
    )
    .filter((one) => one["permission_model"] === "SERVICE_MANAGED")
    .map((one) => ({
      name: one["name"] as string,
      types: Object.values(
        (JSON.parse(one["template_body"] as string) as { Resources: Record<string, { Type: string }> }).Resources,
      )
        .map(({ Type }) => Type)
        .sort(),
    }));
  // No account is in every StackSet: a sandbox and one of infrastructure are, together.
  const reached = new Map(
    ["666666666601", "333333333302", "555555555503"]
      .flatMap((account) => memberStackSets(input, account))
      .map((one) => [one.name, one]),
  );
  const asked = [...reached.values()].map(({ name, template }) => ({
    name,
    types: (Object.values(template.Resources) as { Type: string }[]).map(({ Type }) => Type).sort(),
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(asked.sort(byName)).toEqual(synthesized.sort(byName));
  expect(
    memberStackSets(input, "555555555503")
      .map(({ name }) => name)
      .filter((name) => name.startsWith("keyless-observe")),
  ).toEqual([]);
  for (const one of reached.values())
    expect(templateResources(one, "555555555503").length).toBeGreaterThan(one.regions.length);
});

test("an SCP that stops the pipeline in an account where a stack lives is a counterexample", () => {
  const { report } = proven({
    organization: [
      foreignPolicy("no-config", "ou-exmp-security", [
        { Sid: "NoRules", Effect: "Deny", Action: "config:PutOrganizationConfigRule", Resource: "*" },
      ]),
    ],
  });
  expect(ids(report)).toEqual(["still-manageable/Security/pipeline-member/config:PutOrganizationConfigRule"]);
  expect(report.counterexamples[0]).toMatchObject({
    account: { name: "security-tooling" },
    accounts: 1,
    otherwise:
      "The stack example-credential-hygiene could not be applied: Terraform needs config:PutOrganizationConfigRule for aws_config_organization_managed_rule.",
  });
});

test("one that stops a StackSet in a region is a counterexample", () => {
  const { report } = proven({
    organization: [
      foreignPolicy("no-rules", "ou-exmp-sandbox1", [
        {
          Sid: "Regions",
          Effect: "Deny",
          Action: "events:PutRule",
          Resource: "*",
          Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
        },
      ]),
    ],
  });
  expect(ids(report)).toEqual(["still-manageable/Sandbox/stack-set/events:PutRule"]);
});

describe("StackSets of observed guardrails", () => {
  const observing = (targets: string): readonly [string, string] => [
    "  rollout:\n",
    `  observation:\n    subscribers:\n      emails: [security@example.com]\n  rollout:\n    - guardrails: [deny-leaving-organization]\n      mode: observe\n      targets: ${targets}\n`,
  ];
  const stops = (action: string, resource: string, target: string) =>
    foreignPolicy("no-observers", JSON.stringify(target), [
      { Sid: "NoObservers", Effect: "Deny", Action: action, Resource: resource },
    ]);
  const SANDBOX = "ou-exmp-sandbox1";
  const RULES = "arn:aws:events:*:*:rule/keyless-guardrail-observation-*";
  const ROLES = "arn:aws:iam::*:role/keyless/keyless-observe-*";

  test.each([
    ["events:PutRule", RULES, "keyless-observe-deny-leaving-organization"],
    ["iam:CreateRole", ROLES, "keyless-observe-deny-leaving-organization"],
    ["iam:PassRole", ROLES, "keyless-observe-deny-leaving-organization"],
    [
      "cloudformation:CreateStack",
      "arn:aws:cloudformation:*:*:stack/StackSet-keyless-observe-*",
      "keyless-observe-deny-leaving-organization",
    ],
  ])("an SCP that denies %s of what observes an OU is a counterexample", (action, resource, stackSet) => {
    const { report } = proven({
      baseline: [observing("[{ ou: Sandbox }]")],
      organization: [stops(action, resource, SANDBOX)],
    });
    expect(ids(report)).toEqual([`still-manageable/Sandbox/stack-set/${action}`]);
    expect(report.counterexamples[0]).toMatchObject({
      accounts: 2,
      decision: "denied",
      otherwise: `The StackSet ${stackSet} could not be deployed: CloudFormation needs ${action}.`,
    });
  });

  test("in the one account that is observed by itself, not in its neighbour", () => {
    const { report } = proven({
      baseline: [observing("[{ account: sandbox-2 }]")],
      organization: [stops("events:PutRule", RULES, SANDBOX)],
    });
    expect(ids(report)).toEqual(["still-manageable/Sandbox/stack-set/events:PutRule"]);
    expect(report.counterexamples[0]).toMatchObject({
      account: { name: "sandbox-2" },
      accounts: 1,
      otherwise:
        "The StackSet keyless-observe-deny-leaving-organization-accounts could not be deployed: CloudFormation needs events:PutRule.",
    });
  });

  test("where nothing is observed the same SCP is none", () => {
    expect(
      ids(
        proven({
          baseline: [observing("[{ ou: Workloads }]")],
          organization: [stops("events:PutRule", RULES, SANDBOX)],
        }).report,
      ),
    ).toEqual([]);
    expect(ids(proven({ organization: [stops("events:PutRule", RULES, SANDBOX)] }).report)).toEqual([]);
  });
});

test("holds with every guardrail enforced", () =>
  expect(
    ids(proven({ baseline: [EVERYTHING_ENFORCED] }).report).filter((id) => id.startsWith("still-manageable")),
  ).toEqual([]));
