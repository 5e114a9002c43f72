import * as patterns from "../../../modules/policy/compare/patterns";
import { Comparisons, comparePolicies, PolicyKind, PolicyLevels, Steps } from "../../../modules/policy/compare";
import * as evaluator from "../../../modules/policy/evaluate";
import * as texts from "../../../modules/policy/evaluate/patterns";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";
import { parsePlanJson } from "../../../modules/terraform/plan-json";
import { reviewPlans } from "../../../modules/review/review";
import { CHANGE_CLASSES } from "../../../modules/review/types";

/** Policies that are built to keep a comparison busy. What is done is counted by itself, beside the steps: both must agree that it ends. */

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const EVERYTHING: PolicyStatement = { Effect: "Allow", Action: "*", Resource: "*" };
const deny = (rest: Partial<PolicyStatement>): PolicyStatement => ({
  Effect: "Deny",
  Action: "s3:*",
  Resource: "*",
  ...rest,
});

/** Statements that differ by a text in every part, so that nothing of one side covers the other. */
const HOSTILE: Readonly<Record<string, readonly [PolicyKind, (side: string) => readonly PolicyStatement[]]>> = {
  "three hundred statements, each with a condition of its own": [
    "identity",
    (x) =>
      list(300, (i) => ({
        Effect: i % 2 === 0 ? "Deny" : "Allow",
        Action: `s${i}:*${x}`,
        Resource: "*",
        Condition: { StringLike: { [`k:${i}`]: `*${i}*${x}` } },
      })),
  ],
  "actions times resources times two lists of values": [
    "identity",
    (x) => [
      {
        Effect: "Allow",
        Action: list(200, (i) => `s3:A${i}*${x}`),
        Resource: list(200, (i) => `arn:aws:s3:::b${i}*${x}`),
        Condition: { StringLike: { "aws:a": list(64, (i) => `*${i}${x}`), "aws:b": list(64, (i) => `*${i}`) } },
      },
    ],
  ],
  "an asterisk after every letter": [
    "scp",
    (x) => [EVERYTHING, ...list(20, (i) => deny({ Resource: `arn:aws:s3:::${"*a".repeat(250)}${x}${i}` }))],
  ],
  "a question mark after every letter": [
    "scp",
    (x) => [EVERYTHING, ...list(20, (i) => deny({ Resource: `arn:aws:s3:::*${"?a".repeat(250)}${x}${i}` }))],
  ],
  "a variable after every letter": [
    "scp",
    (x) => [
      EVERYTHING,
      ...list(20, (i) => deny({ Resource: `arn:aws:s3:::*${"a${aws:username}*".repeat(50)}${x}${i}` })),
    ],
  ],
  "the same letter all along": [
    "scp",
    (x) => [
      EVERYTHING,
      ...list(20, (i) => deny({ Resource: `arn:aws:s3:::*${"a".repeat(900)}b*${"a".repeat(900)}${x}${i}` })),
    ],
  ],
  "hundreds of keys": [
    "scp",
    (x) => [
      EVERYTHING,
      ...list(20, (i) =>
        deny({
          Action: "*",
          Condition: {
            StringNotLike: Object.fromEntries(
              list(30, (k) => [`aws:RequestTag/k${k}`, list(10, (v) => `*${x}${i}${v}*`)]),
            ),
            ArnNotLike: { "aws:PrincipalArn": list(50, (v) => `arn:aws:iam::*:role/${x}${i}-${v}*`) },
          },
        }),
      ),
    ],
  ],
  "thousands of statements": [
    "scp",
    (x) => [EVERYTHING, ...list(4000, (i) => deny({ Action: [`s${i}:*${x}`, "s3:Get*"], Resource: `*a${x}${i}` }))],
  ],
  "actions that hardly match": [
    "scp",
    (x) => [EVERYTHING, ...list(100, (i) => deny({ Action: list(20, (k) => `s3:${"*e".repeat(20)}${x}${k}${i}`) }))],
  ],
  "everything but long lists": [
    "scp",
    (x) => [
      EVERYTHING,
      ...list(40, (i): PolicyStatement => ({
        Effect: "Deny",
        NotAction: list(200, (k) => `s${k}${x}:*${i}`),
        NotResource: list(200, (k) => `arn:aws:s3:::*${x}${k}${i}*`),
      })),
    ],
  ],
  "every statement to be asked": [
    "scp",
    (x) => [
      EVERYTHING,
      ...list(100, (i) => deny({ Action: `s3:${x}${i}*`, Resource: `arn:aws:s3:::${x}${i}*` })),
      ...list(100, (i) => deny({ Resource: list(30, (k) => `arn:aws:s3:::z${k}-${i}*`) })),
    ],
  ],
  "ten thousand principals": [
    "resource",
    (x) =>
      list(50, (i) => ({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: list(200, (k) => `arn:aws:iam::${100_000_000_000 + k + i * 1000}:role/${x}${k}`) },
        Condition: { StringLike: { "sts:ExternalId": list(60, (k) => `*${x}${k}*`) } },
      })),
  ],
};

const STEPS = 30_000;
const document = (statements: readonly PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});
const levels = (statements: readonly PolicyStatement[]): PolicyLevels => [
  [{ name: "p", document: document(statements) }],
];

