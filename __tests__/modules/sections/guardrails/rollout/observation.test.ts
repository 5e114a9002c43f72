import { GUARDRAILS } from "../../../../../modules/sections/guardrails/catalogue/guardrails";
import { observationPattern, resolveObservation } from "../../../../../modules/sections/guardrails/rollout/observation";
import { problemList } from "../../../../../modules/sections/load";
import { formatProblem } from "../../../../../modules/kernel/errors";
import { GuardrailObservationStack } from "../../../../../stacks/guardrail-observation";
import { App } from "cdktf";
import { eventMatches } from "../../../../support/event-pattern";
import { addresses, resources, StackJson, stackJson, synthesized } from "../../../../support/synth";
import { CONTEXTS } from "../contexts";
import { outcome, stateWith } from "../fixture";

const OBSERVATION = "subscribers:\n  emails: [security@example.com]";
const CANARY = `
- guardrails: [deny-leaving-organization]
  mode: observe
  targets: [all]
- guardrails: [deny-leaving-organization]
  targets: [{ ou: Sandbox }]
`;
const stack = (more: string): StackJson =>
  synthesized(stateWith({ more, observation: OBSERVATION })).get("example-guardrail-observation")!;
const targets = (json: StackJson, id: string): unknown =>
  (resources(json, "aws_cloudformation_stack_set_instance")[id] ??
    resources(json, "aws_cloudformation_stack_instances")[id])?.["deployment_targets"];

describe("what is observed", () => {
  test("OUs through a StackSet of their own, with accounts that join them; enforced ones are left out", () => {
    const json = stack(CANARY);
    expect(targets(json, "stackset_observe_deny-leaving-organization_instances")).toEqual({
      organizational_unit_ids: ["ou-exmp-infrastr", "ou-exmp-security", "ou-exmp-suspende", "ou-exmp-workload"],
    });
    expect(resources(json, "aws_cloudformation_stack_set")["stackset_observe_deny-leaving-organization"]).toMatchObject(
      { name: "keyless-observe-deny-leaving-organization", auto_deployment: { enabled: true } },
    );
  });

  test("single accounts through a second one, without those that join their OU", () => {
    const json = stack(
      "- guardrails: [deny-leaving-organization]\n  mode: observe\n  targets: [{ account: shop-dev }, { ou: Sandbox }]",
    );
    expect(targets(json, "stackset_observe_deny-leaving-organization_accounts_instances")).toEqual({
      organizational_unit_ids: ["ou-exmp-wrknprod"],
      account_filter_type: "INTERSECTION",
      accounts: ["555555555503"],
    });
    expect(
      resources(json, "aws_cloudformation_stack_set")["stackset_observe_deny-leaving-organization_accounts"],
    ).toMatchObject({ auto_deployment: { enabled: false } });
    expect(targets(json, "stackset_observe_deny-leaving-organization_instances")).toEqual({
      organizational_unit_ids: ["ou-exmp-sandbox1"],
    });
  });

  test("only roles of the observed guardrails may put events on the bus, and the template makes exactly these", () => {
    const json = stack(CANARY);
    const policy = JSON.parse(
      resources(json, "aws_cloudwatch_event_bus_policy")["alarm_bus_policy"]!["policy"] as string,
    ) as { Statement: [{ Condition: unknown }] };
    expect(policy.Statement[0].Condition).toMatchObject({
      ArnLike: {
        "aws:PrincipalArn": "arn:aws:iam::*:role/keyless/keyless-observe-deny-leaving-organization-us-east-1",
      },
    });
    const template = resources(json, "aws_cloudformation_stack_set")["stackset_observe_deny-leaving-organization"]![
      "template_body"
    ] as string;
    expect(template).toContain("keyless-observe-deny-leaving-organization-$${AWS::Region}");
  });

  test("the hub stays while nothing is observed: subscriptions are not confirmed twice", () => {
    const json = stack("- guardrails: [deny-leaving-organization]\n  targets: [all]");
    expect(Object.keys(resources(json, "aws_sns_topic_subscription"))).toHaveLength(1);
    expect(addresses(json).filter((address) => address.includes("stackset"))).toEqual([]);
  });

  test("without the section there is no stack, and nobody may observe", () => {
    expect(synthesized(stateWith({})).has("example-guardrail-observation")).toBe(false);
    expect(outcome({ more: CANARY }).problems.map((p) => p.code)).toEqual(["OBSERVE-NOBODY-HEARS"]);
    expect(outcome({ more: CANARY, observation: "{}" }).problems.map((p) => p.code)).toEqual([
      "OBSERVATION-NOBODY-HEARS",
    ]);
  });

  test("without a trail of the organization, or trusted access, nothing would be seen", () => {
    const { problems } = outcome(
      { more: CANARY, observation: OBSERVATION },
      {
        organization: [
          ["    organization: true\n", "    organization: false\n"],
          ["  - member.org.stacksets.cloudformation.amazonaws.com\n", ""],
        ],
      },
    );
    const own = problems.map(formatProblem).filter((text) => text.includes("guardrails.observation"));
    expect(own.map((text) => text.split(" ")[1])).toEqual(["FACTS-NO-ORGANIZATION-TRAIL", "FACTS-NO-TRUSTED-ACCESS"]);
  });
});

