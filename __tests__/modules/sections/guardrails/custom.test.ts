import { readCustomPolicy } from "../../../../modules/sections/guardrails/custom";
import { formatProblem } from "../../../../modules/kernel/errors";
import { frozenWith, TextEdit } from "../../../support/environments";

const GOOD = `Version: "2012-10-17"
Statement:
  - Sid: NoRegions
    Effect: Deny
    NotAction: ["iam:*", "sts:*"]
    Resource: "*"
    Condition:
      StringNotEquals:
        aws:RequestedRegion: eu-central-1
`;
const read = (text: string, quota = 10240) => readCustomPolicy("environments/example/scp.yaml", text, quota);
const problems = (text: string, quota?: number): readonly string[] =>
  read(text, quota).problems.map((problem) => formatProblem(problem).replace(/as of \d{4}-\d{2}-\d{2}/, "as of then"));

test("YAML and JSON are the same policy", () => {
  const json =
    '{"Version":"2012-10-17","Statement":[{"Sid":"NoRegions","Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}';
  expect(read(GOOD)).toEqual({ ...read(json), problems: [] });
  expect(read(json).document).toEqual(JSON.parse(json));
});

test.each([
  [
    "a principal",
    GOOD.replace("    Effect: Deny", '    Effect: Deny\n    Principal: "*"'),
    "error SCP-PRINCIPAL environments/example/scp.yaml:5:5 Statement[0].Principal\n  A service control policy names no principals; this statement has Principal.\n  fix: Take it out, and say who is meant by a condition on aws:PrincipalArn.",
  ],
  [
    "a misspelt action",
    GOOD.replace("iam:*", "iam:CreateAccesKey"),
    "error POLICY-UNKNOWN-ACTION environments/example/scp.yaml:5:17 Statement[0].NotAction[0]\n  iam:CreateAccesKey: iam has no action CreateAccesKey (as of then).\n  fix: Did you mean iam:CreateAccessKey?",
  ],
  [
    "a misspelt key",
    GOOD.replace("RequestedRegion", "RequestRegion"),
    'error POLICY-UNKNOWN-KEY environments/example/scp.yaml:9:28 Statement[0].Condition.StringNotEquals["aws:RequestRegion"]\n  AWS has no condition key aws:RequestRegion (as of then).\n  fix: Did you mean aws:RequestedRegion?',
  ],
  [
    "an unknown element",
    GOOD.replace("    Resource", "    Resources"),
    'error POLICY-ELEMENT environments/example/scp.yaml:6:16 Statement[0].Resources\n  "Resources" is not an element of a statement.\n  fix: Did you mean Resource? Allowed: Action, Condition, Effect, NotAction, NotPrincipal, NotResource, Principal, Resource, Sid.',
  ],
  [
    "no resource",
    GOOD.replace('    Resource: "*"\n', ""),
    "error POLICY-STATEMENT environments/example/scp.yaml:3:5 Statement[0]\n  A statement has either Resource or NotResource; this one has neither.\n  fix: Add Resource.",
  ],
  [
    "no statement",
    'Version: "2012-10-17"\nStatement: []\n',
    "error POLICY-FORM environments/example/scp.yaml:2:12 Statement\n  The policy has no statement.\n  fix: Write one, or remove the policy.",
  ],
  [
    "broken YAML",
    "Statement: [",
    "error YAML-SYNTAX environments/example/scp.yaml:1:13\n  Not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]\n  fix: Check indentation, quotes and colons around this place.",
  ],
])("a file with %s is refused at its own line", (_, text, expected) => {
  expect(problems(text)).toEqual([expected]);
  expect(read(text).document).toBeUndefined();
});

