import { assess } from "../../../../modules/evidence/inventory/assess";
import { asff } from "../../../../modules/evidence/inventory/findings/asff";
import { cut } from "../../../../modules/evidence/inventory/findings/cut";
import { findingsOf } from "../../../../modules/evidence/inventory/findings/findings";
import { ocsf } from "../../../../modules/evidence/inventory/findings/ocsf";
import type { AccountFacts, KeyUsage } from "../../../../modules/evidence/inventory/types";
import { account, ago, CONTEXT, HOME, key, MEMBER, NOW, user } from "./fixture";

const OLD = "AKIAOLDOLDOLDOLDOLD0";
const FRESH = "AKIANEWNEWNEWNEWNEW0";
const STOLEN = "AKIASTOLENSTOLENSTO0";

const at = (day: number): Date => new Date(NOW.getTime() + day * 86_400_000);
const inventory = (accounts: readonly AccountFacts[], usage?: ReadonlyMap<string, KeyUsage>, now = NOW) =>
  assess(accounts, CONTEXT, usage, now);
const home = account([user("break-glass-1", [], {}, HOME)], HOME);

const member = account(
  [
    user("old", [key(OLD, 900, 400)], { owner: "Shop team" }),
    user("fresh", [key(FRESH, 2)]),
    user("off", [key("AKIAOFFOFFOFFOFFOFF0", 900, 400, { status: "Inactive" })]),
    user("legacy", [key("AKIALEGACYLEGACYLEG0", 900, 1)]),
    user("person", [], { password: { createdAt: ago(900), lastUsedAt: ago(1) }, mfa: false }),
  ],
  MEMBER,
  { root: { accessKeys: [{ slot: 1, status: "Active" }], mfa: false } },
);

const findings = findingsOf(inventory([home, member]));
const of = (text: string) => findings.filter(({ id }) => id.includes(text));

describe("what is found", () => {
  test("each credential that should go, once; what stays by design is none", () => {
    expect(
      findings.map(({ id, severity, result }) => [id.replace("keyless/o-exampleorg1/", ""), severity, result]),
    ).toEqual([
      [`${MEMBER}/access-key/fresh/${FRESH}`, "low", "fails"],
      [`${MEMBER}/access-key/off/AKIAOFFOFFOFFOFFOFF0`, "low", "fails"],
      [`${MEMBER}/access-key/old/${OLD}`, "medium", "fails"],
      [`${MEMBER}/password/person/password`, "high", "fails"],
      [`${MEMBER}/root-access-key/<root_account>/root-key-1`, "critical", "fails"],
    ]);
    expect(of("legacy")).toEqual([]);
    expect(of("break-glass")).toEqual([]);
  });

  describe("a key that looks stolen is critical", () => {
    const usageOf = (id: string): KeyUsage => ({
      accessKeyId: id,
      events: 900,
      firstAt: ago(2),
      lastAt: ago(0),
      sourceAddresses: Array.from({ length: 40 }, (_, i) => ({ value: `198.51.${i}.7`, count: 9 })),
      userAgents: [{ value: "TruffleHog", count: 900 }],
      services: [{ value: "sts.amazonaws.com", count: 900 }],
      denied: 700,
      calls: [{ value: "sts:GetCallerIdentity", count: 900 }],
      lastEvents: [],
    });

    test.each([
      ["in use", user("leaked", [key(STOLEN, 100, 0)]), /incident: a tool that tries keys: TruffleHog/],
      ["of an excepted user", user("legacy", [key(STOLEN, 100, 0)]), /; excepted as legacy$/],
      ["that is off by now", user("off", [key(STOLEN, 100, 0, { status: "Inactive" })]), /; inactive now$/],
      ["that is not used any more", user("old", [key(STOLEN, 900, 400)]), /incident/],
    ])("%s", (_, one, reason) => {
      const usage = new Map([[STOLEN, usageOf(STOLEN)]]);
      const made = inventory([home, account([one], MEMBER)], usage);
      expect(made.credentials.map(({ verdict }) => verdict)).toEqual([
        { kind: "stolen", reason: expect.stringMatching(reason) },
      ]);
      expect(findingsOf(made).map(({ severity }) => severity)).toEqual(["critical"]);
    });

    test("of a break-glass user", () => {
      const made = inventory(
        [account([user("break-glass-1", [key(STOLEN, 100, 0)], { path: "/break-glass/" }, HOME)], HOME), member],
        new Map([[STOLEN, usageOf(STOLEN)]]),
      );
      const [found] = findingsOf(made).filter(({ severity, rule }) => severity === "critical" && rule === "access-key");
      expect(found!.description).toMatch(/incident/);
    });
  });

  test("an account that was not read, or in part, is unknown, and never without a finding", () => {
    const part = account([], MEMBER, {
      status: "partial",
      problems: [{ code: "INVENTORY-FAILED", what: "iam:ListUsers", message: "It broke." }],
    });
    for (const [accounts, words] of [
      [[home], "were not read"],
      [[home, part], "iam:ListUsers: It broke."],
    ] as const) {
      const [found, ...more] = findingsOf(inventory(accounts));
      expect(more).toEqual([]);
      expect([found!.result, found!.rule, found!.subject]).toEqual([
        "unknown",
        "account-not-read",
        { kind: "account" },
      ]);
      expect(found!.title + found!.description).toContain(words);
    }
  });

  test("a key of whose use IAM says nothing is there all the same", () => {
    const unsaid = account([user("u", [key(OLD, 900, undefined, { useUnknown: true })])], MEMBER);
    const [found] = findingsOf(inventory([home, unsaid]));
    expect([found!.result, found!.details["Verdict"]]).toEqual(["fails", "unknown"]);
  });

  test("what was not read is a warning in both formats, never a pass", () => {
    const unread = findingsOf(inventory([home]));
    expect(asff(unread, "eu-central-1")).toMatchObject([{ Compliance: { Status: "WARNING" } }]);
    expect(ocsf(unread, "eu-central-1", "1")).toMatchObject([{ compliance: { status_id: 2 } }]);
  });

  test("a day later it is the same finding", () => {
    const later = findingsOf(inventory([home, member], undefined, at(1)));
    expect(later.map(({ id, createdAt }) => [id, createdAt])).toEqual(
      findings.map(({ id, createdAt }) => [id, createdAt]),
    );
  });
});

