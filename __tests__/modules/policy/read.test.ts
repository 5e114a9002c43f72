import { policyJson } from "../../../modules/policy/document";
import { canonicalOperator, readPolicy, readPolicyText, writtenPath } from "../../../modules/policy/read";
import { managedPolicyProblem } from "../../../modules/policy/vocabulary/managed-policies";

const said = (value: unknown): readonly string[] =>
  readPolicy(value).problems.map(({ code, path, message, fix }) => `${code} ${path.join(".")}: ${message} ${fix}`);
const statement = { Effect: "Deny", Action: "iam:CreateUser", Resource: "*" };
const withCondition = (Condition: unknown): unknown => ({
  Version: "2012-10-17",
  Statement: [{ ...statement, Condition }],
});

describe("forms that AWS takes are read into one", () => {
  const NORMAL = { Version: "2012-10-17", Statement: [statement] };
  test.each([
    ["a list of statements", NORMAL],
    ["one statement without a list", { Version: "2012-10-17", Statement: statement }],
    ["no Sid, an empty Sid", { Version: "2012-10-17", Statement: { Sid: "", ...statement } }],
    ["an empty condition", { Version: "2012-10-17", Statement: [{ ...statement, Condition: {} }] }],
    ["an operator without keys", { Version: "2012-10-17", Statement: [{ ...statement, Condition: { Bool: {} } }] }],
  ])("%s", (_, value) => expect(readPolicy(value)).toEqual({ document: NORMAL, problems: [] }));

  test("without a version it is the old one, where variables are plain text, unless the caller says otherwise", () => {
    expect(readPolicy({ Statement: statement }).document?.Version).toBe("2008-10-17");
    expect(readPolicy({ Statement: statement }, { version: "2012-10-17" }).document?.Version).toBe("2012-10-17");
  });

  test("no statement at all, which does nothing", () =>
    expect(readPolicy({ Version: "2012-10-17", Statement: [] }).document?.Statement).toEqual([]));

  test("the id, duplicate Sids, Sids with spaces", () => {
    const value = {
      Version: "2008-10-17",
      Id: "mine",
      Statement: [
        { ...statement, Sid: "a b" },
        { ...statement, Sid: "a b" },
      ],
    };
    expect(readPolicy(value).document).toEqual(value);
  });

  test.each([
    [{ Bool: { "aws:ViaAWSService": false } }, { Bool: { "aws:ViaAWSService": "false" } }],
    [
      { NumericLessThan: { "aws:MultiFactorAuthAge": 3600 } },
      { NumericLessThan: { "aws:MultiFactorAuthAge": "3600" } },
    ],
    [{ bool: { a: [true, "false"] } }, { Bool: { a: ["true", "false"] } }],
    [{ STRINGEQUALS: { k: "v" } }, { StringEquals: { k: "v" } }],
    [{ "foranyvalue:stringlikeifexists": { k: ["v"] } }, { "ForAnyValue:StringLikeIfExists": { k: ["v"] } }],
    [{ stringEquals: { a: "1" }, StringEquals: { b: "2" } }, { StringEquals: { a: "1", b: "2" } }],
    [{ null: { "aws:TokenIssueTime": true } }, { Null: { "aws:TokenIssueTime": "true" } }],
    [{ StringEquals: { k: [] } }, { StringEquals: { k: [] } }],
  ])("condition %j", (written, normal) =>
    expect(readPolicy(withCondition(written)).document?.Statement[0]?.Condition).toEqual(normal),
  );

  test("principals: everybody, single texts, ids written as numbers", () => {
    const read = (Principal: unknown) =>
      readPolicy({ Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole" } }).document?.Statement[0]
        ?.Principal;
    expect(read("*")).toBe("*");
    expect(read({ AWS: 111111111111, Service: ["ec2.amazonaws.com"] })).toEqual({
      AWS: "111111111111",
      Service: ["ec2.amazonaws.com"],
    });
  });

  test("what is read says the same when it is printed and read again", () => {
    const { document } = readPolicyText(
      '{"Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":["*"],"Condition":{"ipaddressifexists":{"aws:SourceIp":["192.0.2.0/24"]}}}}',
    );
    expect(readPolicyText(policyJson(document!)).document).toEqual({
      Version: "2008-10-17",
      Statement: [
        {
          Effect: "Deny",
          NotAction: "iam:*",
          NotResource: "*",
          Condition: { IpAddressIfExists: { "aws:SourceIp": "192.0.2.0/24" } },
        },
      ],
    });
  });
});

describe("what AWS refuses is said with its place", () => {
  test.each([
    ["{", "POLICY-JSON"],
    ["[]", "POLICY-FORM"],
    ["null", "POLICY-FORM"],
    ["{}", "POLICY-FORM"],
    ['{"Statement":["Deny"]}', "POLICY-FORM"],
    ['{"Version":"2012-10-18","Statement":[]}', "POLICY-VERSION"],
  ])("%s is %s", (text, code) => expect(readPolicyText(text).problems[0]?.code).toBe(code));

  test.each([
    [
      { version: "2012-10-17", Statement: statement },
      'POLICY-ELEMENT version: "version" is not an element of a policy: AWS tells upper from lower case here. Did you mean Version? Allowed: Id, Statement, Version.',
    ],
    [
      { Statement: [{ effect: "Deny", Action: "*", Resource: "*" }] },
      'POLICY-ELEMENT Statement.0.effect: "effect" is not an element of a statement: AWS tells upper from lower case here. Did you mean Effect?',
    ],
    [
      { Statement: { Effect: "Deny", action: "*", Resource: "*" } },
      'POLICY-ELEMENT Statement.action: "action" is not an element of a statement',
    ],
    [{ Statement: { ...statement, Conditions: {} } }, 'POLICY-ELEMENT Statement.Conditions: "Conditions" is not'],
    [
      { Statement: [statement, { ...statement, Effect: "deny" }] },
      'POLICY-EFFECT Statement.1.Effect: "deny" is not an effect. Write Deny: AWS tells upper from lower case here.',
    ],
    [{ Statement: { Action: "*", Resource: "*" } }, "POLICY-EFFECT Statement: The statement has no Effect."],
    [
      { Statement: { ...statement, NotAction: "s3:*" } },
      "POLICY-STATEMENT Statement: A statement has either Action or",
    ],
    [{ Statement: { Effect: "Deny", Resource: "*" } }, "POLICY-STATEMENT Statement: A statement has either Action or"],
    [{ Statement: { ...statement, Action: ["a:b", 5] } }, "POLICY-FORM Statement.Action.1: Action is a text or a list"],
    [{ Statement: { ...statement, Resource: null } }, "POLICY-FORM Statement.Resource: Resource is a text"],
    [
      { Statement: { ...statement, Principal: "me" } },
      'POLICY-PRINCIPAL Statement.Principal: "me" is not a principal.',
    ],
    [
      { Statement: { ...statement, Principal: { aws: "*" } } },
      'POLICY-ELEMENT Statement.Principal.aws: "aws" is not an element of a principal',
    ],
    [withCondition([]), "POLICY-FORM Statement.0.Condition: Condition is a mapping"],
    [withCondition({ StringEquals: "x" }), "POLICY-FORM Statement.0.Condition.StringEquals: StringEquals is a mapping"],
    [withCondition({ StringEquals: { k: { v: 1 } } }), "POLICY-FORM Statement.0.Condition.StringEquals.k: k is a text"],
    [withCondition({ Bool: { k: null } }), "POLICY-FORM Statement.0.Condition.Bool.k: k is a text"],
    [
      withCondition({ stringEquals: { "aws:a": "1" }, StringEquals: { "AWS:A": "2" } }),
      "POLICY-DUPLICATE-CONDITION Statement.0.Condition.StringEquals.AWS:A: StringEquals AWS:A is in the statement twice",
    ],
  ])("%j", (value, expected) => {
    const found = said(value);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test.each([
    ["StringNotEqual", "Did you mean StringNotEquals?"],
    ["NotStringEquals", "Did you mean StringNotEquals?"],
    ["IpAdress", "Did you mean IpAddress?"],
    ["NotIpAdressIfExists", "Did you mean NotIpAddressIfExists?"],
    ["ForAnyValue:", "Did you mean ForAnyValue:StringEquals?"],
    ["ForAllValue:StringEquals", "Did you mean ForAllValues:StringEquals?"],
    ["ForAnyValue:StringLiked", "Did you mean ForAnyValue:StringLike?"],
    ["ForSomeValues:StringLike", "StringLike?"],
    ["NullIfExists", "Write Null."],
    ["ForAnyValue:Null", "Write Null."],
    ["Boolean", "Did you mean Bool?"],
    ["StringEqualsIfExist", "Did you mean StringEquals"],
    ["constructor", "Operators: "],
  ])("operator %s", (operator, fix) => {
    expect(canonicalOperator(operator)).toBeUndefined();
    const [problem] = readPolicy(withCondition({ [operator]: { "aws:PrincipalArn": "x" } })).problems;
    expect(problem).toMatchObject({
      code: "POLICY-UNKNOWN-OPERATOR",
      path: ["Statement", 0, "Condition", operator],
      fix: expect.stringContaining(fix) as unknown,
    });
  });

  test("everything is said at once", () =>
    expect(said({ Version: 1, Statement: [{ effect: "Deny", Action: 1 }, 5] }).map((one) => one.split(" ")[0])).toEqual(
      ["POLICY-VERSION", "POLICY-ELEMENT", "POLICY-FORM", "POLICY-FORM"],
    ));
});

test("paths of the normal form lead back to what was written", () => {
  const path = ["Statement", 0, "Action", 1];
  expect(writtenPath({ Statement: statement }, path)).toEqual(["Statement", "Action", 1]);
  expect(writtenPath({ Statement: [statement] }, path)).toEqual(path);
  expect(writtenPath({ Statement: statement }, ["Version"])).toEqual(["Version"]);
  const condition = { bool: { a: "true" }, Bool: { b: "true" } };
  const at = (key: string) =>
    writtenPath({ Statement: { ...statement, Condition: condition } }, ["Statement", 0, "Condition", "Bool", key]);
  expect(at("a")).toEqual(["Statement", "Condition", "bool", "a"]);
  expect(at("b")).toEqual(["Statement", "Condition", "Bool", "b"]);
});

describe("AWS managed policies", () => {
  test.each(["AdministratorAccess", "job-function/ViewOnlyAccess", "service-role/AWSLambdaBasicExecutionRole"])(
    "%s is known",
    (name) => expect(managedPolicyProblem(name)).toBeUndefined(),
  );
  test.each([
    ["AdministratorAcces", "Did you mean AdministratorAccess?"],
    ["administratoraccess", "Did you mean AdministratorAccess?"],
    ["ViewOnlyAccess", "Did you mean job-function/ViewOnlyAccess?"],
    ["job-function/ReadOnlyAccess", "Did you mean ReadOnlyAccess?"],
    ["AWSLambdaBasicExecutionRole", "Did you mean service-role/AWSLambdaBasicExecutionRole?"],
    ["service-role/Billing", "Did you mean job-function/Billing?"],
    ["job-function/ViewOnlyAcess", "Did you mean job-function/ViewOnlyAccess?"],
  ])("%s is not", (name, fix) => expect(managedPolicyProblem(name)?.fix).toContain(fix));
});
