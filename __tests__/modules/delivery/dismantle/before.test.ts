import { thereBefore } from "../../../../modules/delivery/dismantle/before";

const place = { file: "moves.yaml" };
const role = { stack: "break-glass", address: "aws_iam_role.old" };

test("what was adopted, and what is imported from no state, was there before", () => {
  const policy = { stack: "guardrails", address: "aws_organizations_policy.theirs" };
  expect(
    thereBefore(
      "prod",
      [{ what: "SCP theirs", id: "p-1", to: policy, place }],
      [
        { to: role, id: "old", place },
        { to: policy, id: "p-1", place },
      ],
    ),
  ).toEqual([
    { stack: "prod-guardrails", address: "aws_organizations_policy.theirs" },
    { stack: "prod-break-glass", address: "aws_iam_role.old" },
  ]);
});

test("what moves between states or addresses of the environment is its own, and so is what it only lets go of", () => {
  const moves = [
    { from: { stack: "pipeline", address: "aws_iam_role.old" }, to: role, id: "old", place },
    { from: { stack: "break-glass", address: "aws_iam_role.older" }, to: role, place },
    { from: role, place },
  ];
  expect(thereBefore("prod", [], moves)).toEqual([]);
});
