import {
  accessRolesTemplate,
  AccessRolesScope,
  inventoryRole,
  retirementRole,
} from "../../../../modules/sections/credential-hygiene/access-roles";
import {
  credentialAction,
  LONG_TERM_CREDENTIAL_EVENTS,
} from "../../../../modules/sections/credential-hygiene/long-term-credential-events";
import {
  INVENTORY_ROLE,
  KEYLESS_ROLE_PATH,
  RETIREMENT_ROLE,
} from "../../../../modules/sections/credential-hygiene/names";
import { credentialHygieneSection } from "../../../../modules/sections/credential-hygiene/schema";
import { roleArn } from "../../../../modules/evidence/inventory/collect/sessions";
import { asList, normalizeStatement } from "../../../../modules/policy/document";
import { canonicalJson } from "../../../../modules/kernel/json";
import type { PolicyDocument } from "../../../../modules/policy/types";
import { exampleState } from "../../../support/environments";

const scope: AccessRolesScope = {
  organizationId: "o-exampleorg1",
  inventoryRoleName: INVENTORY_ROLE,
  inventoryPrincipals: [
    "arn:aws:iam::111111111111:role/KeylessBaselinePlan",
    "arn:aws:iam::222222222202:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_SecurityAudit_*",
  ],
  retirementPrincipals: ["arn:aws:iam::111111111111:role/KeylessBaselineApply"],
  breakGlassUsers: "arn:aws:iam::111111111111:user/break-glass/*",
};
const ACCOUNT = "333333333301";
const inventory = inventoryRole(scope, ACCOUNT);
const retirement = retirementRole(scope, ACCOUNT);
const allowed = (document: PolicyDocument): readonly string[] =>
  document.Statement.filter((s) => s.Effect === "Allow").flatMap((s) => asList(s.Action));

test("the schema's default name is the constant that guardrails know", () => {
  expect(credentialHygieneSection.parse({}).inventory.roleName).toBe(INVENTORY_ROLE);
});

test("retire assumes the role that the ban on reactivation exempts, under the path where it is made", () => {
  expect(roleArn(ACCOUNT, RETIREMENT_ROLE)).toBe(`arn:aws:iam::${ACCOUNT}:role${retirement.path}${retirement.name}`);
  expect(roleArn(ACCOUNT, "/OrganizationAccountAccessRole")).toBe(
    `arn:aws:iam::${ACCOUNT}:role/OrganizationAccountAccessRole`,
  );
  expect(exampleState().guardrails.context.credentialHygiene?.cleanUpRoles).toContain(RETIREMENT_ROLE);
});

describe("the role of the inventory", () => {
  test("reads, and nothing else: no wildcard, no action that makes, revives or changes", () => {
    const actions = allowed(inventory.permissions);
    expect(
      actions.filter(
        (action) => !/^(iam:(Get|List)[A-Za-z]+|iam:GenerateCredentialReport|cloudtrail:LookupEvents)$/.test(action),
      ),
    ).toEqual([]);
    expect(actions).toHaveLength(13);
  });

  test("looks at users of its own account only, where the action knows resources", () => {
    expect(inventory.permissions.Statement[1]?.Resource).toBe(`arn:aws:iam::${ACCOUNT}:user/*`);
  });

  test("is assumed by the named principals, whether they exist yet or not, and only inside the organization", () => {
    expect(inventory.trust.Statement).toEqual([
      {
        Sid: "NamedPrincipals",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222202:root"] },
        Action: "sts:AssumeRole",
        Condition: {
          ArnLike: { "aws:PrincipalArn": scope.inventoryPrincipals },
          StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1" },
        },
      },
    ]);
  });
});

describe("the role of the retirement", () => {
  test("is denied everything on break-glass users", () => {
    expect(retirement.permissions.Statement).toContainEqual({
      Sid: "NeverBreakGlass",
      Effect: "Deny",
      Action: "iam:*",
      Resource: scope.breakGlassUsers,
    });
  });

  test("mints nothing; of what revives it has only the call that also deactivates", () => {
    expect([...allowed(retirement.permissions)].sort()).toEqual([
      "iam:DeleteAccessKey",
      "iam:GetAccessKeyLastUsed",
      "iam:ListAccessKeys",
      "iam:ListAttachedUserPolicies",
      "iam:UpdateAccessKey",
    ]);
    expect(
      allowed(retirement.permissions).filter((action) =>
        LONG_TERM_CREDENTIAL_EVENTS.some((event) => credentialAction(event) === action),
      ),
    ).toEqual(["iam:UpdateAccessKey"]);
  });

  test("whoever may only plan cannot assume it", () => {
    expect(JSON.stringify(retirement.trust)).not.toContain("KeylessBaselinePlan");
  });
});

test("both are the same through the StackSet as through Terraform", () => {
  const template = accessRolesTemplate(scope, "prod").Resources as Record<
    string,
    { Properties: Record<string, unknown> }
  >;
  const normalized = (d: PolicyDocument): unknown => ({ ...d, Statement: d.Statement.map(normalizeStatement) });
  for (const [id, role] of [
    ["InventoryRole", inventory],
    ["RetirementRole", retirement],
  ] as const) {
    const inAccount = JSON.parse(
      JSON.stringify(template[id]!.Properties)
        .replace(/\{"Fn::Sub":("[^"]*")\}/g, "$1")
        .replaceAll("${AWS::AccountId}", ACCOUNT),
    ) as Record<string, unknown>;
    expect(canonicalJson(inAccount["AssumeRolePolicyDocument"])).toBe(canonicalJson(normalized(role.trust)));
    expect(canonicalJson(inAccount["Policies"])).toBe(
      canonicalJson([{ PolicyName: role.policyName, PolicyDocument: normalized(role.permissions) }]),
    );
    expect(inAccount).toMatchObject({
      RoleName: role.name,
      Path: KEYLESS_ROLE_PATH,
      Tags: [{ Key: "keyless:environment", Value: "prod" }],
    });
    expect(JSON.stringify(inAccount)).not.toContain("${");
  }
  expect(retirement.name).toBe(RETIREMENT_ROLE);
});
