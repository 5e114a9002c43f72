import {
  AlarmHub,
  busArn,
  forwarderPermissions,
  ForwarderRule,
  forwarderRoleNameIn,
  forwarderRuleArns,
  forwarderRuleName,
} from "./documents";

/** A CloudFormation template as data. */
export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: "2010-09-09";
  readonly Description: string;
  readonly Resources: Readonly<Record<string, unknown>>;
}

/** The rules of a forwarder on the default bus of whatever account and region the template is deployed to. */
export function forwarderRules(
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  roleArn: unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    rules.map((rule) => [
      `Rule${rule.id}`,
      {
        Type: "AWS::Events::Rule",
        Properties: {
          Name: forwarderRuleName(hub, rule),
          Description: rule.description,
          EventPattern: rule.pattern,
          State: "ENABLED",
          Targets: [{ Id: "bus", Arn: busArn(hub), RoleArn: roleArn }],
        },
      },
    ]),
  );
}

/** A template of rules only, for deployment to many regions of an account that has the forwarder's role already. */
export function regionalForwarderTemplate(
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  description: string,
): CloudFormationTemplate {
  const roleArn = { "Fn::Sub": `arn:aws:iam::\${AWS::AccountId}:role/keyless/${hub.forwarderRoleName}` };
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Resources: forwarderRules(hub, rules, roleArn),
  };
}

/** A template of the role and the rules, for deployment to many accounts: to one region, or to each of the hub's `forwarderRegions`. */
export function accountForwarderTemplate(
  hub: AlarmHub,
  rules: readonly ForwarderRule[],
  description: string,
): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Resources: {
      ForwarderRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: hub.forwarderRegions
            ? { "Fn::Sub": forwarderRoleNameIn(hub, "${AWS::Region}") }
            : hub.forwarderRoleName,
          Path: "/keyless/",
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "EventBridgeRules",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: {
                  StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
                  ArnLike: { "aws:SourceArn": { "Fn::Sub": forwarderRuleArns(hub, "${AWS::AccountId}") } },
                },
              },
            ],
          },
          Policies: [{ PolicyName: "put-on-bus", PolicyDocument: forwarderPermissions(hub) }],
        },
      },
      ...forwarderRules(hub, rules, { "Fn::GetAtt": ["ForwarderRole", "Arn"] }),
    },
  };
}
