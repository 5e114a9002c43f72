import { entryLoss } from "../../../modules/review/rules/way-in";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { parsePolicy } from "../../../modules/review/context";

/** What stays as it was is not told as a loss. */

const POLICY = "arn:aws:iam::aws:policy";
const trust = (...users: readonly string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: users.map((user) => ({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::111111111111:user/${user}` },
      Action: "sts:AssumeRole",
    })),
  });

test("a role keeps what its state lists, where a plan attaches one policy more", () => {
  const role = {
    name: "deploy",
    path: "/",
    assume_role_policy: trust("a"),
    managed_policy_arns: [`${POLICY}/AdministratorAccess`],
  };
  const plan = {
    format_version: "1.2",
    terraform_version: "1.11.0",
    configuration: {
      root_module: {
        resources: [
          { address: "aws_iam_role.deploy", mode: "managed", type: "aws_iam_role", name: "deploy", expressions: {} },
          {
            address: "aws_iam_role_policy_attachment.reads",
            mode: "managed",
            type: "aws_iam_role_policy_attachment",
            name: "reads",
            expressions: {},
          },
        ],
      },
    },
    resource_changes: [
      {
        address: "aws_iam_role.deploy",
        mode: "managed",
        type: "aws_iam_role",
        name: "deploy",
        change: { actions: ["no-op"], before: role, after: role, after_unknown: {} },
      },
      {
        address: "aws_iam_role_policy_attachment.reads",
        mode: "managed",
        type: "aws_iam_role_policy_attachment",
        name: "reads",
        change: {
          actions: ["create"],
          before: null,
          after: { role: "deploy", policy_arn: `${POLICY}/ReadOnlyAccess` },
          after_unknown: {},
        },
      },
    ],
  };
  const told = reviewPlans([parsePlanJson("plan.json", "s", JSON.stringify(plan))]).changes.map(({ sentence }) =>
    plainText(sentence),
  );
  expect(told).toEqual([expect.stringContaining("gains ReadOnlyAccess")]);
});

test("a statement that let nobody in before is no way in that is lost", () => {
  const dead = JSON.parse(trust("a", "b")) as { Statement: object[] };
  dead.Statement.push({
    Effect: "Deny",
    Principal: { AWS: "arn:aws:iam::111111111111:user/b" },
    Action: "sts:AssumeRole",
  });
  const before = parsePolicy(JSON.stringify(dead));
  const role = { roleArn: "arn:aws:iam::222222222222:role/r", accountId: "222222222222", fromInternet: true };
  expect(entryLoss(before, before, role)).toBeUndefined();
  // And one that did is.
  expect(entryLoss(parsePolicy(trust("a", "b")), parsePolicy(trust("a")), role)).toMatchObject({ how: "fewer" });
});
