import { parse } from "yaml";
import {
  remediationPack,
  remediationRole,
  remediationRoleTemplate,
  RemediationScope,
} from "../../../../modules/sections/credential-hygiene/remediation";
import { unusedCredentialsRule } from "../../../../modules/sections/credential-hygiene/config-rules";
import {
  LONG_TERM_CREDENTIAL_EVENTS,
  credentialAction,
} from "../../../../modules/sections/credential-hygiene/long-term-credential-events";
import { asList, normalizeStatement } from "../../../../modules/policy/document";
import { canonicalJson } from "../../../../modules/kernel/json";

const scope: RemediationScope = {
  region: "eu-central-1",
  maxUnusedDays: 45,
  breakGlassUsers: "arn:aws:iam::111111111111:user/break-glass/*",
};
const role = remediationRole(scope, "333333333301");
const allowed = role.permissions.Statement.filter((s) => s.Effect === "Allow").flatMap((s) => asList(s.Action));

describe("the role of the remediation", () => {
  test("can be assumed by Systems Manager for automations of its own account only", () => {
    expect(role.trust.Statement).toEqual([
      {
        Sid: "AutomationsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "333333333301" },
          ArnLike: { "aws:SourceArn": "arn:aws:ssm:eu-central-1:333333333301:automation-execution/*" },
        },
      },
    ]);
  });

  test("is denied everything on break-glass users", () => {
    expect(role.permissions.Statement).toContainEqual({
      Sid: "NeverBreakGlass",
      Effect: "Deny",
      Action: "iam:*",
      Resource: scope.breakGlassUsers,
    });
  });

  test("has no wildcard action and mints nothing; of what revives it has only the call that also deactivates", () => {
    expect(allowed.filter((action) => action.includes("*"))).toEqual([]);
    expect(
      allowed.filter((action) => LONG_TERM_CREDENTIAL_EVENTS.some((event) => credentialAction(event) === action)),
    ).toEqual(["iam:UpdateAccessKey"]);
  });

  test("is the same through the StackSet as through Terraform", () => {
    const { RemediationRole } = remediationRoleTemplate(scope, "prod").Resources as {
      RemediationRole: { Properties: Record<string, unknown> };
    };
    const inAccount = JSON.parse(
      JSON.stringify(RemediationRole.Properties)
        .replace(/\{"Fn::Sub":("[^"]*")\}/g, "$1")
        .replaceAll("${AWS::AccountId}", "333333333301"),
    ) as typeof RemediationRole.Properties;
    const normalized = (d: typeof role.trust): unknown => ({ ...d, Statement: d.Statement.map(normalizeStatement) });
    expect(canonicalJson(inAccount["AssumeRolePolicyDocument"])).toBe(canonicalJson(normalized(role.trust)));
    expect(canonicalJson(inAccount["Policies"])).toBe(
      canonicalJson([{ PolicyName: role.policyName, PolicyDocument: normalized(role.permissions) }]),
    );
    expect(inAccount).toMatchObject({
      RoleName: role.name,
      Path: role.path,
      Tags: [{ Key: "keyless:environment", Value: "prod" }],
    });
    expect(JSON.stringify(inAccount)).not.toContain("${");
  });
});

describe("the conformance pack", () => {
  const pack = (
    automatic: boolean,
  ): {
    UnusedCredentials: { Properties: object };
    UnusedCredentialsRemediation: { Properties: Record<string, unknown> };
  } =>
    (parse(remediationPack(unusedCredentialsRule(45), scope, automatic)) as { Resources: ReturnType<typeof pack> })
      .Resources;

  test("ties AWS's runbook to the rule, with each account's own role and the same days", () => {
    const { UnusedCredentials, UnusedCredentialsRemediation } = pack(false);
    expect(UnusedCredentials.Properties).toMatchObject({
      InputParameters: { maxCredentialUsageAge: "45" },
      Source: { Owner: "AWS", SourceIdentifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK" },
    });
    expect(UnusedCredentialsRemediation.Properties).toEqual({
      ConfigRuleName: "keyless-unused-credentials",
      ResourceType: "AWS::IAM::User",
      TargetType: "SSM_DOCUMENT",
      TargetId: "AWSConfigRemediation-RevokeUnusedIAMUserCredentials",
      Parameters: {
        AutomationAssumeRole: {
          StaticValue: {
            Values: [{ "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/keyless/KeylessCredentialRemediation" }],
          },
        },
        IAMResourceId: { ResourceValue: { Value: "RESOURCE_ID" } },
        MaxCredentialUsageAge: { StaticValue: { Values: ["45"] } },
      },
      Automatic: false,
    });
  });

  test("automatic: paced, and one user that is denied does not stop the rest", () => {
    expect(pack(true).UnusedCredentialsRemediation.Properties).toMatchObject({
      Automatic: true,
      MaximumAutomaticAttempts: 3,
      RetryAttemptSeconds: 300,
      ExecutionControls: { SsmControls: { ErrorPercentage: 100 } },
    });
  });

  test("fits the quota of a template in the request, 51,200 bytes", () =>
    expect(remediationPack(unusedCredentialsRule(45), scope, true).length).toBeLessThan(51_200));
});
