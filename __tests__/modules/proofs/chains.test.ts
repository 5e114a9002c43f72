import { evaluate } from "../../../modules/policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";
import { attachedDocuments } from "../../../modules/proofs/attached";
import { chainsOf } from "../../../modules/proofs/prove";
import { proven } from "./fixture";

/** Accounts that the evaluator tells apart are in no chain together. */

const { environment, state } = proven();
const input = { environment, ...state };
const ours = attachedDocuments(input);
const condition = (operator: string, key: string, value: string): Partial<PolicyStatement> => ({
  Condition: { [operator]: { [key]: value } },
});

test.each<readonly [string, Partial<PolicyStatement>]>([
  ["a number", condition("NumericLessThan", "aws:PrincipalAccount", "555555555501.5")],
  [
    "a number beside a variable, which numbers do not have",
    { Condition: { NumericLessThan: { "aws:PrincipalAccount": ["555555555501.5", "${aws:PrincipalTag/x}"] } } },
  ],
  ["a number if it is there", condition("NumericGreaterThanIfExists", "aws:PrincipalAccount", "555555555501.5")],
  ["any of some numbers", condition("ForAnyValue:NumericEquals", "aws:PrincipalAccount", "555555555502.0")],
  [
    "a default before digits",
    condition("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalTag/x, '5'}55555555502"),
  ],
  [
    "two defaults",
    condition("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalTag/x, '55555'}${aws:PrincipalTag/y, '5555502'}"),
  ],
  ["a pattern of an ARN", condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::55555555550?:role/*")],
  ["a wildcard for the end of an id and a colon", { Resource: "arn:aws:iam::*2?user/u2" }],
  ["a wildcard for the end of an id and what follows", { Resource: "arn:aws:iam::5*2" }],
  ["the place", condition("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/ou-exmp-wrkprod1/*")],
])("%s", (_, statement) => {
  const document: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "iam:CreateUser", Resource: "*", ...statement }],
  };
  const policies = [
    ...ours,
    {
      ...ours.find(({ type }) => type === "SERVICE_CONTROL_POLICY")!,
      name: "theirs",
      ours: false,
      targetIds: [environment.organization.rootId],
      document,
    },
  ];
  const allow: PolicyDocument = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const level = [document, allow].map((one, i) => ({ name: String(i), document: one }));
  const all = new Set<string>();
  for (const chain of chainsOf(input, policies)) {
    if (!chain.scps) continue;
    const answers = new Set(
      chain.places.flatMap(({ accounts, levels }) =>
        accounts.map(
          ({ id }) =>
            evaluate(
              {
                principal: { type: "role", arn: `arn:aws:iam::${id}:role/r` },
                action: "iam:CreateUser",
                resource: `arn:aws:iam::${id}:user/u2`,
                resourceAccountId: id,
                context: {
                  "aws:PrincipalOrgPaths": [
                    `o-x/${levels
                      .slice(0, -1)
                      .map((one) => one.id)
                      .join("/")}/`,
                  ],
                },
                unlistedKeys: "absent",
              },
              { scps: [level], identity: [{ name: "all", document: allow }] },
            ).decision,
        ),
      ),
    );
    expect(answers.size).toBe(1);
    answers.forEach((answer) => all.add(answer));
  }
  // Otherwise this would say nothing.
  expect(all.size).toBe(2);
});
