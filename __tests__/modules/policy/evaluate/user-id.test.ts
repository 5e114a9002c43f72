import { policyDocument } from "../../../../modules/policy/document";
import {
  evaluate,
  FULL_AWS_ACCESS,
  PolicyRequest,
  PolicySet,
  RequestPrincipal,
} from "../../../../modules/policy/evaluate";
import { decide, PrincipalSet } from "../../../../modules/policy/decide";
import type { ConditionElement } from "../../../../modules/policy/types";
import { defined } from "../../../../modules/kernel/optional";

/**
 * `aws:userid` follows from the kind of principal; which unique id a user or role has is not known from its ARN. Each case is a condition of a
 * Deny: whether it holds for every value that the principal can have, for none, or for some. The decision over sets says the same.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */

const ACCOUNT = "222222222222";
const iam = (rest: string): string => `arn:aws:iam::${ACCOUNT}:${rest}`;
const KINDS = {
  user: { type: "user", arn: iam("user/ci") },
  "user with a known id": { type: "user", arn: iam("user/ci"), uniqueId: "AIDAEXAMPLE0000000001" },
  "federated user": { type: "user", arn: `arn:aws:sts::${ACCOUNT}:federated-user/alice` },
  role: { type: "role", arn: iam("role/app") },
  "role session": {
    type: "role",
    arn: iam("role/app"),
    sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/i-0123456789abcdef0`,
  },
  root: { type: "root", arn: iam("root") },
  "central root session": { type: "assumedRoot", arn: iam("root") },
} as const satisfies Readonly<Record<string, RequestPrincipal>>;

type Said = "always" | "never" | "at times";
const CASES: readonly (readonly [keyof typeof KINDS, ConditionElement, Said])[] = [
  ["user", { StringLike: { "aws:userid": "AIDA*" } }, "always"],
  ["user", { StringLike: { "aws:userid": "AROA*" } }, "never"],
  ["user", { StringLike: { "aws:userid": "*:*" } }, "never"],
  ["user", { StringEquals: { "aws:userid": "AIDAEXAMPLE0000000001" } }, "at times"],
  ["user", { Null: { "aws:userid": "true" } }, "never"],
  ["user", { StringNotEquals: { "aws:userid": ACCOUNT } }, "always"],
  ["user", { StringEqualsIgnoreCase: { "aws:userid": "aidaexample0000000001" } }, "at times"],
  ["user", { StringEqualsIgnoreCase: { "aws:userid": "aroaexample0000000001" } }, "never"],
  ["user with a known id", { StringEquals: { "aws:userid": "AIDAEXAMPLE0000000001" } }, "always"],
  ["user with a known id", { StringEquals: { "aws:userid": "AIDAEXAMPLE0000000002" } }, "never"],
  ["user with a known id", { StringNotLike: { "aws:userid": "AIDA*1" } }, "never"],
  ["user with a known id", { StringLikeIfExists: { "aws:userid": "AROA*" } }, "never"],
  ["user with a known id", { Null: { "aws:userid": "false" } }, "always"],
  ["federated user", { StringEquals: { "aws:userid": `${ACCOUNT}:alice` } }, "always"],
  ["federated user", { StringLike: { "aws:userid": `${ACCOUNT}:*` } }, "always"],
  ["federated user", { StringLike: { "aws:userid": "AIDA*" } }, "never"],
  ["federated user", { StringEquals: { "aws:userid": ACCOUNT } }, "never"],
  ["federated user", { StringNotLike: { "aws:userid": "*:bob" } }, "always"],
  ["role", { StringLike: { "aws:userid": "AROA*:*" } }, "always"],
  ["role", { StringLike: { "aws:userid": "*:*" } }, "always"],
  ["role", { StringLike: { "aws:userid": "*:admin" } }, "at times"],
  ["role", { StringLike: { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } }, "at times"],
  ["role", { StringLike: { "aws:userid": ["AIDA*", ACCOUNT] } }, "never"],
  ["role", { StringNotLike: { "aws:userid": "*:*:*" } }, "always"],
  ["role", { Null: { "aws:userid": "true" } }, "never"],
  ["role", { StringEqualsIfExists: { "aws:userid": "AROA" } }, "never"],
  ["role session", { StringLike: { "aws:userid": "*:i-0123456789abcdef0" } }, "always"],
  ["role session", { StringLike: { "aws:userid": "*:i-*" } }, "always"],
  ["role session", { StringLike: { "aws:userid": "*:admin" } }, "never"],
  ["role session", { StringEquals: { "aws:userid": "AROAEXAMPLEEXAMPLE123:i-0123456789abcdef0" } }, "at times"],
  ["role session", { StringNotLike: { "aws:userid": "AROA*:i-0123*" } }, "never"],
  ["root", { StringEquals: { "aws:userid": ACCOUNT } }, "always"],
  ["root", { StringEquals: { "aws:userid": "333333333333" } }, "never"],
  ["root", { StringNotLike: { "aws:userid": ["AROA*", "AIDA*"] } }, "always"],
  ["root", { StringLike: { "aws:userid": "2*" } }, "always"],
  ["root", { Null: { "aws:userid": "true" } }, "never"],
  ["central root session", { StringEquals: { "aws:userid": ACCOUNT } }, "always"],
  ["central root session", { StringLike: { "aws:userid": "*:*" } }, "never"],
  ["central root session", { StringNotEquals: { "aws:userid": ACCOUNT } }, "never"],
  ["central root session", { Null: { "aws:userid": "false" } }, "always"],
  ["central root session", { "ForAnyValue:StringLike": { "aws:userid": "AROA*" } }, "never"],
];

const policies = (condition: ConditionElement): PolicySet => ({
  scps: [
    [
      FULL_AWS_ACCESS,
      {
        name: "p",
        document: policyDocument([{ Effect: "Deny", Action: "*", Resource: "*", Condition: condition }]),
      },
    ],
  ],
});
const request = (principal: RequestPrincipal, context?: PolicyRequest["context"]): PolicyRequest => ({
  principal,
  action: "iam:CreateAccessKey",
  resource: iam("user/x"),
  unlistedKeys: "absent",
  ...defined({ context }),
});

test.each(CASES)("%s: %j holds %s", (kind, condition, said) =>
  expect(evaluate(request(KINDS[kind]), policies(condition)).decision).toBe(
    said === "always" ? "denied" : said === "never" ? "allowed" : "unknown",
  ),
);

test("every kind has five cases, and what is given counts", () => {
  for (const kind of Object.keys(KINDS)) expect(CASES.filter(([of]) => of === kind).length).toBeGreaterThanOrEqual(5);
  const told = evaluate(
    request(KINDS.role, { "aws:userid": "AROAEXAMPLEEXAMPLE123:admin" }),
    policies({ StringLike: { "aws:userid": "*:admin" } }),
  );
  expect(told.decision).toBe("denied");
});

test("of callers without a documented form nothing is said", () => {
  const condition = { StringLike: { "aws:userid": "AROA*" } };
  for (const principal of [
    { type: "service", arn: "ec2.amazonaws.com" },
    { type: "webIdentity", arn: iam("oidc-provider/gitlab.com") },
  ] as const) {
    const asked = { ...request(principal), unlistedKeys: "unknown" } as const;
    expect(evaluate(asked, { rcps: policies(condition).scps!, resource: FULL_AWS_ACCESS }).decision).toBe("unknown");
  }
});

describe("over sets", () => {
  const ONE: Readonly<Partial<Record<keyof typeof KINDS, PrincipalSet>>> = {
    user: { type: "user", arns: { like: [KINDS.user.arn] } },
    role: { type: "role", arns: { like: [KINDS.role.arn] } },
    "federated user": { type: "user", arns: { like: [KINDS["federated user"].arn] } },
    root: { type: "root", arns: { like: [KINDS.root.arn] } },
    "central root session": { type: "assumedRoot", arns: { like: [KINDS.root.arn] } },
  };
  const decided = (principals: PrincipalSet, condition: ConditionElement, otherKeys?: "absent") =>
    decide(
      {
        principals: [principals],
        actions: { like: ["iam:CreateAccessKey"] },
        resources: { like: [iam("user/*")] },
        ...defined({ otherKeys }),
      },
      policies(condition),
      { checkParts: true },
    ).verdict;
  const wanted: Readonly<Record<Said, string>> = { always: "all-denied", never: "all-allowed", "at times": "mixed" };

  // The name of a federated user's session is in its ARN, and the set has any: wider.
  test.each(CASES.filter(([kind]) => ONE[kind] && kind !== "federated user"))(
    "%s: %j holds %s",
    (kind, condition, said) => {
      expect(decided(ONE[kind]!, condition)).toBe(wanted[said]);
      expect(decided(ONE[kind]!, condition, "absent")).toBe(wanted[said]);
    },
  );

  test.each(CASES.filter(([kind]) => kind === "federated user"))(
    "%s: %j is never proven wrongly",
    (kind, condition, said) => expect([wanted[said], "mixed"]).toContain(decided(ONE[kind]!, condition)),
  );

  test("root of any account has an account's id, and every user of every kind is taken in", () => {
    const anyRoot: PrincipalSet = { type: "root", arns: { like: ["arn:aws:iam::*:root"] } };
    expect(decided(anyRoot, { StringLike: { "aws:userid": "????????????" } })).toBe("all-denied");
    expect(decided(anyRoot, { StringLike: { "aws:userid": "A*" } })).toBe("all-allowed");
    const anyUser: PrincipalSet = { type: "user", arns: { like: ["arn:aws:*:*:*:*"] } };
    expect(decided(anyUser, { StringLike: { "aws:userid": ["AIDA*"] } })).toBe("mixed");
    expect(decided(anyUser, { StringLike: { "aws:userid": ["AIDA*", "????????????:*"] } })).toBe("all-denied");
  });

  test("what a caller says of it counts within the form; what no principal has is no request", () => {
    const role = (keys: NonNullable<PrincipalSet["keys"]>): PrincipalSet => ({ ...ONE.role!, keys });
    const admin = { StringLike: { "aws:userid": "*:admin" } };
    expect(decided(role({ "aws:userid": { like: ["AROA*:admin"] } }), admin)).toBe("all-denied");
    expect(decided(role({ "aws:userid": { oneOf: ["AROAX:admin", "AIDAX"] } }), admin)).toBe("all-denied");
    expect(decided(role({ "aws:userid": "absent" }), admin)).toBe("empty");
    expect(decided(role({ "aws:userid": { like: ["AIDA*"] } }), admin)).toBe("empty");
    expect(decided(role({ "aws:userid": { like: ["*"], absent: true } }), admin)).toBe("mixed");
  });
});
