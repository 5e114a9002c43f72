import { decide, RequestSet } from "../../../modules/policy/decide";
import type { PolicySet } from "../../../modules/policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";
import { Remembering } from "../../../modules/proofs/remembering";
import type { ProofReport } from "../../../modules/proofs/types";
import type { TextEdit } from "../../support/environments";
import { EVERYTHING_ENFORCED, foreignPolicy, ids } from "./fixture";

/** A decision may be remembered only where nothing that it depends on differs. */

const A = "111111111111";
const B = "222222222222";
const document = (
  statement: Partial<PolicyStatement>,
  Version: PolicyDocument["Version"] = "2012-10-17",
): PolicyDocument => ({
  Version,
  Statement: [{ Effect: "Deny", Action: "iam:CreateUser", Resource: "*", ...statement }],
});
const set = (account: string, more: Partial<RequestSet> = {}): RequestSet => ({
  principals: [{ type: "role", arns: { like: [`arn:aws:iam::${account}:role/*`] } }],
  actions: { like: ["iam:CreateUser"] },
  resources: { like: [`arn:aws:iam::${account}:user/*`] },
  keys: { "aws:PrincipalOrgPaths": { oneOf: [`o-1/r-1/ou-${account === A ? "a" : "b"}/`], several: true } },
  ...more,
});
const keys = (
  one: PolicyDocument,
  other: PolicyDocument,
  accounts: readonly [string, string] = [A, B],
  more: Partial<RequestSet> = {},
): boolean => {
  const remembering = new Remembering();
  const [a, b] = ([one, other] as const).map((policy, i) =>
    remembering.key(set(accounts[i]!, more), { scps: [[{ name: "p", document: policy }]] }, accounts[i]!),
  );
  return a === b;
};

test("accounts that nothing tells apart share what is proven", () => {
  expect(keys(document({}), document({}))).toBe(true);
  expect(keys(document({ Sid: "One" }), document({ Sid: "Two" }))).toBe(true);
  const other: PolicyDocument = {
    ...document({}),
    Statement: [...document({}).Statement, { Effect: "Deny", Action: "s3:*", Resource: "*" }],
  };
  expect(keys(document({}), other)).toBe(true);
  expect(keys(document({ Action: undefined as never, NotAction: ["iam:*"] }), document({ Action: "s3:*" }))).toBe(true);
});

