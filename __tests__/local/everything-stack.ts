import type { Organization } from "../../modules/organization/types";

export const ROLE_NAME = "SecurityBreakGlass";

/** A CA certificate, made for these tests; its key is nowhere. */
export const CA_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUQ0FfQ0VSVElGSUNBVEVfRk9SX1RFU1QwCgYIKoZIzj0E
-----END CERTIFICATE-----
`;

const allow = (action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
const trust = (principal: unknown): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
  });

export function roleTemplate(maxSessionDuration = 3600): string {
  return JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Parameters: { HomeAccount: { Type: "String" } },
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: ROLE_NAME,
          Description: { "Fn::Sub": "Break glass of ${AWS::AccountId}" },
          MaxSessionDuration: maxSessionDuration,
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${HomeAccount}:root" } },
                Action: "sts:AssumeRole",
                Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
              },
            ],
          },
          ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
          Policies: [{ PolicyName: "inline", PolicyDocument: JSON.parse(allow("sts:GetCallerIdentity")) as unknown }],
          Tags: [{ Key: "purpose", Value: "break-glass" }],
        },
      },
    },
  });
}

/** A rule in a region, of a self-managed StackSet in the management account. */
function ruleTemplate(): string {
  return JSON.stringify({
    Resources: {
      Rule: {
        Type: "AWS::Events::Rule",
        Properties: {
          Name: "sign-in",
          EventPattern: { source: ["aws.signin"] },
          Targets: [
            {
              Id: "bus",
              Arn: { "Fn::Sub": "arn:aws:events:eu-central-1:${AWS::AccountId}:event-bus/alarms" },
              RoleArn: { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/execution" },
            },
          ],
        },
      },
    },
  });
}

/** Terraform JSON with every kind of resource that this project's stacks use, and some that they may. */
export function everythingStack(
  facts: Organization,
  memberId: string,
  options: { readonly maxSessionDuration?: number } = {},
): Record<string, unknown> {
  const center = facts.identityCenter!;
  const region = center.region;
  const instance_arn = center.instanceArn;
  const permission_set_arn = "${aws_ssoadmin_permission_set.set.arn}";
  return {
    terraform: {
      required_providers: { aws: { source: "aws", version: ">= 5.100.0, < 7.0.0" } },
      backend: { local: { path: "state/everything.tfstate" } },
    },
    provider: {
      aws: [
        {
          region,
          allowed_account_ids: [facts.managementAccountId],
          default_tags: [{ tags: { "keyless:environment": "example" } }],
        },
        {
          alias: "member",
          region,
          allowed_account_ids: [memberId],
          assume_role: [{ role_arn: `arn:aws:iam::${memberId}:role/OrganizationAccountAccessRole` }],
          default_tags: [{ tags: { "keyless:environment": "example" } }],
        },
      ],
    },
    resource: {
      aws_organizations_policy: {
        scp: {
          name: "keyless",
          type: "SERVICE_CONTROL_POLICY",
          content: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }],
          }),
        },
      },
      aws_organizations_policy_attachment: {
        scp: { policy_id: "${aws_organizations_policy.scp.id}", target_id: facts.rootId },
      },
      aws_iam_organizations_features: { features: { enabled_features: ["RootCredentialsManagement", "RootSessions"] } },
      aws_cloudformation_stack_set: {
        roles: {
          name: "break-glass-roles",
          permission_model: "SERVICE_MANAGED",
          capabilities: ["CAPABILITY_NAMED_IAM"],
          auto_deployment: { enabled: true, retain_stacks_on_account_removal: false },
          template_body: roleTemplate(options.maxSessionDuration).replace(/\$\{/g, "$$${"),
          parameters: { HomeAccount: facts.managementAccountId },
          lifecycle: { ignore_changes: ["administration_role_arn"] },
        },
        rules: {
          name: "regional-rules",
          permission_model: "SELF_MANAGED",
          administration_role_arn: "${aws_iam_role.administration.arn}",
          execution_role_name: "${aws_iam_role.execution.name}",
          template_body: ruleTemplate().replace(/\$\{/g, "$$${"),
          operation_preferences: {
            region_concurrency_type: "PARALLEL",
            max_concurrent_percentage: 100,
            failure_tolerance_percentage: 0,
          },
        },
      },
      aws_cloudformation_stack_set_instance: {
        roles: {
          stack_set_name: "${aws_cloudformation_stack_set.roles.name}",
          region: "us-east-1",
          deployment_targets: { organizational_unit_ids: [facts.rootId] },
        },
      },
      aws_cloudformation_stack_instances: {
        rules: {
          stack_set_name: "${aws_cloudformation_stack_set.rules.name}",
          accounts: [facts.managementAccountId],
          regions: ["us-east-1", "us-east-2"],
        },
      },
      aws_iam_role: {
        administration: {
          name: "administration",
          assume_role_policy: trust({ Service: "cloudformation.amazonaws.com" }),
        },
        execution: {
          name: "execution",
          assume_role_policy: trust({ AWS: `arn:aws:iam::${facts.managementAccountId}:role/administration` }),
        },
        member: {
          provider: "aws.member",
          name: "workload",
          path: "/workloads/",
          assume_role_policy: trust({ Service: "rolesanywhere.amazonaws.com" }),
          max_session_duration: 7200,
        },
      },
      aws_iam_role_policy: {
        member: {
          provider: "aws.member",
          name: "inline",
          role: "${aws_iam_role.member.name}",
          policy: allow("s3:GetObject"),
        },
      },
      aws_iam_role_policy_attachment: {
        member: {
          provider: "aws.member",
          role: "${aws_iam_role.member.name}",
          policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        },
      },
      aws_iam_user: { glass: { name: "break-glass-1", path: "/break-glass/" } },
      aws_iam_user_policy: {
        glass: { name: "mfa", user: "${aws_iam_user.glass.name}", policy: allow("iam:EnableMFADevice") },
      },
      aws_iam_openid_connect_provider: {
        github: {
          provider: "aws.member",
          url: "https://token.actions.githubusercontent.com",
          client_id_list: ["sts.amazonaws.com"],
          thumbprint_list: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
        },
      },
      aws_iam_account_password_policy: { policy: { minimum_password_length: 20 } },
      aws_rolesanywhere_trust_anchor: {
        anchor: {
          provider: "aws.member",
          name: "external",
          enabled: true,
          source: { source_type: "CERTIFICATE_BUNDLE", source_data: { x509_certificate_data: CA_CERTIFICATE } },
          notification_settings: [
            { channel: "ALL", enabled: true, event: "CA_CERTIFICATE_EXPIRY", threshold: 30 },
            { channel: "ALL", enabled: true, event: "END_ENTITY_CERTIFICATE_EXPIRY", threshold: 30 },
          ],
        },
      },
      aws_rolesanywhere_profile: {
        profile: {
          provider: "aws.member",
          name: "build",
          enabled: true,
          role_arns: ["${aws_iam_role.member.arn}"],
          duration_seconds: 3600,
        },
      },
      aws_accessanalyzer_analyzer: {
        unused: {
          analyzer_name: "unused-access",
          type: "ORGANIZATION_UNUSED_ACCESS",
          configuration: { unused_access: { unused_access_age: 45 } },
        },
      },
      aws_config_organization_managed_rule: {
        unused: {
          name: "unused-credentials",
          rule_identifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK",
          input_parameters: JSON.stringify({ maxCredentialUsageAge: "45" }),
          excluded_accounts: [memberId],
        },
      },
      aws_config_organization_conformance_pack: {
        pack: {
          name: "hygiene",
          template_body:
            "Resources:\n  Rule:\n    Type: AWS::Config::ConfigRule\n    Properties:\n      ConfigRuleName: root-keys\n      Source:\n        Owner: AWS\n        SourceIdentifier: IAM_ROOT_ACCESS_KEY_CHECK\n",
        },
      },
      aws_ssoadmin_permission_set: {
        set: {
          name: "Operator",
          instance_arn,
          description: "Operates",
          session_duration: "PT4H",
          relay_state: "https://console.aws.amazon.com",
        },
      },
      aws_ssoadmin_managed_policy_attachment: {
        set: { instance_arn, permission_set_arn, managed_policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      },
      aws_ssoadmin_customer_managed_policy_attachment: {
        set: { instance_arn, permission_set_arn, customer_managed_policy_reference: { name: "operator", path: "/" } },
      },
      aws_ssoadmin_permission_set_inline_policy: {
        set: { instance_arn, permission_set_arn, inline_policy: allow("s3:ListBucket") },
      },
      aws_ssoadmin_permissions_boundary_attachment: {
        set: {
          instance_arn,
          permission_set_arn,
          permissions_boundary: { managed_policy_arn: "arn:aws:iam::aws:policy/PowerUserAccess" },
        },
      },
      aws_ssoadmin_instance_access_control_attributes: {
        attributes: {
          instance_arn,
          attribute: [{ key: "team", value: { source: ["$${path:enterprise.department}"] } }],
        },
      },
      aws_ssoadmin_account_assignment: {
        operators: {
          instance_arn,
          permission_set_arn,
          principal_id: "${aws_identitystore_group.operators.group_id}",
          principal_type: "GROUP",
          target_id: memberId,
          target_type: "AWS_ACCOUNT",
        },
      },
      aws_identitystore_group: {
        operators: { identity_store_id: center.identityStoreId, display_name: "Operators", description: "Ours" },
      },
      aws_kms_key: {
        alarms: {
          description: "Alarms",
          enable_key_rotation: true,
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "Root",
                Effect: "Allow",
                Principal: { AWS: `arn:aws:iam::${facts.managementAccountId}:root` },
                Action: "kms:*",
                Resource: "*",
              },
            ],
          }),
        },
      },
      aws_kms_alias: { alarms: { name: "alias/alarms", target_key_id: "${aws_kms_key.alarms.key_id}" } },
      aws_sns_topic: { alarms: { name: "alarms", kms_master_key_id: "${aws_kms_key.alarms.arn}" } },
      aws_sns_topic_policy: {
        alarms: {
          arn: "${aws_sns_topic.alarms.arn}",
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "Events",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sns:Publish",
                Resource: "${aws_sns_topic.alarms.arn}",
              },
            ],
          }),
        },
      },
      aws_sns_topic_subscription: {
        mail: { topic_arn: "${aws_sns_topic.alarms.arn}", protocol: "email", endpoint: "security@example.com" },
      },
      aws_cloudwatch_event_bus: { alarms: { name: "alarms" } },
      aws_cloudwatch_event_bus_policy: {
        alarms: {
          event_bus_name: "${aws_cloudwatch_event_bus.alarms.name}",
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "Organization",
                Effect: "Allow",
                Principal: "*",
                Action: "events:PutEvents",
                Resource: "${aws_cloudwatch_event_bus.alarms.arn}",
                Condition: { StringEquals: { "aws:PrincipalOrgID": facts.id } },
              },
            ],
          }),
        },
      },
      aws_cloudwatch_event_permission: {
        organization: {
          principal: "*",
          statement_id: "organization",
          action: "events:PutEvents",
          condition: { key: "aws:PrincipalOrgID", type: "StringEquals", value: facts.id },
        },
      },
      aws_cloudwatch_event_rule: {
        assume: {
          name: "assume-break-glass",
          event_bus_name: "${aws_cloudwatch_event_bus.alarms.name}",
          event_pattern: JSON.stringify({ source: ["aws.sts"] }),
        },
      },
      aws_cloudwatch_event_target: {
        assume: {
          rule: "${aws_cloudwatch_event_rule.assume.name}",
          event_bus_name: "${aws_cloudwatch_event_bus.alarms.name}",
          target_id: "topic",
          arn: "${aws_sns_topic.alarms.arn}",
        },
      },
      aws_ssm_parameter: { marker: { name: "/keyless/marker", type: "String", value: "1" } },
    },
  };
}