describe("every legal form is read, and sent in one", () => {
  const ONE = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "ec2:RunInstances", Resource: "*" }],
  };
  test.each([
    ["a statement without a list", "Statement: { Effect: Deny, Action: ec2:RunInstances, Resource: '*' }"],
    ["JSON without a version", '{"Statement":[{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"*"}]}'],
  ])("%s", (_, text) => expect(read(text)).toEqual({ document: ONE, problems: [] }));

  test("numbers, booleans and operators in any case", () =>
    expect(
      read(
        "Statement:\n  Effect: Deny\n  Action: iam:CreateUser\n  Resource: '*'\n  Condition:\n    bool: { aws:ViaAWSService: false }\n    numericlessthan: { aws:MultiFactorAuthAge: 60 }\n",
      ).document?.Statement[0]?.Condition,
    ).toEqual({ Bool: { "aws:ViaAWSService": "false" }, NumericLessThan: { "aws:MultiFactorAuthAge": "60" } }));

  test.each([
    ["StringNotEqual: { aws:PrincipalArn: x }", "7:5 Statement.Condition.StringNotEqual\n"],
    ["'ForAnyValue:': { aws:PrincipalArn: x }", '7:5 Statement.Condition["ForAnyValue:"]\n'],
    ["bool: { aws:ViaAWSServices: false }", '7:33 Statement.Condition.bool["aws:ViaAWSServices"]\n'],
  ])("%s has its place in a single statement", (condition, place) =>
    expect(
      problems(
        `Version: "2012-10-17"\nStatement:\n  Effect: Deny\n  Action: iam:CreateUser\n  Resource: "*"\n  Condition:\n    ${condition}\n`,
      ),
    ).toEqual([expect.stringContaining(place)]),
  );

  test("a pattern with many stars costs no more than another", () => {
    const stars = "arn:aws:s3:::" + "a*".repeat(22) + "b";
    expect(
      read(GOOD.replace('Resource: "*"', `Resource: "${stars}"`).replace('["iam:*", "sts:*"]', "s3:*")).problems,
    ).toEqual([]);
  });
});

test("a policy larger than the quota is refused", () => {
  expect(problems(GOOD, 100)).toEqual([
    expect.stringMatching(
      /^error SCP-QUOTA-SIZE environments\/example\/scp\.yaml:1:1\n {2}The policy has \d+ characters as it is sent; 100 are allowed\./,
    ),
  ]);
});

describe("in an environment", () => {
  // StackSets reach their regions through CloudFormation, which the proofs ask for.
  const FITTING = GOOD.replace('["iam:*", "sts:*"]', '["iam:*", "sts:*", "cloudformation:*", "events:*"]');
  const edit = (entry: string, file = FITTING): TextEdit => ({
    baseline: [["guardrails:\n  centralizedRootAccess", `guardrails:\n  custom:\n${entry}  centralizedRootAccess`]],
    files: { "scp.yaml": file },
  });
  const entry = (mode = "enforce", targets = "[{ou: Workloads}]", name = "regions") =>
    `    - name: ${name}\n      description: Regions\n      file: scp.yaml\n      mode: ${mode}\n      targets: ${targets}\n`;
  const custom = (of: TextEdit) =>
    frozenWith(of).state?.guardrails.policies.filter(({ key }) => key.startsWith("custom-"));

  test("it is a policy of its own", () => {
    expect(custom(edit(entry()))).toMatchObject([
      {
        key: "custom-regions",
        name: "keyless-custom-regions",
        description: "Regions",
        guardrails: [],
        attachments: [{ id: "ou-exmp-workload" }],
      },
    ]);
  });

  test("off checks the file and attaches nothing", () => {
    expect(custom(edit(entry("off")))).toEqual([]);
    expect(frozenWith(edit(entry("off"), GOOD.replace("iam:*", "iam:Nothing"))).problems).toMatchObject([
      { code: "POLICY-UNKNOWN-ACTION" },
    ]);
  });

  test("names are used once, and targets must be bound", () => {
    expect(frozenWith(edit(entry() + entry())).problems).toMatchObject([{ code: "CONFIG-DUPLICATE" }]);
    expect(frozenWith(edit(entry("enforce", "[{account: management}]"))).problems).toMatchObject([
      { code: "GUARDRAIL-BINDS-NOBODY" },
    ]);
  });
});