test.each([
  ["another effect", document({}), document({ Effect: "Allow" })],
  ["another resource", document({}), document({ Resource: "arn:aws:iam::*:user/a" })],
  ["a condition", document({}), document({ Condition: { Bool: { "aws:ViaAWSService": "false" } } })],
  ["a pattern that matches the action", document({}), document({ Action: "iam:Create*" })],
  [
    "an action that is left out in one only",
    document({ Action: undefined as never, NotAction: ["s3:*"] }),
    document({ Action: undefined as never, NotAction: ["iam:*"] }),
  ],
  [
    "the id of one account",
    document({ Condition: { StringEquals: { "aws:PrincipalAccount": A } } }),
    document({ Condition: { StringEquals: { "aws:PrincipalAccount": A } } }),
  ],
  [
    "a pattern of ids",
    document({ Resource: "arn:aws:iam::1*:user/*" }),
    document({ Resource: "arn:aws:iam::1*:user/*" }),
  ],
  [
    "the place in the tree",
    document({ Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/*" } } }),
    document({ Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/*" } } }),
  ],
  [
    "the version, by which a variable is one",
    document({ Resource: "arn:aws:iam::*:user/${aws:username}" }),
    document({ Resource: "arn:aws:iam::*:user/${aws:username}" }, "2008-10-17"),
  ],
])("%s tells them apart", (_, one, other) => expect(keys(one, other)).toBe(false));

test("another level, layer or set is another question", () => {
  const remembering = new Remembering();
  const level = [{ name: "p", document: document({}) }];
  const all = [
    remembering.key(set(A), { scps: [level] }, A),
    remembering.key(set(A), { scps: [level, []] }, A),
    remembering.key(set(A), { rcps: [level] }, A),
    remembering.key(set(A), { scps: [level], identity: level }, A),
    remembering.key(set(A), { scps: [level], resource: level[0]! }, A),
    remembering.key(set(A, { actions: { like: ["iam:DeleteUser"] } }), { scps: [level] }, A),
    remembering.key(set(A, { resources: { like: ["*"] } }), { scps: [level] }, A),
    remembering.key(set(A, { keys: { "aws:SourceIp": "absent" } }), { scps: [level] }, A),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test("where nothing tells accounts apart the question is about an account of nobody's", () => {
  const asked = (policy: PolicyDocument, more: Partial<RequestSet> = {}, own?: PolicyDocument): string =>
    JSON.stringify(
      new Remembering().question(
        set(A, more),
        {
          scps: [[{ name: "p", document: policy }]],
          ...(own ? { identity: [{ name: "own", document: own }] } : {}),
        },
        A,
      ).set,
    );
  const plain = asked(document({}));
  expect(plain).not.toContain(A);
  expect(plain.replaceAll("000000000000", A)).toBe(JSON.stringify(set(A)));
  for (const told of [
    asked(document({ Resource: `arn:aws:iam::${A}:user/*` })),
    asked(document({ Resource: "arn:aws:iam::1*:user/*" })),
    asked(document({ Resource: "arn:aws:iam::000000000000:user/*" })),
    asked(document({}), { resources: { like: ["arn:aws:iam::000000000000:user/*"] } }),
    asked(document({}), {}, document({ Effect: "Allow", Resource: `arn:aws:iam::${A}:user/*` })),
    asked(document({}), {}, document({ Effect: "Allow", Resource: "arn:aws:iam::?1*:user/*" })),
  ])
    expect(told).toContain(A);
});

test("numbers that a service knows by itself tell no account from another, unless they are compared with one", () => {
  const key = (account: string, value: string): string =>
    new Remembering().key(
      set(account),
      {
        scps: [
          [
            {
              name: "p",
              document: document({
                Condition: { NumericGreaterThan: { "ec2:MetadataHttpPutResponseHopLimit": value } },
              }),
            },
          ],
        ],
      },
      account,
    );
  expect(key(A, "1")).toBe(key(B, "1"));
  expect(key(A, "${aws:PrincipalAccount}")).not.toBe(key(B, "${aws:PrincipalAccount}"));
});

describe("a question about an account of nobody's has the answer of the real account's", () => {
  const condition = (operator: string, key: string, value: string): Partial<PolicyStatement> => ({
    Condition: { [operator]: { [key]: value } },
  });
  /** What may tell accounts apart without a whole id in its text. */
  const kinds: readonly (readonly [string, Partial<PolicyStatement>])[] = [
    ["a number", condition("NumericLessThan", "aws:PrincipalAccount", "5")],
    ["half of all numbers", condition("NumericLessThan", "aws:PrincipalAccount", "500000000000")],
    ["a number if it is there", condition("NumericGreaterThanIfExists", "aws:ResourceAccount", "5")],
    ["any of some numbers", condition("ForAnyValue:NumericLessThan", "aws:PrincipalAccount", "5")],
    ["all of some numbers", condition("ForAllValues:NumericGreaterThan", "aws:PrincipalAccount", "5")],
    ["a number written with an exponent", condition("NumericEquals", "aws:PrincipalAccount", "1.11111111111e11")],
    ["a number of the session", condition("NumericLessThan", "aws:userid", "5")],
    ["a time", condition("DateLessThan", "aws:PrincipalAccount", "2020-01-01T00:00:00Z")],
    ["bytes", condition("BinaryEquals", "aws:PrincipalAccount", "MTExMTExMTExMTEx")],
    [
      "a variable with a default, next to digits",
      condition("StringNotEquals", "aws:PrincipalAccount", "${aws:PrincipalTag/x, '1'}11111111111"),
    ],
    ["digits next to a variable", condition("StringEquals", "aws:PrincipalAccount", "1${aws:PrincipalTag/x}")],
    ["a variable next to a digit", condition("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalTag/x}1")],
    [
      "two variables next to each other",
      condition(
        "StringEquals",
        "aws:PrincipalAccount",
        "${aws:PrincipalTag/x, '1'}${aws:PrincipalTag/y, '11111111111'}",
      ),
    ],
    ["a variable next to a wildcard", condition("StringLike", "aws:ResourceAccount", "${aws:PrincipalTag/x, '1'}*")],
    [
      "an ARN with a wildcard for the rest",
      condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::1???????????:role/*"),
    ],
    ["a pattern over the end of the id", { Resource: "arn:aws:iam::1*1" }],
    ["a pattern of a set", condition("ForAnyValue:StringLike", "aws:ResourceAccount", "*1")],
  ];
  const verdict = (asked: RequestSet, policies: PolicySet): string => decide(asked, policies).verdict;
  const absent = { "aws:PrincipalTag/x": "absent", "aws:PrincipalTag/y": "absent" } as const;

  test.each(kinds)("%s", (_, statement) => {
    const allow: PolicyDocument = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    };
    const level = [document(statement), allow].map((policy, i) => ({ name: String(i), document: policy }));
    const identity = [{ name: "own", document: allow }];
    for (const policies of [
      { scps: [level], identity },
      { scps: [[level[1]!]], identity: level },
    ]) {
      const remembering = new Remembering();
      const answers = new Map<string, string>();
      for (const account of [A, B, "911111111111", "000000000001"])
        for (const keys of [{}, absent]) {
          const whole = set(account, { keys });
          const { key, set: asked } = remembering.question(whole, policies, account);
          const real = verdict(whole, policies);
          expect(verdict(asked, policies)).toBe(real);
          // What is remembered under a key holds of every question with it.
          expect(answers.get(key) ?? real).toBe(real);
          answers.set(key, real);
        }
    }
  });

  test("a policy on the resource that depends on the place in the tree", () => {
    const own = document({ Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/r-1/ou-a/*" } } });
    const policies: PolicySet = {
      identity: [{ name: "all", document: document({ Effect: "Allow" }) }],
      resource: {
        name: "own",
        document: { ...own, Statement: own.Statement.map((one) => ({ ...one, Principal: "*" })) },
      },
    };
    const remembering = new Remembering();
    expect(verdict(set(A), policies)).not.toBe(verdict(set(B), policies));
    expect(remembering.key(set(A), policies, A)).not.toBe(remembering.key(set(B), policies, B));
  });

  test.each([
    ["a time of day", condition("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")],
    ["the age of MFA", condition("NumericLessThan", "aws:MultiFactorAuthAge", "3600")],
    ["a network", condition("NotIpAddress", "aws:SourceIp", "10.0.0.0/8")],
    ["a variable alone", { Resource: "arn:aws:iam::*:user/${aws:username}" }],
  ])("%s tells nobody apart", (_, statement) => expect(keys(document(statement), document(statement))).toBe(true));
});

/** A report, and how often its run decided, by modules that have proven nothing yet (`fresh`) or by this file's. */
function proof(edit: TextEdit, fresh: boolean): { readonly report: ProofReport; readonly decided: number } {
  let found: { readonly report: ProofReport; readonly decided: number } | undefined;
  const run = (): void => {
    const decisions = jest.requireActual<typeof import("../../../modules/policy/decide")>(
      "../../../modules/policy/decide",
    );
    const decide = jest.spyOn(decisions, "decide");
    const { report } = jest.requireActual<typeof import("./fixture")>("./fixture").proven(edit);
    found = { report, decided: decide.mock.calls.length };
    decide.mockRestore();
  };
  if (fresh) jest.isolateModules(run);
  else run();
  return found!;
}

const OPEN: TextEdit = {
  organization: [
    foreignPolicy("old-rules", "ou-exmp-workload", [{ Sid: "NoIam", Effect: "Deny", Action: "iam:*", Resource: "*" }]),
  ],
};

test("what one run has proven the next need not decide, and no report depends on it", () => {
  const first = proof({}, false);
  const second = proof({}, false);
  expect(first.decided).toBeGreaterThan(100);
  expect(second.decided).toBeLessThan(first.decided / 10);
  expect(second.report).toEqual(first.report);
  proof({ baseline: [EVERYTHING_ENFORCED] }, false);
  const after = proof(OPEN, false);
  const alone = proof(OPEN, true);
  expect(after.report).toEqual(alone.report);
  expect(ids(alone.report).length).toBeGreaterThan(0);
  expect(after.decided).toBeLessThan(alone.decided);
});
