import base from "../corpus-base.json";
import { reviewOf } from "../reviewed";

const [stack] = Object.keys(base.stacks);
const POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/** `aws_iam_policy_attachment` takes the policy from everybody whom it does not name: each that it names is said. */
test.each([
  [{ roles: ["reader"], users: ["alice"], groups: ["ops"] }, "reader, alice, ops"],
  [{ users: ["alice", "bob"] }, "alice, bob"],
  [{ groups: ["ops"] }, "ops"],
  [{ roles: ["reader"] }, "reader"],
  [{}, "nobody"],
])("a policy attached to %j", (names, expected) => {
  const { changes } = reviewOf([
    ["add", stack!, "aws_iam_policy_attachment.all", { name: "all", policy_arn: POLICY, ...names }],
  ]);
  expect(JSON.stringify(changes)).toContain(`"is given to "},{"name":${JSON.stringify(expected)}}`);
});
