import { stackPair } from "../../../modules/terraform/synth-pair";
import { reviewPlans } from "../../../modules/review/review";
import type { AccessChange } from "../../../modules/review/types";
import { stackMark } from "../../../modules/sections/stack-kinds";

/** Two synths of one stack, edited by hand: who is locked out. */

const USER = "arn:aws:iam::111111111111:user/break-glass/one";
const trust = (condition: object, principal = USER): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: "sts:AssumeRole",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" }, ...condition },
      },
    ],
  });
const role = (more: object): object => ({
  variable: { keyless_stack: { default: stackMark("break-glass", "x") } },
  provider: { aws: [{ allowed_account_ids: ["111111111111"] }] },
  resource: {
    aws_iam_role: {
      r: { name: "SecurityBreakGlass", assume_role_policy: trust({}), ...more },
    },
  },
});
const scp = (...statements: readonly object[]): object => ({
  resource: {
    aws_organizations_policy: {
      p: {
        name: "p",
        type: "SERVICE_CONTROL_POLICY",
        content: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      },
    },
    aws_organizations_policy_attachment: {
      a: { policy_id: "${aws_organizations_policy.p.id}", target_id: "r-abcd" },
    },
  },
});
const KEYS = { Sid: "Keys", Effect: "Deny", Action: "iam:CreateAccessKey", Resource: "*" };
const review = (before: object, after: object): readonly AccessChange[] =>
  reviewPlans([stackPair("s", "s", before as Record<string, unknown>, after as Record<string, unknown>)]).changes;
