import fc from "fast-check";
import { Comparisons, comparePolicies, PolicyKind, PolicyLevels, Steps } from "../../../modules/policy/compare";
import {
  arnPatternContains,
  networkContains,
  patternContains,
  resourcePatternContains,
} from "../../../modules/policy/compare/patterns";
import { compile, evaluate, FULL_AWS_ACCESS, PolicyRequest, PolicySet } from "../../../modules/policy/evaluate";
import type { PolicyDocument, PolicyStatement } from "../../../modules/policy/types";

/** Few words, so that statements meet. */
const ACTIONS = [
  "s3:GetObject",
  "s3:Get*",
  "s3:*",
  "*",
  "iam:CreateUser",
  "iam:Create*",
  "iam:C?eateUser",
  "S3:getobject",
];
const RESOURCES = [
  "*",
  "arn:aws:s3:::a",
  "arn:aws:s3:::a*",
  "arn:aws:s3:::*",
  "arn:aws:iam::111111111111:user/*",
  "arn:aws:iam::*:user/x",
  "arn:aws:iam::222222222222:user/*",
  "arn:aws:s3:::${aws:PrincipalTag/team}/*",
];
const PRINCIPALS = [
  "arn:aws:iam::111111111111:role/A",
  "arn:aws:iam::111111111111:role/B",
  "arn:aws:iam::222222222222:role/A",
];

const some = <T>(values: readonly T[], max = 3): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max });

const FAMILIES = [
  fc.tuple(
    fc.constantFrom(
      "StringEquals",
      "StringNotEquals",
      "StringLike",
      "StringNotLike",
      "StringEqualsIfExists",
      "ForAllValues:StringLike",
      "ForAnyValue:StringEquals",
      "ForAnyValue:StringNotLike",
    ),
    fc.constantFrom("aws:RequestedRegion", "aws:TagKeys"),
    some(["eu-1", "eu-*", "us-1", "EU-1", "${aws:username}"]),
  ),
  fc.tuple(
    fc.constantFrom("ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"),
    fc.constant("aws:PrincipalArn"),
    some(["arn:aws:iam::*:role/A", "arn:aws:iam::111111111111:role/*", ...PRINCIPALS]),
  ),
  fc.tuple(
    fc.constantFrom("NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericEquals"),
    fc.constant("aws:MultiFactorAuthAge"),
    some(["10", "20", "30"], 2),
  ),
  fc.tuple(
    fc.constantFrom("DateGreaterThan", "DateLessThanEquals"),
    fc.constant("aws:CurrentTime"),
    some(["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"], 1),
  ),
  fc.tuple(
    fc.constantFrom("Bool", "BoolIfExists"),
    fc.constant("aws:MultiFactorAuthPresent"),
    some(["true", "false"], 1),
  ),
  fc.tuple(fc.constant("Null"), fc.constantFrom("aws:TagKeys", "aws:MultiFactorAuthAge"), some(["true", "false"], 1)),
  fc.tuple(
    fc.constantFrom("IpAddress", "NotIpAddress"),
    fc.constant("aws:SourceIp"),
    some(["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1"], 2),
  ),
];
const condition = fc.oneof(...FAMILIES);
/** Two conditions on keys of one family: near enough to imply each other. */
const related = fc.oneof(...FAMILIES.map((family) => fc.tuple(family, family)));

const statement = (withPrincipal: boolean): fc.Arbitrary<PolicyStatement> =>
  fc
    .record({
      Effect: fc.constantFrom("Allow" as const, "Deny" as const),
      actions: some(ACTIONS),
      notAction: fc.boolean(),
      resources: some(RESOURCES),
      notResource: fc.boolean(),
      conditions: fc.array(condition, { maxLength: 2 }),
      principal: fc.constantFrom<PolicyStatement["Principal"]>(
        "*",
        { AWS: PRINCIPALS[0]! },
        { AWS: [PRINCIPALS[1]!, PRINCIPALS[2]!] },
        { AWS: "arn:aws:iam::111111111111:root" },
      ),
    })
    .map(({ Effect, actions, notAction, resources, notResource, conditions, principal }) => {
      const Condition: Record<string, Record<string, string[]>> = {};
      for (const [operator, key, values] of conditions) (Condition[operator] ??= {})[key] = values;
      return {
        Effect,
        ...(notAction ? { NotAction: actions } : { Action: actions }),
        ...(notResource ? { NotResource: resources } : { Resource: resources }),
        ...(withPrincipal && principal ? { Principal: principal } : {}),
        ...(conditions.length > 0 ? { Condition } : {}),
      };
    });

