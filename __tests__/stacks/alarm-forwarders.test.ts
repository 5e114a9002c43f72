import { ABSENT, evaluate } from "../../modules/policy/evaluate";
import type { PolicyDocument } from "../../modules/policy/types";
import { exampleState } from "../support/environments";
import { resources, StackJson, synthesized } from "../support/synth";

/** Every forwarder of alarms: which rules use which role, and whom the role trusts. Read from what is applied, resources and templates. */

const ACCOUNT = "444444444401";
const REGION = "eu-central-1";

interface Forwarders {
  /** Name of the role → its trust policy. */
  readonly roles: Map<string, PolicyDocument>;
  /** Name of the rule, and of the role that it uses. */
  readonly rules: { readonly rule: string; readonly role: string }[];
}

type Values = Readonly<Record<string, unknown>>;

/** What CloudFormation makes of a template in one account and region. */
function deployed(body: string): unknown {
  return JSON.parse(body.replaceAll("$${", "${"), (_, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const { Ref, "Fn::Sub": sub } = value as Values;
    if (Ref === "AWS::AccountId") return ACCOUNT;
    return typeof sub === "string"
      ? sub.replaceAll("${AWS::AccountId}", ACCOUNT).replaceAll("${AWS::Region}", REGION)
      : value;
  });
}

const policy = (json: string): PolicyDocument =>
  JSON.parse(json.replaceAll("$${", "${").replaceAll("111111111111", ACCOUNT)) as PolicyDocument;
const byEventBridge = ({ Statement }: PolicyDocument): boolean =>
  Statement.some(({ Principal }) => JSON.stringify(Principal)?.includes("events.amazonaws.com"));

function collect(json: StackJson, into: Forwarders): void {
  const roles = Object.entries(resources(json, "aws_iam_role"));
  for (const [, role] of roles) {
    const trust = policy(role["assume_role_policy"] as string);
    if (byEventBridge(trust)) into.roles.set(role["name"] as string, trust);
  }
  for (const target of Object.values(resources(json, "aws_cloudwatch_event_target"))) {
    const [, id] = /aws_iam_role\.([^.]+)\./.exec(String(target["role_arn"])) ?? [];
    const [, rule] = /aws_cloudwatch_event_rule\.([^.]+)\./.exec(String(target["rule"])) ?? [];
    if (id === undefined) continue;
    const named = (type: string, key: string): string => resources(json, type)[key]!["name"] as string;
    into.rules.push({ rule: named("aws_cloudwatch_event_rule", rule!), role: named("aws_iam_role", id) });
  }
  for (const set of Object.values(resources(json, "aws_cloudformation_stack_set"))) {
    const { Resources } = deployed(set["template_body"] as string) as {
      Resources: Record<string, { Type: string; Properties: Values }>;
    };
    const made = Object.entries(Resources);
    for (const [, { Type, Properties }] of made) {
      if (Type === "AWS::IAM::Role" && byEventBridge(Properties["AssumeRolePolicyDocument"] as PolicyDocument))
        into.roles.set(Properties["RoleName"] as string, Properties["AssumeRolePolicyDocument"] as PolicyDocument);
      if (Type !== "AWS::Events::Rule") continue;
      for (const { RoleArn } of Properties["Targets"] as readonly { RoleArn: unknown }[]) {
        const role =
          typeof RoleArn === "string"
            ? RoleArn.split("/").at(-1)!
            : (Resources["ForwarderRole"]!.Properties["RoleName"] as string);
        into.rules.push({ rule: Properties["Name"] as string, role });
      }
    }
  }
}

const all: Forwarders = { roles: new Map(), rules: [] };
beforeAll(() => synthesized(exampleState()).forEach((json) => collect(json, all)), 120_000);

/** Whether a rule may use a role: EventBridge passes the rule's ARN and account on. */
const mayUse = (role: string, rule: string, account = ACCOUNT): string =>
  evaluate(
    {
      principal: { type: "service", arn: "events.amazonaws.com" },
      action: "sts:AssumeRole",
      resource: `arn:aws:iam::${ACCOUNT}:role/keyless/${role}`,
      context: {
        "aws:SourceArn": rule === "" ? ABSENT : `arn:aws:events:${REGION}:${account}:rule/${rule}`,
        "aws:SourceAccount": account,
      },
    },
    { resource: { name: role, document: all.roles.get(role)! } },
  ).decision;

test("every forwarder's rule may use its role: break glass, observed guardrails, new credentials", () => {
  expect(all.rules.length).toBeGreaterThan(5);
  expect(new Set(all.rules.map(({ role }) => role))).toEqual(new Set(all.roles.keys()));
  for (const { rule, role } of all.rules) expect([rule, role, mayUse(role, rule)]).toEqual([rule, role, "allowed"]);
});

test("nobody else's rule may: of another name, on another bus, of another account, or none at all", () => {
  for (const role of all.roles.keys()) {
    const { rule } = all.rules.find((one) => one.role === role)!;
    for (const other of ["evil", `x-${rule}`, `evil/${rule}`, ""])
      expect([role, other, mayUse(role, other)]).toEqual([role, other, "denied"]);
    expect([role, mayUse(role, rule, "999999999999")]).toEqual([role, "denied"]);
  }
});