const worst = (changes: readonly AccessChange[]): string => changes[0]?.class ?? "nothing";
const deny = (action: string | readonly string[], more: object = {}): object => ({
  Sid: "More",
  Effect: "Deny",
  Action: action,
  Resource: "*",
  ...more,
});
const SPARED = { Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/SecurityBreakGlass" } } };

describe("SCPs", () => {
  test.each([
    ["everything", deny("*")],
    ["IAM", deny("iam:*")],
    ["roles", deny(["iam:AttachRolePolicy", "iam:CreateRole", "iam:Delete*", "iam:Detach*", "iam:P*", "iam:Update*"])],
    [
      "everything, but another role",
      deny("*", { Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/Other" } } }),
    ],
    ["trails", deny("cloudtrail:*")],
  ])("denied to break glass: %s", (_, statement) => {
    const changes = review(scp(KEYS), scp(KEYS, statement));
    expect(worst(changes)).toBe("destroys-guard");
    expect(changes[0]).toMatchObject({ lockOut: true, area: "break-glass" });
    expect(changes[0]!.witnesses[0]!.principal).toContain("role/SecurityBreakGlass");
  });

  test.each([
    ["everything", deny("*", SPARED)],
    ["IAM", deny("iam:*", SPARED)],
    ["trails", deny("cloudtrail:*", SPARED)],
    ["what is not on the list", deny("organizations:LeaveOrganization")],
    ["one bucket", { ...deny("s3:*"), Resource: "arn:aws:s3:::logs/*" }],
  ])("break glass is spared: %s", (_, statement) => {
    expect(worst(review(scp(KEYS), scp(KEYS, statement)))).toBe("strengthens");
  });

  test("what was denied before is no new lock-out", () => {
    expect(review(scp(deny("*")), scp(deny("*"), KEYS)).filter(({ lockOut }) => lockOut)).toEqual([]);
  });
});

describe("the role", () => {
  const network = (cidr: string): object => ({ IpAddress: { "aws:SourceIp": cidr } });
  test.each([
    ["documentation", trust(network("192.0.2.0/24"))],
    ["documentation, IPv6", trust(network("2001:db8::/32"))],
    ["private", trust(network("10.0.0.0/8"))],
    ["other users", trust({}, "arn:aws:iam::111111111111:user/other")],
    ["never with MFA", trust({ BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } })],
  ])("nobody gets in any more: %s", (_, assume_role_policy) => {
    const changes = review(role({}), role({ assume_role_policy }));
    expect(worst(changes)).toBe("destroys-guard");
    expect(changes[0]).toMatchObject({ lockOut: true });
  });

  test("fewer get in: not known whether those who must", () => {
    expect(worst(review(role({}), role({ assume_role_policy: trust(network("52.0.0.0/8")) })))).toBe("unknown");
  });

  test.each([
    ["AWS's", "arn:aws:iam::aws:policy/ReadOnlyAccess", "destroys-guard"],
    ["nothing at all", "arn:aws:iam::aws:policy/AWSDenyAll", "destroys-guard"],
    ["everything", "arn:aws:iam::aws:policy/AdministratorAccess", "strengthens"],
    ["not in the plan", "arn:aws:iam::111111111111:policy/x", "unknown"],
  ])("a boundary: %s", (_, permissions_boundary, expected) => {
    expect(worst(review(role({}), role({ permissions_boundary })))).toBe(expected);
  });
});

describe("text that Terraform evaluates", () => {
  const named = (Sid: string): object => scp({ ...KEYS, Sid });
  test.each(["A%{ if false ~}", "A${local.x}", 'A${lower("x")}', "A${var.x}", "A%{ endif }"])("%s stops", (sid) => {
    expect(review(named("A"), named(sid)).map((one) => one.class)).toContain("unknown");
  });
  test.each(["A%%{ if false ~}", "A$${local.x}", "A%", "A$", "A{x}"])("%s is text", (sid) => {
    expect(review(named("A"), named(sid)).filter((one) => /evaluates/.test(JSON.stringify(one.sentence)))).toEqual([]);
  });
});

test("default tags, a region and a dropped dependency are told", () => {
  const tagged = (owner: string): object => ({
    ...scp(KEYS),
    provider: { aws: [{ default_tags: [{ tags: { owner } }] }] },
  });
  expect(worst(review(tagged("a"), tagged("b")))).toBe("neutral");
  expect(worst(review(role({}), role({ region: "eu-west-1" })))).toBe("unknown");
  expect(worst(review(role({ depends_on: ["x.y"] }), role({})))).toBe("unknown");
  // What the same edit takes away is told for itself; what is still there was waited for.
  const beside = (depends_on: string[], name: string): object => {
    const waiting = role({ depends_on }) as { readonly resource: object };
    return { ...waiting, resource: { ...waiting.resource, aws_sns_topic: { [name]: { name } } } };
  };
  const lost = (before: object, after: object): readonly AccessChange[] =>
    review(before, after).filter((one) => /no longer waits/.test(JSON.stringify(one.sentence)));
  expect(lost(beside(["aws_sns_topic.a"], "a"), beside([], "a"))).toHaveLength(1);
  expect(lost(beside(["aws_sns_topic.a"], "a"), beside(["aws_sns_topic.b"], "b"))).toEqual([]);
  expect(lost(beside(["aws_sns_topic.a"], "a"), beside(["aws_sns_topic.a", "aws_sns_topic.b"], "a"))).toEqual([]);
});

describe("Deny on single resources, without a baseline", () => {
  const on = (Resource: string | readonly string[], Action: string | readonly string[] = "iam:*"): object => ({
    Sid: "Single",
    Effect: "Deny",
    Action,
    Resource,
  });
  test.each([
    ["every role", on("arn:aws:iam::*:role/*")],
    ["every role below a path", on("arn:aws:iam::*:role/app/*")],
    ["users and groups", on(["arn:aws:iam::*:user/*", "arn:aws:iam::*:group/*"])],
    ["trails", on("arn:aws:cloudtrail:*:*:trail/*", "cloudtrail:*")],
    ["its own role beside others", on(["arn:aws:iam::*:role/SecurityBreakGlass", "arn:aws:iam::*:role/*"])],
  ])("%s: never a strengthening", (_, statement) => {
    expect(worst(review(scp(KEYS), scp(KEYS, statement)))).toMatch(/^(destroys-guard|unknown)$/);
  });
  test.each([
    ["its own role", on("arn:aws:iam::*:role/SecurityBreakGlass")],
    ["roles of this baseline", on("arn:aws:iam::*:role/keyless/*")],
    ["users of break glass", on("arn:aws:iam::*:user/break-glass/*")],
    ["roles of Identity Center", on("arn:aws:iam::*:role/aws-reserved/*")],
    ["its StackSets", on("arn:aws:cloudformation:*:*:stackset/keyless-*", "cloudformation:*")],
  ])("%s: protected, and no loss", (_, statement) => {
    expect(worst(review(scp(KEYS), scp(KEYS, statement)))).toBe("strengthens");
  });
});

describe("the pipeline, without a baseline", () => {
  const pipeline = (kind: "pipeline" | "account"): Record<string, unknown> => ({
    variable: { keyless_stack: { default: stackMark(kind, "x") } },
    resource: { aws_iam_role: { apply: { name: "KeylessApply", assume_role_policy: "{}" } } },
  });
  const except = (...roles: readonly string[]): object => ({
    Condition: { ArnNotLike: { "aws:PrincipalArn": roles.map((name) => `arn:aws:iam::*:role/${name}`) } },
  });
  const told = (kind: "pipeline" | "account", ...statements: readonly object[]): readonly AccessChange[] =>
    reviewPlans([
      stackPair("p", "p", pipeline(kind), pipeline(kind)),
      stackPair("s", "s", scp(KEYS) as Record<string, unknown>, scp(KEYS, ...statements) as Record<string, unknown>),
    ]).changes.filter(({ sentence }) => /a role of the pipeline/.test(JSON.stringify(sentence)));
  test.each([
    ["organizations", deny("organizations:*", except("SecurityBreakGlass"))],
    ["IAM", deny("iam:*", except("SecurityBreakGlass"))],
    ["everything", deny("*", except("SecurityBreakGlass"))],
    ["one action", deny("organizations:AttachPolicy")],
    ["all but others", deny("*", except("SecurityBreakGlass", "Other"))],
  ])("denied to its role: %s", (_, statement) => {
    expect(told("pipeline", statement)).toMatchObject([{ class: "destroys-guard", lockOut: true }]);
  });
  test.each([
    ["what it does not need", "pipeline", deny("s3:DeleteBucket")],
    ["others", "pipeline", deny("*", except("SecurityBreakGlass", "KeylessApply"))],
    ["under a condition", "pipeline", deny("iam:*", { Condition: { Bool: { "aws:ViaAWSService": "true" } } })],
    ["nothing", "pipeline", KEYS],
    ["a role of another stack", "account", deny("organizations:*", except("SecurityBreakGlass"))],
  ] as const)("not denied: %s", (_, kind, statement) => expect(told(kind, statement)).toEqual([]));
});

describe("an environment that does not resolve", () => {
  const unproven = (before: object, after: object): readonly AccessChange[] =>
    reviewPlans(
      [stackPair("s", "s", before as Record<string, unknown>, after as Record<string, unknown>)],
      undefined,
      undefined,
      undefined,
      { unknown: "BASELINE-X: a mistake" },
    ).changes.filter(({ sentence }) => /BASELINE-X/.test(JSON.stringify(sentence)));
  test.each([
    ["a new Deny", scp(KEYS), scp(KEYS, deny("s3:DeleteBucket"))],
    ["another trust", role({}), role({ assume_role_policy: trust({}, USER.replace("one", "two")) })],
    [
      "a narrower trust",
      role({}),
      role({ assume_role_policy: trust({ IpAddress: { "aws:SourceIp": "52.0.0.0/8" } }) }),
    ],
  ])("%s: that it is not known is said, and stops", (_, before, after) => {
    expect(unproven(before, after)).toMatchObject([{ class: "unknown", area: "break-glass" }]);
  });
  test.each([
    ["a Deny that goes", scp(KEYS, deny("s3:DeleteBucket")), scp(KEYS)],
    ["tags of the role", role({}), role({ tags: { a: "b" } })],
    ["nothing", scp(KEYS), scp(KEYS)],
  ])("%s: nobody can be locked out by it", (_, before, after) => expect(unproven(before, after)).toEqual([]));
  test.each([
    ["it does not resolve", { unknown: "BASELINE-X: a mistake" }, 1],
    ["its proofs are not asked", { notAsked: "BASELINE-X: not in the base" }, 1],
    ["no environment is named", undefined, 0],
  ] as const)("whatever changes, the review says what it was judged by: %s", (_, intent, times) => {
    const notes = (before: object, after: object): readonly string[] =>
      reviewPlans(
        [stackPair("s", "s", before as Record<string, unknown>, after as Record<string, unknown>)],
        undefined,
        undefined,
        undefined,
        intent,
      ).notes.flatMap(({ kind, sentence }) => (/BASELINE-X/.test(JSON.stringify(sentence)) ? [kind] : []));
    expect(notes(role({}), role({ tags: { a: "b" } }))).toEqual(Array<string>(times).fill("incomplete"));
    expect(notes(scp(KEYS), scp(KEYS))).toEqual([]);
  });
});
