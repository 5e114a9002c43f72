import { parsePlanJson } from "../../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../../modules/review/review";
import { plainText } from "../../../../modules/review/sentence";
import { corpusPlans, Edit } from "../corpus";
import { reviewOf } from "../reviewed";

const said = (edits: readonly Edit[]) =>
  reviewOf(edits).changes.map((change) => [change.class, plainText(change.sentence)]);
const attach = (name: string, policy: string, target: string): Edit => [
  "add",
  "example-guardrails",
  `aws_organizations_policy_attachment.${name}`,
  { policy_id: policy, target_id: target },
];

test("a policy that cannot be read and stays as it is, attached somewhere else: unknown", () => {
  expect(
    said([
      ["sensitive", "aws_organizations_policy.scp_users", "content"],
      attach("users_sandbox", "p-users", "ou-exmp-sandbox1"),
    ]),
  ).toEqual([
    [
      "unknown",
      "OU Sandbox (2 accounts): the content of keyless-deny-users is marked sensitive, so it is unknown what it denies.",
    ],
  ]);
  expect(
    said([
      ["sensitive", "aws_organizations_policy.scp_users", "content"],
      ["delete", "aws_organizations_policy_attachment.users_security"],
    ]),
  ).toEqual([
    [
      "unknown",
      "OU Security (2 accounts): the content of keyless-deny-users is marked sensitive, so it is unknown what it denies.",
    ],
  ]);
});

test("an OU without accounts is spoken of: whoever comes into it is bound", () => {
  expect(said([attach("users_suspended", "p-users", "ou-exmp-suspende")])).toEqual([
    [
      "strengthens",
      "OU Suspended without accounts: creation of console passwords and creation of IAM users are now denied.",
    ],
    ["strengthens", "OU Suspended without accounts: ec2:CreateTags is now denied when aws:TagKeys is keyless:example."],
  ]);
});

test("the account that a policy names is told apart from others that have the same policies", () => {
  const content = (account: string) => ({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "DenyKeys",
        Effect: "Deny",
        Action: "iam:CreateAccessKey",
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalAccount": account } },
      },
    ],
  });
  expect(
    said([
      ["was", "aws_organizations_policy.scp_keys", "content", content("444444444402")],
      ["set", "aws_organizations_policy.scp_keys", "content", content("444444444401")],
    ]),
  ).toEqual([
    ["weakens", "account payments-prod: creation of access keys is still denied, but in fewer cases than before."],
    ["strengthens", "account data-prod: creation of access keys is now denied."],
  ]);
});

describe("what tells accounts apart without a whole id is no proof for all of them", () => {
  const content = (Condition?: object) => ({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "DenyKeys",
        Effect: "Deny",
        Action: "iam:CreateAccessKey",
        Resource: "*",
        ...(Condition ? { Condition } : {}),
      },
    ],
  });
  const SCP = "aws_organizations_policy.scp_keys";
  const opened = (Condition: object): readonly string[] =>
    said([
      ["was", SCP, "content", content()],
      ["set", SCP, "content", content(Condition)],
    ]).flatMap(([cls]) => (cls === "weakens" || cls === "unknown" ? cls : []));

  // The first account ends in 01, and other accounts do not.
  test.each<[string, object]>([
    ["the end of an id in an ARN", { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*02:role/x" } }],
    ["the end of an id", { StringNotLike: { "aws:PrincipalAccount": "*02" } }],
    ["its beginning", { StringNotLike: { "aws:PrincipalAccount": "5*" } }],
    ["its middle", { StringNotLike: { "aws:PrincipalAccount": "??????555???" } }],
    ["a number", { NumericLessThan: { "aws:PrincipalAccount": "222222222202" } }],
    ["a set of numbers", { "ForAnyValue:NumericLessThan": { "aws:PrincipalAccount": "333333333333" } }],
    ["a date", { DateLessThan: { "aws:PrincipalAccount": "2200-01-01T00:00:00Z" } }],
    [
      "a wildcard beside a variable",
      {
        StringNotLike: { "aws:PrincipalAccount": "*${aws:PrincipalTag/end}" },
        StringEquals: { "aws:PrincipalTag/end": "02" },
      },
    ],
  ])("%s", (_, condition) => expect(opened(condition)).not.toEqual([]));
});

test("without facts FullAWSAccess may stand beside an Allow: a Deny that becomes one is told as what it takes away, and as what it opens", () => {
  const content = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  const edits: readonly Edit[] = [
    [
      "was",
      "aws_organizations_policy.scp_keys",
      "content",
      content({ Sid: "DenyKeys", Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" }),
    ],
    [
      "set",
      "aws_organizations_policy.scp_keys",
      "content",
      content({ Sid: "Storage", Effect: "Allow", Action: "s3:*", Resource: "*" }),
    ],
  ];
  const { changes } = reviewPlans(
    [...corpusPlans(edits)].map(([stack, text]) => parsePlanJson(`${stack}.json`, stack, text)),
  );
  const told = changes.map((change) => `${change.class} ${plainText(change.sentence)}`);
  expect(
    told.filter((line) => line.startsWith("weakens") && line.includes("creation of access keys is no longer denied")),
  ).toHaveLength(1);
  expect(told.some((line) => line.startsWith("strengthens"))).toBe(true);
});
