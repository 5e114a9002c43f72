import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { plainText } from "../../../modules/review/sentence";

/** A bucket policy that gains one statement for several principals. */
function said(principals: readonly string[], condition?: object): readonly string[] {
  const bucket = "arn:aws:s3:::b";
  const policy = (statements: readonly object[]): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const own = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111111111111:role/Own" },
    Action: "s3:ListBucket",
    Resource: bucket,
  };
  const gained = {
    Effect: "Allow",
    Principal: { AWS: principals },
    Action: "s3:GetObject",
    Resource: `${bucket}/*`,
    ...(condition ? { Condition: condition } : {}),
  };
  const sides = {
    before: { bucket: "b", policy: policy([own]) },
    after: { bucket: "b", policy: policy([own, gained]) },
  };
  const plan = parsePlanJson(
    "p.json",
    "data",
    JSON.stringify({
      format_version: "1.2",
      terraform_version: "1.11.4",
      planned_values: {},
      resource_changes: [
        {
          address: "aws_s3_bucket_policy.b",
          mode: "managed",
          type: "aws_s3_bucket_policy",
          name: "b",
          change: { actions: ["update"], ...sides, after_unknown: {}, before_sensitive: {}, after_sensitive: {} },
        },
      ],
    }),
  );
  const organization = {
    id: "o-exampleorg1",
    managementAccountId: "111111111111",
    rootId: "r-1",
    organizationalUnits: [],
    accounts: ["111111111111", "222222222222"].map((id) => ({ id, name: id, parentId: "r-1" })),
    policies: [],
  };
  return reviewPlans([plan], organization as never)
    .changes.filter((one) => one.class === "weakens")
    .map((one) => plainText(one.sentence));
}

const OUTSIDE = /outside of the organization/;

test("a neighbour of an outsider in one statement is not said to be outside", () => {
  const all = said(["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]);
  expect(all).toHaveLength(2);
  expect(all.find((one) => one.includes("222222222222"))).not.toMatch(OUTSIDE);
  expect(all.find((one) => one.includes("333333333333"))).toMatch(OUTSIDE);
});

test("everybody beside somebody is still everybody", () => {
  const all = said(["*", "arn:aws:iam::222222222222:root"]);
  expect(all.some((one) => /anybody \(public access\)/.test(one))).toBe(true);
});

test("a condition takes away from each of them", () => {
  const all = said(["*"], { StringEquals: { "aws:PrincipalOrgID": "o-exampleorg1" } });
  expect(all.join()).not.toMatch(/public|outside/);
});
