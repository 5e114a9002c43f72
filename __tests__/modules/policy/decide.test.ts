import { defined } from "../../../modules/kernel/optional";
import { decide, Decision, everyRole, everyUser, KeySets, RequestSet } from "../../../modules/policy/decide";
import { FULL_AWS_ACCESS, NamedPolicy, PolicySet } from "../../../modules/policy/evaluate";
import type { PolicyStatement } from "../../../modules/policy/types";
import { Random } from "../../support/random";
import { check, worldOf } from "../../../soak/worlds";

const ACCOUNT = "111111111111";

const named = (name: string, ...Statement: readonly PolicyStatement[]): NamedPolicy => ({
  name,
  document: { Version: "2012-10-17", Statement },
});

const scps = (...statements: readonly PolicyStatement[]): PolicySet => ({
  scps: [[FULL_AWS_ACCESS, named("guardrail", ...statements)]],
});

const ANY_ROLE = everyRole(ACCOUNT);

function setOf(action: string, more: Partial<RequestSet> = {}): RequestSet {
  return { principals: [ANY_ROLE], actions: { like: [action] }, resources: { like: ["*"] }, ...more };
}

const verdictOf = (statements: readonly PolicyStatement[], set: RequestSet): Decision["verdict"] =>
  decide(set, scps(...statements)).verdict;

const deny = (
  more: Partial<PolicyStatement> & { readonly Condition?: PolicyStatement["Condition"] } = {},
): PolicyStatement => ({
  Effect: "Deny",
  ...(more.NotAction === undefined ? { Action: "iam:CreateAccessKey" } : {}),
  ...(more.NotResource === undefined ? { Resource: "*" } : {}),
  ...more,
});