/** How often texts are compared and requests are evaluated. */
function counted(): () => { readonly texts: number; readonly requests: number } {
  const spies = [
    jest.spyOn(patterns, "patternContains"),
    jest.spyOn(patterns, "arnPatternContains"),
    jest.spyOn(patterns, "resourcePatternContains"),
    jest.spyOn(texts, "arnMatches"),
    jest.spyOn(texts, "resourceMatches"),
  ];
  const requests = jest.spyOn(evaluator, "evaluate");
  return () => ({
    texts: spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0),
    requests: requests.mock.calls.length,
  });
}

afterEach(() => jest.restoreAllMocks());

describe.each(Object.entries(HOSTILE))("hostile policies: %s", (_, [kind, statements]) => {
  test("end with the steps, and are never called harmless", () => {
    const shared = new Comparisons(new Steps(STEPS));
    const work = counted();
    const comparison = comparePolicies(
      kind,
      levels(statements("b")),
      levels(statements("c")),
      { accountId: "111111111111", resource: "arn:aws:iam::111111111111:role/x" },
      shared,
    );
    expect(["undecided", "wider"]).toContain(comparison.relation);
    expect(shared.steps.taken).toBeLessThanOrEqual(STEPS);
    expect(work().texts).toBeLessThan(STEPS * 5);
    expect(work().requests).toBeLessThan(STEPS);
  });

  test("are the same where nothing changes", () => {
    const shuffled = [...statements("b")].reverse();
    expect(["equal", "undecided"]).toContain(
      comparePolicies(
        kind,
        levels(statements("b")),
        levels(shuffled),
        { accountId: "111111111111" },
        new Comparisons(new Steps(STEPS)),
      ).relation,
    );
  });
});

test("a request costs as many steps as values are compared for it, and more where they are slow or its action is new", () => {
  const weight = (statement: PolicyStatement, action = "s3:getobject"): number => {
    const set = evaluator.compile({ scps: [[{ name: "p", document: document([EVERYTHING, statement]) }]] });
    set.weight(action);
    return set.weight(action);
  };
  expect(weight(deny({ Action: "iam:*" }))).toBe(2);
  expect(weight(deny({ Resource: list(400, (i) => `arn:aws:s3:::${i}`) }))).toBeGreaterThan(100);
  expect(
    weight(deny({ Condition: { StringNotLike: { "aws:RequestTag/a": list(400, (i) => `*${i}`) } } })),
  ).toBeGreaterThan(100);
  expect(weight(deny({ Resource: `arn:aws:s3:::*${"?a".repeat(100)}` }))).toBeGreaterThan(800);
  const set = evaluator.compile({
    scps: [[{ name: "p", document: document([EVERYTHING, deny({ Action: list(400, (i) => `iam:${i}*`) })]) }]],
  });
  expect(set.weight("s3:getobject")).toBeGreaterThan(100);
  expect(set.weight("s3:getobject")).toBe(2);
});

test("without steps nothing is proven but what is the same to the letter", () => {
  const narrow = levels([EVERYTHING, deny({})]);
  const compare = (steps: number, before: PolicyLevels, after: PolicyLevels) =>
    comparePolicies("scp", before, after, { accountId: "111111111111" }, new Comparisons(new Steps(steps))).relation;
  expect(compare(0, narrow, levels([EVERYTHING, deny({ Action: "s3:Get*" })]))).toBe("undecided");
  expect(compare(0, levels([EVERYTHING, deny({ Action: "s3:Get*" })]), narrow)).toBe("undecided");
  expect(compare(10_000, levels([EVERYTHING, deny({ Action: "s3:Get*" })]), narrow)).toBe("narrower");
  expect(compare(10_000, narrow, levels([EVERYTHING, deny({ Action: "s3:Get*" })]))).toBe("wider");
});

test("a plan of hostile policies is reviewed to the end, and each of them is told as unknown or worse", () => {
  const kinds = Object.values(HOSTILE)
    .filter(([kind]) => kind === "identity")
    .map(([, statements]) => statements);
  const policy = (i: number, side: string): unknown => ({
    name: `p${i}`,
    role: `r${i}`,
    policy: JSON.stringify(document(kinds[i % kinds.length]!(side))),
  });
  const resources = list(12, (i) => ({
    address: `aws_iam_role_policy.p${i}`,
    mode: "managed",
    type: "aws_iam_role_policy",
    name: `p${i}`,
    change: { actions: ["update"], before: policy(i, "b"), after: policy(i, "c"), after_unknown: {} },
  }));
  const plan = parsePlanJson(
    "plan.json",
    "stack",
    JSON.stringify({ format_version: "1.2", planned_values: {}, resource_changes: resources }),
  );
  const steps = new Steps(STEPS);
  const { changes } = reviewPlans([plan], undefined, steps);
  expect(steps.taken).toBeLessThanOrEqual(STEPS);
  for (const { address } of resources) {
    const classes = changes
      .filter((change) => change.addresses.includes(address))
      .map((change) => CHANGE_CLASSES.indexOf(change.class));
    expect(Math.min(...classes)).toBeLessThanOrEqual(CHANGE_CLASSES.indexOf("unknown"));
  }
});
