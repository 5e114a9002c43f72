import { formatProblem } from "../../../modules/kernel/errors";
import { policyDocument } from "../../../modules/policy/document";
import type { PolicyStatement } from "../../../modules/policy/types";
import { actionName, expandAction, overlap, vocabularyProblems } from "../../../modules/policy/vocabulary";
import { exampleWith } from "../../support/environments";

const deny = (statement: Omit<PolicyStatement, "Effect">): PolicyStatement => ({ Effect: "Deny", ...statement });
const problems = (statement: Omit<PolicyStatement, "Effect">) =>
  vocabularyProblems(policyDocument([deny(statement)])).map(({ code, path, message, fix }) =>
    `${code} ${path.join(".")} ${message} ${fix}`.replace(/as of \d{4}-\d{2}-\d{2}/, "as of then"),
  );

describe("words of a policy", () => {
  test("that AWS knows pass, in any case", () => {
    expect(
      problems({ Action: ["iam:CreateAccessKey", "IAM:createuser", "iam:*Role*", "s3:Get?bject", "*"], Resource: "*" }),
    ).toEqual([]);
    expect(
      problems({
        NotAction: ["iam:*", "sts:*"],
        Resource: "*",
        Condition: { StringNotEquals: { "aws:RequestedRegion": "eu-central-1" } },
      }),
    ).toEqual([]);
    expect(
      problems({
        Action: "kms:DisableKey",
        Resource: "*",
        Condition: { Null: { "aws:ResourceTag/team": "false", "kms:ResourceAliases": "true" } },
      }),
    ).toEqual([]);
    expect(
      problems({
        Action: "iam:CreateUser",
        Resource: "*",
        Condition: { StringEquals: { "AWS:principalARN": "x", "aws:RequestTag/a": "b", "aws:TagKeys": "a" } },
      }),
    ).toEqual([]);
    expect(
      problems({
        Action: "sts:AssumeRoleWithWebIdentity",
        Resource: "*",
        Condition: {
          StringEquals: { "token.actions.githubusercontent.com:sub": "x", "oidc.example.com/id/1:aud": "y" },
        },
      }),
    ).toEqual([]);
    expect(problems({ Action: "iam:GetRole", Resource: "arn:aws:iam::*:role/keyless/*" })).toEqual([]);
    expect(problems({ Action: "s3:GetObject", Resource: "arn:aws:s3:::${aws:PrincipalTag/bucket}/*" })).toEqual([]);
  });

  test.each<[string, Omit<PolicyStatement, "Effect">, string]>([
    [
      "an action",
      { Action: ["iam:CreateAccesKey"], Resource: "*" },
      "POLICY-UNKNOWN-ACTION Statement.0.Action.0 iam:CreateAccesKey: iam has no action CreateAccesKey (as of then). Did you mean iam:CreateAccessKey?",
    ],
    [
      "a service",
      { NotAction: "iamm:CreateUser", Resource: "*" },
      "POLICY-UNKNOWN-ACTION Statement.0.NotAction iamm:CreateUser: AWS has no service iamm (as of then). Did you mean iam:CreateUser?",
    ],
    [
      "a pattern",
      { Action: "iam:Crate*", Resource: "*" },
      "POLICY-UNKNOWN-ACTION Statement.0.Action iam:Crate* matches no action of iam (as of then). Loosen the pattern, or name the actions.",
    ],
    [
      "a global key",
      { Action: "*", Resource: "*", Condition: { StringEquals: { "aws:PrincipalOrgId2": "o" } } },
      "POLICY-UNKNOWN-KEY Statement.0.Condition.StringEquals.aws:PrincipalOrgId2 AWS has no condition key aws:PrincipalOrgId2 (as of then). Did you mean aws:PrincipalOrgID?",
    ],
    [
      "a tag key without its tag",
      { Action: "*", Resource: "*", Condition: { StringEquals: { "aws:ResourceTag/": "o" } } },
      "POLICY-UNKNOWN-KEY Statement.0.Condition.StringEquals.aws:ResourceTag/ AWS has no condition key aws:ResourceTag/ (as of then). Did you mean aws:ResourceTag/<tag key>?",
    ],
    [
      "a service's key",
      {
        Action: "bedrock:CallWithBearerToken",
        Resource: "*",
        Condition: { StringEquals: { "bedrock:BearerTokenTyp": "x" } },
      },
      "POLICY-UNKNOWN-KEY Statement.0.Condition.StringEquals.bedrock:BearerTokenTyp bedrock has no condition key bedrock:BearerTokenTyp (as of then). Did you mean bedrock:BearerTokenType?",
    ],
    [
      "a key's service",
      { Action: "*", Resource: "*", Condition: { StringEquals: { "iaam:PassedToService": "x" } } },
      "POLICY-UNKNOWN-KEY Statement.0.Condition.StringEquals.iaam:PassedToService AWS has no service iaam, so that there is no condition key iaam:PassedToService (as of then). Did you mean iam:passedtoservice?",
    ],
    [
      "a key of other actions",
      { Action: "iam:CreateUser", Resource: "*", Condition: { StringEquals: { "iam:PassedToService": "x" } } },
      "POLICY-KEY-NEVER-SENT Statement.0.Condition.StringEquals.iam:PassedToService None of the statement's actions sends the key iam:PassedToService. iam:… keys belong to some actions only; take the condition out, or name an action that has it.",
    ],
    [
      "an issuer's key away from sts",
      { Action: "s3:GetObject", Resource: "*", Condition: { StringEquals: { "gitlab.com:sub": "x" } } },
      "POLICY-KEY-NEVER-SENT Statement.0.Condition.StringEquals.gitlab.com:sub The key gitlab.com:sub is in requests to sts only, and this statement is about none. Take the condition out, or name sts:AssumeRoleWithWebIdentity or sts:AssumeRoleWithSAML.",
    ],
  ])("that AWS does not know are named: %s", (_, statement, expected) =>
    expect(problems(statement)).toEqual([expected]),
  );

  test("a resource that no action knows, and an action that knows none of the resources", () => {
    expect(
      problems({ Action: ["iam:AddUserToGroup", "iam:TagUser"], Resource: "arn:aws:iam::*:user/break-glass/*" }),
    ).toEqual([
      "POLICY-RESOURCE-NEVER-MATCHES Statement.0.Action.0 iam:AddUserToGroup never acts on arn:aws:iam::*:user/break-glass/*: it knows resources of the type group. Put it into a statement with such a resource.",
    ]);
    expect(problems({ Action: "iam:TagUser", Resource: ["arn:aws:iam::*:user/a", "arn:aws:iam::*:rolle/b"] })).toEqual([
      "POLICY-RESOURCE-NEVER-MATCHES Statement.0.Resource.1 None of the statement's actions acts on arn:aws:iam::*:rolle/b. Check the resource's type and the form of its ARN.",
    ]);
    expect(problems({ Action: "events:PutPermission", Resource: "arn:aws:events:*:*:event-bus/x" })[0]).toMatch(
      /^POLICY-RESOURCE-NEVER-MATCHES Statement\.0\.Action events:PutPermission never acts on .*: it knows no resources\. Put it into a statement with the resource "\*"\.$/,
    );
  });

  test("patterns expand to the actions of today", () => {
    expect(expandAction("iam:Put*Policy").map(actionName)).toEqual([
      "iam:PutGroupPolicy",
      "iam:PutRolePolicy",
      "iam:PutUserPolicy",
    ]);
    expect(expandAction("*")).toEqual([]);
  });

  test.each([
    ["abc", "abc", true],
    ["abc", "abd", false],
    ["a*", "*c", true],
    ["a*x", "*c", false],
    ["*", "", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["arn:aws:iam::*:role/keyless/*", "arn:*:iam::*:role/*", true],
    ["arn:aws:iam::*:user/*", "arn:*:iam::*:role/*", true],
    ["", "", true],
    ["", "a", false],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });
});

test("an inline policy with a word that AWS does not know is a warning at its place", () => {
  const { state, problems } = exampleWith({ baseline: [["cloudtrail:StopLogging", "cloudtrail:StopLoging"]] });
  expect(
    problems.filter(({ code }) => code === "POLICY-UNKNOWN-ACTION").map((problem) => formatProblem(problem)),
  ).toEqual([
    expect.stringMatching(
      /^warning POLICY-UNKNOWN-ACTION environments\/example\/baseline\.yaml:\d+:\d+ identityCenter\.permissionSets\[1\]\.inlinePolicy\.Statement\[0\]\.Action\[1\]\n.*\n {2}fix: Did you mean cloudtrail:StopLogging\?$/,
    ),
  ]);
  expect(state).toBeDefined();
});