describe("what holds of every request of a set", () => {
  it("is denied by one statement", () => {
    const decision = decide(setOf("iam:CreateAccessKey"), scps(deny()));
    expect(decision).toMatchObject({
      verdict: "all-denied",
      by: [{ layer: "scp", level: 0, policy: "guardrail", statement: 0 }],
      denied: { verdict: { decision: "denied" } },
    });
  });

  it.each<readonly [string, readonly PolicyStatement[]]>([
    [
      "two halves of the resources",
      [deny({ Resource: "arn:aws:iam::*:user/a*" }), deny({ NotResource: "arn:aws:iam::*:user/a*" })],
    ],
    ["two halves of the actions", [deny({ Action: "iam:Create*" }), deny({ NotAction: "iam:Create*" })]],
    [
      "networks that meet, and no address at all",
      [
        deny({ Condition: { IpAddress: { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1", "::/0"] } } }),
        deny({ Condition: { Null: { "aws:SourceIp": "true" } } }),
      ],
    ],
    [
      "dates before and after",
      [
        deny({ Condition: { DateLessThan: { "aws:CurrentTime": "2026-06-01T00:00:00Z" } } }),
        deny({ Condition: { DateGreaterThanEqualsIfExists: { "aws:CurrentTime": "2026-06-01T00:00:00Z" } } }),
      ],
    ],
    [
      "those with MFA and those without",
      [
        deny({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
        deny({ Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }),
      ],
    ],
    [
      "names in three ranges",
      [
        deny({ Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/a*", "arn:aws:iam::*:role/b*"] } } }),
        deny({
          Condition: { ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/a*", "arn:aws:iam::*:role/b*"] } },
        }),
      ],
    ],
    [
      "tag keys that are all listed, and those of which one is not",
      [
        deny({ Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } } }),
        deny({ Condition: { "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["a", "b"] } } }),
      ],
    ],
  ])("is denied by a union: %s", (name, statements) => {
    const actions = setOf(name.includes("actions") ? "iam:*" : "iam:CreateAccessKey", {
      resources: { like: [`arn:aws:iam::${ACCOUNT}:user/*`] },
    });
    const decision = decide(actions, scps(...statements));
    expect(decision.verdict).toBe("all-denied");
    expect(decision.verdict === "all-denied" && decision.by.map((at) => at.statement)).toEqual([0, 1]);
    for (const one of statements) expect(verdictOf([one], actions)).toBe("mixed");
  });

  it.each<readonly [string, PolicyStatement]>([
    ["one kind of users is left out", deny({ NotResource: "arn:aws:iam::*:user/svc-*" })],
    ["a pattern that is narrower", deny({ Resource: "arn:aws:iam::*:user/*" })],
    ["one region", deny({ Condition: { StringNotEquals: { "aws:RequestedRegion": "eu-central-1" } } })],
    ["one network", deny({ Condition: { NotIpAddress: { "aws:SourceIp": "198.51.100.0/24" } } })],
    ["a tag that anybody may set", deny({ Condition: { StringNotEquals: { "aws:PrincipalTag/key-admin": "true" } } })],
    [
      "sessions that are older",
      deny({ Condition: { DateGreaterThan: { "aws:TokenIssueTime": "2026-06-01T00:00:00Z" } } }),
    ],
    ["calls through a service", deny({ Condition: { Bool: { "aws:ViaAWSService": "false" } } })],
    ["an id", deny({ Condition: { StringNotLike: { "aws:userid": "*:admin" } } })],
    ["a variable", deny({ Condition: { StringNotEquals: { "aws:PrincipalTag/a": "${aws:PrincipalTag/b}" } } })],
    [
      "a path of the organization",
      deny({ Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/r-1/*" } } }),
    ],
  ])("is not denied where there is a way round: %s", (_, statement) => {
    const decision = decide(setOf("iam:CreateAccessKey"), scps(statement));
    expect(decision).toMatchObject({
      verdict: "mixed",
      allowed: { verdict: { decision: "allowed" } },
      denied: { verdict: { decision: "denied" } },
    });
  });

  it("is allowed where every level allows and nothing denies", () => {
    expect(verdictOf([deny()], setOf("iam:DeleteAccessKey"))).toBe("all-allowed");
    expect(decide(setOf("iam:DeleteAccessKey"), { scps: [[FULL_AWS_ACCESS], []] })).toMatchObject({
      verdict: "all-denied",
      by: [],
    });
  });

  it("is told for the requests of the set alone", () => {
    const statement = deny({ Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/keyless/*" } } });
    const others = {
      type: "role",
      arns: { ...ANY_ROLE.arns, except: [...ANY_ROLE.arns.except!, "arn:aws:iam::*:role/keyless/*"] },
    } as const;
    expect(verdictOf([statement], setOf("iam:CreateAccessKey", { principals: [others] }))).toBe("all-denied");
    const ours = { type: "role", arns: { like: [`arn:aws:iam::${ACCOUNT}:role/keyless/?*`] } } as const;
    expect(verdictOf([statement], setOf("iam:CreateAccessKey", { principals: [ours] }))).toBe("all-allowed");
  });

  it("is told for the values that a key may have", () => {
    const statement = deny({ Condition: { NotIpAddress: { "aws:SourceIp": ["198.51.100.0/25", "203.0.113.0/24"] } } });
    const from = (keys: KeySets): Decision["verdict"] => verdictOf([statement], setOf("iam:CreateAccessKey", { keys }));
    expect(from({ "aws:SourceIp": { networks: ["198.51.100.0/24"] } })).toBe("mixed");
    expect(from({ "aws:SourceIp": { networks: ["198.51.100.0/25", "203.0.113.128/25"] } })).toBe("all-allowed");
    expect(
      from({ "aws:sourceip": { networks: ["0.0.0.0/0"], exceptNetworks: ["198.51.100.0/24", "203.0.113.0/24"] } }),
    ).toBe("all-denied");
    expect(from({ "aws:SourceIp": "absent" })).toBe("all-denied");
  });

  it("service-linked roles are bound by no SCP", () => {
    const linked = { type: "role", arns: { like: ["arn:aws:iam::111111111111:role/aws-service-role/*"] } } as const;
    expect(verdictOf([deny()], setOf("iam:CreateAccessKey", { principals: [linked] }))).toBe("all-allowed");
    expect(verdictOf([deny()], setOf("iam:CreateAccessKey", { principals: [everyUser(ACCOUNT), ANY_ROLE] }))).toBe(
      "all-denied",
    );
  });

  it("of no request at all nothing is said", () => {
    expect(verdictOf([deny()], setOf("iam:CreateAccessKey", { keys: { "aws:SourceIp": { oneOf: [] } } }))).toBe(
      "empty",
    );
    const nobody = { type: "role", arns: { like: ["arn:aws:iam::*:role/a"], except: ["*"] } } as const;
    expect(verdictOf([deny()], setOf("iam:CreateAccessKey", { principals: [nobody] }))).toBe("empty");
  });
});

describe("what it does not know it says", () => {
  it("names what AWS does not document", () => {
    const decision = decide(
      setOf("iam:CreateAccessKey", { keys: { "aws:TagKeys": { oneOf: ["a"] } } }),
      scps(deny({ Condition: { StringEquals: { "aws:TagKeys": "a" } } })),
    );
    expect(decision).toMatchObject({
      verdict: "unknown",
      reasons: [{ code: "not-documented", at: { policy: "guardrail", statement: 0 } }],
    });
  });

  it("ends where the steps end", () => {
    const statements = Array.from({ length: 12 }, (_, i) =>
      deny({
        Condition: {
          StringEquals: { [`aws:PrincipalTag/${i}`]: "a" },
          StringNotEquals: { [`aws:PrincipalTag/${i + 1}`]: "b" },
        },
      }),
    );
    expect(decide(setOf("iam:CreateAccessKey"), scps(...statements), { steps: 20 })).toMatchObject({
      verdict: "unknown",
      steps: 20,
      reasons: [{ code: "budget" }],
    });
  });

  it("takes no key that follows from the principal", () => {
    expect(() =>
      decide(setOf("iam:CreateAccessKey", { keys: { "aws:PrincipalArn": "absent" } }), scps(deny())),
    ).toThrow("follows from the principal");
  });
});

it("costs the same whatever was asked before", () => {
  const statement = deny({ NotResource: ["arn:aws:iam::*:user/svc-*", "arn:aws:iam::*:user/*/b?"] });
  const ask = (): Decision => decide(setOf("iam:Create*"), scps(statement));
  const first = ask();
  expect(ask()).toEqual(first);
});

it("22 wildcards in one pattern cost what it is long", () => {
  const pattern = `arn:aws:iam::*:role/${"a*".repeat(22)}b`;
  const decision = decide(
    setOf("iam:CreateAccessKey"),
    scps(
      deny({
        Condition: {
          ArnLike: { "aws:PrincipalArn": pattern },
          StringNotLike: { "aws:PrincipalArn": `*${"?*a".repeat(22)}` },
        },
      }),
    ),
  );
  expect(decision.verdict).not.toBe("unknown");
  expect(decision.steps).toBeLessThan(20_000);
});

it("names the value of which AWS does not say what a policy does with it", () => {
  const decision = decide(
    setOf("iam:TagRole"),
    scps(deny({ Action: "iam:TagRole", Condition: { StringEquals: { "aws:TagKeys": "team" } } })),
  );
  const texts = "reasons" in decision ? decision.reasons.map(({ text }) => text) : [];
  expect(decision.verdict).toBe("unknown");
  expect(texts.some((text) => /: StringEquals on aws:TagKeys, which has (\[|")/i.test(text))).toBe(true);
});

it.each<readonly [string, NonNullable<KeySets[string]>]>([
  ["some have one", { like: ["b*"] }],
  ["all have one", { oneOf: ["a*", "?"] }],
  ["some of a set with exceptions", { like: ["a*"], except: ["ab"] }],
])("of a variable's value with a wildcard nothing is said: %s", (_, values) => {
  // None begins with an x, but what a wildcard in it means is not documented.
  for (const condition of [
    { StringLike: { "aws:RequestTag/r": "y-${aws:PrincipalTag/t}" } },
    { StringNotLike: { "aws:RequestTag/r": "y-${aws:PrincipalTag/t}" } },
  ]) {
    const decision = decide(
      setOf("iam:TagRole", {
        keys: { "aws:PrincipalTag/t": values, "aws:RequestTag/r": { like: ["x*"] } },
        otherKeys: "absent",
      }),
      scps(deny({ Action: "iam:TagRole", Condition: condition })),
      { checkParts: true },
    );
    const codes = "reasons" in decision ? decision.reasons.map(({ code }) => code) : [];
    expect([decision.verdict, codes]).toEqual(["unknown", ["not-documented"]]);
  }
});

describe("principals and accounts", () => {
  const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/idp`;
  const trust: PolicySet = {
    resource: named("trust", { Effect: "Allow", Principal: { Federated: PROVIDER }, Action: "*" }),
  };
  const through = (resource: string, accountId?: string): Decision =>
    decide(
      {
        principals: [{ type: "webIdentity", arns: { like: ["*"] }, ...defined({ accountId }) }],
        actions: { like: ["sts:AssumeRoleWithWebIdentity"] },
        resources: { like: [resource] },
      },
      trust,
      { checkParts: true },
    );

  it.each<readonly [string, string, string | undefined, Decision["verdict"], readonly string[]]>([
    ["a resource without an account is the principal's", "arn:aws:s3:::ci", undefined, "mixed", []],
    ["roles of every account", "arn:aws:iam::*:role/ci", undefined, "mixed", []],
    ["a role of the provider's account", `arn:aws:iam::${ACCOUNT}:role/ci`, undefined, "mixed", []],
    ["a role of another account", "arn:aws:iam::222222222222:role/ci", undefined, "unknown", ["not-documented"]],
    ["a bucket, of which the caller's account is given", "arn:aws:s3:::ci", ACCOUNT, "mixed", []],
    ["a bucket of another account's caller", "arn:aws:s3:::ci", "222222222222", "unknown", ["not-documented"]],
  ])("a provider is trusted in its own account: %s", (_, resource, accountId, verdict, codes) => {
    const decision = through(resource, accountId);
    expect("reasons" in decision ? decision.reasons.map(({ code }) => code) : []).toEqual(codes);
    expect(decision.verdict).toBe(verdict);
    expect("allowed" in decision && decision.allowed !== undefined).toBe(
      !resource.includes("2222") && accountId !== "222222222222",
    );
  });

  it.each(["user", "role", "root"] as const)("a %s has an account, whatever its pattern leaves open", (type) => {
    const ask = (like: string): Decision =>
      decide(
        {
          principals: [{ type, arns: { like: [like], except: ["arn:*:iam::*:role/aws-service-role/*"] } }],
          actions: { like: ["s3:GetObject"] },
          resources: { like: ["*"] },
        },
        scps({
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { StringLike: { "aws:PrincipalAccount": "????????????" } },
        }),
        { checkParts: true },
      );
    for (const like of ["*", "*b", "arn:*", "arn:aws:iam::1*:*", "arn:aws:iam::*:*"])
      expect(ask(like).verdict).toBe("all-denied");
    expect(ask("arn:aws:iam:::user/a").verdict).toBe("empty");
  });
});

it("agrees with asking every request, in small worlds", () => {
  const faults: string[] = [];
  for (let seed = 0; seed < 100; seed++) {
    const { fault } = check(worldOf(new Random(seed)));
    if (fault !== undefined) faults.push(`${seed}: ${fault}`);
  }
  expect(faults).toEqual([]);
});
