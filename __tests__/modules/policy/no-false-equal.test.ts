import { comparePolicies, PolicyKind, WitnessSetting } from "../../../modules/policy/compare";
import type { PolicyStatement } from "../../../modules/policy/types";

/** Changes that permit more and were once said to mean the same: each is found, or undecided. */

const OWN = "111111111111";
const HARD = {
  StringLike: { "aws:RequestTag/x": "*a" },
  StringNotEquals: { "aws:RequestTag/x": ["a", "examplea", "example/examplea", "xa"] },
};
const NEVER = {
  DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" },
  DateGreaterThan: { "aws:CurrentTime": "2021-01-01T00:00:00Z" },
};
const FULL: PolicyStatement = { Effect: "Allow", Action: "*", Resource: "*" };

const relation = (
  kind: PolicyKind,
  before: readonly PolicyStatement[],
  after: readonly PolicyStatement[],
  setting: Partial<WitnessSetting> = {},
): string => {
  const of = (Statement: readonly PolicyStatement[]) => [
    [{ name: "p", document: { Version: "2012-10-17" as const, Statement } }],
  ];
  return comparePolicies(kind, of(before), of(after), { accountId: OWN, ...setting }).relation;
};
const widens = (...args: Parameters<typeof relation>): void => {
  expect(["wider", "undecided"]).toContain(relation(...args));
};

test("two resources are not the one whose name is both with a space between", () => {
  const [a, b] = [`arn:aws:iam::${OWN}:role/a`, `arn:aws:iam::${OWN}:role/b`];
  const attach = (Resource: string | readonly string[], Condition: PolicyStatement["Condition"]): PolicyStatement =>
    ({ Effect: "Allow", Action: "iam:AttachRolePolicy", Resource, Condition }) as PolicyStatement;
  const some: PolicyStatement = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" };
  widens("identity", [some], [some, attach(`${a} ${b}`, NEVER), attach([a, b], HARD)], { othersMayAllow: true });
});

describe("a short ARN in an identity policy stands for all that begin with it", () => {
  const mine = ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"];
  const onlyMine: PolicyStatement = { Effect: "Deny", Action: "s3:*", NotResource: mine };
  test.each(["arn:aws:s3", "arn:aws:s3:", "arn:aws:s3::", "arn:aws", "arn", "arn:*", "arn:aws:s*"])(
    "%s",
    (Resource) => {
      const more: PolicyStatement = { Effect: "Allow", Action: "s3:*", Resource };
      widens("identity", [onlyMine], [onlyMine, more], { othersMayAllow: true });
      widens("identity", [onlyMine], [onlyMine, more]);
    },
  );
  test("also where everything but something of it was allowed", () => {
    const but: PolicyStatement = { Effect: "Allow", Action: "s3:*", NotResource: mine };
    widens("identity", [but], [but, { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3" }]);
  });
});

test("a key that nobody knows has several values where a set operator looks at it", () => {
  const noise = [0, 1, 2].map((i): PolicyStatement => {
    const key = `aws:RequestTag/k${i}`;
    const like = { [key]: [`q${i}*`, `r${i}*`, "s*", "t*", "u*", "v*"] };
    return {
      Effect: "Deny",
      Action: "iam:*",
      Resource: "*",
      Condition: { StringLike: like, StringNotLike: { [key]: [`qx${i}`, "qy", "qz"] } },
    };
  });
  const deny = (operator: string): PolicyStatement =>
    ({
      Effect: "Deny",
      Action: "iam:*",
      Resource: "*",
      Condition: { [operator]: { "newsvc:Things": ["x", "y"] } },
    }) as PolicyStatement;
  const absent: PolicyStatement = {
    Effect: "Deny",
    Action: "iam:*",
    Resource: "*",
    Condition: { Null: { "newsvc:Things": "true" } },
  };
  for (const prefix of ["ForAnyValue", "foranyvalue"])
    widens(
      "scp",
      [FULL, ...noise, absent, deny(`${prefix}:StringEquals`)],
      [FULL, ...noise, absent, deny("ForAllValues:StringEquals")],
      { boundAccount: OWN },
    );
});

describe("a Deny of a boundary counts for what resource policies let its holder do, too", () => {
  const but: PolicyStatement = { Effect: "Allow", NotAction: "s3:*", Resource: "*" };
  const deny: PolicyStatement = { Effect: "Deny", Action: "s3:*", Resource: "*" };
  test("without it", () => {
    widens("boundary", [FULL, deny], [but]);
    widens("boundary", [but, deny], [but]);
  });
  test("with it", () => {
    expect(relation("boundary", [but, deny], [but, deny])).toBe("equal");
    expect(relation("boundary", [FULL, deny], [but, deny])).toBe("equal");
  });
});

describe("of a policy that is a filter each Allow counts", () => {
  const deny: PolicyStatement = { Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: "*" };
  test.each(["111111111111", "arn:aws:iam::111111111111:root"])("for the whole account as %s", (AWS) => {
    const all: PolicyStatement = { Effect: "Allow", Principal: { AWS }, Action: "s3:*", Resource: "*" };
    widens("resource", [deny], [deny, all], { filter: true });
    expect(relation("resource", [deny, all], [deny], { filter: true })).not.toBe("equal");
    expect(relation("resource", [deny, all], [all, deny], { filter: true })).toBe("equal");
  });
});