describe("events", () => {
  const event = (name: string, more: Record<string, unknown> = {}) => ({
    source: "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    detail: { eventSource: "iam.amazonaws.com", eventName: name, ...more },
  });
  const [observation] = GUARDRAILS.find((g) => g.id === "deny-access-key-creation")!.observes({} as never);
  const pattern = observationPattern(observation!);

  test("a call that would be denied is told of; one that failed, or another, is not", () => {
    expect(eventMatches(pattern, event("CreateAccessKey"))).toBe(true);
    expect(eventMatches(pattern, event("CreateAccessKey", { errorCode: "AccessDenied" }))).toBe(false);
    expect(eventMatches(pattern, event("DeleteAccessKey"))).toBe(false);
  });

  test("IAM's events are watched where they appear, those of any service everywhere", () => {
    const regions = (id: string) =>
      stateWith({ more: `- guardrails: [${id}]\n  mode: observe\n  targets: [all]`, observation: OBSERVATION })
        .guardrails.observation!.observed[0]!.regions;
    expect(regions("deny-console-password-creation")).toEqual(["us-east-1"]);
    expect(regions("deny-long-term-key-use").length).toBeGreaterThan(10);
  });
});

test("every guardrail can be observed: patterns are small enough, names short enough, in every context", () => {
  const { environment, state } = outcome({ observation: OBSERVATION });
  for (const context of CONTEXTS.values()) {
    for (const guardrail of GUARDRAILS.filter((g) => g.observes(context).length > 0)) {
      const rollout = {
        guardrail: guardrail.id,
        enforced: [],
        observed: [{ id: "r-exmp", label: "(root)", kind: "root" as const }],
        accountModes: new Map(),
        nodeModes: new Map(),
        loosened: [],
      };
      const problems = problemList(environment!);
      const observation = resolveObservation(environment!, problems, [rollout], context)!;
      expect(problems.all()).toEqual([]);
      for (const name of observation.hub.forwarderRoleNames!) expect(name.length).toBeLessThanOrEqual(64);
      for (const rule of observation.observed[0]!.rules) {
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: a pattern has at most 2,048 characters.
        expect([guardrail.id, JSON.stringify(rule.pattern).length <= 2048]).toEqual([guardrail.id, true]);
        expect(rule.id).toMatch(/^[A-Za-z0-9]+$/);
      }
      // CloudFormation takes 51,200 bytes of template in a call.
      const json = stackJson(
        new GuardrailObservationStack(new App({ outdir: "/nonexistent" }), state!.settings, observation),
      );
      for (const set of Object.values(resources(json, "aws_cloudformation_stack_set")))
        expect((set["template_body"] as string).length).toBeLessThan(51_200);
    }
  }
});
