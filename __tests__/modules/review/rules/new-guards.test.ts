import type { Json } from "../../../../modules/kernel/json";
import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { stackPair } from "../../../../modules/terraform/synth-pair";

/** A new guard is only as good as what it looks at and stops; what is in the same block as a number is not passed over. */

type Resource = Readonly<Record<string, unknown>>;
const stack = (type: string, resource: Resource | undefined): Json => ({
  resource: resource ? { [type]: { it: resource } } : {},
});
const told = (type: string, after: Resource, before?: Resource): readonly string[] =>
  reviewPlans([stackPair("s", "s", stack(type, before), stack(type, after))]).changes.map(
    (change) => `${change.class}: ${plainText(change.sentence)}`,
  );

const RULE = { name: "keys", rule_identifier: "ACCESS_KEYS_ROTATED" };
const TASK = { workspace_id: "ws-1", task_id: "task-1", stages: ["post_plan"] };
const MAIL = { name: "n", workspace_id: "ws-1", destination_type: "email", enabled: true, triggers: ["run:errored"] };
const analyzer = (unused: Resource): Resource => ({
  analyzer_name: "unused",
  type: "ORGANIZATION_UNUSED_ACCESS",
  configuration: { unused_access: unused },
});
const remediation = (properties: Resource): string =>
  JSON.stringify({
    Resources: { Fix: { Type: "AWS::Config::RemediationConfiguration", Properties: properties } },
  });
const PACK = { name: "pack" };
const asRole = (role: unknown): Resource => ({
  ConfigRuleName: "r",
  TargetId: "AWSConfigRemediation-RevokeUnusedIAMUserCredentials",
  Parameters: { AutomationAssumeRole: { StaticValue: { Values: [role] } } },
});

test.each<[string, string, Resource, string]>([
  ["a rule", "aws_config_organization_managed_rule", RULE, "strengthens: Rule keys is new."],
  [
    "a rule for nobody",
    "aws_config_organization_managed_rule",
    { ...RULE, excluded_accounts: ["111111111111", "222222222222"] },
    "neutral: Rule keys is new, and does not look at 111111111111 and 222222222222.",
  ],
  [
    "a pack that only looks",
    "aws_config_organization_conformance_pack",
    { ...PACK, template_body: JSON.stringify({ Resources: { R: { Type: "AWS::Config::ConfigRule" } } }) },
    "strengthens: Conformance pack pack is new.",
  ],
  [
    "a pack that runs a runbook as an administrator",
    "aws_config_organization_conformance_pack",
    { ...PACK, template_body: remediation(asRole("arn:aws:iam::111111111111:role/Admin")) },
    "unknown: Conformance pack pack is new, and has AWS Config run AWSConfigRemediation-RevokeUnusedIAMUserCredentials as arn:aws:iam::111111111111:role/Admin in every account that it is in.",
  ],
  [
    "a pack that runs a runbook of somebody's, as a function says",
    "aws_config_organization_conformance_pack",
    { ...PACK, template_body: remediation({ ...asRole({ "Fn::Sub": "x" }), TargetId: "theirs" }) },
    "unknown: Conformance pack pack is new, and has AWS Config run theirs in every account that it is in.",
  ],
  [
    "a pack whose template lies in a bucket",
    "aws_config_organization_conformance_pack",
    { ...PACK, template_s3_uri: "s3://bucket/template" },
    "unknown: Conformance pack pack is new; what is in its template is not known here.",
  ],
  [
    "a pack with parameters in its template",
    "aws_config_organization_conformance_pack",
    { ...PACK, template_body: JSON.stringify({ Parameters: {}, Resources: {} }) },
    "unknown: Conformance pack pack is new; what is in its template is not known here.",
  ],
  [
    "an analyzer",
    "aws_accessanalyzer_analyzer",
    analyzer({ unused_access_age: 90 }),
    "strengthens: Analyzer unused is new.",
  ],
  [
    "an analyzer that looks away",
    "aws_accessanalyzer_analyzer",
    analyzer({ unused_access_age: 90, analysis_rule: { exclusion: [{ account_ids: ["111111111111"] }] } }),
    "neutral: Analyzer unused is new, and does not look at all that there is: it has exclusions.",
  ],
  [
    "a disabled rule of events",
    "aws_cloudwatch_event_rule",
    { name: "r", event_pattern: "{}", state: "DISABLED" },
    "neutral",
  ],
  [
    "a mandatory task",
    "tfe_workspace_run_task",
    { ...TASK, enforcement_level: "mandatory" },
    "strengthens: Run task it is asked, and stops a run when it says no.",
  ],
  [
    "an advisory task",
    "tfe_workspace_run_task",
    { ...TASK, enforcement_level: "advisory" },
    "neutral: Run task it is asked, and stops no run (advisory).",
  ],
  [
    "a task after the apply",
    "tfe_workspace_run_task",
    { ...TASK, enforcement_level: "mandatory", stages: ["post_apply"] },
    "neutral: Run task it is asked after the apply: it stops none.",
  ],
  [
    "a task of no level",
    "tfe_workspace_run_task",
    TASK,
    "unknown: Run task it is asked; whether it stops a run is not known yet.",
  ],
  ["a message", "tfe_notification_configuration", MAIL, "strengthens: Message of workspace it is new."],
  [
    "a message that is off",
    "tfe_notification_configuration",
    { ...MAIL, enabled: false },
    "neutral: Message of workspace it is new, and sent of nothing.",
  ],
  [
    "a message of nothing",
    "tfe_notification_configuration",
    { ...MAIL, triggers: [] },
    "neutral: Message of workspace it is new, and sent of nothing.",
  ],
])("%s", (_, type, after, expected) => expect(told(type, after)).toEqual([expect.stringContaining(expected)]));