describe("guardrails.webIdentity", () => {
  const trusted = (entry: string): TextEdit => ({
    baseline: [
      [
        "guardrails:\n  centralizedRootAccess",
        `guardrails:\n  webIdentity:\n    trusted:\n      - ${entry}\n  centralizedRootAccess`,
      ],
    ],
  });
  const GITHUB = "issuer: token.actions.githubusercontent.com";

  test.each([
    ["a wildcard before the owner", `{ ${GITHUB}, values: ["repo:*"] }`, "WEB-IDENTITY-WILDCARD"],
    ["a wildcard inside the owner", `{ ${GITHUB}, values: ["repo:acme*/shop:*"] }`, "WEB-IDENTITY-WILDCARD"],
    ["every owner of another claim", `{ ${GITHUB}, claim: repository, values: ["*"] }`, "WEB-IDENTITY-WILDCARD"],
    ["nothing", `{ ${GITHUB} }`, "WEB-IDENTITY-VALUES"],
    [
      "values beside anySubject",
      '{ issuer: oidc.eks.eu-central-1.amazonaws.com/id/ABC, anySubject: true, values: ["x"] }',
      "WEB-IDENTITY-VALUES",
    ],
  ])("%s is refused", (_, entry, code) => expect(frozenWith(trusted(entry)).problems).toMatchObject([{ code }]));

  test("what is listed is let in, sorted", () => {
    const state = frozenWith(
      trusted(
        `{ ${GITHUB}, values: ["repo:acme/shop:*", "repo:acme/*"] }\n      - { issuer: oidc.eks.eu-central-1.amazonaws.com/id/ABC, anySubject: true }`,
      ),
    ).state!;
    expect(state.guardrails.context.webIdentity!.trusted).toEqual(
      expect.arrayContaining([
        { issuer: "oidc.eks.eu-central-1.amazonaws.com/id/ABC", claim: "sub", values: ["*"] },
        {
          issuer: "token.actions.githubusercontent.com",
          claim: "sub",
          values: expect.arrayContaining(["repo:acme/*", "repo:acme/shop:*"]) as unknown,
        },
      ]),
    );
  });
});

describe("the name in AWS of a policy that was there before", () => {
  const HARMLESS = `Version: "2012-10-17"
Statement:
  - Sid: KeepNetworks
    Effect: Deny
    Action: ["ec2:DeleteVpc"]
    Resource: "*"
    Condition:
      StringNotEquals:
        aws:RequestedRegion: eu-central-1
`;
  const entry = (name: string, nameInAws?: string): string =>
    `    - name: ${name}\n      description: Regions\n      file: scp.yaml\n      targets: [all]\n${nameInAws === undefined ? "" : `      nameInAws: ${nameInAws}\n`}`;
  const named = (...entries: readonly string[]) =>
    frozenWith({
      baseline: [["guardrails:\n", `guardrails:\n  custom:\n${entries.join("")}`]],
      files: { "scp.yaml": HARMLESS },
    });

  test("is kept", () => {
    const { state, problems: found } = named(entry("regions", "Deny regions"), entry("others"));
    expect(found.filter(({ severity }) => severity !== "warning")).toEqual([]);
    expect(
      state!.guardrails.policies.filter(({ key }) => key.startsWith("custom-")).map(({ key, name }) => [key, name]),
    ).toEqual([
      ["custom-others", "keyless-custom-others"],
      ["custom-regions", "Deny regions"],
    ]);
  });

  test.each([
    ["twice", [entry("a", "Deny regions"), entry("b", "Deny regions")], "SCP-NAME-TWICE"],
    ["as those of the guardrails", [entry("a", "keyless-dlo")], "SCP-NAME-RESERVED"],
  ])("%s is refused", (_, entries, code) => {
    expect(named(...entries).problems.map((problem) => problem.code)).toContain(code);
  });
});