const policy = (withPrincipal: boolean): fc.Arbitrary<PolicyDocument> =>
  fc
    .array(statement(withPrincipal), { minLength: 1, maxLength: 3 })
    .map((Statement) => ({ Version: "2012-10-17", Statement }));

const conditioned = (one: PolicyStatement, [operator, key, values]: [string, string, string[]]): PolicyStatement => ({
  ...one,
  Effect: "Deny",
  Condition: { [operator]: { [key]: values } },
});
/** Without an Allow beside it a Deny decides nothing. */
const FULL = (withPrincipal: boolean): PolicyStatement => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...(withPrincipal ? { Principal: "*" } : {}),
});

/** A second policy near the first: one statement or one element of it is another's. */
const pair = (withPrincipal: boolean): fc.Arbitrary<readonly [PolicyDocument, PolicyDocument]> =>
  fc.oneof(
    fc.tuple(policy(withPrincipal), policy(withPrincipal)),
    fc
      .tuple(policy(withPrincipal), statement(withPrincipal))
      .map(([one, other]) => [one, { ...one, Statement: [...one.Statement, other] }] as const),
    fc.tuple(policy(withPrincipal), condition).map(
      ([one, [operator, key, values]]) =>
        [
          one,
          {
            ...one,
            Statement: one.Statement.map((s, i) =>
              i === 0
                ? { ...s, Condition: { ...s.Condition, [operator]: { ...s.Condition?.[operator], [key]: values } } }
                : s,
            ),
          },
        ] as const,
    ),
    fc.tuple(statement(withPrincipal), related).map(
      ([one, [a, b]]) =>
        [
          { Version: "2012-10-17", Statement: [conditioned(one, a), FULL(withPrincipal)] },
          { Version: "2012-10-17", Statement: [conditioned(one, b), FULL(withPrincipal)] },
        ] as const,
    ),
    fc.tuple(policy(withPrincipal), some(RESOURCES)).map(
      ([one, Resource]) =>
        [
          one,
          {
            ...one,
            Statement: one.Statement.map((s, i) => (i === 0 && s.Resource !== undefined ? { ...s, Resource } : s)),
          },
        ] as const,
    ),
  );

const request: fc.Arbitrary<PolicyRequest> = fc
  .record({
    action: fc.constantFrom("s3:GetObject", "s3:PutObject", "iam:CreateUser", "iam:DeleteUser"),
    resource: fc.constantFrom(
      "arn:aws:s3:::a",
      "arn:aws:s3:::ab",
      "arn:aws:s3:::red/x",
      "arn:aws:iam::111111111111:user/x",
      "arn:aws:iam::111111111111:user/y",
    ),
    principal: fc.constantFrom(...PRINCIPALS),
    context: fc.record(
      {
        "aws:RequestedRegion": fc.constantFrom("eu-1", "us-1", "EU-1", "ap-1"),
        "aws:TagKeys": fc.subarray(["eu-1", "us-1", "x"]),
        "aws:MultiFactorAuthAge": fc.constantFrom("5", "10", "15", "20", "40"),
        "aws:MultiFactorAuthPresent": fc.constantFrom("true", "false"),
        "aws:CurrentTime": fc.constantFrom(
          "2025-06-01T00:00:00Z",
          "2026-01-01T00:00:00Z",
          "2026-06-01T00:00:00Z",
          "2027-06-01T00:00:00Z",
        ),
        "aws:SourceIp": fc.constantFrom("10.1.2.3", "10.2.2.3", "192.0.2.1", "198.51.100.1"),
        "aws:PrincipalTag/team": fc.constantFrom("red", "a"),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ action, resource, principal, context }) => ({
    action,
    resource,
    principal: { type: "role" as const, arn: principal },
    context,
    unlistedKeys: "absent" as const,
  }));

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 200);
const SEED = Number(process.env["PROPERTY_SEED"] ?? 20261124);
const KINDS: readonly (readonly [PolicyKind, boolean, (document: PolicyDocument) => PolicySet])[] = [
  [
    "scp",
    false,
    (document) => ({
      scps: [
        document.Statement.some((s) => s.Effect === "Allow")
          ? [{ name: "p", document }]
          : [{ name: "p", document }, FULL_AWS_ACCESS],
      ],
    }),
  ],
  ["identity", false, (document) => ({ identity: [{ name: "p", document }] })],
  ["resource", true, (document) => ({ resource: { name: "p", document } })],
];
const levels = (document: PolicyDocument): PolicyLevels => [[{ name: "p", document }]];

