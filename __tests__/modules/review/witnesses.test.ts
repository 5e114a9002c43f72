import { judge } from "../../../modules/review/gate/gate";
import { NO_APPROVALS } from "../../../modules/review/gate/approvals";
import { renderMarkdown } from "../../../modules/review/render/markdown";
import { renderText } from "../../../modules/review/render/text";
import { reviewPlans } from "../../../modules/review/review";
import { stackPair } from "../../../modules/terraform/synth-pair";

/** A witness names somebody whom there is, where one fits; else it says that it is an example. */

type Json = Record<string, unknown>;
const document = (Principal: unknown, more: Json = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more }],
  });
const OURS = "111122223333";
const root = (account: string): Json => ({ AWS: `arn:aws:iam::${account}:root` });
const APP = `arn:aws:iam::${OURS}:role/team/app`;

const review = (trust: string, others: Json = {}) => {
  const stack = (assume_role_policy: string): Json => ({
    provider: { aws: [{ region: "eu-central-1", allowed_account_ids: [OURS] }] },
    resource: { aws_iam_role: { r: { name: "r", assume_role_policy }, ...others } },
  });
  return reviewPlans([stackPair("s", "s", stack(document({ Service: "ec2.amazonaws.com" })), stack(trust))]);
};
const principal = (trust: string, others?: Json): readonly unknown[] => {
  const [change] = review(trust, others).changes.filter((one) => one.class === "weakens");
  return [change?.witnesses[0]?.principal, change?.witnesses[0]?.invented];
};
const app = { app: { name: "app", path: "/team/", assume_role_policy: document({ Service: "ec2.amazonaws.com" }) } };

test.each<[string, string, Json, readonly unknown[]]>([
  ["an account, and a role of it", document(root(OURS)), app, [APP, undefined]],
  ["an account, of which no role is known", document(root(OURS)), {}, [`arn:aws:iam::${OURS}:role/Admin`, true]],
  ["another account", document(root("444455556666")), app, ["arn:aws:iam::444455556666:role/Admin", true]],
  ["everybody", document("*"), app, [APP, undefined]],
  [
    "a role that the policy names",
    document({ AWS: "arn:aws:iam::444455556666:role/ci" }),
    app,
    ["arn:aws:iam::444455556666:role/ci", undefined],
  ],
  [
    "everybody but the one that there is",
    document("*", { Condition: { ArnNotEquals: { "aws:PrincipalArn": APP } } }),
    app,
    [`arn:aws:iam::${OURS}:role/Admin`, true],
  ],
])("%s", (_, trust, others, expected) => expect(principal(trust, others)).toEqual(expected));

test("an example is marked in words, somebody whom there is is not", () => {
  const report = (others: Json) => judge(review(document(root(OURS)), others), [], NO_APPROVALS, "2026-11-26");
  for (const render of [renderText, renderMarkdown]) {
    expect(render(report({}))).toContain("(an example, no principal that is known here)");
    expect(render(report(app))).not.toContain("(an example");
    expect(render(report(app))).toContain(APP);
  }
});

test("what is said of who may does not become one role", () => {
  expect(JSON.stringify(review(document(root(OURS)), app).changes[0]!.sentence)).not.toContain("team/app");
});