test.each<[string, Resource, Resource, readonly string[]]>([
  ["nothing else", { unused_access_age: 90 }, { unused_access_age: 90 }, []],
  [
    "the age",
    { unused_access_age: 90 },
    { unused_access_age: 180 },
    ["weakens: Analyzer unused: 180 days until access counts as unused instead of 90."],
  ],
  [
    "an account that is left out, and nothing else",
    { unused_access_age: 90 },
    { unused_access_age: 90, analysis_rule: { exclusion: [{ account_ids: ["111111111111"] }] } },
    ["unknown: Analyzer unused: something else in configuration changes."],
  ],
  [
    "one more that is left out, beside a better age",
    { unused_access_age: 90, analysis_rule: { exclusion: [{ account_ids: ["111111111111"] }] } },
    { unused_access_age: 30, analysis_rule: { exclusion: [{ account_ids: ["111111111111", "222222222222"] }] } },
    [
      "unknown: Analyzer unused: something else in configuration changes.",
      "strengthens: Analyzer unused: 30 days until access counts as unused instead of 90.",
    ],
  ],
])("of an analyzer's configuration %s changes", (_, before, after, expected) =>
  expect(told("aws_accessanalyzer_analyzer", analyzer(after), analyzer(before))).toEqual(expected),
);

test.each<[string, Resource, string]>([
  ["aws_config_organization_managed_rule excluded_accounts", RULE, "which accounts it leaves out is not known yet"],
  ["aws_accessanalyzer_analyzer configuration", analyzer({}), "what it leaves out is not known yet"],
  ["tfe_workspace_run_task stages", { ...TASK, enforcement_level: "mandatory" }, "when is not known yet"],
  ["tfe_notification_configuration triggers", { ...MAIL, triggers: [] }, "whether it is sent is not known yet"],
  ["tfe_notification_configuration enabled", MAIL, "whether it is sent is not known yet"],
])("what is not known before the apply strengthens nothing: %s", (name, after, words) => {
  const [type = "", attribute = ""] = name.split(" ");
  const pair = stackPair("s", "s", stack(type, undefined), stack(type, after));
  const resources = pair.resources.map((resource) => ({ ...resource, unknown: new Set([attribute]) }));
  const { changes } = reviewPlans([{ ...pair, resources }]);
  expect(changes.map((change) => `${change.class}: ${plainText(change.sentence)}`)).toEqual([
    expect.stringMatching(new RegExp(`^unknown: .*${words}`)),
  ]);
});