describe("SCPs of one account", () => {
  const [, , setOf] = KINDS[0]!;
  const boundAccount = "111111111111";

  test("what principals of that account may do is never called the same where it is not; those of others do not count", () => {
    const seen = { equal: 0, narrower: 0, wider: 0, different: 0 };
    fc.assert(
      fc.property(pair(false), fc.array(request, { minLength: 20, maxLength: 20 }), ([before, after], requests) => {
        const { relation, gained, lost } = comparePolicies("scp", levels(before), levels(after), {
          accountId: boundAccount,
          boundAccount,
        });
        if (relation !== "undecided") seen[relation]++;
        const [old, now] = [compile(setOf(before)), compile(setOf(after))];
        for (const one of requests) {
          const [was, is] = [evaluate(one, old).decision, evaluate(one, now).decision];
          if (was === is) continue;
          if (!one.principal.arn.includes(boundAccount)) continue;
          seen.different++;
          expect(relation).not.toBe("equal");
          if (was === "denied" && is === "allowed") expect(relation).not.toBe("narrower");
        }
        for (const witness of [...gained, ...lost]) {
          expect(witness.request.principal.arn).toContain(`:${boundAccount}:`);
          if (/^iam:(?!passrole$)/i.test(witness.request.action))
            expect(witness.request.resource).not.toContain(":222222222222:");
          expect([evaluate(witness.request, old).decision, evaluate(witness.request, now).decision]).toEqual([
            witness.before,
            witness.after,
          ]);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    for (const [outcome, count] of Object.entries(seen)) expect([outcome, count > 0]).toEqual([outcome, true]);
  });

  test("an exemption of another account's role means nothing, one of its own or of every account's does", () => {
    const deny = (...exempt: readonly string[]): PolicyDocument => ({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Action: "iam:CreateUser",
          Resource: "*",
          Condition: { ArnNotLike: { "aws:PrincipalArn": exempt } },
        },
      ],
    });
    const relation = (arn: string, bound?: string): string =>
      comparePolicies("scp", levels(deny(PRINCIPALS[0]!)), levels(deny(PRINCIPALS[0]!, arn)), {
        accountId: bound ?? boundAccount,
        ...(bound ? { boundAccount: bound } : {}),
      }).relation;
    expect(relation(PRINCIPALS[2]!, boundAccount)).toBe("equal");
    expect(relation(PRINCIPALS[2]!, "222222222222")).toBe("wider");
    expect(relation(PRINCIPALS[2]!)).toBe("wider");
    expect(relation(PRINCIPALS[1]!, boundAccount)).toBe("wider");
    expect(relation("arn:aws:iam::*:role/C", boundAccount)).toBe("wider");
  });

  test("IAM reaches no other account: what is denied on another's roles means nothing, but for passing them", () => {
    const deny = (action: string, resource: string): PolicyDocument => ({
      Version: "2012-10-17",
      Statement: [FULL(false), { Effect: "Deny", Action: action, Resource: resource }],
    });
    const none: PolicyDocument = { Version: "2012-10-17", Statement: [FULL(false)] };
    const relation = (action: string, resource: string): string =>
      comparePolicies("scp", levels(deny(action, resource)), levels(none), { accountId: boundAccount, boundAccount })
        .relation;
    expect(relation("iam:DeleteRole", "arn:aws:iam::222222222222:role/x")).toBe("equal");
    expect(relation("iam:DeleteRole", "arn:aws:iam::111111111111:role/x")).toBe("wider");
    expect(relation("iam:DeleteRole", "arn:aws:iam::*:role/x")).toBe("wider");
    expect(relation("iam:PassRole", "arn:aws:iam::222222222222:role/x")).toBe("wider");
    expect(relation("iam:*", "arn:aws:iam::222222222222:role/x")).toBe("wider");
    expect(relation("sts:AssumeRole", "arn:aws:iam::222222222222:role/x")).toBe("wider");
  });
});

describe.each(KINDS)("policies compared by meaning: %s", (kind, withPrincipal, setOf) => {
  test("a request with another verdict is never called equal, one that becomes allowed never narrower; witnesses are true", () => {
    const seen = { equal: 0, narrower: 0, wider: 0, undecided: 0, different: 0 };
    fc.assert(
      fc.property(
        pair(withPrincipal),
        fc.array(request, { minLength: 20, maxLength: 20 }),
        ([before, after], requests) => {
          const comparison = comparePolicies(kind, levels(before), levels(after), { accountId: "111111111111" });
          seen[comparison.relation]++;
          const [old, now] = [compile(setOf(before)), compile(setOf(after))];
          for (const one of requests) {
            const [was, is] = [evaluate(one, old).decision, evaluate(one, now).decision];
            if (was === is) continue;
            seen.different++;
            expect(comparison.relation).not.toBe("equal");
            if (was === "denied" && is === "allowed") expect(comparison.relation).not.toBe("narrower");
          }
          for (const { request: one, before: was } of comparison.gained) {
            const verdict = evaluate(
              { ...one, unlistedKeys: "absent" },
              compile(kind === "identity" ? { ...setOf(before), resource: TRUST } : setOf(before)),
            ).decision;
            // In the account of the resource a policy of one's own may have allowed it: the resource policy alone did not.
            const alone = evaluate(
              { ...one, unlistedKeys: "absent" },
              compile({ ...setOf(before), identity: [] }),
            ).decision;
            expect(kind === "resource" && was === "unknown" ? alone : verdict).toBe("denied");
            expect(
              evaluate(
                { ...one, unlistedKeys: "absent" },
                compile(kind === "identity" ? { ...setOf(after), resource: TRUST } : setOf(after)),
              ).decision,
            ).toBe("allowed");
          }
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
    // The property means something only where every outcome occurs; what is undecided is seldom.
    for (const [outcome, count] of Object.entries({ ...seen, undecided: 6 }))
      expect([outcome, count > 5]).toEqual([outcome, true]);
  });

  test("formatting alone is always equal", () => {
    fc.assert(
      fc.property(policy(withPrincipal), fc.infiniteStream(fc.nat()), (before, numbers) => {
        const pick = (n: number): number => numbers.next().value % n;
        const shuffled = <T>(list: readonly T[]): T[] =>
          [...list]
            .map((value) => [pick(1000), value] as const)
            .sort(([a], [b]) => a - b)
            .map(([, value]) => value);
        const variant = (value: unknown): unknown => {
          if (Array.isArray(value)) {
            const mixed = shuffled(value as unknown[]);
            return mixed.length === 1 && pick(2) ? mixed[0] : mixed;
          }
          return typeof value === "string" && pick(2) ? [value] : value;
        };
        const statements = before.Statement.flatMap((s): PolicyStatement[] => {
          const rewritten = Object.fromEntries(
            shuffled(Object.entries(s)).map(([key, value]) => {
              if (["Action", "NotAction", "Resource", "NotResource"].includes(key)) return [key, variant(value)];
              if (key === "Condition")
                return [
                  key,
                  Object.fromEntries(
                    shuffled(Object.entries(value as Record<string, Record<string, unknown>>)).map(
                      ([operator, keys]) => [
                        operator,
                        Object.fromEntries(
                          Object.entries(keys).map(([name, values]) => [
                            pick(2) ? name.toLowerCase() : name,
                            variant(values),
                          ]),
                        ),
                      ],
                    ),
                  ),
                ];
              return [key, value];
            }),
          ) as unknown as PolicyStatement;
          // An action list may be split over two statements.
          if (Array.isArray(s.Action) && s.Action.length > 1 && pick(2))
            return [
              { ...rewritten, Action: s.Action.slice(0, 1) as string[] },
              { ...rewritten, Action: s.Action.slice(1) as string[] },
            ];
          return pick(5) === 0 ? [rewritten, rewritten] : [rewritten];
        });
        const after: PolicyDocument = {
          Version: "2012-10-17",
          Statement: shuffled(statements).map((s, i) => ({ Sid: `S${i}`, ...s })),
        };
        expect(comparePolicies(kind, levels(before), levels(after), { accountId: "111111111111" }).relation).toBe(
          "equal",
        );
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

const TRUST = {
  name: "trust",
  document: {
    Version: "2012-10-17" as const,
    Statement: [
      { Effect: "Allow" as const, Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole" },
    ],
  },
};

test("an RCP that no longer denies: wider where it reaches the service, undecided where that is not certain", () => {
  const rcp = (actions: readonly string[]): PolicyLevels =>
    levels({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: actions,
          Resource: "*",
          Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } },
        },
      ],
    });
  const compare = (before: readonly string[], after: readonly string[]) =>
    comparePolicies("rcp", rcp(before), rcp(after), { accountId: "111111111111" }).relation;
  expect(compare(["s3:*", "sqs:*"], ["s3:*"])).toBe("wider");
  expect(compare(["s3:*", "codebuild:*"], ["s3:*"])).toBe("undecided");
  expect(compare(["s3:*", "iam:*"], ["s3:*"])).toBe("undecided");
  expect(compare(["s3:*"], ["s3:*", "codebuild:*"])).toBe("narrower");
});

describe("containment of patterns", () => {
  test.each([
    ["*", "a*b", true],
    ["a*", "abc", true],
    ["a?", "ab", true],
    ["a?", "a*", false],
    ["a*", "a", true],
    ["ab*", "a*", false],
    ["*b", "a?b", true],
    ["a${*}b", "axb", false],
    ["a${*}b", "a${aws:username}b", false],
    ["a?b", "a${aws:username}b", false],
    ["a*b", "a${aws:username}b", true],
    ["*{aws:username}", "${aws:username}", false],
    ["a*c*e", "abcde", true],
    ["a*c*e", "abde", false],
  ])("%s contains %s: %s", (outer, inner, expected) => expect(patternContains(outer, inner)).toBe(expected));

  test("components of ARNs are kept apart", () => {
    expect(arnPatternContains("arn:aws:iam::*:role/x", "arn:aws:iam::111111111111:role/x")).toBe(true);
    expect(arnPatternContains("arn:aws:*:role/x", "arn:aws:iam::111111111111:role/x")).toBe(false);
    expect(resourcePatternContains("arn:aws:s3:*", "arn:aws:s3:::a")).toBe(true);
    expect(resourcePatternContains("arn:*:b", "arn:aws:s3:::b")).toBe(false);
  });

  test.each([
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.0.0.0/8", false],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["0.0.0.0/0", "203.0.113.7", true],
    ["2001:db8::/32", "2001:db8:1::/48", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["::/0", "10.0.0.1", false],
    ["10.0.0.0/33", "10.0.0.1", false],
  ])("%s holds %s: %s", (outer, inner, expected) => expect(networkContains(outer, inner)).toBe(expected));
});

describe("policies of resources whose ARN names no account", () => {
  const allow = (...principals: readonly string[]): PolicyDocument => ({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:role/Reader" },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::b/*",
      },
      ...principals.map((AWS) => ({
        Effect: "Allow" as const,
        Principal: { AWS },
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::b/*",
      })),
    ],
  });

  test.each([
    ["everybody", "*", "111111111111"],
    ["a role of the same account", "arn:aws:iam::111111111111:role/Writer", "111111111111"],
    ["a role of another account", "arn:aws:iam::222222222222:role/Writer", "111111111111"],
    ["another account", "arn:aws:iam::222222222222:root", "111111111111"],
    ["a role, where nobody knows the account of the bucket", "arn:aws:iam::222222222222:role/Writer", "000000000000"],
  ])("a new Allow for %s is wider, with a witness; without it, narrower", (_, principal, accountId) => {
    const wider = comparePolicies("resource", levels(allow()), levels(allow(principal)), { accountId });
    expect(wider.relation).toBe("wider");
    expect(wider.gained.map(({ request: { action } }) => action.toLowerCase())).toEqual(["s3:putobject"]);
    expect(comparePolicies("resource", levels(allow(principal)), levels(allow()), { accountId }).relation).toBe(
      "narrower",
    );
  });

  test("an Allow that moves from the account to one of its roles by name is not said to be denied before", () => {
    const { gained } = comparePolicies(
      "resource",
      levels(allow("arn:aws:iam::111111111111:root")),
      levels(allow("arn:aws:iam::111111111111:role/Writer")),
      { accountId: "111111111111" },
    );
    expect(gained).toEqual([]);
  });
});

describe("whole documents, allows minus denies", () => {
  const relation = (
    before: readonly PolicyStatement[],
    after: readonly PolicyStatement[],
    kind: PolicyKind = "identity",
    accountId = "111111111111",
  ) => {
    const of = (Statement: readonly PolicyStatement[]) => levels({ Version: "2012-10-17", Statement });
    return comparePolicies(kind, of(before), of(after), { accountId }).relation;
  };
  const allow = (Action: string | string[], Resource: string | string[] = "*", rest = {}): PolicyStatement => ({
    Effect: "Allow",
    Action,
    Resource,
    ...rest,
  });
  const deny = (Action: string | string[], Resource: string | string[] = "*", rest = {}): PolicyStatement => ({
    ...allow(Action, Resource, rest),
    Effect: "Deny",
  });
  const region = (operator: string, ...values: string[]) => ({
    Condition: { [operator]: { "aws:RequestedRegion": values } },
  });

  test("a Deny that goes is no gain where nothing allows what it met", () => {
    expect(relation([allow("s3:GetObject"), deny("iam:*")], [allow("s3:GetObject")])).toBe("equal");
    expect(relation([allow("*"), deny("iam:*")], [allow("s3:GetObject")])).toBe("narrower");
    expect(relation([allow("*"), deny("s3:*", "arn:aws:s3:::a/*")], [allow("s3:*", "arn:aws:s3:::b/*")])).toBe(
      "narrower",
    );
  });

  test("beside policies that are not compared each Deny counts, unless another one denies the same", () => {
    const of = (Statement: readonly PolicyStatement[]) => levels({ Version: "2012-10-17", Statement });
    const beside = (before: readonly PolicyStatement[], after: readonly PolicyStatement[]) =>
      comparePolicies("identity", of(before), of(after), { accountId: "111111111111", othersMayAllow: true }).relation;
    const reads = allow("s3:GetObject");
    expect(beside([reads, deny("iam:*")], [reads])).toBe("undecided");
    expect(beside([reads], [reads, deny("iam:*")])).toBe("narrower");
    expect(beside([deny("iam:*")], [])).toBe("undecided");
    const both = [deny("iam:*", "*", region("StringEquals", "a")), deny("iam:*", "*", region("StringNotEquals", "a"))];
    expect(beside([reads, deny("iam:*")], [reads, ...both])).toBe("equal");
    expect(beside([reads, deny("iam:*")], [allow("iam:GetUser"), reads])).toBe("wider");
  });

  test("it is one where something does, be it by a wildcard", () => {
    expect(relation([allow("s3:GetObject"), deny("iam:*")], [allow(["s3:GetObject", "iam:Get*"])])).toBe("wider");
    expect(relation([allow("*"), deny("s3:*", "arn:aws:s3:::ab/*")], [allow("s3:*", "arn:aws:s3:::a*")])).toBe("wider");
    expect(relation([allow("*"), deny("iam:CreateUser")], [allow("*"), deny("iam:C?eateUse")])).toBe("wider");
  });

  test("several statements deny together what one denied", () => {
    const both = [deny("s3:Get*"), deny("s3:*", "*", { Condition: {} })];
    expect(relation([allow("*"), deny(["s3:Get*", "s3:Put*"])], [allow("*"), ...both])).toBe("narrower");
    expect(
      relation(
        [allow("*"), deny("s3:*")],
        [
          allow("*"),
          deny("s3:*", "*", region("StringEquals", "eu-1")),
          deny("s3:*", "*", region("StringNotEquals", "eu-1")),
        ],
      ),
    ).toBe("equal");
    expect(
      relation(
        [allow("*"), deny("s3:*")],
        [
          allow("*"),
          deny("s3:*", "*", region("StringEquals", "eu-1", "eu-2")),
          deny("s3:*", "*", region("StringNotEquals", "eu-2")),
        ],
      ),
    ).toBe("equal");
    expect(
      relation(
        [allow("*"), deny("s3:*")],
        [
          allow("*"),
          deny("s3:*", "*", region("StringEquals", "eu-1")),
          deny("s3:*", "*", region("StringNotLike", "eu-*")),
        ],
      ),
    ).toBe("wider");
  });

  test("an Allow asks for what a Deny asked for", () => {
    const tagged = { Condition: { Null: { "aws:ResourceTag/team": "true" } } };
    const team = (value: string) => ({ Condition: { StringEquals: { "aws:ResourceTag/team": value } } });
    const before = [allow("*"), deny("ec2:TerminateInstances", "*", tagged)];
    expect(relation(before, [allow("ec2:*", "*", team("a"))])).toBe("narrower");
    expect(
      relation(before, [allow("ec2:*", "*", { Condition: { StringLikeIfExists: { "aws:ResourceTag/team": "a" } } })]),
    ).toBe("wider");
  });

  test("boundaries and SCPs too; an RCP reaches more services tomorrow", () => {
    expect(relation([allow("s3:*"), deny("iam:PassRole")], [allow("s3:*"), deny("iam:*")], "boundary")).toBe(
      "narrower",
    );
    // A resource policy may let in whom the boundary does not deny: without the Deny it is not the same.
    expect(relation([allow("s3:*"), deny("iam:*")], [allow("s3:*")], "boundary")).toBe("undecided");
    expect(relation([allow("s3:*"), deny("iam:*")], [allow("s3:*")], "scp")).toBe("equal");
    expect(relation([allow("*"), deny("iam:*")], [allow("*")], "scp")).toBe("wider");
    expect(relation([allow("*"), deny("codebuild:*")], [allow("*")], "rcp")).toBe("undecided");
  });

  test("in a resource policy whoever has the permission needs no Allow of it: there each Deny counts", () => {
    const of = (account: string): Partial<PolicyStatement> => ({ Principal: { AWS: `arn:aws:iam::${account}:root` } });
    const all = { Principal: "*" as const };
    const reads = allow("s3:GetObject", "arn:aws:s3:::b/*", of("222222222222"));
    expect(relation([reads, deny("s3:*", "arn:aws:s3:::b/*", of("333333333333"))], [reads], "resource")).toBe("equal");
    expect(relation([reads, deny("s3:*", "arn:aws:s3:::b/*", of("111111111111"))], [reads], "resource")).toBe("wider");
    expect(relation([reads, deny("s3:Put*", "arn:aws:s3:::b/*", all)], [reads], "resource")).toBe("wider");
    // Whose the bucket is is not known: perhaps 333333333333's.
    expect(
      relation([reads, deny("s3:*", "arn:aws:s3:::b/*", of("333333333333"))], [reads], "resource", "000000000000"),
    ).not.toBe("equal");
  });

  test("where the steps end it is not called the same", () => {
    const of = (Statement: readonly PolicyStatement[]) => levels({ Version: "2012-10-17", Statement });
    const [before, after] = [of([allow("s3:GetObject"), deny("iam:*")]), of([allow("s3:GetObject")])];
    for (const limit of [1, 20, 100, 400])
      expect(
        comparePolicies("identity", before, after, { accountId: "111111111111" }, new Comparisons(new Steps(limit)))
          .relation,
      ).toBe("undecided");
  });
});