describe("for Security Hub", () => {
  const all = asff(findings, "eu-central-1") as readonly Record<string, unknown>[];

  /** https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html */
  test.each([
    "AwsAccountId",
    "CreatedAt",
    "Description",
    "GeneratorId",
    "Id",
    "ProductArn",
    "Resources",
    "SchemaVersion",
    "Severity",
    "Title",
    "Types",
    "UpdatedAt",
  ])("every finding has %s", (name) => {
    for (const one of all) expect([one["Id"], one[name]]).toEqual([one["Id"], expect.anything()]);
  });

  test("a key is named as Security Hub's own controls name it, with its user", () => {
    const one = asff(of(OLD), "eu-central-1");
    expect(one).toMatchObject([
      {
        AwsAccountId: MEMBER,
        ProductArn: `arn:aws:securityhub:eu-central-1:${MEMBER}:product/${MEMBER}/default`,
        Resources: [
          {
            Type: "AwsIamAccessKey",
            Id: `AWS::IAM::AccessKey:${OLD}`,
            Details: { AwsIamAccessKey: { PrincipalName: "old", Status: "Active", PrincipalType: "IAMUser" } },
          },
          { Type: "AwsIamUser", Id: `arn:aws:iam::${MEMBER}:user/old` },
        ],
        Compliance: { Status: "FAILED" },
        ProductFields: { "keyless/Owner": "Shop team", "keyless/Verdict": "unused" },
      },
    ]);
  });

  test("root's key is the account's", () =>
    expect(asff(of("root-key"), "eu-central-1")).toMatchObject([
      { Severity: { Label: "CRITICAL" }, Resources: [{ Type: "AwsAccount", Id: `AWS::::Account:${MEMBER}` }] },
    ]));

  test("texts of others are not longer than the format allows", () => {
    const owner = "𝒳".repeat(3_000);
    const [one] = asff(
      [{ ...findings[0]!, id: owner, title: owner, description: owner, remedy: owner, details: { Owner: owner } }],
      "us-east-1",
    ) as readonly Record<string, string & Record<string, Record<string, string>>>[];
    expect([one!["Id"]!.length, one!["Title"]!.length, one!["Description"]!.length]).toEqual([511, 255, 1023]);
    expect(one!["Remediation"]!["Recommendation"]!["Text"]!.length).toBeLessThanOrEqual(512);
    expect(String(one!["ProductFields"]!["keyless/Owner"]).length).toBeLessThanOrEqual(2048);
    expect(JSON.stringify(one)).not.toMatch(/\\ud8/);
  });

  test("in China it is China's partition", () =>
    expect(JSON.stringify(asff(findings, "cn-north-1"))).toContain(`arn:aws-cn:securityhub:cn-north-1:${MEMBER}`));
});

describe("for OCSF", () => {
  const all = ocsf(findings, "eu-central-1", "0.1.0") as readonly Record<string, unknown>[];

  /** https://schema.ocsf.io/1.3.0/classes/compliance_finding: what is required, with the cloud profile. */
  test("every finding has what a Compliance Finding requires", () => {
    for (const one of all)
      expect(one).toMatchObject({
        class_uid: 2003,
        category_uid: 2,
        activity_id: 1,
        type_uid: 200301,
        severity_id: expect.any(Number),
        time: expect.any(Number),
        metadata: { version: "1.3.0", product: { version: "0.1.0" }, profiles: ["cloud"] },
        cloud: { provider: "AWS", account: { uid: MEMBER } },
        finding_info: { uid: expect.stringContaining("keyless/o-exampleorg1/") },
        compliance: { standards: [expect.any(String)], status_id: 3 },
      });
    expect(all.length).toBe(5);
  });

  test("times are milliseconds", () =>
    expect(ocsf(of(OLD), "eu-central-1", "1")).toMatchObject([
      { time: Date.parse(member.collectedAt), finding_info: { created_time: Date.parse(ago(900)) } },
    ]));
});

test("a text is never cut within a character", () => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("ab…");
  expect(cut("a𝒳bc", 3)).toBe("a…");
  expect(cut("ab𝒳", 3)).toBe("ab…");
});
