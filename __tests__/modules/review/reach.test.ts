import { documentOf } from "../../../modules/review/context";
import { asWritten } from "../../../modules/review/gate/arguments";
import { reachOf } from "../../../modules/review/reach";
import { defined } from "../../../modules/kernel/optional";

const HOME = {
  accountId: "111111111111",
  organization: {
    id: "o-exampleorg1",
    managementAccountId: "222222222222",
    accounts: [{ id: "111111111111", name: "a", status: "ACTIVE", parentId: "r-exmp", tags: {} } as const],
  },
};
const anybody = (Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>) =>
  reachOf({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", ...defined({ Condition }) }, HOME);

/** A condition takes away from "anybody" what it says; what is not understood takes nothing away. */
test.each([
  [undefined, "public"],
  [{ StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "organization"],
  [{ StringEquals: { "aws:PrincipalOrgID": "o-another0001" } }, "outside"],
  [{ StringEquals: { "aws:PrincipalAccount": "111111111111" } }, "own"],
  [{ StringEquals: { "aws:PrincipalAccount": ["111111111111", "999999999999"] } }, "outside"],
  [{ StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1", "aws:PrincipalAccount": "111111111111" } }, "own"],
  [{ StringEquals: { "aws:PrincipalAccount": "111111111111", "aws:PrincipalOrgID": "o-exampleorg1" } }, "own"],
  [{ StringNotEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "public"],
  [{ StringEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorg1" } }, "public"],
  [{ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-exampleorg1" } }, "public"],
  [{ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/*" } }, "own"],
  [{ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/x" } }, "public"],
] as const)("anybody under %j is %s", (condition, reach) => expect(anybody(condition)).toBe(reach));

test("a resource that is not there holds no policy", () => {
  expect(documentOf(undefined, "policy", "before")).toBe("absent");
  expect(documentOf(undefined, "policy", "after")).toBe("absent");
});

test("what the provider writes as 0 in operation preferences is what people leave out; nowhere else", () => {
  const of = (name: string, value: unknown) => asWritten("aws_cloudformation_stack_set", name, value);
  expect(of("operation_preferences", [{ failure_tolerance_count: 0, max_concurrent_count: 1 }])).toEqual({
    max_concurrent_count: 1,
  });
  expect(of("parameters", { Count: 0 })).toEqual({ Count: 0 });
  expect(asWritten("aws_iam_openid_connect_provider", "url", "https://a.example")).toBe("a.example");
  expect(asWritten("aws_iam_role", "url", "https://a.example")).toBe("https://a.example");
});
