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
      "OU Sandbox (2 accounts): the content of keyless-deny-users cannot be read before it is applied, so it is unknown what it denies.",
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
      "OU Security (2 accounts): the content of keyless-deny-users cannot be read before it is applied, so it is unknown what it denies.",
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
    [
      "unknown",
      "10 accounts (OU Infrastructure, OU Sandbox, OU Workloads/NonProd, data-prod and shop-prod): statements of keyless-deny-keys change, and whether they permit more cannot be decided.",
    ],
    ["strengthens", "account data-prod: creation of access keys is now denied."],
  ]);
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
