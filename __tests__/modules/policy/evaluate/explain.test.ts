import {
  compile,
  evaluate,
  explain,
  FULL_AWS_ACCESS,
  NamedPolicy,
  PolicyRequest,
  statementMatches,
} from "../../../../modules/policy/evaluate";
import { policyDocument } from "../../../../modules/policy/document";
import type { PolicyStatement } from "../../../../modules/policy/types";

const policy = (name: string, ...statements: readonly PolicyStatement[]): NamedPolicy => ({
  name,
  document: policyDocument(statements),
});
const ADMIN: PolicyRequest = {
  principal: { type: "role", arn: "arn:aws:iam::222222222222:role/Admin" },
  action: "iam:CreateAccessKey",
  resource: "arn:aws:iam::222222222222:user/ci",
};
const noKeys = policy("no-keys", {
  Sid: "NoKeys",
  Effect: "Deny",
  Action: "iam:CreateAccessKey",
  Resource: "*",
  Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Rescue" } },
});

describe("explanations", () => {
  test("an explicit deny names the statement and the conditions that hold", () => {
    const verdict = evaluate(ADMIN, compile({ scps: [[FULL_AWS_ACCESS], [FULL_AWS_ACCESS, noKeys]] }));
    expect(verdict).toEqual({
      decision: "denied",
      kind: "explicit-deny",
      deciding: [
        {
          layer: "scp",
          level: 1,
          policy: "no-keys",
          statement: 0,
          sid: "NoKeys",
          effect: "Deny",
          conditions: [
            { operator: "ArnNotLike", key: "aws:PrincipalArn", values: ["arn:aws:iam::*:role/Rescue"], result: "true" },
          ],
        },
      ],
    });
    expect(explain(verdict)).toBe(
      "Denied by a statement:\n  SCP no-keys at level 1 below the root, statement 0 (NoKeys), denies it, because its conditions hold: ArnNotLike aws:PrincipalArn [arn:aws:iam::*:role/Rescue] is true",
    );
  });

  test("an RCP for a service that it may or may not reach", () => {
    const verdict = evaluate(
      { ...ADMIN, action: "codebuild:StartBuild", resource: "arn:aws:codebuild:eu-west-1:222222222222:project/app" },
      { rcps: [[policy("builds", { Effect: "Deny", Principal: "*", Action: "codebuild:*", Resource: "*" })]] },
    );
    expect(explain(verdict)).toBe(
      "Not known:\n  RCP builds at the root, statement 0, denies it or not: whether RCPs reach this service is not certain",
    );
  });

  test("an implicit deny names the level that does not allow", () => {
    const verdict = evaluate(ADMIN, {
      scps: [[FULL_AWS_ACCESS], [policy("s3-only", { Effect: "Allow", Action: "s3:*", Resource: "*" })]],
    });
    expect(verdict.kind).toBe("implicit-deny");
    expect(explain(verdict)).toBe(
      "Denied, because nothing allows it:\n  SCP at level 1 below the root: s3-only does not allow it",
    );
  });

  test("an implicit deny names the condition that stands in the way", () => {
    const mfa = policy("mfa", {
      Effect: "Allow",
      Action: "iam:*",
      Resource: "*",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    });
    const verdict = evaluate(
      { ...ADMIN, context: { "aws:MultiFactorAuthPresent": false } },
      { scps: [[FULL_AWS_ACCESS]], identity: [mfa] },
    );
    expect(explain(verdict)).toBe(
      "Denied, because nothing allows it:\n  identity policy: mfa does not allow it\n  identity policy mfa, statement 0, would allow it, but a condition does not hold: Bool aws:MultiFactorAuthPresent [true] is false",
    );
  });

  test("what is not known is named", () => {
    const verdict = evaluate(ADMIN, {
      scps: [
        [
          FULL_AWS_ACCESS,
          policy("home", {
            Effect: "Deny",
            Action: "*",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } },
          }),
        ],
      ],
    });
    expect(explain(verdict)).toBe(
      "Not known:\n  SCP home at the root, statement 0, denies it or not: StringNotEquals aws:PrincipalOrgID [o-1] is not known",
    );
  });

  test("an allowed request names a statement of every layer", () => {
    const verdict = evaluate(ADMIN, {
      scps: [[FULL_AWS_ACCESS]],
      identity: [policy("admin", { Effect: "Allow", Action: "iam:*", Resource: "*" })],
    });
    expect(explain(verdict)).toBe(
      "Allowed:\n  SCP FullAWSAccess at the root, statement 0, allows it\n  identity policy admin, statement 0, allows it",
    );
  });
});

test("one statement can be asked by itself", () => {
  const [statement] = noKeys.document.Statement;
  expect(statementMatches(statement!, ADMIN)).toBe("true");
  expect(
    statementMatches(statement!, {
      ...ADMIN,
      principal: { type: "role", arn: "arn:aws:iam::222222222222:role/Rescue" },
    }),
  ).toBe("false");
  expect(statementMatches(statement!, { ...ADMIN, action: "iam:CreateUser" })).toBe("false");
});
